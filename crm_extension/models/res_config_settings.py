# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    crm_step_overdue = fields.Boolean(
        related="company_id.crm_step_overdue", readonly=False
    )
    crm_step_overdue_days = fields.Integer(
        related="company_id.crm_step_overdue_days", readonly=False
    )
    crm_step_quotation = fields.Boolean(
        related="company_id.crm_step_quotation", readonly=False
    )
    crm_step_quotation_days = fields.Integer(
        related="company_id.crm_step_quotation_days", readonly=False
    )
    crm_step_delivery = fields.Boolean(
        related="company_id.crm_step_delivery", readonly=False
    )
    crm_step_delivery_days = fields.Integer(
        related="company_id.crm_step_delivery_days", readonly=False
    )
    crm_step_contact = fields.Boolean(
        related="company_id.crm_step_contact", readonly=False
    )
    crm_step_contact_days = fields.Integer(
        related="company_id.crm_step_contact_days", readonly=False
    )
    crm_step_reorder = fields.Boolean(
        related="company_id.crm_step_reorder", readonly=False
    )
    crm_step_reorder_days = fields.Integer(
        related="company_id.crm_step_reorder_days", readonly=False
    )
    crm_stage_new_days = fields.Integer(
        related="company_id.crm_stage_new_days", readonly=False
    )
    crm_stage_lapsed_days = fields.Integer(
        related="company_id.crm_stage_lapsed_days", readonly=False
    )
    crm_stage_decline_percent = fields.Integer(
        related="company_id.crm_stage_decline_percent", readonly=False
    )
