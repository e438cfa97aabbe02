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
    ``term_over``, ``no_term``, ``not_delivered``, ``before_delivery``); dates or None.
    ``ends_on`` is the last covered day."""

    state: str
    reason: str
    delivered_on: datetime.date | None = None
    ends_on: datetime.date | None = None
    transferred: bool = False


def warranty(delivered_on, months, on_date, transfers=()):
    """Return the :class:`Warranty` of a serial number on a day.

    The term begins with the first delivery to a customer and is not lengthened when
    the thing passes to another one: ``transfers`` only tell that it did. It begins
    anew after the thing came back to us; then ``delivered_on`` is the delivery after
    that. The last covered day is the same day ``months`` months later, or the last
    day of a shorter month.

    :param delivered_on: ``datetime.date`` or None (never delivered, or returned)
    :param months: int, 0 or less means that the product has no warranty
    :param transfers: dates on which it passed from one customer to the next

    >>> warranty(datetime.date(2024, 2, 29), 12, datetime.date(2025, 2, 28)).state
    'covered'
    """
    if not months or months < 0:
        return Warranty(EXCLUDED, "no_term", delivered_on)
    if delivered_on is None:
        return Warranty(EXCLUDED, "not_delivered")
    ends_on = delivered_on + relativedelta(months=months)
    moved = any(delivered_on < day <= on_date for day in transfers)
    if on_date < delivered_on:
        return Warranty(EXCLUDED, "before_delivery", delivered_on, ends_on, moved)
    if on_date > ends_on:
        return Warranty(EXPIRED, "term_over", delivered_on, ends_on, moved)
    return Warranty(COVERED, "in_term", delivered_on, ends_on, moved)
