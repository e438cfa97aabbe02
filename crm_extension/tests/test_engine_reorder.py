# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from odoo.addons.crm_extension.engine.reorder import Rhythm, rhythm

DAYS = st.lists(st.dates(date(2020, 1, 1), date(2026, 1, 1)), max_size=12)
TODAY = date(2026, 1, 1)


class TestRhythm(BaseCase):
    def test_example(self):
        """Orders after 30, 30 and 90 days: every 30 days, due on 31 July."""
        start = date(2026, 2, 1)
        days = [start + timedelta(days=n) for n in (0, 30, 60, 150)]
        found = rhythm(days, date(2026, 8, 10))
        self.assertEqual(found, Rhythm(30.0, date(2026, 7, 31), 10))

    def test_half_days_round_up(self):
        days = [date(2026, 1, day) for day in (1, 2, 4)]
        self.assertEqual(rhythm(days, date(2026, 1, 6)).due, date(2026, 1, 6))
        self.assertEqual(rhythm(days, date(2026, 1, 6)).overdue, 0)

    @given(DAYS)
    def test_two_days_are_no_rhythm(self, days):
        found = rhythm(days, TODAY)
        self.assertEqual(found.interval is False, len(set(days)) < 3)
        self.assertEqual(found.due is False, found.interval is False)

    @given(DAYS, st.integers(0, 400))
    def test_order_and_repetition_do_not_matter(self, days, shift):
        today = TODAY + timedelta(days=shift)
        self.assertEqual(rhythm(days + days[::-1], today), rhythm(days, today))

    @given(DAYS.filter(lambda days: len(set(days)) > 2), st.integers(1, 400))
    def test_days_overdue_grow_by_the_day(self, days, shift):
        found = rhythm(days, TODAY)
        later = rhythm(days, TODAY + timedelta(days=shift))
        self.assertEqual(later.due, found.due)
        expected = max((TODAY + timedelta(days=shift) - found.due).days, 0)
        self.assertEqual(later.overdue, expected)
        gaps = sorted(set(days))
        self.assertLessEqual(1, found.interval)
        self.assertLessEqual(found.interval, (gaps[-1] - gaps[0]).days)
