# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Twenty contracts that are hard to reckon, each worked out beside the engine: from the
price, the days of the calendar and the rule that parts of a period are differences of
rounded running totals. The previews, the ledger and the documents have to say it."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from odoo import Command
from odoo.tests import freeze_time, tagged

from .accountant_common import AccountantCommon
from .common import TODAY


# === THE CALCULATOR === #
def rounded(amount, step="0.01"):
    """Return a Decimal rounded half away from zero to a multiple of ``step``."""
    step = Decimal(step)
    return (amount / step).quantize(Decimal(1), ROUND_HALF_UP) * step


def used(price, days, of, step="0.01"):
    """Return what the first ``days`` of ``of`` days cost (float)."""
    return float(rounded(Decimal(str(price)) * days / of, step))


def rest(price, days, of, step="0.01"):
    """Return what is left of ``price`` when the first ``days`` of ``of`` are used."""
    whole = rounded(Decimal(str(price)), step)
    return float(whole - rounded(Decimal(str(price)) * days / of, step))


def days(first, last):
    """Return how many days there are from ``first`` to ``last``, both included."""
    return (date.fromisoformat(last) - date.fromisoformat(first)).days + 1


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestHardCases(AccountantCommon):
    # === HELPERS === #
    def _bill(self, contract, *billing_days):
        """Bill on each day; what the preview told the day before is what was billed."""
        for day in billing_days:
            with freeze_time(day):
                told = [
                    (row["line_id"], row["period_start"], row["amount"])
                    for row in contract.preview_schedule(until=day, limit=50)
                    if row["kind"] == "regular"
                ]
                before = contract.period_ids
                self.assertFalse(contract.run_billing()["parked"])
                rows = (contract.period_ids - before).filtered(
                    lambda row: row.kind == "regular"
                )
                billed = [
                    (row.line_id.id, str(row.period_start), row.amount) for row in rows
                ]
                self.assertEqual(sorted(told), sorted(billed), day)

    def _change(self, contract, day, **change):
        """Change on a day; what the preview told is what the documents say."""
        before = contract.period_ids
        moves = super()._change(contract, day, **change)
        rows = contract.period_ids - before
        said = sum(-move.direction_sign * move.amount_untaxed for move in moves)
        if moves:
            self.assertAlmostEqual(said, sum(rows.mapped("amount")), 6)
        return moves

    def _assert_documents(self, contract, *expected):
        """The posted documents, by date: (day, untaxed amount in their currency)."""
        moves = contract.contract_line_ids.period_ids.move_id
        moves |= moves.reversal_move_ids
        self.assertEqual(set(moves.mapped("state")), {"posted"})
        said = [
            (
                str(move.invoice_date),
                -move.direction_sign * move.amount_untaxed,
            )
            for move in moves.sorted(lambda move: (move.invoice_date, move.id))
        ]
        self.assertEqual(
            [(day, f"{amount:.3f}") for day, amount in said],
            [(day, f"{amount:.3f}") for day, amount in expected],
        )
        self._amounts(contract)

    # === LINES THAT GO TOGETHER === #
    def test_three_lines_end_together(self):
        """62.00 joins on 17 March, 2 x 93.00 on the last day of April."""
        plan = self._make_plan(name="Joined", anchor="calendar", group_lines=True)
        first, second, third = (
            self._make_product(f"Service {price}", price, plan)
            for price in (100.0, 62.0, 93.0)
        )
        contract = self._subscribe("2026-03-01", first)
        self._bill(contract, "2026-03-01")
        with freeze_time("2026-03-17"):
            self._subscribe("2026-03-17", second)
        self._bill(contract, "2026-03-17", "2026-04-01")
        with freeze_time("2026-04-30"):
            self._subscribe("2026-04-30", third, quantity=2.0)
        self._bill(contract, "2026-04-30", "2026-05-01")
        self._assert_documents(
            contract,
            ("2026-03-01", 100.0),
            ("2026-03-17", rest(62, 16, 31)),  # 30.00
            ("2026-04-01", 162.0),
            ("2026-04-30", rest(186, 29, 30)),  # 6.20
            ("2026-05-01", 348.0),
        )
        ends = set(contract.contract_line_ids.mapped("date_end"))
        self.assertEqual(ends, {self._day("2027-02-28")})

    def test_one_of_two_lines_is_cancelled(self):
        plan = self._make_plan(name="Two")
        products = [self._make_product(f"S {p}", p, plan) for p in (100.0, 50.0)]
        contract = self._sell(*products, start="2026-03-01")._get_contracts()
        self._bill(contract, "2026-03-01")
        line = contract.contract_line_ids.filtered(lambda x: x.price_unit == 50.0)
        self._change(contract, "2026-03-11", type="cancel", line_id=line.id)
        self._bill(contract, "2026-04-01")
        self._assert_documents(
            contract,
            ("2026-03-01", 150.0),
            ("2026-03-11", -rest(50, 10, 31)),
            ("2026-04-01", 100.0),
        )

    # === CHANGES === #
    def test_quantity_price_and_plan_on_one_day(self):
        """2 x 90.00 a month; on 11 March 5 pieces, then 120.00 each, then by the year:
        12 x 120.00 x 5 = 7,200.00, of which the term has 355 of 365 days left."""
        contract = self._sold("2026-03-01", 90.0, 2.0)
        yearly = self._make_plan(name="By the year", unit="year")
        self._bill(contract, "2026-03-01")
        day = "2026-03-11"
        self._change(contract, day, type="quantity", quantity=5.0)
        self._change(contract, day, type="price", price_unit=120.0)
        self._change(contract, day, type="plan", plan_id=yearly.id)
        self._bill(contract, day)
        left = days(day, "2027-02-28")
        self._assert_documents(
            contract,
            ("2026-03-01", 180.0),
            (day, rest(450, 10, 31) - rest(180, 10, 31)),
            (day, rest(600, 10, 31) - rest(450, 10, 31)),
            (day, -rest(600, 10, 31)),
            (day, used(7200, left, 365)),
        )
        self.assertEqual(
            self._untaxed(contract), round(used(180, 10, 31) + used(7200, 355, 365), 2)
        )

    def test_pause_over_the_end_of_the_month(self):
        """20 March to 10 April: 12 days come back, of April 20 of 30 are billed."""
        contract = self._sold("2026-03-01")
        self._bill(contract, "2026-03-01")
        self._change(
            contract,
            "2026-03-10",
            type="pause",
            effective="date",
            date="2026-03-20",
            until="2026-04-10",
        )
        self._bill(contract, "2026-04-01", "2026-04-11", "2026-05-01")
        self._assert_documents(
            contract,
            ("2026-03-01", 100.0),
            ("2026-03-10", -rest(100, 19, 31)),  # 38.71
            ("2026-04-11", rest(100, 10, 30)),  # 66.67
            ("2026-05-01", 100.0),
        )

    def test_paused_then_resumed_in_a_later_month_at_another_price(self):
        contract = self._sold("2026-03-01")
        self._bill(contract, "2026-03-01")
        self._change(contract, "2026-03-11", type="pause")
        self._bill(contract, "2026-04-01", "2026-05-01")
        self._change(contract, "2026-05-16", type="resume")
        self._bill(contract, "2026-05-16")
        self._change(contract, "2026-05-24", type="price", price_unit=124.0)
        self._bill(contract, "2026-06-01")
        self._assert_documents(
            contract,
            ("2026-03-01", 100.0),
            ("2026-03-11", -rest(100, 10, 31)),
            ("2026-05-16", rest(100, 15, 31)),
            ("2026-05-24", rest(124, 23, 31) - rest(100, 23, 31)),
            ("2026-06-01", 124.0),
        )

    def test_cancelled_at_the_end_of_the_period_after_a_change(self):
        """The period is 5 March to 4 April, 31 days; from the 15th on it is three."""
        contract = self._sold("2026-03-05", 80.0)
        self._bill(contract, "2026-03-05")
        self._change(contract, "2026-03-15", type="quantity", quantity=3.0)
        self._change(contract, "2026-03-20", type="cancel", effective="period_end")
        self._bill(contract, "2026-04-05", "2026-05-05")
        self._assert_documents(
            contract,
            ("2026-03-05", 80.0),
            ("2026-03-15", rest(240, 10, 31) - rest(80, 10, 31)),
        )
        line = contract.contract_line_ids.sorted("id")[-1]
        self.assertEqual(line.date_end, self._day("2026-04-04"))

    def test_another_day_of_the_month(self):
        """1 to 19 April are 19 of the 31 days of 20 March to 19 April."""
        contract = self._sold("2026-03-01", 62.0)
        self._bill(contract, "2026-03-01")
        self._change(contract, "2026-03-10", type="anchor", anchor_day=20)
        self._bill(contract, "2026-04-01", "2026-04-20", "2026-05-20")
        self._assert_documents(
            contract,
            ("2026-03-01", 62.0),
            ("2026-04-01", rest(62, days("2026-03-20", "2026-03-31"), 31)),
            ("2026-04-20", 62.0),
            ("2026-05-20", 62.0),
        )

    def test_credit_that_is_greater_than_the_next_bills(self):
        """Ten become one on the second day: 870.97 to come back are more than the
        100.00 of April; they wait, and are paid out when nothing more is billed."""
        contract = self._sold("2026-03-01", quantity=10.0)
        self._bill(contract, "2026-03-01")
        self._change(
            contract, "2026-03-02", type="quantity", quantity=1.0, settle="carry"
        )
        self._bill(contract, "2026-04-01")
        self._change(contract, "2026-04-15", type="cancel", effective="period_end")
        self._bill(contract, "2026-05-01")
        self._assert_documents(
            contract,
            ("2026-03-01", 1000.0),
            ("2026-04-01", 100.0),
            ("2026-05-01", -(rest(1000, 1, 31) - rest(100, 1, 31))),
        )
        self.assertEqual(
            self._untaxed(contract),
            round(used(1000, 1, 31) + rest(100, 1, 31), 2) + 100,
        )

    # === CYCLES === #
    def test_discount_for_two_periods_in_arrears(self):
        """45.00 instead of 60.00 for March and April; from 16 April on it is four."""
        contract = self._sold(
            "2026-03-10",
            60.0,
            timing="arrears",
            anchor="calendar",
            intro_discount=25.0,
            intro_periods=2,
        )
        self._bill(contract, "2026-03-10", "2026-04-01")
        self._change(contract, "2026-04-16", type="quantity", quantity=4.0)
        self._bill(contract, "2026-04-16", "2026-05-01", "2026-06-01")
        self._assert_documents(
            contract,
            ("2026-04-01", rest(45, 9, 31)),  # 31.94
            ("2026-04-16", used(45, 15, 30)),
            ("2026-05-01", rest(180, 15, 30)),
            ("2026-06-01", 240.0),
        )

    def test_calendar_quarters_in_arrears_cancelled(self):
        """10 February to 31 March are 50 of 90 days, 1 April to 15 May 45 of 91."""
        contract = self._sold(
            "2026-02-10", 300.0, timing="arrears", anchor="calendar", unit="quarter"
        )
        self._bill(contract, "2026-04-01")
        self._change(
            contract, "2026-04-20", type="cancel", effective="date", date="2026-05-16"
        )
        self._bill(contract, "2026-05-01", "2026-05-16", "2026-07-01")
        self._assert_documents(
            contract,
            ("2026-04-01", rest(300, 40, 90)),  # 166.67
            ("2026-05-16", used(300, 45, 91)),  # 148.35
        )

    def test_year_with_a_leap_day(self):
        """15 March 2027 to 14 March 2028 has 366 days, 74 of them in 2028."""
        contract = self._sold("2027-03-15", 366.0, unit="year")
        self._bill(contract, "2027-03-15")
        self._change(contract, "2028-01-01", type="quantity", quantity=2.0)
        left = days("2028-01-01", "2028-03-14")
        self._assert_documents(
            contract,
            ("2027-03-15", 366.0),
            ("2028-01-01", rest(732, 366 - left, 366) - rest(366, 366 - left, 366)),
        )
        self.assertEqual(self._untaxed(contract), 440.0)

    def test_months_of_30_days(self):
        """From 10 February on 21 of 30 days; from 16 March on 15, the 31st is free."""
        contract = self._sold(
            "2026-02-10", 90.0, anchor="calendar", proration="fixed_30"
        )
        self._bill(contract, "2026-02-10", "2026-03-01")
        self._change(contract, "2026-03-16", type="quantity", quantity=2.0)
        self._change(contract, "2026-03-31", type="quantity", quantity=7.0)
        self._bill(contract, "2026-04-01")
        self._assert_documents(
            contract,
            ("2026-02-10", 63.0),
            ("2026-03-01", 90.0),
            ("2026-03-16", 45.0),
            ("2026-04-01", 630.0),
        )

    def test_every_two_weeks(self):
        """2 to 15 March; from the 12th on 4 of 14 days at 98.00 instead of 70.00."""
        contract = self._sold("2026-03-02", 70.0, unit="week", interval=2)
        self._bill(contract, "2026-03-02")
        self._change(contract, "2026-03-12", type="price", price_unit=98.0)
        self._bill(contract, "2026-03-16", "2026-03-30")
        self._assert_documents(
            contract,
            ("2026-03-02", 70.0),
            ("2026-03-12", 8.0),
            ("2026-03-16", 98.0),
            ("2026-03-30", 98.0),
        )

    def test_without_proration_a_started_month_costs_its_price(self):
        contract = self._sold("2026-03-01", proration="none")
        self._bill(contract, "2026-03-01")
        self._change(contract, "2026-03-17", type="quantity", quantity=2.0)
        self._bill(contract, "2026-04-01")
        self._change(contract, "2026-04-10", type="cancel", effective="period_end")
        self._bill(contract, "2026-05-01")
        self._assert_documents(contract, ("2026-03-01", 100.0), ("2026-04-01", 200.0))

    def test_five_missed_periods(self):
        """From 31 January on, billed for the first time on 15 June: on the last days of
        the months, each on its own date; two were given one piece more by then."""
        contract = self._sold("2026-01-31", 49.9)
        self._bill(contract, "2026-06-15")
        self._change(
            contract,
            "2026-06-15",
            type="quantity",
            quantity=2.0,
            effective="date",
            date="2026-06-10",
        )
        self._assert_documents(
            contract,
            ("2026-01-31", 49.9),
            ("2026-02-28", 49.9),
            ("2026-03-31", 49.9),
            ("2026-04-30", 49.9),
            ("2026-05-31", 49.9),
            # 31 May to 29 June: 10 of 30 days are used.
            ("2026-06-15", rest(99.8, 10, 30) - rest(49.9, 10, 30)),
        )

    # === WHAT COMES BEFORE AND AFTER === #
    def test_set_up_fee_and_trial(self):
        """14 days from 3 March are free, 17 March to 16 April is billed; cancelled
        after ten days. The fee of 150.00 is the order's, once."""
        plan = self._make_plan(name="Trial", trial_days=14)
        fee = self.env["product.product"].create(
            {
                "name": "Set-up",
                "type": "service",
                "invoice_policy": "order",
                "list_price": 150.0,
                "taxes_id": [Command.clear()],
            }
        )
        product = self._make_product("With set-up", 100.0, plan)
        product.subscription_setup_product_id = fee
        order = self._sell(product, start="2026-03-03")
        contract = order._get_contracts()
        self.assertEqual(order._create_invoices().amount_untaxed, 150.0)
        self._bill(contract, "2026-03-03", "2026-03-17")
        self._change(contract, "2026-03-27", type="cancel")
        self._bill(contract, "2026-04-17")
        self._assert_documents(
            contract, ("2026-03-17", 100.0), ("2026-03-27", -rest(100, 10, 31))
        )

    def test_renewed_at_another_price_then_more(self):
        """Three months, then 5 % more; twice as much from 16 June on."""
        contract = self._sold("2026-03-01", term_count=3, term_unit="month")
        self._bill(contract, "2026-03-01", "2026-04-01", "2026-05-01")
        with freeze_time("2026-05-02"):
            contract.renew({"mode": "automatic"})
        self._bill(contract, "2026-06-01")
        self._change(contract, "2026-06-16", type="quantity", quantity=2.0)
        self._bill(contract, "2026-07-01")
        self._assert_documents(
            contract,
            *((f"2026-0{month}-01", 100.0) for month in (3, 4, 5)),
            ("2026-06-01", 105.0),
            ("2026-06-16", rest(210, 15, 30) - rest(105, 15, 30)),
            ("2026-07-01", 210.0),
        )

    def test_credited_month_then_cancelled(self):
        """March was given back by hand as a whole: cancelling it gives nothing more."""
        contract = self._sold("2026-03-01")
        self._bill(contract, "2026-03-01")
        self._credit(contract.period_ids.move_id, "2026-03-10")
        self._change(contract, "2026-03-20", type="cancel")
        self._bill(contract, "2026-04-01")
        self._assert_documents(contract, ("2026-03-01", 100.0), ("2026-03-10", -100.0))

    def test_month_credited_in_part_then_cancelled(self):
        """30.00 of March were given back by hand and stay given; the days from the 20th
        on come back as well."""
        contract = self._sold("2026-03-01")
        self._bill(contract, "2026-03-01")
        self._credit(contract.period_ids.move_id, "2026-03-10", 30.0)
        self._change(contract, "2026-03-20", type="cancel")
        self._bill(contract, "2026-04-01")
        self._assert_documents(
            contract,
            ("2026-03-01", 100.0),
            ("2026-03-10", -30.0),
            ("2026-03-20", -rest(100, 19, 31)),
        )

    # === CURRENCIES, TAXES, DISCOUNTS === #
    def _set_rates(self, name, **rates):
        """Give the currency rates (units per unit of the company's) from months on."""
        currency = self.env.ref(f"base.{name}")
        currency.active = True
        currency.rate_ids.unlink()
        currency.rate_ids = [
            Command.create({"name": day, "rate": rate}) for day, rate in rates.items()
        ]
        return self.env["product.pricelist"].create(
            {"name": name, "currency_id": currency.id}
        )

    def _sold_in(self, pricelist, start, price, quantity=1.0, **vals):
        """Return the contract of an order that agrees ``price`` in the currency."""
        plan = self._make_plan(name=f"Plan of {price}", anchor="calendar")
        product = self._make_product(f"Service of {price}", price, plan)
        line = {
            "product_id": product.id,
            "product_uom_qty": quantity,
            "price_unit": price,
            **vals,
        }
        order = self._sell(
            start=start, pricelist_id=pricelist.id, order_line=[Command.create(line)]
        )
        return order._get_contracts()

    def test_rate_changes_in_mid_period(self):
        """100.00 euros at 0.50 are 200.00; what is added on 16 March is at 0.80, each
        line by itself."""
        pricelist = self._set_rates("EUR", **{"2026-01-01": 0.5, "2026-03-15": 0.8})
        contract = self._sold_in(pricelist, "2026-03-01", 100.0)
        self._bill(contract, "2026-03-01")
        move = self._change(contract, "2026-03-16", type="quantity", quantity=2.0)
        back, more = rest(100, 15, 31), rest(200, 15, 31)  # 51.61, 103.23
        self._assert_documents(
            contract, ("2026-03-01", 100.0), ("2026-03-16", more - back)
        )
        first = contract.period_ids.move_id.filtered(lambda m: m != move)
        self.assertEqual(first.amount_untaxed_signed, 200.0)
        own = [float(rounded(Decimal(str(a)) / Decimal("0.8"))) for a in (more, back)]
        self.assertEqual(move.amount_untaxed_signed, round(own[0] - own[1], 2))

    def test_yen_with_a_discount(self):
        """3 x 1,000 less 12.5 % are 2,625 yen. From 10 April on 21 of 30 days; 10 of
        the 31 days of May are used."""
        pricelist = self._set_rates("JPY", **{"2026-01-01": 150.0})
        contract = self._sold_in(pricelist, "2026-04-10", 1000.0, 3.0, discount=12.5)
        self._bill(contract, "2026-04-10", "2026-05-01")
        self._change(contract, "2026-05-11", type="cancel")
        self._assert_documents(
            contract,
            ("2026-04-10", rest(2625, 9, 30, "1")),  # 1,837
            ("2026-05-01", 2625.0),
            ("2026-05-11", -rest(2625, 10, 31, "1")),  # 1,778
        )

    def test_tax_of_19_percent_inside(self):
        """119.00 are 100.00 of revenue; twice as much for 15 of 31 days from 17 March.
        Of each line the tax is taken out once: 48.39 and 57.58, 96.77 and 115.16. A
        company that rounds taxes per document has 48.39 instead of 48.38 there."""
        self.env.company.tax_calculation_rounding_method = "round_per_line"
        tax = self.env["account.tax"].create(
            {"name": "Inside", "amount": 19.0, "price_include_override": "tax_included"}
        )
        plan = self._make_plan(name="Taxed")
        product = self._make_product("Taxed", 119.0, plan)
        product.taxes_id = tax
        contract = self._subscribe("2026-03-01", product)
        self._bill(contract, "2026-03-01")
        move = self._change(contract, "2026-03-17", type="quantity", quantity=2.0)
        self._bill(contract, "2026-04-01")
        back, more = rest(100, 16, 31), rest(200, 16, 31)
        self._assert_documents(
            contract,
            ("2026-03-01", 100.0),
            ("2026-03-17", more - back),
            ("2026-04-01", 200.0),
        )
        self.assertEqual(move.amount_total, 57.58)

    def test_discount_on_a_discount(self):
        """3 x 99.99 less 13 % are 260.97; half of it, unrounded, 130.49."""
        contract = self._sold(
            "2026-03-01", 99.99, 3.0, intro_discount=50.0, intro_periods=1
        )
        contract.contract_line_ids.discount = 13.0
        self._bill(contract, "2026-03-01", "2026-04-01")
        full = Decimal("99.99") * 3 * Decimal("0.87")
        self._assert_documents(
            contract,
            ("2026-03-01", float(rounded(full / 2))),
            ("2026-04-01", float(rounded(full))),
        )
