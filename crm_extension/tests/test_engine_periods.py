# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from odoo.addons.crm_extension.engine.periods import (
    EARLIEST,
    MOST_YEARS,
    Period,
    change_percent,
    day_start,
    last_months,
    local_day,
    parts,
    year_before,
)

DATES = st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1))
ZONES = st.sampled_from(
    ["UTC", "Asia/Seoul", "America/Sao_Paulo", "Europe/Berlin", "Pacific/Auckland"]
)


class TestDays(BaseCase):
    def test_published_example(self):
        """The EU's summer time begins on the last Sunday of March at 01:00 UTC
        (directive 2000/84/EC): that day in Berlin begins at +1 and ends at +2."""
        self.assertEqual(
            [str(day_start(date(2026, 3, d), "Europe/Berlin")) for d in (29, 30)],
            ["2026-03-28 23:00:00", "2026-03-29 22:00:00"],
        )

    @given(st.datetimes(datetime(2013, 1, 1), datetime(2040, 1, 1)), ZONES)
    def test_every_moment_is_in_one_day(self, moment, zone):
        day = local_day(moment, zone)
        self.assertLessEqual(day_start(day, zone), moment)
        self.assertLess(moment, day_start(day + timedelta(days=1), zone))


PERIODS = st.tuples(DATES, DATES).map(lambda days: Period(min(days), max(days)))


class TestParts(BaseCase):
    def test_the_last_twelve_months_begin_and_end_within_a_month(self):
        months = parts(last_months(date(2026, 11, 22)))
        self.assertEqual(len(months), 13)
        self.assertEqual(months[0], Period(date(2025, 11, 23), date(2025, 11, 30)))
        self.assertEqual(months[-1], Period(date(2026, 11, 1), date(2026, 11, 22)))

    @given(PERIODS)
    def test_parts_are_the_period_and_so_a_year_before(self, period):
        found = parts(period)
        self.assertEqual(found[0].start, period.start)
        self.assertEqual(found[-1].end, period.end)
        for part, following in pairwise(found):
            self.assertEqual(part.end + timedelta(days=1), following.start)
        self.assertTrue(len(found) <= 24 or len(found) <= period.days / 365 + 2)

    def test_years_of_long_ago_are_one_part(self):
        period = Period(date(1000, 1, 1), date(2999, 12, 31))
        found = parts(period)
        self.assertEqual(len(found), MOST_YEARS)
        self.assertEqual(found[0], Period(period.start, date(2900, 12, 31)))
        self.assertEqual(found[1], Period(date(2901, 1, 1), date(2901, 12, 31)))
        self.assertEqual(found[-1].end, period.end)
        self.assertEqual(year_before(found[0]).end, date(2899, 12, 31))

    @given(PERIODS)
    def test_months_a_year_before_do_not_overlap(self, period):
        before = [year_before(part) for part in parts(period)]
        for part, following in pairwise(before):
            self.assertLess(part.end, following.start)


class TestPeriods(BaseCase):
    def test_last_twelve_months(self):
        period = last_months(date(2026, 11, 22))
        self.assertEqual(period, Period(date(2025, 11, 23), date(2026, 11, 22)))
        self.assertEqual(period.months, 12)

    def test_previous_of_a_year(self):
        year = Period(date(2024, 1, 1), date(2024, 12, 31))
        before = Period(date(2023, 1, 1), date(2023, 12, 31))
        self.assertEqual(year.previous(), before)

    def test_previous_of_a_month_is_the_month_before(self):
        march = Period(date(2026, 3, 1), date(2026, 3, 31))
        self.assertEqual(march.previous(), Period(date(2026, 2, 1), date(2026, 2, 28)))

    def test_previous_of_ten_days_is_ten_days(self):
        days = Period(date(2026, 3, 11), date(2026, 3, 20))
        self.assertEqual(days.previous(), Period(date(2026, 3, 1), date(2026, 3, 10)))

    def test_nothing_is_before_the_earliest_day(self):
        for day in (1, 2):
            period = Period(date(1000, 1, day), date(2999, 12, 31))
            before = period.previous()
            self.assertEqual(before.start, EARLIEST)
            self.assertEqual(before.end, period.start - timedelta(days=1))

    def test_backwards_is_refused(self):
        with self.assertRaises(ValueError):
            Period(date(2026, 3, 2), date(2026, 3, 1))

    @given(DATES, st.integers(min_value=0, max_value=1500))
    def test_previous_touches(self, start, length):
        period = Period(start, start + timedelta(days=length))
        previous = period.previous()
        self.assertEqual(previous.end + timedelta(days=1), period.start)
        if not period.months:
            self.assertEqual(previous.days, period.days)

    @given(DATES, st.integers(min_value=1, max_value=36))
    def test_last_months_ends_where_asked(self, until, months):
        period = last_months(until, months)
        self.assertEqual(period.end, until)
        self.assertTrue(27 * months < period.days <= 31 * months)

    def test_change(self):
        self.assertEqual(change_percent(150.0, 100.0), 50.0)
        self.assertEqual(change_percent(50.0, -100.0), 150.0)
        self.assertEqual(change_percent(0.0, 80.0), -100.0)
        self.assertIsNone(change_percent(10.0, 0.0))
