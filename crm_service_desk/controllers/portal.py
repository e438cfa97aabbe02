# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What customers can reach of the desk: OCA's routes, closed where they were open."""

import werkzeug.exceptions

from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.fields import Date
from odoo.http import request

from odoo.addons.helpdesk_mgmt.controllers.main import HelpdeskTicketController
from odoo.addons.helpdesk_mgmt.controllers.myaccount import CustomerPortalHelpdesk

from ..engine.form_text import to_id


class ServiceDeskController(HelpdeskTicketController):
    @http.route("/ticket/close", methods=["POST"], csrf=True)
    def support_ticket_close(self, **kw):
        """Close one's own ticket, in a stage that the desk offers to customers.

        A foreign, a missing and a malformed ticket get the same answer.
        """
        ticket = request.env["helpdesk.ticket"].browse(to_id(kw.get("ticket_id")))
        ticket = self._own_ticket(ticket)
        if not ticket:
            return request.redirect("/my", code=302)
        stages = ticket.team_id._get_applicable_stages().filtered("close_from_portal")
        stage = stages.filtered(lambda s: s.id == to_id(kw.get("stage_id")))
        if stage and not ticket.closed:
            ticket.stage_id = stage
        return request.redirect(f"/my/ticket/{ticket.id}", code=302)

    def _own_ticket(self, ticket):
        """Return the ticket (sudo) if the user may close it, else an empty one.

        Following a ticket lets one read it; closing is for the customer's people and
        for who may write tickets anyway.
        """
        if not ticket.exists() or not ticket.has_access("read"):
            return ticket.browse()
        user = request.env.user
        own = ticket.sudo().commercial_partner_id == user.commercial_partner_id
        if own or ticket.has_access("write"):
            # Portal users have no right to write tickets; that this one is theirs is
            # checked above, and only the stage is written.
            return ticket.sudo()
        return ticket.browse()

    @http.route("/submitted/ticket", methods=["POST"], csrf=True)
    def submit_ticket(self, **kw):
        """Make a ticket of the portal's form; what was not offered is not taken."""
        if not (kw.get("subject") or "").strip():
            raise werkzeug.exceptions.BadRequest()
        teams = self._get_teams() or request.env["helpdesk.ticket.team"]
        categories = self._get_categories(**kw)
        kw["team"] = (teams & teams.browse(to_id(kw.get("team")))).id or ""
        kw["category"] = (
            categories & categories.browse(to_id(kw.get("category")))
        ).id or ""
        kw["description"] = kw.get("description") or ""
        return super().submit_ticket(**kw)


class ServiceDeskPortal(CustomerPortalHelpdesk):
    @http.route()
    def portal_my_tickets(self, page=1, **kw):
        """List the tickets; a malformed parameter is as good as none."""
        choices = {
            "sortby": self._ticket_get_searchbar_sortings(),
            "groupby": self._ticket_get_searchbar_groupby(),
            "search_in": self._ticket_get_searchbar_inputs(),
        }
        for name, known in choices.items():
            if kw.get(name) not in known:
                kw[name] = None
        for name in ("date_begin", "date_end"):
            kw[name] = self._to_date(kw.get(name))
        return super().portal_my_tickets(page=page, **kw)

    def _to_date(self, value):
        try:
            return Date.to_string(Date.to_date(value)) if value else None
        except ValueError:
            return None

    @http.route()
    def portal_my_ticket(self, ticket_id, access_token=None, **kw):
        """Show a ticket, without the files of internal notes.

        Not calling super: it gives every file of the ticket an access token.
        """
        try:
            ticket = self._document_check_access(
                "helpdesk.ticket", ticket_id, access_token=access_token
            )
        except (AccessError, MissingError):
            return request.redirect("/my")
        files = ticket._get_portal_attachments()
        files.generate_access_token()
        values = self._ticket_get_page_view_values(ticket, access_token, **kw)
        return request.render("helpdesk_mgmt.portal_helpdesk_ticket_page", values)

    def _ticket_get_page_view_values(self, ticket, access_token, **kwargs):
        values = super()._ticket_get_page_view_values(ticket, access_token, **kwargs)
        values["portal_attachments"] = ticket._get_portal_attachments()
        values["promises"] = ticket._get_portal_promises()
        return values
