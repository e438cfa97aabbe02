# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import json
import xmlrpc.client

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import HttpCase, freeze_time, tagged

from .common import CustomerCommon

FINANCE = (
    "revenue revenue_previous revenue_total net_invoiced net_invoiced_total bridge"
    " bridge_total open_invoices unallocated_credits receivable not_due overdue"
    " overdue_1_30 overdue_31_60 overdue_61_90 overdue_over_90 days_to_pay margin"
    " purchases first_purchase last_purchase"
).split()
SALES = "open_quotations orders_to_deliver orders_to_invoice last_order".split()
LOGISTICS = "deliveries_due deliveries_late returns serials_owned".split()
CONTACT = "last_contact_in last_contact_out next_activity overdue_activities".split()
METRIC = {"value", "unit", "label", "basis", "partial", "model", "domain"}
METRIC |= {"aggregate", "sign", "headline", "group", "better"}


@tagged("post_install", "-at_install")
class TestApi(CustomerCommon):
    def test_promised_keys(self):
        [answer] = self._ask()
        promised = {"partner_id", "scope", "as_of", "company_ids", "currency"}
        promised |= {"sections", "notices", "timeline"}
        self.assertLessEqual(promised, set(answer))
        for section, keys in {
            "finance": FINANCE,
            "sales": SALES,
            "logistics": LOGISTICS,
            "contact": CONTACT,
        }.items():
            metrics = answer["sections"][section]["metrics"]
            self.assertLessEqual(set(keys), set(metrics))
            for key, metric in metrics.items():
                self.assertLessEqual(METRIC, set(metric), key)
                self.assertTrue(metric["label"] and metric["basis"], key)

    def test_plain_types(self):
        """The answer travels over XML-RPC (no None) and as JSON, and is the same."""
        self._invoice()
        self._order()
        answers = self._ask(timeline_limit=50)
        text = xmlrpc.client.dumps((answers,), methodresponse=True)
        [[returned], _name] = xmlrpc.client.loads(text)
        self.assertEqual(returned, answers)
        self.assertEqual(json.loads(json.dumps(answers)), answers)

    def test_options_may_be_left_out(self):
        self.assertTrue(self.customer.get_customer_360())
        self.assertTrue(self.customer.get_customer_360(None))
        self.assertTrue(self.customer.get_customer_360(False))

    def test_refusals_name_argument_and_value(self):
        cases = {
            "unknown_key": {"unknown_key": 1},
            "galaxy": {"scope": "galaxy"},
            "date_from": {"date_from": "yesterday"},
            "2026-02-02.*2026-01-01": {
                "date_from": "2026-02-02",
                "date_to": "2026-01-01",
            },
            "no_section": {"sections": ["no_section"]},
            "timeline_limit": {"timeline_limit": 501},
            "company_ids": {"company_ids": []},
            "search": {"search": "x" * 201},
            "include.*graphs": {"include": ["graphs"]},
        }
        for named, options in cases.items():
            with self.subTest(named=named), self.assertRaisesRegex(UserError, named):
                self.customer.get_customer_360(options)
        with self.assertRaisesRegex(UserError, "dictionary"):
            self.customer.get_customer_360("entity")
        for key in ("sections", "timeline_kinds"):
            for values in (["x" * 100_000], list(map(str, range(100_000)))):
                with self.assertRaisesRegex(UserError, key) as refusal:
                    self._ask(timeline_limit=5, **{key: values})
                self.assertLess(len(str(refusal.exception)), 1000)

    def test_ids_that_do_not_exist_are_named(self):
        gone = self._make_customer("Gone")
        gone_id = gone.id
        gone.unlink()
        with self.assertRaisesRegex(UserError, str(gone_id)):
            self.env["res.partner"].browse(
                [self.customer.id, gone_id]
            ).get_customer_360()
        with self.assertRaises(UserError):
            self.env["res.partner"].get_customer_360()

    def test_sections_wanted(self):
        [answer] = self._ask(sections=["sales"])
        self.assertEqual(list(answer["sections"]), ["sales"])
        self.assertEqual(self._ask(sections=[])[0]["sections"], {})

    def test_include(self):
        [answer] = self._ask(include=["charts", "tables"])
        self.assertFalse(any(s["metrics"] for s in answer["sections"].values()))
        self.assertFalse({"header", "steps"} & set(answer))
        for section in answer["sections"].values():
            self.assertLessEqual({"charts", "tables"}, set(section))
        [answer] = self._ask(include=["header", "steps"])
        self.assertLessEqual({"header", "steps"}, set(answer))
        with self.assertRaisesRegex(UserError, "include.*charts.*one partner"):
            self._ask(self.customer + self.other, include=["metrics", "charts"])

    def test_all_days_that_dates_can_have(self):
        self._invoice(days_ago=10)
        self._invoice(30.0, days_ago=500)
        self.company.partner_id.tz = "Asia/Seoul"
        days = {"date_from": "1000-01-01", "date_to": "2999-12-31"}
        [answer] = self._ask(include=["metrics", "charts"], **days)
        metrics = answer["sections"]["finance"]["metrics"]
        self.assertEqual(metrics["revenue"]["value"], 130.0)
        self.assertEqual(metrics["revenue_previous"]["value"], 0.0)
        self.assertGreater(self.assertAllDrillDowns(answer), 10)
        charts = answer["sections"]["finance"]["charts"]
        [chart] = [c for c in charts if c["key"] == "revenue_by_month"]
        self.assertChart(chart)
        self.assertEqual(chart["labels"][:2], ["1000 - 2900", "2901"])
        self.assertEqual(chart["datasets"][0]["values"][0], 130.0)

    def test_days_are_those_of_the_company(self):
        """Shortly before midnight UTC it is tomorrow in Seoul, and a month is new."""
        self.company.partner_id.tz = "Asia/Seoul"
        order = self._order(quantity=1)
        order.date_order = "2026-03-31 15:30:00"
        march = {"date_from": "2026-03-01", "date_to": "2026-03-31"}
        april = {"date_from": "2026-04-01", "date_to": "2026-04-30"}
        self.assertEqual(self._values(**march)["margin"], 0.0)
        self.assertEqual(self._values(**april)["margin"], 40.0)
        self.assertEqual(self._values("sales")["last_order"], "2026-04-01")
        with freeze_time("2026-04-30 15:30:00"):
            [answer] = self._ask()
        self.assertEqual(answer["date_to"], "2026-05-01")
        self.assertEqual(answer["time_zone"], "Asia/Seoul")
        self.assertEqual(answer["as_of"], "2026-04-30 15:30:00")

    def test_it_writes_nothing(self):
        """The call is served by a read-only cursor."""
        self._invoice()
        self.env.flush_all()
        self.assertTrue(self.env["res.partner"].get_customer_360._readonly)
        self.cr.execute("SET LOCAL transaction_read_only = on")
        self.assertTrue(self.customer.get_customer_360({}))

    def test_korean(self):
        self.env["res.lang"]._activate_lang("ko_KR")
        self.env["ir.module.module"]._load_module_terms(["crm_extension"], ["ko_KR"])
        [answer] = self.customer.with_context(lang="ko_KR").get_customer_360({})
        metric = answer["sections"]["finance"]["metrics"]["revenue"]
        self.assertEqual(metric["label"], "매출")
        self.assertNotIn("Minus", metric["basis"])
        self.assertEqual(answer["sections"]["finance"]["label"], "재무")

    def test_action(self):
        action = self.contact.action_open_customer_360()
        self.assertEqual(action["tag"], "crm_extension.customer_360")
        self.assertEqual(action["params"], {"partner_id": self.contact.id})
        invoice = self._invoice(partner=self.contact)
        self.assertEqual(invoice.action_open_customer_360(), action)


