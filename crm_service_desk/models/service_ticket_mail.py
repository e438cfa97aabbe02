# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools.mail import email_normalize, email_split_tuples, is_html_empty

from ..engine import mail_identity, mail_text
from .groups import AGENT

MAX_SUBJECT = 250
# Acknowledgements to one address within an hour.
MAX_ACKNOWLEDGED = 2


class ServiceTicketMail(models.AbstractModel):
    """What a mail makes of a ticket."""

    _name = "service.ticket.mail"
    _description = "Mail Intake of a Ticket"

    service_has_stranger = fields.Boolean(
        string="Mail of a Stranger",
        readonly=True,
        copy=False,
        groups=AGENT,
        help="Somebody who does not belong to the ticket wrote to it.",
    )

    @api.private
    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """Make a ticket of a mail: sender, channel, and what he writes about.

        A serial, order, delivery or invoice number in the text is linked when the
        sender's company owns it. See core for the arguments.
        """
        subject = msg_dict.get("subject") or ""
        values = self._service_mail_values(msg_dict)
        sender = msg_dict.get("email_from")
        # Everything the customer wrote stays in the message; a title must be short, and
        # an address just that. OCA would make followers of everybody in To and Cc:
        # they are suggested instead.
        mail = dict(
            msg_dict,
            subject=subject[:MAX_SUBJECT],
            email_from=email_normalize(sender, strict=False) or sender,
            to="",
            cc="",
        )
        values.update(custom_values or {})
        self._service_make_contact(msg_dict, values)
        ticket = super().message_new(mail, custom_values=values)
        self.env["service.mail.receipt"]._note("ticket", ticket)
        # The gateway works as the superuser; only documents of the sender's company
        # are looked at.
        ticket.sudo()._service_link_from_text(
            f"{subject}\n{msg_dict.get('body') or ''}"
        )
        return ticket

    @api.model
    def _service_mail_values(self, mail):
        """Return the values of a ticket that OCA does not read from the mail."""
        channel_id = self.env["ir.model.data"]._xmlid_to_res_id(
            "helpdesk_mgmt.helpdesk_ticket_channel_email"
        )
        names = email_split_tuples(mail.get("email_from") or "")
        author = self.env["res.partner"].browse(mail.get("author_id") or [])
        values = {
            "channel_id": channel_id or False,
            "partner_name": author.name or (names[0][0] if names else False),
        }
        if is_html_empty(mail.get("body")):
            values["description"] = Markup("<p>-</p>")
        return values

    @api.model
    def _service_make_contact(self, mail, values):
        """Create the contact of a new sender, where the team wants that.

        :param dict mail: core's parsed mail; its author becomes the contact
        :param dict values: of the ticket to be; the contact is added
        """
        team = self._service_team(values)
        address = email_normalize(mail.get("email_from"))
        if team.service_new_sender != "contact" or mail.get("author_id") or not address:
            return
        # The gateway's user may create tickets, not contacts; the team decided this.
        contact = (
            self.env["res.partner"]
            .sudo()
            .create(
                {
                    "name": values.get("partner_name") or address,
                    "email": address,
                    "company_id": team.company_id.id,
                }
            )
        )
        mail["author_id"] = values["partner_id"] = contact.id

    @api.private
    def message_update(self, msg_dict, update_vals=None):
        """Take in a mail on this ticket without making followers of its readers.

        See core for the arguments. OCA subscribes everybody in To and Cc.
        """
        mail = dict(msg_dict, to="", cc="")
        result = super().message_update(mail, update_vals=update_vals)
        stranger = msg_dict.get("is_internal") and self._service_is_strange(msg_dict)
        if stranger:
            self._service_tell_stranger(msg_dict)
        self.env["service.mail.receipt"]._note(
            "stranger" if stranger else "message", self
        )
        return result

    # === WHO BELONGS TO THE TICKET === #

    @api.model
    def _service_route_by_subject(self, mail, routes):
        """Return the routes, with the ticket that the subject names for a new one.

        Mail programs that drop References leave the number in the subject. It counts
        only for who belongs to that ticket: a number can be guessed.

        :param dict mail: core's parsed mail
        :param list routes: (model, thread id, custom values, user id, alias)
        """
        new = [route for route in routes if route[0] == self._name and not route[1]]
        words = mail_identity.subject_words(mail.get("subject")) if new else []
        if not words:
            return routes
        # The gateway looks for the ticket; that the sender belongs to it is asked here.
        named = self.sudo().search(
            [("number", "in", words)], order="id desc", limit=len(words) + 1
        )
        ticket = next((t for t in named if not t._service_is_strange(mail)), None)
        if not ticket:
            return routes
        route = (self._name, ticket.id, None, new[0][3], new[0][4])
        return [r for r in routes if r not in new] + [route]

    @api.model
    def _service_flag_stranger(self, mail, routes):
        """Let a stranger's answer join as an internal note: no customer reads it, no
        clock and no stage moves, and he becomes no follower."""
        for model, thread_id, *_rest in routes:
            # As in _service_route_by_subject.
            ticket = self.sudo().browse(thread_id if model == self._name else [])
            if ticket.exists() and ticket._service_is_strange(mail):
                mail["is_internal"] = True
                # Core would tell the author of the mail that is answered.
                mail.pop("parent_id", None)

    def _service_is_strange(self, mail):
        """Say whether the sender of a mail has nothing to do with this ticket.

        Of the ticket are: its address and contact, people of the same customer, the
        followers, and the company's own users.
        """
        self.ensure_one()
        address = email_normalize(mail.get("email_from"), strict=False)
        author = self.env["res.partner"].sudo().browse(mail.get("author_id") or [])
        own = email_normalize(self.partner_email, strict=False)
        if address and address in (own, self.partner_id.email_normalized):
            return False
        if not author:
            return True
        customer = self.commercial_partner_id
        return not (
            author == self.partner_id
            or (customer and author.commercial_partner_id == customer)
            or author in self.message_partner_ids
            or any(not user.share for user in author.user_ids)
        )

    def _service_tell_stranger(self, mail):
        """Leave a note beside the stranger's mail that says why it is internal."""
        self.ensure_one()
        self.service_has_stranger = True
        self._message_log(
            body=self.env._(
                "The next mail is from %(sender)s, who does not belong to this ticket."
                " The customer does not see it. To let the sender in, add him as a"
                " follower.",
                sender=mail.get("email_from") or "?",
            )
        )

    # === ANSWERS OF THE MACHINE === #

    def _track_template(self, tracking):
        """Send no acknowledgement that could start two machines talking.

        Two desks that acknowledge each other's acknowledgements stop, because an
        address gets :data:`MAX_ACKNOWLEDGED` of them in an hour. Tickets are made of
        all the same.
        """
        templates = super()._track_template(tracking)
        if "stage_id" in templates and self[0]._service_is_chatty():
            del templates["stage_id"]
        return templates

    @api.model
    def _detect_loop_sender_domain(self, email_from_normalized):
        """Count a sender's own tickets. See core, which counts *joann@* for *ann@*."""
        domain = super()._detect_loop_sender_domain(email_from_normalized)
        field = self._mail_get_primary_email_field()
        return domain and [(field, "=", email_from_normalized)]

    def _service_is_chatty(self):
        """Say whether this new ticket's sender has got enough acknowledgements."""
        self.ensure_one()
        if self.env.context.get("service_automatic_mail"):
            return True
        if "service_mail_receipt" not in self.env.context or not self.partner_email:
            return False
        hour = fields.Datetime.subtract(fields.Datetime.now(), hours=1)
        # Tickets of any team count, also those the reader may not see.
        recent = self.sudo().search_count(
            [
                ("partner_email", "=", self.partner_email),
                ("create_date", ">=", hour),
                ("id", "!=", self.id),
            ],
            limit=MAX_ACKNOWLEDGED,
        )
        return recent >= MAX_ACKNOWLEDGED

    # === DOCUMENTS THAT THE MAIL NAMES === #

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
                for name in self._service_text_names(record):
                    by_name.setdefault(name, []).append(record)
            found = mail_text.find_tokens(text, by_name)
            named = {record for name in found for record in by_name[name]}
            if len(named) == 1 and not self[field]:
                self[field] = named.pop()

    @api.model
    def _service_text_names(self, document):
        """Return the words by which customers name a document (list of str)."""
        return [document.name]

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
