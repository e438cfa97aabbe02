# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.crm_subscription.engine.delivery import next_open, open_occurrences
from odoo.addons.crm_subscription.engine.recurrence import ONE_DAY, UNITS, Recurrence

DAYS = st.dates(date(2024, 1, 1), date(2028, 12, 31))
CYCLES = st.builds(Recurrence, DAYS, st.sampled_from(UNITS), st.integers(1, 3))


@tagged("standard", "at_install")
class TestEngineDelivery(BaseCase):
    @given(CYCLES, DAYS, st.integers(0, 200), st.integers(1, 60))
    def test_each_occurrence_once_however_often_it_runs(self, cycle, first, ahead, gap):
        """A machine that wakes up now and then orders what one run would."""
        until = first + timedelta(days=ahead)
        at_once = open_occurrences(cycle, first, None, [], until)
        done, day = [], first
        while day < until:
            done += open_occurrences(cycle, first, None, done, day)
            day += timedelta(days=gap)
        done += open_occurrences(cycle, first, None, done, until)
        self.assertEqual(done, at_once)
        self.assertFalse(open_occurrences(cycle, first, None, done, until))
        for (_start, end), (start, _end) in zip(at_once, at_once[1:], strict=False):
            self.assertEqual(start, end + ONE_DAY)

    @given(CYCLES, DAYS, st.integers(0, 400))
    def test_a_line_divided_on_any_day_delivers_nothing_twice(self, cycle, first, cut):
        """The successor of a line goes on with the next occurrence."""
        day = first + timedelta(days=cut)
        until = day + timedelta(days=100)
        whole = open_occurrences(cycle, first, None, [], until)
        before = open_occurrences(cycle, first, day - ONE_DAY, [], until)
        after = open_occurrences(cycle, day, None, before, until)
        self.assertEqual(len(before + after), len(whole))

    @given(CYCLES, DAYS, st.integers(0, 60))
    def test_nothing_after_the_end(self, cycle, first, length):
        last = first + timedelta(days=length)
        spans = open_occurrences(cycle, first, last, [], date(2040, 1, 1))
        self.assertTrue(all(start <= last for start, _end in spans))
        self.assertIsNone(next_open(cycle, first, last, spans))
