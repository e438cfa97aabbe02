# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
import os
import random
from datetime import timedelta

from odoo import SUPERUSER_ID, Command, api
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import SubscriptionCommon
from .simulation_checks import NOTICE_DAYS, SimulationChecks

_logger = logging.getLogger(__name__)

SLOW = bool(os.environ.get("CRM_SUITE_SLOW"))
CONTRACTS, DAYS = (200, 3 * 365) if SLOW else (20, 14 * 30)
ONE_DAY = timedelta(days=1)
POLICIES = ("automatic", "quotation", "automatic", "end")
STEPS = (
    {"days": -30, "action": "opportunity"},
    {"days": -30, "action": "quotation"},
    {"days": -25, "action": "notice"},
    {"days": -20, "action": "activity", "missed": "drop", "grace_days": 7},
    {"days": -7, "action": "escalation"},
)
PLANS = (
    {"unit": "month"},
    {"unit": "month", "anchor": "calendar"},
    {"unit": "month", "anchor": "month_end", "proration": "fixed_30"},
    {"unit": "month", "anchor": "day", "anchor_day": 31, "timing": "arrears"},
    {"unit": "month", "proration": "none", "anchor": "day", "anchor_day": 10},
    {"unit": "month", "trial_days": 14, "intro_discount": 50.0, "intro_periods": 2},
    {"unit": "day", "interval": 20},
    {"unit": "week", "interval": 4, "timing": "arrears"},
    {"unit": "quarter", "anchor": "calendar"},
    {"unit": "half_year", "timing": "arrears"},
    {"unit": "year"},
)


JOBS = (
    ("contract.contract", "_cron_run_billing"),
    ("contract.contract", "_cron_run_deliveries"),
    ("contract.contract", "_cron_run_renewals"),
    ("contract.line", "cron_renew_contract_line"),
    ("contract.line", "_cron_sync_mrr"),
)
COUNTED = (
    "account.move",
    "contract.contract",
    "contract.line",
    "contract.mrr.movement",
    "contract.period",
    "contract.renewal.step",
    "crm.lead",
    "mail.activity",
    "mail.message",
    "sale.order",
)


