# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models

# What of a tax says how much of a price it is.
RATE_FIELDS = frozenset(
    (
        "amount",
        "amount_type",
        "children_tax_ids",
        "include_base_amount",
        "is_base_affected",
        "price_include_override",
    )
)


class AccountTax(models.Model):
    """Another rate of a tax inside of prices is other revenue of running contracts."""

    _inherit = "account.tax"

    def write(self, vals):
        """Let the revenue of contracts, and its log, follow the rate of a tax."""
        if not RATE_FIELDS & vals.keys():
            return super().write(vals)
        inside = self._get_inside()
        res = super().write(vals)
        (inside | self._get_inside())._refresh_subscriptions()
        return res

    def _get_inside(self):
        """Return those of the taxes, and the groups that they are in, that prices have
        inside of them."""
        inside = self.filtered(
            lambda tax: any(tax.flatten_taxes_hierarchy().mapped("price_include"))
        )
        # Groups of taxes are no secret, but their children may be another company's.
        groups = self.sudo().search([("children_tax_ids", "in", inside.ids)])
        return inside.sudo() | groups

    def _refresh_subscriptions(self):
        """Compute the revenue again of the contract lines that have one of the taxes
        inside of their price."""
        if not self:
            return
        lines = self.env["contract.line"]
        lines._refresh_taxed(lines._get_taxed_domain(self))
