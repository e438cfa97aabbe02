# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import SQL

from .groups import LEDGER

#: {our column: the journal item's own column with the opposite sign}
CREDITS = {"crm_credit_balance": "balance", "crm_credit_residual": "amount_residual"}


class AccountMoveLine(models.Model):
    """Amounts of journal items with the sign of the figure that sums them.

    The ledger writes revenue and unallocated credits as negative amounts; the page
    tells them as positive ones. Lists add these columns up in the database, over all
    rows and all groups.
    """

    _inherit = "account.move.line"

    crm_credit_balance = fields.Monetary(
        string="Credit less Debit",
        compute="_compute_crm_credit",
        currency_field="company_currency_id",
        aggregator="sum",
        groups=LEDGER,
    )
    crm_credit_residual = fields.Monetary(
        string="Open Credit",
        compute="_compute_crm_credit",
        currency_field="company_currency_id",
        aggregator="sum",
        groups=LEDGER,
    )

    # All columns that the figures of a customer's ledger speak of: his posted items are
    # added up without reading them.
    _crm_ledger_idx = models.Index(
        "(partner_id, date) INCLUDE (company_id, account_id, move_id, journal_id,"
        " display_type, invoice_date, balance, payment_id, statement_line_id,"
        " tax_repartition_line_id) WHERE parent_state = 'posted'"
    )

    @api.depends("balance", "amount_residual")
    def _compute_crm_credit(self):
        for item in self:
            for name, source in CREDITS.items():
                item[name] = -item[source]

    def _read_group_select(self, aggregate_spec, query):
        """Let the database add up what is computed from its own columns."""
        name, _colon, function = aggregate_spec.partition(":")
        if name not in CREDITS or function != "sum":
            return super()._read_group_select(aggregate_spec, query)
        self._check_field_access(self._fields[name], "read")
        column = self._field_to_sql(self._table, CREDITS[name], query)
        return SQL("-SUM(%s)", column)
