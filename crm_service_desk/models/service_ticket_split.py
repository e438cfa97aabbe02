# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command, models
from odoo.exceptions import UserError

from odoo.addons.crm_suite_base.tools.options import Option, check_options
from odoo.addons.crm_suite_base.tools.plain import plain

from .service_ticket_merge import WRITTEN

MAX_NAME = 250


class ServiceTicketSplit(models.AbstractModel):
    """A second matter in a conversation gets a ticket of its own."""

    _name = "service.ticket.split"
    _description = "Splitting of Tickets"

    def split_messages(self, message_ids, options=None):
        """Move messages of one ticket to a new ticket of the same customer.

        The new ticket was opened when the oldest of the messages was written, and has
        the assignee, team and priority of this one; both are related. Replies to the
        moved messages reach the new ticket.

        :param list message_ids: ids of messages that people wrote to the ticket
        :param dict options: ``name`` (str): the new ticket's title; default: the
            subject of the oldest message, else this ticket's title
        :return: ``{"ticket_id", "number", "message_ids": [...]}``
        :raise AccessError: no helpdesk user, or a ticket that he may not change
        :raise UserError: not exactly one ticket, a merged one, or a message that
            nobody wrote to this ticket
        """
        self._check_desk_ids("write").check_access("create")
        if len(self) != 1:
            raise UserError(self.env._("ids: one ticket at a time can be split."))
        spec = {"message_ids": Option("ids", minimum=1, required=True)}
        ids = check_options(self.env, {"message_ids": message_ids}, spec, "arguments")[
            "message_ids"
        ]
        given = check_options(
            self.env, options, {"name": Option("str", minimum=1, maximum=MAX_NAME)}
        )
        # The user may change the ticket, which is checked above; its messages and
        # files follow, of which he may not change each.
        source = self.sudo()
        messages = source._service_split_messages(ids)
        ticket = source._service_split(messages, given.get("name"))
        return plain(
            {
                "ticket_id": ticket.id,
                "number": ticket.number,
                "message_ids": messages.ids,
            }
        )

    def _service_open(self):
        """Return the action that opens this ticket."""
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }

    def _service_split_messages(self, ids):
        """Return the messages, the oldest first; all were written to this ticket."""
        if self.service_merged_into_id:
            raise UserError(
                self.env._(
                    "Ticket %(number)s was merged; split the one that it points to.",
                    number=self.number,
                )
            )
        messages = self.env["mail.message"].search(
            [
                ("id", "in", ids),
                ("model", "=", self._name),
                ("res_id", "=", self.id),
                ("message_type", "in", WRITTEN),
            ],
            order="id",
        )
        missing = set(ids) - set(messages.ids)
        if missing:
            raise UserError(
                self.env._(
                    "message_ids: nobody wrote the message %(ids)s to ticket"
                    " %(number)s.",
                    ids=", ".join(str(id_) for id_ in sorted(missing)),
                    number=self.number,
                )
            )
        return messages

    def _service_split(self, messages, name):
        """Make the new ticket of the messages and return it."""
        # No acknowledgement: the customer wrote this long ago.
        desk = self.with_context(service_automatic_mail=True)
        ticket = self.browse(desk.create(self._prepare_split(messages, name)).id)
        messages.write({"res_id": ticket.id})
        files = messages.attachment_ids.filtered(
            lambda file: file.res_model == self._name and file.res_id == self.id
        )
        files.write({"res_id": ticket.id})
        (self | ticket).invalidate_recordset(["message_ids", "attachment_ids"])
        writers = messages.author_id & self.message_partner_ids
        ticket.message_subscribe((writers | self.partner_id).ids)
        ticket._service_set_conversation(ticket._service_conversation_new())
        self._service_set_conversation(self._service_conversation_left())
        self._message_log(
            body=self.env._("Split off: %(ticket)s.", ticket=ticket._get_html_link())
        )
        ticket._message_log(
            body=self.env._("Split from %(ticket)s.", ticket=self._get_html_link())
        )
        return ticket

    def _prepare_split(self, messages, name):
        """Return the values of the new ticket.

        The customer reads its title and description: neither is taken from an
        internal note.
        """
        said = messages.filtered(
            lambda m: not m.is_internal and m.subtype_id and not m.subtype_id.internal
        )[:1]
        vals = {
            "name": name or (said.subject or self.name)[:MAX_NAME],
            "description": said.body or "-",
            "service_opened_on": self._service_said_on(messages[0]),
            "service_related_ids": [Command.link(self.id)],
        }
        for field in (
            "partner_id",
            "partner_name",
            "partner_email",
            "company_id",
            "team_id",
            "user_id",
            "channel_id",
            "category_id",
            "priority",
            "service_kind",
        ):
            value = self[field]
            vals[field] = value.id if self._fields[field].relational else value
        return vals
