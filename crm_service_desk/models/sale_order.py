# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class SaleOrder(models.Model):
    """An order, and the settlement that it was made for."""

    _name = "sale.order"
    _inherit = ["sale.order", "service.document.mixin"]
    _service_link_field = "service_order_id"

    def _action_confirm(self):
        """Let the deliveries show their ticket, and the settlement its progress."""
        result = super()._action_confirm()
        for order in self.sudo().filtered("service_ticket_id"):
            pickings = order.picking_ids.filtered(lambda one: not one.service_ticket_id)
            pickings.service_ticket_id = order.service_ticket_id
        self._service_progressed()
        return result

    def _action_cancel(self):
        """Tell the settlements that their order is off."""
        result = super()._action_cancel()
        self._service_progressed()
        return result

    def _service_progressed(self):
        self.env["service.claim"]._service_claims_of(orders=self)._service_progressed()
