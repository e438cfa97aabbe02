# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import doctest
import unittest
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.crm_service_desk.engine import assignment
from odoo.addons.crm_service_desk.engine.assignment import (
    OPEN_LOAD,
    ROUND_ROBIN,
    Member,
    distribute,
)

people = st.lists(
    st.tuples(st.integers(1, 99), st.integers(0, 50), st.integers(0, 20)),
    min_size=1,
    max_size=8,
    unique_by=lambda row: row[0],
)


def members(rows):
    return [Member(*row) for row in rows]


class TestAssignment(unittest.TestCase):
    def test_doctests(self):
        self.assertEqual(doctest.testmod(assignment).failed, 0)

    def test_nobody_there(self):
        self.assertEqual(distribute(ROUND_ROBIN, [], 3), [])

    @given(people, st.integers(0, 40))
    def test_in_turn_nobody_gets_two_more_than_another(self, rows, count):
        chosen = Counter(distribute(ROUND_ROBIN, members(rows), count))
        got = [chosen[user_id] for user_id, _turn, _load in rows]
        self.assertEqual(sum(got), count)
        self.assertLessEqual(max(got) - min(got), 1)

    @given(people, st.integers(0, 20), st.integers(0, 20))
    def test_one_after_the_other_is_as_all_at_once(self, rows, first, second):
        for rule in (ROUND_ROBIN, OPEN_LOAD):
            one = members(rows)
            parts = distribute(rule, one, first) + distribute(rule, one, second)
            self.assertEqual(parts, distribute(rule, members(rows), first + second))

    @given(people, st.integers(0, 60))
    def test_by_load_only_the_least_loaded_get_more(self, rows, count):
        team = members(rows)
        distribute(OPEN_LOAD, team, count)
        given_some = [
            member.load
            for member, (_user, _turn, load) in zip(team, rows, strict=True)
            if member.load > load
        ]
        if given_some:
            lowest = min(member.load for member in team)
            self.assertLessEqual(max(given_some), lowest + 1)
        self.assertEqual(
            sum(member.load for member in team), count + sum(row[2] for row in rows)
        )

    @given(people, st.integers(1, 9), st.integers(0, 99))
    def test_who_was_away_comes_first(self, rows, count, last):
        team = members(rows)
        distribute(ROUND_ROBIN, team, count, last)
        back = Member(100, turn=0)
        present = [member for member in team if member.turn]
        self.assertEqual(distribute(ROUND_ROBIN, [*present, back], 1), [100])
