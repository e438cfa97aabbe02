# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What became of the goods that a customer paid for.

Each piece that was paid for has a place. It stands in its place, or another piece that
was sent for it, or that one's replacement; or it came back for good, and the place is
empty, to be filled again or paid back. All quantities are in the product's unit.
"""

from dataclasses import dataclass, replace

# Quantities that differ by less are the same.
TINY = 1e-6


@dataclass(frozen=True)
class Replaced:
    """Goods of a shipment that others were sent for.

    ``came_before``: how much of the shipment had come back, exchanges aside, when they
    were replaced. ``came_with``: how much came back by the exchange itself.
    """

    quantity: float
    came_before: float = 0.0
    came_with: float = 0.0


@dataclass(frozen=True)
class Shipment:
    """Goods that one delivery brought, of one serial number or lot if they have one.

    ``paid``: they were ordered; else sent in the place of others. ``back``: how much
    has come back and was not sent again. ``replaced``: in the order in which it was.
    """

    sent: float
    paid: bool = False
    back: float = 0.0
    replaced: tuple = ()

    @property
    def came(self):
        """Return how much has come back, exchanges aside."""
        return self.back - sum(part.came_with for part in self.replaced)


@dataclass(frozen=True)
class Places:
    """Of how many that were ``paid`` for, how many are ``filled`` by replacements
    and how many ``empty``, since what was in them came back for good."""

    paid: float = 0.0
    filled: float = 0.0
    empty: float = 0.0


@dataclass
class Standing:
    """What of one shipment is in its place (``there``), was replaced and is not back
    (``owed``), or came back for good (``empty``)."""

    there: float
    owed: float = 0.0
    empty: float = 0.0

    def comes(self, quantity):
        """Goods come back (negative: are sent again): what is owed comes first."""
        if quantity >= 0:
            owed = min(self.owed, quantity)
            self.owed -= owed
            self.empty += quantity - owed
            self.there -= quantity - owed
            return
        again = min(self.empty, -quantity)
        self.empty -= again
        self.there += again
        self.owed += -quantity - again

    def is_replaced(self, part):
        """Goods are replaced: such as the customer has, then such as came back."""
        here = min(max(self.there, 0.0), part.quantity)
        self.there -= here
        self.owed += here - part.came_with
        self.empty -= part.quantity - here


def standing(shipment):
    """Tell one shipment's story in its order."""
    now, seen = Standing(shipment.sent), 0.0
    for part in shipment.replaced:
        now.comes(max(part.came_before - seen, 0.0))
        seen = max(seen, part.came_before)
        now.is_replaced(part)
    now.comes(shipment.came - seen)
    return now


def places(shipments):
    """Return the :class:`Places` of what an order line brought and what replaced it.

    >>> places([Shipment(2, paid=True, replaced=(Replaced(1),)), Shipment(1)])
    Places(paid=2.0, filled=1.0, empty=0.0)
    """
    paid = filled = empty = 0.0
    for shipment in shipments:
        now = standing(shipment)
        if shipment.paid:
            paid += shipment.sent
        else:
            filled += now.there
        # Of goods without numbers more may be replaced than one shipment brought, when
        # what another one brought is back: it is the sum that counts.
        empty += now.empty
    return Places(paid, filled, empty)


def with_replaced(shipments, key, quantity):
    """Return shipments (a dict) as they are when ``quantity`` of one is replaced; what
    is sent for it is the last, under a key of its own."""
    shipment = shipments[key]
    part = Replaced(quantity, shipment.came)
    more = {
        key: replace(shipment, replaced=(*shipment.replaced, part)),
        ("asked", len(shipments)): Shipment(quantity),
    }
    return shipments | more


def too_much(before, after, credited):
    """Return why goods may not be replaced, as (there are, are gone already), or None.

    Who is credited has nothing more coming for that place; what came back is the first
    that was credited.

    :param before: :class:`Places`
    :param after: as they would be
    :param credited: how much was credited
    """
    # Below zero: replaced by others, too, and there are more than were paid for.
    if after.filled + credited > before.paid + TINY or before.empty < -TINY:
        return before.paid, before.filled
    if after.empty < min(before.empty, credited) - TINY:
        return before.empty, 0.0
    return None
