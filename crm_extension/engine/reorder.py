# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How often a customer orders, and whether an order is overdue."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from math import ceil
from statistics import median

#: Orders of so many months back say how often a customer orders now.
MONTHS = 24
#: So many days with orders are needed: fewer say nothing about a rhythm.
LEAST_DAYS = 3


@dataclass(frozen=True)
class Rhythm:
    """The rhythm of a customer's orders.

    ``interval``
        usual days between orders (float), False where there are too few.
    ``due``
        day (date) by which the next order is usual, False without interval.
    ``overdue``
        days (int) that the next order is late, 0 when it is not.
    """

    interval: float | bool = False
    due: date | bool = False
    overdue: int = 0


def rhythm(days, today):
    """Return the :class:`Rhythm` of days with orders.

    The rule: the interval is the median of the days between one day with orders and
    the next, so that one long holiday or one correction order does not move it; the
    next order is due when the interval has passed since the last.

    :param days: iterable of the days (date) with orders, in any order
    :param today: day (date) of the question
    """
    days = sorted(set(days))
    if len(days) < LEAST_DAYS:
        return Rhythm()
    interval = float(median((after - day).days for day, after in pairwise(days)))
    due = days[-1] + timedelta(days=ceil(interval))
    return Rhythm(interval, due, max((today - due).days, 0))
