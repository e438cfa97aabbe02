# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from .groups import AGENT


class HelpdeskTicket(models.Model):
    """Tickets that have to do with each other."""

    _inherit = "helpdesk.ticket"

    service_relates_ids = fields.Many2many(
        "helpdesk.ticket",
        "service_ticket_relation",
        "ticket_id",
        "related_id",
        copy=False,
        groups=AGENT,
    )
    service_related_by_ids = fields.Many2many(
        "helpdesk.ticket",
        "service_ticket_relation",
        "related_id",
        "ticket_id",
        copy=False,
        groups=AGENT,
    )
    service_related_ids = fields.Many2many(
        "helpdesk.ticket",
        string="Related Tickets",
        compute="_compute_service_related_ids",
        inverse="_inverse_service_related_ids",
        groups=AGENT,
        help="Tickets that have to do with this one; each shows the other.",
    )

    @api.depends("service_relates_ids", "service_related_by_ids")
    def _compute_service_related_ids(self):
        for ticket in self:
            ticket.service_related_ids = (
                ticket.service_relates_ids | ticket.service_related_by_ids
            )

    def _inverse_service_related_ids(self):
        for ticket in self:
            chosen = ticket.service_related_ids - ticket
            ticket.service_relates_ids &= chosen
            ticket.service_related_by_ids &= chosen
            ticket.service_relates_ids |= chosen - ticket.service_related_by_ids
