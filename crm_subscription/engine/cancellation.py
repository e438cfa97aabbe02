# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""When a service may end that is given notice of today.

A notice binds when it comes at least ``notice_days`` before the end that it is for;
else the service goes on until the next end that can still be kept.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from .recurrence import ONE_DAY, last_day_of_term

# Ends that are looked at: a notice period of a year and terms of a day.
MAX_ENDS = 1000


@dataclass(frozen=True)
class Ending:
    """The last day of service, and the last day to give notice for it."""

    end: date
    deadline: date


def deadline(end, notice_days):
    """Return the last day on which notice can be given for ``end`` (date)."""
    return end - timedelta(days=notice_days)


def term_ends(first, unit=None, count=0, day=0):
    """Yield the last days of the terms that follow each other, ``first`` being one.

    :param str unit: unit of the term, ``count`` of it; no count: one term only
    :param int day: see :func:`~.recurrence.last_day_of_term`

    >>> from itertools import islice
    >>> [str(d) for d in islice(term_ends(date(2027, 1, 31), "year", 1), 2)]
    ['2027-01-31', '2028-01-31']
    """
    end = first
    yield end
    while count:
        end = last_day_of_term(end + ONE_DAY, unit, count, day)
        yield end


def first_ending(ends, requested, notice_days):
    """Return the :class:`Ending` that a notice given on ``requested`` is for.

    :param ends: possible last days of service, ascending
    :param int notice_days: days between the notice and the end, at least
    :raise ValueError: none of the ends can be kept

    >>> ending = first_ending([date(2027, 1, 31)], date(2027, 1, 1), 30)
    >>> str(ending.end), str(ending.deadline)
    ('2027-01-31', '2027-01-01')
    """
    for _number, end in zip(range(MAX_ENDS), ends, strict=False):
        if requested <= deadline(end, notice_days):
            return Ending(end, deadline(end, notice_days))
    raise ValueError("no end of service can be kept")
