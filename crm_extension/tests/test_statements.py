# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dataclasses import replace
from datetime import timedelta

from odoo import fields
from odoo.tests import Form, freeze_time, tagged

from .common import CustomerCommon

PAGE = {"include": ["metrics", "charts"], "timeline_limit": 50}
OWN = "sales_team.group_sale_salesman"
ALL = "sales_team.group_sale_salesman_all_leads"
READONLY = "account.group_account_readonly"
MOMENT = fields.Datetime.now()


@tagged("post_install", "-at_install")
class TestStatements(CustomerCommon):
    """SQL that is kept says what SQL written anew says, to everyone his own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = cls._make_user("kept_own", OWN)
        cls.boss = cls._make_user("kept_all", ALL)
        cls.reader = cls._make_user("kept_reader", READONLY)
        cls._order(user_id=cls.boss.id)
        cls._order(cls.other, quantity=3, user_id=cls.own.id)
        cls._pay(cls._invoice(100.0, 40), 60.0, 10)
        cls._invoice(70.0, 400, cls.other)
        cls._invoice(20.0, 5, move_type="out_refund")
        cls.customer.message_post(body="Hello", message_type="comment")

    def _answers(self, users):
        """Return what users get of both customers, one after the other."""
        answers = []
        for user in users:
            for partner in self.customer + self.other:
                [answer] = self._ask(partner, user=user, **PAGE)
                answers.append({k: v for k, v in answer.items() if k != "as_of"})
        return answers

    @freeze_time(MOMENT)
    def test_kept_is_what_is_written_anew(self):
        users = (self.own, self.boss, self.reader, self.env.user)
        kept = self._answers(users), self._answers(users[::-1])
        alone = []
        for user in users:
            self.env.registry.clear_cache()
            alone += self._answers([user])
        self.assertEqual(kept[0], alone)
        self.assertEqual(kept[1][-2:], alone[:2])

    def test_a_new_rule_counts_at_once(self):
        values = self._values("sales", user=self.boss)
        self.assertEqual(values["orders"], 1)
        self.env["ir.rule"].create(
            {
                "name": "None of these",
                "model_id": self.env["ir.model"]._get_id("sale.order"),
                "domain_force": "[('user_id', '=', False)]",
            }
        )
        metric = self._metrics("sales", user=self.boss)["orders"]
        self.assertEqual((metric["value"], metric["partial"]), (0, True))

    def test_a_new_group_counts_at_once(self):
        self.assertNotIn("revenue", self._metrics(user=self.own))
        self.own.group_ids |= self.env.ref(READONLY)
        self.assertIn("revenue", self._metrics(user=self.own))

    def test_the_moment_is_asked_each_time(self):
        picking = self._order().picking_ids
        picking.scheduled_date = fields.Datetime.now() + timedelta(hours=2)
        late = self._metrics("logistics")["deliveries_late"]
        pickings = self.env["stock.picking"]
        self.assertNotIn(picking, pickings.search(late["domain"]))
        with freeze_time(fields.Datetime.now() + timedelta(hours=3)):
            later = self._metrics("logistics")["deliveries_late"]
        self.assertEqual(later["value"], late["value"] + 1)
        self.assertIn(picking, pickings.search(later["domain"]))

    @freeze_time(MOMENT)
    def test_the_companys_accounts_are_asked_each_time(self):
        """Which accounts are of cash discounts is in the SQL: settings may change."""
        section = self.env["crm.customer.section.finance"]
        self._pay(self._invoice(10.0, 3))
        self._metrics()
        account = self.income.copy({"code": "400999"})
        self.company.account_journal_early_pay_discount_loss_account_id = account
        self.assertIn(
            account.id, section._cash_discounts().children[0].children[0].value
        )
        self.env.flush_all()
        kept = self._answers([self.env.user])
        self.env.registry.clear_cache()
        self.assertEqual(kept, self._answers([self.env.user]))

    def test_what_is_stored_never_decides(self):
        """Hierarchies, searches and sub-queries are written anew each time."""
        section = self.env["crm.customer.section"]
        orders, pickings = self.env["sale.order"], self.env["stock.picking"]
        for model, domain, constant in (
            (orders, [("state", "=", "sale")], True),
            (orders, [("partner_id.commercial_partner_id", "in", [1])], True),
            (orders, [("partner_id", "child_of", [1])], False),
            (
                orders,
                [("partner_id", "in", self.env["res.partner"]._search([]))],
                False,
            ),
            (orders, [("delivery_status", "=", "full")], True),
            (orders, [("invoice_ids", "=", False)], False),
            (pickings, [("crm_on_time", "=", True)], True),
            (pickings, [("products_availability_state", "=", "late")], False),
        ):
            with self.subTest(domain):
                self.assertEqual(section._is_constant(model, domain), constant)

    def test_rules_over_a_hierarchy_are_written_anew(self):
        section = self.env["crm.customer.section"].with_user(self.boss)
        self.assertTrue(section._has_constant_rules("sale.order"))
        child = self.env["res.partner"].create({"name": "Later"})
        self._order(child, user_id=self.boss.id)
        self.env["ir.rule"].create(
            {
                "name": "A tree of partners",
                "model_id": self.env["ir.model"]._get_id("sale.order"),
                "domain_force": f"[('partner_id', 'child_of', {self.customer.id})]",
            }
        )
        self.assertFalse(section._has_constant_rules("sale.order"))
        ask = {"section": "sales", "user": self.boss, "partners": child}
        self.assertEqual(self._metrics(**ask)["orders"]["value"], 0)
        child.parent_id = self.customer
        # the customer's own order and the one of his new contact
        self.assertEqual(self._metrics(**ask)["orders"]["value"], 2)


@tagged("post_install", "-at_install")
class TestPacked(CustomerCommon):
    """Items added up before the figures are sorted out give the same figures."""

    def _compare(self, **options):
        """Compare the ledger's figures with those of items one by one; return them."""
        self.env.flush_all()
        partners = self.customer + self.other
        scope = partners._customer_scope(options)
        section = self.env["crm.customer.section.finance"]
        values = {}
        for source in (
            section._ledger_source(scope),
            section._open_source(scope, True),
        ):
            packed = section._figures(scope, source)
            single = section._figures(scope, replace(source, packed=()))
            self.assertEqual(packed, single)
            values |= packed[self.customer.id]
        return {key: f["value"] for key, f in values.items() if f["value"]}

    def test_after_every_change(self):
        days = (0, 1, 29, 364, 365, 366, 729, 730, 731, 1500)
        invoices = [self._invoice(100.0 + day, day) for day in days]
        self.assertEqual(self._compare()["revenue_total"], sum(100.0 + d for d in days))
        self._pay(invoices[3], 50.0)
        self._entry([(self.income, self.customer, -7.0), (self.receivable, False, 7.0)])
        self._invoice(33.0, 364, move_type="out_refund")
        self._invoice(12.0, 366, date=self._day(360))
        liability = self.company_data["default_account_payable"].copy(
            {"account_type": "liability_current", "reconcile": False}
        )
        self._invoice(5.0, 8, line={"account_id": liability.id})
        values = self._compare()
        for key in ("manual", "non_income", "posted_later"):
            self.assertTrue(values[f"bridge.{key}"], key)
        before = values["revenue_total"]
        invoices[2].button_draft()
        self.assertEqual(self._compare()["revenue_total"], before - 129.0)
        invoices[2].action_post()
        self.assertEqual(self._compare()["revenue_total"], before)
        self.other.write({"is_company": False, "parent_id": self.customer.id})
        self._compare()

    def test_periods_that_begin_and_end_anywhere(self):
        for day in (0, 1, 31, 32, 60, 61, 62):
            self._invoice(10.0 + day, day)
            self._invoice(1.0, day, date=self._day(max(day - 1, 0)))
        for start, end in ((31, 0), (32, 31), (61, 60), (62, 62), (900, 1)):
            with self.subTest(start=start, end=end):
                self._compare(date_from=self._day(start), date_to=self._day(end))

    def test_other_currencies_need_their_days(self):
        other = self.setup_other_company()["company"]
        other.currency_id = self.setup_other_currency("EUR", rounding=0.01)
        self.env.user.company_ids |= other
        self._invoice(50.0, 3)
        both = (self.company + other).ids
        self.customer = self.customer.with_context(allowed_company_ids=both)
        self.other = self.other.with_context(allowed_company_ids=both)
        self.assertEqual(self._compare()["revenue"], 50.0)


