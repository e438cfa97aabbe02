# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from .groups import SOLD
from .sale_order import sum_at_rate


class SaleOrderLine(models.Model):
    """Amount that lists can add up over orders in several currencies."""

    _inherit = "sale.order.line"

    crm_company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    crm_order_rate = fields.Float(related="order_id.currency_rate", aggregator=None)
    crm_order_date = fields.Datetime(
        related="order_id.date_order", string="Date of the Order"
    )
    crm_subtotal_company = fields.Monetary(
        string="Subtotal, Company Currency",
        compute="_compute_crm_subtotal_company",
        currency_field="crm_company_currency_id",
        aggregator="sum",
        groups=SOLD,
    )

    @api.depends("price_subtotal", "crm_order_rate")
    def _compute_crm_subtotal_company(self):
        for line in self:
            rate = line.crm_order_rate or 1.0
            line.crm_subtotal_company = line.price_subtotal / rate

    def _read_group_select(self, aggregate_spec, query):
        """Let lists sum the amount, which is computed from stored columns."""
        if aggregate_spec != "crm_subtotal_company:sum":
            return super()._read_group_select(aggregate_spec, query)
        self._check_field_access(self._fields["crm_subtotal_company"], "read")
        return sum_at_rate(self, query, "price_subtotal", "crm_order_rate")
