# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class HelpdeskTicketStage(models.Model):
    """Whom a stage waits for."""

    _inherit = "helpdesk.ticket.stage"

    service_waits_for_customer = fields.Boolean(
        string="Waits for the Customer",
        default=True,
        help="Tickets that stand still here go on when their customer writes, and are"
        " closed after the days of their team. Not set: they wait for somebody else,"
        " and do neither.",
    )
