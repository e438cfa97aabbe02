# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class StockPicking(models.Model):
    _name = "stock.picking"
    _inherit = ["stock.picking", "service.document.mixin"]
    _service_link_field = "service_picking_id"

    service_ticket_id = fields.Many2one(
        "helpdesk.ticket",
        string="Made for Ticket",
        index="btree_not_null",
        copy=False,
        readonly=True,
        groups="base.group_user",
    )
