# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import SQL

from .groups import SOLD

#: Amount in company currency -> amount in the currency of the order.
SOURCES = {
    "crm_untaxed_company": "amount_untaxed",
    "crm_margin_company": "margin",
}


def sum_at_rate(records, query, amount, rate):
    """Return the SQL that sums a stored amount in company currency.

    :param amount, rate: names of the fields; an amount is divided by its rate
    """
    return SQL(
        "SUM(%s / COALESCE(NULLIF(%s, 0), 1))",
        records._field_to_sql(records._table, amount, query),
        records._field_to_sql(records._table, rate, query),
    )


class SaleOrder(models.Model):
    """Amounts that lists can add up over orders in several currencies.

    They are converted at the rate that the order keeps, which is the rate of its day:
    a later rate never changes what was sold.
    """

    _inherit = "sale.order"

    crm_company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    crm_untaxed_company = fields.Monetary(
        string="Untaxed, Company Currency",
        compute="_compute_crm_company_amounts",
        currency_field="crm_company_currency_id",
        aggregator="sum",
        groups=SOLD,
    )
    crm_margin_company = fields.Monetary(
        string="Margin, Company Currency",
        compute="_compute_crm_company_amounts",
        currency_field="crm_company_currency_id",
        aggregator="sum",
        groups=SOLD,
    )

    # In the timeline's order, with what the figures of a customer sum up.
    _crm_partner_idx = models.Index(
        "(partner_id, date_order, id) INCLUDE (company_id, state, amount_untaxed,"
        " currency_id, currency_rate, margin, user_id)"
    )

    @api.depends("amount_untaxed", "margin", "currency_rate")
    def _compute_crm_company_amounts(self):
        for order in self:
            rate = order.currency_rate or 1.0
            for name, source in SOURCES.items():
                order[name] = order[source] / rate

    def _read_group_select(self, aggregate_spec, query):
        """Let lists sum the amounts that are computed from stored columns."""
        name, _colon, function = aggregate_spec.partition(":")
        if name not in SOURCES or function != "sum":
            return super()._read_group_select(aggregate_spec, query)
        self._check_field_access(self._fields[name], "read")
        return sum_at_rate(self, query, SOURCES[name], "currency_rate")
