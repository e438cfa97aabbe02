# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Where a customer stands: one stage, by rules that can be printed.

The rules are tried in this order; the first that holds gives the stage:

1. ``prospect``: has never bought;
2. ``lapsed``: the last purchase lies more than ``lapsed_days`` back;
3. ``new``: the first purchase lies at most ``new_days`` back;
4. ``declining``: bought in the last 12 months at least ``decline_percent`` less than
   in the 12 months before;
5. ``active``: everyone else.

The last rule has no condition and each rule is tried only where those before it
failed: every history has exactly one stage. A purchase is a posted customer invoice
or receipt; amounts are net invoiced, without tax, in one currency.
"""

from dataclasses import dataclass
from datetime import date

PROSPECT = "prospect"
NEW = "new"
ACTIVE = "active"
DECLINING = "declining"
LAPSED = "lapsed"
STAGES = (PROSPECT, NEW, ACTIVE, DECLINING, LAPSED)


@dataclass(frozen=True)
class Purchases:
    """What is known of a customer's purchases.

    ``first``, ``last``
        days of the first and of the last purchase, both None without any.
    ``recent``, ``before``
        net invoiced in the last 12 months, and in the 12 months before those.
    """

    first: date | None = None
    last: date | None = None
    recent: float = 0.0
    before: float = 0.0

    def __post_init__(self):
        if (self.first is None) != (self.last is None):
            raise ValueError(f"first {self.first} and last {self.last} go together")
        if self.first and self.first > self.last:
            raise ValueError(f"first {self.first} is after last {self.last}")


@dataclass(frozen=True)
class Limits:
    """The figures in the rules: days and percent, chosen by each company."""

    new_days: int = 180
    lapsed_days: int = 365
    decline_percent: int = 20

    def __post_init__(self):
        if self.new_days < 0 or self.lapsed_days < 1:
            raise ValueError(f"{self}: days below their minimum")
        if not 1 <= self.decline_percent <= 100:
            raise ValueError(f"{self}: percent outside of 1 to 100")


USUAL = Limits()


def stage_of(purchases, today, limits=USUAL):
    """Return the stage (str of :data:`STAGES`) of :class:`Purchases` on a day."""
    if purchases.last is None:
        return PROSPECT
    if (today - purchases.last).days > limits.lapsed_days:
        return LAPSED
    if (today - purchases.first).days <= limits.new_days:
        return NEW
    if is_declining(purchases.recent, purchases.before, limits.decline_percent):
        return DECLINING
    return ACTIVE


def is_declining(recent, before, percent):
    """Return whether ``recent`` is at least ``percent`` below ``before``.

    Without a positive amount before there is nothing to decline from.
    """
    return before > 0 and (before - recent) * 100 >= before * percent
