# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.fields import Domain


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
        taxes = self._get_line_taxes(product).flatten_taxes_hierarchy()
        included = taxes.filtered("price_include")
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

    # === OTHER TAXES === #
    @api.model
    def _get_taxed_domain(self, taxes):
        """Return the domain of lines that may have one of ``taxes`` in their price: by
        their product, through a fiscal position, or agreed."""
        sources = taxes | taxes.original_tax_ids
        by_product = Domain("keeps_taxes", "=", False) & Domain(
            "product_id.taxes_id", "in", sources.ids
        )
        return by_product | Domain("subscription_tax_ids", "in", taxes.ids)

    @api.model
    def _refresh_taxed(self, domain):
        """Compute the revenue again of the customers' lines in a domain of which
        something else is tax now, archived ones included."""
        # Who changes a tax or a product need not see the contracts: revenue and log
        # are the machine's.
        lines = self.sudo().with_context(active_test=False)
        lines.search(
            Domain("contract_id.contract_type", "=", "sale")
            & Domain("is_canceled", "=", False)
            & Domain(domain)
        )._refresh_untaxed()

    def _refresh_untaxed(self):
        """Compute the revenue of lines again of whose price another part is tax; the
        log calls the difference a change of price."""
        self.env.add_to_compute(self._fields["monthly_amount"], self)
        self._recompute_mrr()
        self._sync_mrr(repriced=True)


class ContractContract(models.Model):
    _inherit = "contract.contract"  # pylint: disable=consider-merging-classes-inherited

    def write(self, vals):
        """Another fiscal position is other taxes, and other revenue of prices with
        taxes inside."""
        res = super().write(vals)
        if {"fiscal_position_id", "invoice_partner_id"} & vals.keys():
            self.with_context(active_test=False).contract_line_ids._refresh_untaxed()
        return res
