# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Places of an order line against a model that knows each piece by itself."""

import doctest
import unittest
from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.crm_service_desk.engine import places
from odoo.addons.crm_service_desk.engine.places import Places, Replaced, Shipment

ACTIONS = ("replace", "exchange", "return", "again", "credit")
steps = st.lists(
    st.tuples(st.sampled_from(ACTIONS), st.integers(0, 30)), min_size=1, max_size=25
)


@dataclass
class Piece:
    """A piece with a name: its place, whether the customer has it, what follows it."""

    place: int
    there: bool = True
    followed: bool = False


@dataclass
class Model:
    """An order of pieces with names; nothing is added up but what is credited."""

    pieces: list = field(default_factory=list)
    credited: int = 0

    def empty(self):
        return sum(not one.there and not one.followed for one in self.pieces)

    def may(self, action, piece):
        if action == "again":
            # What was paid back is not sent to the customer again.
            owed = piece.followed or self.empty() > self.credited
            return not piece.there and owed
        if action == "credit":
            return self.empty() > self.credited
        if action == "return":
            return piece.there
        if piece.followed:
            return False
        if piece.there:
            return True
        return action == "replace" and self.empty() > self.credited

    def act(self, action, piece):
        if action in ("replace", "exchange"):
            piece.followed = True
            self.pieces.append(Piece(piece.place))
        if action in ("return", "exchange"):
            piece.there = False
        if action == "again":
            piece.there = True
        self.credited += action == "credit"


class TestPlaces(unittest.TestCase):
    def test_doctests(self):
        self.assertEqual(doctest.testmod(places).failed, 0)

    def test_what_is_owed_comes_first(self):
        """Of goods without numbers: what was replaced is what comes back next."""
        part = Replaced(1)
        sent = [Shipment(3, True, back=1, replaced=(part,)), Shipment(1)]
        self.assertEqual(places.places(sent), Places(3, 1, 0))
        sent[0] = replace(sent[0], back=2)
        self.assertEqual(places.places(sent), Places(3, 1, 1))

    def test_what_came_before_is_not_owed(self):
        """One came back for good, then another one is replaced."""
        part = Replaced(1, came_before=1)
        sent = [Shipment(2, True, back=1, replaced=(part,)), Shipment(1)]
        self.assertEqual(places.places(sent), Places(2, 1, 1))

    def test_what_an_exchange_brought_leaves_no_place_empty(self):
        part = Replaced(1, came_with=1)
        sent = [Shipment(2, True, back=2, replaced=(part,)), Shipment(1)]
        self.assertEqual(places.places(sent), Places(2, 1, 1))

    @given(st.integers(1, 3), steps)
    def test_pieces_with_numbers(self, count, history):
        model = Model([Piece(number) for number in range(count)])
        shipments = {number: Shipment(1, True) for number in range(count)}
        for action, number in history:
            key = number % len(model.pieces)
            piece = model.pieces[key]
            if not model.may(action, piece):
                continue
            before = places.places(shipments.values())
            if action in ("replace", "exchange"):
                after = places.with_replaced(shipments, key, 1)
                found = places.too_much(
                    before, places.places(after.values()), model.credited
                )
                self.assertIsNone(found)
                shipments = self._replaced(after, key, action)
            elif action in ("return", "again"):
                back = shipments[key].back + (1 if action == "return" else -1)
                shipments[key] = replace(shipments[key], back=back)
            model.act(action, piece)
            self._check(model, places.places(shipments.values()))

    def _replaced(self, after, key, action):
        """Give the new shipment the number of its piece; note the exchange."""
        after = dict(enumerate(after.values()))
        if action == "exchange":
            *parts, last = after[key].replaced
            last = replace(last, came_with=1)
            after[key] = replace(
                after[key], back=after[key].back + 1, replaced=(*parts, last)
            )
        return after

    def _check(self, model, found):
        self.assertEqual(found.empty, model.empty())
        filled = sum(
            one.there and not one.followed for one in model.pieces[int(found.paid) :]
        )
        self.assertEqual(found.filled, filled)

    @given(st.integers(1, 3), steps)
    def test_never_too_much(self, count, history):
        """Whatever is asked for, of goods that cannot be told apart: the customer has,
        or was credited for, no more than he paid for."""
        shipments = {0: Shipment(count, True)}
        credited = 0
        for action, number in history:
            key = number % len(shipments)
            now = places.places(shipments.values())
            if action in ("replace", "exchange"):
                after = places.with_replaced(shipments, key, 1)
                after = dict(enumerate(after.values()))
                then = places.places(after.values())
                if places.too_much(now, then, credited) is None:
                    shipments = after
            elif action == "credit" and now.empty >= credited + 1:
                credited += 1
            elif action == "return" and shipments[key].back < shipments[key].sent:
                shipments[key] = replace(shipments[key], back=shipments[key].back + 1)
            self._check_owed(shipments, credited)

    def _check_owed(self, shipments, credited):
        """What was sent, less what came back and what is still to come back for what
        replaced it, and what was credited."""
        sent = sum(one.sent for one in shipments.values())
        replaced = sum(
            part.quantity for one in shipments.values() for part in one.replaced
        )
        self.assertLessEqual(credited, places.places(shipments.values()).empty)
        back = sum(one.back for one in shipments.values())
        with_customer = sent - back
        owed = sum(places.standing(one).owed for one in shipments.values())
        paid = shipments[0].sent
        self.assertLessEqual(with_customer - owed + credited, paid)
        self.assertLessEqual(sent - replaced, paid)
