# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import random
from datetime import timedelta

from odoo.tests import freeze_time, tagged

from .common import TODAY, SubscriptionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestMrr(SubscriptionCommon):
    def _movements(self, contract):
        return [
            (str(row.date), row.kind, row.amount)
            for row in contract.mrr_movement_ids.sorted(lambda r: (r.date, r.id))
        ]

    def _run_cron(self):
        with self.enter_registry_test_mode():
            self.env.ref("crm_subscription.ir_cron_mrr").method_direct_trigger()
        self.env.invalidate_all()

    def _closing(self, contract, day):
        rows = contract.mrr_movement_ids.filtered(lambda row: str(row.date) <= day)
        return sum(rows.mapped("amount"))

    def test_new(self):
        contract = self._subscribe("2026-02-01")
        self.assertEqual(self._movements(contract), [("2026-02-01", "new", 100.0)])
        self.assertEqual(contract.mrr, 100.0)

    def test_only_what_runs_today_counts(self):
        contract = self._subscribe("2026-04-01")
        self.assertEqual((contract.mrr, self._movements(contract)), (0.0, []))
        with freeze_time("2026-04-01"):
            self._run_cron()
            self.assertEqual(contract.mrr, 100.0)
        self.assertEqual(self._movements(contract), [("2026-04-01", "new", 100.0)])

    def test_day_of_the_company_that_the_job_runs_before(self):
        """8 o'clock in Seoul is 23 o'clock of the day before in UTC."""
        self.env.company.partner_id.tz = "Asia/Seoul"
        contract = self._subscribe("2026-04-01")
        contract.contract_line_ids.date_end = "2026-04-30"
        for moment, mrr in (
            ("2026-03-31 14:00:00", 0.0),
            ("2026-03-31 23:00:00", 100.0),
            ("2026-04-01 23:00:00", 100.0),
            ("2026-04-30 14:00:00", 100.0),
            ("2026-04-30 23:00:00", 0.0),
        ):
            with self.subTest(moment=moment), freeze_time(moment):
                self._run_cron()
                self.assertEqual(contract.mrr, mrr)
                total = sum(contract.mrr_movement_ids.mapped("amount"))
                self.assertEqual(total, mrr)

    def test_weeks_and_years_by_one_table(self):
        weekly = self._make_product("W", 12.0, self._make_plan(unit="week"))
        yearly = self._make_product("Y", 120.0, self._make_plan(unit="year"))
        self.assertEqual(self._subscribe(TODAY, weekly).mrr, 52.0)
        self.assertEqual(self._subscribe(TODAY, yearly).mrr, 10.0)
        lines = self._subscribe(TODAY, weekly).contract_line_ids
        self.assertEqual(lines.monthly_recurring, 52.0)

    def test_expansion_contraction_and_price(self):
        contract = self._subscribe("2026-02-01")
        line = contract.contract_line_ids
        with freeze_time("2026-03-11"):
            line.quantity = 3
        with freeze_time("2026-03-12"):
            line.quantity = 2
        with freeze_time("2026-03-13"):
            line.price_unit = 110.0
        self.assertEqual(
            self._movements(contract),
            [
                ("2026-02-01", "new", 100.0),
                ("2026-03-11", "expansion", 200.0),
                ("2026-03-12", "contraction", -100.0),
                ("2026-03-13", "price", 20.0),
            ],
        )
        self.assertEqual(contract.mrr, 220.0)

    def test_renewal_and_churn(self):
        contract = self._subscribe("2026-02-01")
        contract.renew({"mode": "automatic"})
        self.assertEqual(contract.mrr, 100.0)
        with freeze_time("2027-02-03"):
            self._run_cron()
            self.assertEqual(contract.mrr, 105.0)
        with freeze_time("2028-02-01"):
            self._run_cron()
            self.assertEqual(contract.mrr, 0.0)
        self.assertEqual(
            self._movements(contract),
            [
                ("2026-02-01", "new", 100.0),
                ("2027-02-01", "renewal", 5.0),
                ("2028-02-01", "churn", -105.0),
            ],
        )

    def test_reactivation_after_a_pause(self):
        contract = self._subscribe("2026-02-01")
        line = contract.contract_line_ids
        line.stop_plan_successor(
            self._day("2026-04-01"), self._day("2026-04-30"), False
        )
        for day in ("2026-04-01", "2026-05-01"):
            with freeze_time(day):
                self._run_cron()
        self.assertEqual(
            [(day, kind) for day, kind, _amount in self._movements(contract)],
            [
                ("2026-02-01", "new"),
                ("2026-04-01", "churn"),
                ("2026-05-01", "reactivation"),
            ],
        )

    def test_cancelled_line_churns(self):
        contract = self._subscribe("2026-02-01")
        contract.apply_change({"type": "cancel"}, 0.0)
        self.assertEqual(self._movements(contract)[-1], (TODAY, "churn", -100.0))

    def test_late_renewal_is_one_movement(self):
        contract = self._subscribe("2026-02-01")
        with freeze_time("2027-02-20"):
            contract.renew({"mode": "automatic"})
        self.assertEqual(
            self._movements(contract)[1:], [("2027-02-01", "renewal", 5.0)]
        )

    def test_closing_is_opening_plus_movements_in_every_month(self):
        """A year of changes: the sum of the movements is the revenue of each day."""
        first = self._subscribe("2026-02-01")
        second = self._subscribe("2026-02-01", quantity=2)
        third = self._make_oca_contract(date_end="2026-06-29")
        contracts = first | second | third
        events = {
            "2026-04-10": lambda: first.contract_line_ids.write({"quantity": 4}),
            "2026-05-05": lambda: second.contract_line_ids.write({"price_unit": 80.0}),
            "2026-07-20": lambda: second.contract_line_ids.stop(
                self._day("2026-08-15")
            ),
            "2026-12-20": lambda: first.renew({"mode": "automatic"}),
        }
        opening = sum(self._closing(contract, TODAY) for contract in contracts)
        self.assertEqual(opening, sum(contracts.mapped("mrr")))
        days = sorted(
            [*events, *(f"2026-{month:02}-01" for month in range(4, 13)), "2027-02-01"]
        )
        for day in days:
            with freeze_time(day):
                if day in events:
                    events[day]()
                self._run_cron()
                for contract in contracts:
                    self.assertAlmostEqual(
                        self._closing(contract, day), contract.mrr, msg=day
                    )
        self.assertEqual([contract.mrr for contract in contracts], [420.0, 0.0, 0.0])

    # === ARCHIVED, CURRENCY === #
    def test_archived_contract_churns_and_comes_back(self):
        contract = self._subscribe("2026-02-01")
        with freeze_time("2026-03-20"):
            contract.active = False
            self.assertEqual(contract.mrr, 0.0)
            self._run_cron()
        with freeze_time("2026-04-20"):
            contract.active = True
            self.assertEqual(contract.mrr, 100.0)
        self.assertEqual(
            self._movements(contract),
            [
                ("2026-02-01", "new", 100.0),
                ("2026-03-20", "churn", -100.0),
                ("2026-04-20", "reactivation", 100.0),
            ],
        )

    def test_archived_on_the_day_it_began(self):
        contract = self._subscribe(TODAY)
        contract.active = False
        self.assertEqual(sum(contract.mrr_movement_ids.mapped("amount")), 0.0)

    def test_other_currency_leaves_the_one_and_joins_the_other(self):
        contract = self._subscribe("2026-02-01")
        old, new = contract.currency_id, self.env.ref("base.KRW")
        new.active = True
        with freeze_time("2026-03-20"):
            contract.write({"manual_currency_id": new.id})
        rows = contract.mrr_movement_ids.sorted("id")
        self.assertEqual(
            [(row.currency_id, row.kind, row.amount) for row in rows],
            [
                (old, "new", 100.0),
                (old, "currency", -100.0),
                (new, "currency", 100.0),
            ],
        )
        self.assertEqual(self._run_cron(), None)
        self.assertEqual(len(contract.mrr_movement_ids), 3)

    # === RANDOM HISTORIES === #
    def _random_event(self, contract, chance):
        """Do something that happens to contracts; return its name."""
        lines = contract.contract_line_ids.filtered(
            lambda line: not line.is_canceled
            and (not line.date_end or line.date_end >= contract._get_today())
        )
        event = chance.choice(("quantity", "price", "discount", "archive", "stop", ""))
        if event == "archive":
            contract.active = not contract.active
        elif not lines or not contract.active:
            return event
        elif event == "quantity":
            lines[:1].quantity = chance.randint(1, 9)
        elif event == "price":
            lines[:1].price_unit = chance.randint(1, 9000) / 100
        elif event == "discount":
            lines[:1].discount = chance.choice((0, 5, 33))
        elif event == "stop" and chance.random() < 0.3:
            lines[:1].stop(
                contract._get_today() + timedelta(days=chance.randint(1, 50))
            )
        return event

    def test_identity_in_every_month_of_random_histories(self):
        """Closing = opening + movements, and a kind never has the other's sign."""
        chance = random.Random(20260310)
        weekly = self._make_product("W", 7.77, self._make_plan(unit="week"))
        contracts = self.env["contract.contract"]
        for product in (self.product, weekly, self.product):
            contracts |= self._subscribe("2026-02-01", product, quantity=2)
        day, history = self._day("2026-03-15"), []
        while day < self._day("2027-05-01"):
            with freeze_time(day):
                for contract in contracts:
                    history.append((day, self._random_event(contract, chance)))
                self._run_cron()
                for contract in contracts:
                    self.assertAlmostEqual(
                        self._closing(contract, str(day)), contract.mrr, msg=history
                    )
            day += timedelta(days=chance.randint(9, 31))
        rows = contracts.mrr_movement_ids
        for row in rows:
            if row.kind in ("new", "expansion", "reactivation"):
                self.assertGreater(row.amount, 0, history)
            elif row.kind in ("churn", "contraction"):
                self.assertLess(row.amount, 0, history)
        self.assertLessEqual({"new", "churn", "expansion"}, {*rows.mapped("kind")})

    def test_vendor_contracts_have_no_movements(self):
        contract = self._make_oca_contract()
        vendor = contract.copy({"contract_type": "purchase"})
        self.assertFalse(vendor.mrr_movement_ids)
