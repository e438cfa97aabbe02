# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the figures of the logistics section are called and mean."""

from odoo.tools.translate import LazyTranslate

from odoo.addons.crm_suite_base.tools.metric import Metric

_lt = LazyTranslate(__name__)

PICKING = "stock.picking"
MOVE = "stock.move"
LOT = "stock.lot"


def _transfers(key, label, basis, aggregate="id:count", unit="count", **shown):
    """Return the declaration of a figure over transfers."""
    return Metric(key, label, unit, basis, PICKING, aggregate, **shown)


METRICS = (
    _transfers(
        "deliveries_due",
        _lt("Deliveries due"),
        _lt("Deliveries that are confirmed and not done."),
        headline=True,
    ),
    _transfers(
        "oldest_due",
        _lt("Earliest delivery due"),
        _lt("Day that the earliest delivery not done is scheduled for."),
        "scheduled_date:min",
        "date",
        group="deliveries_due",
    ),
    _transfers(
        "deliveries_late",
        _lt("Deliveries late"),
        _lt("Deliveries that are not done though scheduled before now."),
        headline=True,
        better="less",
    ),
    _transfers(
        "oldest_late",
        _lt("Oldest late delivery"),
        _lt("Day that the oldest late delivery was scheduled for."),
        "scheduled_date:min",
        "date",
        group="deliveries_late",
    ),
    _transfers(
        "backorders",
        _lt("Backorders"),
        _lt("Deliveries not done that hold what an earlier one did not deliver."),
        group="deliveries_due",
        better="less",
    ),
    _transfers(
        "deliveries_done",
        _lt("Deliveries done"),
        _lt("Deliveries done in the period."),
        group="on_time_rate",
    ),
    _transfers(
        "deliveries_on_time",
        _lt("Deliveries on time"),
        _lt(
            "Deliveries done in the period on or before the promised day; without a"
            " promise, the scheduled day counts."
        ),
        group="on_time_rate",
        better="more",
    ),
    _transfers(
        "on_time_rate",
        _lt("On-time rate"),
        _lt("Deliveries on time in percent of the deliveries done in the period."),
        "",
        "percent",
        headline=True,
        better="more",
    ),
    _transfers(
        "returns",
        _lt("Returns"),
        _lt("Transfers from the customer done in the period."),
        group="return_rate",
        better="less",
    ),
    Metric(
        "units_delivered",
        _lt("Units delivered"),
        "quantity",
        _lt("Quantity of what was moved to the customer in the period."),
        MOVE,
        "quantity:sum",
        group="return_rate",
    ),
    Metric(
        "units_returned",
        _lt("Units returned"),
        "quantity",
        _lt("Quantity of what the customer sent back in the period."),
        MOVE,
        "quantity:sum",
        group="return_rate",
        better="less",
    ),
    Metric(
        "return_rate",
        _lt("Return rate"),
        "percent",
        _lt("Units returned in percent of the units delivered in the period."),
        MOVE,
        group="return_rate",
        better="less",
    ),
    Metric(
        "return_value",
        _lt("Value of returns"),
        "currency",
        _lt(
            "Units returned in the period at the untaxed price of their order line, at"
            " the rate of the order; what was not ordered here has no value."
        ),
        MOVE,
        "crm_sale_value:sum",
        groups="sales_team.group_sale_salesman_all_leads",
        group="return_rate",
        better="less",
    ),
    Metric(
        "serials_owned",
        _lt("Serial numbers owned"),
        "count",
        _lt("Serial numbers whose last transfer delivered them here."),
        LOT,
        "id:count",
    ),
)
