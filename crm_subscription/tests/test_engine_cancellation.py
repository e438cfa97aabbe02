# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import doctest
from datetime import date, timedelta
from itertools import islice, pairwise

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.crm_subscription.engine import cancellation, recurrence

DAYS = st.dates(date(2020, 1, 1), date(2040, 1, 1))
UNITS = st.sampled_from(recurrence.UNITS)


@tagged("-at_install", "post_install")
class TestCancellation(BaseCase):
    def test_examples_in_the_docstrings(self):
        self.assertFalse(doctest.testmod(cancellation).failed)

    @given(DAYS, UNITS, st.integers(1, 24))
    def test_terms_follow_each_other_without_gap(self, start, unit, count):
        first = recurrence.last_day_of_term(start, unit, count)
        ends = list(islice(cancellation.term_ends(first, unit, count), 6))
        for end, following in pairwise(ends):
            begin = end + recurrence.ONE_DAY
            self.assertEqual(following, recurrence.last_day_of_term(begin, unit, count))

    @given(DAYS, UNITS, st.integers(1, 24))
    def test_terms_do_not_drift(self, start, unit, count):
        """They begin when occurrences counted from the first day do."""
        first = recurrence.last_day_of_term(start, unit, count)
        ends = islice(cancellation.term_ends(first, unit, count, start.day), 40)
        anchored = recurrence.Recurrence(start, unit, count)
        for number, end in enumerate(ends, start=1):
            self.assertEqual(end + recurrence.ONE_DAY, anchored.occurrence(number))

    @given(DAYS, DAYS, UNITS, st.integers(1, 12), st.integers(0, 366))
    def test_it_is_the_first_end_that_keeps_the_notice(
        self, first, requested, unit, count, notice
    ):
        """Against a search of every end that could be meant."""
        first = max(first, requested)
        ending = cancellation.first_ending(
            cancellation.term_ends(first, unit, count), requested, notice
        )
        self.assertGreaterEqual((ending.end - requested).days, notice)
        self.assertEqual(ending.deadline, ending.end - timedelta(days=notice))
        earlier = [
            end
            for end in islice(cancellation.term_ends(first, unit, count), 400)
            if end < ending.end
        ]
        for end in earlier:
            self.assertLess((end - requested).days, notice)

    @given(DAYS, st.integers(1, 366))
    def test_a_single_end_that_is_too_near_is_refused(self, end, notice):
        with self.assertRaises(ValueError):
            cancellation.first_ending([end], end, notice)
