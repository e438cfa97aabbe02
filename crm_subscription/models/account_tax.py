# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.exceptions import UserError

# What of a tax says how much of a price it is, and for which tax it stands in.
RATE_FIELDS = frozenset(
    (
        "active",
        "amount",
        "amount_type",
        "children_tax_ids",
        "fiscal_position_ids",
        "include_base_amount",
        "is_base_affected",
        "original_tax_ids",
        "price_include_override",
        "sequence",
    )
)


class AccountTax(models.Model):
    """Another rate of a tax inside of prices is other revenue of running contracts."""

    _inherit = "account.tax"

    def write(self, vals):
        """Let the revenue of contracts, and its log, follow the rate of a tax."""
        if not RATE_FIELDS & vals.keys():
            return super().write(vals)
        before = self._get_inside()
        res = super().write(vals)
        # Core computes it from the originals, and does not say so.
        self.env["account.fiscal.position"].invalidate_model(["tax_map"])
        (before | self._get_inside())._refresh_subscriptions()
        return res

    def _prepare_down_payment_lines(self, base_lines, *args, **kwargs):
        """A down payment is a part of what the order itself bills; core's dialog asks
        for the share of all lines.

        :raise UserError: a contract bills all that is in the order
        """
        model = type(self.env["sale.order.line"])
        own = [
            line
            for line in base_lines
            if not isinstance(line.get("record"), model)
            or not line["record"]._filter_by_contract()
        ]
        if base_lines and not own:
            raise UserError(
                self.env._(
                    "%(order)s: its subscription bills all of it. There is nothing to"
                    " make a down payment on.",
                    order=base_lines[0]["record"].order_id.name,
                )
            )
        return super()._prepare_down_payment_lines(own, *args, **kwargs)

    def _are_inside(self):
        """Return whether prices have one of the taxes inside of them (bool)."""
        return any(self.flatten_taxes_hierarchy().mapped("price_include"))

    def _get_inside(self):
        """Return those of the taxes, of the ones that they stand in for, and of the
        groups that they are in, that prices have inside of them; and those on top that
        are part of the base of such."""
        found = self | self.original_tax_ids
        inside = found.filtered(
            lambda tax: tax._are_inside() or tax.include_base_amount
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
