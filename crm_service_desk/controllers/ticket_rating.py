# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How customers say how it went: a link by mail shows, a click on the page records."""

import werkzeug.exceptions

from odoo import http
from odoo.http import request
from odoo.tools.misc import get_lang

from odoo.addons.rating.controllers.main import Rating

from ..engine.form_text import clean_text
from ..models.service_ticket_rating import DISSATISFIED, OKAY, SATISFIED

MAX_FEEDBACK = 5000
FACES = (SATISFIED, OKAY, DISSATISFIED)


def to_rate(value):
    """Return the face (5, 3 or 1) that a link or a form names, 0 for anything else."""
    text = str(value or "")
    return int(text) if text in {str(face) for face in FACES} else 0


class TicketRating(http.Controller):
    @http.route(
        "/ticket/rate/<string:token>",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
    )
    def show_rating(self, token, rate=None, **kw):
        """Show the faces, or the answer that was given. Records nothing."""
        return self._page(self._rating(token), to_rate(rate))

    @http.route(
        "/ticket/rate/<string:token>",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
    )
    def record_rating(self, token, rate=None, feedback="", **kw):
        """Record the answer, once; a second one is told that it has been given."""
        rating = self._rating(token)
        face = to_rate(rate)
        if not face:
            return self._page(rating, 0, missing=True)
        if rating._service_is_open():
            # Who holds the token is the person who was asked.
            rating.service_ticket_id.rating_apply(
                face, rating=rating, feedback=clean_text(feedback, MAX_FEEDBACK)
            )
        return request.redirect(f"/ticket/rate/{rating.access_token}", code=303)

    def _rating(self, token):
        """Return the answer (sudo) that a token is for.

        :raise NotFound: no such token, or someone of another customer is logged in
        """
        # The token is the right; nothing but this one row and its ticket is shown.
        rows = request.env["rating.rating"].sudo()
        token = clean_text(token, 64)
        rating = rows.search([("access_token", "=", token)], limit=1) if token else rows
        if not rating.service_ticket_id:
            raise werkzeug.exceptions.NotFound()
        user = request.env.user
        asked = rating.partner_id.commercial_partner_id
        if not user._is_public() and user.commercial_partner_id != asked:
            raise werkzeug.exceptions.NotFound()
        return rating

    def _page(self, rating, face, missing=False):
        lang = rating.partner_id.lang or get_lang(request.env).code
        if request.env.user._is_public():
            request.update_context(lang=lang)
        names = dict(
            request.env["helpdesk.ticket"]
            ._fields["service_csat"]
            ._description_selection(request.env)
        )
        words = ("satisfied", "okay", "dissatisfied")
        return request.render(
            "crm_service_desk.ticket_rating_page",
            {
                "rating": rating,
                "ticket": rating.service_ticket_id,
                "answered": not rating._service_is_open(),
                "answer": names[rating._service_csat()] if rating.consumed else "",
                "faces": [
                    (value, names[word])
                    for value, word in zip(FACES, words, strict=True)
                ],
                "face": face,
                "missing": missing,
                "token": rating.access_token,
            },
        )


class DeskRating(Rating):
    """Core's links, which mails of the past carry, lead to the page of the desk."""

    @http.route()
    def action_open_rating(self, token, rate, **kwargs):
        """Show the page of a ticket's rating; other ratings are core's.

        :raise NotFound: a rate that is no face, for which core raises a server error
        """
        if self._service_is_ticket(token):
            return request.redirect(f"/ticket/rate/{token}?rate={to_rate(rate)}")
        if not to_rate(rate):
            raise werkzeug.exceptions.NotFound()
        return super().action_open_rating(token, rate, **kwargs)

    @http.route()
    def action_submit_rating(self, token, rate=0, **kwargs):
        """Record a ticket's rating by the desk's rules; other ratings are core's.

        :raise BadRequest: a rate that is no face, for which core raises a server error
        """
        if not self._service_is_ticket(token):
            if request.httprequest.method == "POST" and not to_rate(rate):
                raise werkzeug.exceptions.BadRequest()
            return super().action_submit_rating(token, rate=rate, **kwargs)
        if request.httprequest.method == "POST":
            return TicketRating().record_rating(token, rate=rate, **kwargs)
        return request.redirect(f"/ticket/rate/{token}")

    def _service_is_ticket(self, token):
        token = clean_text(token, 64)
        # Only whether it is a ticket's; the page checks the rest.
        rows = request.env["rating.rating"].sudo()
        domain = [("access_token", "=", token), ("res_model", "=", "helpdesk.ticket")]
        return bool(token and rows.search_count(domain, limit=1))
