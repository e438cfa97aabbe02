# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.fields import Domain

from odoo.addons.crm_extension.models.customer_section_watch import Watch, since_any

from .customer_section_service import TICKET

RATING = "rating.rating"


class CrmCustomerSectionService(models.AbstractModel):
    """What stored figures must know of tickets."""

    _inherit = "crm.customer.section.service"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _watches(self, since, until):
        """Tickets and promises that changed, answers, and promises that time broke."""
        watches = [
            Watch(
                TICKET,
                since_any(since, "write_date", "service_target_ids.write_date"),
            )
        ]
        if since:
            due = Domain("service_target_ids.due", ">=", since)
            due &= Domain("service_target_ids.due", "<=", until)
            watches += [
                Watch(TICKET, due),
                Watch(
                    RATING,
                    Domain("res_model", "=", TICKET) & since_any(since, "write_date"),
                    company="",
                    founds=False,
                ),
            ]
        return tuple(watches)
