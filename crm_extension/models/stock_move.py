# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import SQL


class StockMove(models.Model):
    """What was moved, at the price of the order line."""

    _inherit = "stock.move"

    # For who sees all orders only: the sum is made past the rules of the order lines.
    crm_sale_value = fields.Monetary(
        string="Value at Sales Price",
        compute="_compute_crm_sale_value",
        currency_field="company_currency_id",
        aggregator="sum",
        groups="sales_team.group_sale_salesman_all_leads",
        help="Quantity at the untaxed price of the order line, in company currency.",
    )

    @api.depends("quantity", "sale_line_id.price_reduce_taxexcl")
    def _compute_crm_sale_value(self):
        for move in self:
            line = move.sale_line_id
            rate = line.order_id.currency_rate or 1.0
            move.crm_sale_value = move.quantity * line.price_reduce_taxexcl / rate

    @api.model
    def _has_field_access(self, field, operation):
        """Tell the value to those only whose rules hide no order lines."""
        allowed = super()._has_field_access(field, operation)
        if not allowed or self.env.su or field.name != "crm_sale_value":
            return allowed
        return not self.env["crm.customer.section"]._is_cut("sale.order.line")

    def _read_group_select(self, aggregate_spec, query):
        """Let lists sum the value, which is computed from stored columns."""
        if aggregate_spec != "crm_sale_value:sum":
            return super()._read_group_select(aggregate_spec, query)
        self._check_field_access(self._fields["crm_sale_value"], "read")
        self.env["sale.order.line"].flush_model(["price_reduce_taxexcl", "order_id"])
        self.env["sale.order"].flush_model(["currency_rate"])
        line = query.left_join(
            self._table, "sale_line_id", "sale_order_line", "id", "sale_line"
        )
        order = query.left_join(line, "order_id", "sale_order", "id", "order")
        return SQL(
            "SUM(%s * %s / COALESCE(NULLIF(%s, 0), 1))",
            self._field_to_sql(self._table, "quantity", query),
            SQL.identifier(line, "price_reduce_taxexcl"),
            SQL.identifier(order, "currency_rate"),
        )
