# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class StockReturnPicking(models.TransientModel):
    """A return may go to another place than the operation type says."""

    _inherit = "stock.return.picking"

    service_location_dest_id = fields.Many2one(
        "stock.location",
        string="Goods Go To",
        help="Empty: as the operation type says.",
    )

    def _prepare_picking_default_values(self):
        """Take goods back to the place that a ticket asks for."""
        values = super()._prepare_picking_default_values()
        if self.service_location_dest_id:
            values["location_dest_id"] = self.service_location_dest_id.id
        return values
