# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .common import SubscriptionCommon
from .test_renewal import NOTICE_DAY


@tagged("post_install", "-at_install")
@freeze_time(NOTICE_DAY)
class TestRenewalOrder(SubscriptionCommon):
    """What salespeople do with an offer before and after it is accepted."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._subscribe("2026-02-01")
        cls.line = cls.contract.contract_line_ids
        cls.contract.run_billing()
        cls.contract.renew({"mode": "quotation"})
        cls.order = cls.contract.renewal_order_id
        cls.router = cls.env["product.product"].create(
            {"name": "Router", "type": "consu", "is_storable": True}
        )

    def _add(self, product, **vals):
        self.order.order_line = [Command.create({"product_id": product.id, **vals})]
        return self.order.order_line[-1]

    def _deliver(self):
        moves = self.order.picking_ids.move_ids
        moves.write({"quantity": 1.0, "picked": True})
        self.order.picking_ids._action_done()

    # === GOODS ON THE OFFER === #
    def test_what_is_renewed_waits_for_no_goods(self):
        self.product.subscription_start = "delivery"
        self._add(self.router)
        self.order.action_confirm()
        successor = self.line.successor_contract_line_id
        self.assertEqual(str(successor.date_start), "2027-02-01")
        self.assertFalse(self.order.subscription_waiting)
        with freeze_time("2027-02-05"):
            self._deliver()
            self.contract.run_billing()
        self.assertEqual(len(self.contract.contract_line_ids), 2)
        self.assertEqual(self._periods(self.contract)[-1], ("2027-02-01", "2027-02-28"))

    def test_new_line_of_the_offer_starts_with_its_goods(self):
        alarm = self._make_product("Alarm", 40.0, self.plan)
        alarm.subscription_start = "delivery"
        added = self._add(alarm)
        self._add(self.router)
        self.order.action_confirm()
        self.assertEqual(len(self.contract.contract_line_ids), 2)
        with freeze_time("2027-03-05 10:00:00"):
            self._deliver()
        line = added.subscription_line_ids
        self.assertEqual(line.contract_id, self.contract)
        self.assertEqual(str(line.date_start), "2027-03-05")
        self.assertEqual(str(line.date_end), "2028-01-31")
        self.assertFalse(
            self.env["crm.suite.incident"].search([("state", "=", "open")])
        )

    def test_line_added_to_an_accepted_offer_joins(self):
        self.order.action_confirm()
        extra = self._add(self._make_product("Extra", 7.0, self.plan))
        line = extra.subscription_line_ids
        self.assertEqual(line.contract_id, self.contract)
        self.assertEqual(str(line.date_end), "2028-01-31")

    # === ANOTHER PLAN, CURRENCY, PRODUCT === #
    def test_line_of_another_plan_gets_its_own_contract(self):
        yearly = self._make_plan(name="Yearly", unit="year")
        licence = self._add(self._make_product("Licence", 1200.0, yearly))
        self.order.action_confirm()
        other = licence.subscription_line_ids.contract_id
        self.assertNotEqual(other, self.contract)
        self.assertEqual(other.subscription_plan_id, yearly)
        with freeze_time("2028-01-05"):
            self.contract.run_billing()
            self.contract.renew({"mode": "quotation"})
            # 105 a month, 5 % more; the licence is no 1,200 a month.
            self.assertEqual(self.contract.renewal_order_id.amount_untaxed, 110.25)
            other.renew({"mode": "quotation"})
            self.assertEqual(other.renewal_order_id.amount_untaxed, 1260.0)

    def _make_foreign_pricelist(self):
        foreign = self.env.ref("base.KRW")
        foreign.active = True
        self.assertNotEqual(foreign, self.env.company.currency_id)
        return self.env["product.pricelist"].create(
            {"name": "Abroad", "currency_id": foreign.id}
        )

    def test_offer_in_another_currency_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "KRW, but renews"):
            self.order.pricelist_id = self._make_foreign_pricelist()

    def test_contract_that_changed_its_currency_is_not_renewed_by_the_old_offer(self):
        pricelist = self._make_foreign_pricelist()
        self.contract.write(
            {
                "pricelist_id": pricelist.id,
                "manual_currency_id": pricelist.currency_id.id,
            }
        )
        with self.assertRaisesRegex(ValidationError, "billed in KRW"):
            self.order.action_confirm()
        self.assertFalse(self.line.successor_contract_line_id)

    def test_what_is_renewed_stays_the_product(self):
        other = self._make_product("Other", 200.0, self.plan)
        line = self.order.order_line.with_user(self.salesman)
        for name, value in (
            ("product_id", other.id),
            ("product_uom_id", self.env.ref("uom.product_uom_dozen").id),
        ):
            with self.assertRaisesRegex(UserError, "is renewed"):
                line.write({name: value})
        line.write({"product_id": self.product.id, "product_uom_qty": 2.0})
        self.order.action_confirm()
        successor = self.line.successor_contract_line_id
        self.assertEqual((successor.product_id, successor.quantity), (self.product, 2))
