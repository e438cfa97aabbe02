# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from odoo.addons.crm_suite_base.tools.metric import Metric

from ..engine.ageing import BUCKETS, due_range
from ..engine.periods import change_percent
from ..engine.scope import CONTACT
from ..engine.timeline import TimelineKind, TimelineSource
from .customer_figures import FigureSource

_lt = LazyTranslate(__name__)

ITEM = "account.move.line"
MOVE = "account.move"
INVOICES = ("out_invoice", "out_receipt")
DOCUMENTS = ("out_invoice", "out_refund", "out_receipt")
# Kinds of invoice lines that core adds up to the untaxed amount of a document.
UNTAXED = ("product", "rounding", "non_deductible_product")
UNTAXED += ("non_deductible_product_total",)
MARGIN_GROUPS = "sales_team.group_sale_salesman,account.group_account_readonly"
MARGIN_GROUPS += ",account.group_account_invoice"


def _items(key, label, basis, sign=1, field="amount_residual"):
    """Return the declaration of a sum of journal items in company currency."""
    return Metric(key, label, "currency", basis, ITEM, f"{field}:sum", sign)


def _documents(key, label, unit, basis, aggregate):
    """Return the declaration of a figure over customer invoices and credit notes."""
    return Metric(key, label, unit, basis, MOVE, aggregate)


LEDGER_METRICS = (
    _items(
        "revenue",
        _lt("Revenue"),
        _lt(
            "Minus the balance of posted items on income accounts in the period,"
            " by accounting date, as in the trial balance."
        ),
        -1,
        "balance",
    ),
    _items(
        "revenue_previous",
        _lt("Revenue of the period before"),
        _lt("Revenue of the equally long period that ends before this one begins."),
        -1,
        "balance",
    ),
    _items(
        "revenue_total",
        _lt("Revenue, all time"),
        _lt("Minus the balance of all posted items on income accounts."),
        -1,
        "balance",
    ),
)
BRIDGE_METRICS = (
    Metric(
        "bridge",
        _lt("Bridge"),
        "currency",
        _lt("Revenue less net invoiced of the period, item by item."),
        ITEM,
    ),
    Metric(
        "bridge_total",
        _lt("Bridge, all time"),
        "currency",
        _lt("Revenue less net invoiced of all time, item by item."),
        ITEM,
    ),
)
BALANCE_METRICS = (
    _items(
        "receivable",
        _lt("Receivable"),
        _lt(
            "Residual of posted items on trade receivable accounts: open invoices"
            " and other open debits less unallocated credits."
        ),
    ),
    _items(
        "other_debits",
        _lt("Other open debits"),
        _lt("Open debits on trade receivable accounts that no invoice made."),
    ),
    _items(
        "unallocated_credits",
        _lt("Unallocated credits"),
        _lt("Credit notes and payments not yet allocated to an invoice."),
        -1,
    ),
    _items(
        "receivable_non_trade",
        _lt("Non-trade receivable"),
        _lt("Residual of posted items on receivable accounts marked as non-trade."),
    ),
)
OPEN_METRICS = (
    _items(
        "open_invoices",
        _lt("Open invoices"),
        _lt("What is open of posted customer invoices and receipts, taxes included."),
    ),
    _items(
        "not_due",
        _lt("Not due"),
        _lt("Open invoices whose instalment is due today or later."),
    ),
    _items(
        "overdue",
        _lt("Overdue"),
        _lt("Open invoices by each instalment's own due date, due before today."),
    ),
    _items("overdue_1_30", _lt("Overdue 1-30 days"), _lt("Due 1 to 30 days ago.")),
    _items("overdue_31_60", _lt("Overdue 31-60 days"), _lt("Due 31 to 60 days ago.")),
    _items("overdue_61_90", _lt("Overdue 61-90 days"), _lt("Due 61 to 90 days ago.")),
    _items(
        "overdue_over_90",
        _lt("Overdue over 90 days"),
        _lt("Due more than 90 days ago."),
    ),
)
DOCUMENT_METRICS = (
    _documents(
        "net_invoiced",
        _lt("Net invoiced"),
        "currency",
        _lt(
            "Untaxed amount of posted customer invoices and receipts less credit"
            " notes, by invoice date in the period."
        ),
        "amount_untaxed_signed:sum",
    ),
    _documents(
        "net_invoiced_total",
        _lt("Net invoiced, all time"),
        "currency",
        _lt("Untaxed amount of all posted invoices and receipts less credit notes."),
        "amount_untaxed_signed:sum",
    ),
    _documents(
        "purchases",
        _lt("Purchases"),
        "count",
        _lt("Number of posted customer invoices and receipts, all time."),
        "id:count",
    ),
    _documents(
        "first_purchase",
        _lt("First purchase"),
        "date",
        _lt("Invoice date of the first posted customer invoice or receipt."),
        "invoice_date:min",
    ),
    _documents(
        "last_purchase",
        _lt("Last purchase"),
        "date",
        _lt("Invoice date of the last posted customer invoice or receipt."),
        "invoice_date:max",
    ),
)
DAYS_TO_PAY = Metric(
    "days_to_pay",
    _lt("Days to pay"),
    "days",
    _lt(
        "Days from invoice date to payment, weighted by amount, of payments in the"
        " period that were allocated to invoices; settlements by credit notes and"
        " exchange differences do not count."
    ),
    ITEM,
)
MARGIN = Metric(
    "margin",
    _lt("Margin"),
    "currency",
    _lt(
        "Commercial: untaxed amount less cost of the lines of orders confirmed in"
        " the period, cost as on the order."
    ),
    "sale.order",
    "margin:sum",
    groups=MARGIN_GROUPS,
)
# What a salesperson, whom core shows invoice and credit-note items only, may see.
DOCUMENT_KEYS = {metric.key for metric in (*OPEN_METRICS, *DOCUMENT_METRICS, MARGIN)}

