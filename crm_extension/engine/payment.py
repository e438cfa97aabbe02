# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How a customer pays: days weighted by amount, and whether it gets worse."""

from dataclasses import astuple, dataclass

#: A customer pays later who needs at least so many days more than in the period
#: before: less is what month ends and holidays do.
LATER_DAYS = 7


@dataclass(frozen=True)
class PaymentDays:
    """Sums over allocated payments; amounts in any one currency.

    ``to_pay_days``, ``late_days``
        sums of amount x days from the invoice, and from the due date, to payment.
    ``weight``
        sum of the amounts.
    """

    to_pay_days: float = 0.0
    late_days: float = 0.0
    weight: float = 0.0

    def __add__(self, other):
        """Return the sums over the payments of both."""
        return PaymentDays(*map(sum, zip(astuple(self), astuple(other), strict=True)))

    def __mul__(self, rate):
        """Return the sums with their amounts converted at a rate (float)."""
        return PaymentDays(*(value * rate for value in astuple(self)))

    @property
    def to_pay(self):
        """Average days from invoice to payment (float), False without payment."""
        return round(self.to_pay_days / self.weight, 1) if self.weight else False

    @property
    def late(self):
        """Average days after the due date (float, negative: early), False without."""
        return round(self.late_days / self.weight, 1) if self.weight else False


def pays_later(now, before):
    """Return whether a customer pays later than in the period before (bool).

    :param now: average days of the period (float), False without payment
    :param before: those of the period before
    """
    if now is False or before is False:
        return False
    return now - before >= LATER_DAYS
