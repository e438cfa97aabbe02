# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The customer's list of tickets and the page of one."""

from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.fields import Date, Domain
from odoo.http import request
from odoo.tools import escape_psql, groupby

from odoo.addons.helpdesk_mgmt.controllers.myaccount import CustomerPortalHelpdesk
from odoo.addons.portal.controllers.portal import pager as portal_pager

from ..engine import clock
from ..engine.form_text import clean_line

MAX_SEARCH = 100


class ServiceDeskPortal(CustomerPortalHelpdesk):
    @http.route()
    def portal_my_tickets(self, page=1, **kw):
        """List the tickets that the user sees; a malformed parameter counts as none.

        Not calling super: its filters are one for each stage, of every company.
        """
        tickets = request.env["helpdesk.ticket"]
        if not tickets.has_access("read"):
            return request.redirect("/my")
        chosen = self._ticket_choices(kw)
        domain = self._ticket_list_domain(chosen)
        pager = portal_pager(
            url="/my/tickets",
            url_args={key: value for key, value in chosen.items() if value},
            total=tickets.search_count(domain),
            page=page,
            step=self._items_per_page,
        )
        found = tickets.search(
            domain,
            order=self._ticket_get_order(
                self._ticket_get_searchbar_sortings()[chosen["sortby"]]["order"],
                chosen["groupby"],
            ),
            limit=self._items_per_page,
            offset=pager["offset"],
        )
        request.session["my_tickets_history"] = found.ids[:100]
        values = self._ticket_list_values(chosen, found, pager)
        return request.render("helpdesk_mgmt.portal_my_tickets", values)

    def _ticket_choices(self, kw):
        """Return the list's parameters, each one that is offered."""
        offered = {
            "sortby": (self._ticket_get_searchbar_sortings(), "date"),
            "groupby": (self._ticket_get_searchbar_groupby(), "none"),
            "search_in": (self._ticket_get_searchbar_inputs(), "all"),
            "filterby": (self._ticket_get_searchbar_filters(), "all"),
        }
        chosen = {
            name: kw.get(name) if kw.get(name) in known else default
            for name, (known, default) in offered.items()
        }
        chosen["search"] = clean_line(kw.get("search"), MAX_SEARCH)
        for name in ("date_begin", "date_end"):
            chosen[name] = self._to_date(kw.get(name))
        return chosen

    def _to_date(self, value):
        try:
            day = Date.to_date(value) if value else None
        except ValueError:
            return None
        # Beyond these a day has no begin in each time zone.
        return Date.to_string(day) if day and 1900 <= day.year <= 2999 else None

    # OCA's choices, in words that can be read in Korean too.

    def _ticket_get_searchbar_sortings(self):
        env = request.env
        labels = {
            "date": env._("Newest"),
            "name": env._("Title"),
            "stage": env._("Stage"),
            "update": env._("Last Update"),
        }
        return self._relabel(super()._ticket_get_searchbar_sortings(), labels)

    def _ticket_get_searchbar_groupby(self):
        env = request.env
        labels = {
            "none": env._("None"),
            "category": env._("Category"),
            "stage": env._("Stage"),
        }
        return self._relabel(super()._ticket_get_searchbar_groupby(), labels)

    def _ticket_get_searchbar_inputs(self):
        env = request.env
        labels = {
            "all": env._("Search in All"),
            "number": env._("Search in Number"),
            "name": env._("Search in Title"),
        }
        return self._relabel(super()._ticket_get_searchbar_inputs(), labels)

    def _relabel(self, choices, labels):
        """Return choices with our labels; those of other addons keep theirs."""
        return {
            key: dict(choice, label=labels.get(key, choice["label"]))
            for key, choice in choices.items()
        }

    def _ticket_get_searchbar_filters(self):
        """Return ``{key: {"label", "domain"}}`` of what the list can be cut to."""
        closed = Domain("stage_id.closed", "=", True)
        waiting = Domain("stage_id.service_clock", "=", clock.PAUSED)
        mine = Domain("partner_id", "=", request.env.user.partner_id.id)
        env = request.env
        return {
            "all": {"label": env._("All"), "domain": Domain.TRUE},
            "open": {"label": env._("Open"), "domain": ~closed},
            "waiting": {"label": env._("Waiting"), "domain": waiting},
            "closed": {"label": env._("Closed"), "domain": closed},
            "mine": {"label": env._("Mine"), "domain": mine},
        }

    def _ticket_list_domain(self, chosen):
        """Return the domain of the list; record rules limit it to what he may see."""
        filters = self._ticket_get_searchbar_filters()
        domain = Domain(filters[chosen["filterby"]]["domain"])
        if chosen["search"]:
            words = escape_psql(chosen["search"])
            domain &= Domain(self._ticket_get_search_domain(chosen["search_in"], words))
        if chosen["date_begin"] and chosen["date_end"]:
            domain &= Domain("create_date", ">", chosen["date_begin"])
            domain &= Domain("create_date", "<=", chosen["date_end"])
        return domain

    def _ticket_list_values(self, chosen, found, pager):
        """Return what the template of the list shows."""
        group = self._ticket_get_groupby_mapping().get(chosen["groupby"])
        grouped = [found] if found else []
        if group:
            grouped = [
                found.browse().concat(*rows)
                for _key, rows in groupby(found, lambda ticket: ticket.sudo()[group])
            ]
        sortings = self._ticket_get_searchbar_sortings()
        values = dict(
            self._prepare_portal_layout_values(),
            **chosen,
            date=chosen["date_begin"],
            grouped_tickets=grouped,
            has_category=any(ticket.sudo().category_id for ticket in found),
            promises={ticket.id: ticket._get_portal_promises() for ticket in found},
            page_name="ticket",
            default_url="/my/tickets",
            pager=pager,
            searchbar_sortings=dict(
                sorted(sortings.items(), key=lambda item: item[1]["sequence"])
            ),
            searchbar_groupby=self._ticket_get_searchbar_groupby(),
            searchbar_inputs=self._ticket_get_searchbar_inputs(),
            searchbar_filters=self._ticket_get_searchbar_filters(),
        )
        return values

    @http.route()
    def portal_my_ticket(self, ticket_id, access_token=None, **kw):
        """Show a ticket, without the files of internal notes.

        Not calling super: it gives every file of the ticket an access token.
        """
        try:
            if not 0 < ticket_id < 2**31:
                raise MissingError(request.env._("This document does not exist."))
            ticket = self._document_check_access(
                "helpdesk.ticket", ticket_id, access_token=access_token
            )
        except (AccessError, MissingError):
            return request.redirect("/my")
        kw = self._safe_page_params(kw)
        values = self._ticket_get_page_view_values(ticket, access_token, **kw)
        return request.render("helpdesk_mgmt.portal_helpdesk_ticket_page", values)

    def _document_check_access(self, model_name, document_id, access_token=None):
        """Return the document (sudo) if it may be seen. See core.

        What cannot be a token is none: comparing it raises in core.
        """
        if not isinstance(access_token, str) or not access_token.isascii():
            access_token = None
        return super()._document_check_access(model_name, document_id, access_token)

    def _safe_page_params(self, kw):
        """Return the parameters that the conversation of the page takes."""
        kept = {"pid": clean_line(kw.get("pid"), 10), "hash": kw.get("hash")}
        return kept if kept["pid"].isdigit() and kept["hash"] else {}

    def _ticket_get_page_view_values(self, ticket, access_token, **kwargs):
        values = super()._ticket_get_page_view_values(ticket, access_token, **kwargs)
        user = request.env.user
        mine = ticket._portal_is_own(user)
        acts = mine or ticket.with_user(user).has_access("write")
        files = ticket._get_portal_attachments()
        files.generate_access_token()
        if not acts:
            values["closed_stages"] = values["closed_stages"].browse()
        return dict(
            values,
            portal_attachments=files,
            # The promise in the words and the zone of who reads it.
            promises=ticket.with_env(request.env)._get_portal_promises(),
            documents=ticket.with_env(request.env)._portal_documents() if mine else [],
            may_reopen=acts and ticket._portal_may_reopen(),
            may_rate=mine and ticket._service_may_be_rated(),
        )
