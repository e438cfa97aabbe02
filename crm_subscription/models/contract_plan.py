# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import float_round

from ..engine import mrr, recurrence

# How the engine's units are called in OCA's contract.
RULE_TYPES = {
    "day": "daily",
    "week": "weekly",
    "month": "monthly",
    "quarter": "quarterly",
    "half_year": "semesterly",
    "year": "yearly",
}
UNITS = {rule_type: unit for unit, rule_type in RULE_TYPES.items()}
INVOICING_TYPES = {recurrence.PREPAID: "pre-paid", recurrence.ARREARS: "post-paid"}
TIMINGS = {value: key for key, value in INVOICING_TYPES.items()}
UNIT_SELECTION = [
    ("day", "Days"),
    ("week", "Weeks"),
    ("month", "Months"),
    ("quarter", "Quarters"),
    ("half_year", "Half-years"),
    ("year", "Years"),
]
PRORATION_SELECTION = [
    (recurrence.ACTUAL, "By actual days"),
    (recurrence.FIXED_30, "By months of 30 days"),
    (recurrence.NONE, "Always the full price"),
]
RENEWAL_POLICIES = [
    ("automatic", "Renews by itself"),
    ("quotation", "Renewal quotation"),
    ("end", "Ends"),
]


class ContractPlan(models.Model):
    """How something is subscribed to: how often it bills, how long it runs, how it
    renews.

    A plan is read when a line of a sale order becomes a line of a contract. What the
    contract must keep (recurrence, end of term, renewal policy, uplift) is copied to
    it then; what only steers our own work (invoice mode, steps) is read from the plan.
    """

    _name = "contract.plan"
    _description = "Subscription Plan"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company", index=True, help="Empty: the plan serves every company."
    )
    interval = fields.Integer(string="Bills Every", default=1, required=True)
    unit = fields.Selection(UNIT_SELECTION, default="month", required=True)
    timing = fields.Selection(
        [(recurrence.PREPAID, "In advance"), (recurrence.ARREARS, "In arrears")],
        default=recurrence.PREPAID,
        required=True,
        help="In advance bills on the first day of the period, in arrears on the day"
        " after its last day.",
    )
    proration = fields.Selection(
        PRORATION_SELECTION,
        default=recurrence.ACTUAL,
        required=True,
        string="Partial Periods",
        help="What a part of a period costs, and what a change in mid-period does: its"
        " share by the days of the calendar, by months of 30 days, or nothing until"
        " the next period.",
    )
    anchor = fields.Selection(
        [
            (recurrence.ANCHOR_START, "On the day of the start"),
            (recurrence.ANCHOR_DAY, "On a fixed day of the month"),
            (recurrence.ANCHOR_MONTH_END, "On the last day of the month"),
            (recurrence.ANCHOR_CALENDAR, "With the calendar"),
        ],
        default=recurrence.ANCHOR_START,
        required=True,
        string="Periods Begin",
        help="With the calendar: on the first day of months, quarters, half-years and"
        " years, on Mondays for weeks. The first period is the rest of the one that"
        " the start lies in.",
    )
    anchor_day = fields.Integer(
        string="Day of the Month",
        default=1,
        help="1 to 31; in shorter months their last day.",
    )
    trial_days = fields.Integer(
        string="Trial (Days)",
        help="So many days are free; billing and the term begin after them.",
    )
    intro_discount = fields.Float(string="Introductory Discount (%)", digits="Discount")
    intro_periods = fields.Integer(
        string="Discounted Periods",
        help="The introductory discount holds for so many periods from the start.",
    )
    delivery_lead_days = fields.Integer(
        string="Order Goods (Days Before)",
        help="The order of a period's goods is made so many days before it begins.",
    )
    term_count = fields.Integer(
        string="Term", default=1, help="How long the contract runs; 0: open end."
    )
    term_unit = fields.Selection(
        UNIT_SELECTION, default="year", required=True, string="Unit of the Term"
    )
    notice_days = fields.Integer(
        string="Notice Period (Days)",
        default=30,
        help="Until so many days before the end of the term the customer can cancel;"
        " then a contract that renews by itself is renewed.",
    )
    portal_cancel = fields.Boolean(
        string="Cancelled by Customers",
        help="Customers may cancel in the portal; the notice period holds.",
    )
    renewal_policy = fields.Selection(
        RENEWAL_POLICIES, default="quotation", required=True, string="At the End"
    )
    uplift_percent = fields.Float(
        string="Price Uplift (%)", help="Agreed raise of the price at each renewal."
    )
    invoice_mode = fields.Selection(
        [
            ("draft", "Draft"),
            ("posted", "Posted"),
            ("sent", "Posted and sent"),
        ],
        default="draft",
        required=True,
        string="Invoices Are",
    )
    group_lines = fields.Boolean(
        string="One Contract per Customer",
        help="Lines of later orders join the customer's running contract of this plan;"
        " their first period is shared out by days, and they end with it.",
    )
    step_ids = fields.One2many(
        "contract.plan.step",
        "plan_id",
        string="Renewal Steps",
        copy=True,
        default=lambda self: self._default_step_ids(),
    )
    contract_count = fields.Integer(
        string="Contracts", compute="_compute_contract_count", compute_sudo=True
    )

    _interval_range = models.Constraint(
        f"CHECK (interval BETWEEN 1 AND {recurrence.MAX_INTERVAL})",
        "A plan bills every 1 to 366 units.",
    )
    _anchor_day_range = models.Constraint(
        "CHECK (anchor_day BETWEEN 1 AND 31)",
        "The day of the month on which periods begin is 1 to 31.",
    )
    _trial_range = models.Constraint(
        "CHECK (trial_days BETWEEN 0 AND 366)",
        "The trial is 0 to 366 days.",
    )
    _intro_range = models.Constraint(
        "CHECK (intro_discount BETWEEN 0 AND 100 AND intro_periods BETWEEN 0 AND 366)",
        "The introductory discount is 0 to 100 % for 0 to 366 periods.",
    )
    _lead_range = models.Constraint(
        "CHECK (delivery_lead_days BETWEEN 0 AND 90)",
        "The goods of a period are ordered 0 to 90 days before it begins.",
    )
    _term_range = models.Constraint(
        f"CHECK (term_count BETWEEN 0 AND {recurrence.MAX_INTERVAL})",
        "The term is 0 (open end) to 366 units.",
    )
    _notice_range = models.Constraint(
        "CHECK (notice_days BETWEEN 0 AND 366)",
        "The notice period is 0 to 366 days.",
    )
    _uplift_range = models.Constraint(
        "CHECK (uplift_percent BETWEEN -100 AND 1000)",
        "The price uplift is -100 to 1000 %.",
    )

    @api.model
    def _default_step_ids(self):
        """Return the steps that a new plan starts with: a month before the end, and
        the team leader a week before it."""
        return [
            fields.Command.create({"days": days, "action": action})
            for days, action in (
                (-30, "quotation"),
                (-30, "notice"),
                (-30, "activity"),
                (-30, "opportunity"),
                (-7, "escalation"),
            )
        ]

    def _compute_contract_count(self):
        counts = dict(
            self.env["contract.contract"]._read_group(
                [("subscription_plan_id", "in", self.ids)],
                ["subscription_plan_id"],
                ["__count"],
            )
        )
        for plan in self:
            plan.contract_count = counts.get(plan, 0)

    @api.constrains("interval", "unit", "company_id")
    def _check_no_running_contract(self):
        """A plan's cycle is what its contracts were sold with: it does not move."""
        for plan in self:
            if plan.contract_count and plan._cycle_moved():
                raise ValidationError(
                    self.env._(
                        "%(plan)s has %(count)s contracts that bill every %(interval)s"
                        " %(unit)s: make a new plan instead of changing the cycle.",
                        plan=plan.name,
                        count=plan.contract_count,
                        interval=plan.interval,
                        unit=plan._get_unit_label(),
                    )
                )

    def _cycle_moved(self):
        """Return whether a line of this plan's contracts bills in another cycle."""
        self.ensure_one()
        lines = self.env["contract.line"].search(
            [
                ("contract_id.subscription_plan_id", "=", self.id),
                ("anchor_date", "!=", False),
                "|",
                ("recurring_interval", "!=", self.interval),
                ("recurring_rule_type", "!=", RULE_TYPES[self.unit]),
            ],
            limit=1,
        )
        return bool(lines)

    def _get_unit_label(self):
        """Return the unit's name in the user's language (str)."""
        self.ensure_one()
        return dict(self._fields["unit"]._description_selection(self.env))[self.unit]

    def _count_months(self):
        """Return how many months a period of the plan lasts (Fraction)."""
        self.ensure_one()
        return mrr.MONTHS_PER_UNIT[self.unit] * self.interval

    def _round_price(self, price, currency):
        """Return a unit price of ``currency`` (float) as fine as prices are kept, which
        may be finer than its smallest amount: calls, kilowatt-hours."""
        digits = self.env["decimal.precision"].precision_get("Product Price")
        finest = max(digits, currency.decimal_places)
        return float_round(price, precision_digits=finest)

    def _get_term_end(self, start):
        """Return the last day of a term that begins on ``start``; False: open end."""
        self.ensure_one()
        if not self.term_count:
            return False
        return recurrence.last_day_of_term(start, self.term_unit, self.term_count)

    def _get_running_term_end(self, start):
        """Return the last day of the term that runs today, of terms counted from
        ``start``; of the first one if it lies ahead; False: open end."""
        self.ensure_one()
        end, terms = self._get_term_end(start), 1
        while end and end < fields.Date.context_today(self):
            terms += 1
            end = recurrence.last_day_of_term(
                start, self.term_unit, self.term_count * terms
            )
        return end

    def _prepare_recurrence_vals(self):
        """Return the plan's recurrence in OCA's terms (dict)."""
        self.ensure_one()
        return {
            "recurring_rule_type": RULE_TYPES[self.unit],
            "recurring_interval": self.interval,
            "recurring_invoicing_type": INVOICING_TYPES[self.timing],
        }

    def _prepare_anchor_vals(self, start):
        """Return from where a line that begins on ``start`` counts its periods (dict
        of fields of ``contract.line``)."""
        self.ensure_one()
        anchor, day = recurrence.anchor_of(
            self.anchor, start, self.unit, self.anchor_day
        )
        return {"anchor_date": anchor, "anchor_day": day}

    def _prepare_date_vals(self, start):
        """Return the dates of the lines of a new contract from ``start`` on: trial,
        first billed day, end of the term and anchor (dict of ``contract.line``)."""
        self.ensure_one()
        first = start + timedelta(days=self.trial_days)
        return {
            "trial_start": start if self.trial_days else False,
            "date_start": first,
            "date_end": self._get_term_end(first),
            **self._prepare_anchor_vals(first),
        }

    def _prepare_line_vals(self):
        """Return what a contract line takes over from its plan, whatever the plan
        becomes later (dict)."""
        self.ensure_one()
        return {
            "subscription_proration": self.proration,
            "intro_discount": self.intro_discount,
            "intro_periods": self.intro_periods,
            **self._prepare_recurrence_vals(),
        }

    def action_view_contracts(self):
        """Return the action that lists the plan's contracts."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_subscription.contract_contract_action"
        )
        action["domain"] = [("subscription_plan_id", "=", self.id)]
        return action
