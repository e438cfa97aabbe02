# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the documents of a billed period must add up to, whatever became of them.

One law, for every order of events: a period costs what its days cost by what is
agreed, less what was given back by hand, and never less than nothing. "By hand" are
credit notes that people make, amounts that they change on a draft, and cancelled
invoices that the plan does not bill again; a change neither takes them back nor gives
the same money back a second time.

A month of 310.00, half of it credited by hand, cancelled after ten days: the days cost
100.00, less 155.00 given, so nothing is left of the bill, and 155.00 are credited.

>>> account = Account(310.0, (-210.0,), settled=-210.0, given=155.0)
>>> account.owed(0.01)
55.0
"""

from dataclasses import dataclass, replace

from .changes import overlay_all
from .proration import round_to, share


@dataclass(frozen=True)
class Account:
    """The money of one period, untaxed, in the currency of its contract.

    ``billed``: what the regular document bills. ``changes``: what each change made
    the days cost more (or less), in their order. ``settled``: the sum of the
    corrections that are billed or wait for their document. ``given``: what was given
    back by hand, of the regular document and of the corrections.
    """

    billed: float
    changes: tuple = ()
    settled: float = 0.0
    given: float = 0.0

    @property
    def agreed(self):
        """What the days cost by what is agreed (float)."""
        return self.billed + sum(self.changes)

    @property
    def peak(self):
        """The most that was ever agreed and billed for the days (float): more can't
        be given back of them."""
        totals, running = [self.billed], self.billed
        for change in self.changes:
            running += change
            totals.append(running)
        return max(totals)

    @property
    def below_nothing(self):
        """Whether the line gives (bool): by its bill, or by the first change that cost
        anything where the bill was of nothing."""
        return (
            next((amount for amount in (self.billed, *self.changes) if amount), 0) < 0
        )

    def wanted(self):
        """Return what regular document and corrections must add up to (float)."""
        if self.below_nothing:
            # A line of a negative price, as a discount: all signs the other way round.
            return -self.mirrored().wanted()
        return max(self.agreed, min(self.given, self.peak))

    def mirrored(self):
        """Return the account with every sign turned."""
        return Account(
            -self.billed,
            tuple(-change for change in self.changes),
            -self.settled,
            -self.given,
        )

    def owed(self, step):
        """Return what one more correction must bill (< 0: credit), rounded."""
        return round_to(self.wanted() - self.billed - self.settled, step) or 0.0

    def changed(self, amount):
        """Return the account after a change that costs ``amount`` and settles it."""
        return replace(
            self, changes=(*self.changes, amount), settled=self.settled + amount
        )


def cost(billed, step):
    """Return what the days in force of a billed row cost (float).

    :param billed: :class:`engine.changes.Billed`
    """
    total = 0.0
    for part in billed.segments:
        if part.amount is not None:
            before, until = billed.occurrence.span(part.start, part.end)
            full_days = billed.occurrence.full_days
            total += share(part.amount, before, until, full_days, step)
    return round_to(total, step)


def replay(billed, changes, step):
    """Return what each of ``changes`` makes the days cost more or less (tuple).

    :param billed: :class:`engine.changes.Billed` as it was billed
    :param changes: for each change the list of its (start, end, amount), amount None:
        the days are given back
    """
    found, before = [], cost(billed, step)
    for parts in changes:
        billed = replace(billed, segments=overlay_all(billed.segments, parts))
        after = cost(billed, step)
        found.append(round_to(after - before, step))
        before = after
    return tuple(found)


def spread(amount, weights, step):
    """Return ``amount`` divided in proportion to ``weights`` (list of float).

    The parts sum to the amount. Without weights the first part has all.
    """
    whole, parts, done, passed = sum(weights), [], 0.0, 0.0
    for number, weight in enumerate(weights):
        passed += weight
        if whole:
            running = round_to(amount * passed / whole, step)
        else:
            running = amount if number == 0 else done
        parts.append(round_to(running - done, step))
        done = running
    return parts


def covers(given, amount, step):
    """Return whether ``given`` is all of ``amount``, of the same sign (bool).

    >>> covers(10.0, 10.0, 0.01), covers(-10.0, 10.0, 0.01), covers(9.99, 10.0, 0.01)
    (True, False, False)
    """
    if not amount:
        return False
    sign = 1 if amount > 0 else -1
    return round_to(sign * (given - amount), step) >= 0
