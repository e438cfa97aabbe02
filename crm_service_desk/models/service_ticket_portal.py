# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_datetime
from odoo.tools.mail import email_normalize

from ..engine import clock
from .service_ticket_context import LINKS, SERIAL_LIMIT

# What tells of other tickets how they are called, whoever's they are.
OF_OTHERS = {"duplicate_id", "duplicate_ids", "duplicate_count"}
# Order in which a form offers what the customer owns.
OFFERED = ("stock.lot", "sale.order", "stock.picking", "account.move")


class ServiceTicketPortal(models.AbstractModel):
    """What the customer sees of a ticket and may do with it."""

    _name = "service.ticket.portal"
    _description = "Ticket in the Portal"

    @api.model
    def _has_field_access(self, field, operation):
        """Hide from customers of which ticket theirs is a duplicate. See core."""
        if field.name in OF_OTHERS and self.env.user.share and not self.env.su:
            return False
        return super()._has_field_access(field, operation)

    # === PROMISES === #

    def _get_portal_promises(self):
        """Return what is promised to the customer, as sentences in his words.

        Moments in the reader's time zone, which is named; nothing about what is late
        or why beyond what he can see himself.
        """
        self.ensure_one()
        # The page has been checked by the caller; targets and stages are read for it.
        ticket = self.sudo()
        state = ticket.stage_id.service_clock
        if ticket.closed:
            return [ticket._portal_closed_text(state)]
        if state == clock.PAUSED:
            return [ticket._portal_paused_text()]
        texts = {
            "first_response": self.env._("We will answer you by %(due)s."),
            "next_response": self.env._("We will answer your message by %(due)s."),
            "resolution": self.env._("We aim to have this solved by %(due)s."),
        }
        return [
            texts[target.kind] % {"due": self._portal_moment(target.due)}
            for target in ticket.service_target_ids.sorted("due")
            if target.state in ("running", "warned")
        ] or [self.env._("We are working on it.")]

    def _portal_closed_text(self, state):
        day = self._portal_moment(self.closed_date)
        if state == clock.SOLVED:
            return self.env._("Solved on %(day)s.", day=day)
        return self.env._("Closed on %(day)s.", day=day)

    def _portal_paused_text(self):
        if self._portal_waits_for_customer():
            return self.env._(
                "We are waiting for your answer; until then our time does not run."
            )
        return self.env._(
            "We are waiting for someone else; until then our time does not run."
        )

    def _portal_waits_for_customer(self):
        """Say whether the clock stands and the last word was ours."""
        self.ensure_one()
        ticket = self.sudo()
        return bool(
            ticket.stage_id.service_clock == clock.PAUSED
            and ticket.service_first_response_on
            and not ticket.service_waiting_since
        )

    def _portal_moment(self, moment):
        """Return a moment (naive UTC) in the zone and language of who reads it."""
        # Only the time zones are read.
        ticket = self.sudo()
        partner, company = ticket.partner_id, ticket.company_id.partner_id
        zone = self.env.user.tz or partner.tz or company.tz or "UTC"
        if self.env.user._is_public():
            zone = partner.tz or zone
        text = format_datetime(self.env, moment, tz=zone, dt_format="short")
        return f"{text} ({zone})"

    # === WHAT HE MAY DO === #

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        """Follow; a foreign ticket is a missing one. See core for the arguments."""
        self._portal_refuse_missing(self)
        return super().message_subscribe(partner_ids, subtype_ids)

    def message_unsubscribe(self, partner_ids=None):
        """Follow no more; a foreign ticket is a missing one. See core."""
        self._portal_refuse_missing(self)
        return super().message_unsubscribe(partner_ids)

    def _service_leave(self, partners):
        """Let customers who have nothing to do with these tickets (sudo) any more
        follow them no longer. Whose address a ticket has goes on writing to it.

        :param partners: res.partner (sudo)
        """
        customers = partners.filtered(
            lambda one: all(user.share for user in one.user_ids)
        )
        for ticket in self:
            gone = (customers & ticket.message_partner_ids).filtered(
                lambda one, ticket=ticket: not ticket._service_is_address_of(one)
            )
            if gone:
                ticket.message_unsubscribe(gone.ids)

    def _service_is_address_of(self, partner):
        """Say whether the ticket's address is a partner's."""
        self.ensure_one()
        address = email_normalize(self.partner_email, strict=False)
        return bool(address) and address == partner.email_normalized

    def _service_change_customer(self, before):
        """Hand this ticket (sudo) over to another customer: who was taken for its
        customer neither follows it nor has a link that opens it.

        :param before: res.partner (sudo), the commercial entity that it had
        """
        self.ensure_one()
        customer = self.commercial_partner_id
        if not before or customer == before:
            return
        self._service_leave(
            self.message_partner_ids.filtered(
                lambda one: one.commercial_partner_id == before
            )
        )
        address = email_normalize(self.partner_email, strict=False)
        people = before.with_context(active_test=False)
        if not address or not people.search_count(
            [
                ("commercial_partner_id", "=", before.id),
                ("email_normalized", "=", address),
            ],
            limit=1,
        ):
            self.write({"access_token": False, "service_confirm_token": False})
            # What nobody has answered: there is nobody left to ask.
            self.env["rating.rating"].search(
                [
                    ("service_ticket_id", "=", self.id),
                    ("partner_id.commercial_partner_id", "=", before.id),
                    ("consumed", "=", False),
                ]
            ).unlink()

    @api.model
    def _portal_refuse_missing(self, records):
        """Refuse a customer what does not exist like what is not his.

        :param records: of any model
        :raise AccessError: the same for both
        """
        known = self.env.su or not self.env.user.share
        if not known and not (
            records.exists() == records and records.has_access("read")
        ):
            raise AccessError(self.env._("It does not exist, or is not yours."))

    def _portal_is_own(self, user):
        """Say whether a user is one of the customer's people who deal with the ticket.

        Who merely follows it reads and writes messages, no more.
        """
        self.ensure_one()
        if not user or user._is_public():
            return False
        ticket = self.sudo()
        mine = ticket.commercial_partner_id == user.commercial_partner_id
        role = user.partner_id.sudo().service_portal_scope
        return bool(
            ticket.partner_id
            and mine
            and (ticket.partner_id == user.partner_id or role == "company")
        )

    def _reopen_by_customer(self):
        """Open a closed ticket again for its customer, if the team's policy lets him.

        The caller has checked that he is the customer.

        :return: whether it is open now
        """
        self.ensure_one()
        if self._portal_may_reopen():
            # Customers have no right to write tickets; only the stage is written.
            self.sudo()._service_reopen()
        return not self.closed

    def _portal_may_reopen(self):
        """Say whether the customer may open the ticket again now: when a message of
        his would."""
        # The policy is the team's; the ticket has been checked by the caller.
        return self.sudo()._service_on_reply(self._service_moment()) == "reopen"

    def _service_on_reply(self, moment):
        """Return what a customer's message to this ticket (sudo) does at a moment:
        ``reopen`` or ``stay``; policies override this."""
        return "reopen" if self.closed else "stay"

    def _service_reopen(self):
        """Put closed tickets (sudo) back to work; policies override this."""
        for ticket in self.filtered("closed"):
            stages = ticket.team_id._get_applicable_stages()
            counting = stages.filtered(
                lambda stage: stage.service_clock == clock.COUNTS
            )
            begun = counting.filtered(lambda stage: not stage.unattended)
            if counting:
                ticket.stage_id = (begun or counting)[0]

    # === WHAT HE OWNS === #

    @api.model
    def _portal_offers(self, partner, company):
        """Return what a form offers to be about: ``[(model, title, [(value, name)])]``.

        Documents and serial numbers of the partner's commercial entity in the company;
        ``value`` is ``model,id``.
        """
        labels = {
            "stock.lot": self.env._("Serial Numbers"),
            "sale.order": self.env._("Orders"),
            "stock.picking": self.env._("Deliveries"),
            "account.move": self.env._("Invoices"),
        }
        ticket = self._portal_draft(partner, company)
        offers = []
        for model in OFFERED:
            # Names of the customer's own documents, and of no other's: see
            # _service_documents.
            documents = ticket._service_documents(model)[:SERIAL_LIMIT].sudo()
            rows = [
                (f"{model},{document.id}", self._portal_document_name(document))
                for document in documents
            ]
            if rows:
                offers.append((model, labels[model], rows))
        return offers

    @api.model
    def _portal_choice(self, partner, company, value):
        """Return ``{field of the ticket: id}`` of what a form says it is about.

        :param str value: ``model,id`` or ""
        :raise UserError: the same for what is not his, does not exist, or is no choice
        """
        if not value:
            return {}
        model, _comma, res_id = str(value).partition(",")
        number = int(res_id) if res_id.isascii() and res_id.isdigit() else 0
        if model in LINKS and 0 < number < 2**31:
            document = self.env[model].browse(number)
            draft = self._portal_draft(partner, company)
            if document in draft._service_documents(model, document):
                return {LINKS[model]: document.id}
        raise UserError(
            self.env._("What the request is about could not be found. Choose again.")
        )

    @api.model
    def _portal_draft(self, partner, company):
        """Return a ticket that is not saved, to ask what its customer owns."""
        return self.sudo().new({"partner_id": partner.id, "company_id": company.id})

    @api.model
    def _portal_document_name(self, document):
        """Return the name of one of the customer's documents, with what it is of."""
        if document._name == "stock.lot":
            return f"{document.name} - {document.product_id.display_name}"
        return document.name

    def _portal_documents(self):
        """Return ``[(title, name)]`` of the documents that the ticket is about."""
        self.ensure_one()
        # The documents are the ticket's customer's own; see _service_check_links.
        ticket = self.sudo()
        titles = {
            "stock.lot": self.env._("Serial Number"),
            "sale.order": self.env._("Order"),
            "stock.picking": self.env._("Delivery"),
            "account.move": self.env._("Invoice"),
        }
        return [
            (titles[model], self._portal_document_name(ticket[LINKS[model]]))
            for model in OFFERED
            if ticket[LINKS[model]]
        ]
