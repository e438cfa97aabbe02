# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import fields
from odoo.tests import new_test_user, tagged

from odoo.addons.crm_subscription.tests.common import SubscriptionCommon


@tagged("post_install", "-at_install")
class TestSubscriptionSection(SubscriptionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.env.user)
        cls.contract = cls._subscribe(cls.today - timedelta(days=40))
        cls._subscribe(cls.today, partner=cls.other_customer, quantity=7)
        cls.env.flush_all()

    def _ask(self, user=None, **options):
        partner = self.customer.with_user(user or self.env.user)
        return partner.get_customer_360(options)[0]

    def _metrics(self, user=None):
        return self._ask(user)["sections"]["subscription"]["metrics"]

    def _kinds(self, kind):
        rows = self._ask(timeline_limit=50)["timeline"]["rows"]
        return [row for row in rows if row["kind"] == kind]

    def test_figures(self):
        metrics = self._metrics()
        self.assertEqual(metrics["mrr"]["value"], 100.0)
        self.assertEqual(metrics["mrr"]["value"], self.contract.mrr)
        self.assertEqual(metrics["active_contracts"]["value"], 1)
        self.assertEqual(metrics["renewal_date"]["value"], str(self.contract.date_end))

    def test_state_of_the_renewal(self):
        metrics = self._metrics()
        self.assertEqual(metrics["contracts_to_renew"]["value"], 0)
        self.assertEqual(metrics["contracts_ending"]["value"], 0)
        soon = self._subscribe(self.today - timedelta(days=350))
        reason = self.env.ref("crm_subscription.reason_price")
        total = self.contract.preview_cancellation()["total"]
        self.contract.cancel_subscription({"reason_id": reason.id}, total)
        self.env.flush_all()
        self.assertEqual(soon.subscription_state, "to_renew")
        metrics = self._metrics()
        self.assertEqual(metrics["contracts_to_renew"]["value"], 1)
        self.assertEqual(metrics["contracts_ending"]["value"], 1)

    def test_every_figure_is_what_its_list_shows(self):
        for key, metric in self._metrics().items():
            with self.subTest(key=key):
                rows = self.env[metric["model"]]._read_group(
                    metric["domain"],
                    [],
                    [metric["aggregate"]],
                )
                value = rows[0][0]
                expected = metric["value"]
                if key == "renewal_date":
                    value = str(value)
                self.assertEqual(value, expected)

    def test_after_a_renewal_the_date_is_that_of_the_next_term(self):
        first_end = self.contract.contract_line_ids.date_end
        self.contract.renew({"mode": "automatic"})
        self.env.flush_all()
        successor = self.contract.contract_line_ids.successor_contract_line_id
        self.assertGreater(successor.date_end, first_end)
        value = self._metrics()["renewal_date"]["value"]
        self.assertEqual(value, str(successor.date_end))

    def test_a_cancelled_subscription_has_no_renewal_date(self):
        preview = self.contract.preview_change({"type": "cancel"})
        self.contract.apply_change({"type": "cancel"}, preview["total"])
        self.env.flush_all()
        value = self._metrics().get("renewal_date", {}).get("value")
        self.assertFalse(value)

    def test_another_currency_is_converted_and_told(self):
        currency = self.env.ref("base.KRW")
        currency.active = True
        self.env["res.currency.rate"].create(
            {
                "currency_id": currency.id,
                "name": self.today - timedelta(days=1),
                "rate": 1000.0,
                "company_id": self.env.company.id,
            }
        )
        pricelist = self.env["product.pricelist"].create(
            {"name": "Won", "currency_id": currency.id}
        )
        product = self._make_product("Won Service", 50000.0, self.plan)
        product.list_price = 50.0
        self._subscribe(self.today, product, pricelist_id=pricelist.id)
        self.env.flush_all()
        self.assertAlmostEqual(self._metrics()["mrr"]["value"], 150.0, places=0)

    def test_timeline_tells_start_renewal_and_end(self):
        self.contract.renew()
        self.env.flush_all()
        start = self._kinds("subscription")[0]
        self.assertEqual(start["res_id"], self.contract.id)
        self.assertEqual(start["amount"], 100.0)
        renewal = self._kinds("renewal")[0]
        self.assertIn(self.contract.name, renewal["title"])
        ended = self._subscribe(self.today - timedelta(days=800))
        self.env.flush_all()
        dates = {row["res_id"]: row["date"] for row in self._kinds("subscription")}
        self.assertEqual(dates[ended.id][:10], str(ended.date_end))

    def test_who_may_not_read_contracts_has_no_section(self):
        user = new_test_user(self.env, "stock_only", "stock.group_stock_user")
        self.assertNotIn("subscription", self._ask(user)["sections"])

    def test_salesperson_without_the_contract_sees_that_it_is_cut(self):
        self.contract.user_id = self.manager
        self.env.flush_all()
        mrr = self._metrics(self.salesman)["mrr"]
        self.assertEqual((mrr["value"], mrr["partial"]), (0.0, True))

    def _tables(self, user=None):
        answer = self._ask(user, include=["tables"])
        tables = answer["sections"]["subscription"]["tables"]
        return {table["key"]: table for table in tables}

    def test_subscriptions_and_periods_to_come(self):
        tables = self._tables()
        [row] = tables["subscriptions"]["rows"]
        self.assertEqual((row["res_id"], row["mrr"]), (self.contract.id, 100.0))
        periods = tables["periods_to_come"]["rows"]
        preview = self.contract.preview_schedule(limit=10)
        self.assertTrue(preview)
        self.assertEqual(
            [(row["start"], row["end"], row["amount"]) for row in periods],
            [(p["period_start"], p["period_end"], p["amount"]) for p in preview],
        )
        for table in tables.values():
            found = self.env[table["model"]].search(table["domain"])
            self.assertEqual(found, self.contract)
            for row in table["rows"]:
                columns = {column["key"] for column in table["columns"]}
                self.assertLessEqual(columns, set(row))

    def test_tables_of_who_does_not_see_the_contract(self):
        self.contract.user_id = self.manager
        self.env.flush_all()
        for table in self._tables(self.salesman).values():
            self.assertEqual((table["rows"], table["partial"]), ([], True))
