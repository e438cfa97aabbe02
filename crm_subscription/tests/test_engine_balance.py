# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import doctest
from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.crm_subscription.engine import balance, changes
from odoo.addons.crm_subscription.engine.balance import Account
from odoo.addons.crm_subscription.engine.recurrence import Occurrence

STEP = 0.01
AMOUNTS = st.integers(0, 100_000).map(lambda cents: cents / 100)
SIGNED = st.integers(-100_000, 100_000).map(lambda cents: cents / 100)
MARCH = Occurrence(date(2026, 3, 1), date(2026, 3, 31))
DAYS = st.integers(1, 31).map(lambda day: date(2026, 3, day))
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("change"), DAYS, st.one_of(st.none(), AMOUNTS)),
        st.tuples(st.just("give"), AMOUNTS),
        st.tuples(st.just("take back"), st.integers(0, 5)),
    ),
    max_size=8,
)


class Books:
    """A billed month: what is settled is always what the account says is owed."""

    def __init__(self, price):
        segment = changes.Segment(MARCH.first, MARCH.last, price)
        self.billed = changes.Billed(1, MARCH, (segment,))
        self.account, self.gifts = Account(price), []

    def play(self, events):
        for kind, *values in events:
            getattr(self, f"_{kind.replace(' ', '_')}")(*values)
            self.settle()
        return self

    def _change(self, day, price):
        lines = changes.settle([self.billed], day, price, STEP)
        parts = [(day, MARCH.last, price)]
        segments = changes.overlay_all(self.billed.segments, parts)
        # Days that were given back stay so: there is no charge for them.
        held = [
            part
            for part in segments
            if any(line.start <= part.start <= line.end for line in lines)
            or part.start < day
        ]
        self.billed = replace(self.billed, segments=tuple(held))
        self.account = self.account.changed(sum(line.amount for line in lines))

    def _give(self, amount):
        self.gifts.append(amount)
        self._sum_up()

    def _take_back(self, number):
        if self.gifts:
            del self.gifts[number % len(self.gifts)]
            self._sum_up()

    def _sum_up(self):
        self.account = replace(self.account, given=sum(self.gifts))

    def settle(self):
        owed = self.account.owed(STEP)
        self.account = replace(self.account, settled=self.account.settled + owed)

    @property
    def total(self):
        """What all documents add up to, by hand and ours."""
        return self.account.billed + self.account.settled - self.account.given


@tagged("post_install", "-at_install")
class TestBalance(BaseCase):
    def test_examples_in_the_docstrings(self):
        self.assertFalse(doctest.testmod(balance).failed)

    @given(AMOUNTS, EVENTS)
    def test_documents_add_up_to_what_the_days_cost(self, price, events):
        books = Books(price).play(events)
        cost = balance.cost(books.billed, STEP)
        self.assertAlmostEqual(books.account.agreed, cost, 2)
        given = books.account.given
        if given <= books.account.peak:
            self.assertAlmostEqual(books.total, max(cost - given, 0.0), 2)
        else:
            # More than was ever billed: what people decide is not taken back.
            self.assertAlmostEqual(books.total, books.account.peak - given, 2)

    @given(AMOUNTS, EVENTS, AMOUNTS)
    def test_when_something_was_given_does_not_matter(self, price, events, gift):
        events = [event for event in events if event[0] == "change"]
        first = Books(price).play([("give", gift), *events])
        last = Books(price).play([*events, ("give", gift)])
        self.assertAlmostEqual(first.total, last.total, 2)

    @given(AMOUNTS, EVENTS, AMOUNTS)
    def test_what_was_given_and_taken_back_never_was(self, price, events, gift):
        events = [event for event in events if event[0] == "change"]
        plain = Books(price).play(events)
        other = Books(price).play([("give", gift), *events, ("take back", 0)])
        self.assertAlmostEqual(plain.total, other.total, 2)

    @given(AMOUNTS, DAYS, st.one_of(st.none(), AMOUNTS), AMOUNTS)
    def test_replayed_changes_cost_what_was_settled(self, price, day, new, later):
        books = Books(price)
        whole = books.billed
        books.play([("change", day, new)])
        parts = [[(day, MARCH.last, new)]]
        (amount,) = balance.replay(whole, parts, STEP)
        self.assertAlmostEqual(amount, sum(books.account.changes), 2)
        mirrored = replace(books.account, given=later).mirrored()
        self.assertAlmostEqual(
            mirrored.owed(STEP), -replace(books.account, given=later).owed(STEP), 2
        )

    def test_a_free_line_that_becomes_a_discount_is_paid(self):
        account = balance.Account(0.0, (-40.0,), settled=0.0)
        self.assertEqual(account.owed(STEP), -40.0)
        self.assertEqual(account.mirrored().owed(STEP), 40.0)

    @given(SIGNED, st.lists(AMOUNTS, min_size=1, max_size=9))
    def test_parts_of_a_credit_sum_to_it(self, amount, weights):
        parts = balance.spread(amount, weights, STEP)
        self.assertAlmostEqual(sum(parts), amount, 2)
        self.assertEqual(len(parts), len(weights))
