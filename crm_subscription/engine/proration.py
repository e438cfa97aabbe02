# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Shares of an amount by actual days, rounded to the currency.

The parts of a whole always sum to the whole: each part is the difference of two
rounded running totals.

>>> prorate(50.0, 22, 31, 0.01)
35.48
>>> share(50.0, 9, 31, 31, 0.01)
35.48
>>> split(100.0, [10, 10, 10], 0.01)
[33.33, 33.34, 33.33]
"""

from decimal import ROUND_HALF_UP, Decimal


def round_to(amount, step):
    """Return ``amount`` rounded half away from zero to a multiple of ``step``.

    :param float amount: in the units of the currency
    :param float step: smallest unit of the currency, 0.01 or 1.0
    """
    return float(_round(_decimal(amount), _decimal(step)))


def prorate(amount, days, full_days, step):
    """Return the share of ``amount`` that ``days`` of ``full_days`` have, rounded.

    :raise ValueError: the days are negative or more than the full days
    """
    if not 0 <= days <= full_days or not full_days:
        raise ValueError(f"{days} days of {full_days} is no share")
    share = _decimal(amount) * days / full_days
    return float(_round(share, _decimal(step)))


def share(amount, before, until, full_days, step):
    """Return what the days ``before`` (excluded) to ``until`` of ``full_days`` cost.

    The difference of two rounded running totals: however a period is cut, its parts
    sum to its amount.

    :raise ValueError: the days are not in order, or more than the full days
    """
    if not 0 <= before <= until <= full_days or not full_days:
        raise ValueError(f"days {before} to {until} of {full_days} are no share")
    whole, unit = _decimal(amount), _decimal(step)
    totals = (_round(whole * days / full_days, unit) for days in (before, until))
    start, end = totals
    return float(end - start)


def split(amount, days, step):
    """Return the shares of ``amount`` over consecutive spans of ``days`` (list of int).

    Their sum is ``amount``, rounded; each is within one step of its exact share.
    """
    unit, whole, total = _decimal(step), _decimal(amount), sum(days)
    if not total:
        raise ValueError("there are no days to split over")
    shares, done, passed = [], Decimal(0), 0
    for span in days:
        passed += span
        running = _round(whole * passed / total, unit)
        shares.append(float(running - done))
        done = running
    return shares


def _decimal(value):
    """Return the Decimal that ``value`` shows, without binary noise.

    A product of two floats may lie a hair below the half cent that it means:
    1.3 x 1.15 is 1.4949999999999999. Ten digits are finer than any price.
    """
    if isinstance(value, float):
        return Decimal(repr(round(value, 10)))
    return Decimal(value)


def _round(amount, step):
    return (amount / step).quantize(Decimal(1), rounding=ROUND_HALF_UP) * step
