# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .common import SubscriptionCommon
from .test_renewal import NOTICE_DAY


@tagged("post_install", "-at_install")
@freeze_time(NOTICE_DAY)
class TestRenewalPrice(SubscriptionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._subscribe("2026-02-01")
        cls.line = cls.contract.contract_line_ids
        cls.index = cls.env["contract.price.index"].create(
            {
                "name": "Consumer prices",
                "value_ids": [
                    Command.create({"date": day, "value": value})
                    for day, value in (
                        ("2026-01-15", 110.0),
                        ("2026-06-15", 112.0),
                        ("2026-12-15", 118.0),
                        ("2027-01-15", 130.0),
                    )
                ],
            }
        )

    def _quote(self, contract=None):
        contract = contract or self.contract
        order_id = contract.renew({"mode": "quotation"})[0]["sale_order_id"]
        return self.env["sale.order"].browse(order_id)

    # === THE RULES === #
    def test_contract_takes_the_rule_over_and_keeps_it(self):
        self.plan.write({"renewal_price_method": "fixed", "renewal_amount_change": 7.0})
        self.assertEqual(self.contract.renewal_amount, 105.0)
        later = self._subscribe("2026-02-01")
        self.assertEqual(later.renewal_amount, 107.0)

    def test_fixed_amount(self):
        self.contract.write(
            {"renewal_price_method": "fixed", "renewal_amount_change": -2.5}
        )
        self.assertEqual(self._quote().order_line.price_unit, 97.5)

    def test_index_takes_the_change_since_the_term_began(self):
        self.contract.write(
            {"renewal_price_method": "index", "renewal_index_id": self.index.id}
        )
        # 118 is in force today, 110 was on 1 February 2026.
        self.assertEqual(self._quote().order_line.price_unit, 107.27)

    def test_index_counts_from_where_the_last_price_came_from(self):
        """Each year's value comes after the notice and before the term: what it gained
        since the last price counts, whatever divides the term."""
        plan = self._make_plan(name="Indexed", renewal_policy="automatic")
        index = self.index.copy({"name": "Yearly"})
        index.value_ids = [
            Command.create({"date": f"{year}-01-15", "value": value})
            for year, value in ((2023, 100), (2024, 110), (2025, 121), (2026, 133.1))
        ]
        plan.write({"renewal_price_method": "index", "renewal_index_id": index.id})
        product = self._make_product("Indexed", 100.0, plan)
        contract = self._subscribe("2023-02-01", product)
        for day in ("2024-01-02", "2025-01-02", "2026-01-02"):
            with freeze_time(day):
                contract._run_renewal_steps()
        lines = contract.contract_line_ids
        self.assertEqual(lines.mapped("price_unit"), [100.0, 100.0, 110.0, 121.0])
        with freeze_time("2026-02-01"):
            contract.run_billing()
            change = {"type": "quantity", "line_id": lines[-1].id, "quantity": 2.0}
            change.update(effective="date", date="2026-06-15")
            contract.apply_change(change, 0.0)
        with freeze_time("2027-01-02"):
            self.assertEqual(self._quote(contract).order_line.price_unit, 133.1)

    def test_index_of_a_price_that_was_negotiated(self):
        """110 when it was offered, 130 when the next offer is made; 118 in between."""
        self.contract.write(
            {"renewal_price_method": "index", "renewal_index_id": self.index.id}
        )
        with freeze_time("2026-06-01"):
            order = self._quote()
        self.assertEqual(order.order_line.price_unit, 100.0)
        order.order_line.price_unit = 90.0
        with freeze_time("2027-01-02"):
            order.action_confirm()
        with freeze_time("2028-01-02"):
            offered = self._quote().order_line.price_unit
        self.assertEqual(offered, round(90 * 130 / 118, 2))

    def test_new_pricelist_has_no_price_of_a_line_without_product(self):
        line = self.line.copy({"product_id": False, "specific_price": 50.0})
        pricelist = self.env["product.pricelist"].create({"name": "2027"})
        self.contract.write(
            {"renewal_price_method": "pricelist", "renewal_pricelist_id": pricelist.id}
        )
        line.date_end = self.line.date_end
        self.assertEqual(self.contract.renewal_amount, 150.0)

    def test_index_without_a_value_is_told(self):
        self.contract.write(
            {"renewal_price_method": "index", "renewal_index_id": self.index.id}
        )
        self.index.value_ids.filtered(
            lambda row: row.date < self._day("2026-03-01")
        ).unlink()
        self.assertEqual(self.contract.renewal_amount, 100.0)
        with self.assertRaisesRegex(UserError, "Consumer prices"):
            self._quote()
        with self.assertRaisesRegex(UserError, "Consumer prices"):
            self.contract.renew({"mode": "automatic"})

    def test_new_pricelist(self):
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "2027",
                "item_ids": [
                    Command.create(
                        {
                            "applied_on": "0_product_variant",
                            "product_id": self.product.id,
                            "compute_price": "fixed",
                            "fixed_price": 123.0,
                        }
                    )
                ],
            }
        )
        self.contract.write(
            {"renewal_price_method": "pricelist", "renewal_pricelist_id": pricelist.id}
        )
        self.assertEqual(self._quote().order_line.price_unit, 123.0)

    def test_cap_and_rounding(self):
        self.contract.write(
            {
                "renewal_price_method": "index",
                "renewal_index_id": self.index.id,
                "renewal_bounded": True,
                "renewal_cap_percent": 4.0,
                "renewal_price_rounding": 0.5,
            }
        )
        self.assertEqual(self._quote().order_line.price_unit, 104.0)

    def test_rules_that_can_not_work_are_refused(self):
        for vals in (
            {"renewal_price_method": "index"},
            {"renewal_price_method": "pricelist"},
            {"renewal_bounded": True, "renewal_floor_percent": 3.0},
        ):
            for record in (self.contract, self.plan):
                with self.subTest(**vals), self.assertRaises(ValidationError):
                    record.write(vals)

    # === THE OFFER === #
    def test_quotation_shows_old_and_new(self):
        line = self._quote().order_line
        self.assertEqual(line.renewal_old_price, 100.0)
        self.assertEqual(line.renewal_old_quantity, 1.0)
        self.assertAlmostEqual(line.renewal_change_percent, 5.0)

    def test_open_quotation_follows_a_changed_quantity(self):
        order = self._quote()
        change = {"type": "quantity", "line_id": self.line.id, "quantity": 4}
        contract = self.contract.with_user(self.manager)
        contract.apply_change(change, contract.preview_change(change)["total"])
        self.assertEqual(order.order_line.product_uom_qty, 4.0)
        self.assertEqual(order.order_line.renewal_old_quantity, 4.0)
        self.assertIn("follows", order.message_ids[0].body)
        order.action_confirm()
        running = self.contract.contract_line_ids.filtered(
            lambda line: str(line.date_start) == "2027-02-01"
        )
        self.assertEqual(running.quantity, 4.0)

    def test_open_quotation_follows_a_divided_line(self):
        self.contract.run_billing({"date": "2027-01-01"})
        change = {
            "type": "quantity",
            "line_id": self.line.id,
            "quantity": 3,
            "effective": "date",
            "date": "2027-01-20",
        }
        order = self._quote()
        contract = self.contract.with_user(self.manager)
        contract.apply_change(change, contract.preview_change(change)["total"])
        self.assertEqual(order.order_line.product_uom_qty, 3.0)
        order.action_confirm()
        self.assertEqual(
            self.contract.contract_line_ids.sorted("date_start")[-1].quantity, 3.0
        )

    def test_open_quotation_follows_a_changed_plan(self):
        """Else the old plan would come back with the renewal, at the new one's price
        for each of its periods."""
        quarterly = self._make_plan(name="Quarterly", unit="quarter")
        self.contract.run_billing({"date": "2027-01-01"})
        order = self._quote()
        change = {
            "type": "plan",
            "plan_id": quarterly.id,
            "effective": "date",
            "date": "2027-01-20",
        }
        contract = self.contract.with_user(self.manager)
        contract.apply_change(change, contract.preview_change(change)["total"])
        self.assertEqual(order.order_line.subscription_plan_id, quarterly)
        self.assertEqual(order.order_line.price_unit, 315.0)
        order.action_confirm()
        self.assertEqual(self.contract.subscription_plan_id, quarterly)
        renewed = self.contract.contract_line_ids.sorted("date_start")[-1]
        self.assertRecordValues(
            renewed,
            [
                {
                    "date_start": self._day("2027-02-01"),
                    "recurring_rule_type": "quarterly",
                    "price_unit": 315.0,
                }
            ],
        )

    def test_negotiated_plan_stays(self):
        yearly = self._make_plan(name="Yearly", unit="year")
        quarterly = self._make_plan(name="Quarterly", unit="quarter")
        order = self._quote()
        order.order_line.write({"subscription_plan_id": yearly.id, "price_unit": 999.0})
        change = {"type": "plan", "plan_id": quarterly.id}
        contract = self.contract.with_user(self.manager)
        contract.apply_change(change, contract.preview_change(change)["total"])
        self.assertEqual(order.order_line.subscription_plan_id, yearly)
        self.assertEqual(order.order_line.price_unit, 999.0)

    def test_what_was_negotiated_stays(self):
        order = self._quote()
        order.order_line.write({"product_uom_qty": 10, "price_unit": 99.0})
        self.line.quantity = 4
        self.assertEqual(order.order_line.product_uom_qty, 10.0)
        self.assertEqual(order.order_line.price_unit, 99.0)
        self.assertEqual(order.order_line.renewal_old_quantity, 4.0)

    def test_added_line_joins_and_removed_line_stays_out(self):
        second = self._make_product("Second", 40.0, self.plan)
        contract = self._sell(self.product, second, start="2026-02-01")._get_contracts()
        order = self._quote(contract)
        order.order_line.filtered(lambda line: line.product_id == second).unlink()
        contract.contract_line_ids[0].quantity = 5
        self.assertEqual(order.order_line.product_id, self.product)
        third = self._make_product("Third", 9.0, self.plan)
        more = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [Command.create({"product_id": third.id})],
            }
        )
        contract._add_order_lines(more.order_line, self._day(NOTICE_DAY))
        self.assertEqual(order.order_line.product_id, self.product | third)

    def test_other_plan_agreed_in_the_quotation(self):
        yearly = self._make_plan(name="Yearly", unit="year", term_count=2)
        order = self._quote()
        order.order_line.write({"subscription_plan_id": yearly.id, "price_unit": 1200})
        order.action_confirm()
        self.assertEqual(self.contract.subscription_plan_id, yearly)
        successor = self.line.successor_contract_line_id
        self.assertRecordValues(
            successor,
            [
                {
                    "date_start": self._day("2027-02-01"),
                    "date_end": self._day("2029-01-31"),
                    "anchor_date": self._day("2027-02-01"),
                    "recurring_rule_type": "yearly",
                    "price_unit": 1200.0,
                    "line_root_id": self.line.id,
                }
            ],
        )
        with freeze_time("2027-02-01"):
            self.contract.run_billing()
        self.assertEqual(self._periods(self.contract)[-1], ("2027-02-01", "2028-01-31"))

    # === ANNOUNCED === #
    def _announce(self):
        self.contract.write({"renewal_policy": "automatic", "price_notice_days": 60})

    def _mails(self):
        return self.env["mail.mail"].search(
            [
                ("model", "=", "contract.contract"),
                ("res_id", "=", self.contract.id),
                ("subject", "ilike", "New prices"),
            ]
        )

    def test_announced_price_holds(self):
        self._announce()
        with freeze_time("2026-11-28"):
            self.assertIn("announcement", self.contract._run_renewal_steps())
            self.assertEqual(self.contract._run_renewal_steps(), [])
        mail = self._mails()
        self.assertEqual(len(mail), 1)
        self.assertIn("100.00", mail.body_html)
        self.assertIn("105.00", mail.body_html)
        self.contract.renewal_uplift_percent = 50.0
        self.contract._run_renewal_steps()
        self.assertEqual(self.line.successor_contract_line_id.price_unit, 105.0)

    def test_price_that_was_not_announced_in_time_stays(self):
        self._announce()
        with freeze_time("2026-12-10"):
            self.contract._run_renewal_steps()
        self.assertFalse(self._mails())
        self.assertIn("keeps the old", self.contract.message_ids[0].body)
        self.contract._run_renewal_steps()
        self.assertEqual(self.line.successor_contract_line_id.price_unit, 100.0)

    def test_a_week_without_the_server_is_no_harm(self):
        self._announce()
        with freeze_time("2026-12-01"):
            self.assertIn("announcement", self.contract._run_renewal_steps())
        self.assertEqual(self.contract.renewal_step_ids.mapped("state"), ["late"])
        self.contract._run_renewal_steps()
        self.assertEqual(self.line.successor_contract_line_id.price_unit, 105.0)
