# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html

from odoo.addons.crm_suite_base.tools.options import Option, check_options

from .service_sla_policy import TICKET_KINDS
from .service_ticket_mail import MAX_SUBJECT

ID = Option("int", minimum=1)
# What a call may give of a ticket; ids of records are checked by their field.
VALUES = {
    "name": Option("str", minimum=1, maximum=MAX_SUBJECT, required=True),
    "description": Option("str", maximum=100_000),
    "company_id": ID,
    "team_id": ID,
    "partner_id": ID,
    "partner_name": Option("str", maximum=250),
    "partner_email": Option("str", maximum=254),
    "category_id": ID,
    "channel_id": ID,
    "user_id": ID,
    "priority": Option("str", choices=("0", "1", "2", "3")),
    "service_kind": Option("str", choices=tuple(dict(TICKET_KINDS))),
    "service_lot_id": ID,
    "service_order_id": ID,
    "service_picking_id": ID,
    "service_invoice_id": ID,
}
# Documents of the customer: the ticket itself refuses what is not his, in one answer
# for foreign and missing ones.
DOCUMENTS = {key for key in VALUES if key.startswith("service_") and key[-3:] == "_id"}


class ServiceTicketApi(models.AbstractModel):
    """Tickets made by other systems."""

    _name = "service.ticket.api"
    _description = "Tickets of Other Systems"

    @api.model
    def create_ticket(self, values, options=None):
        """Create one ticket, exactly once for a client key.

        :param dict values: ``name`` (required), ``description`` (plain text),
            ``company_id``, ``team_id``, ``partner_id``, ``partner_name``,
            ``partner_email``, ``category_id``, ``channel_id``, ``user_id``,
            ``priority`` ("0" to "3"), ``service_kind`` (question, fault, complaint,
            request), and what it is about: ``service_lot_id``, ``service_order_id``,
            ``service_picking_id``, ``service_invoice_id`` of the customer
        :param dict options: ``client_key`` (str, at most 200 characters): the same key
            with the same values answers the same ticket, with other values it is
            refused; unique per company, kept for 90 days
        :return: ``{"ticket_id", "number", "created": whether this call made it}``
        :raise UserError: unknown or wrong values, a record that does not exist, a
            document that is not the customer's, or a key used for other values
        :raise AccessError: no helpdesk user, or a company or record that is not his
        """
        self._check_desk("create")
        vals = check_options(self.env, values, VALUES, "values")
        spec = {"client_key": Option("str", minimum=1, maximum=200)}
        options = check_options(self.env, options, spec)
        company = self._api_check_records(vals)
        made = []

        def make():
            text = plaintext2html(vals.get("description") or vals["name"])
            made.append(self.create(dict(vals, description=text)))
            return made[0]

        ticket = self.env["crm.suite.client.key"]._answer(
            self._name, company, options.get("client_key"), vals, make
        )
        return {
            "ticket_id": ticket.id,
            "number": ticket.number,
            "created": bool(made),
        }

    @api.model
    def _api_check_records(self, vals):
        """Refuse ids of records that do not exist or that the user may not read.

        :return: the company of the ticket
        """
        for key in vals:
            field = self._fields[key]
            if field.type != "many2one":
                continue
            record = self.env[field.comodel_name].browse(vals[key])
            if key in DOCUMENTS:
                # Whose it is the ticket asks; he needs no right on it.
                if not record.exists():
                    raise self._service_unknown(record._name, record.id)
                continue
            if not record.exists():
                raise UserError(
                    self.env._(
                        "values[%(key)s]: there is no %(model)s with the id %(id)s.",
                        key=repr(key),
                        model=field.comodel_name,
                        id=vals[key],
                    )
                )
            record.check_access("read")
        team = self.env["helpdesk.ticket.team"].browse(vals.get("team_id", []))
        company = self.env["res.company"].browse(vals.get("company_id", []))
        return team.company_id or company or self.env.company
