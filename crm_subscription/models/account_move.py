# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


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

    def _post_by_plan(self):
        """Post, and queue for sending, what the plans of the contracts want so."""
        modes = {"posted": self.browse(), "sent": self.browse()}
        for move in self:
            plan = move.line_ids.contract_line_id.contract_id.subscription_plan_id[:1]
            if plan.invoice_mode in modes:
                modes[plan.invoice_mode] |= move
        # Core tracks no change in the transaction that makes a record; nor do we for
        # the invoices whose rows were known before.
        moves = modes["posted"] | modes["sent"]
        moves.with_context(tracking_disable=True).action_post()
        if modes["sent"]:
            # R5: the mail is queued; account's own cron makes and sends it.
            modes["sent"].sending_data = {
                "author_user_id": self.env.user.id,
                "author_partner_id": self.env.user.partner_id.id,
            }
            self.env.ref("account.ir_cron_account_move_send")._trigger()

    # === THE LEDGER FOLLOWS ITS INVOICES === #
    def _get_period_rows(self):
        # The ledger is kept by the machine, whoever changes the invoice.
        return self.env["contract.period"].sudo().search([("move_id", "in", self.ids)])

    def button_cancel(self):
        rows = self._get_period_rows()
        res = super().button_cancel()
        rows.filtered(lambda row: row.move_id.state == "cancel")._cancel()
        return res

    def button_draft(self):
        cancelled = self.filtered(lambda move: move.state == "cancel")
        origins = self._get_credited_origins()
        res = super().button_draft()
        cancelled._get_period_rows()._restore()
        origins._sync_credited()
        return res

    def _post(self, soft=True):
        posted = super()._post(soft)
        posted._get_credited_origins()._sync_credited()
        return posted

    def _get_credited_origins(self):
        """Return the invoices that credit notes of self credit."""
        refunds = self.filtered(lambda move: move.move_type == "out_refund")
        return refunds.reversed_entry_id

    def _sync_credited(self):
        """Note on the ledger which of the invoices are credited in full: by one credit
        note or by several."""
        rows = self._get_period_rows().grouped("move_id")
        for move, own in rows.items():
            refunds = move.sudo().reversal_move_ids.filtered(
                lambda refund, move=move: refund.state == "posted"
                and refund.currency_id == move.currency_id
            )
            credited = sum(refunds.mapped("amount_total"))
            own._set_credited(
                bool(refunds)
                and move.currency_id.compare_amounts(credited, move.amount_total) >= 0
            )


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    subscription_correction = fields.Boolean(
        readonly=True,
        copy=False,
        help="The line credits or charges days of a period that was billed before.",
    )

    def unlink(self):
        # The ledger is kept by the machine, whoever deletes the draft.
        rows = (
            self.env["contract.period"]
            .sudo()
            .search([("move_line_id", "in", self.ids)])
        )
        res = super().unlink()
        rows._cancel()
        return res
