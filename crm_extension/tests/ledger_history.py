# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Histories that Hypothesis makes up, booked with Odoo's own documents."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from hypothesis import strategies as st

from odoo import Command

KINDS = (
    "invoice",
    "credit_note",
    "receipt",
    "settled",
    "reversal",
    "instalments",
    "credited",
    "early_discount",
    "foreign",
    "down_payment",
    "rounding",
    "allocation",
    "tax",
    "shifted",
    "entry",
    "unallocated",
    "bank",
    "order",
    "unposted",
)
TREES = ("move_contact", "adopt", "merge", "merge_contact")


@dataclass(frozen=True)
class Step:
    """One thing that happens; what the numbers choose depends on the kind."""

    kind: str
    company: int
    partner: int
    cents: int
    days: int
    choice: int
    part: int

    @property
    def amount(self):
        """Amount in the document's currency (float, two decimals)."""
        return self.cents / 100


#: Days ago: an item of today would change with a rate of today.
steps = st.builds(
    Step,
    kind=st.sampled_from(KINDS),
    company=st.sampled_from((0, 0, 1)),
    partner=st.integers(0, 3),
    cents=st.integers(1, 500_000),
    days=st.integers(1, 800),
    choice=st.integers(0, 5),
    part=st.integers(1, 100),
)
histories = st.lists(steps, min_size=4, max_size=10)
trees = st.lists(st.sampled_from(TREES), max_size=2, unique=True)


@dataclass
class Books:
    """The accounts and journals of one company that a history is booked with."""

    company: object
    data: dict
    accounts: dict
    terms: list
    roundings: list
    taxes: list
    foreign: object


