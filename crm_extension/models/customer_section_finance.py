# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain

from ..engine.ageing import BUCKETS, due_range
from ..engine.periods import Period, change_percent
from ..engine.scope import CONTACT
from .customer_figures import FigureSource
from .customer_metrics_finance import (
    BALANCE_METRICS,
    BRIDGE_LABELS,
    BRIDGE_METRICS,
    BRIDGE_POSITIVE,
    CREDIT_METRICS,
    DAYS_LATE,
    DAYS_TO_PAY,
    DOCUMENT_KEYS,  # noqa: F401 - part of what other files take from here
    DOCUMENT_METRICS,
    DOCUMENTS,
    DUE_METRICS,
    INVOICES,
    ITEM,
    LEDGER_MARGIN_METRICS,
    LEDGER_METRICS,
    MARGIN,
    MOVE,
    OPEN_METRICS,
    UNTAXED,
    YEAR_METRICS,
    items,
)

#: What is owed to the companies that watch credit limits; part of the use of the limit.
CREDIT_RECEIVABLE = "credit_use.receivable"
#: What the bridges are made of.
BRIDGE_ITEMS = [
    items(
        f"{bridge.key}.{key}",
        label,
        bridge.basis,
        1 if key in BRIDGE_POSITIVE else -1,
        "balance",
    )
    for bridge in BRIDGE_METRICS
    for key, label in BRIDGE_LABELS.items()
]  #: Columns that the domains of the ledger's figures speak of.
LEDGER_COLUMNS = (
    *("account_id", "account_id.internal_group", "journal_id"),
    *("move_id.move_type", "display_type"),
    *("date", "invoice_date", "payment_id?", "statement_line_id?"),
    "tax_repartition_line_id?",
)
#: Columns that the domains of the open items' figures speak of.
OPEN_COLUMNS = ("account_id.non_trade", "move_id.move_type", "date_maturity")

#: Totals and the figures that they consist of: {key: {key: sign}}.
FOOTINGS = {
    "open_invoices": dict.fromkeys(BUCKETS, 1),
    "overdue": {key: 1 for key in BUCKETS if key != "not_due"},
    "receivable": {"open_invoices": 1, "other_debits": 1, "unallocated_credits": -1},
}


