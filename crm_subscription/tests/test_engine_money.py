# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import doctest
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.crm_subscription.engine import (
    changes,
    mrr,
    proration,
    recurrence,
    renewal,
)

AMOUNTS = st.integers(-10_000_000, 10_000_000).map(lambda cents: cents / 100)
STEPS = st.sampled_from((0.01, 1.0, 0.05, 0.001))


@tagged("-at_install", "post_install")
class TestProration(BaseCase):
    def test_examples_in_the_docstrings(self):
        for module in (changes, mrr, proration, recurrence, renewal):
            with self.subTest(module=module.__name__):
                self.assertFalse(doctest.testmod(module).failed)

    def test_published_example_of_a_calendar_aligned_start(self):
        """50.00 a month from 10 August, aligned to the calendar: 35.48."""
        self.assertEqual(proration.prorate(50.0, 22, 31, 0.01), 35.48)

    def test_currency_without_decimals(self):
        self.assertEqual(proration.prorate(10_000.0, 10, 31, 1.0), 3226.0)

    def test_half_rounds_away_from_zero(self):
        self.assertEqual(proration.round_to(0.125, 0.01), 0.13)
        self.assertEqual(proration.round_to(-0.125, 0.01), -0.13)
        self.assertEqual(proration.round_to(2.675, 0.01), 2.68)

    def test_no_share_is_refused(self):
        for days, full_days in ((-1, 30), (31, 30), (0, 0)):
            with self.subTest(days=days), self.assertRaises(ValueError):
                proration.prorate(10.0, days, full_days, 0.01)
        with self.assertRaises(ValueError):
            proration.split(10.0, [], 0.01)

    @given(AMOUNTS, st.lists(st.integers(1, 400), min_size=1, max_size=40), STEPS)
    def test_parts_sum_to_the_whole(self, amount, days, step):
        parts = proration.split(amount, days, step)
        self.assertAlmostEqual(sum(parts), proration.round_to(amount, step), places=6)

    @given(AMOUNTS, st.lists(st.integers(1, 400), min_size=1, max_size=40), STEPS)
    def test_parts_are_within_a_step_of_their_share(self, amount, days, step):
        for part, span in zip(proration.split(amount, days, step), days, strict=True):
            self.assertLessEqual(abs(part - amount * span / sum(days)), step + 1e-6)

    @given(AMOUNTS, st.lists(st.integers(0, 400), min_size=1, max_size=40), STEPS)
    def test_shares_of_a_cut_period_sum_to_the_whole(self, amount, days, step):
        full_days, before, total = sum(days) or 1, 0, 0.0
        if not sum(days):
            days = [1]
        for span in days:
            total += proration.share(amount, before, before + span, full_days, step)
            before += span
        self.assertAlmostEqual(total, proration.round_to(amount, step), places=6)

    def test_days_out_of_order_are_no_share(self):
        for args in ((5, 4, 30), (-1, 4, 30), (0, 31, 30), (0, 0, 0)):
            with self.subTest(args=args), self.assertRaises(ValueError):
                proration.share(10.0, *args, 0.01)

    @given(AMOUNTS, st.integers(1, 366), STEPS)
    def test_a_full_period_costs_the_full_amount(self, amount, days, step):
        self.assertEqual(
            proration.prorate(amount, days, days, step),
            proration.round_to(amount, step),
        )


@tagged("-at_install", "post_install")
class TestChanges(BaseCase):
    APRIL = recurrence.Occurrence(date(2026, 4, 1), date(2026, 4, 30))

    def _april(self, amount=60.0):
        segment = changes.Segment(self.APRIL.first, self.APRIL.last, amount)
        return changes.Billed(1, self.APRIL, (segment,))

    def test_published_example_of_a_downgrade(self):
        """60 to 30 on 21 April, a month of 30 days: credit of 10."""
        lines = changes.settle([self._april()], date(2026, 4, 21), 30.0, 0.01)
        self.assertEqual([line.amount for line in lines], [-20.0, 10.0])

    def test_past_periods_are_left_alone(self):
        self.assertEqual(
            changes.settle([self._april()], date(2026, 5, 1), 30.0, 0.01), []
        )

    def test_cancel_credits_the_unused_days(self):
        lines = changes.settle([self._april()], date(2026, 4, 16), None, 0.01)
        self.assertEqual(
            [(x.kind, x.days, x.amount) for x in lines], [("credit", 15, -30.0)]
        )

    def test_pause_gives_back_its_days_only_and_resume_charges_no_others(self):
        pause = changes.settle(
            [self._april()], date(2026, 4, 11), None, 0.01, date(2026, 4, 20)
        )
        self.assertEqual(
            [(str(x.start), str(x.end), x.amount) for x in pause],
            [("2026-04-11", "2026-04-20", -20.0)],
        )
        paused = changes.overlay(
            self._april().segments, pause[0].start, pause[0].end, None
        )
        self.assertEqual([x.amount for x in paused], [60.0, None, 60.0])
        resumed = changes.settle(
            [changes.Billed(1, self.APRIL, paused)],
            date(2026, 4, 16),
            60.0,
            0.01,
            given_back=True,
        )
        self.assertEqual(
            [(x.kind, str(x.start), x.days, x.amount) for x in resumed],
            [("charge", "2026-04-16", 5, 10.0)],
        )

    @given(
        AMOUNTS,
        AMOUNTS,
        st.integers(0, 29),
        STEPS,
    )
    def test_change_and_undo_on_one_day_cost_nothing(self, old, new, offset, step):
        old = proration.round_to(old, step)
        day = date(2026, 4, 1) + timedelta(days=offset)
        there = changes.settle([self._april(old)], day, new, step)
        in_force = changes.overlay(self._april(old).segments, day, self.APRIL.last, new)
        back = changes.settle([changes.Billed(1, self.APRIL, in_force)], day, old, step)
        total = sum(line.amount for line in there + back)
        self.assertAlmostEqual(total, 0.0, places=6)


