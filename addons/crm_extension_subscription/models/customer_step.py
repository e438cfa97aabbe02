# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from odoo.addons.crm_extension.engine.steps import StepRule
from odoo.addons.crm_extension.models.customer_step import StepSource

_lt = LazyTranslate(__name__)


class CrmCustomerSectionSubscription(models.AbstractModel):
    """Speak about the renewal in time."""

    _inherit = "crm.customer.section.subscription"

    @api.model
    def _step_rules(self):
        renewal = StepRule(
            "renewal",
            _lt("Speak about the renewal"),
            _lt("A term ends within %(days)s days and is not renewed."),
            _lt("Open the contract lines"),
            "list",
            "warning",
            figure="renewal_date",
        )
        return (*super()._step_rules(), renewal)

    @api.model
    def _step_source_renewal(self, scope, days):
        """Return the lines to renew whose term ends within so many days."""
        figures = self._line_source(scope)
        soon = Domain("date_end", "<=", scope.today + timedelta(days=days))
        lines = type(figures)(
            model=figures.model,
            partner=figures.partner,
            domain=figures.domain,
            keys={"": figures.keys["renewal_date"] & soon},
            currency=figures.currency,
        )
        return StepSource(lines, "date_end")

    @api.model
    def _step_evidence_renewal(self, facts, values):
        return self.env._(
            "The first term ends on %(since)s; lines to renew: %(count)s.", **values
        )
