# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dataclasses import dataclass, field

from markupsafe import Markup

from odoo import Command, models
from odoo.fields import Domain


@dataclass
class Bill:
    """One invoice to make: what of it the ledger keeps, and core's values for it.

    ``periods`` are {line: period} of the contract's lines, ``carried`` the corrections
    that the invoice settles too, ``again`` the ledger rows that it bills anew.
    """

    contract: object
    day: object
    periods: dict
    vals: dict
    total: float
    carried: object
    again: object = field(default=())


class ContractContract(models.Model):
    """From due lines to invoices and ledger rows: the inside of the billing run."""

    _inherit = "contract.contract"  # pylint: disable=consider-merging-classes-inherited

    def _bill(self, day, limit):
        """Bill what is due up to ``day``; return (invoices, number of periods).

        One round makes one invoice per contract, dated when its earliest line is due.
        """
        ledgered = self.filtered(lambda contract: contract._is_ledgered())
        moves, count = (self - ledgered)._bill_by_oca(day)
        whole = set()
        made, rows = ledgered._bill_again(day, whole)
        moves, count = moves | made, count + len(rows)
        ledgered._skip_missed(day)
        for _round in range(limit):
            due = ledgered.filtered(lambda contract: contract._get_due_lines(day))
            if not due:
                break
            made, rows = due._bill_round(day, whole)
            moves, count = moves | made, count + len(rows)
        moves._post_by_plan(whole)
        return moves | ledgered._settle_waiting(), count

    def _bill_by_oca(self, day):
        """Bill vendor contracts and header recurrence by OCA's code: no ledger."""
        moves = self.env["account.move"]
        for contract in self:
            if contract.recurring_next_date and contract.recurring_next_date <= day:
                moves |= contract._recurring_create_invoice(day)
        return moves, len(moves)

    def _get_due_lines(self, day):
        """Return the lines that bill up to ``day``, with their sections and notes."""
        self.ensure_one()
        if not self.active or self.generation_type != "invoice":
            return self.env["contract.line"]
        lines = self.contract_line_ids.filtered(
            lambda line: (not line.display_type or line.is_recurring_note)
            and line._can_be_invoiced(day)
        )
        if not lines:
            return lines
        return self._get_lines_to_invoice(min(lines.mapped("recurring_next_date")))

    # === ROUNDS === #
    def _bill_round(self, day, whole):
        """Make the next invoice of each contract; return (invoices, ledger rows).

        :param set whole: see :meth:`_make_invoices`
        """
        bills = []
        waiting = self._get_waiting_corrections().grouped("contract_id")
        for contract in self:
            lines = contract._get_due_lines(day)
            periods = {
                line: line._get_next_period() for line in lines if line._is_ledgered()
            }
            # Sections and notes go along; their own dates never move.
            own = min(line.recurring_next_date for line in periods)
            bills.append(
                contract._prepare_bill(
                    own,
                    lines,
                    periods,
                    waiting.get(contract, self.env["contract.period"]),
                )
            )
        return self._write_bills(bills, whole)

    def _bill_again(self, day, whole):
        """Bill the periods whose invoice was cancelled, deleted or credited and that
        are to be billed again; return (invoices, ledger rows).

        :param set whole: see :meth:`_make_invoices`
        """
        moves, rows = self.env["account.move"], self.env["contract.period"]
        for row in rows._get_rows_to_rebill(self):
            period = row._get_period()
            line = row.line_id.with_context(billed_period=period)
            bill = row.contract_id._prepare_bill(
                row._get_day_again(day),
                line,
                {line: period},
                row.contract_id._get_waiting_corrections(),
                row,
            )
            made, written = row.contract_id._write_bills([bill], whole)
            moves, rows = moves | made, rows | written
        return moves, rows

    def _skip_missed(self, day):
        """Write down as skipped what the plan does not bill belatedly: a period that is
        due while the next one is due too. What is billed in advance is not missed."""
        for contract in self.filtered(
            lambda c: c.subscription_plan_id.catch_up == "skip"
            and c._get_due_lines(day)
        ):
            until, missed = min(day, contract._get_today()), {}
            for line in contract.contract_line_ids.filtered("anchor_date"):
                if line._is_ledgered() and (periods := line._get_missed_periods(until)):
                    missed[line] = periods
            if missed:
                contract._write_skipped(missed)

    def _get_bill_date(self, day):
        """Return the date of a bill that was due on ``day``, by the catch-up policy."""
        if self.subscription_plan_id.catch_up == "today":
            return max(day, self._get_today())
        return day

    # === VALUES: THE ONE PLACE THAT MAKES THEM === #
    def _prepare_bill(self, day, lines, periods, waiting, again=()):
        """Return the :class:`Bill` of ``lines`` that was due on ``day``.

        :param waiting: corrections (ledger rows) that wait for the contract's next bill
        :param again: the ledger row that it bills anew; as it was, where changes of
            its days hold on
        :raise UserError: it can't be billed; names the record and the next step
        """
        self.ensure_one()
        day = self._get_bill_date(day)
        self._check_billable(day)
        vals = self._prepare_invoice(day)
        for line in lines:
            line_vals = line._prepare_invoice_line()
            if not line_vals:
                continue
            line._check_line_billable()
            for name in ("company_id", "company_currency_id"):
                line_vals.pop(name, None)
            if again and again._is_held():
                line_vals.update(again._prepare_line_again())
            vals["invoice_line_ids"].append(Command.create(line_vals))
        total = self.currency_id.round(
            sum(line._get_period_amount(p) for line, p in periods.items())
        )
        held = again and again._is_held()
        if held:
            total = again.amount
            vals["currency_id"] = again.currency_id.id
        self._check_total(day, total)
        carried = self._prepare_carried(
            vals,
            total,
            waiting,
            again._get_taxed
            if held
            else lambda: sum(line._get_period_taxed(p) for line, p in periods.items()),
        )
        return Bill(self, day, periods, vals, total, carried, again)

    def _make_invoices(self, bills, whole):
        """Return the draft invoices of ``bills``, in their order.

        :param set whole: gets the ids of the invoices of which core would make the
            same rows again while it posts them

        Replaceable: whatever makes them, what is booked is what core books. Core makes
        one invoice of each shape, and each one of a shape that rows can't serve; the
        others are its rows again (``contract.invoice.pattern``).
        """
        patterns = self.env["contract.invoice.pattern"]
        shapes = patterns._get_shapes(bills)
        rows = patterns._find(filter(None, shapes))
        first, todo = [], []
        for index, shape in enumerate(shapes):
            if shape and shape.fingerprint in rows:
                todo.append(index)
                continue
            first.append(index)
            if shape:
                rows[shape.fingerprint] = None
        made = self._make_plain(bills, shapes, first, rows)
        # Of what could not be kept there are no rows: core makes the others too.
        rest = [index for index in todo if not rows[shapes[index].fingerprint]]
        made |= self._make_plain(bills, shapes, rest, rows)
        todo = [index for index in todo if index not in made]
        if todo:
            moves = self.env["account.move"]._create_from_patterns(
                [bills[index] for index in todo],
                [shapes[index].contacts for index in todo],
                [rows[shapes[index].fingerprint] for index in todo],
            )
            made.update(zip(todo, moves, strict=True))
        whole.update(made[index].id for index, shape in enumerate(shapes) if shape)
        return self.env["account.move"].union(
            *(made[index] for index in range(len(bills)))
        )

    def _make_plain(self, bills, shapes, indexes, rows):
        """Let core make those of ``bills`` and keep their ``rows``; return {index:
        invoice}."""
        if not indexes:
            return {}
        own = [bills[index] for index in indexes]
        moves = self.env["account.move"].create([bill.vals for bill in own])
        rows.update(
            self.env["contract.invoice.pattern"]._keep(
                own, moves, [shapes[index] for index in indexes]
            )
        )
        return dict(zip(indexes, moves, strict=True))

    def _write_bills(self, bills, whole):
        """Make the invoices and write the ledger; return (invoices, ledger rows).

        A bill of nothing makes no invoice: its periods are written down as skipped.

        :param set whole: see :meth:`_make_invoices`
        """
        moves, rows = self.env["account.move"], self.env["contract.period"]
        free = [bill for bill in bills if not bill.total and not bill.carried]
        for bill in free:
            rows |= bill.contract._write_skipped(
                {line: [period] for line, period in bill.periods.items()}
            )
        bills = [bill for bill in bills if bill.total or bill.carried]
        if bills:
            moves = self._make_invoices(bills, whole)
            rows |= self._write_ledger(bills, moves)
            self._tell_origin(bills, moves)
            self._subscribe_followers(bills, moves)
        return moves, rows

    # === LEDGER === #
    def _write_ledger(self, bills, moves):
        """Write one row per line and period, then move the lines' dates (R4)."""
        vals_list, carried = [], []
        for bill, move in zip(bills, moves, strict=True):
            move_lines = {
                line.contract_line_id.id: line
                for line in move.invoice_line_ids
                if not line.subscription_correction
            }
            for line, period in bill.periods.items():
                move_line = move_lines[line.id]
                row_vals = line._prepare_ledger_vals(period)
                if bill.again:
                    row_vals.update(bill.again._prepare_row_again())
                row_vals.update(
                    amount=move_line.price_subtotal,
                    move_id=move.id,
                    move_line_id=move_line.id,
                    invoice_date=move.invoice_date,
                )
                vals_list.append(row_vals)
            if bill.carried:
                carried.append((bill.carried, move))
        rows = self.env["contract.period"]._write_down(vals_list)
        for corrections, move in carried:
            corrections._set_invoice(move)
            corrections.is_carried = True
        again = rows.filtered("origin_id")
        if again:
            again._rebalance()
        return rows

    def _write_skipped(self, periods):
        """Write rows of periods that are not billed: they cost nothing, or the plan
        does not bill them belatedly. Return them."""
        return self.env["contract.period"]._write_down(
            [
                dict(line._prepare_ledger_vals(period), state="skipped", amount=0.0)
                for line, skipped in periods.items()
                for period in skipped
            ]
        )

    # === CHATTER === #
    def _tell_origin(self, bills, moves):
        """Say on the invoices which contract they come from, in one batch."""
        bodies = {}
        for bill, move in zip(bills, moves, strict=True):
            link = bill.contract._get_html_link(title=bill.contract.display_name)
            bodies[move.id] = Markup("%s %s %s.") % (
                move._creation_message(),
                self.env._("by contract"),
                link,
            )
        moves._message_log_batch(bodies=bodies)

    def _subscribe_followers(self, bills, moves):
        """Make who follows the contract's invoices follow the new one, as OCA does."""
        subtype = self.env.ref("contract.mail_message_subtype_invoice_created")
        followers = self.env["mail.followers"].search(
            Domain("res_model", "=", self._name)
            & Domain("res_id", "in", [bill.contract.id for bill in bills])
            & Domain("subtype_ids", "in", subtype.ids)
        )
        partners = followers.grouped("res_id")
        for bill, move in zip(bills, moves, strict=True):
            if bill.contract.id in partners:
                move.message_subscribe(partners[bill.contract.id].partner_id.ids)


class ContractLine(models.Model):
    _inherit = "contract.line"  # pylint: disable=consider-merging-classes-inherited

    def _get_missed_periods(self, day):
        """Return the periods that are due up to ``day`` but the last one (list)."""
        self.ensure_one()
        due = []
        for period in self._iter_periods():
            if period.invoice_date > day:
                break
            due.append(period)
        return due[:-1]

    def _set_billed_until(self, ends):
        """Move how far lines are billed, after the ledger was written (R4).

        :param dict ends: {line: date}
        """
        by_date = {}
        for line, end in ends.items():
            by_date.setdefault(end, self.browse())
            by_date[end] |= line
        for end, lines in by_date.items():
            lines.last_date_invoiced = end
