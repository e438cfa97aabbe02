# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from markupsafe import Markup

from odoo import api, models
from odoo.tools.mail import email_split_tuples, is_html_empty

from ..engine import mail_text

MAX_SUBJECT = 250


class ServiceTicketMail(models.AbstractModel):
    """What a mail makes of a ticket."""

    _name = "service.ticket.mail"
    _description = "Mail Intake of a Ticket"

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """Make a ticket of a mail: sender, channel, and what he writes about.

        A serial, order, delivery or invoice number in the text is linked when the
        sender's company owns it. See core for the arguments.
        """
        subject = msg_dict.get("subject") or ""
        # Everything the customer wrote stays in the message; a title must be short.
        mail = dict(msg_dict, subject=subject[:MAX_SUBJECT])
        values = self._service_mail_values(mail)
        values.update(custom_values or {})
        ticket = super().message_new(mail, custom_values=values)
        # The gateway works as the superuser; only documents of the sender's company
        # are looked at.
        ticket.sudo()._service_link_from_text(
            f"{subject}\n{msg_dict.get('body') or ''}"
        )
        return ticket

    @api.model
    def _service_mail_values(self, mail):
        """Return the values of a ticket that OCA does not read from the mail."""
        channel = self.env.ref(
            "helpdesk_mgmt.helpdesk_ticket_channel_email", raise_if_not_found=False
        )
        names = email_split_tuples(mail.get("email_from") or "")
        author = self.env["res.partner"].browse(mail.get("author_id") or [])
        values = {
            "channel_id": channel.id if channel else False,
            "partner_name": author.name or (names[0][0] if names else False),
        }
        if is_html_empty(mail.get("body")):
            values["description"] = Markup("<p>-</p>")
        return values

    def _service_link_from_text(self, text):
        """Link the documents of the ticket's customer that the text names.

        Only one of a kind is linked: with two serial numbers in a mail the agent
        picks. Numbers of other customers are not even looked up.
        """
        self.ensure_one()
        if not self.commercial_partner_id or not any(c.isdigit() for c in text):
            return
        for field, candidates in self._service_text_candidates().items():
            by_name = {}
            for record in candidates:
                by_name.setdefault(record.name, []).append(record)
            found = mail_text.find_tokens(text, by_name)
            named = [record for name in found for record in by_name[name]]
            if len(named) == 1 and not self[field]:
                self[field] = named[0]

    def _service_text_candidates(self):
        """Return ``{field of the ticket: records of the customer}``."""
        lots = self.env["stock.lot"].browse(
            [lot.id for lot, _held in self._service_holdings()]
        )
        candidates = {"service_lot_id": lots}
        for field, model in (
            ("service_order_id", "sale.order"),
            ("service_picking_id", "stock.picking"),
            ("service_invoice_id", "account.move"),
        ):
            candidates[field] = self.env[model].search_fetch(
                self._service_document_domain(model),
                ["name"],
                limit=200,
                order="id desc",
            )
        return candidates
