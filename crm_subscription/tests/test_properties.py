# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is billed, in any order of changes and runs, is what the days cost."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.crm_subscription.engine import changes, proration, recurrence
from odoo.addons.crm_subscription.engine.recurrence import Recurrence, anchor_of

STEP = 0.01
ONE_DAY = timedelta(days=1)
PRICES = st.integers(0, 100_000).map(lambda cents: cents / 100)
STARTS = st.dates(date(2023, 1, 1), date(2028, 12, 31))
KINDS = (
    recurrence.ANCHOR_START,
    recurrence.ANCHOR_DAY,
    recurrence.ANCHOR_MONTH_END,
    recurrence.ANCHOR_CALENDAR,
)


@st.composite
def cycles(draw):
    """Return (recurrence, first day) of any plan."""
    start = draw(STARTS)
    unit = draw(st.sampled_from(recurrence.UNITS))
    kind = draw(st.sampled_from(KINDS))
    anchor, day = anchor_of(kind, start, unit, draw(st.integers(1, 31)))
    return Recurrence(anchor, unit, draw(st.integers(1, 3)), day), start


@dataclass
class Ledger:
    """A subscription that is billed, changed and paused: engine only."""

    cycle: Recurrence
    start: date
    method: str
    timing: str
    prices: list  # (first day, price or None where it is paused), by day
    rows: list = field(default_factory=list)
    total: float = 0.0
    open_day: date | None = None

    def bill(self, today):
        """Bill what is due; return the number of periods."""
        count = 0
        while True:
            start = self.open_day or self.start
            price, last = self._price_on(start)
            if price is None and (last is None or last >= today):
                # On hold: nobody knows yet for how long.
                self.open_day = max(start, today)
                return count
            period = self.cycle.period(start, last, self.timing, self.method)
            if period.invoice_date > today:
                return count
            self.open_day = period.end + ONE_DAY
            if price is not None:
                self._write(period, price)
                count += 1

    def _price_on(self, day):
        """Return (price on ``day``, last day of that price or None)."""
        later = [first for first, _price in self.prices if first > day]
        held = [price for first, price in self.prices if first <= day]
        return held[-1], min(later) - ONE_DAY if later else None

    def _write(self, period, price):
        occurrence = self.cycle.occurrence_of(period.start, self.method)
        before, until = occurrence.span(period.start, period.end)
        self.total += proration.share(price, before, until, occurrence.full_days, STEP)
        segment = changes.Segment(period.start, period.end, price)
        self.rows.append(changes.Billed(len(self.rows), occurrence, (segment,)))

    def change(self, day, price):
        """Let ``price`` hold from ``day`` on; None: paused. Settle what is billed."""
        held = self._price_on(day)[0]
        lines = changes.settle(self.rows, day, price, STEP, given_back=held is None)
        for line in lines:
            self.total += line.amount
        self.rows = [
            changes.Billed(
                row.key,
                row.occurrence,
                changes.overlay(row.segments, day, date.max, price),
            )
            for row in self.rows
        ]
        self.prices = [item for item in self.prices if item[0] < day] + [(day, price)]
        return lines

    def expected(self):
        """Return what the billed days cost, day by day (independent of the rows)."""
        days, total = [], 0.0
        day = self.start
        while self.open_day and day < self.open_day:
            price = self._price_on(day)[0]
            days.append((self.cycle.bounds(day)[0], price, day))
            day += ONE_DAY
        # Of consecutive days only: Odoo's groupby would join what a pause divides.
        runs = groupby(days, key=lambda item: item[:2])  # pylint: disable=W8155
        for (first, price), items in runs:
            if price is None:
                continue
            run = [item[2] for item in items]
            total += self._cost(first, price, run)
        return total

    def _cost(self, first, price, run):
        """Return the cost of consecutive days, by totals of the whole occurrence."""
        occurrence = self.cycle.occurrence_of(first, self.method)
        upto = [
            proration.round_to(
                price * occurrence.counted(day) / occurrence.full_days, STEP
            )
            for day in (run[0] - ONE_DAY, run[-1])
        ]
        return upto[1] - upto[0]


@tagged("post_install", "-at_install")
class TestBilledDays(BaseCase):
    @settings(max_examples=150, deadline=None)
    @given(
        cycles(),
        st.sampled_from((recurrence.ACTUAL, recurrence.FIXED_30)),
        st.sampled_from((recurrence.PREPAID, recurrence.ARREARS)),
        PRICES,
        st.lists(
            st.tuples(st.integers(0, 45), st.one_of(st.none(), PRICES)), max_size=6
        ),
        st.integers(0, 300),
    )
    def test_sum_billed_is_what_the_days_cost(
        self, cycle, method, timing, price, events, rest
    ):
        cycle, start = cycle
        ledger = Ledger(cycle, start, method, timing, [(start, price)])
        today = start
        for wait, new_price in events:
            today += timedelta(days=wait)
            ledger.bill(today)
            ledger.change(today, new_price)
        today += timedelta(days=rest)
        ledger.bill(today)
        self.assertAlmostEqual(ledger.total, ledger.expected(), places=2)
        self.assertEqual(ledger.bill(today), 0)

    @settings(max_examples=100, deadline=None)
    @given(
        cycles(),
        st.sampled_from((recurrence.ACTUAL, recurrence.FIXED_30)),
        PRICES,
        st.one_of(st.none(), PRICES),
        st.integers(0, 200),
    )
    def test_change_and_undo_on_one_day_cost_nothing(
        self, cycle, method, price, other, wait
    ):
        cycle, start = cycle
        ledger = Ledger(cycle, start, method, recurrence.PREPAID, [(start, price)])
        today = start + timedelta(days=wait)
        ledger.bill(today)
        before = ledger.total
        ledger.change(today, other)
        ledger.change(today, price)
        self.assertAlmostEqual(ledger.total, before, places=6)

    @settings(max_examples=100, deadline=None)
    @given(cycles(), st.lists(st.integers(0, 40), max_size=12), st.integers(0, 400))
    def test_however_the_clock_jumps_the_same_is_billed(self, cycle, waits, horizon):
        cycle, start = cycle
        last = start + timedelta(days=horizon)
        totals = []
        for days in (waits, []):
            ledger = Ledger(
                cycle, start, recurrence.ACTUAL, recurrence.PREPAID, [(start, 33.33)]
            )
            today = start
            for wait in days:
                today = min(today + timedelta(days=wait), last)
                ledger.bill(today)
            ledger.bill(last)
            totals.append((round(ledger.total, 2), len(ledger.rows)))
        self.assertEqual(*totals)

    @settings(max_examples=100, deadline=None)
    @given(cycles(), st.lists(st.integers(1, 120), min_size=1, max_size=8))
    def test_without_proration_each_occurrence_is_paid_once(self, cycle, lengths):
        """However a line is divided, an occurrence costs its price once."""
        cycle, start = cycle
        paid, opened = {}, False
        for length in lengths:
            end = start + timedelta(days=length - 1)
            for period in cycle.periods(
                start, end, method=recurrence.NONE, opened=opened
            ):
                first = cycle.bounds(period.start)[0]
                paid[first] = paid.get(first, 0.0) + proration.share(
                    50.0,
                    period.before,
                    period.before + period.days,
                    period.full_days,
                    STEP,
                )
            start, opened = end + ONE_DAY, True
        self.assertEqual(set(paid.values()), {50.0})
