# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class CrmCustomerSnapshot(models.Model):
    """What is stored of a customer's subscriptions, by the section's declarations."""

    _inherit = "crm.customer.snapshot"

    mrr = fields.Monetary(crm_metric="subscription.mrr")
    renewal_date = fields.Date(crm_metric="subscription.renewal_date")
    active_contracts = fields.Integer(crm_metric="subscription.active_contracts")
    contracts_to_renew = fields.Integer(crm_metric="subscription.contracts_to_renew")
    contracts_ending = fields.Integer(crm_metric="subscription.contracts_ending")
