# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models


class HelpdeskTicketTeam(models.Model):
    """Which teams take requests from the form that needs no login."""

    _inherit = "helpdesk.ticket.team"

    service_web_form = fields.Boolean(
        string="Web Form without Login",
        help="Anybody may write to this team at /ticket/web. Senders are unverified"
        " until they confirm their address.",
    )

    @api.model
    def _service_web_teams(self, company, team_id=0):
        """Return the teams (sudo) that the form offers: the one asked for, or those
        of the company."""
        # Visitors have no right on teams; which of them are public is decided here.
        teams = self.sudo()
        if team_id:
            return teams.search([("id", "=", team_id), ("service_web_form", "=", True)])
        return teams.search(
            [
                ("service_web_form", "=", True),
                ("company_id", "in", (False, company.id)),
            ]
        )
