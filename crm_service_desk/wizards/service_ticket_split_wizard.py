# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class ServiceTicketSplitWizard(models.TransientModel):
    """Ask which messages are another matter."""

    _name = "service.ticket.split.wizard"
    _description = "Split a Ticket"

    ticket_id = fields.Many2one(
        "helpdesk.ticket",
        required=True,
        readonly=True,
        default=lambda self: self.env.context.get("active_id"),
    )
    name = fields.Char(string="Title of the New Ticket")
    message_ids = fields.Many2many(
        "mail.message",
        string="Messages",
        domain="[('model', '=', 'helpdesk.ticket'), ('res_id', '=', ticket_id),"
        " ('message_type', 'in',"
        " ('comment', 'email', 'email_outgoing', 'auto_comment'))]",
    )

    def action_split(self):
        """Split, and open the new ticket."""
        self.ensure_one()
        options = {"name": self.name} if self.name else {}
        answer = self.ticket_id.split_messages(self.message_ids.ids, options)
        return self.ticket_id.browse(answer["ticket_id"])._service_open()
