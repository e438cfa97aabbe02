# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, timedelta
from itertools import islice

from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.crm_subscription.engine.recurrence import (
    ACTUAL,
    ANCHOR_CALENDAR,
    ANCHOR_DAY,
    ANCHOR_MONTH_END,
    ANCHOR_START,
    ARREARS,
    FIXED_30,
    MAX_INTERVAL,
    NONE,
    PREPAID,
    UNITS,
    Recurrence,
    anchor_of,
    days_between,
    last_day_of_term,
)

DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))
RECURRENCES = st.builds(
    Recurrence,
    DAYS,
    st.sampled_from(UNITS),
    st.integers(min_value=1, max_value=36),
    st.integers(0, 31),
)
METHODS = st.sampled_from((ACTUAL, FIXED_30, NONE))


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

    def test_fixed_day_is_clamped_and_comes_back(self):
        recurrence = Recurrence(*self._anchored(ANCHOR_DAY, date(2026, 2, 15), 31))
        self.assertEqual(
            [str(recurrence.occurrence(n)) for n in range(4)],
            ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"],
        )

    def _anchored(self, kind, start, day=0, unit="month"):
        anchor, day = anchor_of(kind, start, unit, day)
        return anchor, unit, 1, day

    def test_month_end(self):
        recurrence = Recurrence(*self._anchored(ANCHOR_MONTH_END, date(2024, 2, 10)))
        period = recurrence.period(date(2024, 2, 10))
        self.assertEqual((str(period.end), period.days), ("2024-02-28", 19))
        self.assertEqual(str(recurrence.occurrence(1)), "2024-02-29")

    def test_calendar(self):
        for unit, start, first in (
            ("month", date(2026, 8, 10), "2026-08-01"),
            ("quarter", date(2026, 8, 10), "2026-07-01"),
            ("half_year", date(2026, 8, 10), "2026-07-01"),
            ("year", date(2026, 8, 10), "2026-01-01"),
            ("week", date(2026, 8, 12), "2026-08-10"),
            ("day", date(2026, 8, 12), "2026-08-12"),
        ):
            recurrence = Recurrence(*self._anchored(ANCHOR_CALENDAR, start, unit=unit))
            with self.subTest(unit=unit):
                self.assertEqual(str(recurrence.bounds(start)[0]), first)

    def test_days_of_the_month_are_none_of_weeks(self):
        self.assertEqual(
            anchor_of(ANCHOR_DAY, date(2026, 8, 12), "week", 15),
            (date(2026, 8, 12), 0),
        )

    def test_months_of_30_days(self):
        month = Recurrence(date(2026, 1, 1), "month")
        for start, end, days in (
            (date(2026, 1, 1), date(2026, 1, 15), 15),
            (date(2026, 1, 16), date(2026, 1, 31), 15),
            (date(2026, 1, 31), date(2026, 1, 31), 0),
            (date(2026, 2, 1), date(2026, 2, 14), 14),
            (date(2026, 2, 15), date(2026, 2, 28), 16),
        ):
            period = month.period(start, end, method=FIXED_30)
            with self.subTest(start=start, end=end):
                self.assertEqual((period.days, period.full_days), (days, 30))
        quarter = Recurrence(date(2026, 1, 1), "quarter")
        period = quarter.period(date(2026, 2, 11), method=FIXED_30)
        self.assertEqual((period.before, period.days, period.full_days), (40, 50, 90))

    def test_without_proration_an_occurrence_is_paid_once(self):
        month = Recurrence(date(2026, 8, 1), "month")
        first = month.period(date(2026, 8, 10), method=NONE)
        self.assertEqual((first.days, first.full_days), (31, 31))
        rest = month.period(date(2026, 8, 20), method=NONE, opened=True)
        self.assertEqual((rest.days, rest.before), (0, 31))
        whole = month.period(date(2026, 9, 1), method=NONE, opened=True)
        self.assertEqual((whole.days, whole.full_days), (30, 30))

    def test_a_day_out_of_range_is_refused(self):
        with self.assertRaises(ValueError):
            Recurrence(date(2026, 1, 1), "month", 1, 32)

    @given(RECURRENCES, DAYS, st.sampled_from((ACTUAL, FIXED_30)), st.data())
    def test_days_of_a_cut_occurrence_sum_to_the_whole(self, cycle, day, method, data):
        occurrence = cycle.occurrence_of(day, method)
        total, start = 0, occurrence.first
        while start <= occurrence.last:
            end = data.draw(st.dates(start, occurrence.last))
            before, until = occurrence.span(start, end)
            self.assertEqual(before, total)
            total, start = until, end + timedelta(days=1)
        self.assertEqual(total, occurrence.full_days)

    @given(
        DAYS,
        st.sampled_from(UNITS),
        st.sampled_from((ANCHOR_START, ANCHOR_DAY, ANCHOR_MONTH_END, ANCHOR_CALENDAR)),
        st.integers(1, 31),
        st.integers(1, 12),
        st.integers(1, 24),
    )
    def test_anchors_are_not_after_the_start_and_boundaries_on_their_day(
        self, start, unit, kind, day, interval, number
    ):
        anchor, month_day = anchor_of(kind, start, unit, day)
        self.assertLessEqual(anchor, start)
        cycle = Recurrence(anchor, unit, interval, month_day)
        boundary = cycle.occurrence(number)
        expected = day if kind == ANCHOR_DAY else 31
        if month_day:
            self.assertEqual(boundary, boundary + relativedelta(day=expected))
        if kind == ANCHOR_CALENDAR and unit not in ("day", "week"):
            self.assertEqual(boundary.day, 1)

    @given(RECURRENCES, st.integers(-60, 60))
    def test_occurrence_is_counted_from_the_anchor(self, recurrence, number):
        months = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
        days = {"day": 1, "week": 7}
        steps = number * recurrence.interval
        expected = recurrence.anchor + relativedelta(
            months=steps * months.get(recurrence.unit, 0),
            days=steps * days.get(recurrence.unit, 0),
        )
        if recurrence.unit in months and recurrence.day:
            expected += relativedelta(day=recurrence.day)
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
        METHODS,
    )
    def test_periods_tile_time(self, recurrence, offset, length, timing, method):
        start = recurrence.anchor + timedelta(days=offset)
        last_day = start + timedelta(days=length)
        expected_start = start
        for period in islice(recurrence.periods(start, last_day, timing, method), 60):
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
        first = recurrence.occurrence(0)
        periods = list(islice(recurrence.periods(first), count))
        self.assertFalse(any(period.is_partial for period in periods))
        self.assertEqual(
            sum(period.full_days for period in periods),
            days_between(first, periods[-1].end),
        )
