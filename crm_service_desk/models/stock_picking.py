# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class StockPicking(models.Model):
    """A transfer, and the settlements whose goods it moves."""

    _name = "stock.picking"
    _inherit = ["stock.picking", "service.document.mixin"]
    _service_link_field = "service_picking_id"

    def _action_done(self):
        """Tell the settlements that their goods have moved."""
        result = super()._action_done()
        self._service_progressed()
        return result

    def action_cancel(self):
        """Tell the settlements that their goods will not move."""
        result = super().action_cancel()
        self._service_progressed()
        return result

    def _create_backorder_picking(self):
        """What comes later is made for the same ticket."""
        rest = super()._create_backorder_picking()
        rest.service_ticket_id = self.service_ticket_id
        return rest

    def _service_progressed(self):
        self.env["service.claim"]._service_claims_of(
            pickings=self
        )._service_progressed()
