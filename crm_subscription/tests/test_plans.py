# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, tagged

from .common import TODAY, SubscriptionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPlans(SubscriptionCommon):
    def _sold(self, start, price=50.0, until="2027-12-31", **plan):
        """Return [(first day, last day, amount)] of what a contract of a plan bills."""
        plan = self._make_plan(**plan)
        product = self._make_product("Hosting", price, plan)
        contract = self._subscribe(start, product=product)
        preview = contract.preview_schedule(until, limit=30)
        with freeze_time(until):
            contract.run_billing({"limit": 30})
        rows = contract.period_ids.sorted("period_start")
        billed = [
            (str(row.period_start), str(row.period_end), row.amount) for row in rows
        ]
        self.assertEqual(
            [(x["period_start"], x["period_end"], x["amount"]) for x in preview], billed
        )
        self.assertEqual(
            rows.mapped("amount"), rows.mapped("move_line_id.price_subtotal")
        )
        self.contract = contract
        return billed

    def test_calendar_aligned_with_a_shared_first_period(self):
        billed = self._sold("2026-08-10", until="2026-09-30", anchor="calendar")
        self.assertEqual(
            billed,
            [
                ("2026-08-10", "2026-08-31", 35.48),
                ("2026-09-01", "2026-09-30", 50.0),
            ],
        )

    def test_fixed_day(self):
        billed = self._sold(
            "2026-02-15", 62.0, "2026-04-15", anchor="day", anchor_day=31
        )
        self.assertEqual(
            [row[:2] for row in billed],
            [
                ("2026-02-15", "2026-02-27"),
                ("2026-02-28", "2026-03-30"),
                ("2026-03-31", "2026-04-29"),
            ],
        )

    def test_month_end_by_months_of_30_days(self):
        billed = self._sold(
            "2026-04-15",
            60.0,
            "2026-06-01",
            anchor="month_end",
            proration="fixed_30",
        )
        # 31 March to 29 April, of which 15 days are left
        self.assertEqual(billed[0], ("2026-04-15", "2026-04-29", 30.0))
        self.assertEqual(billed[1][:2], ("2026-04-30", "2026-05-30"))

    def test_every_unit_and_both_timings(self):
        for unit in ("day", "week", "month", "quarter", "half_year", "year"):
            for timing in ("prepaid", "arrears"):
                with self.subTest(unit=unit, timing=timing):
                    billed = self._sold(
                        "2026-03-10",
                        until="2027-03-10",
                        unit=unit,
                        interval=30 if unit == "day" else 1,
                        timing=timing,
                        term_count=0,
                    )
                    self.assertEqual(billed[0][0], "2026-03-10")
                    first = self.contract.period_ids.sorted("period_start")[0]
                    day = first.period_start
                    if timing == "arrears":
                        day = first._get_last_day() + (day.resolution)
                    self.assertEqual(first.move_id.invoice_date, day)

    def test_trial_is_free_and_the_term_begins_after_it(self):
        billed = self._sold("2026-03-10", until="2026-04-30", trial_days=14)
        line = self.contract.contract_line_ids
        self.assertEqual(billed[0][:2], ("2026-03-24", "2026-04-23"))
        self.assertEqual(str(line.trial_start), "2026-03-10")
        self.assertEqual(str(line.date_end), "2027-03-23")

    def test_introductory_discount_for_some_periods(self):
        billed = self._sold(
            "2026-03-10", until="2026-06-10", intro_discount=50.0, intro_periods=2
        )
        self.assertEqual([row[2] for row in billed], [25.0, 25.0, 50.0, 50.0])
        line = self.contract.period_ids.sorted("period_start")[0].move_line_id
        self.assertEqual((line.price_unit, line.discount), (50.0, 50.0))

    def test_introductory_discount_beside_an_agreed_one(self):
        plan = self._make_plan(intro_discount=33.33, intro_periods=1)
        product = self._make_product("Hosting", 99.99, plan)
        order = self._sell(product, start="2026-03-10", quantity=3)
        contract = order._get_contracts()
        contract.contract_line_ids.discount = 12.5
        contract.run_billing()
        # 3 x 99.99, less 12.5 %, less 33.33 %
        self.assertEqual(contract.period_ids.amount, 174.99)
        self.assertEqual(contract.period_ids.move_line_id.price_subtotal, 174.99)

    def test_a_full_price_is_paid_once_for_each_occurrence(self):
        """A line that is divided in a period that is not billed yet, by a plan that
        does not share periods out: not twice the full price."""
        plan = self._make_plan(proration="none")
        product = self._make_product("Hosting", 50.0, plan)
        contract = self._subscribe("2026-03-01", product=product)
        contract.run_billing()
        line = contract.contract_line_ids
        line._split(self._day("2026-04-16"), {"quantity": 2.0})
        with freeze_time("2026-05-01"):
            contract.run_billing()
        amounts = contract.period_ids.sorted("period_start").mapped("amount")
        self.assertEqual(amounts, [50.0, 50.0, 0.0, 100.0])

    def test_what_was_sold_does_not_follow_the_plan(self):
        plan = self._make_plan(anchor="calendar")
        contract = self._subscribe(
            "2026-08-10", product=self._make_product("Hosting", 50.0, plan)
        )
        plan.write({"proration": "none", "anchor": "month_end"})
        self.assertEqual(contract.preview_schedule(limit=1)[0]["amount"], 35.48)

    def test_a_later_order_joins_the_anchor(self):
        plan = self._make_plan(anchor="day", anchor_day=31, group_lines=True)
        product = self._make_product("Hosting", 50.0, plan)
        contract = self._subscribe("2026-02-15", product=product)
        joined = self._subscribe("2026-03-10", product=product)
        self.assertEqual(joined, contract)
        first, second = contract.contract_line_ids
        self.assertEqual(second._get_cycle(), first._get_cycle())
        self.assertEqual(str(second._get_next_period().end), "2026-03-30")

    def test_ranges_are_refused_on_save(self):
        for vals in (
            {"anchor": "day", "anchor_day": 32},
            {"trial_days": -1},
            {"intro_discount": 101.0},
        ):
            with self.subTest(vals=vals):
                self._assert_plan_refused(vals)

    def _assert_plan_refused(self, vals):
        with self.assertRaises(Exception) as caught, self.env.cr.savepoint():
            with self.assertLogs("odoo.sql_db", "ERROR"):
                self._make_plan(**vals)
        self.assertIn("check", str(caught.exception).lower())

    def test_a_line_out_of_range_is_refused(self):
        line = self._subscribe("2026-03-10").contract_line_ids
        for vals in ({"anchor_day": 32}, {"intro_discount": 120.0}):
            with self.subTest(vals=vals), self.assertRaises(ValidationError):
                line.write(vals)

    def test_taxes_that_were_agreed_on_the_order_are_kept(self):
        standard = self.env["account.tax"].create({"name": "Ten", "amount": 10.0})
        reduced = self.env["account.tax"].create({"name": "Five", "amount": 5.0})
        self.product.taxes_id = standard
        for taxes, total in ((reduced, 105.0), (reduced.browse(), 100.0)):
            order = self._sell_with_taxes(taxes)
            contract = order._get_contracts()
            with self.subTest(taxes=taxes):
                preview = contract.preview_schedule(limit=1)[0]
                contract.run_billing()
                move = contract.period_ids.move_id
                self.assertEqual(move.invoice_line_ids.tax_ids, taxes)
                self.assertEqual(move.amount_total, total)
                self.assertEqual(preview["amount_total"], total)

    def _sell_with_taxes(self, taxes):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [Command.create({"product_id": self.product.id})],
            }
        )
        order.order_line.tax_ids = taxes
        order.action_confirm()
        return order

    def test_agreed_taxes_last_through_changes_and_renewals(self):
        reduced = self.env["account.tax"].create({"name": "Five", "amount": 5.0})
        contract = self._sell_with_taxes(reduced)._get_contracts()
        contract.run_billing()
        contract.renew({"mode": "quotation"})
        self.assertEqual(contract.renewal_order_id.order_line.tax_ids, reduced)
        contract.renewal_order_id.action_confirm()
        successor = contract.contract_line_ids.successor_contract_line_id
        self.assertTrue(successor.keeps_taxes)
        self.assertEqual(successor.subscription_tax_ids, reduced)

    def test_taxes_of_the_product_follow_the_product(self):
        contract = self._subscribe("2026-03-10")
        self.assertFalse(contract.contract_line_ids.keeps_taxes)
        tax = self.env["account.tax"].create({"name": "Ten", "amount": 10.0})
        self.product.taxes_id = tax
        contract.run_billing()
        self.assertEqual(contract.period_ids.move_id.amount_total, 110.0)
