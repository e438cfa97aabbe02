# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from ..engine.periods import Period
from ..engine.reorder import MONTHS, rhythm
from ..engine.timeline import TimelineKind, TimelineSource
from .customer_figures import FigureSource
from .customer_metrics_finance import MARGIN
from .customer_metrics_sales import LEAD, METRICS, ORDER

_lt = LazyTranslate(__name__)


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
    def _figure_sources(self, scope):
        sources = [self._order_source(scope), self._lead_source(scope)]
        return [*sources, self._sold_source(scope)]

    @api.model
    def _compute_metrics(self, scope):
        sources = (self._order_source(scope), self._lead_source(scope))
        figures = self._figures_of(scope, sources)
        for partner_id, sold in self._sold_figures(scope).items():
            figures[partner_id] |= {k: f for k, f in sold.items() if k != MARGIN.key}
        for found in figures.values():
            for key in ("last_order", "oldest_quotation"):
                if key in found:
                    found[key]["value"] = scope.day_of(found[key]["value"])
            self._add_ratios(scope, found)
        self._add_rhythm(scope, figures)
        return figures

    @api.model
    def _add_ratios(self, scope, found):
        """Add the average order and the win rate; each opens its denominator."""
        orders = found.get("orders")
        if orders and "ordered" in found:
            currency = self.env["res.currency"].browse(scope.currency_id)
            count, amount = orders["value"], found["ordered"]["value"]
            value = currency.round(amount / count) if count else 0.0
            found["average_order"] = {**orders, "value": value}
        if "won_count" in found:
            won, lost = found["won_count"], found["lost_count"]
            count = won["value"] + lost["value"]
            found["win_rate"] = {
                "value": round(100 * won["value"] / count, 1) if count else False,
                "domain": list(Domain(won["domain"]) | Domain(lost["domain"])),
                "partial": won["partial"] or lost["partial"],
            }

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
                "oldest_quotation": quotation,
            },
            currency="currency_id",
        )

    @api.model
    def _sold_figures(self, scope):
        """Return {partner id: {key: figure}} of orders confirmed in the period.

        With the margin, which the finance section tells: one query for both.
        """
        place = ("sold", self.env.uid, self.env.su)
        if place not in scope.shared:
            metrics = [*self._visible_metrics(), *self._readable((MARGIN,))]
            source = self._sold_source(scope)
            scope.shared[place] = self._figures(scope, source, metrics)
        return scope.shared[place]

    @api.model
    def _sold_source(self, scope):
        """Return the confirmed orders, whose amounts are read in company currency."""
        period = scope.moments("date_order", scope.period)
        before = scope.moments("date_order", scope.period.previous())
        keys = ("ordered", "orders", MARGIN.key)
        return FigureSource(
            model=ORDER,
            partner="partner_id",
            domain=Domain("state", "=", "sale"),
            keys=dict.fromkeys(keys, period),
            date="date_order",
            previous=dict.fromkeys(keys, before),
        )

    @api.model
    def _lead_source(self, scope):
        """Return the opportunities: those to come, those won or lost in the period."""
        active = Domain("active", "=", True)
        pending = active & Domain("won_status", "=", "pending")
        closed = Domain(scope.moments("date_closed", scope.period))
        won = closed & active & Domain("won_status", "=", "won")
        lost = closed & Domain("active", "=", False) & Domain("won_status", "=", "lost")
        return FigureSource(
            model=LEAD,
            partner="partner_id",
            domain=Domain("type", "=", "opportunity")
            & Domain("active", "in", [True, False]),
            keys={
                "pipeline": pending,
                "opportunities": pending,
                "won": won,
                "won_count": won,
                "lost": lost,
                "lost_count": lost,
            },
            shared=True,
        )

    # === RHYTHM === #

    @api.model
    def _add_rhythm(self, scope, figures):
        """Add how often each customer orders and whether an order is overdue."""
        if not self._can_read(ORDER):
            return
        since = scope.today - relativedelta(months=MONTHS)
        domain = self._rhythm_domain(scope, since)
        days = self._order_days(scope, domain)
        for partner_id, found in figures.items():
            told = rhythm(days.get(partner_id, ()), scope.today)
            base = {
                "domain": list(Domain(scope.domain(partner_id)) & domain),
                "partial": found["last_order"]["partial"],
            }
            if told.interval:
                found["usual_interval"] = {**base, "value": told.interval}
                found["reorder_date"] = {**base, "value": told.due}
                found["reorder_overdue"] = {**base, "value": told.overdue}

    @api.model
    def _rhythm_domain(self, scope, since):
        """Return the confirmed orders since a day (Domain), without partner."""
        moment = scope.moments("date_order", Period(since, scope.today))
        return (
            Domain("company_id", "in", list(scope.company_ids))
            & Domain("state", "=", "sale")
            & Domain(moment)
        )

    @api.model
    def _order_days(self, scope, domain):
        """Return {asked partner id: set of the days (date) with orders}."""
        place = self._domain_key(domain, scope.now)
        if place is None:
            sql = self._order_days_sql(scope, domain)
        else:
            sql = self._kept(
                scope,
                ("order_days", place),
                lambda section, pattern: section._order_days_sql(pattern, domain),
                names=(ORDER,),
            )
        rows = self.env.execute_query(sql)
        owners, days = scope.owners(), {}
        for partner_id, day in rows:
            for owner in owners.get(partner_id, ()):
                days.setdefault(owner, set()).add(day)
        return days

    @api.model
    def _order_days_sql(self, scope, domain):
        """Return SQL of (partner, day with orders) in a domain.

        Raw SQL, because it is kept: the ORM's own search and columns.
        """
        orders = self.env[ORDER]
        query = orders._search(Domain("partner_id", "in", scope.member_ids) & domain)
        columns = [
            orders._read_group_groupby(orders._table, path, query)
            for path in ("partner_id", "date_order:day")
        ]
        query.groupby = SQL(", ").join(columns)
        return query.select(columns[0], SQL("%s::date", columns[1]))

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
