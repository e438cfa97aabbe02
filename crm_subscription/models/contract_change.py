# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dataclasses import dataclass
from datetime import date, timedelta

from odoo import Command, api, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.crm_suite_base.tools.options import Option, check_ids, check_options
from odoo.addons.crm_suite_base.tools.plain import plain

from ..engine import changes
from ..engine.proration import round_to
from ..engine.recurrence import Occurrence

SUPPORTED_TYPES = ("quantity", "price", "cancel")
SUPPORTED_EFFECTIVE = ("now", "date")
SUPPORTED_SETTLE = ("invoice", "carry")
CHANGE_GROUPS = ("crm_subscription.group_subscription_manager",)
CHANGE_SPEC = {
    "type": Option("str", choices=SUPPORTED_TYPES, required=True),
    "line_id": Option("int", minimum=1),
    "date": Option("date"),
    "effective": Option("str", choices=SUPPORTED_EFFECTIVE),
    "settle": Option("str", choices=SUPPORTED_SETTLE),
    "quantity": Option("float", minimum=0),
    "price_unit": Option("float"),
}
VALUE_KEYS = {"quantity": "quantity", "price": "price_unit"}


@dataclass
class Change:
    """A checked change: what holds for ``lines`` from ``day`` on."""

    kind: str
    lines: object
    day: date
    settle: str
    value: float | None = None


