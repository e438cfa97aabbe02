# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the figures of the finance section are called and mean."""

from odoo.tools.translate import LazyTranslate

from odoo.addons.crm_suite_base.tools.metric import Metric

from .groups import LEDGER, SOLD

_lt = LazyTranslate(__name__)

ITEM = "account.move.line"
MOVE = "account.move"
INVOICES = ("out_invoice", "out_receipt")
DOCUMENTS = ("out_invoice", "out_refund", "out_receipt")
# Kinds of invoice lines that core adds up to the untaxed amount of a document.
UNTAXED = ("product", "rounding", "non_deductible_product")
UNTAXED += ("non_deductible_product_total",)


def items(key, label, basis, sign=1, field="amount_residual", **shown):
    """Return the declaration of a sum of journal items in company currency."""
    aggregate = f"{field}:sum"
    return Metric(key, label, "currency", basis, ITEM, aggregate, sign, **shown)


def _documents(key, label, unit, basis, aggregate, **shown):
    """Return the declaration of a figure over customer invoices and credit notes."""
    return Metric(key, label, unit, basis, MOVE, aggregate, **shown)


LEDGER_METRICS = (
    items(
        "revenue",
        _lt("Revenue"),
        _lt(
            "Minus the balance of posted items on income accounts in the period,"
            " by accounting date, as in the trial balance."
        ),
        -1,
        "balance",
        headline=True,
        better="more",
    ),
    items(
        "revenue_previous",
        _lt("Revenue of the period before"),
        _lt("Revenue of the equally long period that ends before this one begins."),
        -1,
        "balance",
        group="revenue",
    ),
    items(
        "revenue_total",
        _lt("Revenue, all time"),
        _lt("Minus the balance of all posted items on income accounts."),
        -1,
        "balance",
        group="revenue",
    ),
)
YEAR_METRICS = (
    items(
        "revenue_ytd",
        _lt("Revenue, year to date"),
        _lt("Revenue since the first day of the fiscal year."),
        -1,
        "balance",
        group="revenue",
        better="more",
    ),
    items(
        "revenue_last_year",
        _lt("Revenue, last year"),
        _lt("Revenue of the whole fiscal year before this one."),
        -1,
        "balance",
        group="revenue",
    ),
)
BRIDGE_METRICS = (
    Metric(
        "bridge",
        _lt("Bridge"),
        "currency",
        _lt("Revenue less net invoiced of the period, item by item."),
        ITEM,
        group="revenue",
    ),
    Metric(
        "bridge_total",
        _lt("Bridge, all time"),
        "currency",
        _lt("Revenue less net invoiced of all time, item by item."),
        ITEM,
        group="revenue",
    ),
)
BALANCE_METRICS = (
    items(
        "receivable",
        _lt("Receivable"),
        _lt(
            "Residual of posted items on trade receivable accounts: open invoices"
            " and other open debits less unallocated credits."
        ),
        headline=True,
    ),
    items(
        "other_debits",
        _lt("Other open debits"),
        _lt("Open debits on trade receivable accounts that no invoice made."),
        group="receivable",
    ),
    items(
        "unallocated_credits",
        _lt("Unallocated credits"),
        _lt("Credit notes and payments not yet allocated to an invoice."),
        -1,
        group="receivable",
    ),
    items(
        "receivable_non_trade",
        _lt("Non-trade receivable"),
        _lt("Residual of posted items on receivable accounts marked as non-trade."),
        group="receivable",
    ),
)
OPEN_METRICS = (
    items(
        "open_invoices",
        _lt("Open invoices"),
        _lt("What is open of posted customer invoices and receipts, taxes included."),
        group="receivable",
    ),
    items(
        "not_due",
        _lt("Not due"),
        _lt("Open invoices whose instalment is due today or later."),
        group="overdue",
    ),
    items(
        "overdue",
        _lt("Overdue"),
        _lt("Open invoices by each instalment's own due date, due before today."),
        headline=True,
        better="less",
    ),
    items(
        "overdue_1_30",
        _lt("Overdue 1-30 days"),
        _lt("Due 1 to 30 days ago."),
        group="overdue",
    ),
    items(
        "overdue_31_60",
        _lt("Overdue 31-60 days"),
        _lt("Due 31 to 60 days ago."),
        group="overdue",
    ),
    items(
        "overdue_61_90",
        _lt("Overdue 61-90 days"),
        _lt("Due 61 to 90 days ago."),
        group="overdue",
    ),
    items(
        "overdue_over_90",
        _lt("Overdue over 90 days"),
        _lt("Due more than 90 days ago."),
        group="overdue",
    ),
)
DUE_METRICS = (
    items(
        "overdue_entries",
        _lt("Overdue, other debits"),
        _lt(
            "Open debits that no invoice made, such as manual entries, due before"
            " today; not part of overdue."
        ),
        group="overdue",
        better="less",
    ),
    Metric(
        "next_due",
        _lt("Next due"),
        "date",
        _lt("Earliest due date, today or later, of what is open of invoices."),
        ITEM,
        "date_maturity:min",
        group="overdue",
    ),
    items(
        "next_due_amount",
        _lt("Next due, amount"),
        _lt("What is open of the instalments that are due on the next due date."),
        group="overdue",
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
        headline=True,
        group="revenue",
        better="more",
    ),
    _documents(
        "net_invoiced_total",
        _lt("Net invoiced, all time"),
        "currency",
        _lt("Untaxed amount of all posted invoices and receipts less credit notes."),
        "amount_untaxed_signed:sum",
        group="revenue",
    ),
    _documents(
        "purchases",
        _lt("Purchases"),
        "count",
        _lt("Number of posted customer invoices and receipts, all time."),
        "id:count",
        group="revenue",
    ),
    _documents(
        "first_purchase",
        _lt("First purchase"),
        "date",
        _lt("Invoice date of the first posted customer invoice or receipt."),
        "invoice_date:min",
        group="revenue",
    ),
    _documents(
        "last_purchase",
        _lt("Last purchase"),
        "date",
        _lt("Invoice date of the last posted customer invoice or receipt."),
        "invoice_date:max",
        group="revenue",
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
    headline=True,
    better="less",
)
DAYS_LATE = Metric(
    "days_late",
    _lt("Days late against terms"),
    "days",
    _lt(
        "Days from the due date of the instalment to its payment, weighted by amount,"
        " of the payments that days to pay counts; negative where paid early."
    ),
    ITEM,
    group="days_to_pay",
    better="less",
)
CREDIT_METRICS = (
    Metric(
        "credit_limit",
        _lt("Credit limit"),
        "currency",
        _lt(
            "Limit of the customer in the companies that watch credit limits, at the"
            " closing rate."
        ),
        "res.partner",
        groups=LEDGER,
        group="receivable",
    ),
    Metric(
        "credit_use",
        _lt("Use of the credit limit"),
        "percent",
        _lt(
            "Receivable of the companies that watch credit limits in percent of the"
            " limit; orders that are not invoiced yet do not count."
        ),
        ITEM,
        groups=LEDGER,
        group="receivable",
        better="less",
    ),
)
LEDGER_MARGIN_METRICS = (
    items(
        "cost_ledger",
        _lt("Cost of goods sold, ledger"),
        _lt(
            "Balance of the cost items that real-time valuation posts on expense"
            " accounts with invoices, by accounting date in the period."
        ),
        1,
        "balance",
        group="margin",
    ),
    items(
        "margin_ledger",
        _lt("Margin, ledger"),
        _lt(
            "Revenue less cost of goods sold as real-time valuation posts it, by"
            " accounting date in the period."
        ),
        -1,
        "balance",
        group="margin",
        better="more",
    ),
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
    "crm_margin_company:sum",
    groups=SOLD,
    headline=True,
    better="more",
)
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

#: What may be told without the payments: core shows salespeople the items of invoices
#: and credit notes only.
DOCUMENT_KEYS = {
    metric.key for metric in (*OPEN_METRICS, *DUE_METRICS, *DOCUMENT_METRICS, MARGIN)
} - {"overdue_entries"}
