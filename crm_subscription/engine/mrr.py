# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Monthly recurring revenue: one table of constants, and the names of its movements.

A week has 12/52 of a month and a day 12/365, so that an amount per week counts
52/12 times a month, and one per day 365/12 times.
"""

from fractions import Fraction

# How many months one unit lasts.
MONTHS_PER_UNIT = {
    "day": Fraction(12, 365),
    "week": Fraction(12, 52),
    "month": Fraction(1),
    "quarter": Fraction(3),
    "half_year": Fraction(6),
    "year": Fraction(12),
}
NEW, REACTIVATION, EXPANSION = "new", "reactivation", "expansion"
CONTRACTION, CHURN = "contraction", "churn"
PRICE, RENEWAL, OPENING = "price", "renewal", "opening"
CURRENCY = "currency"


def monthly(amount, unit, interval):
    """Return what ``amount`` per ``interval`` units is per month (float, unrounded).

    >>> monthly(120.0, "year", 1)
    10.0
    """
    months = MONTHS_PER_UNIT[unit] * interval
    if not months:
        raise ValueError("an interval of 0 has no month")
    return float(amount * months.denominator / months.numerator)


def classify(before, after, existed=False, handover=False, repriced=False):
    """Return the kind of the movement from ``before`` to ``after`` per month, or None.

    :param bool existed: the line had revenue in the past
    :param bool handover: the change is that of a line to its successor
    :param bool repriced: the price changed, not the quantity
    """
    if before == after:
        return None
    if not before:
        return REACTIVATION if existed else NEW
    if not after:
        return CHURN
    if handover:
        return RENEWAL
    if repriced:
        return PRICE
    return EXPANSION if after > before else CONTRACTION