class ContractContract(models.Model):
    """Changes that cost money: previewed, then applied, by the same code."""

    _inherit = "contract.contract"  # pylint: disable=consider-merging-classes-inherited

    # === PUBLIC === #
    @api.readonly
    def preview_change(self, change):
        """Tell what a change would credit and charge; nothing is written.

        :param dict change: ``type`` (``quantity``, ``price`` or ``cancel``),
            ``line_id`` (may be left out for ``cancel``: all lines), ``effective``
            (``now``, the default, or ``date``), ``date`` (``YYYY-MM-DD``, the first
            day on which the change holds; in the company's time zone), ``settle``
            (``invoice``, the default: an invoice or credit note now; ``carry``: with
            the next invoice), and the new ``quantity`` or ``price_unit``
        :return: ``{"lines": [{"line_id", "kind", "period_start", "period_end",
            "days", "days_in_period", "amount"}], "total", "currency",
            "next_invoice_date"}``; untaxed, in the contract's currency, credits < 0
        :raise UserError: more than one contract, or a key or value that is not
            supported, named
        :raise AccessError: the user may not read the contract
        """
        check_ids(self).check_access("read")
        checked = self._check_change(change)
        return plain(self._describe_change(checked, self._get_corrections(checked)))

    def apply_change(self, change, expected_total):
        """Do a change; give it the total that the preview told.

        :param dict change: see :meth:`preview_change`
        :param float expected_total: the previewed ``total``; the change is refused if
            it costs something else by now
        :return: what the preview returns, and ``invoice_ids``, ``period_ids``
        :raise AccessError: the user is no subscription manager
        :raise UserError: see :meth:`preview_change`; the total has changed; another
            run holds the contract
        """
        if not any(self.env.user.has_group(group) for group in CHANGE_GROUPS):
            raise AccessError(
                self.env._("Only subscription managers change what a contract costs.")
            )
        check_ids(self).check_access("write")
        # Invoices and ledger are the machine's work; the right to change the contract
        # and the manager's group are checked just above.
        return plain(self.sudo()._apply_change(change, expected_total))

    def _apply_change(self, change, expected_total):
        """Do :meth:`apply_change`; the caller has checked the rights."""
        if not self._lock_for_billing():
            raise UserError(self._describe_busy()["reason"])
        checked = self._check_change(change)
        corrections = self._get_corrections(checked)
        answer = self._describe_change(checked, corrections)
        self._check_expected(answer["total"], expected_total)
        rows = self._write_corrections(checked, corrections)
        self._change_lines(checked)
        moves = self._settle_corrections(rows, checked)
        self._tell_change(checked, answer)
        answer["next_invoice_date"] = self.next_bill_date
        return dict(answer, invoice_ids=moves.ids, period_ids=rows.ids)

    # === CHECKS === #
    def _check_change(self, change):
        """Return the checked :class:`Change`, or refuse it by key and value."""
        if len(self) != 1:
            raise UserError(
                self.env._("ids: a change is for one contract, not %s.", len(self))
            )
        values = check_options(self.env, change, CHANGE_SPEC, argument="change")
        kind = values["type"]
        value_key = VALUE_KEYS.get(kind)
        if value_key and value_key not in values:
            raise UserError(self.env._("change: %s is missing.", value_key))
        lines = self._check_change_lines(kind, values.get("line_id"))
        checked = Change(
            kind,
            lines,
            self._check_change_day(values),
            values.get("settle", "invoice"),
            values.get(value_key),
        )
        for line in lines:
            self._check_change_line(line, checked)
        self._check_can_carry(checked)
        return checked

    def _check_can_carry(self, checked):
        """Refuse to carry a settlement to a next invoice that will never come."""
        if checked.kind != "cancel" or checked.settle != "carry":
            return
        rest = (self._get_service_lines() - checked.lines).filtered(
            "recurring_next_date"
        )
        if not rest:
            raise UserError(
                self.env._(
                    "change['settle']: 'carry' needs a next invoice, but nothing of"
                    " %(contract)s is billed after the cancellation; use 'invoice'.",
                    contract=self.display_name,
                )
            )

    def _check_change_lines(self, kind, line_id):
        today = self._get_today()
        lines = self._get_service_lines().filtered(
            lambda line: not line.date_end or line.date_end >= today
        )
        if line_id:
            lines = lines.filtered(lambda line: line.id == line_id)
            if kind == "cancel":
                # What is cancelled does not go on in a term that is renewed already.
                lines |= lines._get_later_lines()
        elif kind != "cancel":
            raise UserError(self.env._("change: line_id is missing."))
        if not lines or not self._is_ledgered():
            raise UserError(
                self.env._(
                    "change['line_id']: %(line)s is no running customer line of"
                    " %(contract)s.",
                    line=line_id or "-",
                    contract=self.display_name,
                )
            )
        return lines

    def _check_change_day(self, values):
        today = self._get_today()
        effective = values.get("effective", "now")
        day = values.get("date")
        if effective == "date" and not day:
            raise UserError(self.env._("change: date is missing."))
        if effective == "now" and day and day != today:
            raise UserError(
                self.env._(
                    "change['date']: %(value)s contradicts effective now.", value=day
                )
            )
        return day or today

    def _check_change_line(self, line, checked):
        """Refuse days on which the change can't hold for ``line``."""
        next_day = line._get_first_open_day(line.last_date_invoiced)
        if line.date_end and checked.day > line.date_end:
            self._refuse_day(checked, self.env._("the line ends before"))
        if checked.day < line.date_start and checked.kind != "cancel":
            self._refuse_day(checked, self.env._("the line begins later"))
        later = line._get_later_lines()
        if checked.kind == "quantity" and later.sudo().period_ids:
            self._refuse_day(
                checked, self.env._("the next term of the line is billed already")
            )
        in_middle = checked.day > next_day and (
            not line.anchor_date or line.successor_contract_line_id
        )
        if in_middle and checked.kind != "cancel":
            self._refuse_day(
                checked,
                self.env._(
                    "it lies inside of a period that is not billed yet, and the line"
                    " can't be divided"
                ),
            )

    def _refuse_day(self, checked, why):
        raise UserError(
            self.env._(
                "change['date']: %(value)s is not possible: %(why)s.",
                value=checked.day,
                why=why,
            )
        )

    def _check_expected(self, total, expected):
        if isinstance(expected, bool) or not isinstance(expected, int | float):
            raise UserError(
                self.env._(
                    "expected_total: %(value)s is not a number.", value=repr(expected)
                )
            )
        if self.currency_id.compare_amounts(total, expected):
            raise UserError(
                self.env._(
                    "expected_total: the change costs %(total)s by now, not"
                    " %(expected)s. Look at the preview again.",
                    total=self.currency_id.format(total),
                    expected=self.currency_id.format(expected),
                )
            )

    # === MONEY === #
    def _get_corrections(self, checked):
        """Return [(line, :class:`engine.changes.Correction`)] of a change."""
        found = []
        for line in checked.lines:
            new_amount = self._get_changed_amount(line, checked)
            billed = [self._get_in_force(row, checked) for row in self._get_rows(line)]
            found += [
                (line, correction)
                for correction in changes.settle(
                    billed, checked.day, new_amount, self.currency_id.rounding
                )
            ]
        return found

    def _get_rows(self, line):
        return line.sudo().period_ids.filtered(
            lambda row: row.kind == "regular" and row.state == "billed"
        )

    def _get_in_force(self, row, checked):
        """Return the :class:`engine.changes.Billed` that holds at the end of ``row``:
        the row itself, or the last charge that corrected it."""
        charges = row.line_id.period_ids.filtered(
            lambda item: item.origin_id == row
            and item.correction_type == "charge"
            and item.state not in ("cancelled", "credited")
        )
        last = charges.sorted("id")[-1:] or row
        if last.period_start > max(checked.day, row.period_start) and last != row:
            self._refuse_day(
                checked,
                self.env._("a change from %s holds already", last.period_start),
            )
        segments = (changes.Segment(row.period_start, row.period_end, row.full_amount),)
        if last != row:
            segments = changes.overlay(
                segments, last.period_start, last.period_end, last.full_amount
            )
        return changes.Billed(row.id, row._get_occurrence(), segments)

    def _get_changed_amount(self, line, checked):
        """Return the untaxed amount of a full period after the change, or None."""
        if checked.kind == "cancel":
            return None
        quantity, price = line.quantity, line.price_unit
        if checked.kind == "quantity":
            quantity = checked.value
        else:
            price = checked.value
        return line._get_untaxed(
            round_to(
                quantity * price * (1 - line.discount / 100), self.currency_id.rounding
            )
        )

    def _describe_change(self, checked, corrections):
        total = sum(correction.amount for _line, correction in corrections)
        return {
            "lines": [
                {
                    "line_id": line.id,
                    "kind": item.kind,
                    "period_start": item.start,
                    "period_end": item.end,
                    "days": item.days,
                    "days_in_period": item.full_days,
                    "amount": item.amount,
                }
                for line, item in corrections
            ],
            "total": self.currency_id.round(total),
            "currency": self.currency_id.name,
            "next_invoice_date": self._get_next_date_after(checked),
        }

    def _get_next_date_after(self, checked):
        """Return when the contract bills next once the change is done, or False."""
        days = []
        for line in self._get_service_lines():
            period = line._get_next_period()
            if not period:
                continue
            cancelled = checked.kind == "cancel" and line in checked.lines
            if not cancelled or period.start < checked.day:
                days.append(period.invoice_date)
        return min(days, default=False)

    # === WRITING === #
    def _write_corrections(self, checked, corrections):
        """Write the ledger rows of a change, waiting for their invoice line."""
        return self.env["contract.period"].create(
            [
                {
                    "contract_id": self.id,
                    "line_id": line.id,
                    "line_root_id": line.line_root_id.id,
                    "origin_id": item.key,
                    "period_start": item.start,
                    "period_end": item.end,
                    "full_days": item.full_days,
                    "kind": "correction",
                    "correction_type": item.kind,
                    "state": "parked",
                    "amount": item.amount,
                    "full_amount": item.full_amount,
                    "quantity": line.quantity,
                    "currency_id": self.currency_id.id,
                    "company_id": self.company_id.id,
                }
                for line, item in corrections
            ]
        )

    def _change_lines(self, checked):
        if checked.kind == "cancel":
            self._cancel_lines(checked)
            return
        for line in checked.lines:
            vals = {VALUE_KEYS[checked.kind]: checked.value}
            if checked.day > line._get_first_open_day(line.last_date_invoiced):
                line._split(checked.day, vals)
            else:
                line.write(vals)
            if checked.kind == "quantity":
                # A term that is renewed already goes on with the new quantity; its
                # price was agreed for it.
                line._get_later_lines().write(vals)

    def _cancel_lines(self, checked):
        """End the lines; withdraw the renewal quotation when nothing is left of it."""
        term_end = self._get_term_end()
        for line in checked.lines:
            line._end_before(checked.day)
        order = self._get_open_quotation(term_end)
        if order.state in ("draft", "sent") and not self._get_lines_of_term(term_end):
            order._action_cancel()

    def _settle_corrections(self, rows, checked):
        """Make the invoice or credit note of the rows now, if it is wanted now."""
        moves = self.env["account.move"]
        total = self.currency_id.round(sum(rows.mapped("amount")))
        if checked.settle == "carry" or not rows or not total:
            if rows and not total:
                rows.state = "billed"
            return moves
        sign = 1 if total > 0 else -1
        vals = self._prepare_invoice(self._get_today())
        vals["move_type"] = "out_invoice" if sign > 0 else "out_refund"
        vals["invoice_line_ids"] = [
            Command.create(row._prepare_correction_line(sign)) for row in rows
        ]
        moves = moves.create(vals)
        rows._set_invoice(moves)
        self._add_contract_origin(moves)
        moves._post_by_plan()
        return moves

    def _prepare_carried(self, vals):
        """Add the corrections that wait for the next invoice to its values.

        Credits that would make the invoice negative wait on.

        :return: the rows that are on the invoice
        """
        rows = self.env["contract.period"].search(
            [
                ("contract_id", "=", self.id),
                ("kind", "=", "correction"),
                ("state", "=", "parked"),
            ]
        )
        if not rows:
            return rows
        total = sum(rows.mapped("amount")) + sum(
            line["price_unit"] * line["quantity"] * (1 - line.get("discount", 0) / 100)
            for _command, _id, line in vals["invoice_line_ids"]
        )
        if total < 0:
            return rows.browse()
        vals["invoice_line_ids"] += [
            Command.create(row._prepare_correction_line(1)) for row in rows
        ]
        return rows

    def _tell_change(self, checked, answer):
        """Say in the chatter, in plain words, what was changed.

        Without amounts: who follows the contract need not read its invoices.
        """
        texts = {
            "quantity": self.env._("Quantity changed to %s", f"{checked.value or 0:g}"),
            "price": self.env._("Price changed"),
            "cancel": self.env._("Cancelled"),
        }
        self.message_post(
            body=self.env._(
                "%(what)s from %(day)s on: %(lines)s. %(count)s corrections were made.",
                what=texts[checked.kind],
                day=checked.day,
                lines=", ".join(line.name.split("\n")[0] for line in checked.lines),
                count=len(answer["lines"]),
            )
        )


