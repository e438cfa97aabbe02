# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""No line lapses because nobody looked: what ends by itself is told, once."""

from odoo import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import html2plaintext

from .common import SubscriptionCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-05-10")
class TestLineEnd(SubscriptionCommon):
    """The term runs from 1 March 2026 to 28 February 2027; a hotline that somebody
    typed into the contract ends on 31 May."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time("2026-03-01"):
            cls.contract = cls._subscribe("2026-03-01")
        cls.contract.user_id = cls.user
        cls.main = cls.contract.contract_line_ids
        cls.hotline = cls._type_line("Hotline", "2026-05-31")

    @classmethod
    def _type_line(cls, name, end):
        cls.contract.contract_line_ids = [
            Command.create(
                {
                    "name": name,
                    "product_id": cls.machine.id,
                    "price_unit": 10.0,
                    "date_start": "2026-03-01",
                    "date_end": end,
                    "recurring_next_date": "2026-03-01",
                }
            )
        ]
        return cls.contract.contract_line_ids - cls.main

    def _run_at_night(self, day="2026-05-10"):
        with freeze_time(day), self.enter_registry_test_mode():
            self.env.ref("crm_subscription.ir_cron_renewal").method_direct_trigger()

    def _get_told(self, contract=None):
        kind = self.env.ref("crm_subscription.mail_activity_type_renewal")
        activities = (contract or self.contract).activity_ids
        return activities.filtered(
            lambda row: row.activity_type_id == kind and "on its own" in row.summary
        )

    def _get_events(self):
        self.contract.invalidate_recordset(["next_events"])
        return {
            event["key"]: event
            for event in self.contract.next_events["events"]
            if event["kind"] == "line_end"
        }

    def test_the_timeline_shows_it(self):
        (event,) = self._get_events().values()
        self.assertEqual(event["date"], "2026-05-31")
        self.assertEqual(event["label"], "Hotline ends on its own")
        self.assertFalse(event["overdue"])
        with freeze_time("2026-06-05"):
            (event,) = self._get_events().values()
            self.assertTrue(event["overdue"])
        with freeze_time("2026-07-05"):
            self.assertFalse(self._get_events())

    def test_the_next_term_does_not_end_on_its_own(self):
        """Terms of a month, renewed with two months' notice: the next one ends soon."""
        plan = self._make_plan(term_unit="month", renewal_policy="automatic")
        plan.notice_days = 60
        product = self._make_product("Monthly Service", 20.0, plan)
        contract = self._subscribe("2026-05-10", product=product)
        contract.user_id = self.user
        contract.renew({"mode": "automatic"})
        self.assertEqual(
            contract.contract_line_ids.mapped(lambda line: str(line.date_end)),
            ["2026-06-09", "2026-07-09"],
        )
        self._run_at_night("2026-05-11")
        self.assertFalse(self._get_told(contract))

    def test_the_salesperson_is_told_once(self):
        self._run_at_night("2026-04-29")
        self.assertFalse(self._get_told())
        for day in ("2026-05-10", "2026-05-11", "2026-06-02"):
            self._run_at_night(day)
        told = self._get_told()
        self.assertEqual(len(told), 1)
        self.assertEqual(told.user_id, self.user)
        self.assertEqual(str(told.date_deadline), "2026-05-31")
        self.assertIn("Hotline ends on 05/31/2026", html2plaintext(told.note))

    def test_done_late_after_the_server_was_down(self):
        self._run_at_night("2026-06-20")
        self.assertEqual(str(self._get_told().date_deadline), "2026-06-20")
        other = self.contract.copy()
        self._run_at_night("2026-08-20")
        self.assertFalse(self._get_told(other))

    def test_told_again_where_the_end_was_moved(self):
        self._run_at_night()
        self.hotline.date_end = "2026-08-31"
        self._run_at_night("2026-08-15")
        self.assertEqual(len(self._get_told()), 2)

    def test_what_is_looked_after_is_not_told(self):
        """Each by itself: agreed, cancelled, continued, renewed by OCA, terminated."""
        cases = {
            "agreed": lambda: self.hotline.write({"is_end_agreed": True}),
            "automatic": lambda: self.hotline.write({"is_auto_renew": True}),
            "cancelled": lambda: self.contract.apply_change(
                {"type": "cancel", "line_id": self.hotline.id}, 0.0
            ),
            "continued": lambda: self.hotline.plan_successor(
                self._day("2026-06-01"), self._day("2027-02-28"), False
            ),
            "stopped": lambda: self.hotline.stop(self._day("2026-05-20")),
            "with the term": lambda: self.hotline.write(
                {"date_end": self.main.date_end}
            ),
        }
        for name, look_after in cases.items():
            with self.subTest(case=name), self.env.cr.savepoint() as savepoint:
                self.assertTrue(self.contract._get_line_ends_to_tell())
                look_after()
                self.assertFalse(self.contract._get_line_ends_to_tell())
                self.assertFalse(self._get_events())
                savepoint.rollback()
            self.env.invalidate_all()

    def test_stopped_with_the_wish_to_be_asked(self):
        self.hotline.stop(self._day("2026-05-20"), manual_renew_needed=True)
        self.assertEqual(self.contract._get_line_ends_to_tell(), self.hotline)

    def test_left_out_of_a_renewal_is_not_told(self):
        """The customer signed an offer without it: that was his decision."""
        self.hotline.date_end = self.main.date_end
        with freeze_time("2027-02-10"):
            order = self.env["sale.order"].browse(
                self.contract.renew({"mode": "quotation"})[0]["sale_order_id"]
            )
            order.order_line.filtered(
                lambda line: line.subscription_renewal_line_id == self.hotline
            ).unlink()
            order.action_confirm()
        self._run_at_night("2027-02-12")
        self.assertTrue(self.main.successor_contract_line_id)
        self.assertFalse(self._get_told())
        with freeze_time("2027-03-05"):
            self.assertFalse(self._get_events())

    def test_contract_without_a_plan(self):
        contract = self._make_oca_contract(date_end="2026-05-31")
        contract.user_id = self.user
        self._run_at_night()
        self.assertEqual(len(self._get_told(contract)), 1)
        # Its end is as agreed: the next year nobody is asked.
        ended = self._make_oca_contract(date_end="2026-05-31")
        ended.contract_line_ids.is_end_agreed = True
        self._run_at_night("2026-05-12")
        self.assertFalse(self._get_told(ended))
