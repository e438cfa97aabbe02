# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""An accountant with a calculator: each amount was reckoned by hand, from the price and
the days, before it was looked up. What the documents say is compared, not the ledger
alone."""

from odoo import Command
from odoo.tests import freeze_time, tagged

from .accountant_common import AccountantCommon
from .common import TODAY


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestAccountant(AccountantCommon):
    # === THE FIRST PERIOD === #
    def test_calendar_months_from_10_august(self):
        """31 - 9 = 22 of 31 days of 50.00: 35.483 -> 35.48. By months of 30 days it is
        30 - 9 = 21 of 30: 35.00."""
        for proration, first in (("actual", 35.48), ("fixed_30", 35.00)):
            with self.subTest(proration=proration):
                contract = self._sold(
                    "2026-08-10", 50.0, anchor="calendar", proration=proration
                )
                self._bill(contract, "2026-08-10", "2026-09-01")
                self.assertEqual(
                    self._amounts(contract),
                    [("2026-08-10", first), ("2026-09-01", 50.0)],
                )

    def test_calendar_quarters_and_years(self):
        """15 February to 31 March: 14 + 31 = 45 of 90 days of 90.00: 45.00.
        10 August to 31 December: 22 + 30 + 31 + 30 + 31 = 144 of 365 days."""
        quarter = self._sold("2026-02-15", 90.0, anchor="calendar", unit="quarter")
        self._bill(quarter, "2026-02-15", "2026-04-01")
        self.assertEqual(
            self._amounts(quarter), [("2026-02-15", 45.0), ("2026-04-01", 90.0)]
        )
        year = self._sold("2026-08-10", 365.0, anchor="calendar", unit="year")
        self._bill(year, "2026-08-10")
        self.assertEqual(self._amounts(year), [("2026-08-10", 144.0)])

    def test_month_ends_from_31_january(self):
        """Cancelled from 15 March on, in 28 February to 30 March, of 31 days: 15 days
        are used, 48.387 -> 48.39; 51.61 come back."""
        contract = self._sold("2026-01-31")
        self._bill(contract, "2026-01-31", "2026-02-28")
        self.assertEqual(
            self._amounts(contract), [("2026-01-31", 100.0), ("2026-02-28", 100.0)]
        )
        refund = self._change(contract, "2026-03-15", type="cancel")
        self.assertEqual(refund.amount_untaxed, 51.61)
        self._bill(contract, "2026-05-01")
        self.assertEqual(self._untaxed(contract), 148.39)

    # === CHANGES IN MID-PERIOD === #
    def test_product_of_another_price_and_tax(self):
        """16 of 31 days at 100.00 are 51.61, so 48.39 come back; 16 of 31 days at
        160.00 would have been 82.58, so the rest costs 77.42. Tax of 10 % on that,
        none on what comes back: 7.74."""
        contract = self._sold("2026-03-01")
        self._bill(contract, "2026-03-01")
        tax = self.env["account.tax"].create({"name": "On top", "amount": 10.0})
        other = self._make_product("Better", 160.0, contract.subscription_plan_id)
        other.taxes_id = tax
        move = self._change(contract, "2026-03-17", type="product", product_id=other.id)
        self.assertEqual(move.amount_untaxed, 29.03)
        self.assertEqual(move.amount_tax, 7.74)
        self._bill(contract, "2026-04-01")
        self.assertEqual(self._amounts(contract)[-1], ("2026-04-01", 160.0))
        with freeze_time("2026-04-01"):
            self.assertEqual(self._closing(contract), 160.0)

    def test_month_to_year_in_mid_period(self):
        """48.39 of March come back. The term ends on 28 February 2027: 365 - 16 = 349
        of 365 days of 12 x 100.00 are 1,147.397 -> 1,147.40."""
        contract = self._sold("2026-03-01")
        self._bill(contract, "2026-03-01")
        yearly = self._make_plan(name="Yearly", unit="year")
        refund = self._change(contract, "2026-03-17", type="plan", plan_id=yearly.id)
        self.assertEqual(refund.amount_untaxed_signed, -48.39)
        self._bill(contract, "2026-03-17", "2027-02-28")
        # 100.00 - 48.39 + 1,147.40
        self.assertEqual(self._untaxed(contract), 1199.01)
        self.assertEqual(contract.mrr, 100.0)

    def test_anchor_day_and_a_pause(self):
        """From 1 April to the new day 14 days of the 31 of 15 March to 14 April: 45.16.
        Paused from 20 April to 4 May: 15 of the 30 days from 15 April on: 50.00."""
        contract = self._sold("2026-03-01")
        self._bill(contract, "2026-03-01")
        self._change(contract, "2026-03-17", type="anchor", anchor_day=15)
        self._bill(contract, "2026-04-01", "2026-04-15")
        refund = self._change(
            contract,
            "2026-04-16",
            type="pause",
            effective="date",
            date="2026-04-20",
            until="2026-05-04",
        )
        self.assertEqual(refund.amount_untaxed, 50.0)
        self._bill(contract, "2026-05-15")
        # 100.00 + 45.16 + 100.00 - 50.00 + 100.00
        self.assertEqual(self._untaxed(contract), 295.16)

    def test_two_changes_on_one_day_then_undone(self):
        contract = self._sold("2026-03-01", 99.99)
        self._bill(contract, "2026-03-01")
        for change in (
            {"type": "quantity", "quantity": 7.0},
            {"type": "price", "price_unit": 13.33},
            {"type": "price", "price_unit": 99.99},
            {"type": "quantity", "quantity": 1.0},
        ):
            self._change(contract, "2026-03-18", **change)
        self.assertEqual(self._untaxed(contract), 99.99)
        self._bill(contract, "2026-04-01")
        self.assertEqual(self._untaxed(contract), 199.98)
        self.assertEqual(self._closing(contract), 99.99)

    def test_quantity_in_a_discounted_period(self):
        """March costs 50.00, three of it 150.00. 16 of 31 days: 25.81 and 77.42; so
        24.19 come back and 72.58 are charged. April is still at half price."""
        contract = self._sold("2026-03-01", intro_discount=50.0, intro_periods=2)
        self._bill(contract, "2026-03-01")
        move = self._change(contract, "2026-03-17", type="quantity", quantity=3.0)
        self.assertEqual(move.amount_untaxed, 48.39)
        self._bill(contract, "2026-04-01", "2026-05-01")
        self.assertEqual(self._untaxed(contract), 50.0 + 48.39 + 150.0 + 300.0)

    def test_price_of_a_line_in_arrears(self):
        """16 of 31 days at 100.00: 51.61; the other 15 at 160.00: 77.42."""
        contract = self._sold("2026-03-01", timing="arrears")
        self._change(contract, "2026-03-17", type="price", price_unit=160.0)
        self._bill(contract, "2026-03-17", "2026-04-01")
        self.assertEqual(
            self._amounts(contract), [("2026-03-01", 51.61), ("2026-03-17", 77.42)]
        )

    def test_carried_credit_of_a_contract_that_is_cancelled(self):
        """Of 300.00, 200.00 for 15 of 31 days wait for a next bill (96.78: three cost
        154.84 up to then, one 51.61, so 145.16 come back and 48.39 are charged).
        Cancelled on the 20th: 12 of 31 days of 100.00, 38.71, come back as well."""
        contract = self._sold("2026-03-01", quantity=3.0)
        self._bill(contract, "2026-03-01")
        self._change(
            contract, "2026-03-17", type="quantity", quantity=1.0, settle="carry"
        )
        self._change(contract, "2026-03-20", type="cancel")
        self._bill(contract, "2026-03-20", "2026-04-01")
        # 16 days of three and 3 days of one: 154.84 + 9.68.
        self.assertEqual(self._untaxed(contract), 164.52)
        with freeze_time("2026-04-01"):
            self.assertEqual(self._closing(contract), 0.0)

    # === ENDS === #
    def test_arrears_cancelled_now(self):
        """9 of 31 days are owed: 29.03."""
        contract = self._sold("2026-03-01", timing="arrears")
        self._change(contract, "2026-03-10", type="cancel")
        self._bill(contract, "2026-03-10", "2026-04-01")
        self.assertEqual(self._untaxed(contract), 29.03)

    def test_cancelled_in_the_trial(self):
        contract = self._sold("2026-03-01", trial_days=14)
        self.assertEqual(contract.mrr, 0.0)
        self._change(contract, "2026-03-10", type="cancel")
        self._bill(contract, "2026-03-15", "2026-04-15")
        self.assertFalse(contract.period_ids)
        self.assertEqual(self._closing(contract), 0.0)

    def test_cancellation_withdrawn(self):
        contract = self._sold("2026-03-01")
        self._bill(contract, "2026-03-01")
        options = {
            "reason_id": self.env.ref("crm_subscription.reason_price").id,
            "end_of_service": "2026-03-16",
        }
        total = contract.preview_cancellation(options)["total"]
        self.assertEqual(total, -48.39)
        contract.cancel_subscription(options, total)
        self.assertEqual(self._untaxed(contract), 51.61)
        contract.withdraw_cancellation(contract.preview_withdrawal()["total"])
        self.assertEqual(self._untaxed(contract), 100.0)
        self._bill(contract, "2026-04-01")
        self.assertEqual(self._untaxed(contract), 200.0)
        self.assertEqual(self._closing(contract), 100.0)

    def test_archived_contract(self):
        """Archived, its price changed, brought back: the log adds up at every step."""
        contract = self._sold("2026-03-01")
        contract.active = False
        self.assertEqual(self._closing(contract), 0.0)
        contract.contract_line_ids.price_unit = 130.0
        self.assertEqual(self._closing(contract), 0.0)
        contract.active = True
        self.assertEqual(self._closing(contract), 130.0)

    # === RENEWAL === #
    def test_caps_and_floors(self):
        """Of 100.00."""
        for terms, price in (
            ((10.0, -3.0, 5.0, 0.0), 105.0),
            ((-10.0, -3.0, 5.0, 0.0), 97.0),
            ((3.3, -3.0, 5.0, 0.5), 103.5),
            # 105.00 is not a multiple of 10.00, and 110.00 above the cap.
            ((10.0, -3.0, 5.0, 10.0), 100.0),
        ):
            percent, floor, cap, rounding = terms
            contract = self._sold("2026-03-01")
            contract.write(
                {
                    "renewal_uplift_percent": percent,
                    "renewal_bounded": True,
                    "renewal_floor_percent": floor,
                    "renewal_cap_percent": cap,
                    "renewal_price_rounding": rounding,
                }
            )
            with self.subTest(terms=terms):
                contract.renew({"mode": "automatic"})
                later = contract.contract_line_ids.successor_contract_line_id
                self.assertEqual(later.price_unit, price)

    def test_price_below_the_cent(self):
        """0.0125 a call, 100,000 calls: 1,250.00 a month. 5 % more is 0.013125 a call,
        0.0131 with as many digits as before: 1,310.00. A price that is cut to the cent
        would be 0.01: 1,000.00, a fifth less."""
        contract = self._sold("2026-03-01", 0.0125, 100000.0)
        line = contract.contract_line_ids
        self._bill(contract, "2026-03-01")
        self.assertEqual(self._untaxed(contract), 1250.0)
        contract.renew({"mode": "automatic"})
        self.assertEqual(line.successor_contract_line_id.price_unit, 0.0131)

    # === CURRENCIES, TAXES, DISCOUNTS === #
    def _sold_in(self, name, price, **plan):
        currency = self.env.ref(f"base.{name}")
        currency.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": currency.id, "name": "2026-01-01", "rate": 2.0}
        )
        pricelist = self.env["product.pricelist"].create(
            {"name": name, "currency_id": currency.id}
        )
        plan = self._make_plan(name=f"Plan in {name}", **plan)
        product = self._make_product(f"Service in {name}", price / 2.0, plan)
        order = self._sell(product, start="2026-08-10", pricelist_id=pricelist.id)
        contract = order._get_contracts()
        self.assertEqual(contract.currency_id, currency)
        contract.contract_line_ids.price_unit = price
        return contract

    def test_currencies_without_and_with_three_decimals(self):
        """Up to 9 August, 9 of 31 days of 1,000 yen are 290.32 -> 290, so 710; of
        10.000 dinar 2.903, so 7.097. From 21 August on 11 days come back: 20 of 31
        days are 645.16 -> 645 and 6.452, so 355 and 3.548."""
        for name, price, first, back in (
            ("JPY", 1000.0, 710.0, 355.0),
            ("KRW", 1000.0, 710.0, 355.0),
            ("KWD", 10.0, 7.097, 3.548),
        ):
            with self.subTest(currency=name):
                contract = self._sold_in(name, price, anchor="calendar")
                self._bill(contract, "2026-08-10")
                self.assertEqual(self._amounts(contract), [("2026-08-10", first)])
                refund = self._change(contract, "2026-08-21", type="cancel")
                self.assertEqual(refund.amount_untaxed, back)

    def test_tax_inside_and_a_discount(self):
        """110.00 less 10 % are 99.00 with the tax of 10 %: 90.00. 15 of 31 days from
        17 March on are 99.00 - 51.10 = 47.90, of which 43.55 are revenue."""
        tax = self.env["account.tax"].create(
            {"name": "Inside", "amount": 10.0, "price_include_override": "tax_included"}
        )
        plan = self._make_plan(name="Calendar", anchor="calendar")
        product = self._make_product("Taxed", 110.0, plan)
        product.taxes_id = tax
        contract = self._subscribe("2026-03-17", product)
        contract.contract_line_ids.discount = 10.0
        self._bill(contract, "2026-03-17", "2026-04-01")
        first, second = contract.period_ids.sorted("period_start").move_id.sorted("id")
        self.assertEqual((first.amount_untaxed, first.amount_total), (43.55, 47.90))
        self.assertEqual((second.amount_untaxed, second.amount_total), (90.0, 99.0))
        self.assertEqual(
            self._amounts(contract), [("2026-03-17", 43.55), ("2026-04-01", 90.0)]
        )
        with freeze_time("2026-04-01"):
            self.assertEqual(self._closing(contract), 90.0)

    def test_group_of_taxes_inside(self):
        """A group of 5 % inside and 5 % inside of 110.00 is 100.00 of revenue."""
        parts = self.env["account.tax"].create(
            [
                {
                    "name": f"Part {number}",
                    "amount": 5.0,
                    "price_include_override": "tax_included",
                    "type_tax_use": "none",
                }
                for number in (1, 2)
            ]
        )
        group = self.env["account.tax"].create(
            {
                "name": "Group",
                "amount_type": "group",
                "children_tax_ids": [Command.set(parts.ids)],
            }
        )
        product = self._make_product("Grouped", 110.0, self.plan)
        product.taxes_id = group
        contract = self._subscribe("2026-03-01", product)
        self.assertEqual(contract.mrr, 100.0)
        self._bill(contract, "2026-03-01")
        self.assertEqual(self._amounts(contract), [("2026-03-01", 100.0)])
        refund = self._change(contract, "2026-03-17", type="cancel")
        # 110.00 for 15 of 31 days, 110.00 - 56.77 = 53.23, is 48.39 without the tax.
        self.assertEqual((refund.amount_untaxed, refund.amount_total), (48.39, 53.23))

    def test_odd_quantities_and_discounts(self):
        """What core makes of quantity, price and discount is what the ledger says."""
        for quantity, price, discount in (
            (0.333, 99.99, 12.5),
            (3.0, 33.335, 33.33),
            (1.3, 1.15, 0.0),
            (7.0, 0.145, 50.0),
        ):
            with self.subTest(quantity=quantity, price=price):
                contract = self._sold("2026-03-01", 1000.0)
                contract.contract_line_ids.copy(
                    {
                        "quantity": quantity,
                        "specific_price": price,
                        "discount": discount,
                    }
                )
                self._bill(contract, "2026-04-01")
                self.assertEqual(len(self._amounts(contract)), 3)

    # === FROM NOTHING TO SOMETHING === #
    def test_free_period_that_begins_to_cost(self):
        """Free in March; 310.00 from the 11th on: 21 of 31 days, 210.00. Cancelled on
        the 21st: 11 days come back."""
        contract = self._sold("2026-03-01", 0.0)
        self._bill(contract, "2026-03-01")
        self.assertFalse(contract.period_ids.move_id)
        move = self._change(contract, "2026-03-11", type="price", price_unit=310.0)
        self.assertEqual(move.amount_untaxed, 210.0)
        refund = self._change(contract, "2026-03-21", type="cancel")
        self.assertEqual(refund.amount_untaxed, 110.0)
        self._bill(contract, "2026-04-01")
        self.assertEqual(self._untaxed(contract), 100.0)

    def test_free_plan_to_one_that_costs(self):
        """From 11 March on by the year: 355 of 365 days, of the term until 28 February,
        of 365.00."""
        contract = self._sold("2026-03-01", 0.0)
        self._bill(contract, "2026-03-01")
        yearly = self._make_plan(name="Yearly", unit="year")
        self._change(
            contract, "2026-03-11", type="plan", plan_id=yearly.id, price_unit=365.0
        )
        self._bill(contract, "2026-03-11", "2026-04-01")
        self.assertEqual(self._untaxed(contract), 355.0)

    def test_missed_period_that_is_not_billed_stays_so(self):
        contract = self._sold("2026-02-01", 280.0, catch_up="skip")
        self._bill(contract, "2026-03-05")
        answer = self._change(
            contract,
            "2026-03-05",
            type="price",
            price_unit=560.0,
            effective="date",
            date="2026-02-15",
        )
        # March alone, of which all days are dearer.
        self.assertEqual(answer.amount_untaxed, 280.0)

    def test_carried_credit_with_higher_taxes_than_the_next_bill(self):
        """March, 310.00 and 62.00 of tax, comes back with a bill of 310.00 that has no
        tax any more: it waits for the one after that, 248.00 less than nothing else."""
        contract = self._sold("2026-03-01", 310.0)
        product = contract.contract_line_ids.product_id
        product.taxes_id = self.env["account.tax"].create({"name": "20", "amount": 20})
        self._bill(contract, "2026-03-01")
        self._change(
            contract,
            "2026-03-01",
            type="pause",
            until="2026-03-31",
            settle="carry",
        )
        product.taxes_id = False
        self._bill(contract, "2026-04-01")
        self.assertEqual(self._untaxed(contract), 620.0)
        with freeze_time("2026-04-15"):
            contract.contract_line_ids[-1].quantity = 2.0
        self._bill(contract, "2026-05-01")
        self.assertEqual(self._untaxed(contract), 620.0 + 620.0 - 310.0)
        last = contract.period_ids.move_id.sorted("invoice_date")[-1]
        self.assertEqual(last.amount_total, 620.0 - 372.0)

    def test_quantity_of_a_line_that_follows_a_pricelist(self):
        """50.00 each, 40.00 from ten on: ten from 17 March on are 15 of 31 days of
        400.00, 193.55, less 24.19 of 50.00."""
        contract = self._sold("2026-03-01", 100.0)
        product = self._make_product("Listed", 50.0, contract.subscription_plan_id)
        rules = [
            {"min_quantity": number, "fixed_price": price, "product_id": product.id}
            for number, price in ((0, 50.0), (10, 40.0))
        ]
        contract.pricelist_id = self.env["product.pricelist"].create(
            {
                "name": "By Quantity",
                "item_ids": [
                    Command.create(
                        dict(
                            rule,
                            compute_price="fixed",
                            applied_on="0_product_variant",
                        )
                    )
                    for rule in rules
                ],
            }
        )
        line = contract.contract_line_ids.copy(
            {"product_id": product.id, "automatic_price": True}
        )
        line.write({"date_start": "2026-03-01", "anchor_date": "2026-03-01"})
        self._bill(contract, "2026-03-01")
        move = self._change(
            contract, "2026-03-17", type="quantity", line_id=line.id, quantity=10.0
        )
        self.assertEqual(move.amount_untaxed, 169.36)
        self._bill(contract, "2026-04-01")
        self.assertEqual(self._amounts(contract)[-1], ("2026-04-01", 400.0))
        # A new price of the list is revenue from the next job on.
        contract.pricelist_id.item_ids.fixed_price = 45.0
        with freeze_time("2026-04-02"), self.enter_registry_test_mode():
            self.env.ref("crm_subscription.ir_cron_mrr").method_direct_trigger()
        self.env.invalidate_all()
        with freeze_time("2026-04-02"):
            self.assertEqual(self._closing(contract), 550.0)

    def test_credit_of_another_line_of_the_invoice(self):
        """A delivery of 155.00 was added to the draft, and given back by hand: of the
        service nothing was given. Cancelled after ten days, 210.00 come back."""
        contract = self._sold("2026-03-01", 310.0, invoice_mode="draft")
        self._bill(contract, "2026-03-01")
        move = contract.period_ids.move_id
        delivery = {"name": "Delivery", "price_unit": 155.0, "tax_ids": False}
        move.invoice_line_ids = [Command.create(delivery)]
        move.action_post()
        refund = move._reverse_moves([{"invoice_date": "2026-03-05"}])
        refund.invoice_line_ids.filtered("contract_line_id").unlink()
        refund.action_post()
        contract.subscription_plan_id.invoice_mode = "posted"
        refund = self._change(contract, "2026-03-11", type="cancel")
        self.assertEqual(refund.amount_untaxed, 210.0)

    # === LINES THAT JOIN === #
    def test_a_line_that_joins_ends_with_the_others(self):
        """A second order on 17 March: 15 of 31 days of 62.00 are 30.00; both end with
        the term of the first."""
        plan = self._make_plan(name="Joined", anchor="calendar", group_lines=True)
        first = self._make_product("First", 100.0, plan)
        second = self._make_product("Second", 62.0, plan)
        contract = self._subscribe("2026-03-01", first)
        self._bill(contract, "2026-03-01")
        with freeze_time("2026-03-17"):
            self.assertEqual(self._subscribe("2026-03-17", second), contract)
        self._bill(contract, "2026-03-17", "2026-04-01")
        self.assertEqual(self._untaxed(contract), 100.0 + 30.0 + 162.0)
        ends = set(contract.contract_line_ids.mapped("date_end"))
        self.assertEqual(ends, {self._day("2027-02-28")})
        with freeze_time("2026-04-01"):
            self.assertEqual(self._closing(contract), 162.0)

    def test_credit_note_of_a_month_then_another_price(self):
        """March is credited in full by hand, then costs 160.00 from the 17th on. What
        was given stays given; the dearer days are charged: 77.42 - 48.39."""
        contract = self._sold("2026-03-01")
        self._bill(contract, "2026-03-01")
        move = contract.period_ids.move_id
        self._credit(move, "2026-03-05")
        self._change(contract, "2026-03-17", type="price", price_unit=160.0)
        moves = move | move.reversal_move_ids | contract.period_ids.move_id
        total = round(sum(moves.mapped("amount_untaxed_signed")), 2)
        self.assertEqual(total, 29.03)
