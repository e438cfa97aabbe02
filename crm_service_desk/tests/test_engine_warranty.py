# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import datetime
import doctest
import unittest

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.crm_service_desk.engine import owned, warranty
from odoo.addons.crm_service_desk.engine.owned import Movement, holding

dates = st.dates(datetime.date(2000, 1, 1), datetime.date(2060, 12, 31))
terms = st.integers(1, 120)
DAY = datetime.timedelta(days=1)


class TestWarranty(unittest.TestCase):
    def test_doctests(self):
        self.assertEqual(doctest.testmod(warranty).failed, 0)

    def test_last_day_is_covered_the_next_is_not(self):
        delivered = datetime.date(2025, 1, 31)
        last = datetime.date(2025, 2, 28)
        self.assertEqual(warranty.warranty(delivered, 1, last).state, "covered")
        after = warranty.warranty(delivered, 1, last + DAY)
        self.assertEqual((after.state, after.reason), ("expired", "term_over"))
        self.assertEqual(after.ends_on, last)

    def test_reasons_of_exclusion(self):
        today = datetime.date(2026, 1, 1)
        self.assertEqual(warranty.warranty(today, 0, today).reason, "no_term")
        self.assertEqual(warranty.warranty(None, 12, today).reason, "not_delivered")
        later = warranty.warranty(today + DAY, 12, today)
        self.assertEqual(later.reason, "before_delivery")

    @given(dates, terms, st.integers(0, 5000))
    def test_exactly_one_side_of_the_end(self, delivered, months, days):
        day = delivered + days * DAY
        result = warranty.warranty(delivered, months, day)
        self.assertEqual(result.state == "covered", day <= result.ends_on)
        self.assertGreater(result.ends_on, delivered)

    @given(dates, terms, terms)
    def test_longer_term_never_ends_earlier(self, delivered, first, second):
        ends = [
            warranty.warranty(delivered, months, delivered).ends_on
            for months in sorted((first, second))
        ]
        self.assertLessEqual(ends[0], ends[1])

    @given(dates, terms, st.lists(st.integers(-100, 900), max_size=4))
    def test_transfers_lengthen_nothing(self, delivered, months, days):
        transfers = [delivered + day * DAY for day in days]
        plain = warranty.warranty(delivered, months, delivered)
        moved = warranty.warranty(delivered, months, delivered, transfers)
        self.assertEqual(plain.ends_on, moved.ends_on)
        self.assertFalse(moved.transferred)

    def test_excluded_piece(self):
        day = datetime.date(2026, 1, 1)
        result = warranty.warranty(day, 12, day, void=True)
        self.assertEqual((result.state, result.reason), ("excluded", "void"))

    @given(dates, terms, st.integers(0, 4000), st.integers(0, 5000))
    def test_exchange_keeps_what_is_left(self, first, months, after, later):
        """However often it is exchanged, the end is the first one's."""
        ends_on = warranty.warranty(first, months, first).ends_on
        delivered = first
        for days in (after, later):
            delivered += days * DAY
            carried = warranty.Carried(delivered, ends_on)
            result = warranty.warranty(delivered, months, delivered, (), carried)
            self.assertEqual(result.ends_on, ends_on)
            self.assertTrue(result.carried)
            self.assertEqual(result.state == "covered", delivered <= ends_on)

    @given(dates, terms, st.integers(1, 900), st.integers(0, 900))
    def test_sold_again_it_has_its_own_term(self, exchanged, months, left, days):
        """The carried warranty counts from the delivery that replaced, no other."""
        carried = warranty.Carried(exchanged, exchanged + left * DAY)
        again = exchanged + (days + 1) * DAY
        result = warranty.warranty(again, months, again, (), carried)
        self.assertEqual(result, warranty.warranty(again, months, again))

    @given(dates, st.integers(-5, 120), st.integers(1, 900), st.integers(0, 2000))
    def test_carried_ends_exactly_once(self, delivered, months, left, days):
        carried = warranty.Carried(delivered, delivered + left * DAY)
        day = delivered + days * DAY
        result = warranty.warranty(delivered, months, day, (), carried)
        self.assertEqual(result.state == "covered", days <= left)


def move(day, quantity, owner):
    return Movement(datetime.datetime(2026, 1, day), quantity, owner, day)


class TestOwned(unittest.TestCase):
    def test_serial_follows_the_last_delivery(self):
        moves = [move(1, 1, 7), move(5, 1, 8)]
        self.assertEqual(holding(moves, 7, True).quantity, 0)
        held = holding(moves, 8, True)
        self.assertEqual(held.term_began, datetime.date(2026, 1, 1))
        self.assertEqual(held.delivered_on, datetime.date(2026, 1, 5))
        self.assertEqual(held.transfers, (datetime.date(2026, 1, 5),))

    def test_serial_term_begins_anew_after_a_return(self):
        """Whatever name is on the return: the thing is with us again."""
        moves = [move(1, 1, 7), move(3, -1, 99), move(9, 1, 7)]
        held = holding(moves, 7, True)
        self.assertEqual(held.term_began, datetime.date(2026, 1, 9))
        self.assertEqual(held.transfers, ())
        self.assertEqual(holding(moves[:2], 7, True).quantity, 0)

    def test_lot_quantity_is_netted_by_owner(self):
        moves = [move(1, 10, 7), move(2, 4, 8), move(3, -3, 7)]
        self.assertEqual(holding(moves, 7, False).quantity, 7)
        self.assertEqual(holding(moves, 8, False).quantity, 4)

    def test_lot_returned_whole_begins_anew(self):
        moves = [move(1, 2, 7), move(2, -2, 7), move(6, 1, 7)]
        held = holding(moves, 7, False)
        self.assertEqual(held, owned.Holding(1, *[datetime.date(2026, 1, 6)] * 2))

    @given(
        st.lists(
            st.tuples(st.integers(1, 28), st.sampled_from([1, -1]), st.integers(1, 3)),
            max_size=8,
        )
    )
    def test_a_serial_has_at_most_one_owner(self, rows):
        moves = [move(*row) for row in rows]
        holders = [o for o in (1, 2, 3) if holding(moves, o, True).quantity]
        self.assertLessEqual(len(holders), 1)
