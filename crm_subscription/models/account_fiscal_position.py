# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.fields import Domain

# What of a fiscal position says whose it is, and what it does to taxes.
POSITION_FIELDS = frozenset(
    (
        "active",
        "auto_apply",
        "company_id",
        "country_group_id",
        "country_id",
        "sequence",
        "state_ids",
        "tax_ids",
        "vat_required",
        "zip_from",
        "zip_to",
    )
)


class AccountFiscalPosition(models.Model):
    """Whose it is, and what it does to taxes, is part of the revenue of contracts."""

    _inherit = "account.fiscal.position"

    @api.model_create_multi
    def create(self, vals_list):
        positions = super().create(vals_list)
        positions.filtered("auto_apply")._refresh_subscriptions()
        return positions

    def write(self, vals):
        res = super().write(vals)
        if POSITION_FIELDS & vals.keys():
            self._refresh_subscriptions()
        return res

    def _refresh_subscriptions(self):
        """Compute the revenue again of contract lines with taxes inside that have one
        of the positions, or the one that their customer's address gives."""
        taxes = self.env["account.tax"].with_context(active_test=False).sudo()
        inside = taxes.search([("price_include", "=", True)])._get_inside()
        if not inside:
            return
        lines = self.env["contract.line"]
        lines._refresh_taxed(
            lines._get_taxed_domain(inside)
            & Domain("contract_id.fiscal_position_id", "in", [False, *self.ids])
        )
