# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""When a renewal step is due, and what the next term costs."""

from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, floor

from .proration import round_to
from .recurrence import ONE_DAY, last_day_of_term

PERCENT, FIXED, INDEX, PRICELIST = "percent", "fixed", "index", "pricelist"
# An announcement of prices is tried for a week before it would come too late.
ANNOUNCEMENT_SLACK = 7
# How many digits more than the currency's a unit price may have.
MORE_DIGITS = 6


@dataclass(frozen=True)
class Step:
    """Something to do ``days`` days after the last day of the term (< 0: before).

    ``grace`` is how many days late it may still be done; None: however late.
    """

    key: str
    days: int
    action: str
    grace: int | None = None

    def day(self, term_end):
        """Return the date on which the step is due for a term (datetime.date)."""
        return term_end + timedelta(days=self.days)

    def is_missed(self, term_end, today):
        """Return whether it is too late to do the step on ``today`` (bool)."""
        if self.grace is None:
            return False
        return today > self.day(term_end) + timedelta(days=self.grace)


@dataclass(frozen=True)
class PlannedStep:
    """A step of one term with its date."""

    step: Step
    day: date


def plan_steps(steps, term_end, done=()):
    """Return the open steps of a term, by date (list of :class:`PlannedStep`).

    :param done: keys of the steps that this term has behind it
    """
    planned = [
        PlannedStep(step, step.day(term_end)) for step in steps if step.key not in done
    ]
    # Steps of one day keep the order in which they were given.
    return sorted(planned, key=lambda item: item.day)


def due_steps(steps, term_end, today, done=()):
    """Return the steps that are due on ``today``, missed ones of earlier days first."""
    return [
        item.step for item in plan_steps(steps, term_end, done) if item.day <= today
    ]


def announcement(notice_ahead, notice_days):
    """Return the step that announces new prices at least ``notice_ahead`` days before
    the first day of the next term, and before the contract renews by itself
    ``notice_days`` before the end of the term.

    >>> announcement(60, 30).days
    -66
    """
    latest = 1 - max(notice_ahead, notice_days + 2)
    return Step(
        "announcement", latest - ANNOUNCEMENT_SLACK, "announcement", ANNOUNCEMENT_SLACK
    )


def smallest_part(price, unit):
    """Return what ``price`` is a multiple of (float): the smallest amount of the
    currency, or a tenth, a hundredth ... of it where the price is finer.

    Prices of a call or a kilowatt-hour are. Cut to the cent, 0.0125 is a fifth less.

    >>> smallest_part(99.9, 0.01), smallest_part(0.0125, 0.01)
    (0.01, 0.0001)
    """
    digits = 0
    while digits < MORE_DIGITS and round_to(price, unit) != round(price, 10):
        digits, unit = digits + 1, round(unit / 10, 12)
    return unit


def uplift(price, percent, unit):
    """Return ``price`` raised by ``percent``, rounded to the smallest amount of the
    currency, ``unit``, or as fine as the price was.

    >>> uplift(100.0, 5.0, 0.01), uplift(0.0125, 5.0, 0.01)
    (105.0, 0.0131)
    """
    return round_to(price * (100.0 + percent) / 100.0, smallest_part(price, unit))


@dataclass(frozen=True)
class PriceRule:
    """How the unit price of the next term follows from that of this one.

    ``value`` is the change in percent, the fixed change of the unit price, the index
    now divided by the index then, or the price of the new price list. ``floor`` and
    ``cap`` bound the change in percent (None: no bound). ``step`` is what prices are
    rounded to, a multiple of ``unit``, the smallest amount of the currency; a price
    that was finer stays as fine.
    """

    method: str
    value: float
    unit: float
    step: float = 0.0
    floor: float | None = None
    cap: float | None = None

    def apply(self, price):
        """Return the unit price of the next term (float).

        >>> PriceRule(INDEX, 1.08, 0.01, cap=5.0).apply(200.0)
        210.0
        >>> PriceRule(FIXED, 1.3, 0.01, step=0.5).apply(10.0)
        11.5
        """
        low, high = self._bounds(price)
        wanted = min(max(self._raw(price), low), high)
        unit = self._unit_of(price)
        step = max(self.step, unit)
        rounded = round_to(wanted, step)
        if rounded > high:
            rounded = round_to(floor(high / step + 1e-9) * step, unit)
        elif rounded < low:
            rounded = round_to(ceil(low / step - 1e-9) * step, unit)
        if low <= rounded <= high and (rounded or not round_to(wanted, unit)):
            return rounded
        # No multiple of the step lies within the bounds, or only 0: the cent decides.
        return round_to(wanted, unit)

    def _unit_of(self, price):
        """Return the smallest part of the next price (float)."""
        unit = smallest_part(price, self.unit)
        if self.method in (FIXED, PRICELIST):
            unit = min(unit, smallest_part(self.value, self.unit))
        return unit

    def _raw(self, price):
        if self.method == PERCENT:
            return price * (100.0 + self.value) / 100.0
        if self.method == FIXED:
            return price + self.value
        if self.method == INDEX:
            return price * self.value
        return self.value

    def _bounds(self, price):
        """Return (lowest, highest) price that the bounds allow."""
        infinite = float("inf")
        ends = [
            default if percent is None else price * (100.0 + percent) / 100.0
            for percent, default in ((self.floor, -infinite), (self.cap, infinite))
        ]
        # A negative price, of a discount line, turns the bounds around.
        if price < 0:
            ends = [
                -infinite if self.cap is None else ends[1],
                infinite if self.floor is None else ends[0],
            ]
        return ends[0], ends[1]


def terms_until(first_end, unit, count, until, day=0):
    """Return the last days of the terms that end up to ``until`` (list of dates).

    :param int day: see :func:`~.recurrence.last_day_of_term`

    >>> [str(d) for d in terms_until(date(2027, 1, 31), "quarter", 1, date(2027, 8, 1))]
    ['2027-01-31', '2027-04-30', '2027-07-31']
    """
    ends, end = [], first_end
    while end <= until:
        ends.append(end)
        if not count:
            break
        end = last_day_of_term(end + ONE_DAY, unit, count, day)
    return ends
