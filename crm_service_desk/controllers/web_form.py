# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A request without a login, and the confirmation of the address it came from.

Every visitor gets the same answers, whether his address is known or not.
"""

import uuid

import werkzeug.exceptions

from odoo import http
from odoo.http import request
from odoo.tools import consteq

from ..engine.form_text import clean_address, clean_line, clean_text, origin, to_id
from ..models.service_ticket_mail import MAX_SUBJECT

MAX_TEXT = 20000
MAX_NAME = 100
MAX_FILES = 5
MAX_BYTES = 10 * 1024 * 1024
# In an hour; system parameters crm_service_desk.web_max_per_address and _per_sender.
PER_ADDRESS = 20
PER_SENDER = 5


class WebForm(http.Controller):
    @http.route(
        ["/ticket/web", "/ticket/web/<int:team_id>"],
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
    )
    def show_form(self, team_id=0, **kw):
        """Show the form; who is logged in has a better one."""
        teams = self._teams(team_id)
        if not request.env.user._is_public():
            return request.redirect("/new/ticket")
        return self._page(teams, team_id, self._form(kw))

    @http.route(
        ["/ticket/web", "/ticket/web/<int:team_id>"],
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
    )
    def submit_form(self, team_id=0, **kw):
        """Take a request in: a ticket, or a form in the quarantine; never nothing."""
        teams = self._teams(team_id)
        form = self._form(kw)
        files, too_much = self._files()
        error = self._error(form, too_much)
        if error:
            return self._page(teams, team_id, form, error, 422)
        if not self._allowed(form["email"]):
            error = request.env._(
                "Too many requests within an hour. Please write to us by mail, or try"
                " again later; your text is still here."
            )
            return self._page(teams, team_id, form, error, 429)
        team = teams & teams.browse(to_id(kw.get("team"))) or teams[:1]
        asked = {key: form[key] for key in ("name", "email", "subject", "description")}
        tickets = request.env["helpdesk.ticket"]
        if kw.get("homepage"):
            # Nobody sees this field; a program that fills in everything did. A person
            # whose browser did it can be found in the quarantine.
            reason = request.env["service.mail.quarantine"]._why("form_hidden")
            tickets._service_web_keep(team, asked, files, "automatic", reason)
        else:
            tickets._service_web_submit(team, asked, files, form["client_key"])
        return request.redirect("/ticket/web/thanks", code=303)

    @http.route(
        "/ticket/web/thanks",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
    )
    def show_thanks(self, **kw):
        """Say thank you, the same to everybody."""
        return request.render("crm_service_desk.web_form_thanks")

    def _teams(self, team_id):
        """Return the teams that the form offers.

        :raise NotFound: none, or the one asked for is not offered or does not exist
        """
        number = team_id if 0 <= team_id < 2**31 else -1
        teams = request.env["helpdesk.ticket.team"]._service_web_teams(
            request.env.company, number
        )
        if not teams:
            raise werkzeug.exceptions.NotFound()
        return teams

    def _form(self, kw):
        """Return what was typed, as clean text."""
        return {
            "name": clean_line(kw.get("name"), MAX_NAME),
            "email": clean_address(kw.get("email")),
            "typed_email": clean_line(kw.get("email"), 254),
            "subject": clean_line(kw.get("subject"), MAX_SUBJECT),
            "description": clean_text(kw.get("description"), MAX_TEXT),
            "team": to_id(kw.get("team")),
            "client_key": clean_line(kw.get("client_key"), 64),
        }

    def _files(self):
        """Return ([(name, bytes)], whether there is more than is taken)."""
        sent = request.httprequest.files.getlist("attachment")
        sent = [file for file in sent if file.filename]
        files = [
            (clean_line(file.filename, 100) or "file", file.read(MAX_BYTES + 1))
            for file in sent[:MAX_FILES]
        ]
        size = sum(len(content) for _name, content in files)
        return files, len(sent) > MAX_FILES or size > MAX_BYTES

    def _error(self, form, too_much):
        """Return what is wrong with the form, in words; "" if nothing is."""
        if not form["email"]:
            return request.env._("Please give the address to which we can answer.")
        if not form["subject"] or not form["description"]:
            return request.env._("Please tell us what it is about.")
        if too_much:
            return request.env._(
                "At most %(count)s files of together %(size)s MB can be sent.",
                count=MAX_FILES,
                size=MAX_BYTES // (1024 * 1024),
            )
        return ""

    def _allowed(self, sender):
        """Count the request; return whether its origin and its sender may send it."""
        limits = request.env["service.web.limit"]
        limit = request.env["mail.thread"]._service_mail_limit
        address = origin(request.httprequest.remote_addr)
        return limits._take(
            "address", address, limit("web_max_per_address", PER_ADDRESS)
        ) and limits._take("sender", sender, limit("web_max_per_sender", PER_SENDER))

    def _page(self, teams, team_id, form, error="", status=200):
        page = request.render(
            "crm_service_desk.web_form_page",
            {
                "teams": teams,
                "form": dict(form, client_key=form["client_key"] or uuid.uuid4().hex),
                "action": f"/ticket/web/{team_id}" if team_id else "/ticket/web",
                "error": error,
            },
        )
        page.status_code = status
        return page

    # === CONFIRMATION OF THE ADDRESS === #

    @http.route(
        "/ticket/confirm/<int:ticket_id>/<string:token>",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
    )
    def show_confirmation(self, ticket_id, token, **kw):
        """Show the button that confirms the address. Changes nothing."""
        ticket = self._waiting(ticket_id, token)
        return request.render(
            "crm_service_desk.web_form_confirm",
            {"ticket": ticket, "action": f"/ticket/confirm/{ticket.id}/{token}"},
        )

    @http.route(
        "/ticket/confirm/<int:ticket_id>/<string:token>",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
    )
    def confirm(self, ticket_id, token, **kw):
        """Confirm the address by the link of the mail, and show the ticket."""
        ticket = self._waiting(ticket_id, token)
        ticket._service_confirm_sender()
        return request.redirect(ticket.get_portal_url(), code=303)

    def _waiting(self, ticket_id, token):
        """Return the ticket (sudo) that a mail's link is about.

        :raise NotFound: no such ticket, or another token
        """
        # The token is the right: only the mailbox that was typed has it.
        tickets = request.env["helpdesk.ticket"].sudo()
        ticket = tickets.browse(ticket_id if 0 < ticket_id < 2**31 else 0).exists()
        known = ticket.service_confirm_token
        # Letters beyond ASCII raise when they are compared.
        if not known or not token.isascii() or not consteq(known, token):
            raise werkzeug.exceptions.NotFound()
        return ticket
