# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from .groups import LEDGER

#: Figures that an accountant sees there: metric keys, which end the fields' names.
ACCOUNTING_KEYS = ("revenue", "revenue_ytd", "receivable", "overdue", "days_to_pay")


class ResPartner(models.Model):
    """What an accountant sees of a customer without leaving the list.

    The figures are those of the finance section, of the contact's commercial entity,
    computed for all records of a page at once with the reader's own rights. They are
    neither stored nor searchable.
    """

    _inherit = "res.partner"

    crm_ledger_shown = fields.Boolean(
        compute="_compute_crm_ledger",
        groups=LEDGER,
        help="Whether the reader's rights let the ledger's figures be told.",
    )
    crm_ledger_currency_id = fields.Many2one(
        comodel_name="res.currency",
        string="Currency of the Figures",
        compute="_compute_crm_ledger",
        groups=LEDGER,
    )
    crm_ledger_revenue = fields.Monetary(
        string="Revenue, 12 Months",
        compute="_compute_crm_ledger",
        currency_field="crm_ledger_currency_id",
        groups=LEDGER,
        help="Minus the balance of posted items on income accounts, by accounting"
        " date, of the commercial entity.",
    )
    crm_ledger_revenue_ytd = fields.Monetary(
        string="Revenue, Year to Date",
        compute="_compute_crm_ledger",
        currency_field="crm_ledger_currency_id",
        groups=LEDGER,
        help="Revenue since the first day of the fiscal year.",
    )
    crm_ledger_receivable = fields.Monetary(
        string="Receivable of Customer",
        compute="_compute_crm_ledger",
        currency_field="crm_ledger_currency_id",
        groups=LEDGER,
        help="Residual of posted items on trade receivable accounts: open invoices"
        " and other open debits less unallocated credits.",
    )
    crm_ledger_overdue = fields.Monetary(
        string="Overdue of Customer",
        compute="_compute_crm_ledger",
        currency_field="crm_ledger_currency_id",
        groups=LEDGER,
        help="Open invoices by each instalment's own due date, due before today.",
    )
    crm_ledger_days_to_pay = fields.Float(
        string="Days to Pay",
        compute="_compute_crm_ledger",
        digits=(16, 1),
        groups=LEDGER,
        help="Days from invoice to payment, weighted by amount, of the payments of"
        " the last twelve months.",
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_crm_ledger(self):
        metrics = self._origin._accounting_metrics()
        currency = self.env.company.currency_id
        for partner in self:
            found = metrics.get(partner._origin.id, {})
            partner.update(partner._accounting_values("crm_ledger", found, currency))

    @api.model
    def _accounting_values(self, prefix, metrics, currency):
        """Return the values (dict) of the fields that show these metrics."""
        values = {
            f"{prefix}_{key}": metrics.get(key, {}).get("value") or 0.0
            for key in ACCOUNTING_KEYS
        }
        return {
            **values,
            f"{prefix}_currency_id": currency.id,
            f"{prefix}_shown": "receivable" in metrics,
        }

    def _accounting_metrics(self):
        """Return {partner id: {key: metric as in get_customer_360}} for accountants.

        One set of queries for all partners. Figures that the reader's rights do not
        allow are absent, as in ``get_customer_360``. The revenue is that of the last
        twelve months and is called so.
        """
        section = self.env["crm.customer.section.finance"]
        if not self or not section._is_available():
            return {}
        figures = section._compute_metrics(self._customer_scope({}))
        declared = [m for m in section._visible_metrics() if m.key in ACCOUNTING_KEYS]
        # Beside a document no period is chosen: the name tells which one it is.
        labels = {"revenue": {"label": self.env._("Revenue, 12 Months")}}
        return {
            partner_id: {
                metric.key: {
                    "key": metric.key,
                    **self._customer_metric(metric, found[metric.key]),
                    **labels.get(metric.key, {}),
                }
                for metric in declared
                if metric.key in found
            }
            for partner_id, found in figures.items()
        }

    def _customer_figure_action(self, figure):
        """Return the action (dict) that lists the records behind a figure.

        :param figure: metric, or item of one, with ``label``, ``model``, ``domain``,
            ``aggregate`` and ``sign``
        """
        self.ensure_one()
        name = figure["model"].replace(".", "_")
        xml_id = f"crm_extension.{name}_action_customer_360"
        action = self.env["ir.actions.act_window"]._for_xml_id(xml_id)
        title = f"{figure['label']}: {self.display_name}"
        return {
            **action,
            "name": title,
            "display_name": title,
            "domain": figure["domain"],
            "context": {
                "create": False,
                "customer_360_sign": figure["sign"],
                "customer_360_aggregate": figure["aggregate"],
                "customer_360_conversion": figure.get("conversion", False),
            },
        }
