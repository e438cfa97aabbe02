# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""When a renewal step is due, and what the next term costs."""

from dataclasses import dataclass
from datetime import date, timedelta

from .proration import round_to


@dataclass(frozen=True)
class Step:
    """Something to do ``days`` days after the last day of the term (< 0: before)."""

    key: str
    days: int
    action: str

    def day(self, term_end):
        """Return the date on which the step is due for a term (datetime.date)."""
        return term_end + timedelta(days=self.days)


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


def uplift(price, percent, step):
    """Return ``price`` raised by ``percent``, rounded to a multiple of ``step``.

    >>> uplift(100.0, 5.0, 0.01)
    105.0
    """
    return round_to(price * (100.0 + percent) / 100.0, step)