@tagged("post_install", "-at_install")
class TestQueries(CustomerCommon):
    """The number of queries depends on neither documents nor partners."""

    def _count(self, partners=None, user=None):
        """Return the number of queries of an answer without timeline, caches warm."""
        # Twice: what is in the record cache the first time hides rules still to load.
        for _time in range(2):
            self._ask(partners, user)
            self.env.invalidate_all()
        before = self.cr.sql_log_count
        self._ask(partners, user)
        return self.cr.sql_log_count - before

    def _documents(self, count):
        """Post that many invoices at once, pay one of them, confirm two orders."""
        lines = [Command.create({"name": "Line", "price_unit": 10.0, "tax_ids": []})]
        values = {
            "move_type": "out_invoice",
            "partner_id": self.customer.id,
            "invoice_date": self._day(30),
            "invoice_line_ids": lines,
        }
        moves = self.env["account.move"].create([values] * count)
        moves.action_post()
        self._pay(moves[0])
        self._order()
        self._order(confirm=False)

    def test_flat_in_documents(self):
        users = [
            None,
            self._make_user("own360", "sales_team.group_sale_salesman"),
            self._make_user("audit360", "account.group_account_readonly"),
        ]
        self._documents(5)
        few = [self._count(user=user) for user in users]
        self._documents(195)
        many = [self._count(user=user) for user in users]
        self.assertEqual(few, many)
        # each glue addon adds its sections' queries: 40 with all of them
        glue = {
            "crm.customer.section.subscription",
            "crm.customer.section.service",
        } & set(self.env.registry)
        self.assertLess(max(many), 40 if glue else 25)

    def test_flat_in_partners(self):
        self._invoice()
        self._invoice(partner=self.other)
        two = self._count(self.customer + self.other)
        partners = self.env["res.partner"].create(
            [{"name": f"Customer {i}", "is_company": True} for i in range(40)]
        )
        self.assertEqual(self._count(partners + self.customer + self.other), two)


@tagged("post_install", "-at_install")
class TestRemote(CustomerCommon, HttpCase):
    def test_xmlrpc(self):
        """An integrator asks over XML-RPC and gets what the page shows."""
        self._invoice(100.0)
        user = self._make_user("remote360", "account.group_account_readonly")
        arguments = [[self.customer.id], {"timeline_limit": 10}]
        [answer] = self.xmlrpc_object.execute_kw(
            self.env.cr.dbname,
            user.id,
            "remote360",
            "res.partner",
            "get_customer_360",
            arguments,
        )
        metrics = answer["sections"]["finance"]["metrics"]
        self.assertEqual(metrics["revenue"]["value"], 100.0)
        self.assertEqual(metrics["revenue"], self._metrics(user=user)["revenue"])
        self.assertEqual(answer["timeline"]["rows"][0]["kind"], "invoice")
