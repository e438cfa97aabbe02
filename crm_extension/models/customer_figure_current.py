# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import hashlib

from odoo import api, fields, models

from ..engine import lifecycle
from .groups import LEDGER, MONEY

#: Choices of a column with the life-cycle stage.
STAGES = [
    (lifecycle.PROSPECT, "Prospect"),
    (lifecycle.NEW, "New"),
    (lifecycle.ACTIVE, "Active"),
    (lifecycle.DECLINING, "Declining"),
    (lifecycle.LAPSED, "Lapsed"),
]


class CrmCustomerSnapshot(models.Model):
    """The figures of one customer in one company as they were at the last visit.

    Computed at full scope by the scheduled job, from the sections' own declarations:
    ``crm_metric`` of a field names the metric that it keeps ("section.key"). A field
    is readable for those who see that metric uncut by record rules, and for nobody
    else: neither read nor searched, ordered, grouped or exported.
    """

    _name = "crm.customer.snapshot"
    _description = "Stored Figures of a Customer"
    _order = "company_id, partner_id"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    day = fields.Date(required=True, help="Day that the figures are of.")
    computed_at = fields.Datetime(
        required=True, help="Moment up to which changes are in the figures."
    )
    next_visit = fields.Date(
        required=True,
        index=True,
        help="Day on which the figures change though nothing is entered.",
    )

    version = fields.Char(
        help="Which figures the row has, by which limits of stages; a row of another"
        " version is told to nobody and visited again.",
    )

    stage = fields.Selection(STAGES, crm_metric="finance.stage")
    revenue = fields.Monetary(crm_metric="finance.revenue", groups=LEDGER)
    revenue_previous = fields.Monetary(
        crm_metric="finance.revenue_previous", groups=LEDGER
    )
    net_invoiced = fields.Monetary(crm_metric="finance.net_invoiced", groups=MONEY)
    receivable = fields.Monetary(crm_metric="finance.receivable", groups=LEDGER)
    unallocated_credits = fields.Monetary(
        crm_metric="finance.unallocated_credits", groups=LEDGER
    )
    open_invoices = fields.Monetary(crm_metric="finance.open_invoices", groups=MONEY)
    not_due = fields.Monetary(crm_metric="finance.not_due", groups=MONEY)
    overdue = fields.Monetary(crm_metric="finance.overdue", groups=MONEY)
    overdue_1_30 = fields.Monetary(crm_metric="finance.overdue_1_30", groups=MONEY)
    overdue_31_60 = fields.Monetary(crm_metric="finance.overdue_31_60", groups=MONEY)
    overdue_61_90 = fields.Monetary(crm_metric="finance.overdue_61_90", groups=MONEY)
    overdue_over_90 = fields.Monetary(
        crm_metric="finance.overdue_over_90", groups=MONEY
    )
    days_to_pay = fields.Float(
        crm_metric="finance.days_to_pay", groups=LEDGER, aggregator="avg"
    )
    margin = fields.Monetary(crm_metric="finance.margin", groups=MONEY)
    last_purchase = fields.Date(crm_metric="finance.last_purchase")
    open_quotations = fields.Monetary(crm_metric="sales.open_quotations", groups=MONEY)
    open_quotations_count = fields.Integer(crm_metric="sales.open_quotations_count")
    orders_to_deliver = fields.Integer(crm_metric="sales.orders_to_deliver")
    orders_to_invoice = fields.Integer(crm_metric="sales.orders_to_invoice")
    last_order = fields.Date(crm_metric="sales.last_order")
    pipeline = fields.Monetary(crm_metric="sales.pipeline", groups=MONEY)
    opportunities = fields.Integer(crm_metric="sales.opportunities")
    deliveries_due = fields.Integer(crm_metric="logistics.deliveries_due")
    deliveries_late = fields.Integer(crm_metric="logistics.deliveries_late")
    returns = fields.Integer(crm_metric="logistics.returns")
    last_contact_in = fields.Date(crm_metric="contact.last_contact_in")
    last_contact_out = fields.Date(crm_metric="contact.last_contact_out")

    _partner_company_uniq = models.UniqueIndex(
        "(partner_id, company_id)", "A customer has one row of figures per company."
    )

    @api.model
    def _valid_field_parameter(self, field, name):
        return name == "crm_metric" or super()._valid_field_parameter(field, name)

    @api.model
    def _columns(self):
        """Return {"section.metric": Field}: where each metric is stored."""
        return {
            field.crm_metric: field
            for field in self._fields.values()
            if getattr(field, "crm_metric", None)
        }

    @api.model
    def _version_of(self, company):
        """Return what a company's rows must carry to be told (str).

        It changes with the columns, which addons add, and with the company's limits
        of life-cycle stages.
        """
        limits = vars(company.sudo()._crm_stage_limits_of())
        told = repr((sorted(self._columns()), sorted(limits.items())))
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    @api.model
    def _valid_domain(self, company):
        """Return the Domain of a company's rows that may be told."""
        version = self._version_of(company)
        return fields.Domain("company_id", "=", company.id) & fields.Domain(
            "version", "=", version
        )

    @api.model
    def _has_field_access(self, field, operation):
        """Tell figures to those only who see them uncut at their source."""
        if not super()._has_field_access(field, operation):
            return False
        key = getattr(field, "crm_metric", None)
        if not key or self.env.su:
            return True
        return key in self.env["crm.customer.section"]._full_keys()

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        """Name and explain the figures as their declarations do."""
        found = super().fields_get(allfields, attributes)
        return self.env["res.partner"]._describe_figures(self, found)
