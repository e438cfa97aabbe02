# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class StockReturnPicking(models.TransientModel):
    """A return may go to another place than the operation type says, and what is sent
    in exchange knows the return that it is for."""

    _inherit = "stock.return.picking"

    service_location_dest_id = fields.Many2one(
        "stock.location",
        string="Goods Go To",
        help="Empty: as the operation type says.",
    )
    service_made_id = fields.Many2one("stock.picking", string="Return Transfer")

    def _prepare_picking_default_values(self):
        """Take goods back to the place that a ticket asks for."""
        values = super()._prepare_picking_default_values()
        if self.service_location_dest_id:
            values["location_dest_id"] = self.service_location_dest_id.id
        return values

    def _create_return(self):
        """Remember the return, for what is sent in exchange."""
        self.service_made_id = super()._create_return()
        return self.service_made_id

    def _get_proc_values(self, line):
        """What is procured in exchange is sent for what comes back, while no ticket
        settles the same order."""
        values = super()._get_proc_values(line)
        # Which order the goods are of is asked of claims, which are not the stock's.
        tickets = self.env["helpdesk.ticket"].sudo()
        move = line.move_id.sudo()
        tickets._service_hold_order(tickets._service_first_delivery(move))
        came = self.service_made_id.move_ids.filtered(
            lambda move: move.origin_returned_move_id == line.move_id
        )
        return dict(values, service_return_move_id=came[:1].id)
