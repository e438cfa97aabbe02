# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.crm_suite_base.tools.options import Option, check_options
from odoo.addons.crm_suite_base.tools.plain import plain

from ..engine.phone import canonical
from .groups import AGENT
from .service_sla_policy import TICKET_KINDS

MAX_PHONE = 40
PARTNERS, TICKETS = 10, 20


class ServiceTicketCall(models.AbstractModel):
    """A customer calls: who is it, what is open, and a ticket of it in one step."""

    _name = "service.ticket.call"
    _description = "Calls to the Service Desk"

    service_phone = fields.Char(
        string="Caller's Number",
        copy=False,
        groups=AGENT,
        help="The number from which the customer called.",
    )

    # === API === #

    @api.model
    @api.readonly
    def find_caller(self, phone):
        """Return who has a telephone number, and his open tickets.

        The number may be written in any way: ``02-1234-5678``, ``+82 2 1234 5678``,
        ``0082212345678``; without a country code it is one of the company's country.

        :param str phone: the caller's number
        :return: ``{"phone": number as +82212345678 (its digits, if it has no country),
            "partners": [{"partner_id", "name", "commercial_name", "email", "phone",
            "open_tickets": [{"ticket_id", "number", "name", "stage", "opened_on",
            "user"}]}]}``; open tickets of the caller and of his company that the user
            may read, his own first
        :raise AccessError: no helpdesk user
        :raise UserError: no text, too short or too long
        """
        self._check_desk()
        number = self._service_check_phone(phone)
        return plain(
            {
                "phone": number,
                "partners": [
                    dict(
                        self._service_caller(partner),
                        open_tickets=[
                            self._service_call_row(ticket)
                            for ticket in self._service_open_tickets(partner)
                        ],
                    )
                    for partner in self._service_callers(number)
                ],
            }
        )

    @api.model
    def create_from_call(self, values, client_key=None):
        """Make a ticket of a call, and return it.

        :param dict values: ``name`` (str, required), ``phone`` (str), ``partner_id``
            (int; without it the one contact that has the number), ``partner_name``,
            ``partner_email`` (of a caller who is no contact), ``description``,
            ``team_id`` (int), ``kind`` (str), ``priority`` ("0" to "3")
        :param str client_key: the same key answers the same ticket again
        :return: ``{"ticket_id", "number"}``
        :raise AccessError: no helpdesk user, or no right to make tickets
        :raise UserError: unknown keys, a contact or a team that does not exist
        """
        self._check_desk("create")
        given = check_options(self.env, values, self._service_call_spec(), "values")
        vals = self._prepare_call(given)
        ticket = self.env["crm.suite.client.key"]._answer(
            self._name, self.env.company, client_key, given, lambda: self.create(vals)
        )
        return plain({"ticket_id": ticket.id, "number": ticket.sudo().number})

    @api.model
    def _service_call_spec(self):
        text = Option("str", maximum=250)
        return {
            "name": Option("str", minimum=1, maximum=250, required=True),
            "phone": Option("str", maximum=MAX_PHONE),
            "partner_id": Option("int", minimum=1),
            "partner_name": text,
            "partner_email": text,
            "description": Option("str", maximum=100_000),
            "team_id": Option("int", minimum=1),
            "kind": Option("str", choices=tuple(key for key, _label in TICKET_KINDS)),
            "priority": Option("str", choices=("0", "1", "2", "3")),
        }

    @api.model
    def _prepare_call(self, given):
        """Return the values of the ticket that a call makes."""
        number = self._service_check_phone(given["phone"]) if "phone" in given else ""
        partner = self._service_given(given, "res.partner", "partner_id")
        if not partner and number:
            callers = self._service_callers(number)
            partner = callers if len(callers) == 1 else partner
        channel = self.env.ref(
            "helpdesk_mgmt.helpdesk_ticket_channel_phone", raise_if_not_found=False
        )
        vals = {
            "name": given["name"],
            "description": given.get("description") or given["name"],
            "team_id": self._service_given(given, "helpdesk.ticket.team", "team_id").id,
            "channel_id": channel.id if channel else False,
            "partner_id": partner.id,
            "partner_name": given.get("partner_name") or partner.name,
            "partner_email": given.get("partner_email") or partner.email,
            "service_phone": number,
        }
        if "kind" in given:
            vals["service_kind"] = given["kind"]
        if "priority" in given:
            vals["priority"] = given["priority"]
        return vals

    @api.model
    def _service_given(self, given, model, key):
        """Return the record that a caller names, which the user may read."""
        record = self.env[model].browse(given.get(key) or [])
        if record and not (record.exists() and record.has_access("read")):
            raise UserError(
                self.env._(
                    "values['%(key)s']: there is no %(model)s with the id %(id)s.",
                    key=key,
                    model=model,
                    id=given[key],
                )
            )
        return record

    # === NUMBERS === #

    @api.model
    def _service_check_phone(self, phone):
        """Return a number in international form, or its digits if it has none."""
        if not isinstance(phone, str) or len(phone) > MAX_PHONE:
            raise UserError(
                self.env._(
                    "phone: %(value)s must be a text of at most %(length)s characters.",
                    value=repr(phone)[:100],
                    length=MAX_PHONE,
                )
            )
        digits = [c for c in phone if c.isascii() and c.isdigit()]
        if len(digits) < 3:
            raise UserError(
                self.env._(
                    "phone: %(value)s has fewer than three digits.", value=repr(phone)
                )
            )
        return canonical(phone, self.env.company.country_id.phone_code)

    @api.model
    def _service_callers(self, number):
        """Return the contacts that have a number; people before their companies."""
        return self.env["res.partner"].search(
            [("service_phone_key", "=", number)],
            order="is_company, id",
            limit=PARTNERS,
        )

    @api.model
    def _service_open_tickets(self, partner):
        """Return open tickets of a caller and of his company, his own first."""
        if not partner:
            return self.browse()
        entity = partner.commercial_partner_id
        tickets = self.search(
            Domain("commercial_partner_id", "=", entity.id)
            & Domain("stage_id.closed", "=", False),
            order="service_due, id",
            limit=TICKETS,
        )
        return tickets.sorted(lambda ticket: ticket.partner_id != partner)

    @api.model
    def _service_caller(self, partner):
        return {
            "partner_id": partner.id,
            "name": partner.name,
            "commercial_name": partner.commercial_partner_id.name,
            "email": partner.email,
            "phone": partner.phone,
        }

    @api.model
    def _service_call_row(self, ticket):
        return {
            "ticket_id": ticket.id,
            "number": ticket.number,
            "name": ticket.name,
            "stage": ticket.stage_id.name,
            "opened_on": ticket.service_opened_on,
            "user": ticket.user_id.name,
        }
