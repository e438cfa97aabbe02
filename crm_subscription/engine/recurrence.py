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


@dataclass(frozen=True)
class Period:
    """One period to bill. Both dates are included.

    ``full_days`` are the days of the whole occurrence that the period lies in, so
    that ``days / full_days`` is its share; they are equal for a full period.
    """

    start: date
    end: date
    invoice_date: date
    full_days: int

    @property
    def days(self):
        """Number of days of the period, both ends included (int)."""
        return days_between(self.start, self.end)

    @property
    def is_partial(self):
        """Whether the period is only a part of its occurrence (bool)."""
        return self.days != self.full_days


@dataclass(frozen=True)
class Recurrence:
    """Every ``interval`` units, counted from ``anchor``.

    :raise ValueError: the unit is not known or the interval is out of range
    """

    anchor: date
    unit: str
    interval: int = 1

    def __post_init__(self):
        if self.unit not in UNITS:
            raise ValueError(f"unit {self.unit!r} is not one of {UNITS}")
        if not 1 <= self.interval <= MAX_INTERVAL:
            raise ValueError(f"interval {self.interval!r} is not 1 to {MAX_INTERVAL}")

    def occurrence(self, number):
        """Return the first day of occurrence ``number`` (0 is the anchor; < 0 before).

        :rtype: datetime.date
        """
        steps = number * self.interval
        if self.unit in DAYS:
            return self.anchor + timedelta(days=steps * DAYS[self.unit])
        return self.anchor + relativedelta(months=steps * MONTHS[self.unit])

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

    def period(self, start, last_day=None, timing=PREPAID):
        """Return the period to bill from ``start`` on, or None if nothing is left.

        :param date start: first day that is not billed
        :param date last_day: last day of the contract; None: open end
        :param str timing: ``prepaid`` bills on the first day of the period,
            ``arrears`` on the day after its last day
        :rtype: Period
        """
        if last_day is not None and start > last_day:
            return None
        first, last = self.bounds(start)
        end = last if last_day is None else min(last, last_day)
        invoice_date = start if timing == PREPAID else end + ONE_DAY
        return Period(start, end, invoice_date, days_between(first, last))

    def periods(self, start, last_day=None, timing=PREPAID):
        """Yield the periods from ``start`` on; they tile time, without gap or overlap.

        Endless if ``last_day`` is None.
        """
        period = self.period(start, last_day, timing)
        while period is not None:
            yield period
            period = self.period(period.end + ONE_DAY, last_day, timing)


def days_between(start, end):
    """Return the number of days from ``start`` to ``end``, both included."""
    return (end - start).days + 1


def last_day_of_term(start, unit, count):
    """Return the last day of a term of ``count`` units that begins on ``start``.

    >>> str(last_day_of_term(date(2026, 1, 31), "year", 1))
    '2027-01-30'
    """
    return Recurrence(start, unit, count).occurrence(1) - ONE_DAY