class CrmCustomerSectionFinance(models.AbstractModel):
    """Revenue, receivable and what leads from one to the other.

    Ledger figures follow the journal items' partner, document figures the commercial
    entity that core stores on the document. The ledger is absent for contact scope
    (core posts invoices on the commercial entity) and for users whose record rules
    cut the journal items: a receivable without the payments would mislead.
    """

    _name = "crm.customer.section.finance"
    _inherit = "crm.customer.section"
    _description = "Finance Section of the Customer View"

    _section_key = "finance"
    _section_sequence = 10
    _section_models = (ITEM,)

    @api.model
    def _section_label(self):
        return self.env._("Finance")

    @api.model
    def _metrics(self):
        return (
            *LEDGER_METRICS,
            *YEAR_METRICS,
            *DOCUMENT_METRICS[:2],
            *BRIDGE_METRICS,
            BALANCE_METRICS[0],
            *OPEN_METRICS,
            *DUE_METRICS,
            *BALANCE_METRICS[1:],
            *CREDIT_METRICS,
            DAYS_TO_PAY,
            DAYS_LATE,
            MARGIN,
            *LEDGER_MARGIN_METRICS,
            *DOCUMENT_METRICS[2:],
        )

    @api.model
    def _sees_ledger(self, scope):
        """Return whether ledger figures are told: entity or group, and uncut items."""
        return scope.kind != CONTACT and not self._is_cut(ITEM)

    @api.model
    def _figure_sources(self, scope):
        ledger = self._sees_ledger(scope)
        sources = [self._open_source(scope, ledger), self._document_source(scope)]
        return [*sources, self._ledger_source(scope)] if ledger else sources

    @api.model
    def _compute_metrics(self, scope):
        figures = self._figures_of(scope, self._figure_sources(scope))
        self._foot_converted(scope, figures)
        sold = self.env["crm.customer.section.sales"]._sold_figures(scope)
        for partner_id, found in sold.items():
            figures[partner_id] |= {k: f for k, f in found.items() if k == "margin"}
        self._add_next_due(scope, figures)
        if self._sees_ledger(scope):
            self._add_bridge(scope, figures)
            self._add_trend(figures)
            self._drop_unposted_cost(figures)
            self._add_credit_use(scope, figures)
            self._add_days_to_pay(scope, figures)
        return figures

    @api.model
    def _foot_converted(self, scope, figures):
        """Make converted totals the sum of the converted figures that they consist of.

        Each figure of several currencies is rounded on its own, so that a total
        converted by itself would miss the column above it by a cent. ``feet`` are the
        domains of what is rounded, so that a list adds up to the same cent.
        """
        currency = self.env["res.currency"].browse(scope.currency_id)
        for found in figures.values():
            for key, signs in FOOTINGS.items():
                if found.get(key, {}).get("parts") and signs.keys() <= found.keys():
                    total = found[key]
                    total["value"] = currency.round(
                        sum(sign * found[part]["value"] for part, sign in signs.items())
                    )
                    feet = []
                    for figure in map(found.get, signs):
                        told = figure.get("conversion", {}).get("feet")
                        feet += told or [figure["domain"]]
                    total["conversion"] = {**total["conversion"], "feet": feet}

    # === SOURCES === #

    @api.model
    def _item_partner(self, scope):
        """Return the path from a journal item to the partner whose item it is."""
        return "move_id.partner_id" if scope.kind == CONTACT else "partner_id"

    @api.model
    def _open_source(self, scope, ledger):
        """Return the open items on receivable accounts."""
        trade = Domain("account_id.non_trade", "=", False)
        debit = Domain("amount_residual", ">", 0)
        invoices = trade & debit & Domain("move_id.move_type", "in", INVOICES)
        keys = {"open_invoices": invoices}
        for key in BUCKETS:
            keys[key] = invoices & self._due_domain(*due_range(key, scope.today))
        past = Domain("date_maturity", "<", scope.today)
        keys["overdue"] = invoices & past
        keys["next_due"] = invoices & Domain("date_maturity", ">=", scope.today)
        if ledger:
            keys["receivable"] = trade
            others = trade & debit & Domain("move_id.move_type", "not in", INVOICES)
            keys["other_debits"] = others
            keys["overdue_entries"] = others & past
            keys[CREDIT_RECEIVABLE] = trade & Domain(
                "company_id", "in", self._credit_companies(scope).ids
            )
            keys["unallocated_credits"] = trade & Domain("amount_residual", "<", 0)
            keys["receivable_non_trade"] = Domain("account_id.non_trade", "=", True)
        return FigureSource(
            model=ITEM,
            partner=self._item_partner(scope),
            domain=Domain("parent_state", "=", "posted")
            & Domain("reconciled", "=", False)
            & Domain("account_id.account_type", "=", "asset_receivable"),
            keys=keys,
            packed=OPEN_COLUMNS if scope.kind != CONTACT else (),
        )

    @api.model
    def _due_domain(self, earliest, latest):
        """Return the domain of due dates in a range; undated items are not due."""
        domain = Domain.TRUE
        if earliest:
            domain &= Domain("date_maturity", ">=", earliest)
        if latest:
            domain &= Domain("date_maturity", "<=", latest)
        else:
            domain |= Domain("date_maturity", "=", False)
        return domain

    @api.model
    def _document_source(self, scope):
        """Return the posted customer invoices, receipts and credit notes."""
        invoice = Domain("move_type", "in", INVOICES)
        before = scope.period.previous()
        partner = "partner_id" if scope.kind == CONTACT else "commercial_partner_id"
        return FigureSource(
            model=MOVE,
            partner=partner,
            domain=Domain("state", "=", "posted")
            & Domain("move_type", "in", DOCUMENTS),
            keys={
                "net_invoiced": self._days("invoice_date", scope.period),
                "net_invoiced_total": Domain.TRUE,
                "purchases": invoice,
                "first_purchase": invoice,
                "last_purchase": invoice,
            },
            # The rate of the accounting date, as revenue: else no bridge explains it.
            date="date",
            previous={"net_invoiced": self._days("invoice_date", before)},
        )

    @api.model
    def _ledger_source(self, scope):
        """Return the posted items: revenue and each item of the two bridges."""
        income = Domain("account_id.internal_group", "=", "income")
        keys = {
            "revenue": income & self._days("date", scope.period),
            "revenue_previous": income & self._days("date", scope.period.previous()),
            "revenue_total": income,
        }
        this_year, last_year = self._fiscal_years(scope)
        keys["revenue_ytd"] = income & self._days("date", this_year)
        keys["revenue_last_year"] = income & self._days("date", last_year)
        cost = Domain("display_type", "=", "cogs")
        cost &= Domain("account_id.internal_group", "=", "expense")
        keys["cost_ledger"] = cost & self._days("date", scope.period)
        keys["margin_ledger"] = (income | cost) & self._days("date", scope.period)
        keys |= self._bridge_keys("bridge", income, scope.period)
        keys |= self._bridge_keys("bridge_total", income, None)
        results = Domain("account_id.internal_group", "in", ("income", "expense"))
        return FigureSource(
            model=ITEM,
            partner="partner_id",
            domain=Domain("parent_state", "=", "posted"),
            keys=keys,
            date="date",
            packed=LEDGER_COLUMNS,
            wanted=results | Domain("display_type", "in", UNTAXED),
        )

    @api.model
    def _fiscal_years(self, scope):
        """Return the fiscal year up to today and the whole one before (two Periods)."""
        # When its fiscal year begins is no secret of the user's own company.
        company = self.env.company.sudo()
        start = company.compute_fiscalyear_dates(scope.today)["date_from"]
        end = start - timedelta(days=1)
        before = company.compute_fiscalyear_dates(end)["date_from"]
        return Period(start, scope.today), Period(before, end)

    @api.model
    def _drop_unposted_cost(self, figures):
        """Drop the ledger's margin where no cost is posted: it would be revenue."""
        for found in figures.values():
            if not found["cost_ledger"]["value"]:
                del found["cost_ledger"], found["margin_ledger"]

    # === BRIDGE === #

    @api.model
    def _visible_metrics(self):
        """Add what other figures are made of, which is read like them."""
        metrics = super()._visible_metrics() + BRIDGE_ITEMS
        if any(metric.key == "credit_use" for metric in metrics):
            metrics.append(items(CREDIT_RECEIVABLE, "", ""))
        return metrics

    @api.model
    def _bridge_keys(self, prefix, income, period):
        """Return {key: Domain} of the bridge's items in a period (None: all time)."""
        document = Domain("move_id.move_type", "in", DOCUMENTS)
        untaxed = Domain("display_type", "in", UNTAXED) & ~(
            Domain("display_type", "=", "rounding")
            & Domain("tax_repartition_line_id", "!=", False)
        )
        discount = self._cash_discounts()
        exchange = Domain("journal_id", "in", self._exchange_journals())
        posted = self._days("date", period) if period else Domain.TRUE
        invoiced = self._days("invoice_date", period) if period else Domain.TRUE
        entry = income & posted & ~document
        keys = {
            "manual": entry & ~exchange & ~discount,
            "exchange": entry & exchange & ~discount,
            "cash_discount": income & posted & discount,
            "other_lines": income & posted & document & ~untaxed & ~discount,
            "non_income": ~income & invoiced & document & untaxed,
        }
        if period:
            both = income & document & untaxed
            keys["posted_later"] = both & posted & ~invoiced
            keys["posted_elsewhere"] = both & invoiced & ~posted
        return {f"{prefix}.{key}": domain for key, domain in keys.items()}

    @api.model
    def _cash_discounts(self):
        """Return the domain of cash discounts, granted on the invoice or by payment.

        Core marks those that an invoice books in advance; what a payment or a bank
        statement books is told by the company's discount accounts.
        """
        # Which accounts those are is no secret; accountants without settings rights
        # cannot read them from the company.
        companies = self.env.companies.sudo()
        accounts = (
            companies.account_journal_early_pay_discount_loss_account_id
            | companies.account_journal_early_pay_discount_gain_account_id
        )
        paid = Domain("payment_id", "!=", False)
        paid |= Domain("statement_line_id", "!=", False)
        booked = Domain("account_id", "in", accounts.ids) & paid
        return booked | Domain("display_type", "=", "epd")

    @api.model
    def _exchange_journals(self):
        """Return the ids of the journals of exchange differences."""
        # Which journal is the exchange journal is no secret; accountants without
        # settings rights cannot read it from the company.
        companies = self.env.companies.sudo()
        return companies.currency_exchange_journal_id.ids

    @api.model
    def _add_bridge(self, scope, figures):
        """Make revenue less net invoiced, with its items, for period and all time.

        What no item explains is booked on another customer's items: documents and
        items that point to different entities.
        """
        currency = self.env["res.currency"].browse(scope.currency_id)
        metrics = {metric.key: metric for metric in self._visible_metrics()}
        for found in figures.values():
            for metric, suffix in zip(BRIDGE_METRICS, ("", "_total"), strict=True):
                key = metric.key
                items = self._bridge_items(found, key, metrics)
                net = found.get(f"net_invoiced{suffix}")
                if not net or net["partial"]:
                    continue  # documents that are hidden are no difference
                value = currency.round(
                    found[f"revenue{suffix}"]["value"] - net["value"]
                )
                rest = currency.round(value - sum(item["value"] for item in items))
                if rest:
                    converted = found[f"revenue{suffix}"]["parts"] or net["parts"]
                    cents = currency.rounding * (len(items) + 2)
                    rounding = bool(converted) and abs(rest) <= cents
                    items.append(self._bridge_rest(rest, rounding))
                found[key] = {
                    "value": value,
                    "domain": self._bridge_domain(items),
                    "items": items,
                }

    @api.model
    def _bridge_items(self, found, key, metrics):
        """Take the items of a bridge out of the figures; return those that matter."""
        items = []
        for name in [name for name in found if name.startswith(f"{key}.")]:
            figure, metric = found.pop(name), metrics[name]
            if figure["value"]:
                items.append(
                    {
                        "key": name.partition(".")[2],
                        "label": self.env._(metric.label),
                        "value": figure["value"],
                        "model": metric.model,
                        "domain": figure["domain"],
                        "aggregate": metric.aggregate,
                        "sign": metric.sign,
                        **{k: figure[k] for k in ("conversion",) if k in figure},
                    }
                )
        return items

    @api.model
    def _bridge_rest(self, value, rounding=False):
        """Return the item that no journal item of this customer explains.

        :param rounding: whether it is but what converting each item leaves over
        """
        label = self.env._("Documents and items of different entities")
        if rounding:
            label = self.env._("Rounding of converted amounts")
        return {
            "key": "rounding" if rounding else "other_entity",
            "label": label,
            "value": value,
            "model": "",
            "domain": [],
            "aggregate": "",
            "sign": 1,
        }

    @api.model
    def _bridge_domain(self, items):
        """Return the domain of all items that the bridge consists of."""
        return list(Domain.OR(Domain(i["domain"]) for i in items if i["model"]))

    @api.model
    def _add_trend(self, figures):
        """Tell the change of revenue against the period before, in percent."""
        for found in figures.values():
            previous = found["revenue_previous"]["value"]
            found["revenue"]["previous"] = previous
            found["revenue"]["change"] = change_percent(
                found["revenue"]["value"], previous
            )
