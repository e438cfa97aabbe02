# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from odoo.addons.crm_extension.models.groups import LEDGER, SELLER
from odoo.addons.crm_extension.models.res_partner_portfolio import figure_column

#: Who reads contracts, each as far as the record rules let him.
SUBSCRIBED = f"crm_subscription.group_subscription_user,{SELLER},{LEDGER}"


class ResPartner(models.Model):
    """Subscriptions as columns of My Customers."""

    _inherit = "res.partner"

    portfolio_mrr = figure_column(fields.Monetary, "subscription.mrr", SUBSCRIBED)
    portfolio_renewal_date = figure_column(
        fields.Date, "subscription.renewal_date", SUBSCRIBED
    )
    portfolio_active_contracts = figure_column(
        fields.Integer, "subscription.active_contracts", SUBSCRIBED
    )
    portfolio_contracts_to_renew = figure_column(
        fields.Integer, "subscription.contracts_to_renew", SUBSCRIBED
    )
    portfolio_contracts_ending = figure_column(
        fields.Integer, "subscription.contracts_ending", SUBSCRIBED
    )

    @api.depends_context("company", "uid")
    @api.depends("commercial_partner_id")
    def _compute_portfolio_subscription(self):
        self._compute_portfolio("subscription")
