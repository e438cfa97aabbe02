# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..engine import changes, proration, recurrence
from ..engine.recurrence import ONE_DAY, Occurrence

# Changes that go on as long as the line does.
REPRICING = ("quantity", "price", "product")


class ContractContract(models.Model):
    """What a change costs, and how it is settled."""

    _inherit = "contract.contract"  # pylint: disable=consider-merging-classes-inherited

    def _get_corrections(self, checked):
        """Return [(line, :class:`engine.changes.Correction`)] of a change."""
        found = []
        for line, day in checked.days.items():
            if checked.planned or not line._is_settled(checked):
                continue
            start, end = line._get_change_window(day, checked)
            for row in line._get_billed_rows():
                billed = row._get_in_force()
                self._check_one_price(billed, start, checked)
                step = self.currency_id.rounding
                if checked.kind == "resume":
                    items = changes.take_back([billed], start, step, end)
                else:
                    amount = line._get_changed_amount(row, checked)
                    items = changes.settle([billed], start, amount, step, end)
                if items:
                    self._check_one_currency(row)
                    items += row._get_balance_after(items)
                found += [(line, item) for item in items]
        if checked.settle == "carry":
            return found
        return self._round_as_document(found, checked)

    def _check_one_currency(self, row):
        """Refuse to settle days that were billed in another currency: what of them is
        credited and what is charged would be in two."""
        if row.currency_id == self.currency_id:
            return
        raise UserError(
            self.env._(
                "%(period)s was billed in %(old)s, and %(contract)s is in %(new)s by"
                " now. Let the change begin on a day that is not billed yet, or give"
                " back the days by a credit note of their invoice first.",
                period=row.display_name,
                old=row.currency_id.name,
                contract=self.display_name,
                new=self.currency_id.name,
            )
        )

    def _check_one_price(self, billed, day, checked):
        """Refuse to change days that a later change holds for already."""
        if checked.kind in ("cancel", "pause", "resume"):
            return
        later = changes.later_change(billed, day)
        if later:
            self._refuse_day(day, self.env._("a change from %s holds already", later))

    def _describe_change(self, checked, corrections):
        total = sum(item.amount + item.rounding for _line, item in corrections)
        return {
            "lines": [
                {
                    "line_id": line.id,
                    "kind": item.kind,
                    "period_start": item.start,
                    "period_end": item.end,
                    "days": item.days,
                    "days_in_period": item.full_days,
                    "amount": self.currency_id.round(item.amount + item.rounding),
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
            if line in checked.days and not checked.planned:
                days.append(line._get_next_date_after(checked))
            elif not line._follows_changed(checked):
                days.append(line.recurring_next_date)
        return min(filter(None, days), default=False)

    # === WRITING === #
    def _write_corrections(self, corrections, targets, log):
        """Write the ledger rows of a change, waiting for their invoice line."""
        return self.env["contract.period"].create(
            [
                dict(
                    self._prepare_correction_row(line, item, targets.get(line, line)),
                    change_id=log.id,
                )
                for line, item in corrections
            ]
        )

    def _prepare_correction_row(self, line, item, target):
        """Return the values of the ledger row of a correction (dict).

        :param item: :class:`engine.changes.Correction` of ``line``
        :param target: the line that goes on after the change: its charges are of it
        """
        return {
            "contract_id": self.id,
            "line_id": (target if item.kind == changes.CHARGE else line).id,
            "line_root_id": line.line_root_id.id,
            "origin_id": item.key,
            "period_start": item.start,
            "period_end": item.end,
            "full_days": item.full_days,
            "kind": "correction",
            "correction_type": item.kind,
            "is_balance": item.is_balance,
            "state": "parked",
            "amount": item.amount,
            "rounding": item.rounding,
            "full_amount": item.full_amount,
            "quantity": target.quantity,
            "currency_id": self.currency_id.id,
            "company_id": self.company_id.id,
        }

    def _settle_corrections(self, rows, checked):
        """Make the invoice or credit note of the rows now, if it is wanted now."""
        if checked.settle == "carry" and self.currency_id.round(
            sum(rows.mapped("amount"))
        ):
            return self.env["account.move"]
        return self._make_settlement(rows)

    def _make_settlement(self, rows):
        """Make the invoice or credit note of the rows, none if they add up to nothing;
        return it."""
        moves = self.env["account.move"]
        currency = rows.currency_id or self.currency_id
        total = currency.round(sum(rows.mapped("amount")))
        if not total:
            rows.state = "billed"
            return moves
        sign = 1 if total > 0 else -1
        vals = self._prepare_invoice(self._get_today())
        vals["move_type"] = "out_invoice" if sign > 0 else "out_refund"
        vals["currency_id"] = currency.id
        vals["invoice_line_ids"] = [
            Command.create(row._prepare_correction_line(sign))
            for row in rows.sorted("id")
        ]
        moves = moves.create(vals)
        rows._set_invoice(moves)
        rows._take_over_rounding()
        self._add_contract_origin(moves)
        moves._post_by_plan()
        return moves

    def _settle_waiting(self):
        """Settle, on a document of their own, corrections that wait for a next bill
        that will not come: nothing of the contract is billed any more, or not in
        their currency.

        :return: invoices and credit notes made
        """
        moves = self.env["account.move"]
        waiting = self._get_waiting_corrections()
        by_document = waiting.grouped(lambda row: (row.contract_id, row.currency_id))
        for (contract, currency), rows in by_document.items():
            if contract._bills_no_more(currency):
                day = contract._get_today()
                contract._check_billable(day)
                moves |= contract._make_settlement(rows)
        return moves

    def _get_waiting_corrections(self):
        """Return the corrections (ledger rows) that wait for the contracts' next bills,
        in the order in which they were written: their invoice lines are linked so."""
        return self.env["contract.period"].search(
            [
                ("contract_id", "in", self.ids),
                ("kind", "=", "correction"),
                ("state", "=", "parked"),
            ],
            order="id",
        )

    def _bills_no_more(self, currency):
        """Return whether no bill in ``currency`` will come (bool)."""
        self.ensure_one()
        if not self.active or self.generation_type != "invoice":
            return False
        return currency != self.currency_id or not (
            self.next_bill_date or self.env["contract.period"]._get_rows_to_rebill(self)
        )

    def _prepare_carried(self, vals, total, waiting, get_taxed):
        """Add the corrections that wait for the next invoice to its values.

        :param float total: untaxed amount of the bill without them
        :param waiting: corrections (ledger rows) of the contract that wait
        :param get_taxed: function that returns what the bill without them is with
            taxes; what is given back may have had higher ones
        :return: the rows that are on the invoice
        """
        currency = self.env["res.currency"].browse(vals["currency_id"])
        rows = self._get_carried(currency, total, waiting, get_taxed)
        vals["invoice_line_ids"] += [
            Command.create(row._prepare_correction_line(1)) for row in rows
        ]
        return rows

    def _get_carried(self, currency, total, waiting, get_taxed):
        """Return those of ``waiting`` that a bill of ``total`` carries: those in its
        ``currency``, but none where credits would make it negative, with taxes or
        without.

        :param get_taxed: see :meth:`_prepare_carried`
        """
        rows = waiting.filtered(lambda row: row.currency_id == currency)
        if currency.compare_amounts(total + sum(rows.mapped("amount")), 0.0) < 0:
            return rows.browse()
        taxed = sum(row._get_taxed() for row in rows)
        if taxed < 0 and currency.compare_amounts(get_taxed() + taxed, 0.0) < 0:
            return rows.browse()
        return rows


class ContractLine(models.Model):
    _inherit = "contract.line"  # pylint: disable=consider-merging-classes-inherited

    def _is_settled(self, checked):
        """Return whether the change costs or gives back days that are billed: services
        by their plan, goods not, unless asked."""
        self.ensure_one()
        if checked.kind == "anchor":
            return False
        if checked.prorate is not None:
            return checked.prorate
        # Customers may see what a cancellation costs; the product is no secret.
        product = self.sudo().product_id
        by_days = self._get_proration() != recurrence.NONE
        return by_days and product.type in (False, "service")

    def _get_change_window(self, day, checked):
        """Return the first and the last day that a change corrects (None: open)."""
        self.ensure_one()
        if checked.kind == "resume":
            return day, self.pause_end or None
        start, end = max(day, self.date_start), self.date_end or None
        until = checked.value("until")
        return start, min(filter(None, (end, until)), default=None)

    def _get_billed_rows(self):
        """Return the regular rows of the line's chain that a change settles, oldest
        first: what is billed, or will be billed again as it was, or was given back."""
        self.ensure_one()
        return (
            self.sudo()
            .line_root_id.root_period_ids.filtered(lambda row: row._is_settled())
            .sorted(lambda row: (row.period_start, row.id))
        )

    def _get_changed_amount(self, row, checked):
        """Return the untaxed price of the full occurrence of ``row`` after the change,
        or None where its days are given back."""
        self.ensure_one()
        if checked.kind in ("cancel", "pause", "plan"):
            return None
        quantity = checked.value("quantity", self.quantity)
        product = self.contract_id._get_new_product(checked)
        gross = self._get_changed_price(row.period_start, checked)
        return self._get_untaxed(gross, product, quantity)

    def _get_changed_price(self, day, checked):
        """Return the price of the full occurrence that begins on ``day`` after the
        change (float), taxes in it as the price is written."""
        quantity = checked.value("quantity", self.quantity)
        price = self._get_changed_vals(checked).get("price_unit")
        if price is None:
            price = self._get_price_for(quantity)
        gross = quantity * price * (1 - self.discount / 100)
        if self._is_introductory(day):
            gross *= 1 - self.intro_discount / 100
        return proration.round_to(gross, self.currency_id.rounding)

    # === THE NEXT BILL === #
    def _follows_changed(self, checked):
        """Return whether the line is the next term of one that the change ends."""
        self.ensure_one()
        return checked.kind == "cancel" and self.predecessor_contract_line_id in (
            checked.days
        )

    def _get_next_date_after(self, checked):
        """Return when the line bills next once the change is done (date), or False."""
        self.ensure_one()
        kind, day = checked.kind, checked.days[self]
        if kind == "resume":
            start = max(day, self._get_chain_billed_until() + ONE_DAY)
            end = self.hold_term_end if self.is_on_hold else self._get_term_last_day()
            # Days before the pause may be billed yet.
            dates = (self.recurring_next_date, self._get_date_of(start, end))
            return min(filter(None, dates), default=False)
        first = self._get_first_changed_day(checked)
        start = self._get_first_open_day(self.last_date_invoiced)
        if start < first and kind != "pause":
            end = min(filter(None, (self.date_end, first - ONE_DAY)))
            return self._get_date_of(start, end)
        if kind == "pause":
            return self._get_date_after_pause(start, day, checked.value("until"))
        if kind in ("quantity", "price", "product"):
            return self.recurring_next_date
        if kind == "cancel":
            return False
        vals = self._get_changed_vals(checked)
        cycle, timing = self._get_new_cycle(vals)
        period = cycle.period(first, self.date_end or None, timing)
        return period and period.invoice_date

    def _get_date_after_pause(self, start, day, until):
        if start < day:
            return self._get_date_of(start, day - ONE_DAY)
        if not until:
            return False
        return self._get_date_of(max(start, until + ONE_DAY), self.date_end)

    def _get_date_of(self, start, end):
        """Return the invoice date of the period from ``start`` on, or False."""
        if not self.anchor_date:
            return self.recurring_next_date
        if end and start > end:
            return False
        period = self._get_recurrence().period(*self._get_period_arguments(start, end))
        return period.invoice_date


class ContractPeriod(models.Model):
    _inherit = "contract.period"  # pylint: disable=consider-merging-classes-inherited

    def _get_in_force(self):
        """Return the :class:`engine.changes.Billed` that holds on the days of a regular
        row: its own price, and the corrections of it one after the other."""
        self.ensure_one()
        last_day = self._get_last_day()
        segments = ()
        if last_day >= self.period_start:
            segments = (changes.Segment(self.period_start, last_day, self.full_amount),)
        corrections = self.line_root_id.root_period_ids.filtered(
            lambda item: item.origin_id == self and item._is_in_force()
        ).sorted("id")
        parts = [item._get_part() for item in corrections]
        # A price that changed holds on days too that are given back, if those are
        # taken back.
        agreed = [
            (max(item.change_id.date, self.period_start), last_day, item.full_amount)
            for item in corrections
            if item.correction_type == "charge" and item.change_id.kind in REPRICING
        ]
        return changes.Billed(
            self.id,
            self._get_occurrence(),
            changes.overlay_all(segments, parts),
            changes.overlay_all(segments, agreed),
        )

    def _get_occurrence(self):
        """Return the engine's occurrence that the full price of the row is for."""
        self.ensure_one()
        line, first, last = self.line_id, self.period_start, self.period_end
        if not line.anchor_date:
            return Occurrence(first, last)
        found = line._get_recurrence().occurrence_of(first, line._get_proration())
        if last <= found.last:
            return found
        # The cycle was moved by hand since it was billed: its days are their own.
        return Occurrence(first, max(last, first + ONE_DAY * (self.full_days - 1)))

    def _prepare_correction_line(self, sign):
        """Return the values of the invoice line of a correction (dict).

        :param int sign: 1 on an invoice, -1 on a credit note
        """
        self.ensure_one()
        line, told = self.line_id, self.line_id._in_language_of_customer()
        label = self.with_env(told.env)._get_correction_label()
        start, end = (
            format_date(told.env, day) for day in (self.period_start, self.period_end)
        )
        return {
            **self._prepare_taxes(),
            "product_id": line.product_id.id,
            "product_uom_id": line.uom_id.id,
            "name": f"{line.name.split(chr(10))[0]}\n{label}: {start} – {end}",
            "quantity": 1.0,
            "price_unit": sign * self._get_price(),
            "analytic_distribution": line.analytic_distribution,
            "contract_line_id": line.id,
            "subscription_correction": True,
            "sequence": line.sequence,
        }

    def _get_correction_label(self):
        """Return what the correction is, for people (str)."""
        self.ensure_one()
        if self.is_balance:
            return self.env._("Balance of what was credited or cancelled")
        if self.correction_type == "credit":
            return self.env._("Credit of unused days")
        return self.env._("Charge of changed days")

    def _prepare_taxes(self):
        """Return the taxes of a correction's invoice line, where core would not find
        them by the product (dict)."""
        taxes = self._get_taxes()
        if self.line_id.keeps_taxes or taxes != self.line_id._get_line_taxes():
            return {"tax_ids": [Command.set(taxes.ids)]}
        return {}

    def _set_invoice(self, move):
        """Link correction rows to their lines on ``move``, in their order."""
        lines = move.invoice_line_ids.filtered("subscription_correction").sorted("id")
        for row, line in zip(self.sorted("id"), lines, strict=True):
            # Of a cancelled invoice, which can't come back now.
            row.move_line_id.subscription_settled_anew = True
            row.write(
                {
                    "state": "billed",
                    "move_id": move.id,
                    "move_line_id": line.id,
                    "invoice_date": move.invoice_date,
                }
            )
