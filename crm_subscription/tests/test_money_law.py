# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the documents of a subscription add up to is what its days cost, less what was
credited by hand and never less than nothing: in whatever order contracts are changed
and invoices billed, cancelled, deleted, taken back and credited.

The histories are real: contracts, invoices and credit notes. What they must add up to
is reckoned day by day from the prices of the history, without the ledger.
"""

import os
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import groupby

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import SubscriptionCommon

SLOW = os.environ.get("CRM_SUITE_SLOW") == "1"
ONE_DAY = timedelta(days=1)
START = date(2026, 1, 31)
PRICES = st.integers(1, 40_000).map(lambda cents: cents / 100)
NUMBERS = st.integers(0, 30)
CHANGES = st.one_of(
    st.tuples(st.just("price"), PRICES, st.booleans()),
    st.tuples(
        st.just("quantity"), st.sampled_from((0.0, 1.0, 2.0, 3.0)), st.booleans()
    ),
    st.tuples(st.just("undo"), st.booleans()),
    st.tuples(st.just("pause"), st.integers(0, 50)),
    st.tuples(st.just("resume")),
    st.tuples(st.just("end")),
)
# What a contract may be: billed in advance or in arrears, of one line or two, taxes
# inside of its prices, in the company's currency or in one whose rate moves.
TERMS = st.fixed_dictionaries(
    {
        "mode": st.sampled_from(("draft", "posted")),
        "timing": st.sampled_from(("prepaid", "prepaid", "arrears")),
        "second": st.one_of(st.none(), PRICES),
        "tax": st.sampled_from((0, 0, 10, 21)),
        "currency": st.sampled_from((None, "EUR", "JPY")),
    }
)
OTHER_LINE = st.tuples(st.just("on_second"), CHANGES)
TIME = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, 40)),
    st.tuples(st.just("run")),
)
INVOICES = st.one_of(
    st.tuples(st.just("cancel"), NUMBERS),
    st.tuples(st.just("reset"), NUMBERS),
    st.tuples(st.just("delete"), NUMBERS),
    st.tuples(st.just("anew"), NUMBERS),
)
CREDITS = st.one_of(
    st.tuples(st.just("credit"), NUMBERS, st.sampled_from((10, 33, 50, 90, 100))),
    st.tuples(st.just("uncredit"), NUMBERS),
)
# What the product refuses, in words: such an event is no part of the history.
REFUSED = (
    "holds already|is paused|not paused|billed already|settled by another|pause ends"
    "|ends before|no running customer line|is not before|begins on"
    "|begins later"
)


def few_examples(test):
    """Run a property on the same small set of histories each time, many when asked."""
    chosen = settings(
        max_examples=200 if SLOW else 8,
        deadline=None,
        # Each try books documents: shrinking a failure takes minutes.
        phases=tuple(Phase) if SLOW else (Phase.explicit, Phase.generate),
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    return seed(4)(chosen(test))


def cents(value, scale=100):
    """Return ``value`` rounded half away from zero to whole cents (int).

    :param int scale: how many of the smallest units one of the currency has
    """
    value = Fraction(value).limit_denominator(10**9) * scale
    return int(abs(value) + Fraction(1, 2)) * (1 if value >= 0 else -1)


class Agreed:
    """The prices that hold on each day by the history: (first day, price or None)."""

    def __init__(self, price, scale=100):
        self.scale = scale
        self.changes = [(START, None, price, None)]

    def peak(self, first, last, changes):
        """Return the most that the days were agreed to cost since they were billed."""
        return max(
            self.cost(first, last, changes[: number + 1])
            for number in range(len(changes))
            if number + 1 == len(changes) or changes[number + 1][0] >= first
        )

    def add(self, day, until, price, document=None):
        self.changes.append((day, until, price, document))

    def price_on(self, day, changes):
        found = None
        for first, until, price, _document in changes:
            if first <= day and (not until or day <= until):
                found = price
        return found

    def cost(self, first, last, changes=None):
        """Return what the days cost in cents, by totals of each whole occurrence."""
        changes = self.changes if changes is None else changes
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        total = 0
        runs = groupby(  # pylint: disable=W8155
            days, key=lambda day: (month_of(day), self.price_on(day, changes))
        )
        for ((start, end), price), run in runs:
            run = list(run)
            if price is None:
                continue
            full = (end - start).days + 1
            before, until = (run[0] - start).days, (run[-1] - start).days + 1
            for days, sign in ((until, 1), (before, -1)):
                share = Fraction(str(price)) * days / full
                total += sign * cents(share, self.scale)
        return total


@dataclass
class Chain:
    """A line of the contract and its successors, as the history has them."""

    root: object
    agreed: Agreed
    unit: float
    quantity: float = 1.0
    before: tuple | None = None


def month_of(day):
    """Return (first, last day) of the occurrence of ``day``: each 31st, or the last
    day of a shorter month."""
    last = (day.replace(day=28) + timedelta(days=4)).replace(day=1) - ONE_DAY
    first = last if day == last else day.replace(day=1) - ONE_DAY
    following = (first + ONE_DAY).replace(day=28) + timedelta(days=4)
    return first, following.replace(day=1) - 2 * ONE_DAY


@tagged("post_install", "-at_install")
class TestMoneyLaw(SubscriptionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan.write({"term_count": 0, "renewal_policy": "end"})
        cls.second = cls._make_product("Hotline", 1.0, cls.plan)
        for name, rates in (("EUR", (0.9, 0.8, 1.1)), ("JPY", (150, 90, 160.5))):
            currency = cls.env.ref(f"base.{name}")
            currency.active = True
            for month, rate in enumerate(rates, 1):
                cls.env["res.currency.rate"].create(
                    {
                        "currency_id": currency.id,
                        "company_id": cls.env.company.id,
                        "name": date(2026, month, 10 if month > 1 else 1),
                        "rate": rate,
                    }
                )

    @contextmanager
    def _rolled_back(self):
        with self.env.cr.savepoint() as savepoint:
            yield
            savepoint.rollback()
        self.env.invalidate_all()

    def _begin(self, price, mode, second=None, timing="prepaid", tax=0, currency=None):
        self.plan.write({"invoice_mode": mode, "timing": timing})
        self.timing, self.tax = timing, tax
        self.scale = 1 if currency == "JPY" else 100
        products = self.product | (self.second if second else self.second[:0])
        products.taxes_id = self._get_tax(tax)
        for product, amount in zip(products, (price, second), strict=False):
            product.list_price = amount
        self.today = START
        with freeze_time(START):
            order = self._sell(*products, start=str(START))
        self.contract = order._get_contracts()
        if currency:
            self.contract.manual_currency_id = self.env.ref(f"base.{currency}")
        self.line = self.contract.contract_line_ids[0]
        self.chains = [
            Chain(line, Agreed(self._net(line.price_unit), self.scale), line.price_unit)
            for line in self.contract.contract_line_ids
        ]
        self.chain = self.chains[0]
        self._run()

    def _get_tax(self, percent):
        """Return a tax of ``percent`` inside of the price, none for 0."""
        taxes = self.env["account.tax"]
        if not percent:
            return taxes
        vals = {"name": f"{percent} % inside", "amount": percent}
        return taxes.create(dict(vals, price_include_override="tax_included"))

    def _net(self, gross):
        """Return what of a price is no tax (float), each rounded to the currency."""
        gross = Fraction(cents(Fraction(str(gross)), self.scale), self.scale)
        return cents(gross * 100 / (100 + self.tax), self.scale) / self.scale

    def _sum(self, moves):
        """Return the untaxed sum of ``moves`` in the contract's currency (float)."""
        self.assertLessEqual(moves.currency_id, self.contract.currency_id)
        return sum(
            move.amount_untaxed * (-1 if move.move_type == "out_refund" else 1)
            for move in moves
        )

    def _play(self, events, run_after_each=False):
        for name, *values in events:
            with freeze_time(self.today):
                try:
                    with self.env.cr.savepoint():
                        getattr(self, f"_do_{name}")(*values)
                except UserError as error:
                    self.assertRegex(str(error), REFUSED)
                    self.env.invalidate_all()
            if run_after_each:
                self._run()

    # === EVENTS === #
    def _run(self):
        with freeze_time(self.today):
            told = self.contract.preview_schedule(str(self.today))
            preview = [row for row in told if row["kind"] == "regular"]
            before = self.contract.period_ids
            waiting = before.filtered("follow_up")
            answer = self.contract.run_billing()
            self.assertEqual(answer["parked"], [])
            self._assert_told(told, answer["invoice_ids"])
            made = (self.contract.period_ids - before).filtered(
                lambda row: row.kind == "regular" and not row.origin_id
            )
            if not waiting:
                self.assertEqual(
                    sorted((row["period_start"], row["amount"]) for row in preview),
                    sorted((str(row.period_start), row.amount) for row in made),
                )
            again = self.contract.run_billing()
            self.assertEqual((again["billed"], again["invoice_ids"]), (0, []))

    def _assert_told(self, rows, move_ids):
        """The previewed documents are those made, corrections on them included."""
        bills = {}
        for row in rows:
            bills[row["bill"]] = bills.get(row["bill"], 0.0) + row["amount"]
        told = [amount for _number, amount in sorted(bills.items())]
        moves = self.env["account.move"].browse(move_ids).sorted("id")
        made = [self._sum(move) for move in moves]
        self.assertEqual(
            [round(amount, 2) for amount in told if round(amount, 2)],
            [round(amount, 2) for amount in made if round(amount, 2)],
        )

    def _do_run(self):
        self._run()

    def _do_wait(self, days):
        for _day in range(days):
            self.today += ONE_DAY
            if month_of(self.today)[0] == self.today:
                self._run()
        self._run()

    def _change(self, carry=False, **change):
        """Do a change of today; return its document. The preview is what is made."""
        current = self._get_line(change)
        change = {
            "line_id": current.id,
            "settle": "carry" if carry else "invoice",
            **change,
        }
        preview = self.contract.preview_change(change)
        answer = self.contract.apply_change(change, preview["total"])
        self.assertEqual(answer["lines"], preview["lines"])
        self.assertEqual(answer["next_invoice_date"], preview["next_invoice_date"])
        moves = self.env["account.move"].browse(answer["invoice_ids"])
        if not carry:
            self.assertAlmostEqual(self._sum(moves), preview["total"], 2)
        return moves.id

    def _get_line(self, change):
        lines = self.contract.contract_line_ids.sorted("id").filtered(
            lambda line: line.line_root_id == self.chain.root
        )
        if change["type"] == "resume":
            paused = lines.filtered("pause_start")
            return paused[-1:] or lines[-1]
        running = lines.filtered(
            lambda line: not line.is_canceled
            and not line.cancelled_from
            and line.date_start <= self.today
            and (not line.date_end or line.date_end >= self.today)
        )
        return running[-1:] or lines[-1]

    def _reprice(self, new, carry, **change):
        document = self._change(carry, **change)
        chain = self.chain
        chain.before = chain.unit, chain.quantity, change["type"]
        chain.unit, chain.quantity = new
        chain.agreed.add(self.today, None, self._get_price(), document)

    def _get_price(self):
        """Return the untaxed price of a full period by the history (float)."""
        unit, quantity = str(self.chain.unit), str(self.chain.quantity)
        return self._net(Fraction(unit) * Fraction(quantity))

    def _do_on_second(self, change):
        """Change the other line, where there is one."""
        name, *values = change
        self.chain = self.chains[-1]
        try:
            getattr(self, f"_do_{name}")(*values)
        finally:
            self.chain = self.chains[0]

    def _do_price(self, price, carry):
        new = price, self.chain.quantity
        self._reprice(new, carry, type="price", price_unit=price)

    def _do_quantity(self, quantity, carry):
        new = self.chain.unit, quantity
        self._reprice(new, carry, type="quantity", quantity=quantity)

    def _do_undo(self, carry):
        if not self.chain.before:
            return
        unit, quantity, kind = self.chain.before
        change = {"price": {"price_unit": unit}, "quantity": {"quantity": quantity}}
        self._reprice((unit, quantity), carry, type=kind, **change[kind])

    def _do_pause(self, days):
        until = days and self.today + timedelta(days=days - 1)
        change = {"until": str(until)} if until else {}
        document = self._change(type="pause", **change)
        self.chain.agreed.add(self.today, until or None, None, document)

    def _do_resume(self):
        document = self._change(type="resume")
        self.chain.agreed.add(self.today, None, self._get_price(), document)

    def _do_end(self):
        document = self._change(type="cancel")
        self.chain.agreed.add(self.today, None, None, document)

    # === DOCUMENTS === #
    def _get_moves(self):
        lines = self.env["account.move.line"].search(
            [("contract_line_id", "in", self.contract.contract_line_ids.ids)]
        )
        return lines.move_id.sorted("id")

    def _pick(self, number, wanted):
        moves = self._get_moves().filtered(wanted)
        return moves[number % len(moves)] if moves else moves

    def _do_cancel(self, number):
        move = self._pick(
            number,
            lambda move: move.state != "cancel"
            and not move.reversed_entry_id
            and not move.reversal_move_ids,
        )
        if move.state == "posted":
            move.button_draft()
        move.button_cancel()

    def _do_reset(self, number):
        move = self._pick(number, lambda move: move.state == "cancel")
        move.button_draft()
        if self.plan.invoice_mode == "posted":
            move.action_post()

    def _do_delete(self, number):
        self._pick(number, lambda move: not move.posted_before).unlink()

    def _do_anew(self, number):
        """Reverse an invoice and create it anew."""
        move = self._pick(
            number,
            lambda move: move.state == "posted"
            and move.move_type == "out_invoice"
            and not move.reversed_entry_id
            and not move.reversal_move_ids,
        )
        if move:
            wizard = self.env["account.move.reversal"].with_context(
                active_model="account.move", active_ids=move.ids
            )
            wizard = wizard.create(
                {"date": self.today, "journal_id": move.journal_id.id}
            )
            wizard.modify_moves()

    # === CREDITED BY HAND === #
    def _get_occurrences(self, move):
        """Return the first days of the occurrences that ``move`` bills."""
        rows = self.contract.period_ids.filtered(lambda row: row.move_id == move)
        return {month_of(row.period_start)[0] for row in rows}

    def _get_refunds(self, move):
        return move.reversal_move_ids.filtered(lambda refund: refund.state == "posted")

    def _is_credited(self, move):
        refunds = self._get_refunds(move)
        total = sum(refunds.mapped("amount_total"))
        return bool(refunds) and round(total - move.amount_total, 2) >= 0

    def _do_credit(self, number, percent):
        move = self._pick(
            number,
            lambda move: move.state == "posted"
            and not move.reversed_entry_id
            and len(self._get_occurrences(move)) == 1
            and not self._is_credited(move),
        )
        if not move:
            return
        refund = move._reverse_moves([{"date": self.today, "invoice_date": self.today}])
        if percent < 100:
            for line in refund.invoice_line_ids:
                line.price_unit = round(line.price_unit * percent / 100, 2)
        refund.action_post()

    def _do_uncredit(self, number):
        refund = self._pick(
            number, lambda move: move.state == "posted" and move.reversed_entry_id
        )
        refund.button_draft()
        refund.button_cancel()

    def _expect(self):
        """Return what the documents must add up to, in cents: for each occurrence the
        cost of its days less what was credited by hand, never less than nothing; a
        change whose document was credited in full holds no more."""
        moves = self._get_moves().filtered(lambda move: not move.reversed_entry_id)
        agreed = self.chain.agreed
        settled = {change[3] for change in agreed.changes} - {None, False}
        undone = {
            move.id for move in moves if move.id in settled and self._is_credited(move)
        }
        held = [change for change in agreed.changes if change[3] not in undone]
        total, first = 0, START
        while first <= self.today:
            last = month_of(first)[1]
            given = sum(
                -cents(refund.amount_untaxed_signed)
                for move in moves
                if move.id not in undone and first in self._get_occurrences(move)
                for refund in self._get_refunds(move)
            )
            peak = agreed.peak(first, last, held)
            total += max(agreed.cost(first, last, held), min(given, peak)) - given
            first = last + ONE_DAY
        return total

    # === WHAT IT MUST ADD UP TO === #
    def _get_total(self):
        """Return what the documents add up to, with what waits for one, in cents."""
        moves = self._get_moves().filtered(lambda move: move.state != "cancel")
        waiting = self.contract.period_ids.filtered(
            lambda row: row.kind == "correction" and row.state == "parked"
        )
        return cents(self._sum(moves) + sum(waiting.mapped("amount")), self.scale)

    def _end_of_month(self):
        """Bill what begins until the end of the occurrence, after a pause; return its
        last day."""
        last = month_of(self.today)[1]
        self.today = last if self.timing == "prepaid" else last + ONE_DAY
        self._run()
        return last

    @few_examples
    @given(
        price=PRICES,
        terms=TERMS,
        events=st.lists(st.one_of(CHANGES, OTHER_LINE, TIME, INVOICES), max_size=9),
    )
    def test_documents_add_up_to_what_the_days_cost(self, price, terms, events):
        with self._rolled_back():
            self._begin(price, **terms)
            self._play(events)
            last = self._end_of_month()
            costs = sum(chain.agreed.cost(START, last) for chain in self.chains)
            # A part of a price with taxes inside is rounded with them, then without.
            cuts = len(events) + 1 if terms["tax"] else 0
            self.assertLessEqual(abs(self._get_total() - costs), cuts)

    @few_examples
    @given(
        price=PRICES,
        events=st.lists(st.one_of(CHANGES, TIME, CREDITS, CREDITS), max_size=9),
    )
    def test_what_is_credited_by_hand_is_given_once(self, price, events):
        with self._rolled_back():
            self._begin(price, "posted")
            self._play(events, run_after_each=True)
            self._end_of_month()
            self.assertEqual(self._get_total(), self._expect())

    # === BY NAME === #
    def _bill(self, price):
        """Return the posted invoice of 28 February to 30 March."""
        self._begin(price, "posted")
        self._do_wait(28)
        self.assertEqual(str(self.today), "2026-02-28")
        return self._get_moves()[-1]

    def _end_on(self, day):
        self.today = date.fromisoformat(day)
        with freeze_time(self.today):
            self._do_end()
        self._run()

    def _sum_of_month(self):
        """Return what the documents since 28 February add up to."""
        moves = self._get_moves()[1:].filtered(lambda move: move.state != "cancel")
        return round(sum(moves.mapped("amount_untaxed_signed")), 2)

    def test_original_cancelled_after_a_change_was_settled(self):
        """310 a month, cancelled after ten days, then the original cancelled: it is
        billed again as it was, its credit stays, and the ten days cost 100."""
        original = self._bill(310.0)
        self._end_on("2026-03-10")
        self.assertEqual(self._sum_of_month(), 100.0)
        original.button_draft()
        original.button_cancel()
        row = self.contract.period_ids.filtered(lambda row: row.move_id == original)
        self.assertEqual((row.state, row.follow_up), ("cancelled", "rebill"))
        self._run()
        self.assertEqual(self._sum_of_month(), 100.0)
        self.assertEqual(row.follow_up, "rebilled")
        with self.assertRaisesRegex(UserError, "billed already"):
            original.button_draft()
        self.assertEqual(str(self.line.last_date_invoiced), "2026-03-09")

    def test_original_left_cancelled_after_a_change_was_settled(self):
        """Where the plan bills nothing again, the credit of it is taken back."""
        self.plan.rebill = "leave"
        original = self._bill(310.0)
        self._end_on("2026-03-10")
        original.button_draft()
        original.button_cancel()
        self._run()
        self.assertEqual(self._sum_of_month(), 0.0)

    def test_cancelled_after_a_partial_credit_note(self):
        original = self._bill(310.0)
        refund = original._reverse_moves([{"invoice_date": self.today}])
        refund.invoice_line_ids.price_unit = 155.0
        refund.action_post()
        self._end_on("2026-03-10")
        self.assertEqual(self._sum_of_month(), 0.0)
        # The credit note was wrong: the ten days cost what they cost.
        refund.button_draft()
        refund.button_cancel()
        self._run()
        self.assertEqual(self._sum_of_month(), 100.0)

    def test_partial_credit_note_stays_given(self):
        original = self._bill(310.0)
        refund = original._reverse_moves([{"invoice_date": self.today}])
        refund.invoice_line_ids.price_unit = 31.0
        refund.action_post()
        self._end_on("2026-03-10")
        self.assertEqual(self._sum_of_month(), 69.0)

    def test_credited_after_the_change_gives_nothing_twice(self):
        original = self._bill(310.0)
        self._end_on("2026-03-10")
        original._reverse_moves([{"invoice_date": self.today}]).action_post()
        waiting = self.contract.period_ids.filtered("is_balance")
        self.assertEqual((waiting.state, waiting.amount), ("parked", 210.0))
        self._run()
        self.assertEqual((waiting.state, self._sum_of_month()), ("billed", 0.0))

    def test_draft_that_was_changed_by_hand(self):
        original = self._bill(310.0)
        original.button_draft()
        original.invoice_line_ids.price_unit = 250.0
        original.action_post()
        self._end_on("2026-03-10")
        self.assertEqual(self._sum_of_month(), 40.0)

    def test_settlement_that_is_cancelled_is_settled_again_once(self):
        self._bill(310.0)
        self._end_on("2026-03-10")
        credit = self._get_moves()[-1]
        credit.button_draft()
        credit.button_cancel()
        due = self.env["contract.contract"]._get_due_domain(self.today)
        self.assertIn(self.contract, self.env["contract.contract"].search(due))
        self._run()
        self.assertEqual(self._sum_of_month(), 100.0)
        with self.assertRaisesRegex(UserError, "settled by another"):
            credit.button_draft()
