# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the figures of the sales section are called and mean."""

from odoo.tools.translate import LazyTranslate

from odoo.addons.crm_suite_base.tools.metric import Metric

from .groups import SOLD

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
        headline=True,
    ),
    Metric(
        "open_quotations_count",
        _lt("Number of open quotations"),
        "count",
        _lt("Quotations neither confirmed nor cancelled."),
        ORDER,
        "id:count",
        group="open_quotations",
    ),
    Metric(
        "expired_quotations",
        _lt("Expired quotations"),
        "count",
        _lt("Quotations sent whose validity ended before today."),
        ORDER,
        "id:count",
        group="open_quotations",
        better="less",
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
        group="ordered",
    ),
    Metric(
        "pipeline",
        _lt("Pipeline"),
        "currency",
        _lt("Expected revenue of opportunities neither won nor lost."),
        LEAD,
        "expected_revenue:sum",
        headline=True,
        better="more",
    ),
    Metric(
        "opportunities",
        _lt("Open opportunities"),
        "count",
        _lt("Opportunities neither won nor lost."),
        LEAD,
        "id:count",
        group="pipeline",
    ),
    Metric(
        "oldest_quotation",
        _lt("Oldest open quotation"),
        "date",
        _lt("Date of the oldest quotation neither confirmed nor cancelled."),
        ORDER,
        "date_order:min",
        group="open_quotations",
    ),
    Metric(
        "ordered",
        _lt("Ordered"),
        "currency",
        _lt(
            "Untaxed amount of the orders confirmed with a date in the period, at the"
            " rate of each order."
        ),
        ORDER,
        "crm_untaxed_company:sum",
        groups=SOLD,
        headline=True,
        better="more",
    ),
    Metric(
        "orders",
        _lt("Number of orders"),
        "count",
        _lt("Orders confirmed with a date in the period."),
        ORDER,
        "id:count",
        group="ordered",
        better="more",
    ),
    Metric(
        "average_order",
        _lt("Average order"),
        "currency",
        _lt("Ordered divided by the number of orders of the period."),
        ORDER,
        groups=SOLD,
        group="ordered",
        better="more",
    ),
    Metric(
        "usual_interval",
        _lt("Usual interval of orders"),
        "days",
        _lt(
            "Median of the days between one day with orders and the next, over the"
            " last 24 months; at least three such days."
        ),
        ORDER,
        group="ordered",
    ),
    Metric(
        "reorder_date",
        _lt("Next order usual by"),
        "date",
        _lt("Last day with orders plus the usual interval."),
        ORDER,
        group="ordered",
    ),
    Metric(
        "reorder_overdue",
        _lt("Overdue to reorder"),
        "days",
        _lt("Days since the next order was usual; 0 before that."),
        ORDER,
        group="ordered",
        better="less",
    ),
    Metric(
        "won",
        _lt("Won"),
        "currency",
        _lt("Expected revenue of opportunities won in the period."),
        LEAD,
        "expected_revenue:sum",
        group="pipeline",
        better="more",
    ),
    Metric(
        "won_count",
        _lt("Opportunities won"),
        "count",
        _lt("Opportunities won in the period."),
        LEAD,
        "id:count",
        group="pipeline",
        better="more",
    ),
    Metric(
        "lost",
        _lt("Lost"),
        "currency",
        _lt("Expected revenue of opportunities lost in the period."),
        LEAD,
        "expected_revenue:sum",
        group="pipeline",
        better="less",
    ),
    Metric(
        "lost_count",
        _lt("Opportunities lost"),
        "count",
        _lt("Opportunities lost in the period."),
        LEAD,
        "id:count",
        group="pipeline",
        better="less",
    ),
    Metric(
        "win_rate",
        _lt("Win rate"),
        "percent",
        _lt("Opportunities won in percent of those won or lost in the period."),
        LEAD,
        group="pipeline",
        better="more",
    ),
)
