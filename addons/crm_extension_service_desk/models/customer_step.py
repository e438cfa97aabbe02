# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from odoo.addons.crm_extension.engine.steps import StepRule
from odoo.addons.crm_extension.models.customer_figures import FigureSource
from odoo.addons.crm_extension.models.customer_step import StepSource

from .customer_section_service import TICKET

_lt = LazyTranslate(__name__)


class CrmCustomerSectionService(models.AbstractModel):
    """Speak to who waits longer than was promised."""

    _inherit = "crm.customer.section.service"

    @api.model
    def _step_rules(self):
        breach = StepRule(
            "breach",
            _lt("Answer the late tickets"),
            _lt("Open tickets missed a promise of their service level."),
            _lt("Open the tickets"),
            "list",
            "danger",
            figure="breached_tickets",
        )
        return (*super()._step_rules(), breach)

    @api.model
    def _step_source_breach(self, scope, days):
        """Return the open tickets that missed a promise."""
        figures = FigureSource(
            model=TICKET,
            partner="partner_id",
            domain=Domain("stage_id.closed", "=", False),
            keys={"": Domain("service_sla_state", "=", "breached")},
        )
        return StepSource(figures, "service_opened_on")

    @api.model
    def _step_evidence_breach(self, facts, values):
        return self.env._(
            "The oldest was opened on %(since)s; late tickets: %(count)s.", **values
        )
