# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Periods of the customer view: plain dates, both ends included.

Days are days of one time zone; :func:`day_start` and :func:`local_day` lead to and from
the naive UTC moments that Odoo stores.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

#: No record is older, and time zones and a year more can be reckoned with before it.
EARLIEST = date(3, 1, 1)
#: Years that are told apart.
MOST_YEARS = 100


@dataclass(frozen=True)
class Period:
    """A range of days, both ends included."""

    start: date
    end: date

    def __post_init__(self):
        if self.start > self.end:
            raise ValueError(f"the period ends ({self.end}) before {self.start}")

    @property
    def days(self):
        """Number of days in the period (int, at least 1)."""
        return (self.end - self.start).days + 1

    @property
    def months(self):
        """Number of whole months the period lasts (int), 0 when it does not."""
        after = self.end + timedelta(days=1)
        months = (after.year - self.start.year) * 12 + after.month - self.start.month
        whole = months > 0 and self.start + relativedelta(months=months) == after
        return months if whole else 0

    def previous(self):
        """Return the period before this one, as long as this one.

        Whole months go back by as many months, other periods by as many days, so
        that the two periods touch and never overlap. Before ``EARLIEST`` there is
        nothing: it begins there at the earliest.
        """
        end = self.start - timedelta(days=1)
        if not self.months:
            days = min(self.days - 1, (end - EARLIEST).days)
            return Period(end - timedelta(days=days), end)
        if self.months > 12 * (self.start.year - EARLIEST.year):
            return Period(EARLIEST, end)
        start = self.start - relativedelta(months=self.months)
        return Period(min(start, end), end)


def last_months(until, months=12):
    """Return the period of ``months`` months that ends on the day ``until``."""
    after = until + timedelta(days=1)
    return Period(after - relativedelta(months=months), until)


def parts(period, most=24):
    """Return the months of a period (list of Period), its years when over ``most``.

    Together they are the period: the first and the last may be parts of a month. Of
    more than ``MOST_YEARS`` years the first are one part.
    """
    months = (period.end.year - period.start.year) * 12
    months += period.end.month - period.start.month + 1
    step = relativedelta(months=1) if months <= most else relativedelta(years=1)
    first = period.start.replace(day=1)
    if months > most:
        year = max(period.start.year, period.end.year - MOST_YEARS + 1)
        first = date(year, 1, 1)
    start, found = first, []
    while start <= period.end:
        end = start + step - timedelta(days=1)
        begin = start if found else period.start
        found.append(Period(begin, min(end, period.end)))
        start += step
    return found


def year_before(period):
    """Return the same days of the year before (Period): ranges that touch still do."""
    after = period.end + timedelta(days=1)
    start = period.start - relativedelta(years=1)
    end = after - relativedelta(years=1) - timedelta(days=1)
    return Period(min(start, end), end)


def day_start(day, zone):
    """Return the moment (naive UTC datetime) at which ``day`` begins in a time zone.

    :param zone: IANA name such as ``"Europe/Berlin"`` (str)
    """
    midnight = datetime.combine(day, time.min, ZoneInfo(zone))
    return midnight.astimezone(timezone.utc).replace(tzinfo=None)


def local_day(moment, zone):
    """Return the day (date) that a naive UTC moment falls on in a time zone."""
    return moment.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(zone)).date()


def change_percent(current, previous):
    """Return the change against ``previous`` in percent (float), None without base.

    The base is the absolute value: a growth from -100 to 50 is +150 %.
    """
    if not previous:
        return None
    return round((current - previous) / abs(previous) * 100, 1)
