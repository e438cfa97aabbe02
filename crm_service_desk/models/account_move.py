# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class AccountMove(models.Model):
    """A credit note, and the settlement that it was made for."""

    _name = "account.move"
    _inherit = ["account.move", "service.document.mixin"]
    _service_link_field = "service_invoice_id"

    def _post(self, soft=True):
        """Tell the settlements that their credit note counts."""
        posted = super()._post(soft)
        self._service_progressed()
        return posted

    def button_cancel(self):
        """Tell the settlements that their credit note is off."""
        result = super().button_cancel()
        self._service_progressed()
        return result

    def _invoice_paid_hook(self):
        """Tell the settlements that their credit note has been paid back."""
        result = super()._invoice_paid_hook()
        self._service_progressed()
        return result

    def _service_progressed(self):
        credits = self.filtered(lambda move: move.move_type == "out_refund")
        if credits:
            claims = self.env["service.claim"]._service_claims_of(credits=credits)
            claims._service_progressed()


class AccountMoveLine(models.Model):
    """Which line of an invoice a line of a credit note credits."""

    _inherit = "account.move.line"

    service_origin_line_id = fields.Many2one(
        "account.move.line",
        string="Credited Invoice Line",
        index="btree_not_null",
        copy=False,
        readonly=True,
        help="The line of the invoice that this line of a credit note credits.",
    )
