# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from odoo import Command
from odoo.tests import freeze_time, tagged

from ..engine.periods import Period
from .common import CustomerCommon

INCLUDE = ["metrics", "charts", "tables"]


@tagged("post_install", "-at_install")
class TestFinanceMore(CustomerCommon):
    """Years, what comes in next, credit limit, margin of the ledger, charts."""

    # === YEARS === #

    def test_fiscal_years(self):
        """The fiscal year of this company begins on 1 July."""
        self.company.write({"fiscalyear_last_day": 30, "fiscalyear_last_month": "6"})
        with freeze_time("2026-03-10 12:00:00"):
            for amount, day in (
                (1.0, "2024-06-30"),
                (20.0, "2024-07-01"),
                (300.0, "2025-06-30"),
                (4000.0, "2025-07-01"),
                (50000.0, "2026-03-10"),
            ):
                self._invoice(amount, invoice_date=day, date=day, due=day)
            values = self._values()
            answer = self._ask()[0]
            self.assertAllDrillDowns(answer)
        self.assertEqual(values["revenue_ytd"], 54000.0)
        self.assertEqual(values["revenue_last_year"], 320.0)
        self.assertEqual(values["revenue_total"], 54321.0)

    # === DUE === #

    def test_overdue_entries_are_a_line_of_their_own(self):
        self._invoice(100.0, 20, move_type="out_receipt")
        lines = [(self.receivable, self.customer, 15.0), (self.income, None, -15.0)]
        entry = self._entry(lines)
        entry.line_ids.filtered("partner_id").date_maturity = self._day(3)
        values = self._values()
        self.assertEqual(values["overdue"], 100.0)
        self.assertEqual(values["overdue_entries"], 15.0)
        self.assertEqual(values["receivable"], 115.0)

    def test_next_due(self):
        self._invoice(70.0, 5, due=self._day(-3))
        self._invoice(30.0, 5, due=self._day(-3))
        self._invoice(11.0, 5, due=self._day(-8))
        self._invoice(500.0, 5, due=self._day(1))
        answer = self._ask()[0]
        metrics = answer["sections"]["finance"]["metrics"]
        self.assertEqual(metrics["next_due"]["value"], str(self._day(-3)))
        self.assertEqual(metrics["next_due_amount"]["value"], 100.0)
        self.assertAllDrillDowns(answer)

    def test_nothing_due(self):
        metrics = self._metrics()
        self.assertIs(metrics["next_due"]["value"], False)
        self.assertEqual(metrics["next_due_amount"]["value"], 0.0)
        self.assertDrillDown(metrics["next_due_amount"])

    # === PAYMENT === #

    def test_days_late_against_terms_and_the_period_before(self):
        """30 days to pay, 20 granted: 10 late; the year before paid on the day."""
        self._pay(self._invoice(100.0, 40, due=self._day(20)), days_ago=10)
        self._pay(self._invoice(100.0, 430, due=self._day(415)), days_ago=420)
        answer = self._ask()[0]
        metrics = answer["sections"]["finance"]["metrics"]
        days, late = metrics["days_to_pay"], metrics["days_late"]
        self.assertEqual((days["value"], days["previous"]), (30.0, 10.0))
        self.assertEqual((late["value"], late["previous"]), (10.0, -5.0))
        self.assertTrue(any("Pays later" in notice for notice in answer["notices"]))

    def test_net_invoiced_of_the_period_before(self):
        self._invoice(150.0, 10)
        self._invoice(100.0, 400)
        metric = self._metrics()["net_invoiced"]
        self.assertEqual((metric["previous"], metric["change"]), (100.0, 50.0))

    # === CREDIT LIMIT === #

    def test_credit_limit_and_use(self):
        self._invoice(150.0)
        self.customer.credit_limit = 200.0
        self.assertNotIn("credit_limit", self._metrics())
        self.company.account_use_credit_limit = True
        for partner in (self.customer, self.contact):
            values = self._values(partners=partner)
            self.assertEqual(values["credit_limit"], 200.0)
            self.assertEqual(values["credit_use"], 75.0)
        self.assertNotIn("credit_limit", self._metrics(partners=self.other))
        seller = self._make_user("seller360", "sales_team.group_sale_manager")
        self.assertNotIn("credit_limit", self._metrics(user=seller))

    # === MARGIN OF THE LEDGER === #

    def test_margin_of_the_ledger_where_cost_is_posted(self):
        self._invoice(100.0)
        self.assertNotIn("margin_ledger", self._metrics())
        expense = self.company_data["default_account_expense"]
        stock = self.company_data["default_account_assets"]
        self._invoice(
            40.0,
            invoice_line_ids=[
                Command.create({"name": "Machine", "price_unit": 40.0, "tax_ids": []})
            ],
            line_ids=[
                Command.create(
                    {
                        "name": "Cost",
                        "display_type": "cogs",
                        "account_id": account.id,
                        "balance": balance,
                    }
                )
                for account, balance in ((expense, 25.0), (stock, -25.0))
            ],
        )
        answer = self._ask()[0]
        metrics = answer["sections"]["finance"]["metrics"]
        self.assertEqual(metrics["revenue"]["value"], 140.0)
        self.assertEqual(metrics["cost_ledger"]["value"], 25.0)
        self.assertEqual(metrics["margin_ledger"]["value"], 115.0)
        self.assertAllDrillDowns(answer)

    def test_margin_of_a_product_valued_in_real_time(self):
        """Core itself posts the cost of what was sold, with the invoice."""
        company = self.company
        company.anglo_saxon_accounting = True
        category = self.env["product.category"].create(
            {
                "name": "Perpetual",
                "property_cost_method": "standard",
                "property_valuation": "real_time",
                "property_stock_valuation_account_id": self.company_data[
                    "default_account_assets"
                ].id,
            }
        )
        self.product.categ_id = category
        order = self._order(quantity=2)
        order.picking_ids.move_ids.write({"quantity": 2.0, "picked": True})
        order.picking_ids._action_done()
        invoice = order._create_invoices()
        invoice.invoice_date = self._day(2)
        invoice.action_post()
        posted = invoice.line_ids.filtered(lambda item: item.display_type == "cogs")
        self.assertEqual(len(posted), 2)
        for user in (
            None,
            self._make_user("rt_audit", "account.group_account_readonly"),
        ):
            [answer] = self._ask(user=user)
            metrics = answer["sections"]["finance"]["metrics"]
            self.assertEqual(metrics["revenue"]["value"], 200.0)
            self.assertEqual(metrics["cost_ledger"]["value"], 120.0)
            self.assertEqual(metrics["margin_ledger"]["value"], 80.0)
            self.assertEqual(metrics["margin"]["value"], 80.0)
            self.assertAllDrillDowns(answer, user)
        # a later cost changes neither
        self.product.standard_price = 99.0
        metrics = self._metrics()
        self.assertEqual(metrics["margin_ledger"]["value"], 80.0)
        self.assertEqual(metrics["margin"]["value"], 80.0)

    # === CHARTS AND TABLES === #

    def _page(self, key, **kwargs):
        section = self._ask(include=INCLUDE, **kwargs)[0]["sections"][key]
        charts = {chart["key"]: chart for chart in section["charts"]}
        tables = {table["key"]: table for table in section["tables"]}
        return section["metrics"], charts, tables

    def test_revenue_by_month_adds_up_to_the_figure(self):
        self._invoice(100.0, 3)
        self._invoice(50.0, 200)
        self._invoice(7.0, 400)
        metrics, charts, _tables = self._page("finance")
        chart = charts["revenue_by_month"]
        now, before = chart["datasets"]
        self.assertEqual(len(chart["labels"]), len(now["values"]))
        self.assertAlmostEqual(sum(now["values"]), metrics["revenue"]["value"])
        self.assertAlmostEqual(
            sum(before["values"]), metrics["revenue_previous"]["value"]
        )
        # Thirteen months are begun, on the last day of a month twelve.
        self.assertEqual(self.assertChart(chart), 2 * len(chart["labels"]))
        self.assertIn(len(chart["labels"]), (12, 13))

    def test_asked_months(self):
        dates = {"date_from": "2024-01-01", "date_to": "2024-03-31"}
        self._invoice(5.0, invoice_date="2024-02-29", date="2024-02-29")
        self._invoice(3.0, invoice_date="2023-02-28", date="2023-02-28")
        chart = self._page("finance", **dates)[1]["revenue_by_month"]
        self.assertEqual(chart["labels"], ["Jan 2024", "Feb 2024", "Mar 2024"])
        section = self.env["crm.customer.section.finance"].with_context(lang="ko_KR")
        self.env["res.lang"]._activate_lang("ko_KR")
        january = Period(date(2024, 1, 1), date(2024, 1, 31))
        self.assertEqual(section._period_label(january), "2024년 1월")
        self.assertEqual(chart["datasets"][0]["values"], [0.0, 5.0, 0.0])
        self.assertEqual(chart["datasets"][1]["values"], [0.0, 3.0, 0.0])

    def test_ageing_is_the_buckets(self):
        for days in (-5, 5, 35, 65, 100):
            self._invoice(10.0 + days, 110, due=self._day(days))
        metrics, charts, _tables = self._page("finance")
        chart = charts["ageing"]
        keys = "not_due overdue_1_30 overdue_31_60 overdue_61_90 overdue_over_90"
        values = [metrics[key]["value"] for key in keys.split()]
        self.assertEqual(chart["datasets"][0]["values"], values)
        self.assertEqual(chart["labels"][0], metrics["not_due"]["label"])
        self.assertEqual(self.assertChart(chart), 5)

    def test_a_salesperson_sees_what_he_may_marked_partial(self):
        user = self._make_user("own360", "sales_team.group_sale_salesman")
        self._invoice(100.0, 3, invoice_user_id=user.id)
        self._invoice(900.0, 3, invoice_user_id=self.env.user.id)
        _metrics, charts, tables = self._page("finance", user=user)
        self.assertNotIn("revenue_by_month", charts)
        chart = charts["net_invoiced_by_month"]
        self.assertEqual(sum(chart["datasets"][0]["values"]), 100.0)
        self.assertTrue(chart["partial"] and charts["ageing"]["partial"])
        self.assertEqual(self.assertChart(chart, user), 2 * len(chart["labels"]))
        table = tables["open_invoices"]
        self.assertEqual([row["amount_residual"] for row in table["rows"]], [100.0])
        self.assertTrue(table["partial"])

    def test_open_invoices_the_oldest_first(self):
        late = self._invoice(100.0, 30, due=self._day(12))
        self._pay(late, 40.0)
        for _number in range(11):
            self._invoice(10.0, 1, due=self._day(-1))
        table = self._page("finance")[2]["open_invoices"]
        self.assertEqual((len(table["rows"]), table["count"]), (10, 12))
        self.assertFalse(table["partial"])
        first = table["rows"][0]
        self.assertEqual((first["model"], first["res_id"]), ("account.move", late.id))
        self.assertEqual((first["amount_residual"], first["days_overdue"]), (60.0, 12))
        self.assertEqual(first["currency"], self.company.currency_id.name)
        found = self.env["account.move"].search_count(table["domain"])
        self.assertEqual(found, table["count"])
        columns = {column["key"] for column in table["columns"]}
        self.assertLessEqual(columns, set(first))
        self.assertEqual(date.fromisoformat(first["invoice_date_due"]), self._day(12))
