# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    crm_step_renewal = fields.Boolean(string="Step: renewal due", default=True)
    crm_step_renewal_days = fields.Integer(
        string="Days before the end of a term", default=60
    )

    _crm_step_renewal_days = models.Constraint(
        "CHECK (crm_step_renewal_days >= 0)",
        "The days of a next step cannot be negative.",
    )
