# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which occurrences of a recurrence are still to be delivered.

Goods come once per occurrence, whole: a change in the middle of it, which divides the
line, delivers nothing twice, and a first part of an occurrence is delivered as a
whole one.

>>> from datetime import date
>>> from .recurrence import Recurrence
>>> monthly = Recurrence(date(2026, 1, 1), "month", 1)
>>> done = [(date(2026, 1, 1), date(2026, 1, 31))]
>>> due = open_occurrences(monthly, date(2026, 1, 10), None, done, date(2026, 3, 1))
>>> [str(day) for day, _end in due]
['2026-02-01', '2026-03-01']
"""

from itertools import takewhile

from .recurrence import ONE_DAY


def open_occurrences(cycle, first_day, last_day, done, until):
    """Return [(first day, last day)] of the occurrences that are to be delivered.

    :param cycle: :class:`recurrence.Recurrence`
    :param date first_day: nothing is delivered for days before it
    :param date last_day: last day of the line; None: open end
    :param done: (first day, last day) of what was delivered; no occurrence that it
        touches is delivered again
    :param date until: occurrences that begin up to this day
    """
    starts = _iterate(cycle, first_day, last_day)
    wanted = takewhile(lambda span: span[0] <= until, starts)
    return [span for span in wanted if _is_open(span, done)]


def next_open(cycle, first_day, last_day, done):
    """Return (first day, last day) of the next occurrence to deliver, or None."""
    for span in _iterate(cycle, first_day, last_day):
        if _is_open(span, done):
            return span
    return None


def _iterate(cycle, first_day, last_day):
    """Yield (first day, last day) of occurrences; endless for an open end."""
    start = first_day
    while last_day is None or start <= last_day:
        end = cycle.bounds(start)[1]
        yield start, end
        start = end + ONE_DAY


def _is_open(span, done):
    first, last = span
    return not any(start <= last and first <= end for start, end in done)
