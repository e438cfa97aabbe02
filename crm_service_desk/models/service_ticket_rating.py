# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from psycopg2.errors import UniqueViolation

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.fields import Domain

from ..engine import clock
from .groups import AGENT

# The values of core's three faces.
SATISFIED, OKAY, DISSATISFIED = 5, 3, 1
CSAT = [
    ("satisfied", "Satisfied"),
    ("okay", "Okay"),
    ("dissatisfied", "Dissatisfied"),
]


class ServiceTicketRating(models.AbstractModel):
    """What customers say about a solved ticket: one answer each, none is not zero."""

    _name = "service.ticket.rating"
    _description = "Rating of a Ticket"

    service_csat = fields.Selection(
        CSAT,
        string="Customer Satisfaction",
        compute="_compute_service_csat",
        compute_sudo=True,
        store=True,
        index="btree_not_null",
        groups="base.group_user",
        help="The last answer of the customer; empty while nobody has answered.",
    )
    service_rating_asked_on = fields.Datetime(
        string="Rating Asked On",
        copy=False,
        readonly=True,
        groups=AGENT,
        help="When the customer was last asked how it went.",
    )

    @api.depends("rating_ids.consumed", "rating_ids.rating")
    def _compute_service_csat(self):
        answers = self.env["rating.rating"].search_fetch(
            Domain("res_model", "=", self._name)
            & Domain("res_id", "in", self.ids)
            & Domain("consumed", "=", True),
            ["res_id", "rating"],
            order="rated_on, id",
        )
        last = {answer.res_id: answer._service_csat() for answer in answers}
        for ticket in self:
            ticket.service_csat = last.get(ticket.id, False)

    @api.model
    def _service_answered_domain(self, start, end):
        """Return the tickets (Domain) closed between two moments whose customers have
        said how it went: what "Satisfied" is a share of, wherever it is shown.

        Merged tickets count where they were merged into.

        :param start: naive UTC, included
        :param end: naive UTC, not included
        """
        return self._service_closed_domain(start, end) & Domain(
            "service_csat", "!=", False
        )

    @api.model
    def _service_closed_domain(self, start, end):
        """Return the tickets (Domain) closed between two moments, but merged ones."""
        return (
            Domain("stage_id.closed", "!=", False)
            & Domain("service_merged", "=", False)
            & Domain("closed_date", ">=", start)
            & Domain("closed_date", "<", end)
        )

    @api.model
    def _service_satisfied_domain(self):
        """Return the tickets (Domain) whose customer was satisfied."""
        return Domain("service_csat", "=", "satisfied")

    @api.model
    def _service_csat_figures(self, domain):
        """Return how satisfied the customers of tickets are, by the reader's rights.

        :param domain: of tickets
        :return: ``{"asked", "answered", "satisfied": counts of tickets, "percent":
            satisfied of the answered in percent, or False when nobody answered}``
        """
        domain = Domain(domain)
        counts = dict(
            self._read_group(
                domain & Domain("service_csat", "!=", False),
                ["service_csat"],
                ["__count"],
            )
        )
        asked = Domain("service_rating_asked_on", "!=", False)
        answered = sum(counts.values())
        satisfied = counts.get("satisfied", 0)
        return {
            "asked": self.search_count(
                domain & (asked | Domain("service_csat", "!=", False))
            ),
            "answered": answered,
            "satisfied": satisfied,
            "percent": round(100 * satisfied / answered, 1) if answered else False,
        }

    # === ASKING === #

    def _service_ask_rating(self):
        """Queue the request for a rating of a solved ticket, if the team wants it."""
        self.ensure_one()
        if not self.team_id.service_ask_rating or not self.partner_id:
            return
        template = self.env.ref(
            "crm_service_desk.mail_template_rating", raise_if_not_found=False
        )
        if not template:
            return
        if "service_moment" not in self.env.context:
            self.service_rating_asked_on = self._service_moment()
            self._service_send_rating_request(template)

    def _service_send_rating_request(self, template):
        """Queue the mail to the customer (sudo). Its link stands in the mail alone:
        who is rated would find it in the conversation, or in a dialog of his."""
        desk = self.with_user(SUPERUSER_ID).with_context(
            mail_notify_force_send=False, service_rating_mail=True
        )
        message = desk.message_post_with_source(
            template,
            email_layout_xmlid="mail.mail_notification_light",
            subtype_xmlid="mail.mt_note",
        )
        self.env["rating.rating"]._service_hide_links(message)

    def _rating_get_access_token(self, partner=None):
        """Return the token of the person's one answer. See core for the arguments.

        :raise AccessError: not the machine, which mails it to the customer
        """
        if not self.env.su:
            raise AccessError(
                self.env._(
                    "The customer alone gets the link to his rating; he is sent it when"
                    " the ticket is solved."
                )
            )
        return self._service_rating_of(
            partner or self._rating_get_partner()
        ).access_token

    def _service_rating_of(self, partner):
        """Return the row (sudo) with a person's answer to the ticket, made if needed.

        There is one for each ticket and person, by a unique index: who is asked again
        after a reopening answers in the same row.
        """
        self.ensure_one()
        # Nobody has rights on the answers but the machine; the caller has checked
        # that this person is of the ticket.
        rows = self.env["rating.rating"].sudo()
        row = rows.search(
            [
                ("service_ticket_id", "=", self.id),
                ("partner_id", "=", partner.id),
                ("service_single", "=", True),
            ],
            limit=1,
        )
        operator = self._rating_get_operator().id
        if not row:
            return self._service_make_rating(partner, operator)
        if row.rated_partner_id.id != operator and row._service_is_open():
            row.rated_partner_id = operator
        return row

    def _service_make_rating(self, partner, operator):
        """Make and return the row (sudo) of a person's answer.

        :raise ConcurrencyError: another request made it at the same moment; Odoo runs
            this one again, which finds it
        """
        try:
            with self.env.cr.savepoint():
                row = (
                    self.env["rating.rating"]
                    .sudo()
                    .create(
                        {
                            "partner_id": partner.id,
                            "rated_partner_id": operator,
                            "res_model_id": self.env["ir.model"]._get_id(self._name),
                            "res_id": self.id,
                            "is_internal": False,
                            "service_single": True,
                        }
                    )
                )
                row.flush_recordset()
        except UniqueViolation as error:
            raise ConcurrencyError("asked by another request") from error
        return row

    def _service_may_be_rated(self):
        """Say whether the ticket's page asks the customer how it went: his team asks,
        and the ticket is solved (not cancelled)."""
        self.ensure_one()
        # The ticket has been checked by the caller; what its team asks is no secret.
        ticket = self.sudo()
        return (
            ticket.team_id.service_ask_rating
            and ticket.stage_id.service_clock == clock.SOLVED
        )

    # === ANSWERING === #

    def rating_apply(
        self,
        rate,
        token=None,
        rating=None,
        feedback=None,
        subtype_xmlid=None,
        notify_delay_send=False,
    ):
        """Take an answer once, starting no clock. See core for the arguments.

        :raise UserError: no rate from 0 to 5, no such answer of this ticket, or it
            has been given already
        :raise AccessError: the user may not write answers
        """
        rows = self.env["rating.rating"]
        if token and not rating:
            rating = rows.search([("access_token", "=", token)], limit=1)
        if not isinstance(rate, int | float) or not 0 <= rate <= 5:
            raise UserError(
                self.env._("rate: %(value)s must be from 0 to 5.", value=repr(rate))
            )
        if not isinstance(rating, type(rows)) or rating.service_ticket_id != self:
            raise UserError(
                self.env._("token: the ticket has no rating with this token.")
            )
        if not rating._service_is_open():
            raise UserError(
                self.env._("This rating has been given already; thank you.")
            )
        if rating.message_id:
            # The answer to an earlier closing stays in the conversation.
            rating.message_id = False
        ticket = self.with_context(service_automatic_mail=True)
        return super(ServiceTicketRating, ticket).rating_apply(
            rate,
            rating=rating,
            feedback=feedback,
            subtype_xmlid=subtype_xmlid,
            notify_delay_send=notify_delay_send,
        )

    def message_post(self, **kwargs):
        """Post; a message of the conversation cannot rate. See core for arguments.

        Core makes an answer of each message with a ``rating_value``, from anybody who
        may post.

        :raise UserError: a ``rating_value`` is given
        """
        if kwargs.pop("rating_value", False):
            raise UserError(
                self.env._("rating_value: tickets are rated by their rating page.")
            )
        return super().message_post(**kwargs)

    def _get_allowed_message_params(self):
        """Let the conversation's routes post and edit no ratings."""
        return super()._get_allowed_message_params() - {"rating_value"}
