# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import Form, freeze_time, tagged

from .common import TODAY, SubscriptionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPricelist(SubscriptionCommon):
    """The price of a plan: a rule for it, else the product's price for its length."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.yearly = cls._make_plan(name="Yearly", unit="year")
        cls.weekly = cls._make_plan(name="Weekly", unit="week")
        for user in (cls.env.user, cls.salesman):
            user.group_ids += cls.env.ref("product.group_product_pricelist")
        cls.pricelist = cls.env["product.pricelist"].create({"name": "Ours"})

    def _rule(self, plan, price, **vals):
        return self.env["product.pricelist.item"].create(
            {
                "pricelist_id": self.pricelist.id,
                "applied_on": "1_product",
                "product_tmpl_id": self.product.product_tmpl_id.id,
                "compute_price": "fixed",
                "fixed_price": price,
                "subscription_plan_id": plan.id if plan else False,
                **vals,
            }
        )

    def _line(self, plan, **vals):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "pricelist_id": self.pricelist.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "subscription_plan_id": plan.id,
                            **vals,
                        }
                    )
                ],
            }
        )
        return order.order_line

    def test_rule_of_the_plan_wins(self):
        self._rule(self.yearly, 1000.0)
        variant = {
            "applied_on": "0_product_variant",
            "product_tmpl_id": False,
            "product_id": self.product.id,
        }
        self._rule(None, 95.0, **variant)
        self._rule(None, 90.0)
        self.assertEqual(self._line(self.yearly).price_unit, 1000.0)
        self.assertEqual(self._line(self.plan).price_unit, 95.0)

    def test_without_a_rule_the_price_follows_the_length_of_the_plan(self):
        self.assertEqual(self._line(self.yearly).price_unit, 1200.0)
        self.assertEqual(self._line(self.weekly).price_unit, 23.08)
        self._rule(None, 90.0)
        self.assertEqual(self._line(self.yearly).price_unit, 1080.0)

    def test_prices_finer_than_the_cent(self):
        """0.15 a year are 0.0125 a month, not 0.01: a fifth less."""
        self.env.ref("product.decimal_price").digits = 4
        product = self._make_product("Call", 0.15, self.yearly)
        line = self._line(self.plan, product_id=product.id, product_uom_qty=1000.0)
        self.assertEqual(line.price_unit, 0.0125)
        self.assertEqual(line.price_subtotal, 12.5)
        self._rule(None, 0.18, product_tmpl_id=product.product_tmpl_id.id)
        line = self._line(self.plan, product_id=product.id)
        self.assertEqual(line.price_unit, 0.015)
        self.env.ref("product.decimal_price").digits = 2
        line = self._line(self.plan, product_id=product.id)
        self.assertEqual(line.price_unit, 0.02)

    def test_discount_of_a_plan_is_on_the_price_of_its_length(self):
        self._rule(self.yearly, 0.0, compute_price="percentage", percent_price=10.0)
        self.assertEqual(self._line(self.yearly).price_unit, 1080.0)
        self.env.user.group_ids += self.env.ref("sale.group_discount_per_so_line")
        line = self._line(self.yearly)
        self.assertEqual((line.price_unit, line.discount), (1200.0, 10.0))
        self.assertEqual(line.price_subtotal, 1080.0)

    def test_rule_on_another_pricelist_asks_it_for_the_plan(self):
        other = self.pricelist.copy({"item_ids": []})
        self._rule(self.yearly, 1000.0, pricelist_id=other.id)
        self._rule(
            None,
            0.0,
            compute_price="formula",
            base="pricelist",
            base_pricelist_id=other.id,
            price_discount=5.0,
        )
        self.assertEqual(self._line(self.yearly).price_unit, 950.0)
        self.assertEqual(self._line(self.plan).price_unit, 95.0)

    def test_rule_in_another_currency(self):
        won = self.env.ref("base.KRW")
        won.active = True
        won.rate_ids = [Command.create({"name": "2026-01-01", "rate": 1000.0})]
        self.pricelist.currency_id = won
        self.assertEqual(self._line(self.yearly).price_unit, 1200000.0)
        self._rule(self.yearly, 990000.0)
        self.assertEqual(self._line(self.yearly).price_unit, 990000.0)

    def test_rule_with_quantity_and_validity(self):
        self._rule(self.yearly, 900.0, min_quantity=10)
        self._rule(self.yearly, 700.0, date_end="2026-03-01")
        self.assertEqual(self._line(self.yearly).price_unit, 1200.0)
        self.assertEqual(self._line(self.yearly, product_uom_qty=10).price_unit, 900.0)

    def test_one_off_lines_take_no_rule_of_a_plan(self):
        self._rule(self.yearly, 1.0)
        line = self._line(self.env["contract.plan"])
        self.assertEqual(line.price_unit, 100.0)

    def test_choosing_a_plan_in_the_form_changes_the_price(self):
        self._rule(self.yearly, 1000.0)
        form = Form(self.env["sale.order"].with_user(self.salesman))
        form.partner_id = self.customer
        form.pricelist_id = self.pricelist
        with form.order_line.new() as line:
            line.product_id = self.product
            self.assertEqual(line.subscription_plan_id, self.plan)
            self.assertEqual(line.price_unit, 100.0)
            line.subscription_plan_id = self.yearly
            self.assertEqual(line.price_unit, 1000.0)
        order = form.save()
        order.with_user(self.salesman).action_confirm()
        contract = order._get_contracts()
        self.assertEqual(contract.contract_line_ids.price_unit, 1000.0)
        self.assertEqual(contract.mrr, 83.33)

    def test_a_plan_that_the_product_is_not_sold_by(self):
        self.product.subscription_plan_ids = self.yearly
        self.assertEqual(self._line(self.yearly).subscription_plan_id, self.yearly)
        with self.assertRaisesRegex(ValidationError, "not sold by the plan Weekly"):
            self._line(self.weekly)
        domain = self._line(self.yearly).subscription_plan_domain
        plans = self.env["contract.plan"].search(domain)
        self.assertEqual(plans, self.plan | self.yearly)

    def test_price_for_a_renewal_from_a_new_pricelist(self):
        self._rule(self.yearly, 1100.0)
        price, rule = self.pricelist.get_plan_price(
            self.product, self.yearly, 1.0, day=self._day("2026-04-01")
        )
        self.assertEqual(price, 1100.0)
        self.assertEqual(rule.subscription_plan_id, self.yearly)
        price, rule = self.pricelist.get_plan_price(self.product, self.weekly, 1.0)
        self.assertEqual((price, rule.id), (23.08, False))
