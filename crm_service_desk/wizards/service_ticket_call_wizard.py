# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.service_sla_policy import TICKET_KINDS


class ServiceTicketCallWizard(models.TransientModel):
    """Number in, ticket out: the caller, what he has open, and what he wants."""

    _name = "service.ticket.call.wizard"
    _description = "New Call"

    phone = fields.Char(string="Caller's Number")
    partner_ids = fields.Many2many("res.partner", compute="_compute_partner_ids")
    partner_id = fields.Many2one(
        "res.partner",
        string="Caller",
        compute="_compute_partner_id",
        store=True,
        readonly=False,
    )
    partner_name = fields.Char(string="Name")
    partner_email = fields.Char(string="Email")
    open_ticket_ids = fields.Many2many(
        "helpdesk.ticket",
        string="Open Tickets",
        compute="_compute_open_ticket_ids",
    )
    name = fields.Char(string="What is it about?")
    description = fields.Text()
    team_id = fields.Many2one(
        "helpdesk.ticket.team",
        default=lambda self: self.env.user.helpdesk_team_ids[:1],
    )
    kind = fields.Selection(TICKET_KINDS)
    priority = fields.Selection(
        [("0", "Low"), ("1", "Medium"), ("2", "High"), ("3", "Very High")],
        default="1",
    )

    @api.depends("phone")
    def _compute_partner_ids(self):
        tickets = self.env["helpdesk.ticket"]
        for wizard in self:
            partners = self.env["res.partner"]
            if wizard.phone:
                try:
                    number = tickets._service_check_phone(wizard.phone)
                except UserError:
                    # Still being typed; creating the ticket says what is wrong.
                    number = ""
                if number:
                    partners = tickets._service_callers(number)
            wizard.partner_ids = partners

    @api.depends("partner_ids")
    def _compute_partner_id(self):
        for wizard in self:
            if wizard.partner_ids and wizard.partner_id not in wizard.partner_ids:
                wizard.partner_id = wizard.partner_ids[:1]

    @api.depends("partner_id")
    def _compute_open_ticket_ids(self):
        tickets = self.env["helpdesk.ticket"]
        for wizard in self:
            wizard.open_ticket_ids = tickets._service_open_tickets(
                wizard.partner_id._origin
            )

    def action_create(self):
        """Make the ticket and open it."""
        self.ensure_one()
        values = {
            "name": self.name or "",
            "phone": self.phone or False,
            "partner_id": self.partner_id.id,
            "partner_name": self.partner_name,
            "partner_email": self.partner_email,
            "description": self.description,
            "team_id": self.team_id.id,
            "kind": self.kind,
            "priority": self.priority,
        }
        given = {key: value for key, value in values.items() if value or key == "name"}
        tickets = self.env["helpdesk.ticket"]
        # A second click opens the ticket of the first.
        answer = tickets.create_from_call(given, f"call-dialog-{self.id}")
        return tickets.browse(answer["ticket_id"])._service_open()
