# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dataclasses import dataclass, field

from odoo import models

REGULAR, AGAIN, CORRECTION = "regular", "again", "correction"


@dataclass
class NextLine:
    """A line of a bill to come: a period of a contract line, one that is billed again,
    or a correction that waits.

    ``price`` is what its invoice line multiplies (dict), ``amount`` and ``taxed`` the
    line by itself without and with taxes; ``untaxed`` and ``total`` are what the
    document makes of it, with its part of what the document rounds.
    """

    line: object
    start: object
    end: object
    price: dict
    kind: str = REGULAR
    taxes: object = None
    label: str = ""
    amount: float = 0.0
    taxed: float = 0.0
    untaxed: float = 0.0
    total: float = 0.0


@dataclass
class NextBill:
    """A document to come, dated ``day``; the run of the day ``made`` makes it.

    ``amount`` is the untaxed amount that decides whether corrections are carried; None:
    the sum of its lines. ``sign`` -1 says that it is a credit note.
    """

    day: object
    currency: object
    made: object = None
    kind: str = REGULAR
    sign: int = 1
    amount: float | None = None
    lines: list = field(default_factory=list)

    @property
    def untaxed(self):
        """Untaxed amount of the document (float)."""
        return sum(item.untaxed for item in self.lines)


class ContractContract(models.Model):
    """The documents to come, as the run will make them: what preview, form and portal
    tell of them. They are reckoned by core's own functions, and none is made."""

    _inherit = "contract.contract"  # pylint: disable=consider-merging-classes-inherited

    def _get_next_bills(self, until=None, limit=1):
        """Return {contract: its next documents (list of :class:`NextBill`, not reckoned
        yet)}, in the order in which the run makes them.

        :param date until: only documents dated up to it; None: no limit in time
        :param int limit: periods of each line
        """
        # Read at once: one contract after the other would ask for its own.
        self.contract_line_ids.product_id.mapped("taxes_id")
        periods = self.env["contract.period"]
        waiting = self._get_waiting_corrections().grouped("contract_id")
        again = periods._get_rows_to_rebill(self).grouped("contract_id")
        return {
            contract: contract._get_own_next_bills(
                again.get(contract._origin, periods),
                waiting.get(contract._origin, periods),
                until,
                limit,
            )
            for contract in self
        }

    def _get_own_next_bills(self, again, waiting, until, limit):
        """Return the next documents of one contract (list).

        :param again: ledger rows that are billed again
        :param waiting: corrections that wait for the next bill that can bear them
        """
        self.ensure_one()
        bills = [self._get_bill_again(row) for row in again]
        bills += self._get_bills_due(until, limit)
        rest = self._carry(bills, waiting)
        bills += self._get_settlements(rest, bills)
        # Each run bills again, bills what is due, and settles what is left.
        kinds = (AGAIN, REGULAR, CORRECTION)
        bills.sort(key=lambda bill: (bill.made, kinds.index(bill.kind)))
        return [bill for bill in bills if not until or bill.day <= until]

    def _carry(self, bills, waiting):
        """Put corrections that wait on the first of ``bills`` that can bear them;
        return the others."""
        for bill in self._reckon_bills(bills) if waiting else ():
            amount = bill.amount
            if amount is None:
                amount = bill.currency.round(sum(item.amount for item in bill.lines))
            taxed = sum(item.taxed for item in bill.lines)
            carried = self._get_carried(
                bill.currency, amount, waiting, lambda taxed=taxed: taxed
            )
            bill.lines += [row._get_next_line() for row in carried]
            waiting -= carried
        return waiting

    def _get_bills_due(self, until, limit):
        """Return the bills of what falls due: on one day, it is one document (list)."""
        bills, today = {}, self._get_today()
        for line in self._get_service_lines():
            for period in line._preview_periods(until, limit):
                day = period.invoice_date
                if day not in bills:
                    dated, made = self._get_bill_date(day), max(day, today)
                    bills[day] = NextBill(dated, self.currency_id, made)
                bills[day].lines.append(line._get_next_line(period))
        return [bills[day] for day in sorted(bills)]

    def _get_bill_again(self, row):
        """Return the bill of a period that is billed again."""
        today, period = self._get_today(), row._get_period()
        line = row.line_id.with_context(billed_period=period)
        bill = NextBill(
            self._get_bill_date(row._get_day_again(today)),
            self.currency_id,
            today,
            AGAIN,
        )
        item = line._get_next_line(period)
        if row._is_held():
            bill.amount, bill.currency = row.amount, row.currency_id
            again = row._prepare_line_again()
            item.price |= {name: again[name] for name in item.price}
        item.kind = AGAIN
        bill.lines.append(item)
        return bill

    def _get_settlements(self, waiting, bills):
        """Return the documents of corrections that no bill will carry (list).

        :param bills: those that are made before
        """
        found, today = [], self._get_today()
        if not self.active or self.generation_type != "invoice":
            return found
        for currency, rows in waiting.grouped("currency_id").items():
            made = today
            if currency == self.currency_id:
                if self._bills_after(bills):
                    continue
                made = max((bill.made for bill in bills), default=today)
            if currency.round(sum(rows.mapped("amount"))):
                found.append(rows._get_settlement(made))
        return found

    def _bills_after(self, bills):
        """Return whether the contract bills more than ``bills`` (bool)."""
        ends = {
            item.line: item.end
            for bill in bills
            for item in bill.lines
            if item.kind == REGULAR
        }
        return any(
            not ends.get(line) or period.start > ends[line]
            for line in self._get_service_lines()
            for period in line._iter_periods()
        )

    # === AMOUNTS === #
    def _reckon_bills(self, bills, untaxed_only=False):
        """Reckon what core's documents make of ``bills``; return them.

        :param bool untaxed_only: taxes that can't be inside of a price are left out
        """
        taxes = self._get_taxes_of(
            [item for bill in bills for item in bill.lines], untaxed_only
        )
        for bill in bills:
            details = self._reckon_document(
                [
                    (
                        dict(
                            item.price, price_unit=bill.sign * item.price["price_unit"]
                        ),
                        taxes.get(item.line) if item.taxes is None else item.taxes,
                        item.line.product_id,
                    )
                    for item in bill.lines
                ],
                bill.currency,
            )
            for item, found in zip(bill.lines, details, strict=True):
                untaxed = (
                    found["total_excluded_currency"]
                    + found["delta_total_excluded_currency"]
                )
                tax = sum(row["tax_amount_currency"] for row in found["taxes_data"])
                item.amount = bill.sign * found["total_excluded_currency"]
                item.taxed = bill.sign * found["total_included_currency"]
                item.untaxed = bill.currency.round(bill.sign * untaxed)
                item.total = bill.currency.round(bill.sign * (untaxed + tax))
        return bills

    def _reckon_untaxed(self, lines):
        """Return the untaxed amount of the document of ``lines`` (list of
        :class:`NextLine`)."""
        bill = NextBill(None, self.currency_id, lines=lines)
        self._reckon_bills([bill], untaxed_only=True)
        return bill.untaxed

    def _get_taxes_of(self, items, untaxed_only=False):
        """Return {contract line: taxes of its invoice line} of a list of
        :class:`NextLine`; whose fiscal position it is is asked once.

        :param bool untaxed_only: where none can be inside of a price: no taxes
        """
        self.ensure_one()
        position, found = None, {}
        lines = self.env["contract.line"].union(*(item.line for item in items))
        if untaxed_only and not any(
            item.line._has_taxes_inside()
            if item.taxes is None
            else item.taxes._are_inside()
            for item in items
        ):
            return dict.fromkeys(lines, self.env["account.tax"])
        for line in lines:
            found[line], mapped = line._get_own_taxes()
            if mapped and found[line]:
                if position is None:
                    position = line._get_fiscal_position()
                found[line] = position.map_tax(found[line])
        return found


