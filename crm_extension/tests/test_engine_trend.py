# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, timedelta
from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.crm_extension.engine.trend import month_ends, sample, split

DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))


class TestTrend(TestCase):
    """What is stored on change answers for every day."""

    @given(DAYS, st.integers(1, 60))
    def test_month_ends_are_ends_and_today(self, today, months):
        days = month_ends(today, months)
        self.assertEqual(len(days), months)
        self.assertEqual(days[-1], today)
        self.assertEqual(days, sorted(set(days)))
        for day in days[:-1]:
            self.assertEqual((day + timedelta(days=1)).day, 1)

    @given(st.lists(st.integers(0, 3), min_size=1, max_size=60))
    def test_kept_on_change_reads_as_kept_daily(self, daily):
        """Brute force: keeping every day's value gives the same answers."""
        start = date(2026, 1, 1)
        every = [(start + timedelta(days=i), value) for i, value in enumerate(daily)]
        changes = [
            point
            for index, point in enumerate(every)
            if not index or every[index - 1][1] != point[1]
        ]
        days = [day for day, _value in every]
        self.assertEqual(sample(changes, days), every)
        self.assertEqual(sample(changes, [start - timedelta(days=1)]), [])

    @given(st.lists(st.integers()), st.integers(1, 7))
    def test_split_keeps_all_in_order(self, items, size):
        parts = split(items, size)
        self.assertEqual([item for part in parts for item in part], items)
        self.assertTrue(all(0 < len(part) <= size for part in parts))