#: What makes revenue and net invoiced differ: {key: label}.
BRIDGE_LABELS = {
    "manual": _lt("Manual entries on income accounts"),
    "exchange": _lt("Exchange differences on income accounts"),
    "cash_discount": _lt("Cash discounts on income accounts"),
    "other_lines": _lt("Discount allocation and taxes on income accounts"),
    "non_income": _lt("Down payments and lines on non-income accounts"),
    "posted_later": _lt("Posted in the period, invoiced outside of it"),
    "posted_elsewhere": _lt("Invoiced in the period, posted outside of it"),
}
#: Items that are in net invoiced and not in revenue; the others are the reverse.
BRIDGE_POSITIVE = ("non_income", "posted_elsewhere")


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
            *DOCUMENT_METRICS[:2],
            *BRIDGE_METRICS,
            BALANCE_METRICS[0],
            *OPEN_METRICS,
            *BALANCE_METRICS[1:],
            DAYS_TO_PAY,
            MARGIN,
            *DOCUMENT_METRICS[2:],
        )

    @api.model
    def _sees_ledger(self, scope):
        """Return whether ledger figures are told: entity or group, and uncut items."""
        return scope.kind != CONTACT and not self._is_cut(ITEM)

    @api.model
    def _compute_metrics(self, scope):
        ledger = self._sees_ledger(scope)
        sources = [self._open_source(scope, ledger), self._document_source(scope)]
        sources.append(self._margin_source(scope))
        if ledger:
            sources.append(self._ledger_source(scope))
        figures = {partner_id: {} for partner_id in scope.partner_ids}
        for source in sources:
            for partner_id, found in self._figures(scope, source).items():
                figures[partner_id].update(found)
        if ledger:
            self._add_bridge(scope, figures)
            self._add_trend(figures)
            self._add_days_to_pay(scope, figures)
        return figures

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
        keys["overdue"] = invoices & Domain("date_maturity", "<", scope.today)
        if ledger:
            keys["receivable"] = trade
            keys["other_debits"] = (
                trade & debit & Domain("move_id.move_type", "not in", INVOICES)
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
            date="invoice_date",
        )

    @api.model
    def _margin_source(self, scope):
        """Return the confirmed orders of the period."""
        return FigureSource(
            model="sale.order",
            partner="partner_id",
            domain=Domain("state", "=", "sale"),
            keys={"margin": Domain(scope.moments("date_order", scope.period))},
            currency="currency_id",
            date="date_order",
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
        keys |= self._bridge_keys("bridge", income, scope.period)
        keys |= self._bridge_keys("bridge_total", income, None)
        return FigureSource(
            model=ITEM,
            partner="partner_id",
            domain=Domain("parent_state", "=", "posted"),
            keys=keys,
            date="date",
        )

    @api.model
    def _days(self, field, period):
        """Return the domain of the days of a period on a Date field."""
        return Domain(field, ">=", period.start) & Domain(field, "<=", period.end)

    # === BRIDGE === #

    @api.model
    def _visible_metrics(self):
        """Add the bridge's items, which are figures of their own, to the declared."""
        metrics = super()._visible_metrics()
        for bridge in BRIDGE_METRICS:
            metrics += [
                _items(
                    f"{bridge.key}.{key}",
                    label,
                    bridge.basis,
                    1 if key in BRIDGE_POSITIVE else -1,
                    "balance",
                )
                for key, label in BRIDGE_LABELS.items()
            ]
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
                if not net:
                    continue
                value = currency.round(
                    found[f"revenue{suffix}"]["value"] - net["value"]
                )
                rest = currency.round(value - sum(item["value"] for item in items))
                if rest:
                    items.append(self._bridge_rest(rest))
                found[key] = {
                    "value": value,
                    "domain": self._bridge_domain(items),
                    "partial": net["partial"],
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
                    }
                )
        return items

    @api.model
    def _bridge_rest(self, value):
        """Return the item that no journal item of this customer explains."""
        return {
            "key": "other_entity",
            "label": self.env._("Documents and items of different entities"),
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

    # === DAYS TO PAY === #

    @api.model
    def _payment_domain(self, scope):
        """Return the domain of payments in the period allocated to invoices."""
        paid = Domain("journal_id.type", "in", ("bank", "cash", "credit"))
        paid |= Domain("payment_id", "!=", False)
        invoices = Domain("debit_move_id.move_id.move_type", "in", INVOICES)
        return (
            Domain("company_id", "in", list(scope.company_ids))
            & Domain("parent_state", "=", "posted")
            & Domain("account_id.account_type", "=", "asset_receivable")
            & Domain("move_id.move_type", "=", "entry")
            & self._days("date", scope.period)
            & paid
            & Domain("matched_debit_ids", "any", invoices)
        )

    @api.model
    def _add_days_to_pay(self, scope, figures):
        """Add the amount-weighted days from invoice to payment.

        Raw SQL, because the weight (the allocated amount) and the two dates are on
        three tables and the ORM aggregates fields, not products. The credit items
        come from the ORM's search with the user's rules, the debit items are those
        of an uncut ledger (:meth:`_sees_ledger`).
        """
        if not self._can_read("account.partial.reconcile"):
            return
        domain = self._payment_domain(scope)
        totals = self._days_to_pay_totals(scope, domain)
        for partner_id in scope.partner_ids:
            weighted, weight = totals.get(partner_id, (0.0, 0.0))
            figures[partner_id]["days_to_pay"] = {
                "value": round(weighted / weight, 1) if weight else False,
                "domain": list(Domain(scope.domain(partner_id)) & domain),
                "weight": weight,
            }

    @api.model
    def _days_to_pay_totals(self, scope, domain):
        """Return {partner id: [sum of amount x days, sum of amount]}.

        Amounts of companies in other currencies weigh at the closing rate.
        """
        rates = self._weights(scope)
        owners, totals = scope.owners(), {}
        for partner_id, company_id, weighted, weight in self._payment_rows(
            scope, domain
        ):
            for owner in owners.get(partner_id, ()):
                total = totals.setdefault(owner, [0.0, 0.0])
                total[0] += weighted * rates[company_id]
                total[1] += weight * rates[company_id]
        return totals

    @api.model
    def _weights(self, scope):
        """Return {company id: factor to the answer's currency} at the closing rate."""
        currencies = self._currencies(scope)
        rates = self._rate_table(scope, set(currencies.values()))
        return {
            company_id: rates.convert(
                1.0, currency_id, scope.currency_id, company_id, scope.today
            )
            for company_id, currency_id in currencies.items()
        }

    @api.model
    def _payment_rows(self, scope, domain):
        """Return (partner, company, sum of amount x days, sum of amount) rows."""
        item = self.env[ITEM]
        self.env["account.partial.reconcile"].flush_model()
        item.flush_model(["date", "invoice_date", "move_id"])
        query = item._search(Domain("partner_id", "in", scope.member_ids) & domain)
        return self.env.execute_query(
            SQL(
                """
                SELECT credit.partner_id, credit.company_id,
                       SUM(part.amount * (
                           credit.date - COALESCE(debit.invoice_date, debit.date)
                       )),
                       SUM(part.amount)
                  FROM account_partial_reconcile part
                  JOIN account_move_line credit ON credit.id = part.credit_move_id
                  JOIN account_move_line debit ON debit.id = part.debit_move_id
                  JOIN account_move move ON move.id = debit.move_id
                 WHERE credit.id IN %s AND move.move_type IN %s
                 GROUP BY credit.partner_id, credit.company_id
                """,
                query.subselect(),
                INVOICES,
            )
        )

    # === TIMELINE AND NOTICES === #

    @api.model
    def _thread_models(self, scope):
        partner = "partner_id" if scope.kind == CONTACT else "commercial_partner_id"
        return ((MOVE, partner),)

    @api.model
    def _timeline_kinds(self):
        return (
            TimelineKind("invoice", _lt("Invoices"), "fa-pencil-square-o"),
            TimelineKind("credit_note", _lt("Credit notes"), "fa-reply"),
            TimelineKind("payment", _lt("Payments"), "fa-money"),
        )

    @api.model
    def _timeline_sources(self, scope, partner_id):
        companies = Domain("company_id", "in", list(scope.company_ids))
        partner = "partner_id" if scope.kind == CONTACT else "commercial_partner_id"
        moves = companies & Domain(scope.domain(partner_id, partner))
        moves &= Domain("state", "=", "posted")
        sources = [
            self._move_rows("invoice", moves & Domain("move_type", "in", INVOICES)),
            self._move_rows(
                "credit_note", moves & Domain("move_type", "=", "out_refund")
            ),
        ]
        if self._can_read("account.payment"):
            sources.append(self._payment_timeline(scope, partner_id, companies))
        return sources

    @api.model
    def _move_rows(self, kind, domain):
        """Return the timeline's source of customer documents."""
        return TimelineSource(
            kind=kind,
            model=MOVE,
            domain=domain,
            date="invoice_date",
            title="name",
            state="payment_state",
            amount="amount_total_in_currency_signed",
            currency="currency_id",
            search=("name", "ref"),
        )

    @api.model
    def _payment_timeline(self, scope, partner_id, companies):
        """Return the timeline's source of payments from and to the customer."""
        return TimelineSource(
            kind="payment",
            model="account.payment",
            domain=companies
            & Domain(scope.domain(partner_id))
            & Domain("partner_type", "=", "customer")
            & Domain("state", "in", ("in_process", "paid")),
            date="date",
            title="name",
            state="state",
            amount="amount_signed",
            currency="currency_id",
            search=("name", "memo"),
        )

    @api.model
    def _notices(self, scope, figures):
        """Tell of documents of this customer whose items are booked on another."""
        if not self._sees_ledger(scope):
            return {}
        rows = self.env[MOVE]._read_group(
            Domain("commercial_partner_id", "in", scope.member_ids)
            & Domain("company_id", "in", list(scope.company_ids))
            & Domain("state", "=", "posted")
            & Domain("move_type", "in", DOCUMENTS),
            ["commercial_partner_id", "partner_id.commercial_partner_id"],
            ["__count"],
        )
        owners, notices = scope.owners(), {}
        for booked, current, count in rows:
            for owner in owners.get(booked.id, ()) if booked != current else ():
                notices.setdefault(owner, []).append(
                    self.env._(
                        "%(count)s documents are booked on this customer, though their"
                        " contact now belongs to another: figures follow the ledger.",
                        count=count,
                    )
                )
        return notices
