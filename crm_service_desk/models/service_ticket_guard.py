# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.crm_suite_base.tools.context_defaults import (
    context_defaults,
    get_computed_names,
    without_defaults,
)

from .groups import MANAGER
from .service_ticket_merge import BY_CUSTOMERS

# Who writes which stored field of a ticket (decision 0087). What is computed is written
# by nobody; what is named nowhere here is the agents' business.
#
# From what the clocks of a promise are calculated, and when what happened: managers
# bring in tickets of another system with it.
CLOCK_FIELDS = frozenset(
    (
        "service_clock_log",
        "service_first_response_on",
        "service_opened_on",
        "service_sla_policy_id",
        "service_waiting_since",
    )
)
MANAGED_FIELDS = CLOCK_FIELDS | {
    "assigned_date",
    "closed_date",
    "last_stage_update",
    "number",
}
# Whoever makes a ticket says it; after that managers do: an archived ticket is counted
# nowhere, and its company has given its number.
SETTLED_FIELDS = frozenset(("active", "company_id"))
# What the system notes of a ticket: managers do not write it either.
MACHINE_FIELDS = frozenset(
    (
        "access_token",
        "service_awaits_assignment",
        "service_close_notice_on",
        "service_confirm_token",
        "service_follow_up_of_id",
        "service_has_stranger",
        "service_merged_into_id",
        "service_rating_asked_on",
        "service_reopen_count",
        "service_reopened_on",
        "service_resume_stage_id",
        "service_unverified",
    )
)
# What a ticket without a number is called before it gets one.
NO_NUMBER = (False, "/")


class ServiceTicketGuard(models.AbstractModel):
    """Who may say what of a ticket over RPC: what is measured is not said by whom it
    measures."""

    _name = "service.ticket.guard"
    _description = "Guard of a Ticket's Fields"

    @api.model
    def _service_is_clockmaker(self):
        """Say whether the user may write clocks: the superuser and the managers."""
        return self.env.su or self.env.user.has_group(MANAGER)

    @api.model
    def _service_check_create(self, vals_list):
        """Refuse values of new tickets that the user may not give.

        :return: self without defaults in the context that count for nothing from him
        :raise AccessError: with the names of the fields
        """
        if self.env.su:
            return self
        computed = get_computed_names(self)
        desk = without_defaults(self, computed)
        if not self._service_is_clockmaker():
            desk = without_defaults(desk, MANAGED_FIELDS)
        given = {
            name
            for vals in vals_list
            for name, value in vals.items()
            if name != "number" or value not in NO_NUMBER
        }
        self._service_refuse_machine(
            (MACHINE_FIELDS | computed) & (given | context_defaults(desk.env))
        )
        self._service_refuse_managed(MANAGED_FIELDS & given)
        for vals in vals_list:
            self._service_check_duplicate(vals)
        return desk

    def _service_check_write(self, vals):
        """Refuse to write what the user may not change.

        :raise AccessError: with the names of the fields
        """
        if self.env.su:
            return
        computed = get_computed_names(self)
        self._service_refuse_machine((MACHINE_FIELDS | computed) & vals.keys())
        self._service_refuse_managed((MANAGED_FIELDS | SETTLED_FIELDS) & vals.keys())
        self._service_check_duplicate(vals)

    @api.model
    def _service_refuse_machine(self, names):
        if names:
            raise AccessError(
                self.env._(
                    "%(field)s of a ticket is kept by the system.",
                    field=", ".join(sorted(names)),
                )
            )

    @api.model
    def _service_refuse_managed(self, names):
        if names and not self._service_is_clockmaker():
            raise AccessError(
                self.env._(
                    "%(field)s is kept by the system; only helpdesk managers may"
                    " change it.",
                    field=", ".join(sorted(names)),
                )
            )

    @api.model
    def _service_check_duplicate(self, vals):
        """Refuse to point to a ticket that the user may not read: the pointer says what
        it is called.

        :raise UserError: the same for a hidden and for a missing ticket
        """
        number = vals.get("duplicate_id", self.env.context.get("default_duplicate_id"))
        ticket = self.browse(number or [])
        if ticket and not (ticket.exists() and ticket.has_access("read")):
            raise UserError(
                self.env._(
                    "duplicate_id: you can read no ticket with the id %(id)s.",
                    id=number,
                )
            )

    # === WHAT CUSTOMERS WRITE === #

    def message_post(self, **kwargs):
        """Post. Customers give what they have to say: to whom it goes, and what kind of
        message it is, is not theirs. See core for the arguments.

        Over RPC core would send their words to any address, in our name.
        """
        if self.env.user.share and not self.env.su:
            # That a message cannot rate is told, see there.
            theirs = (BY_CUSTOMERS | {"rating_value"}) & kwargs.keys()
            kwargs = {name: kwargs[name] for name in theirs}
            kwargs["message_type"] = "comment"
        return super().message_post(**kwargs)

    # === THE CUSTOMER === #

    def _service_customers(self, vals):
        """Return ``{ticket: its customer}`` where ``vals`` may change the customer."""
        if "partner_id" not in vals:
            return {}
        # Compared only; the write itself is checked by the ORM.
        return {ticket: ticket.sudo().commercial_partner_id for ticket in self}

    @api.model
    def _service_check_customers(self, customers):
        """Refuse to hand what belongs to one customer to another one, and let who was
        taken for the customer see no more of what is handed over.

        A ticket goes to another customer as long as it names nothing of the first one's
        and nothing was made or said for it; managers decide about the rest.

        :param customers: of :meth:`_service_customers`, before the write
        :raise AccessError: with the ticket
        """
        trusted = self._service_is_clockmaker()
        for ticket, customer in customers.items():
            # The write was allowed; after it the ticket may be out of sight.
            ticket = ticket.sudo()
            if not customer or ticket.commercial_partner_id == customer:
                continue
            links = any(ticket._service_links().values())
            if not trusted and (
                links or ticket.service_claim_ids or ticket.service_csat
            ):
                raise AccessError(
                    self.env._(
                        "partner_id: documents, settlements or a rating of ticket"
                        " %(number)s are of %(customer)s; only helpdesk managers hand"
                        " it to another customer.",
                        number=ticket.number,
                        customer=customer.display_name,
                    )
                )
            ticket._service_change_customer(customer)
