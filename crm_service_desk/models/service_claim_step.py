# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models

from .service_claim import STEPS


class ServiceClaimStep(models.Model):
    """A step of a settlement at which a team tells the customer."""

    _name = "service.claim.step"
    _description = "Step at which the Customer is told"
    _rec_name = "step"

    active = fields.Boolean(default=True)
    team_id = fields.Many2one(
        "helpdesk.ticket.team", required=True, index=True, ondelete="cascade"
    )
    step = fields.Selection(STEPS, string="When", required=True)
    template_id = fields.Many2one(
        "mail.template",
        string="Mail",
        required=True,
        domain=[("model", "=", "service.claim")],
        default=lambda self: self.env.ref(
            "crm_service_desk.mail_template_claim", raise_if_not_found=False
        ),
    )

    _step_uniq = models.UniqueIndex(
        "(team_id, step)", "A team tells the customer once at a step."
    )
