# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import datetime
import doctest
import unittest

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.crm_service_desk.engine import conversation
from odoo.addons.crm_service_desk.engine.conversation import Conversation, join

START = datetime.datetime(2026, 11, 2)


@st.composite
def histories(draw):
    """A conversation as a list of (minute, whether we wrote), the customer first."""
    opened = draw(st.integers(0, 500))
    rest = draw(
        st.lists(st.tuples(st.integers(1, 500), st.booleans()), max_size=8, unique=True)
    )
    return [
        (opened, False),
        *sorted((opened + minute, ours) for minute, ours in rest),
    ]


def told(history):
    """The conversation that a desk keeps of a history, message by message."""
    opened = answered = last = waiting = None
    for minute, ours in history:
        moment = START + datetime.timedelta(minutes=minute)
        opened = opened or moment
        if ours:
            answered, last, waiting = answered or moment, moment, None
        elif answered:
            waiting = waiting or moment
    return Conversation(opened, answered, last, waiting)


class TestJoin(unittest.TestCase):
    def test_doctests(self):
        self.assertEqual(doctest.testmod(conversation).failed, 0)

    @given(histories(), histories())
    def test_opening_and_answers_are_those_of_both(self, one, other):
        joined = join(told(one), told(other))
        ours = [minute for minute, by_us in one + other if by_us]
        minutes = [minute for minute, _by_us in one + other]

        def at(minute):
            return START + datetime.timedelta(minutes=minute)

        self.assertEqual(joined.opened, at(min(minutes)))
        self.assertEqual(joined.answered, at(min(ours)) if ours else None)
        self.assertEqual(joined.last_answer, at(max(ours)) if ours else None)

    @given(histories(), histories())
    def test_he_waits_only_for_what_came_after_our_last_answer(self, one, other):
        joined = join(told(one), told(other))
        last = joined.last_answer
        asked = [
            START + datetime.timedelta(minutes=minute)
            for minute, by_us in one + other
            if not by_us
        ]
        if joined.waiting:
            self.assertIn(joined.waiting, asked)
            self.assertGreater(joined.waiting, last)
        elif last:
            # Nothing is forgotten that only one of them knows to be open.
            for single in (told(one), told(other)):
                self.assertFalse(single.waiting and single.waiting > last)

    @given(histories(), histories())
    def test_order_does_not_matter(self, one, other):
        first, second = told(one), told(other)
        self.assertEqual(join(first, second), join(second, first))

    @given(histories())
    def test_joined_with_itself_it_is_itself(self, one):
        single = told(one)
        self.assertEqual(join(single, single), single)
