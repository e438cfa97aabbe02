# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
import uuid
from email.message import EmailMessage

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import plaintext2html
from odoo.tools.mail import email_normalize

from .groups import AGENT
from .service_ticket_mail import MAX_ACKNOWLEDGED

_logger = logging.getLogger(__name__)


class ServiceTicketWeb(models.AbstractModel):
    """Requests of visitors who have no login: anybody can type any address."""

    _name = "service.ticket.web"
    _description = "Web Form of a Ticket"

    service_unverified = fields.Boolean(
        string="Unverified Sender",
        readonly=True,
        copy=False,
        groups=AGENT,
        help="It came by the web form, and nobody has confirmed that the address is"
        " the sender's. Tell him nothing that only the customer may know.",
    )
    service_confirm_token = fields.Char(copy=False, groups="base.group_no_one")

    # === TAKING IN === #

    @api.model
    def _service_web_submit(self, team, form, files, key):
        """Make a ticket of a visitor's form, or keep the form in the quarantine.

        :param team: of those that the form offers (sudo)
        :param dict form: clean ``name``, ``email``, ``subject``, ``description``
        :param list files: (name, bytes)
        :param str key: of the form; the same form with the same text makes one ticket
        :return: the ticket (sudo), empty when the form is in the quarantine
        """
        company = team.company_id or self.env.company
        keys = self.env["crm.suite.client.key"].sudo()
        digest = keys._hash_payload(dict(form, team=team.id))

        def make():
            return self._service_web_create(team, company, form, files)

        # Visitors have no rights; the caller has checked and counted this form.
        desk = self.sudo()
        try:
            # A savepoint, because a database error would take the quarantine along.
            with self.env.cr.savepoint():
                ticket = keys._answer(
                    self._name, company, key and f"web-{key}-{digest}", form, make
                )
                self.env.flush_all()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception as error:
            _logger.info("Web form quarantined: %s", error, exc_info=True)
            reason = self.env["service.mail.quarantine"]._explain(error)
            self._service_web_keep(team, form, files, "failed", reason)
            return desk.browse()
        return desk.browse(ticket.id)

    @api.model
    def _service_web_create(self, team, company, form, files):
        """Create the ticket (sudo): of nobody known, whatever the address says."""
        channel = self.env.ref(
            "helpdesk_mgmt.helpdesk_ticket_channel_web", raise_if_not_found=False
        )
        ticket = self.sudo().create(
            dict(
                self._service_web_values(team, form),
                company_id=company.id,
                description=plaintext2html(form["description"]),
                channel_id=channel.id if channel else False,
                user_id=False,
                service_confirm_token=uuid.uuid4().hex,
            )
        )
        self.env["ir.attachment"].sudo().create(
            [
                {
                    "name": name,
                    "raw": content,
                    "res_model": self._name,
                    "res_id": ticket.id,
                }
                for name, content in files
            ]
        )
        ticket._service_web_acknowledge()
        return ticket

    @api.model
    def _service_web_values(self, team, form):
        return {
            "name": form["subject"],
            "team_id": team.id,
            "partner_id": False,
            "partner_name": form["name"],
            "partner_email": form["email"],
            "service_unverified": True,
        }

    @api.model
    def _service_web_keep(self, team, form, files, state, reason):
        """Keep a form as a raw mail, to be processed like one by a manager."""
        mail = EmailMessage()
        mail["Subject"] = form["subject"]
        mail["From"] = form["email"]
        # No alias: a mail to one would be taken for the customer's own.
        mail["To"] = "web-form@web-form.invalid"
        mail["Message-ID"] = f"<{uuid.uuid4().hex}@web-form.invalid>"
        mail.set_content(form["description"])
        for name, content in files:
            mail.add_attachment(
                content, maintype="application", subtype="octet-stream", filename=name
            )
        values = self._service_web_values(team, form)
        # What it becomes later is as unverified as it is now.
        row = (
            self.env["service.mail.quarantine"]
            .sudo()
            ._keep(mail.as_bytes(), state, reason, self._name, values)
        )
        row.company_id = team.company_id

    def _service_web_acknowledge(self):
        """Queue a mail with the number and the link that confirms the address.

        It repeats nothing that was typed: who typed a victim's address could send him
        any words. At most :data:`MAX_ACKNOWLEDGED` go to an address in an hour.
        """
        self.ensure_one()
        template = self.env.ref(
            "crm_service_desk.mail_template_web_received", raise_if_not_found=False
        )
        limits = self.env["service.web.limit"]
        if template and limits._take(
            "acknowledged", self.partner_email, MAX_ACKNOWLEDGED
        ):
            template.sudo().send_mail(self.id, force_send=False)

    def _service_is_chatty(self):
        """Send no mail of a stage to an address that nobody has confirmed."""
        return self.sudo().service_unverified or super()._service_is_chatty()

    @api.model
    def _service_make_contact(self, mail, values):
        """Make no contact of a form that comes back from the quarantine."""
        if values.get("service_unverified"):
            return None
        return super()._service_make_contact(mail, values)

    # === WHOSE IT IS === #

    def action_service_confirm_sender(self):
        """Take the sender for the one he says he is; return True.

        :raise AccessError: no helpdesk user, or a ticket that he may not change
        """
        self._check_desk("write")
        # The agent may change the ticket; contacts are looked up and made for him by
        # the team's rule, as for mail.
        self.sudo()._service_confirm_sender()
        return True

    def _service_confirm_sender(self):
        """Link the customer of a confirmed address (sudo), by the rule of the team.

        The contact with that address if there is one; with several in different
        companies the agent picks.
        """
        for ticket in self.filtered("service_unverified"):
            ticket.service_unverified = False
            if not ticket.partner_id:
                ticket.partner_id = ticket._service_contact_of_address()
            ticket._service_link_from_text(f"{ticket.name}\n{ticket.description}")

    def _service_contact_of_address(self):
        """Return the one contact with the ticket's address, made if the team wants."""
        address = email_normalize(self.partner_email or "")
        partners = self.env["res.partner"]
        if not address:
            return partners
        found = partners.search(
            [
                ("email_normalized", "=", address),
                ("company_id", "in", (False, self.company_id.id)),
            ],
            order="is_company, id",
        )
        if len(found.commercial_partner_id) == 1:
            return found[0]
        if found or self.team_id.service_new_sender != "contact":
            return partners
        return partners.create(
            {
                "name": self.partner_name or address,
                "email": address,
                "company_id": self.team_id.company_id.id,
            }
        )