@tagged("post_install", "-at_install")
class TestBudget(CustomerCommon):
    """Fewer queries than core's own form of the customer, however much there is."""

    def _queries(self, ask):
        for _warming in range(2):  # what core keeps of rules, and ours of SQL
            ask()
            self.env.flush_all()
            self.env.invalidate_all()
        before = self.cr.sql_log_count
        ask()
        return self.cr.sql_log_count - before

    def _page(self):
        return self._queries(lambda: self.customer.get_customer_360({}))

    def _figures(self):
        options = {"timeline_limit": 0}
        return self._queries(lambda: self.customer.get_customer_360(options))

    def test_fewer_queries_than_the_form(self):
        found = Form(self.env["res.partner"])._view["fields"]
        spec = {
            name: {"fields": {"display_name": {}}} if f["type"] == "many2one" else {}
            for name, f in found.items()
            if f["type"] != "properties"
        }
        self._pay(self._invoice(10.0, 40), 5.0)
        self._order()
        form = self._queries(lambda: self.customer.web_read(spec))
        self.assertLess(self._figures(), form)
        self.assertLess(self._page(), form)

    def test_as_many_for_many_documents(self):
        def make():
            self._pay(self._invoice(10.0, 40), 5.0)
            self._order()
            self.customer.message_post(body="Hello", message_type="comment")

        make()
        one = self._figures(), self._page()
        for _number in range(6):
            make()
        self.assertEqual((self._figures(), self._page()), one)

    def test_counts_end_at_the_cap(self):
        self.env.cr.execute(
            """
            INSERT INTO mail_message (model, res_id, message_type, date, author_id)
            SELECT 'res.partner', %(id)s, 'comment', now() - n * interval '1 h', %(id)s
              FROM generate_series(1, 1005) AS n
            """,
            {"id": self.customer.id},
        )
        timeline = self._ask(timeline_limit=50)[0]["timeline"]
        [kind] = [kind for kind in timeline["kinds"] if kind["key"] == "message"]
        self.assertEqual((kind["count"], kind["more"]), (1000, True))
        self.assertEqual([row["kind"] for row in timeline["rows"]], ["message"] * 50)