@dataclass
class History:
    """Books a list of steps; remembers where each entry came from."""

    env: object
    books: list
    partners: list
    today: object
    service: object
    manual: set = field(default_factory=set)

    def book(self, history):
        """Book all steps, oldest documents not necessarily first."""
        for step in history:
            self._book_step(step)

    def _book_step(self, step):
        books = self.books[step.company]
        partner = self.partners[step.partner]
        getattr(self, f"_book_{step.kind}")(step, books, partner)

    def _day(self, days_ago):
        return self.today - timedelta(days=days_ago)

    # === DOCUMENTS === #

    def _document(self, step, books, partner, post=True, **values):
        """Return a customer document of one line, or of the given lines."""
        day = self._day(step.days)
        lines = values.pop("lines", None) or [{"price_unit": step.amount}]
        move = (
            self.env["account.move"]
            .with_company(books.company)
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": partner.id,
                    "journal_id": books.data["default_journal_sale"].id,
                    "invoice_date": day,
                    "date": day,
                    "invoice_payment_term_id": False,
                    "invoice_date_due": day + timedelta(days=step.part),
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "name": "Line",
                                "quantity": 1,
                                "account_id": books.accounts["income"].id,
                                "tax_ids": [Command.clear()],
                                **line,
                            }
                        )
                        for line in lines
                    ],
                    **values,
                }
            )
        )
        if post:
            move.action_post()
        return move

    def _pay(self, step, books, move, part=100, **values):
        """Register a payment of a part (percent) of what is open, some days later."""
        if not move.amount_residual:
            return
        # The wizard opens with what is due on its day, the discount applied.
        later = max(step.days - step.choice * 7, 1)
        wizard = (
            self.env["account.payment.register"]
            .with_company(books.company)
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"payment_date": self._day(later), **values})
        )
        if part < 100:
            wizard.amount = wizard.currency_id.round(wizard.amount * part / 100)
        if wizard.amount:
            wizard._create_payments()

    def _book_invoice(self, step, books, partner):
        self._document(step, books, partner)

    def _book_credit_note(self, step, books, partner):
        self._document(step, books, partner, move_type="out_refund")

    def _book_receipt(self, step, books, partner):
        self._document(step, books, partner, move_type="out_receipt")

    def _book_settled(self, step, books, partner):
        move = self._document(step, books, partner)
        self._pay(step, books, move, step.part)

    def _book_reversal(self, step, books, partner):
        move = self._document(step, books, partner)
        move._reverse_moves(
            [{"invoice_date": move.invoice_date, "date": move.date}], cancel=True
        )

    def _book_instalments(self, step, books, partner):
        move = self._document(
            step, books, partner, invoice_payment_term_id=books.terms[0].id
        )
        if step.choice % 2:
            self._pay(step, books, move, step.part)

    def _book_credited(self, step, books, partner):
        """Instalments of which a credit note settles a part; the rest is paid twice."""
        values = {"invoice_payment_term_id": books.terms[0].id}
        move = self._document(step, books, partner, **values)
        note = self._document(
            step,
            books,
            partner,
            move_type="out_refund",
            lines=[{"price_unit": round(step.amount * step.part / 200, 2)}],
        )
        receivable = books.accounts["receivable"]
        items = (move + note).line_ids
        items = items.filtered(lambda item: item.account_id == receivable)
        items.filtered(lambda item: not item.reconciled).reconcile()
        self._pay(step, books, move, 40)
        self._pay(replace(step, choice=step.choice + 9), books, move)

    def _book_early_discount(self, step, books, partner):
        term = books.terms[1 + step.choice % 3]
        line = {"price_unit": step.amount}
        if step.part > 50:
            line["tax_ids"] = [Command.set(books.taxes[0].ids)]
        move = self._document(
            step, books, partner, invoice_payment_term_id=term.id, lines=[line]
        )
        self._pay(step, books, move)

    def _book_foreign(self, step, books, partner):
        move = self._document(step, books, partner, currency_id=books.foreign.id)
        own = {"currency_id": books.company.currency_id.id}
        self._pay(step, books, move, step.part, **(own if step.choice % 2 else {}))
        if step.choice > 2:
            self._pay(step, books, move)

    def _book_down_payment(self, step, books, partner):
        """A down payment, on income or on a liability, and the invoice that ends it."""
        account = books.accounts["liability" if step.choice % 2 else "income"]
        down = round(step.amount * step.part / 100, 2)
        line = {"price_unit": down, "account_id": account.id}
        self._document(step, books, partner, lines=[line])
        if step.choice > 2:
            lines = [
                {"price_unit": step.amount},
                {"price_unit": -down, "account_id": account.id},
            ]
            self._document(step, books, partner, lines=lines)

    def _book_rounding(self, step, books, partner):
        rounding = books.roundings[step.choice % 2]
        line = {
            "price_unit": step.amount,
            "tax_ids": [Command.set(books.taxes[0].ids)],
        }
        self._document(
            step, books, partner, lines=[line], invoice_cash_rounding_id=rounding.id
        )

    def _book_allocation(self, step, books, partner):
        """A discount that the company books on an account of its own."""
        line = {"price_unit": step.amount, "discount": step.part}
        self._document(step, books, partner, lines=[line])

    def _book_tax(self, step, books, partner):
        """Among the taxes is one that is booked on the line's own account."""
        tax = books.taxes[step.choice % len(books.taxes)]
        line = {"price_unit": step.amount, "tax_ids": [Command.set(tax.ids)]}
        self._document(step, books, partner, lines=[line])

    def _book_shifted(self, step, books, partner):
        """An invoice of one day that is booked on another."""
        later = self._day(max(step.days - step.part * 4, 1))
        kind = "out_refund" if step.choice == 0 else "out_invoice"
        self._document(step, books, partner, move_type=kind, date=later)

    def _book_unposted(self, step, books, partner):
        posted = step.choice % 2
        move = self._document(step, books, partner, post=posted)
        if posted:
            move.button_draft()
        if step.choice > 2:
            move.button_cancel()

    # === ENTRIES === #

    def _book_entry(self, step, books, partner):
        """A manual entry, sometimes without a partner, sometimes on a contact."""
        names = ("income", "income", "receivable", "non_trade", "liability", "expense")
        account = books.accounts[names[step.choice]]
        owner = partner if step.part <= 80 else None
        balance = step.amount if step.part % 2 else -step.amount
        bank = books.data["default_journal_bank"].default_account_id
        self._entry(step, books, account, bank, owner, balance)

    def _book_unallocated(self, step, books, partner):
        """A receipt that nobody has matched with an invoice yet."""
        bank = books.data["default_journal_bank"].default_account_id
        receivable = books.accounts["receivable"]
        self._entry(step, books, receivable, bank, partner, -step.amount)

    def _entry(self, step, books, account, contra, partner, balance):
        move = (
            self.env["account.move"]
            .with_company(books.company)
            .create(
                {
                    "move_type": "entry",
                    "journal_id": books.data["default_journal_misc"].id,
                    "date": self._day(step.days),
                    "line_ids": [
                        Command.create(
                            {
                                "name": "Entry",
                                "account_id": one.id,
                                "partner_id": partner.id if partner else False,
                                "balance": amount,
                            }
                        )
                        for one, amount in ((account, balance), (contra, -balance))
                    ],
                }
            )
        )
        move.action_post()
        self.manual.add(move.id)

    def _book_bank(self, step, books, partner):
        """An invoice paid by a line of the bank statement, too little or too much."""
        move = self._document(step, books, partner)
        line = (
            self.env["account.bank.statement.line"]
            .with_company(books.company)
            .create(
                {
                    "journal_id": books.data["default_journal_bank"].id,
                    "date": self._day(max(step.days - step.part, 1)),
                    "payment_ref": "Transfer",
                    "partner_id": partner.id,
                    "amount": round(step.amount * (50 + step.part) / 100, 2) or 0.01,
                    "counterpart_account_id": books.accounts["receivable"].id,
                }
            )
        )
        items = (move + line.move_id).line_ids
        items.filtered(
            lambda item: item.account_id == books.accounts["receivable"]
        ).reconcile()

    def _book_order(self, step, books, partner):
        order = (
            self.env["sale.order"]
            .with_company(books.company)
            .create(
                {
                    "partner_id": partner.id,
                    "company_id": books.company.id,
                    "order_line": [
                        Command.create(
                            {
                                "product_id": self.service.id,
                                "price_unit": step.amount,
                                "tax_ids": [Command.clear()],
                            }
                        )
                    ],
                }
            )
        )
        order.action_confirm()
        order.date_order = self._day(step.days)

    # === CONTACTS === #

    def reshape(self, tree):
        """Move or merge contacts: customer 0 has contact 1; 2 and 3 stand alone."""
        customer, contact, other, person = self.partners
        if tree == "move_contact" and contact.exists():
            contact.parent_id = other
        elif tree == "adopt" and person.exists():
            person.parent_id = customer
        elif tree == "merge":
            self._merge(other, customer)
        elif tree == "merge_contact" and person.exists():
            self._merge(person, other if other.exists() else customer)

    def _merge(self, source, target):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((source + target).ids, target, extra_checks=False)
