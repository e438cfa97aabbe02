# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Ageing of open items: each instalment by its own due date."""

from datetime import timedelta

NOT_DUE = "not_due"
#: key -> (first, last) day overdue; None is open-ended. Together they are every
#: open item: the sum of the buckets is the sum of the open items.
BUCKETS = {
    NOT_DUE: (None, 0),
    "overdue_1_30": (1, 30),
    "overdue_31_60": (31, 60),
    "overdue_61_90": (61, 90),
    "overdue_over_90": (91, None),
}


def days_overdue(due, today):
    """Return how many days ``due`` lies back (int, 0 when not due or undated)."""
    return max((today - due).days, 0) if due else 0


def bucket_of(due, today):
    """Return the key of the bucket of an item due on ``due`` (date or None)."""
    days = days_overdue(due, today)
    for key, (first, last) in BUCKETS.items():
        if (first is None or days >= first) and (last is None or days <= last):
            return key
    raise AssertionError(f"no bucket for {days} days")


def due_range(key, today):
    """Return the (earliest, latest) due date of a bucket; None is open-ended.

    ``not_due`` begins today, because an item is overdue from the day after.
    """
    first, last = BUCKETS[key]
    latest = today - timedelta(days=first) if first else None
    if key == NOT_DUE:
        return today, None
    earliest = today - timedelta(days=last) if last else None
    return earliest, latest
