# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.fields import Domain

from odoo.addons.crm_extension.models.customer_section_watch import Watch, since_any

from .customer_section_subscription import CONTRACT, LINE


class CrmCustomerSectionSubscription(models.AbstractModel):
    """What stored figures must know of subscriptions."""

    _inherit = "crm.customer.section.subscription"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _watches(self, since, until):
        """Customer contracts that changed, in the head or in a line."""
        sale = Domain("contract_type", "=", "sale")
        moments = ("write_date", "contract_line_ids.write_date")
        return (Watch(CONTRACT, sale & since_any(since, *moments)),)

    @api.model
    def _next_changes(self, scope):
        """Say when the next line begins: before it there may be nothing to visit."""
        rows = self.env[LINE]._read_group(
            Domain("partner_id", "in", list(scope.member_ids))
            & Domain("contract_id.contract_type", "=", "sale")
            & Domain("company_id", "in", list(scope.company_ids))
            & Domain("is_canceled", "=", False)
            & Domain("date_start", ">", scope.today),
            ["partner_id"],
            ["date_start:min"],
        )
        soon, owners = {}, scope.owners()
        for partner, day in rows:
            for asked in owners.get(partner.id, ()):
                soon[asked] = min(day, soon.get(asked, day))
        return soon
