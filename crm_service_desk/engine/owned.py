# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Who has what, from the movements of a lot or serial number."""

import datetime
from dataclasses import dataclass


@dataclass(frozen=True)
class Movement:
    """A done movement over the customers' border: ``quantity`` in the product's unit,
    positive out to the ``owner``, negative back to us; ``key`` orders movements of
    one moment. ``carried_until``: it replaced goods whose warranty ends on that day."""

    moment: datetime.datetime
    quantity: float
    owner: int
    key: int = 0
    carried_until: datetime.date | None = None


@dataclass(frozen=True)
class Holding:
    """What an owner has: ``quantity``, the day when the warranty term began, the day
    of the owner's own first delivery since, and the transfers between.
    ``carried_until``: all of it replaced other goods, whose warranty ends then."""

    quantity: float
    term_began: datetime.date | None = None
    delivered_on: datetime.date | None = None
    transfers: tuple = ()
    carried_until: datetime.date | None = None


def holding(movements, owner, single):
    """Return what ``owner`` holds after the movements of one lot.

    :param single: True for serial numbers: one thing, held by whoever got it last; a
        return takes it from its holder, whatever name is on the return
    """
    ordered = sorted(movements, key=lambda m: (m.moment, m.key))
    return _serial(ordered, owner) if single else _lot(ordered, owner)


def _serial(ordered, owner):
    holder, began, delivered, transfers = None, None, None, []
    for move in ordered:
        day = move.moment.date()
        if move.quantity < 0:
            holder, began, transfers = None, None, []
        elif holder is None:
            holder, began, delivered = move.owner, day, day
        elif move.owner != holder:
            holder, delivered = move.owner, day
            transfers.append(day)
    if holder != owner:
        return Holding(0.0)
    return Holding(1.0, began, delivered, tuple(transfers))


def _lot(ordered, owner):
    """Pieces of a lot cannot be told apart: who also bought some of it has the term of
    those that he bought; of what only replaced other goods the latest end counts."""
    quantity, delivered, carried = 0.0, None, []
    for move in ordered:
        if move.owner != owner:
            continue
        quantity += move.quantity
        if move.quantity > 0:
            delivered = delivered or move.moment.date()
            carried.append(move.carried_until)
        if quantity <= 0:
            quantity, delivered, carried = 0.0, None, []
    until = max(carried) if carried and all(carried) else None
    return Holding(quantity, delivered, delivered, (), until)
