# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a change in mid-period costs: the unused days back, the remaining days anew.

>>> from datetime import date
>>> billed = Billed(1, date(2026, 4, 1), date(2026, 4, 30), 60.0, 30)
>>> lines = settle([billed], date(2026, 4, 21), 30.0, 0.01)
>>> [(line.kind, line.days, line.amount) for line in lines]
[('credit', 10, -20.0), ('charge', 10, 10.0)]
"""

from dataclasses import dataclass
from datetime import date

from .proration import prorate
from .recurrence import days_between

CREDIT, CHARGE = "credit", "charge"


@dataclass(frozen=True)
class Billed:
    """What is billed and in force for some days: a ledger row or its last correction.

    ``amount`` was billed for the days from ``start`` to ``end``; ``full_days`` are
    those of the whole occurrence, which ``new price`` is for.
    """

    key: int
    start: date
    end: date
    amount: float
    full_days: int


@dataclass(frozen=True)
class Correction:
    """A line of a change: ``amount`` is negative for a credit of a positive price."""

    key: int
    kind: str
    start: date
    end: date
    days: int
    full_days: int
    amount: float


def settle(billed, day, new_amount, step):
    """Return the corrections that make ``new_amount`` hold from ``day`` on.

    :param billed: iterable of :class:`Billed`; those that end before ``day`` are
        left alone
    :param new_amount: for a full period, from ``day`` on; None: nothing more is owed
    :param step: smallest unit of the currency
    """
    lines = []
    for row in billed:
        if row.end < day:
            continue
        lines += _settle_row(row, day, new_amount, step)
    return lines


def _settle_row(row, day, new_amount, step):
    start = max(row.start, day)
    days, full_days = days_between(start, row.end), row.full_days
    credit = -prorate(row.amount, days, days_between(row.start, row.end), step)
    lines = [Correction(row.key, CREDIT, start, row.end, days, full_days, credit)]
    if new_amount is not None:
        charge = prorate(new_amount, days, full_days, step)
        lines.append(
            Correction(row.key, CHARGE, start, row.end, days, full_days, charge)
        )
    return lines
