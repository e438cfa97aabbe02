# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Values that are kept only when they change, read again for any day."""

from bisect import bisect_right
from datetime import timedelta


def month_ends(today, months):
    """Return the days of a trend: the last ``months`` - 1 month ends, then today.

    :param date today: last day of the trend
    :param int months: number of days wanted, at least 1
    :return: list of date, ascending, without duplicates
    """
    days = [today]
    first = today.replace(day=1)
    for _index in range(months - 1):
        last = first - timedelta(days=1)
        days.append(last)
        first = last.replace(day=1)
    return days[::-1]


def sample(points, days):
    """Return the value that held on each day: that of the last point up to it.

    :param points: list of (date, value), ascending, at most one per day
    :param days: list of date, ascending
    :return: list of (date, value); days before the first point are left out, since
        nothing is known of them
    """
    known = [day for day, _value in points]
    found = []
    for day in days:
        index = bisect_right(known, day)
        if index:
            found.append((day, points[index - 1][1]))
    return found


def split(items, size):
    """Return the items (sequence) in lists of at most ``size``, in order."""
    return [items[start : start + size] for start in range(0, len(items), size)]
