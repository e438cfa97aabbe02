# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models

from ..engine.lifecycle import Limits


class ResCompany(models.Model):
    """What each company chose for next steps and life-cycle stages."""

    _inherit = "res.company"

    # A rule of next steps finds its switch and its days by its key.
    crm_step_overdue = fields.Boolean(string="Step: overdue invoices", default=True)
    crm_step_overdue_days = fields.Integer(
        string="Days overdue before the step", default=14
    )
    crm_step_quotation = fields.Boolean(
        string="Step: unanswered quotations", default=True
    )
    crm_step_quotation_days = fields.Integer(
        string="Days unanswered before the step", default=7
    )
    crm_step_delivery = fields.Boolean(string="Step: late deliveries", default=True)
    crm_step_delivery_days = fields.Integer(string="Days late before the step")
    crm_step_contact = fields.Boolean(string="Step: no contact", default=True)
    crm_step_contact_days = fields.Integer(
        string="Days without contact before the step", default=60
    )
    crm_step_reorder = fields.Boolean(string="Step: reorder overdue", default=True)
    crm_step_reorder_days = fields.Integer(
        string="Days past the usual interval before the step", default=7
    )
    crm_stage_new_days = fields.Integer(
        string="Days that a customer is new", default=Limits.new_days
    )
    crm_stage_lapsed_days = fields.Integer(
        string="Days without purchase until lapsed", default=Limits.lapsed_days
    )
    crm_stage_decline_percent = fields.Integer(
        string="Percent less that is a decline", default=Limits.decline_percent
    )

    _crm_step_days = models.Constraint(
        """CHECK (crm_step_overdue_days >= 0 AND crm_step_quotation_days >= 0
            AND crm_step_delivery_days >= 0 AND crm_step_contact_days >= 0
            AND crm_step_reorder_days >= 0)""",
        "The days of a next step cannot be negative.",
    )
    _crm_stage_limits = models.Constraint(
        """CHECK (crm_stage_new_days >= 0 AND crm_stage_lapsed_days >= 1
            AND crm_stage_decline_percent BETWEEN 1 AND 100)""",
        "A stage needs days of at least 0, at least 1 day until lapsed, and a"
        " decline of 1 to 100 percent.",
    )

    def _crm_stage_limits_of(self):
        """Return the :class:`Limits` that this company chose."""
        self.ensure_one()
        return Limits(
            new_days=self.crm_stage_new_days,
            lapsed_days=self.crm_stage_lapsed_days,
            decline_percent=self.crm_stage_decline_percent,
        )
