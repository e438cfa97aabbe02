# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class ContractLine(models.Model):
    _inherit = "contract.line"

    service_lot_ids = fields.Many2many(
        "stock.lot",
        string="Covered Serial Numbers",
        groups="stock.group_stock_user",
        copy=False,
        help="Serial numbers that the line and its successors cover. Empty: all of the"
        " customer.",
    )

    def _get_fields_kept_by_predecessor(self):
        """What is covered stays with the first line of a chain: who renews need not
        be able to read serial numbers."""
        return super()._get_fields_kept_by_predecessor() | {"service_lot_ids"}

    def _get_covered_lots(self):
        """Return the serial numbers (sudo) that a line covers; empty: all."""
        # See _service_entitling_lines of tickets: it is told whether, not which.
        return self.sudo().line_root_id.service_lot_ids or self.sudo().service_lot_ids
