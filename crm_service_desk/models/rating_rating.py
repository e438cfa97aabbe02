# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from odoo.addons.crm_suite_base.tools.context_defaults import without_defaults

from .service_ticket_rating import DISSATISFIED, OKAY

# Record rules go by the first, the constraint by the second.
KEPT_FIELDS = frozenset(("service_ticket_id", "service_single"))
# What an answer is about.
ABOUT_FIELDS = frozenset(("res_id", "res_model", "res_model_id"))


class RatingRating(models.Model):
    """Answers about tickets: whose they are, and whether they may still be given."""

    _inherit = "rating.rating"

    service_ticket_id = fields.Many2one(
        "helpdesk.ticket",
        string="Ticket",
        compute="_compute_service_ticket_id",
        compute_sudo=True,
        store=True,
        index="btree_not_null",
        ondelete="cascade",
        help="The ticket that is rated; record rules go by it.",
    )
    service_single = fields.Boolean(
        string="One per Person",
        readonly=True,
        help="Made by the service desk: the person's one answer to the ticket.",
    )

    # Who has it can answer in the customer's name.
    access_token = fields.Char(groups="base.group_system")

    _service_person_uniq = models.UniqueIndex(
        "(service_ticket_id, partner_id) WHERE service_single IS TRUE",
        "This person has been asked about the ticket already.",
    )

    @api.depends("res_model", "res_id")
    def _compute_service_ticket_id(self):
        for rating in self:
            ticket = self.env["helpdesk.ticket"]
            if rating.res_model == ticket._name:
                ticket = ticket.browse(rating.res_id).exists()
            rating.service_ticket_id = ticket

    @api.model_create_multi
    def create(self, vals_list):
        """Make answers.

        :raise AccessError: whose they are is told by their document alone
        """
        model = self
        if not self.env.su:
            model = without_defaults(self, KEPT_FIELDS)
            self._service_refuse_kept(set().union(*vals_list))
        return super(RatingRating, model).create(vals_list).with_env(self.env)

    def write(self, vals):
        """Write answers; none becomes the answer about a ticket.

        :raise AccessError: whose they are is told by their document alone
        """
        if not self.env.su:
            self._service_refuse_kept(vals.keys())
        result = super().write(vals)
        if ABOUT_FIELDS & vals.keys():
            # Rules were asked before; what the answer is about now they say, too.
            self.check_access("write")
        return result

    @api.model
    def _service_refuse_kept(self, given):
        if names := sorted(KEPT_FIELDS & given):
            raise AccessError(
                self.env._(
                    "%(field)s of a rating is kept by the system.",
                    field=", ".join(names),
                )
            )

    @api.model
    def _service_hide_links(self, messages=None):
        """Take the links to answers out of what was said on tickets, as in a mail that
        the customer quotes: who has one can answer in his name.

        :param messages: mail.message, only these; None: of all tickets
        :return: the messages (sudo) that held one

        Raw SQL: the ORM has no regular expressions, and its write() would call each of
        the messages edited.
        """
        said = self.env["mail.message"].sudo()
        said.flush_model(["body", "model"])
        self.flush_model(["access_token"])
        only = SQL("TRUE") if messages is None else SQL("id = ANY(%s)", messages.ids)
        hidden, more = set(), True
        while more:
            # Of several links in one message each run takes one.
            rows = self.env.execute_query(
                SQL(
                    """
                    UPDATE mail_message said
                       SET body = replace(said.body, linked.token, '-')
                      FROM (
                        SELECT found.id, min(found.token) AS token, count(*) > 1 AS more
                          FROM (
                            SELECT DISTINCT id,
                                   (regexp_matches(body, %(link)s, 'g'))[1] AS token
                              FROM mail_message
                             WHERE model = 'helpdesk.ticket'
                               AND body LIKE %(like)s AND %(only)s
                          ) found
                          JOIN rating_rating rating
                            ON rating.access_token = found.token
                      GROUP BY found.id
                      ) linked
                     WHERE said.id = linked.id
                 RETURNING said.id, linked.more
                    """,
                    link="/rate/([[:alnum:]_-]+)",
                    like="%/rate/%",
                    only=only,
                )
            )
            hidden.update(message_id for message_id, _more in rows)
            more = any(again for _id, again in rows)
        said.browse(hidden).invalidate_recordset(["body"])
        return said.browse(hidden)

    def _service_is_open(self):
        """Say whether the answer may be given: it was not, or the ticket has been
        closed anew since."""
        self.ensure_one()
        closed = self.service_ticket_id.closed_date
        return (
            not self.consumed
            or not self.service_ticket_id
            or bool(closed and self.rated_on and self.rated_on < closed)
        )

    def _service_csat(self):
        """Return what the answer says: ``satisfied``, ``okay`` or ``dissatisfied``."""
        self.ensure_one()
        if self.rating > OKAY:
            return "satisfied"
        return "dissatisfied" if self.rating <= DISSATISFIED else "okay"
