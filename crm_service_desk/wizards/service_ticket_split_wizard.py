# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..models.service_ticket_merge import WRITTEN


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
    line_ids = fields.One2many(
        "service.ticket.split.line", "wizard_id", string="Messages"
    )

    @api.model
    def default_get(self, fields):
        """Offer what people wrote to the ticket, the newest first."""
        values = super().default_get(fields)
        if "line_ids" in fields and values.get("ticket_id"):
            messages = self.env["mail.message"].search(
                [
                    ("model", "=", "helpdesk.ticket"),
                    ("res_id", "=", values["ticket_id"]),
                    ("message_type", "in", WRITTEN),
                ],
                order="id desc",
            )
            values["line_ids"] = [
                Command.create({"message_id": message.id}) for message in messages
            ]
        return values

    def action_split(self):
        """Split, and open the new ticket.

        :return: an action
        :raise UserError: nothing chosen, or a refusal of the call
        """
        self.ensure_one()
        messages = self.line_ids.filtered("taken").message_id
        if not messages:
            raise UserError(self.env._("Choose at least one message."))
        options = {"name": self.name} if self.name else {}
        answer = self.ticket_id.split_messages(messages.ids, options)
        return self.ticket_id.browse(answer["ticket_id"])._service_open()


class ServiceTicketSplitLine(models.TransientModel):
    """A message in the dialog; it is told only to who may read the message."""

    _name = "service.ticket.split.line"
    _description = "Message in the Dialog that splits a Ticket"

    wizard_id = fields.Many2one(
        "service.ticket.split.wizard", required=True, ondelete="cascade"
    )
    message_id = fields.Many2one("mail.message", required=True, ondelete="cascade")
    taken = fields.Boolean(string="Move")
    date = fields.Datetime(compute="_compute_message")
    author = fields.Char(compute="_compute_message")
    preview = fields.Char(string="Text", compute="_compute_message")

    @api.depends("message_id")
    @api.depends_context("uid")
    def _compute_message(self):
        """Reading a field asks for no right on a message; so it is asked for here."""
        readable = self.message_id.with_user(self.env.user)._filtered_access("read")
        for line in self:
            message = line.message_id & readable
            line.date = message.date
            line.author = message.author_id.display_name or message.email_from
            line.preview = message.preview
