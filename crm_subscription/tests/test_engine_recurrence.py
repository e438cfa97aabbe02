# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, timedelta
from itertools import islice

from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.crm_subscription.engine.recurrence import (
    ARREARS,
    MAX_INTERVAL,
    PREPAID,
    UNITS,
    Recurrence,
    days_between,
    last_day_of_term,
)

DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))
RECURRENCES = st.builds(
    Recurrence, DAYS, st.sampled_from(UNITS), st.integers(min_value=1, max_value=36)
)


@tagged("-at_install", "post_install")
class TestRecurrence(BaseCase):
    def _starts(self, anchor, unit, interval=1, count=5):
        recurrence = Recurrence(anchor, unit, interval)
        return [str(recurrence.occurrence(number)) for number in range(count)]

    def test_month_end_never_drifts(self):
        self.assertEqual(
            self._starts(date(2026, 1, 31), "month"),
            ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"],
        )

    def test_leap_day_comes_back(self):
        self.assertEqual(
            self._starts(date(2024, 2, 29), "year"),
            ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"],
        )

    def test_quarter_and_half_year_clamp(self):
        self.assertEqual(
            self._starts(date(2025, 11, 30), "quarter", count=3),
            ["2025-11-30", "2026-02-28", "2026-05-30"],
        )
        self.assertEqual(
            self._starts(date(2025, 8, 31), "half_year", count=3),
            ["2025-08-31", "2026-02-28", "2026-08-31"],
        )

    def test_weeks_and_days_count(self):
        self.assertEqual(
            self._starts(date(2026, 2, 20), "week", 2, 3),
            ["2026-02-20", "2026-03-06", "2026-03-20"],
        )
        self.assertEqual(
            self._starts(date(2026, 2, 27), "day", 3, 2), ["2026-02-27", "2026-03-02"]
        )

    def test_unknown_unit_and_interval_are_refused(self):
        for unit, interval in (
            ("fortnight", 1),
            ("month", 0),
            ("month", -1),
            ("day", MAX_INTERVAL + 1),
        ):
            with self.subTest(unit=unit, interval=interval):
                with self.assertRaises(ValueError):
                    Recurrence(date(2026, 1, 1), unit, interval)

    def test_prepaid_bills_the_first_day_and_arrears_the_day_after(self):
        monthly = Recurrence(date(2026, 1, 31), "month")
        start = date(2026, 2, 28)
        self.assertEqual(monthly.period(start, timing=PREPAID).invoice_date, start)
        self.assertEqual(
            monthly.period(start, timing=ARREARS).invoice_date, date(2026, 3, 31)
        )

    def test_last_period_is_cut_and_nothing_follows(self):
        monthly = Recurrence(date(2026, 1, 10), "month")
        periods = list(monthly.periods(date(2026, 1, 10), date(2026, 2, 15)))
        self.assertEqual([period.days for period in periods], [31, 6])
        self.assertEqual(periods[-1].full_days, 28)
        self.assertTrue(periods[-1].is_partial)
        self.assertIsNone(monthly.period(date(2026, 2, 16), date(2026, 2, 15)))

    def test_start_inside_of_an_occurrence_is_partial(self):
        calendar_month = Recurrence(date(2026, 8, 1), "month")
        period = calendar_month.period(date(2026, 8, 10))
        self.assertEqual((period.days, period.full_days), (22, 31))

    def test_term(self):
        self.assertEqual(
            last_day_of_term(date(2024, 2, 29), "year", 1), date(2025, 2, 27)
        )
        self.assertEqual(
            last_day_of_term(date(2026, 1, 31), "month", 12), date(2027, 1, 30)
        )

    @given(RECURRENCES, st.integers(-60, 60))
    def test_occurrence_is_counted_from_the_anchor(self, recurrence, number):
        months = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
        days = {"day": 1, "week": 7}
        steps = number * recurrence.interval
        expected = recurrence.anchor + relativedelta(
            months=steps * months.get(recurrence.unit, 0),
            days=steps * days.get(recurrence.unit, 0),
        )
        self.assertEqual(recurrence.occurrence(number), expected)

    @given(RECURRENCES, DAYS)
    def test_index_finds_the_occurrence_of_a_day(self, recurrence, day):
        first, last = recurrence.bounds(day)
        self.assertLessEqual(first, day)
        self.assertLessEqual(day, last)
        self.assertEqual(recurrence.occurrence(recurrence.index(day)), first)

    @given(
        RECURRENCES,
        st.integers(0, 800),
        st.integers(0, 2500),
        st.sampled_from((PREPAID, ARREARS)),
    )
    def test_periods_tile_time(self, recurrence, offset, length, timing):
        start = recurrence.anchor + timedelta(days=offset)
        last_day = start + timedelta(days=length)
        expected_start = start
        for period in islice(recurrence.periods(start, last_day, timing), 60):
            self.assertEqual(period.start, expected_start)
            self.assertLessEqual(period.start, period.end)
            self.assertLessEqual(period.days, period.full_days)
            expected_start = period.end + timedelta(days=1)
        total = sum(
            period.days
            for period in recurrence.periods(
                start, start + timedelta(days=min(length, 90))
            )
        )
        self.assertEqual(total, min(length, 90) + 1)

    @given(RECURRENCES, st.integers(1, 40))
    def test_only_the_ends_of_a_run_are_partial(self, recurrence, count):
        periods = list(islice(recurrence.periods(recurrence.anchor), count))
        self.assertFalse(any(period.is_partial for period in periods))
        self.assertEqual(
            sum(period.full_days for period in periods),
            days_between(recurrence.anchor, periods[-1].end),
        )
