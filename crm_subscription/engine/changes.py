# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a change in mid-period costs: the unused days back, the remaining days anew.

>>> april = Occurrence(date(2026, 4, 1), date(2026, 4, 30))
>>> billed = Billed(1, april, (Segment(april.first, april.last, 60.0),))
>>> lines = settle([billed], date(2026, 4, 21), 30.0, 0.01)
>>> [(line.kind, line.days, line.amount) for line in lines]
[('credit', 10, -20.0), ('charge', 10, 10.0)]
"""

from dataclasses import dataclass
from datetime import date

from .proration import share
from .recurrence import ONE_DAY, Occurrence

CREDIT, CHARGE = "credit", "charge"


@dataclass(frozen=True)
class Segment:
    """Days that are in force at one price. Both dates are included.

    ``amount`` is for the full occurrence; None: the days were given back.
    """

    start: date
    end: date
    amount: float | None


@dataclass(frozen=True)
class Billed:
    """A billed row of the ledger: what is in force on its days, in their order.

    ``agreed`` are the same days, as if none were given back.
    """

    key: int
    occurrence: Occurrence
    segments: tuple
    agreed: tuple = ()


@dataclass(frozen=True)
class Correction:
    """A line of a change: ``amount`` is negative for a credit of a positive price.

    ``full_amount`` is the price of the full occurrence that the line is a share of.
    ``is_balance``: no days change their price by it; it makes up for what was given
    back by hand. ``rounding``: what the rounding of its document adds to ``amount``.
    """

    key: int
    kind: str
    start: date
    end: date
    days: int
    full_days: int
    amount: float
    full_amount: float
    is_balance: bool = False
    rounding: float = 0.0


def overlay(segments, start, end, amount):
    """Return ``segments`` with ``amount`` in force from ``start`` to ``end``."""
    found = []
    for old in segments:
        if old.end < start or old.start > end:
            found.append(old)
            continue
        if old.start < start:
            found.append(Segment(old.start, start - ONE_DAY, old.amount))
        found.append(Segment(max(old.start, start), min(old.end, end), amount))
        if old.end > end:
            found.append(Segment(end + ONE_DAY, old.end, old.amount))
    return tuple(found)


def overlay_all(segments, parts):
    """Return ``segments`` with each (start, end, amount) of ``parts`` in force."""
    for start, end, amount in parts:
        segments = overlay(segments, start, end, amount)
    return segments


def settle(billed, day, new_amount, step, until=None, given_back=False):
    """Return the corrections that make ``new_amount`` hold from ``day`` on.

    :param billed: iterable of :class:`Billed`; days before ``day`` are left alone
    :param new_amount: of a full occurrence, from ``day`` on; None: nothing is owed
    :param step: smallest unit of the currency
    :param until: last day of the change; None: for ever
    :param given_back: charge the days that an earlier change gave back, and no others;
        else those are left alone
    :rtype: list of :class:`Correction`
    """
    lines = []
    for row in billed:
        for old in row.segments:
            start, end = max(old.start, day), min(old.end, until or old.end)
            if start > end or (old.amount is None) != given_back:
                continue
            if old.amount is not None:
                lines.append(_correct(row, CREDIT, start, end, old.amount, step))
            if new_amount is not None:
                lines.append(_correct(row, CHARGE, start, end, new_amount, step))
    return lines


def take_back(billed, day, step, until=None):
    """Return the corrections that charge the days again that were given back, from
    ``day`` to ``until``, at what was agreed for them; see :func:`settle`."""
    lines = []
    for row in billed:
        for given in (part for part in row.segments if part.amount is None):
            for old in row.agreed:
                start = max(given.start, old.start, day)
                end = min(given.end, old.end, until or given.end)
                if start <= end and old.amount is not None:
                    lines.append(_correct(row, CHARGE, start, end, old.amount, step))
    return lines


def later_change(row, day):
    """Return the first day after ``day`` on which another price holds in a billed row
    (date), or None."""
    held = [
        part for part in row.segments if part.end >= day and part.amount is not None
    ]
    for part in held:
        if part.amount != held[0].amount:
            return part.start
    return None


def _correct(row, kind, start, end, amount, step):
    before, last = row.occurrence.span(start, end)
    full_days = row.occurrence.full_days
    cost = share(amount, before, last, full_days, step)
    if kind == CREDIT:
        cost = -cost
    return Correction(row.key, kind, start, end, last - before, full_days, cost, amount)
