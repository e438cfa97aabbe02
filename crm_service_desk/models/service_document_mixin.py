# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models
from odoo.fields import Domain

from odoo.addons.crm_suite_base.tools.options import check_id_types

from .groups import AGENT


class ServiceDocumentMixin(models.AbstractModel):
    """A document that tickets are about, or that was made for a ticket."""

    _name = "service.document.mixin"
    _description = "Document with Tickets"
    # Field of the ticket that links the document, if there is one.
    _service_link_field = None

    service_ticket_id = fields.Many2one(
        "helpdesk.ticket",
        string="Made for Ticket",
        index="btree_not_null",
        copy=False,
        readonly=True,
        groups="base.group_user",
    )
    service_ticket_ids = fields.Many2many(
        "helpdesk.ticket",
        string="Tickets",
        compute="_compute_service_tickets",
        search="_search_service_ticket_ids",
        groups=AGENT,
    )
    service_ticket_count = fields.Integer(
        string="Number of Tickets", compute="_compute_service_tickets", groups=AGENT
    )

    def _compute_service_tickets(self):
        field = self._service_link_field
        tickets = self.env["helpdesk.ticket"]
        about = {}
        if field:
            about = tickets.search([(field, "in", self.ids)]).grouped(field)
        for document in self:
            # Through a filter of the user's own rights: a count is a fact too.
            made_for = document.service_ticket_id._filtered_access("read")
            linked = about.get(document, tickets.browse()) | made_for
            document.service_ticket_ids = linked
            document.service_ticket_count = len(linked)

    def _search_service_ticket_ids(self, operator, value):
        if operator != "in":
            return NotImplemented
        tickets = self.env["helpdesk.ticket"].search([("id", "in", list(value))])
        domain = Domain("service_ticket_id", "in", tickets.ids)
        if self._service_link_field:
            linked = tickets.mapped(self._service_link_field)
            domain |= Domain("id", "in", linked.ids)
        return domain

    def action_view_service_tickets(self):
        """Return the action that lists the tickets of these documents.

        :raise UserError: what is no id
        """
        check_id_types(self)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_mgmt.helpdesk_ticket_action"
        )
        tickets = self.service_ticket_ids
        return dict(action, domain=[("id", "in", tickets.ids)], context={})
