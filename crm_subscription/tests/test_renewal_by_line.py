# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Lines of one term that do not go on together: none lapses unseen."""

from odoo.tests import freeze_time, tagged

from .common import SubscriptionCommon


@tagged("post_install", "-at_install")
@freeze_time("2027-01-05")
class TestRenewalByLine(SubscriptionCommon):
    """A contract of two lines whose term ends on 31 January 2027; OCA's button has
    continued one of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        other = cls._make_product("Second", 50.0, cls.plan)
        order = cls._sell(cls.product, other, start="2026-02-01")
        cls.contract = order._get_contracts()
        cls.first, cls.second = cls.contract.contract_line_ids
        cls.end = cls.first.date_end

    def _continue_first(self):
        wizard = self.env["contract.line.wizard"].with_user(self.manager)
        wizard.create(
            {
                "contract_line_id": self.first.id,
                "date_start": "2027-02-01",
                "date_end": "2028-01-31",
            }
        ).plan_successor()
        return self.first.successor_contract_line_id

    def test_renewing_makes_what_is_missing(self):
        done = self._continue_first()
        self.assertEqual(self.contract.subscription_state, "to_renew")
        answer = self.contract.renew({"mode": "automatic"})[0]
        self.assertTrue(answer["created"])
        new = self.second.successor_contract_line_id
        self.assertEqual(answer["successor_line_ids"], (done | new).ids)
        self.assertEqual(new.date_start, self._day("2027-02-01"))
        self.assertEqual(self.first.successor_contract_line_id, done)
        self.assertEqual(self.contract.subscription_state, "active")
        again = self.contract.renew({"mode": "automatic"})[0]
        self.assertFalse(again["created"])
        self.assertEqual(again["successor_line_ids"], (done | new).ids)

    def test_steps_and_offer_are_about_the_other_line(self):
        self._continue_first()
        self.assertTrue(self.contract.preview_steps())
        with self.enter_registry_test_mode():
            self.env.ref("crm_subscription.ir_cron_renewal").method_direct_trigger()
        order = self.contract.renewal_order_id
        offered = order.order_line.subscription_renewal_line_id
        self.assertEqual(offered, self.second)
        order.action_confirm()
        self.assertTrue(self.second.successor_contract_line_id)
        self.assertEqual(len(self.contract.contract_line_ids), 4)

    def test_open_offer_lets_go_of_what_was_continued(self):
        """The customer signs it later, and is not refused."""
        order = self.env["sale.order"].browse(
            self.contract.renew({"mode": "quotation"})[0]["sale_order_id"]
        )
        self.assertEqual(len(order.order_line), 2)
        self._continue_first()
        self.assertEqual(order.order_line.subscription_renewal_line_id, self.second)
        order.action_confirm()
        self.assertTrue(self.second.successor_contract_line_id)

    def test_nothing_is_offered_when_all_was_continued(self):
        order = self.env["sale.order"].browse(
            self.contract.renew({"mode": "quotation"})[0]["sale_order_id"]
        )
        lines = self.contract.contract_line_ids.with_user(self.manager)
        lines.plan_successor(self._day("2027-02-01"), self._day("2028-01-31"), False)
        self.assertEqual(order.state, "cancel")
        answer = self.contract.renew({"mode": "automatic"})[0]
        self.assertFalse(answer["created"])
        self.assertEqual(len(answer["successor_line_ids"]), 2)

    def test_what_was_taken_out_of_the_offer_ends(self):
        order = self.env["sale.order"].browse(
            self.contract.renew({"mode": "quotation"})[0]["sale_order_id"]
        )
        order.order_line.filtered(
            lambda line: line.subscription_renewal_line_id == self.second
        ).unlink()
        order.action_confirm()
        self.assertTrue(self.first.successor_contract_line_id)
        self.assertFalse(self.contract.renew({"mode": "automatic"})[0]["created"])
        self.assertFalse(self.second.successor_contract_line_id)
        self.assertNotEqual(self.contract.subscription_state, "to_renew")

    def test_line_sold_after_the_renewal_runs_into_the_next_term(self):
        self.contract.renew({"mode": "automatic"})
        ends = set(self.contract.contract_line_ids.mapped("date_end"))
        self.assertEqual(len(ends), 2)
        self._sell(
            self.product,
            start="2027-01-10",
            subscription_contract_choice="existing",
            subscription_contract_id=self.contract.id,
        )
        new = self.contract.contract_line_ids.filtered(
            lambda line: line.date_start == self._day("2027-01-10")
        )
        self.assertEqual(new.date_end, max(ends))

    def test_suspended_line_is_renewed_with_the_others(self):
        """OCA makes it run a month longer: the others would lapse before."""
        with freeze_time("2026-03-05"):
            self.first.with_user(self.manager).stop_plan_successor(
                self._day("2026-04-01"), self._day("2026-04-30"), False
            )
        resumed = self.first.successor_contract_line_id
        self.assertEqual(resumed.date_start, self._day("2026-05-01"))
        self.assertEqual(resumed.date_end, self.end)
        self.assertEqual(self.contract.term_end_date, self.end)
        self.contract.renew({"mode": "automatic"})
        for line in (resumed, self.second):
            self.assertTrue(line.successor_contract_line_id)

    def test_suspended_before_it_began(self):
        with freeze_time("2026-01-05"):
            self.first.with_user(self.manager).stop_plan_successor(
                self._day("2026-01-20"), self._day("2026-02-28"), False
            )
        self.assertEqual(self.first.date_start, self._day("2026-03-01"))
        self.assertEqual(self.first.date_end, self.end)