class ContractLine(models.Model):
    _inherit = "contract.line"  # pylint: disable=consider-merging-classes-inherited

    def _get_later_lines(self):
        """Return the successors of the lines that nobody cancelled."""
        later = self.env["contract.line"]
        following = self.successor_contract_line_id
        while following:
            later |= following.filtered(lambda line: not line.is_canceled)
            following = following.successor_contract_line_id
        return later

    def _end_before(self, day):
        """End the line on the day before ``day``; its billed rest was credited."""
        self.ensure_one()
        last_day = day - timedelta(days=1)
        vals = {"is_auto_renew": False, "cancelled_from": day}
        if last_day < self.date_start:
            self.write(dict(vals, is_canceled=True))
            return
        vals["date_end"] = last_day
        if self.last_date_invoiced and self.last_date_invoiced >= last_day:
            vals.update(last_date_invoiced=last_day, recurring_next_date=False)
        else:
            period = self.anchor_date and self._get_next_anchored_period(
                date_end=last_day
            )
            vals["recurring_next_date"] = (
                period.invoice_date
                if period
                else self.get_next_invoice_date(
                    *self._get_oca_arguments(self.next_period_date_start, last_day)
                )
            )
        self.write(vals)

    def _split(self, day, vals):
        """Divide a line with an anchor: it ends before ``day``, and its successor, of
        the same anchor, goes on with ``vals``. Return the successor."""
        self.ensure_one()
        end = self.date_end
        self.stop(day - timedelta(days=1), post_message=False)
        return self._succeed(day, end, vals)


