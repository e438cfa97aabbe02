# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Is a serial number under warranty, until when, and why."""

import datetime
from dataclasses import dataclass

from dateutil.relativedelta import relativedelta

COVERED = "covered"
EXPIRED = "expired"
EXCLUDED = "excluded"


@dataclass(frozen=True)
class Warranty:
    """``state`` covered, expired or excluded; ``reason`` a code (``in_term``,
    ``term_over``, ``no_term``, ``not_delivered``, ``before_delivery``, ``void``);
    dates or None. ``ends_on`` is the last covered day; ``carried`` says that it is the
    one of the thing that this one replaced."""

    state: str
    reason: str
    delivered_on: datetime.date | None = None
    ends_on: datetime.date | None = None
    transferred: bool = False
    carried: bool = False


@dataclass(frozen=True)
class Carried:
    """The warranty that a thing took over from the one that it replaced: it counts
    from the delivery on ``delivered_on`` only, and ends on ``ends_on``."""

    delivered_on: datetime.date
    ends_on: datetime.date


def warranty(delivered_on, months, on_date, transfers=(), carried=None, void=False):
    """Return the :class:`Warranty` of a serial number on a day.

    The term begins with the first delivery to a customer and is not lengthened when
    the thing passes to another one: ``transfers`` only tell that it did. It begins
    anew after the thing came back to us; then ``delivered_on`` is the delivery after
    that. The last covered day is the same day ``months`` months later, or the last
    day of a shorter month.

    :param delivered_on: ``datetime.date`` or None (never delivered, or returned)
    :param months: int, 0 or less means that the product has no warranty
    :param transfers: dates on which it passed from one customer to the next
    :param carried: :class:`Carried` or None; sold again after a return it has a term
        of its own again
    :param void: the warranty of this very thing has been excluded

    >>> warranty(datetime.date(2024, 2, 29), 12, datetime.date(2025, 2, 28)).state
    'covered'
    """
    if carried and (carried.delivered_on != delivered_on or not carried.ends_on):
        carried = None
    if void:
        return Warranty(EXCLUDED, "void", delivered_on)
    if not carried and (not months or months < 0):
        return Warranty(EXCLUDED, "no_term", delivered_on)
    if delivered_on is None:
        return Warranty(EXCLUDED, "not_delivered")
    if carried:
        ends_on = carried.ends_on
    else:
        ends_on = delivered_on + relativedelta(months=months)
    told = {
        "delivered_on": delivered_on,
        "ends_on": ends_on,
        "transferred": any(delivered_on < day <= on_date for day in transfers),
        "carried": bool(carried),
    }
    if on_date < delivered_on:
        return Warranty(EXCLUDED, "before_delivery", **told)
    if on_date > ends_on:
        return Warranty(EXPIRED, "term_over", **told)
    return Warranty(COVERED, "in_term", **told)
