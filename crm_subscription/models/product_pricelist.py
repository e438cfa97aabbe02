# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models


class ProductPricelist(models.Model):
    """A rule may be for one plan; it wins over rules that are for every plan."""

    _inherit = "product.pricelist"

    def _get_applicable_rules_domain(self, products, date, **kwargs):
        plan = kwargs.get("subscription_plan") or self.env["contract.plan"]
        domain = super()._get_applicable_rules_domain(products, date, **kwargs)
        return [*domain, ("subscription_plan_id", "in", [False, *plan.ids])]

    def _get_applicable_rules(self, products, date, **kwargs):
        rules = super()._get_applicable_rules(products, date, **kwargs)
        return rules.sorted(lambda rule: not rule.subscription_plan_id)

    @api.private
    def get_plan_price(self, product, plan, quantity, *, uom=None, day=False):
        """Return the price of ``product`` per period of ``plan``.

        :param product: one ``product.product`` or ``product.template``
        :param plan: ``contract.plan``
        :param float quantity: in ``uom``, default the product's
        :param day: date or moment of the price and of the rate; False: now
        :return: (price, rule) in the pricelist's currency, untouched by taxes; the
            rule is empty where none applies
        """
        price, rule_id = self._get_product_price_rule(
            product,
            quantity,
            uom=uom or product.uom_id,
            date=day and fields.Datetime.to_datetime(day),
            subscription_plan=plan,
        )
        return price, self.env["product.pricelist.item"].browse(rule_id or [])


class ProductPricelistItem(models.Model):
    _inherit = "product.pricelist.item"

    subscription_plan_id = fields.Many2one(
        "contract.plan",
        string="Plan",
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
        help="The rule holds for lines with this plan, per period of the plan. Empty:"
        " for one-off lines and for every plan; a fixed price is then per period of"
        " the product's own plan.",
    )

    def _compute_price(self, product, quantity, uom, date, currency=None, **kwargs):
        price = super()._compute_price(product, quantity, uom, date, currency, **kwargs)
        if self.compute_price == "fixed" and not self.subscription_plan_id:
            price = self._scale_to_plan(price, product, currency, kwargs)
        return price

    def _compute_base_price(self, product, quantity, uom, date, currency, **kwargs):
        price = super()._compute_base_price(
            product, quantity, uom, date, currency, **kwargs
        )
        if self.base == "pricelist" and self.base_pricelist_id:
            return price  # the other pricelist answered for the plan already
        return self._scale_to_plan(price, product, currency, kwargs)

    def _scale_to_plan(self, price, product, currency, kwargs):
        """Return a price per period of the product's own plan as one per period of the
        plan asked: a year costs twelve months."""
        plan = kwargs.get("subscription_plan")
        own = product.subscription_plan_id
        if not plan or not own or plan == own or not product.subscription_ok:
            return price
        scaled = price * plan._count_months() / own._count_months()
        currency = currency or self.currency_id or self.env.company.currency_id
        return plan._round_price(float(scaled), currency)
