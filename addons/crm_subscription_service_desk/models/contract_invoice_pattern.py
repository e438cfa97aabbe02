# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models


class ContractInvoicePattern(models.Model):
    _inherit = "contract.invoice.pattern"

    @api.model
    def _get_identity_columns(self):
        """A telephone number tells who calls: no invoice depends on it."""
        return super()._get_identity_columns() | {"service_phone_key"}
