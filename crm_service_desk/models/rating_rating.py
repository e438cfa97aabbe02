# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from .service_ticket_rating import DISSATISFIED, OKAY


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
