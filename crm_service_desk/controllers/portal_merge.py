# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The page of a merged ticket is the page of the ticket that it was merged into."""

from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.http import request

from odoo.addons.portal.controllers.thread import PortalThreadController

from ..models.service_ticket_merge import OTHER, SAME
from .portal_ticket import ServiceDeskPortal


class ServiceDeskMergedPortal(ServiceDeskPortal):
    @http.route()
    def portal_my_ticket(self, ticket_id, access_token=None, **kw):
        """Lead who may see a merged ticket to the one that replaced it.

        Who has the link with the token of the merged ticket gets the other's if he is
        known to be the same customer: a stranger whose words were merged into a
        customer's ticket reads nothing of it. Another customer's ticket is not even
        named.
        """
        if not 0 < ticket_id < 2**31:
            return request.redirect("/my")
        try:
            ticket = self._document_check_access(
                "helpdesk.ticket", ticket_id, access_token=access_token
            )
        except (AccessError, MissingError):
            return request.redirect("/my")
        # The page was checked; where it leads is asked below.
        merged = ticket.sudo()
        into = merged.service_merged_into_id
        if not into or merged._service_kinship(into) == OTHER:
            return super().portal_my_ticket(ticket_id, access_token=access_token, **kw)
        if into.with_user(request.env.user).has_access("read"):
            return request.redirect(into.access_url)
        if access_token and merged._service_kinship(into) == SAME:
            return request.redirect(into.get_portal_url())
        return super().portal_my_ticket(ticket_id, access_token=access_token, **kw)


class ServiceDeskThread(PortalThreadController):
    @http.route()
    def mail_message_post(
        self, thread_model, thread_id, post_data, context=None, **kwargs
    ):
        """Post; the answer names no ticket of another customer.

        What is written to a ticket that was merged into another customer's lands in
        that one as a note: to its writer it is a message to his own ticket.
        """
        answer = super().mail_message_post(
            thread_model, thread_id, post_data, context=context, **kwargs
        )
        if thread_model == "helpdesk.ticket" and request.env.user.share:
            # Core has checked that he may write to the ticket.
            asked = request.env[thread_model].sudo().browse(int(thread_id))
            into = asked.service_merged_into_id
            if into and asked._service_kinship(into) == OTHER:
                self._service_own_answer(answer["store_data"], asked)
        return answer

    def _service_own_answer(self, data, ticket):
        """Let the data of a posted message say that it is the ticket's."""
        place = {"id": ticket.id, "model": ticket._name}
        data["mail.thread"] = [dict(place, display_name=ticket.display_name)]
        for row in data.get("mail.message", []):
            row.update(
                default_subject=ticket.display_name,
                record_name=ticket.display_name,
                res_id=ticket.id,
                thread=place,
            )
