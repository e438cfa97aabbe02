# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    crm_step_renewal = fields.Boolean(
        related="company_id.crm_step_renewal", readonly=False
    )
    crm_step_renewal_days = fields.Integer(
        related="company_id.crm_step_renewal_days", readonly=False
    )
