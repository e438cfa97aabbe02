# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from odoo.addons.crm_suite_base.tools.metric import Metric
from odoo.addons.crm_suite_base.tools.plain import plain

from .customer_charts import TABLE_ROWS
from .customer_metrics_sales import ORDER
from .groups import SOLD

_lt = LazyTranslate(__name__)

LINE = "sale.order.line"
PRODUCT = "product.product"
MIX_PARTS = 7
BOUGHT = Metric(
    "bought",
    _lt("Products ordered"),
    "currency",
    _lt(
        "Untaxed amount of the lines of orders confirmed with a date in the period, at"
        " the rate of each order."
    ),
    LINE,
    "crm_subtotal_company:sum",
    groups=SOLD,
)


class CrmCustomerSectionSales(models.AbstractModel):
    """What the page shows of products and open documents beside the figures."""

    _inherit = "crm.customer.section.sales"

    @api.model
    def _charts(self, scope, partner_id):
        charts = super()._charts(scope, partner_id)
        if self._readable((BOUGHT,)):
            charts += self._product_chart(scope, partner_id)
        return charts

    @api.model
    def _tables(self, scope, partner_id):
        tables = super()._tables(scope, partner_id)
        if self._readable((BOUGHT,)):
            tables.append(self._product_table(scope, partner_id))
        if self._can_read(ORDER):
            tables.append(self._open_order_table(scope, partner_id))
        return tables

    # === PRODUCTS === #

    @api.model
    def _bought_domain(self, scope, partner_id):
        """Return the lines of products (Domain) ordered in the period."""
        return (
            Domain(scope.domain(partner_id, "order_partner_id"))
            & Domain("company_id", "in", list(scope.company_ids))
            & Domain("state", "=", "sale")
            & Domain("product_id", "!=", False)
            & Domain(scope.moments("crm_order_date", scope.period))
        )

    @api.model
    def _bought(self, scope, partner_id):
        """Return {(product, unit): {quantity, amount, orders, last}}, most first.

        One query, whose rows are as many as there are products. Companies in another
        currency count at the closing rate.
        """
        rows = self.env[LINE]._read_group(
            self._bought_domain(scope, partner_id),
            ["product_id", "product_uom_id", "company_id"],
            [
                "product_uom_qty:sum",
                BOUGHT.aggregate,
                "order_id:count_distinct",
                "crm_order_date:max",
            ],
        )
        rates, found = self._weights(scope), {}
        for product, unit, company, quantity, amount, orders, last in rows:
            empty = {"quantity": 0.0, "amount": 0.0, "orders": 0, "last": last}
            sums = found.setdefault((product, unit), empty)
            sums["quantity"] += quantity
            sums["amount"] += amount * rates[company.id]
            sums["orders"] += orders
            sums["last"] = max(sums["last"], last)
        ordered = sorted(found.items(), key=lambda item: -item[1]["amount"])
        return dict(ordered)

    @api.model
    def _product_table(self, scope, partner_id):
        """Return the products ordered in the period, the largest amount first."""
        bought = self._bought(scope, partner_id)
        domain = self._bought_domain(scope, partner_id)
        currency = self.env["res.currency"].browse(scope.currency_id)
        rows = [
            plain(
                {
                    "product": self._product_name(product),
                    "quantity": sums["quantity"],
                    "unit": unit.name,
                    "amount": currency.round(sums["amount"]),
                    "orders": sums["orders"],
                    "last": scope.day_of(sums["last"]),
                    "model": PRODUCT,
                    "res_id": product.id,
                }
            )
            for (product, unit), sums in list(bought.items())[:TABLE_ROWS]
        ]
        columns = [
            ("product", self.env._("Product"), "text"),
            ("quantity", self.env._("Quantity"), "quantity"),
            ("unit", self.env._("Unit"), "text"),
            ("amount", self.env._("Amount"), "currency"),
            ("orders", self.env._("Orders"), "count"),
            ("last", self.env._("Last"), "date"),
        ]
        label = self.env._(BOUGHT.label)
        return self._table_of(
            "products", label, columns, rows, len(bought), LINE, domain
        )

    @api.model
    def _product_name(self, product):
        """Return the name of a product (str) that a line is of.

        With sudo, as core's lists name it: who reads the line may know it.
        """
        return product.sudo().display_name

    @api.model
    def _product_chart(self, scope, partner_id):
        """Return the mix of products ordered (list of one chart, none without any)."""
        amounts = {}
        for (product, _unit), sums in self._bought(scope, partner_id).items():
            amounts[product] = amounts.get(product, 0.0) + sums["amount"]
        if not amounts:
            return []
        shown = sorted(amounts, key=lambda product: -amounts[product])[:MIX_PARTS]
        domain = self._bought_domain(scope, partner_id)
        partial = self._hides(LINE, domain)
        # a list, because products may share their name
        parts = [
            (
                self._product_name(product),
                amounts[product],
                domain & Domain("product_id", "=", product.id),
            )
            for product in shown
        ]
        rest = [product for product in amounts if product not in shown]
        if rest:
            named = Domain("product_id", "not in", [product.id for product in shown])
            total = sum(amounts[product] for product in rest)
            parts.append((self.env._("Other products"), total, domain & named))
        currency = self.env["res.currency"].browse(scope.currency_id)
        labels = [name for name, _value, _domain in parts]
        figures = [
            {"value": currency.round(v), "domain": list(d), "partial": partial}
            for _name, v, d in parts
        ]
        label = self.env._("Product mix")
        series = {label: figures}
        return [self._chart(BOUGHT, "product_mix", label, "doughnut", labels, series)]

    # === OPEN DOCUMENTS === #

    @api.model
    def _open_order_table(self, scope, partner_id):
        """Return quotations, and orders not yet delivered or invoiced, newest first."""
        quotation = Domain("state", "in", ("draft", "sent"))
        undelivered = Domain("delivery_status", "in", ("pending", "started", "partial"))
        unfinished = undelivered | Domain("invoice_status", "=", "to invoice")
        domain = (
            Domain(scope.domain(partner_id))
            & Domain("company_id", "in", list(scope.company_ids))
            & (quotation | (Domain("state", "=", "sale") & unfinished))
        )
        columns = [
            ("name", self.env._("Order"), "text"),
            ("date", self.env._("Date"), "date"),
            ("state", self.env._("State"), "text"),
            ("delivery", self.env._("Delivery"), "text"),
            ("invoicing", self.env._("Invoicing"), "text"),
            ("amount", self.env._("Untaxed"), "currency"),
        ]
        label, order = self.env._("Open quotations and orders"), "date_order desc, id"
        return self._record_table(
            "open_orders",
            label,
            columns,
            ORDER,
            domain,
            order,
            lambda record: self._open_order_values(scope, record),
        )

    @api.model
    def _open_order_values(self, scope, order):
        """Return the row (dict) of an open order, in its own currency."""
        return {
            "name": order.name,
            "date": scope.day_of(order.date_order),
            "state": self._selection_text(order, "state"),
            "delivery": self._selection_text(order, "delivery_status"),
            "invoicing": self._selection_text(order, "invoice_status"),
            "amount": order.amount_untaxed,
            "currency": order.currency_id.name,
        }
