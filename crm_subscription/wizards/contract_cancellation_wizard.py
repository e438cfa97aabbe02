# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import format_date


class ContractCancellationWizard(models.TransientModel):
    """The dialog that cancels a contract: shows what it costs before it is done."""

    _name = "contract.cancellation.wizard"
    _description = "Cancel a Subscription"

    contract_id = fields.Many2one(
        "contract.contract",
        required=True,
        readonly=True,
        ondelete="cascade",
        default=lambda self: self.env.context.get("active_id"),
    )
    currency_id = fields.Many2one(related="contract_id.currency_id")
    end_of_service = fields.Date(
        compute="_compute_end_of_service",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        help="Last day of service.",
    )
    reason_id = fields.Many2one("contract.terminate.reason", required=True)
    comment_required = fields.Boolean(related="reason_id.terminate_comment_required")
    comment = fields.Text()
    settle = fields.Selection(
        [("invoice", "Credit note now"), ("carry", "With the next invoice")],
        default="invoice",
        required=True,
        string="Settlement",
    )
    explanation = fields.Text(compute="_compute_preview")
    keeps_notice = fields.Boolean(compute="_compute_preview")
    credited = fields.Monetary(compute="_compute_preview", string="To Credit")
    owed = fields.Monetary(compute="_compute_preview", string="Still to Bill")
    total = fields.Monetary(compute="_compute_preview")
    shown_total = fields.Monetary(
        compute="_compute_shown_total",
        store=True,
        readonly=False,
        help="The total as the user saw it: cancelling is refused if it moved.",
    )
    detail = fields.Text(compute="_compute_preview", string="Days")

    @api.depends("contract_id")
    def _compute_end_of_service(self):
        for wizard in self:
            preview = wizard.contract_id.preview_cancellation()
            wizard.end_of_service = preview["earliest_end"]

    @api.depends("contract_id", "end_of_service", "settle")
    def _compute_preview(self):
        for wizard in self:
            preview = wizard.contract_id.preview_cancellation(wizard._get_options())
            wizard.explanation = preview["explanation"]
            wizard.keeps_notice = preview["keeps_notice"]
            wizard.credited = preview["credited"]
            wizard.owed = preview["owed"]
            wizard.total = preview["total"]
            wizard.detail = wizard._describe_rows(preview)

    @api.depends("total")
    def _compute_shown_total(self):
        for wizard in self:
            wizard.shown_total = wizard.total

    def _describe_rows(self, preview):
        """Return the periods that are credited or still billed, one a line (str)."""
        rows = [*preview["lines"], *preview["owed_lines"]]
        return "\n".join(
            " – ".join(
                format_date(self.env, row[name])
                for name in ("period_start", "period_end")
            )
            + f": {self.currency_id.format(row['amount'])}"
            for row in sorted(rows, key=lambda row: row["period_start"])
        )

    def _get_options(self):
        self.ensure_one()
        options = {"settle": self.settle or "invoice"}
        if self.end_of_service:
            options["end_of_service"] = fields.Date.to_string(self.end_of_service)
        return options

    def action_confirm(self):
        """Cancel the contract at the total that the dialog shows.

        :raise AccessError, UserError: see ``contract.contract.cancel_subscription``
        """
        self.ensure_one()
        options = dict(
            self._get_options(),
            reason_id=self.reason_id.id,
            comment=self.comment or "",
        )
        self.contract_id.cancel_subscription(options, self.shown_total)
        return {"type": "ir.actions.act_window_close"}
