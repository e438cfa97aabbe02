# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.crm_suite_base.tools.options import show
from odoo.addons.crm_suite_base.tools.plain import plain

from .groups import LEDGER


class AccountMove(models.Model):
    """The invoice's customer, as an accountant sees him beside the invoice."""

    _inherit = "account.move"

    crm_customer_shown = fields.Boolean(
        compute="_compute_crm_customer",
        groups=LEDGER,
        help="Whether the reader's rights let the customer's figures be told.",
    )
    crm_customer_figures = fields.Json(
        string="Customer",
        compute="_compute_crm_customer",
        groups=LEDGER,
        help="The customer's figures, each with its definition and list.",
    )
    crm_customer_currency_id = fields.Many2one(
        comodel_name="res.currency",
        string="Currency of the Customer's Figures",
        compute="_compute_crm_customer",
        groups=LEDGER,
    )
    crm_customer_revenue = fields.Monetary(
        string="Customer's Revenue, 12 Months",
        compute="_compute_crm_customer",
        currency_field="crm_customer_currency_id",
        groups=LEDGER,
    )
    crm_customer_revenue_ytd = fields.Monetary(
        string="Customer's Revenue, Year to Date",
        compute="_compute_crm_customer",
        currency_field="crm_customer_currency_id",
        groups=LEDGER,
    )
    crm_customer_receivable = fields.Monetary(
        string="Customer's Receivable",
        compute="_compute_crm_customer",
        currency_field="crm_customer_currency_id",
        groups=LEDGER,
    )
    crm_customer_overdue = fields.Monetary(
        string="Customer's Overdue",
        compute="_compute_crm_customer",
        currency_field="crm_customer_currency_id",
        groups=LEDGER,
    )
    crm_customer_days_to_pay = fields.Float(
        string="Customer's Days to Pay",
        compute="_compute_crm_customer",
        digits=(16, 1),
        groups=LEDGER,
    )

    @api.depends("commercial_partner_id", "move_type")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_crm_customer(self):
        """Tell of all customers of the page at once; of suppliers nothing."""
        documents = self.filtered(lambda move: move.is_sale_document(True))
        partners = documents.commercial_partner_id._origin
        metrics = partners._accounting_metrics()
        currency = self.env.company.currency_id
        for move in self:
            partner = (move & documents).commercial_partner_id._origin
            found = metrics.get(partner.id, {})
            values = partners._accounting_values("crm_customer", found, currency)
            move.update(values)
            move.crm_customer_figures = [
                {**plain(metric), "currency_id": currency.id}
                for metric in found.values()
            ]

    def action_open_customer_360(self):
        """Return the action that opens the page of the document's customer (dict)."""
        self.ensure_one()
        self.check_access("read")
        return self.partner_id.action_open_customer_360()

    def action_open_customer_figure(self, key):
        """Return the action that lists what a figure of the customer sums up (dict).

        :param str key: metric key as in ``crm_customer_figures``
        :raise AccessError: for who may not read the invoice or the ledger
        :raise UserError: a key that is not among the customer's figures
        """
        self.ensure_one()
        self.check_access("read")
        self._check_field_access(self._fields["crm_customer_figures"], "read")
        partner = self.commercial_partner_id
        figures = partner._accounting_metrics().get(partner.id, {})
        if not isinstance(key, str) or key not in figures:
            raise UserError(
                self.env._(
                    "key: %(key)s is not a figure of the customer of %(move)s."
                    " Known are: %(known)s.",
                    key=show(key),
                    move=self.display_name,
                    known=", ".join(figures),
                )
            )
        return plain(partner._customer_figure_action(figures[key]))