class ContractPeriod(models.Model):
    _inherit = "contract.period"  # pylint: disable=consider-merging-classes-inherited

    def _get_occurrence(self):
        """Return the engine's occurrence that the full price of the row is for."""
        self.ensure_one()
        line = self.line_id
        if not line.anchor_date:
            return Occurrence(self.period_start, self.period_end)
        return line._get_recurrence().occurrence_of(
            self.period_start, line._get_proration()
        )

    def _prepare_correction_line(self, sign):
        """Return the values of the invoice line of a correction (dict).

        :param int sign: 1 on an invoice, -1 on a credit note
        """
        self.ensure_one()
        line = self.line_id
        label = (
            self.env._("Credit of unused days")
            if self.correction_type == "credit"
            else self.env._("Charge of changed days")
        )
        return {
            "product_id": line.product_id.id,
            "product_uom_id": line.uom_id.id,
            "name": f"{line.name.split(chr(10))[0]}\n{label}:"
            f" {self.period_start} – {self.period_end}",
            "quantity": 1.0,
            "price_unit": sign * line._get_price_of_untaxed(self.amount),
            "analytic_distribution": line.analytic_distribution,
            "contract_line_id": line.id,
            "subscription_correction": True,
            "sequence": line.sequence,
        }

    def _set_invoice(self, move):
        """Link correction rows to their lines on ``move``, in their order."""
        lines = move.invoice_line_ids.filtered("subscription_correction").sorted("id")
        for row, line in zip(self.sorted("id"), lines, strict=True):
            row.write(
                {
                    "state": "billed",
                    "move_id": move.id,
                    "move_line_id": line.id,
                    "invoice_date": move.invoice_date,
                }
            )
