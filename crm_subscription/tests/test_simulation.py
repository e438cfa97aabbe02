# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import os
import random
from datetime import timedelta

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.crm_subscription.engine import proration

from .common import SubscriptionCommon

SLOW = bool(os.environ.get("CRM_SUITE_SLOW"))
CONTRACTS, DAYS = (200, 3 * 365) if SLOW else (20, 14 * 30)
ONE_DAY = timedelta(days=1)
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


@tagged("post_install", "-at_install")
class TestSimulation(SubscriptionCommon):
    """Day by day, with changes, pauses, cancellations and a week without a server.

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

    @classmethod
    def _make_simulated_plan(cls, vals):
        return cls._make_plan(
            **{
                "name": str(vals),
                "term_count": 6,
                "term_unit": "month",
                "notice_days": 10,
                "renewal_policy": "automatic",
                "uplift_percent": 3.0,
                "invoice_mode": "draft",
                "step_ids": [Command.clear()],
                **vals,
            }
        )

    @classmethod
    def _make_simulated_contract(cls, number):
        plan = cls.plans[number % len(cls.plans)]
        product = cls._make_product(f"Service {number}", 10.0 + number * 7.77, plan)
        start = cls.first_day + timedelta(days=cls.dice.randrange(60))
        return cls._subscribe(start, product=product, quantity=1 + number % 3)

    def test_every_day_is_billed_once(self):
        down = range(DAYS // 2, DAYS // 2 + 7)
        for number in range(DAYS):
            today = self.first_day + timedelta(days=number)
            if number in down:
                continue
            with freeze_time(today):
                self._live_one_day(today)
                if number % 30 == 0:
                    self._check_mrr(today)
        with freeze_time(today):
            self.assertEqual(self._bill(today), 0)
        self.assertGreater(self.applied, CONTRACTS // 2)
        for contract in self.contracts:
            with self.subTest(contract=contract.name):
                self._check_contract(contract, today)

    # === A DAY === #
    def _live_one_day(self, today):
        self._renew(today)
        self._bill(today)
        for _chance in range(max(1, CONTRACTS // 40)):
            if self.dice.random() < 0.35:
                self._change_something(today)
        self.env.invalidate_all()

    def _bill(self, today):
        contracts = self.contracts.search(
            [("id", "in", self.contracts.ids), *self.contracts._get_due_domain(today)]
        )
        result = contracts._run_billing()
        self.assertFalse(result.parked)
        return result.billed

    def _renew(self, today):
        near = self.env["contract.line"].search(
            [
                ("contract_id", "in", self.contracts.ids),
                ("date_end", ">=", today - timedelta(days=10)),
                ("date_end", "<=", today + timedelta(days=11)),
            ]
        )
        for contract in near.contract_id:
            contract._run_renewal_steps()

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

    # === WHAT MUST HOLD === #
    def _check_mrr(self, today):
        """The log adds up to what runs."""
        lines = self.contracts.contract_line_ids
        lines._sync_mrr()
        lines._recompute_mrr()
        for contract in self.contracts:
            logged = sum(contract.mrr_movement_ids.mapped("amount"))
            self.assertAlmostEqual(logged, contract.mrr, 2, f"{contract.name} {today}")

    def _check_contract(self, contract, today):
        rows = contract.period_ids.filtered(lambda row: row.kind == "regular")
        for root, own in rows.grouped("line_root_id").items():
            self._check_days(root, own)
        self._check_money(contract, rows)
        self._check_terms(contract, today)

    def _check_days(self, root, rows):
        """Each day of a line up to the last billed one is in one row, and no other."""
        billed = [
            row.period_start + timedelta(days=number)
            for row in rows
            for number in range((row._get_last_day() - row.period_start).days + 1)
        ]
        self.assertEqual(len(billed), len(set(billed)))
        if not billed:
            return
        last = max(billed)
        served = set()
        for line in root.contract_id.contract_line_ids:
            if line.line_root_id != root or line.is_canceled:
                continue
            end = min(line.date_end or last, last)
            days = (end - line.date_start).days + 1
            served |= {line.date_start + timedelta(days=n) for n in range(days)}
        self.assertFalse(served - set(billed), "days that were never billed")

    def _check_money(self, contract, rows):
        """What is on the invoices is what the prices in force cost, day by day."""
        corrections = contract.period_ids - rows
        expected = 0.0
        for row in rows:
            billed = row._get_in_force()
            for part in billed.segments:
                if part.amount is not None:
                    expected += self._cost(billed.occurrence, part, row)
        total = sum(contract.period_ids.mapped("amount"))
        if all(line._get_proration() != "none" for line in rows.line_id):
            self.assertAlmostEqual(total, expected, 2)
        moves = contract._get_related_invoices()
        waiting = corrections.filtered(lambda row: row.state == "parked")
        self.assertAlmostEqual(
            sum(moves.mapped("amount_untaxed_signed")),
            total - sum(waiting.mapped("amount")),
            2,
        )

    def _cost(self, occurrence, part, row):
        ends = [occurrence.counted(part.start - ONE_DAY), occurrence.counted(part.end)]
        step = row.currency_id.rounding
        rounded = [
            proration.round_to(part.amount * days / occurrence.full_days, step)
            for days in ends
        ]
        return rounded[1] - rounded[0]

    def _check_terms(self, contract, today):
        """A contract that nobody cancelled or paused runs today, term after term."""
        steps = contract.renewal_step_ids.mapped(lambda step: (step.term_end, step.key))
        self.assertEqual(len(steps), len(set(steps)))
        lines = contract._get_service_lines()
        if any(line.cancelled_from or line.is_on_hold for line in lines):
            return
        self.assertTrue(
            any(not line.date_end or line.date_end >= today for line in lines)
        )
