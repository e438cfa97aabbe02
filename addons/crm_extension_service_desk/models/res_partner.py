# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from odoo.addons.crm_extension.models.res_partner_portfolio import figure_column
from odoo.addons.crm_service_desk.models.groups import AGENT

#: Every employee may read tickets; which of them, the record rules say.
EMPLOYEE = "base.group_user"


class ResPartner(models.Model):
    """Tickets as columns of My Customers."""

    _inherit = "res.partner"

    portfolio_open_tickets = figure_column(
        fields.Integer, "service.open_tickets", EMPLOYEE
    )
    portfolio_breached_tickets = figure_column(
        fields.Integer, "service.breached_tickets", EMPLOYEE
    )
    portfolio_sla_met = figure_column(
        fields.Float, "service.sla_met", AGENT, aggregator="avg"
    )
    portfolio_csat = figure_column(
        fields.Float, "service.csat", EMPLOYEE, aggregator="avg"
    )

    @api.depends_context("company", "uid")
    @api.depends("commercial_partner_id")
    def _compute_portfolio_service(self):
        self._compute_portfolio("service")