@tagged("post_install", "-at_install")
class TestSimulation(SimulationChecks, SubscriptionCommon):
    """Day by day, with changes, pauses, cancellations and a week without a server.

    Contracts renew by themselves, by quotations that are accepted, declined or left,
    or end. Each night the scheduled jobs run, in an order drawn by chance.

    Small in every run; with CRM_SUITE_SLOW=1 three years of 200 contracts.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dice = random.Random(20260301)
        cls.first_day = cls._day("2026-01-15")
        with freeze_time(cls.first_day):
            cls.plans = [cls._make_simulated_plan(vals) for vals in PLANS]
            cls.contracts = cls.env["contract.contract"].union(
                *(cls._make_simulated_contract(n) for n in range(CONTRACTS))
            )
        cls.refused = cls.applied = 0
        cls.down = [
            cls.first_day + timedelta(days=DAYS // 2 + number) for number in range(7)
        ]
        none = cls.env["contract.contract"]
        # Contracts that were changed, and whose renewal was accepted too late.
        cls.changed, cls.late = none, none
        cls.renewals = cls.env["contract.renewal.step"]
        cls.closings, cls.closing_day = {}, None

    @classmethod
    def _make_simulated_plan(cls, vals):
        return cls._make_plan(
            **{
                "name": str(vals),
                "term_count": 6,
                "term_unit": "month",
                "notice_days": NOTICE_DAYS,
                "renewal_policy": "automatic",
                "uplift_percent": 3.0,
                "invoice_mode": "draft",
                "step_ids": [Command.create(dict(step)) for step in STEPS],
                **vals,
            }
        )

    @classmethod
    def _make_simulated_contract(cls, number):
        plan = cls.plans[number % len(cls.plans)]
        product = cls._make_product(f"Service {number}", 10.0 + number * 7.77, plan)
        start = cls.first_day + timedelta(days=cls.dice.randrange(60))
        contract = cls._subscribe(start, product=product, quantity=1 + number % 3)
        contract.renewal_policy = POLICIES[number // 3 % len(POLICIES)]
        return contract

    def test_every_day_is_billed_once(self):
        for number in range(DAYS):
            today = self.first_day + timedelta(days=number)
            if today in self.down:
                continue
            with freeze_time(today):
                self._live_one_day(today)
                if (today + ONE_DAY).day == 1:
                    self._check_mrr(today)
        with freeze_time(today):
            self._check_again_is_nothing()
        self.assertGreater(self.applied, CONTRACTS // 2)
        self.assertGreater(len(self.renewals), CONTRACTS // 2)
        for contract in self.contracts:
            with self.subTest(contract=contract.name):
                self._check_contract(contract, today)
        self._tell()

    def _check_again_is_nothing(self):
        """All jobs run again on the same day: nothing is billed, done or moved."""
        self._run_jobs()  # what the changes of the last day made due
        counts = [self._count(model) for model in COUNTED]
        self._run_jobs()
        self.assertEqual([self._count(model) for model in COUNTED], counts)

    def _count(self, model):
        return self.env[model].with_context(active_test=False).search_count([])

    def _tell(self):
        periods = self.contracts.period_ids
        _logger.info(
            "%s contracts, %s days: %s periods, %s corrections, %s invoices, %s steps,"
            " %s renewals, %s changes (%s not possible), %s movements",
            CONTRACTS,
            DAYS,
            len(periods.filtered(lambda row: row.kind == "regular")),
            len(periods.filtered(lambda row: row.kind == "correction")),
            len(periods.move_id),
            len(self.contracts.renewal_step_ids),
            len(self.renewals),
            self.applied,
            self.refused,
            len(self.contracts.mrr_movement_ids),
        )

    # === A DAY === #
    def _live_one_day(self, today):
        self._run_jobs(self.dice.sample(JOBS, len(JOBS)))
        self._check_renewals(today)
        if today.weekday() == 0:
            self._check_steps_done(today)
        self._answer_quotations(today)
        for _chance in range(max(1, CONTRACTS // 40)):
            if self.dice.random() < 0.35:
                self._change_something(today)
        self._check_nothing_parked()
        self.env.invalidate_all()

    def _run_jobs(self, jobs=JOBS):
        """Run the scheduled jobs, as the server does at night: with a cursor of their
        own, which they commit."""
        self.env.invalidate_all()
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            for model, name in jobs:
                getattr(env[model], name)()
        self.env.invalidate_all()

    def _check_nothing_parked(self):
        incidents = self.env["crm.suite.incident"].search([])
        self.assertFalse(incidents.mapped("reason"))

    def _answer_quotations(self, today):
        """The customers accept some of the quotations that wait, and decline a few."""
        orders = self.env["sale.order"].search(
            [
                ("renewal_contract_id", "in", self.contracts.ids),
                ("state", "=", "sent"),
                ("renewal_term_end", ">=", today - timedelta(days=5)),
            ]
        )
        for order in orders:
            luck = self.dice.random()
            if luck < 0.06:
                if order.renewal_term_end < today:
                    type(self).late |= order.renewal_contract_id
                order.action_confirm()
            elif luck < 0.07:
                reason = self.env.ref("crm_subscription.reason_price")
                order.decline_renewal(reason.id)
        self._check_renewals(today)

    def _change_something(self, today):
        contract = self.dice.choice(self.contracts)
        change = self._draw_change(contract, today)
        try:
            preview = contract.preview_change(change)
        except UserError:
            self.refused += 1
            return
        answer = contract._apply_change(change, preview["total"])
        self.assertEqual(preview["total"], answer["total"])
        next_date = answer["next_invoice_date"]
        self.assertEqual(
            preview["next_invoice_date"], next_date and str(next_date), change
        )
        self.applied += 1
        type(self).changed |= contract

    def _draw_change(self, contract, today):
        """Return a change drawn by chance; some are not possible."""
        line = contract._get_changeable_lines("quantity")[:1]
        kinds = ["quantity", "price", "anchor", "pause", "resume", "plan"]
        kind = self.dice.choice(kinds * 4 + ["cancel"])
        change = {"type": kind, "settle": self.dice.choice(("invoice", "carry"))}
        until = today + timedelta(days=self.dice.randrange(1, 50))
        values = {
            "quantity": {"quantity": float(self.dice.randrange(1, 5))},
            "price": {"price_unit": self.dice.randrange(100, 20_000) / 100},
            "anchor": {"anchor_day": self.dice.randrange(1, 32)},
            "pause": self.dice.choice(({}, {"until": str(until)})),
            "plan": {"plan_id": self.dice.choice(self.plans).id},
        }
        if kind in ("quantity", "price", "anchor"):
            change["line_id"] = line.id or 1
        if kind != "resume" and self.dice.random() < 0.5:
            day = today + timedelta(days=self.dice.randrange(1, 30))
            change.update(effective="date", date=str(day))
            if kind == "pause":
                values["pause"] = {"until": str(day + timedelta(days=20))}
        return {**change, **values.get(kind, {})}

    # === AT THE END === #
    def _check_contract(self, contract, today):
        rows = contract.period_ids.filtered(lambda row: row.kind == "regular")
        for root, own in rows.grouped("line_root_id").items():
            self._check_days(root, own)
        self._check_nothing_open(contract, today)
        self._check_money(contract, rows)
        self._check_steps(contract)
        self._check_runs(contract, today)

    def _check_runs(self, contract, today):
        """A contract that renews itself, and that nobody cancelled or paused, runs
        today, term after term; one that nobody renewed has ended."""
        lines = contract._get_service_lines()
        if any(line.cancelled_from or line.is_on_hold for line in lines):
            return
        runs = any(not line.date_end or line.date_end >= today for line in lines)
        if contract.renewal_policy == "automatic":
            self.assertTrue(runs)
        elif contract not in self.renewals.contract_id:
            self.assertEqual(runs, any(line.date_end >= today for line in lines))
