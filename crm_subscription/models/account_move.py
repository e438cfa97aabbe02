# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from typing import NamedTuple

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ..engine import balance

# What the ledger notes on an invoice line.
KEPT_FIELDS = frozenset(("subscription_correction", "subscription_settled_anew"))


class Credited(NamedTuple):
    """What was given back of a ledger row: untaxed, of the row's sign, and whether
    that is all of it."""

    amount: float
    full: bool


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "subscription.link.mixin"]

    period_ids = fields.One2many(
        "contract.period",
        "move_id",
        string="Billing Periods",
        readonly=True,
        copy=False,
        groups="account.group_account_readonly,account.group_account_invoice,"
        "crm_subscription.group_subscription_user",
    )

    def _get_subscription_depends(self):
        return ["line_ids.contract_line_id"]

    def _get_subscription_contracts(self):
        return self.line_ids.contract_line_id.contract_id

    def _post_by_plan(self, whole=frozenset()):
        """Post, and queue for sending, what the plans of the contracts want so.

        :param whole: ids of invoices of which nothing was changed since core made
            their rows
        """
        modes = {"posted": self.browse(), "sent": self.browse()}
        for move in self:
            plan = move.line_ids.contract_line_id.contract_id.subscription_plan_id[:1]
            if plan.invoice_mode in modes:
                modes[plan.invoice_mode] |= move
        # Core tracks no change in the transaction that makes a record; nor do we for
        # the invoices whose rows were known before.
        moves = (modes["posted"] | modes["sent"]).with_context(
            tracking_disable=True, crm_subscription_made=True
        )
        # Core works out taxes and due dates once more, to find what is there. All or
        # none: core numbers what is posted together by date and reference.
        ready = whole.issuperset(moves.ids) and moves._filter_unmoved() == moves
        moves.with_context(skip_invoice_sync=ready).action_post()
        if modes["sent"]:
            # R5: the mail is queued; account's own cron makes and sends it.
            modes["sent"].sending_data = {
                "author_user_id": self.env.user.id,
                "author_partner_id": self.env.user.partner_id.id,
            }
            self.env.ref("account.ir_cron_account_move_send")._trigger()

    def _filter_unmoved(self):
        """Return those of the documents whose dates posting will leave: no lock moves
        their accounting date, on which rates depend."""
        return self.filtered(
            lambda move: move.invoice_date
            and not move._get_violated_lock_dates(move.date, move._affect_tax_report())
        )

    # === THE LEDGER FOLLOWS ITS INVOICES === #
    def _get_period_rows(self):
        # The ledger is kept by the machine, whoever changes the invoice.
        return self.env["contract.period"].sudo().search([("move_id", "in", self.ids)])

    def _filter_of_contracts(self):
        """Return those of the documents that have a line of a contract. Most have none:
        for these the ledger is not asked, and core's work costs what it cost before."""
        return self.filtered("line_ids.contract_line_id")

    def button_cancel(self):
        res = super().button_cancel()
        rows = self._filter_of_contracts()._get_period_rows()
        rows.filtered(lambda row: row.move_id.state == "cancel")._cancel()
        return res

    def button_draft(self):
        if not self:
            # Core asks so for each line that it deletes.
            return super().button_draft()
        cancelled = self.filtered(lambda move: move.state == "cancel")
        cancelled._check_not_settled_anew()
        origins = self._get_credited_origins()
        res = super().button_draft()
        cancelled._filter_of_contracts()._get_period_rows()._restore()
        origins._sync_credited()
        return res

    def _check_not_settled_anew(self):
        """Refuse to take back invoices whose corrections another one settles."""
        line = self.invoice_line_ids.filtered("subscription_settled_anew")[:1]
        if line:
            raise UserError(
                self.env._(
                    "%(invoice)s can't be set back to draft: %(line)s is settled by"
                    " another invoice by now.",
                    invoice=line.move_id.display_name,
                    line=line.name,
                )
            )

    def _post(self, soft=True):
        posted = super()._post(soft)
        posted._get_credited_origins()._sync_credited()
        if not self.env.context.get("crm_subscription_made"):
            # Whoever posts a draft may have changed its amounts before.
            posted._filter_of_contracts()._get_period_rows()._rebalance()
        return posted

    def _get_credited_origins(self):
        """Return the invoices and credit notes that self takes back."""
        return self.reversed_entry_id

    def _sync_credited(self):
        """Note on the ledger which rows of the invoices are credited in full: by one
        credit note or by several."""
        for move, rows in self._get_period_rows().grouped("move_id").items():
            full = rows.browse(
                [row.id for row, part in move._get_credited(rows).items() if part.full]
            )
            full._set_credited(True)
            (rows - full)._set_credited(False)
            rows._rebalance()

    def _get_credited(self, rows):
        """Return {row: :class:`Credited`} of the ledger rows of the invoice: what
        posted credit notes gave back of each."""
        self.ensure_one()
        # Whose invoices they are was checked by who asks; rows and lines are one fact.
        refunds = self.sudo().reversal_move_ids.filtered(
            lambda refund: refund.state == "posted"
            and refund.currency_id == self.currency_id
        )
        if not refunds:
            return {row: Credited(0.0, False) for row in rows}
        whole = (
            self.currency_id.compare_amounts(
                sum(refunds.mapped("amount_total")), self.amount_total
            )
            >= 0
        )
        parts = self._attribute(refunds.invoice_line_ids, rows)
        step = self.currency_id.rounding
        return {
            row: Credited(
                parts[row], whole or balance.covers(parts[row], row.amount, step)
            )
            for row in rows
        }

    def _attribute(self, lines, rows):
        """Return {row: untaxed amount} that the credit note's ``lines`` give back: of
        their contract line; what names none is first that of the invoice's other
        lines, the rest is divided among all rows."""
        sign = -1 if self.move_type == "out_refund" else 1
        step = self.currency_id.rounding
        groups = rows.grouped(lambda row: (row.line_id, row.kind == "correction"))
        found, rest = dict.fromkeys(rows, 0.0), 0.0
        own = lines.filtered(lambda line: line.display_type == "product").grouped(
            lambda line: (line.contract_line_id, line.subscription_correction)
        )
        for key, credits in own.items():
            amount = sign * sum(credits.mapped("price_subtotal"))
            if key not in groups:
                rest += amount
                continue
            self._add_shares(found, amount, groups[key], step)
        other = sign * sum(
            line.price_subtotal
            for line in self.invoice_line_ids
            if line.display_type == "product"
            and (line.contract_line_id, line.subscription_correction) not in groups
        )
        rest -= min(max(other, 0.0), max(rest, 0.0))
        if rest:
            self._add_shares(found, rest, rows, step)
        return found

    @staticmethod
    def _add_shares(found, amount, rows, step):
        parts = balance.spread(amount, rows.mapped("amount"), step)
        for row, part in zip(rows, parts, strict=True):
            found[row] += part


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    subscription_correction = fields.Boolean(
        readonly=True,
        help="The line credits or charges days of a period that was billed before.",
    )
    subscription_settled_anew = fields.Boolean(
        readonly=True,
        copy=False,
        help="The invoice was cancelled, and another one settles the line by now.",
    )

    def write(self, vals):
        """Keep which contract a line bills where the ledger knows it, and what the
        system notes of its settlement.

        :raise AccessError: with the names of fields that the system keeps
        :raise UserError: with line and contract
        """
        kept = sorted(KEPT_FIELDS & vals.keys())
        if kept and not self.env.su:
            raise AccessError(
                self.env._(
                    "%(fields)s of an invoice line is kept by the system.",
                    fields=", ".join(kept),
                )
            )
        if "contract_line_id" in vals:
            self._check_contract_line(vals["contract_line_id"])
        return super().write(vals)

    def _check_contract_line(self, contract_line_id):
        for row in self.filtered("contract_line_id")._get_period_rows():
            if row.move_line_id.contract_line_id.id != contract_line_id:
                raise UserError(
                    self.env._(
                        "%(line)s bills a period of %(contract)s: which contract it"
                        " belongs to is kept by the system.",
                        line=row.move_line_id.display_name,
                        contract=row.contract_id.display_name,
                    )
                )

    def unlink(self):
        # As for documents: most lines are of no contract.
        own = self.filtered("contract_line_id")
        rows = own._get_period_rows() if own else self.env["contract.period"]
        res = super().unlink()
        if rows:
            rows._cancel()
        return res

    def _get_period_rows(self):
        # The ledger is kept by the machine, whoever changes the document.
        rows = self.env["contract.period"].sudo()
        return rows.search([("move_line_id", "in", self.ids)])
