# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.crm_subscription.engine import renewal
from odoo.addons.crm_subscription.engine.renewal import PriceRule

CENTS = st.integers(-1_000_000, 1_000_000).map(lambda cents: cents / 100)
POSITIVE = st.integers(1, 1_000_000).map(lambda cents: cents / 100)
PERCENTS = st.integers(-500, 500).map(lambda tenth: tenth / 10)
STEPS = st.sampled_from((0.0, 0.05, 0.5, 1.0, 10.0))
METHODS = st.sampled_from(
    (renewal.PERCENT, renewal.FIXED, renewal.INDEX, renewal.PRICELIST)
)
DAYS = st.dates(date(2020, 1, 1), date(2040, 1, 1))


@tagged("-at_install", "post_install")
class TestPriceRule(BaseCase):
    def test_methods(self):
        for method, value, expected in (
            (renewal.PERCENT, 5.0, 210.0),
            (renewal.FIXED, -12.5, 187.5),
            (renewal.INDEX, 118.0 / 110.0, 214.55),
            (renewal.PRICELIST, 199.0, 199.0),
        ):
            with self.subTest(method=method):
                rule = PriceRule(method, value, 0.01)
                self.assertEqual(rule.apply(200.0), expected)

    def test_cap_floor_and_rounding(self):
        for vals, expected in (
            ({"value": 9.0, "cap": 4.0}, 104.0),
            ({"value": -9.0, "floor": 0.0}, 100.0),
            ({"value": 3.3, "step": 0.5}, 103.5),
            # 104.99 would be rounded up to 105, above the cap: 104.5 then.
            ({"value": 4.99, "step": 0.5, "cap": 4.99}, 104.5),
            # No multiple of 10 lies between 100 and 104: the cent decides.
            ({"value": 3.0, "step": 10.0, "floor": 1.0, "cap": 4.0}, 103.0),
        ):
            with self.subTest(**vals):
                rule = PriceRule(renewal.PERCENT, unit=0.01, **vals)
                self.assertEqual(rule.apply(100.0), expected)

    def test_prices_below_the_cent_stay_as_fine(self):
        for method, value, expected in (
            (renewal.PERCENT, 5.0, 0.0131),
            (renewal.FIXED, 0.00005, 0.01255),
            (renewal.PRICELIST, 0.014, 0.014),
            (renewal.INDEX, 1.08, 0.0135),
        ):
            with self.subTest(method=method):
                rule = PriceRule(method, value, 0.01)
                self.assertEqual(rule.apply(0.0125), expected)
        self.assertEqual(PriceRule(renewal.PERCENT, 3.3, 1.0).apply(999.0), 1032.0)

    def test_rounding_makes_nothing_free(self):
        self.assertEqual(
            PriceRule(renewal.PERCENT, 5.0, 0.01, step=1.0).apply(0.4), 0.42
        )

    def test_discount_lines_keep_their_sign_and_bounds(self):
        rule = PriceRule(renewal.PERCENT, 10.0, 0.01, floor=0.0, cap=5.0)
        self.assertEqual(rule.apply(-100.0), -105.0)

    @given(CENTS, METHODS, POSITIVE, STEPS, PERCENTS, PERCENTS)
    def test_within_the_bounds_to_the_cent(self, price, method, value, step, one, two):
        low, high = sorted((one, two))
        rule = PriceRule(method, value, 0.01, step, low, high)
        ends = sorted(price * (100 + percent) / 100 for percent in (low, high))
        result = rule.apply(price)
        self.assertGreaterEqual(result, ends[0] - 0.0051)
        self.assertLessEqual(result, ends[1] + 0.0051)

    @given(POSITIVE, PERCENTS, STEPS)
    def test_rounded_price_is_near_and_a_multiple(self, price, percent, step):
        result = PriceRule(renewal.PERCENT, percent, 0.01, step).apply(price)
        wanted = price * (100 + percent) / 100
        self.assertLessEqual(abs(result - wanted), max(step, 0.01) / 2 + 0.006)

    @given(POSITIVE)
    def test_no_change_keeps_the_price(self, price):
        for method, value in (
            (renewal.PERCENT, 0),
            (renewal.FIXED, 0),
            (renewal.INDEX, 1),
        ):
            self.assertEqual(PriceRule(method, value, 0.01).apply(price), price)


@tagged("-at_install", "post_install")
class TestSteps(BaseCase):
    @given(
        DAYS, DAYS, st.integers(-366, 366), st.one_of(st.none(), st.integers(0, 366))
    )
    def test_missed_after_its_grace_only(self, end, today, days, grace):
        step = renewal.Step("a", days, "notice", grace)
        day = end + timedelta(days=days)
        self.assertEqual(
            step.is_missed(end, today),
            grace is not None and (today - day).days > grace,
        )

    @given(DAYS, st.integers(1, 300), st.integers(0, 366))
    def test_announcement_is_ahead_of_term_and_renewal(self, end, ahead, notice):
        step = renewal.announcement(ahead, notice)
        first_day = end + timedelta(days=1)
        last_chance = step.day(end) + timedelta(days=step.grace)
        self.assertGreaterEqual((first_day - last_chance).days, ahead)
        self.assertLess(last_chance, end - timedelta(days=notice))

    @given(DAYS, st.sampled_from(("month", "quarter", "year")), st.integers(1, 6))
    def test_terms_until(self, end, unit, count):
        until = end + timedelta(days=800)
        ends = renewal.terms_until(end, unit, count, until)
        self.assertEqual(ends, sorted(set(ends)))
        self.assertLessEqual(ends[-1], until)
        self.assertEqual(renewal.terms_until(end, unit, 0, until), [end])