@tagged("-at_install", "post_install")
class TestMrr(BaseCase):
    def test_one_table_of_constants(self):
        self.assertAlmostEqual(mrr.monthly(12.0, "week", 1), 52.0)
        self.assertAlmostEqual(mrr.monthly(12.0, "day", 1), 365.0)
        self.assertEqual(mrr.monthly(300.0, "quarter", 1), 100.0)
        self.assertEqual(mrr.monthly(240.0, "year", 2), 10.0)

    def test_every_unit_has_its_constant(self):
        self.assertEqual(set(mrr.MONTHS_PER_UNIT), set(recurrence.UNITS))

    def test_no_interval_no_month(self):
        with self.assertRaises(ValueError):
            mrr.monthly(1.0, "month", 0)

    def test_kinds(self):
        for expected, args in (
            (None, (10.0, 10.0)),
            ("new", (0.0, 10.0)),
            ("reactivation", (0.0, 10.0, True)),
            ("churn", (10.0, 0.0)),
            ("expansion", (10.0, 12.0)),
            ("contraction", (10.0, 8.0)),
            ("renewal", (10.0, 11.0, True, True)),
            ("price", (10.0, 9.0, True, False, True)),
        ):
            with self.subTest(expected=expected):
                self.assertEqual(mrr.classify(*args), expected)


@tagged("-at_install", "post_install")
class TestRenewal(BaseCase):
    STEPS = (
        renewal.Step("quotation", -30, "quotation"),
        renewal.Step("notice:1", -30, "notice"),
        renewal.Step("activity:2", -14, "activity"),
        renewal.Step("notice:3", 3, "notice"),
    )
    TERM_END = date(2026, 12, 31)

    def _due(self, today, done=()):
        return [
            step.key
            for step in renewal.due_steps(self.STEPS, self.TERM_END, today, done)
        ]

    def test_nothing_before_its_day(self):
        self.assertEqual(self._due(date(2026, 11, 30)), [])

    def test_each_on_its_day_in_order(self):
        self.assertEqual(self._due(date(2026, 12, 1)), ["quotation", "notice:1"])
        self.assertEqual(
            self._due(date(2027, 1, 3), ("quotation", "notice:1")),
            ["activity:2", "notice:3"],
        )

    def test_done_steps_do_not_come_again(self):
        done = [step.key for step in self.STEPS]
        self.assertEqual(self._due(date(2030, 1, 1), done), [])

    def test_planned_steps_have_their_date(self):
        planned = renewal.plan_steps(self.STEPS, self.TERM_END, ["quotation"])
        self.assertEqual(
            [(item.step.key, str(item.day)) for item in planned],
            [
                ("notice:1", "2026-12-01"),
                ("activity:2", "2026-12-17"),
                ("notice:3", "2027-01-03"),
            ],
        )

    def test_uplift_rounds_to_the_currency(self):
        self.assertEqual(renewal.uplift(99.99, 3.0, 0.01), 102.99)
        self.assertEqual(renewal.uplift(99_000.0, 3.3, 1.0), 102_267.0)
        self.assertEqual(renewal.uplift(100.0, 0.0, 0.01), 100.0)
        self.assertEqual(renewal.uplift(100.0, -10.0, 0.01), 90.0)

    @given(
        st.dates(date(2020, 1, 1), date(2030, 1, 1)),
        st.lists(st.integers(-120, 60), min_size=1, max_size=8),
        st.integers(0, 400),
    )
    def test_every_step_comes_once_however_often_one_asks(self, end, days, wait):
        steps = [renewal.Step(f"s{n}", day, "notice") for n, day in enumerate(days)]
        done = []
        for offset in (*range(-130, 70, 7), wait + 70):
            today = end + timedelta(days=offset)
            for _again in range(2):
                done += [
                    step.key for step in renewal.due_steps(steps, end, today, done)
                ]
        self.assertEqual(sorted(done), sorted(step.key for step in steps))


class TestHalfCents(BaseCase):
    def test_a_product_a_hair_below_the_half_cent_is_rounded_as_meant(self):
        for quantity, price, amount in (
            (1.3, 1.15, 1.5),
            (0.35, 0.70, 0.25),
            (1.15, 4.1, 4.72),
            (2.05, 0.3, 0.62),
        ):
            with self.subTest(quantity=quantity, price=price):
                self.assertEqual(proration.round_to(quantity * price, 0.01), amount)
