# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""When a subscription bills.

Occurrence n of a recurrence is ``anchor + n x period``, clamped to the end of the
month, and always counted from the anchor: a contract from 31 January has its
boundaries on 28 February, 31 March and 30 April. Counting from the last clamped
date would drift to the 28th for ever.

>>> from datetime import date
>>> monthly = Recurrence(date(2026, 1, 31), "month", 1)
>>> [str(monthly.occurrence(n)) for n in range(4)]
['2026-01-31', '2026-02-28', '2026-03-31', '2026-04-30']
"""

from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

ONE_DAY = timedelta(days=1)
# Units of a period and how many months each has; the others count days.
MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
DAYS = {"day": 1, "week": 7}
UNITS = (*DAYS, *MONTHS)
PREPAID = "prepaid"
ARREARS = "arrears"
MAX_INTERVAL = 366
# How the days of a partial period are counted.
ACTUAL = "actual"  # the days of the calendar
FIXED_30 = "fixed_30"  # 30 for each month
NONE = "none"  # a started occurrence costs its full price, once
# When the periods of a plan begin.
ANCHOR_START, ANCHOR_DAY = "start", "day"
ANCHOR_MONTH_END, ANCHOR_CALENDAR = "month_end", "calendar"
LAST_DAY = 31


@dataclass(frozen=True)
class Period:
    """One period to bill. Both dates are included.

    ``full_days`` are the days of the whole occurrence that the period lies in,
    ``counted`` those that the period costs (None: its days of the calendar) and
    ``before`` those of the occurrence that came before it: its share is
    ``days / full_days``, equal for a full period.
    """

    start: date
    end: date
    invoice_date: date
    full_days: int
    counted: int | None = None
    before: int = 0

    @property
    def days(self):
        """Number of days that the period costs (int)."""
        if self.counted is not None:
            return self.counted
        return days_between(self.start, self.end)

    @property
    def is_partial(self):
        """Whether the period is only a part of its occurrence (bool)."""
        return self.days != self.full_days


@dataclass(frozen=True)
class Occurrence:
    """The days from ``first`` to ``last`` that a full price is for.

    ``months`` are the first days of its months, for the count of 30 days each; empty
    where days are counted by the calendar.
    """

    first: date
    last: date
    months: tuple = ()

    @property
    def full_days(self):
        """Number of days that a full period counts (int)."""
        if self.months:
            return 30 * len(self.months)
        return days_between(self.first, self.last)

    def counted(self, day):
        """Return the days counted from the first one up to ``day``, included (int).

        A month of 30 days: its 31st day is free, and the last day of a shorter month
        counts for those that are missing.
        """
        if day < self.first:
            return 0
        if not self.months:
            return days_between(self.first, day)
        number = max(n for n, start in enumerate(self.months) if start <= day)
        ends = [start - ONE_DAY for start in self.months[1:]] + [self.last]
        if day == ends[number]:
            return 30 * (number + 1)
        return 30 * number + min(30, days_between(self.months[number], day))

    def span(self, start, end):
        """Return (days counted before ``start``, days counted up to ``end``)."""
        return self.counted(start - ONE_DAY), self.counted(end)


@dataclass(frozen=True)
class Recurrence:
    """Every ``interval`` units, counted from ``anchor``.

    ``day`` is the day of the month on which periods begin, clamped to the month's
    end; 0: that of the anchor, which a short month may not have.

    :raise ValueError: the unit is not known or the interval is out of range
    """

    anchor: date
    unit: str
    interval: int = 1
    day: int = 0

    def __post_init__(self):
        if self.unit not in UNITS:
            raise ValueError(f"unit {self.unit!r} is not one of {UNITS}")
        if not 1 <= self.interval <= MAX_INTERVAL:
            raise ValueError(f"interval {self.interval!r} is not 1 to {MAX_INTERVAL}")
        if not 0 <= self.day <= LAST_DAY:
            raise ValueError(f"day {self.day!r} is not 1 to {LAST_DAY}")

    def occurrence(self, number):
        """Return the first day of occurrence ``number`` (0 is the anchor; < 0 before).

        :rtype: datetime.date
        """
        steps = number * self.interval
        if self.unit in DAYS:
            return self.anchor + timedelta(days=steps * DAYS[self.unit])
        # A day beyond the month's end is clamped to it.
        return self.anchor + relativedelta(
            months=steps * MONTHS[self.unit], day=self.day or self.anchor.day
        )

    def index(self, day):
        """Return the number of the occurrence that ``day`` lies in (int)."""
        number = self._guess(day)
        while self.occurrence(number) > day:
            number -= 1
        while self.occurrence(number + 1) <= day:
            number += 1
        return number

    def _guess(self, day):
        """Return a number near to the one sought; exact for days and weeks."""
        if self.unit in DAYS:
            length = self.interval * DAYS[self.unit]
            return (day - self.anchor).days // length
        months = (day.year - self.anchor.year) * 12 + day.month - self.anchor.month
        return months // (self.interval * MONTHS[self.unit])

    def bounds(self, day):
        """Return (first day, last day) of the occurrence that ``day`` lies in."""
        number = self.index(day)
        return self.occurrence(number), self.occurrence(number + 1) - ONE_DAY

    def occurrence_of(self, day, method=ACTUAL):
        """Return the :class:`Occurrence` of ``day``, counted by ``method``."""
        first, last = self.bounds(day)
        if method != FIXED_30 or self.unit in DAYS:
            return Occurrence(first, last)
        single = Recurrence(self.anchor, "month", 1, self.day)
        number, count = single.index(first), self.interval * MONTHS[self.unit]
        return Occurrence(
            first, last, tuple(single.occurrence(number + n) for n in range(count))
        )

    def period(self, start, last_day=None, timing=PREPAID, method=ACTUAL, opened=False):
        """Return the period to bill from ``start`` on, or None if nothing is left.

        :param date start: first day that is not billed
        :param date last_day: last day of the contract; None: open end
        :param str timing: ``prepaid`` bills on the first day of the period,
            ``arrears`` on the day after its last day
        :param str method: how the days of a part are counted
        :param bool opened: days before ``start`` of the same occurrence are billed;
            with the method ``none`` they paid for all of it
        :rtype: Period
        """
        if last_day is not None and start > last_day:
            return None
        occurrence = self.occurrence_of(start, method)
        end = occurrence.last if last_day is None else min(occurrence.last, last_day)
        full_days = occurrence.full_days
        before, until = occurrence.span(start, end)
        if method == NONE:
            before, until = full_days * bool(opened and before), full_days
        return Period(
            start,
            end,
            start if timing == PREPAID else end + ONE_DAY,
            full_days,
            until - before,
            before,
        )

    def periods(
        self, start, last_day=None, timing=PREPAID, method=ACTUAL, opened=False
    ):
        """Yield the periods from ``start`` on; they tile time, without gap or overlap.

        Endless if ``last_day`` is None.
        """
        period = self.period(start, last_day, timing, method, opened)
        while period is not None:
            yield period
            period = self.period(period.end + ONE_DAY, last_day, timing, method)


def anchor_of(kind, start, unit, day=0):
    """Return (anchor, day of the month) of a subscription that begins on ``start``.

    ``start``: its own day. ``day``: the last such day up to the start. ``month_end``:
    the last days of months. ``calendar``: 1 January of the year, a Monday for weeks.
    The first period is then the rest of the occurrence that the start lies in. Days
    and weeks have no day of the month: they count from the start.

    >>> anchor_of("day", date(2026, 3, 15), "month", 31)
    (datetime.date(2026, 2, 28), 31)
    """
    if kind == ANCHOR_CALENDAR:
        if unit in DAYS:
            back = start.weekday() if unit == "week" else 0
            return start - timedelta(days=back), 0
        return date(start.year, 1, 1), 0
    day = LAST_DAY if kind == ANCHOR_MONTH_END else day
    if kind == ANCHOR_START or unit in DAYS or not day:
        return start, 0
    anchor = start + relativedelta(day=day)
    if anchor > start:
        anchor += relativedelta(months=-1, day=day)
    return anchor, day


def days_between(start, end):
    """Return the number of days from ``start`` to ``end``, both included."""
    return (end - start).days + 1


def last_day_of_term(start, unit, count, day=0):
    """Return the last day of a term of ``count`` units that begins on ``start``.

    :param int day: day of the month on which the first term began; it counts where a
        shorter month let this one begin on its last day, so that terms do not drift

    >>> str(last_day_of_term(date(2026, 1, 31), "year", 1))
    '2027-01-30'
    >>> str(last_day_of_term(date(2026, 2, 28), "month", 1, 31))
    '2026-03-30'
    """
    if day <= start.day or (start + ONE_DAY).day != 1:
        day = 0
    return Recurrence(start, unit, count, day).occurrence(1) - ONE_DAY
