# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class ContractLine(models.Model):
    """Prices with taxes inside: what of them is revenue.

    The ledger, the previews and the MRR tell untaxed amounts; the invoice is made of
    the price itself, and core takes the tax out of it.
    """

    _inherit = "contract.line"  # pylint: disable=consider-merging-classes-inherited

    def _get_fiscal_position(self):
        """Return the fiscal position that the line's invoice will have."""
        self.ensure_one()
        # Taxes and their rules are no secret, but customers and salespeople have no
        # access to all of them.
        contract = self.contract_id.sudo()
        if contract.fiscal_position_id:
            return contract.fiscal_position_id
        positions = contract.env["account.fiscal.position"]
        return positions.with_company(contract.company_id)._get_fiscal_position(
            contract.invoice_partner_id
        )

    def _get_line_taxes(self, product=None):
        """Return the taxes that the line's invoice will have (account.tax).

        :param product: the product that the line changes to; None: its own
        """
        self.ensure_one()
        if self.keeps_taxes and not product:
            # See _get_fiscal_position.
            return self.sudo().subscription_tax_ids
        company = self.contract_id.sudo().company_id
        # See _get_fiscal_position.
        product = (product or self.product_id).sudo()
        taxes = product.taxes_id._filter_taxes_by_company(company)
        return self._get_fiscal_position().map_tax(taxes) if taxes else taxes

    def _get_untaxed(self, amount, product=None):
        """Return ``amount`` without the taxes that the price includes.

        :param float amount: in the contract's currency, as the price is written
        :param product: the product that the line changes to; None: its own
        :rtype: float, rounded to the currency where a tax is taken out
        """
        self.ensure_one()
        included = self._get_line_taxes(product).filtered("price_include")
        if not included or not amount:
            return amount
        values = self._compute_included(included, amount, self.currency_id)
        return values["total_excluded"]

    def _compute_included(self, taxes, amount, currency, handle_price_include=True):
        """Return what core reckons for the price ``amount``, ``taxes`` in it; without
        them, where ``handle_price_include`` is False (dict)."""
        return taxes.compute_all(
            amount,
            currency=currency,
            product=self.sudo().product_id,
            handle_price_include=handle_price_include,
        )
