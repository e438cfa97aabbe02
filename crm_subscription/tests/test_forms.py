# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, freeze_time, tagged

from .common import TODAY, SubscriptionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestNextEvents(SubscriptionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._subscribe("2026-02-01")
        cls.contract.run_billing()

    def _events(self, user=None, contract=None):
        contract = (contract or self.contract).with_user(user or self.manager)
        contract.invalidate_recordset(["next_events"])
        return contract.next_events["events"]

    def _days(self, **kwargs):
        return {event["key"]: event["date"] for event in self._events(**kwargs)}

    def test_bill_steps_and_end_by_date(self):
        events = self._events()
        days = [event["date"] for event in events]
        self.assertEqual(days, sorted(days))
        self.assertEqual(events[0]["key"], "bill")
        self.assertEqual(events[0]["date"], "2026-04-01")
        self.assertIn("100.00", events[0]["detail"])
        self.assertEqual(events[-1]["key"], "end")
        self.assertEqual(events[-1]["detail"], "Renewal quotation")
        self.assertEqual(self._days()["quotation"], "2027-01-01")
        self.assertNotIn("notice", self._days())

    def test_notice_of_what_renews_by_itself(self):
        self.contract.renewal_policy = "automatic"
        self.assertEqual(self._days()["notice"], "2027-01-01")
        self.assertEqual(self._days()["renewal"], "2027-01-01")

    def test_a_deadline_that_has_passed_is_nothing_to_do(self):
        self.contract.renewal_policy = "automatic"
        with freeze_time("2027-01-02"):
            self.assertNotIn("notice", self._days())

    def test_renewed_term_says_until_when(self):
        """One end of the term, and nothing of the lines of the next one."""
        self.contract.renew({"mode": "automatic"})
        [end] = [event for event in self._events() if event["kind"] == "end"]
        self.assertEqual(end["date"], "2027-01-31")
        self.assertEqual(end["detail"], "Renewed until 01/31/2028")
        self.assertNotIn("line_end", [event["kind"] for event in self._events()])

    def test_cancelled_contract_shows_its_end(self):
        reason = self.env.ref("crm_subscription.reason_price")
        total = self.contract.preview_cancellation()["total"]
        self.contract.cancel_subscription({"reason_id": reason.id}, total)
        labels = [event["label"] for event in self._events()]
        self.assertIn("Service ends, cancelled", labels)
        self.assertNotIn("quotation", self._days())

    def test_overdue_step(self):
        with freeze_time("2027-01-02"):
            late = {e["key"] for e in self._events() if e["overdue"]}
        self.assertIn("quotation", late)
        self.assertNotIn("end", late)

    def test_contract_without_plan_or_end(self):
        contract = self._make_oca_contract()
        self.assertEqual(
            [event["key"] for event in self._events(contract=contract)], ["bill"]
        )

    def test_who_may_only_read_steers_nothing(self):
        for user, allowed in (
            (self.manager, True),
            (self.salesman, False),
            (self.reader, False),
        ):
            with self.subTest(user=user.login):
                contract = self.contract.with_user(user)
                self.assertEqual(contract.next_events["can_steer"], allowed)
                self.assertTrue(contract.next_events["events"])


@tagged("post_install", "-at_install")
class TestFormTour(SubscriptionCommon, HttpCase):
    def test_salesperson_steers_the_renewal(self):
        start = fields.Date.context_today(self.env.user) - timedelta(days=40)
        contract = self._subscribe(start)
        contract.run_billing()
        self.start_tour(
            f"/odoo/subscriptions/{contract.id}",
            "crm_subscription_events",
            login="sub_manager",
        )
        lead = contract.renewal_step_ids.lead_id
        self.assertEqual(lead.renewal_contract_id, contract)
        self.assertFalse(contract.renewal_order_id)
        self.assertFalse(contract.service_end_date)

    def test_agent_cancels_and_withdraws(self):
        start = fields.Date.context_today(self.env.user)
        contract = self._subscribe(start)
        contract.run_billing()
        before = contract.preview_schedule(limit=20)
        self.start_tour(
            f"/odoo/subscriptions/{contract.id}",
            "crm_subscription_cancellation",
            login="sub_manager",
        )
        self.env.invalidate_all()
        self.assertFalse(contract.service_end_date)
        self.assertEqual(contract.preview_schedule(limit=20), before)
        self.assertIn("withdraw", contract.change_ids.mapped("kind"))


@tagged("post_install", "-at_install")
class TestChangeTour(SubscriptionCommon, HttpCase):
    """A contract of 100.00 for 30 days, of which today is the twenty-first."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan = cls._make_plan(name="Thirty Days", unit="day", interval=30)
        cls.product.subscription_plan_id = cls.plan
        cls.today = fields.Date.context_today(cls.env.user)
        cls.contract = cls._subscribe(cls.today - timedelta(days=20))
        cls.contract.run_billing()

    def setUp(self):
        super().setUp()
        self.browser_size = "1440x900"

    def _start(self, tour):
        self.start_tour(
            f"/odoo/subscriptions/{self.contract.id}", tour, login="sub_manager"
        )
        self.env.invalidate_all()

    def _cancel(self):
        """End the service today: 9 days are given back."""
        end = {"end_of_service": str(self.today)}
        manager = self.manager
        contract = self.contract.with_user(manager).with_context(lang=manager.lang)
        preview = contract.preview_cancellation(end)
        self.assertEqual(preview["credited"], -30.0)
        reason = self.env.ref("crm_subscription.reason_price").id
        contract.cancel_subscription(dict(end, reason_id=reason), preview["total"])

    def _get_documents(self):
        moves = self.contract.period_ids.move_id
        return sorted(moves.mapped("amount_untaxed_signed"))

    def test_manager_changes_the_quantity(self):
        self._start("crm_subscription_change")
        self.assertEqual(self.contract.change_ids.total, 33.34)
        self.assertEqual(self._get_documents(), [33.34, 100.0])
        self.assertEqual(sum(self.contract.mrr_movement_ids.mapped("amount")), 202.78)

    def test_withdrawal_with_a_charge(self):
        self._cancel()
        self._start("crm_subscription_withdrawal")
        self.assertFalse(self.contract.service_end_date)
        self.assertEqual(self._get_documents(), [-30.0, 30.0, 100.0])

    def test_on_a_phone(self):
        self.env["res.lang"]._activate_lang("ko_KR")
        self.manager.lang = "ko_KR"
        self._cancel()
        self.browser_size, self.touch_enabled = "390x844", True
        self._start("crm_subscription_phone_form")
        self.assertFalse(self.contract.service_end_date)
        self.assertEqual(self._get_documents(), [-30.0, 30.0, 100.0])