class ContractLine(models.Model):
    _inherit = "contract.line"  # pylint: disable=consider-merging-classes-inherited

    def _get_next_line(self, period, price=None):
        """Return the :class:`NextLine` of a period that is not billed yet.

        :param float price: of one unit, in a term to come; None: its own
        """
        self.ensure_one()
        if price is None:
            own = self._prepare_price_of(period)
        else:
            own = self._prepare_price_at(price, period)
        return NextLine(self, period.start, period.end, self._prepare_price() | own)

    def _get_line_of_term(self, price):
        """Return the :class:`NextLine` of a full period of a term at ``price``."""
        return NextLine(self, None, None, self._prepare_price() | {"price_unit": price})

    def _prepare_price(self):
        """Return what an invoice line of a full period multiplies (dict)."""
        self.ensure_one()
        return {
            "price_unit": self.price_unit,
            "quantity": self.quantity,
            "discount": self.discount,
        }

    def _prepare_price_at(self, price, period):
        """Return where the invoice line of ``period``, of a term at another ``price``
        of one unit, is priced in another way (dict)."""
        self.ensure_one()
        if not period.is_partial:
            return {"price_unit": price}
        whole = self.contract_id._get_amount_at(self, price)
        return {
            "quantity": 1.0,
            "discount": 0.0,
            "price_unit": self._get_share(whole, period),
        }


class ContractPeriod(models.Model):
    _inherit = "contract.period"  # pylint: disable=consider-merging-classes-inherited

    def _get_settlement(self, day):
        """Return the :class:`NextBill` that settles the corrections on a document of
        their own."""
        currency = self.currency_id
        sign = 1 if currency.round(sum(self.mapped("amount"))) > 0 else -1
        lines = [row._get_next_line() for row in self]
        return NextBill(day, currency, day, CORRECTION, sign, lines=lines)

    def _get_next_line(self):
        """Return the :class:`NextLine` of a correction that waits."""
        self.ensure_one()
        return NextLine(
            self.line_id,
            self.period_start,
            self.period_end,
            {"price_unit": self._get_price(), "quantity": 1.0},
            CORRECTION,
            self._get_taxes(),
            self._get_correction_label(),
        )
