# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class AccountAccount(models.Model):
    _inherit = "account.account"

    def _get_sale_taxes(self, company):
        """Return the taxes that core puts on an invoice line of the account whose
        product has none (account.tax), before its fiscal position."""
        taxes = self.tax_ids.filtered(lambda tax: tax.type_tax_use == "sale")
        return taxes._filter_taxes_by_company(company)
