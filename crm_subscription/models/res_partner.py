# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.fields import Domain

# What of a partner says which fiscal position is his, of delivery addresses too.
ADDRESS_FIELDS = (
    "active",
    "country_id",
    "parent_id",
    "property_account_position_id",
    "state_id",
    "type",
    "vat",
    "zip",
)


class ResPartner(models.Model):
    """Another address may be other taxes, and other revenue of prices with taxes
    inside."""

    _inherit = "res.partner"

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        partners.filtered(
            lambda partner: partner.parent_id and partner.type == "delivery"
        )._refresh_subscriptions()
        return partners

    def write(self, vals):
        names = [name for name in ADDRESS_FIELDS if name in vals]
        if not names:
            return super().write(vals)
        before = {partner: [partner[name] for name in names] for partner in self}
        families = self.commercial_partner_id
        res = super().write(vals)
        moved = self.filtered(
            lambda partner: before[partner] != [partner[name] for name in names]
        )
        if moved:
            (families | moved)._refresh_subscriptions()
        return res

    def _refresh_subscriptions(self):
        """Compute the revenue again of the partners' contract lines whose taxes follow
        from an address."""
        if not self:
            return
        # Who changes an address need not see the contracts, see _refresh_taxed.
        contracts = self.env["contract.contract"].sudo()
        families = self.sudo().commercial_partner_id
        found = contracts.search(
            Domain("contract_type", "=", "sale")
            & Domain("fiscal_position_id", "=", False)
            & Domain("invoice_partner_id", "child_of", families.ids)
        )
        if found:
            lines = self.env["contract.line"]
            lines._refresh_taxed(Domain("contract_id", "in", found.ids))
