# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "service.document.mixin"]
    _service_link_field = "service_invoice_id"

    service_ticket_id = fields.Many2one(
        "helpdesk.ticket",
        string="Made for Ticket",
        index="btree_not_null",
        copy=False,
        readonly=True,
        groups="base.group_user",
    )


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    service_origin_line_id = fields.Many2one(
        "account.move.line",
        string="Credited Invoice Line",
        index="btree_not_null",
        copy=False,
        readonly=True,
        help="The line of the invoice that this line of a credit note credits.",
    )
