# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models


class ContractInvoicePattern(models.Model):
    _inherit = "contract.invoice.pattern"

    @api.model
    def _get_known_addons(self):
        """The customer view keeps on an invoice only when it was posted: posting is
        core's own, whatever the draft was made of."""
        return super()._get_known_addons() | {"crm_extension"}
