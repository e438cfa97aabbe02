# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import random

from odoo import Command
from odoo.tests import tagged

from odoo.addons.crm_extension.engine.ageing import BUCKETS, bucket_of

from .common import CustomerCommon


@tagged("post_install", "-at_install")
class TestFinance(CustomerCommon):
    # === SMALL STORIES === #

    def test_nothing_happened(self):
        values = self._values()
        self.assertEqual(values["revenue"], 0.0)
        self.assertEqual(values["receivable"], 0.0)
        self.assertEqual(values["purchases"], 0)
        self.assertIs(values["first_purchase"], False)
        self.assertIs(values["days_to_pay"], False)

    def test_invoice_and_half_payment(self):
        invoice = self._invoice(100.0, 40)
        self._pay(invoice, 40.0, days_ago=10)
        values = self._values()
        self.assertEqual(values["revenue"], 100.0)
        self.assertEqual(values["net_invoiced"], 100.0)
        self.assertEqual(values["bridge"], 0.0)
        self.assertEqual(values["open_invoices"], 60.0)
        self.assertEqual(values["receivable"], 60.0)
        self.assertEqual(values["overdue"], 60.0)
        self.assertEqual(values["overdue_31_60"], 60.0)
        self.assertEqual(values["days_to_pay"], 30.0)

    def test_purchases_count_invoices_not_credit_notes(self):
        self._invoice(10.0, 500)
        self._invoice(10.0, 3)
        self._invoice(5.0, 1, move_type="out_refund")
        values = self._values()
        self.assertEqual(values["purchases"], 2)
        self.assertEqual(values["first_purchase"], str(self._day(500)))
        self.assertEqual(values["last_purchase"], str(self._day(3)))
        self.assertEqual(values["net_invoiced"], 5.0)
        self.assertEqual(values["net_invoiced_total"], 15.0)

    def test_period_and_the_one_before(self):
        self._invoice(100.0, 10)
        self._invoice(80.0, 400)
        self._invoice(7.0, 900)
        metrics = self._metrics()
        self.assertEqual(metrics["revenue"]["value"], 100.0)
        self.assertEqual(metrics["revenue_previous"]["value"], 80.0)
        self.assertEqual(metrics["revenue_total"]["value"], 187.0)
        self.assertEqual(metrics["revenue"]["change"], 25.0)

    def test_asked_period(self):
        self._invoice(100.0, 10)
        self._invoice(80.0, 20)
        asked = {"date_from": str(self._day(20)), "date_to": str(self._day(20))}
        values = self._values(**asked)
        self.assertEqual(values["revenue"], 80.0)
        self.assertEqual(values["revenue_previous"], 0.0)
        # Open balances are of now, whatever the period.
        self.assertEqual(values["open_invoices"], 180.0)

    def test_instalments_age_by_their_own_date(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Half now, half in 60 days",
                "line_ids": [
                    Command.create({"value_amount": 50, "nb_days": 0}),
                    Command.create({"value_amount": 50, "nb_days": 60}),
                ],
            }
        )
        self._invoice(200.0, 20, invoice_payment_term_id=term.id)
        values = self._values()
        self.assertEqual(values["overdue_1_30"], 100.0)
        self.assertEqual(values["not_due"], 100.0)
        self.assertEqual(values["open_invoices"], 200.0)

    def test_credit_note_and_payment_not_allocated(self):
        self._invoice(100.0)
        self._invoice(30.0, move_type="out_refund")
        self._entry(
            [
                (self.receivable, self.customer, -20.0),
                (self.bank_journal.default_account_id, self.customer, 20.0),
            ]
        )
        values = self._values()
        self.assertEqual(values["open_invoices"], 100.0)
        self.assertEqual(values["unallocated_credits"], 50.0)
        self.assertEqual(values["receivable"], 50.0)

    def test_other_debits(self):
        self._entry(
            [(self.receivable, self.customer, 15.0), (self.income, self.customer, -15)]
        )
        values = self._values()
        self.assertEqual(values["other_debits"], 15.0)
        self.assertEqual(values["open_invoices"], 0.0)
        self.assertEqual(values["receivable"], 15.0)

    def test_non_trade_apart(self):
        account = self.receivable.copy({"code": "REC360", "non_trade": True})
        self._entry(
            [(account, self.customer, 25.0), (self.income, self.customer, -25.0)]
        )
        values = self._values()
        self.assertEqual(values["receivable"], 0.0)
        self.assertEqual(values["receivable_non_trade"], 25.0)

    # === BRIDGE === #

    def _items(self, metric):
        return {item["key"]: item["value"] for item in metric["items"]}

    def test_bridge_manual_entry(self):
        self._invoice(100.0)
        self._entry(
            [(self.income, self.customer, -12.0), (self.receivable, self.customer, 12)]
        )
        bridge = self._metrics()["bridge"]
        self.assertEqual(bridge["value"], 12.0)
        self.assertEqual(self._items(bridge), {"manual": 12.0})

    def test_bridge_down_payment_on_liability(self):
        liability = self.env["account.account"].create(
            {
                "name": "Down payments",
                "code": "DP360",
                "account_type": "liability_current",
            }
        )
        self._invoice(100.0, line={"account_id": liability.id})
        metrics = self._metrics()
        self.assertEqual(metrics["net_invoiced"]["value"], 100.0)
        self.assertEqual(metrics["revenue"]["value"], 0.0)
        self.assertEqual(self._items(metrics["bridge"]), {"non_income": -100.0})

    def test_bridge_date_shift(self):
        """An invoice of the old period that is booked in the new one."""
        self._invoice(50.0, 400, date=self._day(10))
        metrics = self._metrics()
        self.assertEqual(metrics["revenue"]["value"], 50.0)
        self.assertEqual(metrics["net_invoiced"]["value"], 0.0)
        self.assertEqual(self._items(metrics["bridge"]), {"posted_later": 50.0})
        self.assertEqual(metrics["bridge_total"]["value"], 0.0)

    def test_bridge_cash_rounding_is_in_both(self):
        rounding = self.env["account.cash.rounding"].create(
            {
                "name": "To 1.00",
                "rounding": 1.0,
                "strategy": "add_invoice_line",
                "rounding_method": "UP",
                "profit_account_id": self.income.id,
                "loss_account_id": self.income.id,
            }
        )
        self._invoice(99.5, invoice_cash_rounding_id=rounding.id)
        values = self._values()
        self.assertEqual(values["revenue"], 100.0)
        self.assertEqual(values["bridge"], values["revenue"] - values["net_invoiced"])

    def test_bridge_cash_discount(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "2/10 net 30",
                "early_discount": True,
                "discount_percentage": 2,
                "discount_days": 10,
                "line_ids": [Command.create({"value_amount": 100, "nb_days": 30})],
            }
        )
        self.company.account_journal_early_pay_discount_loss_account_id = self.income
        invoice = self._invoice(100.0, 2, invoice_payment_term_id=term.id)
        self._pay(invoice, days_ago=1)
        metrics = self._metrics()
        self.assertEqual(metrics["open_invoices"]["value"], 0.0)
        self.assertEqual(metrics["revenue"]["value"], 98.0)
        self.assertEqual(self._items(metrics["bridge"]), {"cash_discount": -2.0})

    def test_bridge_exchange_difference(self):
        foreign = self._foreign_currency()
        self.company.income_currency_exchange_account_id = self.income
        self.company.expense_currency_exchange_account_id = self.income
        invoice = self._invoice(100.0, 30, currency_id=foreign.id)
        self._pay(invoice, days_ago=0)
        metrics = self._metrics()
        self.assertEqual(metrics["net_invoiced"]["value"], 50.0)
        self.assertEqual(metrics["open_invoices"]["value"], 0.0)
        self.assertEqual(self._items(metrics["bridge"]), {"exchange": -25.0})
        self.assertEqual(metrics["days_to_pay"]["value"], 30.0)

    def _foreign_currency(self):
        """Return a currency that lost half of its value in between."""
        currency = self.env["res.currency"].create(
            {"name": "ZZZ", "symbol": "Z", "rounding": 0.01}
        )
        for days_ago, rate in ((1000, 2.0), (5, 4.0)):
            self.env["res.currency.rate"].create(
                {
                    "currency_id": currency.id,
                    "company_id": self.company.id,
                    "name": self._day(days_ago),
                    "rate": rate,
                }
            )
        return currency

    # === DAYS TO PAY, MARGIN === #

    def test_days_to_pay_weighs_by_amount(self):
        self._pay(self._invoice(300.0, 40), days_ago=30)
        self._pay(self._invoice(100.0, 40), days_ago=0)
        self.assertEqual(self._values()["days_to_pay"], 17.5)

    def test_days_to_pay_ignores_credit_notes(self):
        invoice = self._invoice(100.0, 50)
        credit = self._invoice(60.0, 10, move_type="out_refund")
        lines = (invoice + credit).line_ids
        lines.filtered(lambda line: line.account_id == self.receivable).reconcile()
        self.assertIs(self._values()["days_to_pay"], False)
        self._pay(invoice, days_ago=10)
        self.assertEqual(self._values()["days_to_pay"], 40.0)

    def test_margin_of_orders_in_the_period(self):
        self._order(quantity=3)
        self._order(quantity=5, confirm=False)
        old = self._order(quantity=7)
        old.date_order = self._day(500)
        metric = self._metrics()["margin"]
        self.assertEqual(metric["value"], 120.0)
        self.assertIn("cost as on the order", metric["basis"])

    def test_margin_of_foreign_orders(self):
        """A foreign order counts at the rate of its day; its own sum is a part."""
        foreign = self._foreign_currency()
        pricelist = self.env["product.pricelist"].create(
            {"name": "Foreign", "currency_id": foreign.id}
        )
        self._order(quantity=1)
        order = self._order(quantity=1, pricelist_id=pricelist.id)
        metric = self._metrics()["margin"]
        self.assertAlmostEqual(metric["value"], 40.0 + order.margin / 4.0)
        self.assertDrillDown(metric)
        self.assertEqual(order.crm_margin_company, order.margin / 4.0)
        self.assertEqual(order.crm_untaxed_company, order.amount_untaxed / 4.0)

    # === IDENTITIES ON RANDOM HISTORIES === #

    def _random_history(self, rng):
        """Book invoices, credit notes, receipts, entries and payments at random."""
        for _step in range(rng.randint(6, 12)):
            days, amount = rng.randint(0, 800), float(rng.randint(1, 99999)) / 100
            partner = rng.choice([self.customer, self.contact, self.other])
            kind = rng.choice(["invoice", "invoice", "refund", "receipt", "entry"])
            if kind == "entry":
                account = rng.choice([self.income, self.receivable])
                contra = self.bank_journal.default_account_id
                sign = rng.choice([1, -1])
                self._entry(
                    [
                        (account, partner, sign * amount),
                        (contra, partner, -sign * amount),
                    ],
                    days,
                )
                continue
            move_type = "out_invoice" if kind == "invoice" else f"out_{kind}"
            due = self._day(days - rng.randint(0, 120))
            move = self._invoice(amount, days, partner, move_type=move_type, due=due)
            if kind != "refund" and rng.random() < 0.5:
                part = round(amount * rng.choice([0.3, 1.0]), 2)
                self._pay(move, part, days_ago=rng.randint(0, days))

    def test_identities_hold(self):
        for seed in range(4):
            with self.subTest(seed=seed), self.env.cr.savepoint(flush=True) as point:
                self._random_history(random.Random(seed))
                self._check_identities(self._values())
                self._check_against_ledger(self._values())
                answer = self._ask()[0]
                self.assertGreater(self.assertAllDrillDowns(answer), 25)
                point.rollback()
                self.env.invalidate_all()

    def _check_identities(self, values):
        self.assertAlmostEqual(
            values["receivable"],
            values["open_invoices"]
            + values["other_debits"]
            - values["unallocated_credits"],
        )
        buckets = sum(values[key] for key in BUCKETS)
        self.assertAlmostEqual(buckets, values["open_invoices"])
        self.assertAlmostEqual(
            values["overdue"], values["open_invoices"] - values["not_due"]
        )
        for suffix in ("", "_total"):
            self.assertAlmostEqual(
                values[f"net_invoiced{suffix}"] + values[f"bridge{suffix}"],
                values[f"revenue{suffix}"],
            )
        for metric in (self._metrics()["bridge"], self._metrics()["bridge_total"]):
            explained = sum(item["value"] for item in metric["items"])
            self.assertAlmostEqual(explained, metric["value"])
            self.assertNotIn("other_entity", self._items(metric))

    def _check_against_ledger(self, values):
        """Compare with sums made in Python over the items themselves."""
        items = self.env["account.move.line"].search(
            [
                ("partner_id", "in", (self.customer + self.contact).ids),
                ("parent_state", "=", "posted"),
            ]
        )
        income = items.filtered(lambda i: i.account_id.internal_group == "income")
        self.assertAlmostEqual(values["revenue_total"], -sum(income.mapped("balance")))
        owed = items.filtered(lambda i: i.account_id == self.receivable)
        self.assertAlmostEqual(
            values["receivable"], sum(owed.mapped("amount_residual"))
        )
        open_items = owed.filtered(
            lambda i: i.amount_residual > 0
            and i.move_type in ("out_invoice", "out_receipt")
        )
        for key in BUCKETS:
            expected = sum(
                item.amount_residual
                for item in open_items
                if bucket_of(item.date_maturity, self.today) == key
            )
            self.assertAlmostEqual(values[key], expected, 2, key)

    def test_company_total_is_the_sum_of_entities(self):
        self._random_history(random.Random(7))
        customers = self.customer + self.other
        values = [
            answer["sections"]["finance"]["metrics"]["revenue_total"]["value"]
            for answer in self._ask(customers)
        ]
        items = self.env["account.move.line"].search(
            [
                ("account_id.internal_group", "=", "income"),
                ("parent_state", "=", "posted"),
                ("company_id", "=", self.company.id),
            ]
        )
        self.assertAlmostEqual(sum(values), -sum(items.mapped("balance")))
