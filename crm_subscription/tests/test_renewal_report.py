# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dateutil.relativedelta import relativedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import SubscriptionCommon


@tagged("post_install", "-at_install")
class TestRenewalReport(SubscriptionCommon):
    """The view reads the database's clock, so these tests live in today's time."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.env.user)
        cls.open = cls._subscribe(cls.today - relativedelta(months=2), quantity=3)
        cls.report = cls.env["contract.renewal.report"]

    def _row(self, contract, **vals):
        self.env.flush_all()
        self.report.invalidate_model()
        domain = [("contract_id", "=", contract.id)]
        domain += [(name, "=", value) for name, value in vals.items()]
        return self.report.search(domain)

    def _past(self, **vals):
        """Return a contract whose term ended last month."""
        start = self.today - relativedelta(years=1, months=1)
        return self._subscribe(start, **vals)

    def test_open_term(self):
        row = self._row(self.open)
        self.assertRecordValues(
            row,
            [
                {
                    "state": "open",
                    "mrr": 300.0,
                    "renewed_mrr": 0.0,
                    "partner_id": self.customer.id,
                    "plan_id": self.plan.id,
                    "user_id": self.salesman.id,
                    "renewal_date": self.open.renewal_date,
                    "is_late_payer": False,
                    "risk_note": "",
                }
            ],
        )
        self.assertEqual(row.action_open_contract()["res_id"], self.open.id)
        amount = self.open.currency_id.format(300.0)
        self.assertEqual(row.display_name, f"Hanbit Trading · {amount}")

    def test_renewed_lapsed_and_cancelled(self):
        renewed, lapsed = self._past(), self._past()
        renewed.renew({"mode": "automatic"})
        reason = self.env.ref("crm_subscription.reason_price")
        total = self.open.preview_cancellation()["total"]
        self.open.cancel_subscription({"reason_id": reason.id}, total)
        old = self._row(renewed, state="renewed")
        self.assertEqual((old.mrr, old.renewed_mrr, old.rate), (100.0, 105.0, 100.0))
        self.assertEqual(self._row(renewed, state="open").mrr, 105.0)
        self.assertEqual(self._row(lapsed).state, "lapsed")
        self.assertEqual(self._row(self.open).state, "cancelled")
        groups = self.report._read_group(
            [("contract_id", "in", (renewed | lapsed | self.open).ids)],
            ["plan_id"],
            ["rate:avg"],
        )
        self.assertAlmostEqual(groups[0][1], 100 / 3)

    def test_a_divided_line_ends_no_term(self):
        line = self.open.contract_line_ids
        line._split(self.today + relativedelta(days=9), {"quantity": 5})
        row = self._row(self.open)
        self.assertEqual((len(row), row.mrr), (1, 500.0))

    def test_late_payer(self):
        self._make_late_payer(self.today)
        row = self._row(self.open)
        self.assertTrue(row.is_late_payer)
        self.assertEqual(row.risk_note, "late payer")
        self.assertIn("⚠ Hanbit Trading", row.display_name)
        month = self.open.renewal_date.strftime("%Y-%m")
        found = {m["month"]: m for m in self.report.get_forecast()}[month]
        self.assertEqual(found["at_risk_mrr"], 300.0)

    def test_forecast(self):
        """Worked out by hand: of two decided terms of the plan one was renewed."""
        self._past().renew({"mode": "automatic"})
        self._past()
        monthly = self._make_plan(
            name="By the month",
            term_unit="month",
            renewal_policy="automatic",
            notice_days=5,
        )
        rolling = self._subscribe(
            self.today.replace(day=1), self._make_product("Rolling", 10.0, monthly)
        )
        ending = self._subscribe(self.today, quantity=2)
        ending.renewal_policy = "end"
        self.env.flush_all()
        rows = self.report.get_forecast({"months": 14})
        first = self.today.replace(day=1)
        months = [first + relativedelta(months=number) for number in range(14)]
        self.assertEqual(
            [row["month"] for row in rows],
            [month.strftime("%Y-%m") for month in months],
        )
        figures = [(row["count"], row["mrr"], row["expected_mrr"]) for row in rows]
        # The rolling one renews by itself each month; half of it is expected to.
        self.assertEqual(figures[:3], [(0, 0.0, 0.0), (1, 10.0, 5.0), (1, 10.0, 2.5)])
        # 3 x 100.00 of the open one, and the tenth renewal of the rolling one
        self.assertEqual(figures[10], (2, 310.0, 150.01))
        # The next term of what was renewed; what ends with its term does not go on.
        self.assertEqual(figures[11], (2, 115.0, 52.5))
        self.assertEqual(figures[12], (2, 210.0, 0.0))
        for number, contracts in (
            (0, self.open.browse()),
            (1, rolling),
            (10, rolling | self.open),
            (12, rolling | ending),
        ):
            counted = self.report.browse(rows[number]["renewal_ids"])
            self.assertEqual(counted.contract_id, contracts)
        self.assertEqual(
            {row["currency_id"] for row in rows}, set(self.env.company.currency_id.ids)
        )

    def test_rate_by_salesperson_and_quarter(self):
        renewed, lapsed = self._past(), self._past()
        lapsed.user_id = self.manager
        renewed.renew({"mode": "automatic"})
        self.env.flush_all()
        mine = [("contract_id", "in", (renewed | lapsed).ids), ("state", "!=", "open")]
        for group, expected in (
            ("user_id", {self.salesman: 100.0, self.manager: 0.0}),
            ("renewal_date:quarter", None),
        ):
            rates = dict(self.report._read_group(mine, [group], ["rate:avg"]))
            with self.subTest(group=group):
                if expected is None:
                    self.assertEqual(list(rates.values()), [50.0])
                else:
                    self.assertEqual(rates, expected)

    def test_forecast_checks_options_and_rights(self):
        with self.assertRaisesRegex(UserError, "months"):
            self.report.get_forecast({"months": 0})
        with self.assertRaises(AccessError):
            self.report.with_user(self.portal).get_forecast()

    def test_rights(self):
        self.open.user_id = self.manager
        self.env.flush_all()
        mine = [("contract_id", "=", self.open.id)]
        self.assertFalse(self.report.with_user(self.salesman).search(mine))
        self.assertFalse(self.report.with_user(self.user).search(mine))
        self.assertTrue(self.report.with_user(self.reader).search(mine))
        with self.assertRaises(AccessError):
            self.report.with_user(self.portal).search(mine)
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.manager.write(
            {"company_ids": [Command.set(company.ids)], "company_id": company.id}
        )
        self.assertFalse(self.report.with_user(self.manager).search(mine))
