# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command, api, fields, models

from ..models.service_ticket_merge import SAME


class ServiceTicketMergeWizard(models.TransientModel):
    """Ask which ticket stays, and whether it is really one matter."""

    _name = "service.ticket.merge.wizard"
    _description = "Merge Tickets"

    ticket_ids = fields.Many2many(
        "helpdesk.ticket", string="Tickets", required=True, readonly=True
    )
    company_id = fields.Many2one(related="ticket_ids.company_id")
    target_id = fields.Many2one(
        "helpdesk.ticket",
        string="Merge Into",
        required=True,
        domain="[('company_id', '=', company_id),"
        " ('service_merged_into_id', '=', False)]",
        help="This ticket stays; the others are closed and point to it.",
    )
    is_other_customer = fields.Boolean(compute="_compute_is_other_customer")
    other_customer = fields.Boolean(string="Merge them although the customers differ")
    notify = fields.Boolean(
        string="Tell the customer",
        help="Write to the customer in which ticket his request is dealt with.",
    )

    @api.model
    def default_get(self, fields):
        """Take the chosen tickets; of several the oldest open one stays."""
        values = super().default_get(fields)
        tickets = self.env["helpdesk.ticket"].browse(
            self.env.context.get("active_ids") or []
        )
        values["ticket_ids"] = [Command.set(tickets.ids)]
        if len(tickets) > 1:
            first = tickets.sorted(lambda t: (t.closed, t.service_opened_on, t.id))
            values["target_id"] = first[0].id
        return values

    @api.depends("ticket_ids", "target_id")
    def _compute_is_other_customer(self):
        for wizard in self:
            target = wizard.target_id
            wizard.is_other_customer = bool(target) and any(
                ticket._service_kinship(target) != SAME
                for ticket in wizard.ticket_ids - target
            )

    def action_merge(self):
        """Merge, and open the ticket that stays."""
        self.ensure_one()
        tickets = self.ticket_ids - self.target_id
        tickets.merge_into(
            self.target_id.id,
            {"other_customer": self.other_customer, "notify": self.notify},
        )
        return self.target_id._service_open()
