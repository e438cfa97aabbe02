# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""OCA's routes that change tickets, closed where they were open."""

import uuid

import werkzeug.exceptions

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from odoo.addons.helpdesk_mgmt.controllers.main import HelpdeskTicketController

from ..engine.form_text import clean_line, clean_text, to_id
from ..models.service_ticket_mail import MAX_SUBJECT

MAX_TEXT = 50000
MAX_FILES = 10
MAX_FILE_NAME = 100
MAX_KEY = 64


def own_ticket(ticket_id):
    """Return the ticket (sudo) of a form if the user may deal with it, else none.

    Following a ticket lets one read it; closing and the like is for the customer's
    people and for who may write tickets anyway.
    """
    ticket = request.env["helpdesk.ticket"].browse(to_id(ticket_id))
    if not ticket.exists() or not ticket.has_access("read"):
        return ticket.browse()
    if ticket._portal_is_own(request.env.user) or ticket.has_access("write"):
        # Portal users have no right to write tickets; that this one is theirs is
        # checked above, and only what the customer may decide is written.
        return ticket.sudo()
    return ticket.browse()


class ServiceDeskController(HelpdeskTicketController):
    @http.route("/ticket/close", methods=["POST"], csrf=True)
    def support_ticket_close(self, **kw):
        """Close one's own ticket, in a stage that the desk offers to customers.

        A foreign, a missing and a malformed ticket get the same answer.
        """
        ticket = own_ticket(kw.get("ticket_id"))
        if not ticket:
            return request.redirect("/my", code=302)
        stages = ticket.team_id._get_applicable_stages().filtered("close_from_portal")
        stage = stages.filtered(lambda s: s.id == to_id(kw.get("stage_id")))
        if stage and not ticket.closed:
            ticket.stage_id = stage
        return request.redirect(f"/my/ticket/{ticket.id}", code=302)

    @http.route(
        "/ticket/reopen", type="http", auth="user", methods=["POST"], website=True
    )
    def reopen_ticket(self, **kw):
        """Open one's own closed ticket again, as the team allows; see close."""
        ticket = own_ticket(kw.get("ticket_id"))
        if not ticket:
            return request.redirect("/my", code=302)
        ticket._reopen_by_customer()
        return request.redirect(f"/my/ticket/{ticket.id}", code=302)

    @http.route(
        "/ticket/rate", type="http", auth="user", methods=["POST"], website=True
    )
    def rate_ticket(self, **kw):
        """Lead to one's answer about one's own solved ticket; see close."""
        ticket = own_ticket(kw.get("ticket_id"))
        user = request.env.user
        if not ticket or not ticket._portal_is_own(user):
            return request.redirect("/my", code=302)
        if not ticket._service_may_be_rated():
            return request.redirect(f"/my/ticket/{ticket.id}", code=302)
        token = ticket._service_rating_of(user.partner_id).access_token
        return request.redirect(f"/ticket/rate/{token}", code=303)

    # === NEW TICKETS === #

    def _get_create_new_ticket_values(self, **kw):
        values = super()._get_create_new_ticket_values(**kw)
        offers = request.env["helpdesk.ticket"]._portal_offers(
            request.env.user.partner_id, request.env.company
        )
        typed = {
            name: clean_text(kw.get(name), MAX_TEXT)
            for name in ("subject", "description", "about", "team", "category")
        }
        key = clean_line(kw.get("client_key"), MAX_KEY)
        return dict(
            values,
            offers=offers,
            typed=typed,
            client_key=key or uuid.uuid4().hex,
            page_name="new_ticket",
            error=kw.get("form_error", ""),
        )

    @http.route("/submitted/ticket", methods=["POST"], csrf=True)
    def submit_ticket(self, **kw):
        """Make a ticket of the portal's form, once for a form that is sent twice.

        What was not offered is not taken: another customer's document gets the same
        answer as one that does not exist, and the form with what was typed.
        """
        kw = dict(kw, **self._submitted(kw))
        if not kw["subject"]:
            raise werkzeug.exceptions.BadRequest()
        tickets = request.env["helpdesk.ticket"]
        partner, company = request.env.user.partner_id, self._submitted_company(kw)
        try:
            self._check_files()
            kw["links"] = tickets._portal_choice(partner, company, kw["about"])
        except UserError as error:
            values = self._get_create_new_ticket_values(**kw, form_error=str(error))
            page = request.render("helpdesk_mgmt.portal_create_ticket", values)
            page.status_code = 422
            return page
        made = []

        def make():
            made.append(super(ServiceDeskController, self).submit_ticket(**kw))
            return tickets.sudo().browse(self._made_id(made[0]))

        # Customers have no right on tickets but to read theirs; the key answers only
        # what the same user made of the same form and text.
        keys = request.env["crm.suite.client.key"].sudo()
        payload = {name: kw[name] for name in ("subject", "description", "about")}
        key = kw["client_key"] and "-".join(
            ("portal", str(request.env.uid), kw["client_key"])
            + (keys._hash_payload(payload),)
        )
        ticket = keys._answer("helpdesk.ticket", company, key, payload, make)
        return request.redirect(f"/my/ticket/{ticket.id}", code=303)

    def _submitted(self, kw):
        """Return what the form sent, of what it offered and as clean text."""
        teams = self._get_teams() or request.env["helpdesk.ticket.team"]
        categories = self._get_categories(**kw)
        team = teams & teams.browse(to_id(kw.get("team")))
        category = categories & categories.browse(to_id(kw.get("category")))
        return {
            "subject": clean_line(kw.get("subject"), MAX_SUBJECT),
            "description": clean_text(kw.get("description"), MAX_TEXT),
            "about": clean_line(kw.get("about"), 64),
            "client_key": clean_line(kw.get("client_key"), MAX_KEY),
            "team": team.id or "",
            "category": category.id or "",
        }

    def _check_files(self):
        """Give the files of the form, which OCA's method stores, names in one line.

        :raise UserError: there are more than :data:`MAX_FILES`
        """
        sent = request.httprequest.files.getlist("attachment")
        sent = [file for file in sent if file.filename]
        if len(sent) > MAX_FILES:
            raise UserError(
                request.env._(
                    "At most %(count)s files can be sent at once.", count=MAX_FILES
                )
            )
        for file in sent:
            file.filename = clean_line(file.filename, MAX_FILE_NAME) or "file"

    def _submitted_company(self, kw):
        """Return the company in which the submitted ticket will be."""
        env = request.env
        # Of what was offered; only the company is read.
        team = env["helpdesk.ticket.team"].sudo().browse(kw["team"] or [])
        category = env["helpdesk.ticket.category"].sudo().browse(kw["category"] or [])
        return team.company_id or category.company_id or env.company

    def _made_id(self, response):
        """Return the id of the ticket that OCA's answer leads to."""
        return to_id(response.location.rpartition("/")[2])

    def _prepare_submit_ticket_vals(self, **kw):
        vals = super()._prepare_submit_ticket_vals(**kw)
        return dict(vals, **kw.get("links", {}))
