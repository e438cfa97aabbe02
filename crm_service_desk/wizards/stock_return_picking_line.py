# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class StockReturnPickingLine(models.TransientModel):
    """A returned move is no part of the exchange that sent its goods."""

    _inherit = "stock.return.picking.line"

    def _prepare_move_default_values(self, new_picking):
        """What comes back is not sent in exchange."""
        values = super()._prepare_move_default_values(new_picking)
        return dict(values, service_claim_id=False, service_return_move_id=False)
