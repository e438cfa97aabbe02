# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from odoo.addons.crm_suite_base.tools.metric import Metric

from ..engine.timeline import TimelineKind, TimelineSource
from .customer_figures import FigureSource

_lt = LazyTranslate(__name__)

ORDER = "sale.order"
LEAD = "crm.lead"


METRICS = (
    Metric(
        "open_quotations",
        _lt("Open quotations"),
        "currency",
        _lt("Untaxed amount of quotations neither confirmed nor cancelled."),
        ORDER,
        "amount_untaxed:sum",
    ),
    Metric(
        "open_quotations_count",
        _lt("Number of open quotations"),
        "count",
        _lt("Quotations neither confirmed nor cancelled."),
        ORDER,
        "id:count",
    ),
    Metric(
        "expired_quotations",
        _lt("Expired quotations"),
        "count",
        _lt("Quotations sent whose validity ended before today."),
        ORDER,
        "id:count",
    ),
    Metric(
        "orders_to_deliver",
        _lt("Orders to deliver"),
        "count",
        _lt("Confirmed orders that are not fully delivered."),
        ORDER,
        "id:count",
    ),
    Metric(
        "orders_to_invoice",
        _lt("Orders to invoice"),
        "count",
        _lt("Confirmed orders of which something is to be invoiced."),
        ORDER,
        "id:count",
    ),
    Metric(
        "last_order",
        _lt("Last order"),
        "date",
        _lt("Date of the last confirmed order."),
        ORDER,
        "date_order:max",
    ),
    Metric(
        "pipeline",
        _lt("Pipeline"),
        "currency",
        _lt("Expected revenue of opportunities neither won nor lost."),
        LEAD,
        "expected_revenue:sum",
    ),
    Metric(
        "opportunities",
        _lt("Open opportunities"),
        "count",
        _lt("Opportunities neither won nor lost."),
        LEAD,
        "id:count",
    ),
)


class CrmCustomerSectionSales(models.AbstractModel):
    """Quotations, orders and opportunities."""

    _name = "crm.customer.section.sales"
    _inherit = "crm.customer.section"
    _description = "Sales Section of the Customer View"

    _section_key = "sales"
    _section_sequence = 20
    _section_models = (ORDER, LEAD)

    @api.model
    def _section_label(self):
        return self.env._("Sales")

    @api.model
    def _metrics(self):
        return METRICS

    @api.model
    def _compute_metrics(self, scope):
        figures = {partner_id: {} for partner_id in scope.partner_ids}
        for source in (self._order_source(scope), self._lead_source()):
            for partner_id, found in self._figures(scope, source).items():
                figures[partner_id].update(found)
        for found in figures.values():
            moment = found.get("last_order", {}).get("value")
            if moment:
                found["last_order"]["value"] = scope.day_of(moment)
        return figures

    @api.model
    def _order_source(self, scope):
        """Return the orders that are not cancelled."""
        quotation = Domain("state", "in", ("draft", "sent"))
        confirmed = Domain("state", "=", "sale")
        undelivered = Domain("delivery_status", "in", ("pending", "started", "partial"))
        return FigureSource(
            model=ORDER,
            partner="partner_id",
            domain=Domain("state", "!=", "cancel"),
            keys={
                "open_quotations": quotation,
                "open_quotations_count": quotation,
                "expired_quotations": Domain("state", "=", "sent")
                & Domain("validity_date", "<", scope.today),
                "orders_to_deliver": confirmed & undelivered,
                "orders_to_invoice": confirmed
                & Domain("invoice_status", "=", "to invoice"),
                "last_order": confirmed,
            },
            currency="currency_id",
        )

    @api.model
    def _lead_source(self):
        """Return the opportunities that are neither won nor lost."""
        return FigureSource(
            model=LEAD,
            partner="partner_id",
            domain=Domain("type", "=", "opportunity")
            & Domain("won_status", "=", "pending"),
            keys={"pipeline": Domain.TRUE, "opportunities": Domain.TRUE},
            shared=True,
        )

    # === TIMELINE AND NOTICES === #

    @api.model
    def _thread_models(self, scope):
        return ((ORDER, "partner_id"), (LEAD, "partner_id"))

    @api.model
    def _timeline_kinds(self):
        return (
            TimelineKind("order", _lt("Orders"), "fa-shopping-cart"),
            TimelineKind("quotation", _lt("Quotations"), "fa-file-text-o"),
            TimelineKind("opportunity", _lt("Opportunities"), "fa-star-o"),
        )

    @api.model
    def _timeline_sources(self, scope, partner_id):
        mine = Domain(scope.domain(partner_id))
        companies = list(scope.company_ids)
        orders = mine & Domain("company_id", "in", companies)
        leads = mine & Domain("company_id", "in", [*companies, False])
        return [
            self._order_rows("order", orders & Domain("state", "=", "sale")),
            self._order_rows("quotation", orders & Domain("state", "!=", "sale")),
            TimelineSource(
                kind="opportunity",
                model=LEAD,
                domain=leads & Domain("type", "=", "opportunity"),
                date="create_date",
                title="name",
                state="stage_id",
                amount="expected_revenue",
                currency="company_currency",
                search=("name",),
            ),
        ]

    @api.model
    def _order_rows(self, kind, domain):
        """Return the timeline's source of orders or quotations."""
        return TimelineSource(
            kind=kind,
            model=ORDER,
            domain=domain,
            date="date_order",
            title="name",
            state="state",
            amount="amount_total",
            currency="currency_id",
            search=("name", "client_order_ref"),
        )

    @api.model
    def _notices(self, scope, figures):
        """Tell of quotations whose validity has run out unanswered."""
        counts = {
            partner_id: found["expired_quotations"]["value"]
            for partner_id, found in figures.items()
            if "expired_quotations" in found
        }
        return {
            partner_id: [
                self.env._(
                    "%(count)s quotations were sent and have expired unanswered.",
                    count=count,
                )
            ]
            for partner_id, count in counts.items()
            if count
        }
