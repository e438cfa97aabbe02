# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.fields import Domain

from ..engine import proration


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
        partner = contract.invoice_partner_id
        delivery = partner.browse(partner.address_get(["delivery"])["delivery"])
        return positions.with_company(contract.company_id)._get_fiscal_position(
            partner, delivery=delivery
        )

    def _get_line_taxes(self, product=None):
        """Return the taxes that the line's invoice will have (account.tax).

        :param product: the product that the line changes to; None: its own
        """
        self.ensure_one()
        taxes, mapped = self._get_own_taxes(product)
        if not mapped or not taxes:
            return taxes
        return self._get_fiscal_position().map_tax(taxes)

    def _get_own_taxes(self, product=None):
        """Return (the taxes that were agreed, or those of the product; whether a fiscal
        position may put others in their place)."""
        if self.keeps_taxes and not product:
            # See _get_fiscal_position.
            return self.sudo().subscription_tax_ids, False
        # See _get_fiscal_position.
        own, product = self.sudo(), (product or self.product_id).sudo()
        company = own.contract_id.company_id
        taxes = product.taxes_id._filter_taxes_by_company(company)
        if not taxes and own.contract_id and not own.display_type:
            taxes = own._get_income_account(product)._get_sale_taxes(company)
        return taxes, True

    def _has_taxes_inside(self, product=None):
        """Return whether a tax is, or by some fiscal position may be, inside of the
        price (bool); whose position it is takes longer to find out."""
        taxes, mapped = self._get_own_taxes(product)
        return (taxes | taxes.replacing_tax_ids if mapped else taxes)._are_inside()

    def _get_untaxed(self, amount, product=None, quantity=1.0):
        """Return ``amount`` without the taxes that the price includes.

        :param float amount: in the contract's currency, as the price is written
        :param product: the product that the line changes to; None: its own
        :param float quantity: of which the invoice line multiplies the price: taxes of
            a fixed amount count each
        :rtype: float, rounded to the currency where a tax is taken out
        """
        self.ensure_one()
        if not amount or not self._has_taxes_inside(product):
            return amount
        taxes = self._get_line_taxes(product)
        if not taxes._are_inside():
            return amount
        values = self._compute_taxes(taxes, amount, self.currency_id, quantity)
        return values["total_excluded"]

    def _get_period_taxed(self, period):
        """Return what ``period`` costs with all taxes (float)."""
        values = self._compute_taxes(
            self._get_line_taxes(),
            self._get_period_price(period),
            self.currency_id,
            self._get_billed_quantity(period),
        )
        return values["total_included"]

    def _compute_taxes(self, taxes, amount, currency, quantity=1.0, **kwargs):
        """Return what core reckons for a line of the price ``amount`` (dict). Of all
        ``taxes``: those on top may be part of the base of those inside."""
        quantity = quantity or 1.0
        return taxes.compute_all(
            amount / quantity,
            currency=currency,
            quantity=quantity,
            product=self.sudo().product_id,
            **kwargs,
        )

    def _add_included(self, taxes, untaxed, currency):
        """Return the price of one unit of which ``untaxed`` remains (float): with those
        of the ``taxes`` that are inside of it."""
        values = self._compute_taxes(
            taxes, untaxed, currency, handle_price_include=False
        )
        inside = taxes.flatten_taxes_hierarchy().filtered("price_include")
        return currency.round(
            untaxed
            + sum(tax["amount"] for tax in values["taxes"] if tax["id"] in inside.ids)
        )

    def _get_price_of(self, untaxed, taxes, currency, get_whole):
        """Return the price, those of ``taxes`` that are inside in it, of which
        ``untaxed`` remains (float).

        Several may: of these the one that is the same share of the whole price as
        ``untaxed`` is of the whole untaxed amount, so that a period given back as a
        whole gives back what was paid.

        :param get_whole: function that returns the two, (price, untaxed amount)
        """
        self.ensure_one()
        if not untaxed or not taxes._are_inside():
            return untaxed
        price = self._add_included(taxes, untaxed, currency)
        whole_price, whole = get_whole()
        if not whole:
            return price
        wanted = proration.round_to(untaxed / whole * whole_price, currency.rounding)
        found = self._compute_taxes(taxes, wanted, currency)["total_excluded"]
        same = not currency.compare_amounts(found, untaxed)
        return wanted if same else price

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
