# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class CrmCustomerSnapshot(models.Model):
    """What is stored of a customer's tickets, by the section's declarations."""

    _inherit = "crm.customer.snapshot"

    open_tickets = fields.Integer(crm_metric="service.open_tickets")
    breached_tickets = fields.Integer(crm_metric="service.breached_tickets")
    sla_met = fields.Float(crm_metric="service.sla_met", aggregator="avg")
    csat = fields.Float(crm_metric="service.csat", aggregator="avg")
