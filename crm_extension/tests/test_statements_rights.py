# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import Command
from odoo.fields import Domain
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from ..models import customer_statements
from ..models.customer_statements import MEMBERS, NOW
from .common import CustomerCommon

ALL = "sales_team.group_sale_salesman_all_leads"
OWN = "sales_team.group_sale_salesman"
NOON = datetime(2031, 5, 14, 12)


@tagged("post_install", "-at_install")
class TestStatementsRights(CustomerCommon):
    """Nobody gets figures by a rule, a company or a moment that is no longer his."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boss = cls._make_user("kept_boss", ALL)
        cls.second = cls.setup_other_company()["company"]
        cls.order = cls._order(user_id=cls.boss.id)

    def _rule(self, domain, model="sale.order", **values):
        return self.env["ir.rule"].create(
            {
                "name": "Kept",
                "model_id": self.env["ir.model"]._get_id(model),
                "domain_force": domain,
                **values,
            }
        )

    def _counts(self, user=None, section="sales", **kwargs):
        """Return the counts of the section, each compared with the user's search."""
        user = user or self.boss
        metrics = self._metrics(section, user=user, **kwargs)
        for key, metric in metrics.items():
            if metric["aggregate"] == "id:count" and not metric.get("items"):
                model = self.env[metric["model"]].with_user(user)
                model = model.with_context(allowed_company_ids=user.company_ids.ids)
                found = model.search_count(metric["domain"])
                self.assertEqual(metric["value"], found, key)
        return {key: metric["value"] for key, metric in metrics.items()}

    def test_a_rule_that_says_now_is_asked_now(self):
        """'now -1H' is SQL with the hour of its writing in it."""
        self.order.date_order = NOON
        self._rule("[('date_order', '>=', 'now -1H')]")
        with freeze_time(NOON):
            self.assertEqual(self._counts()["orders_to_deliver"], 1)
        with freeze_time(NOON + timedelta(hours=2)):
            self.assertEqual(self._counts()["orders_to_deliver"], 0)

    def test_rules_count_that_change_unnoticed(self):
        """An addon's rules may change though nothing clears the caches."""
        rules = self.env.registry["ir.rule"]._compute_domain
        said = {}

        def compute(self, name, mode="read"):
            return said.get(name) or rules(self, name, mode)

        with patch.object(self.env.registry["ir.rule"], "_compute_domain", compute):
            self.assertEqual(self._counts()["orders"], 1)
            # companies only: cuts nothing that the page would mark
            said["sale.order"] = Domain("company_id", "=", self.second.id)
            self.assertEqual(self._counts()["orders"], 0)
            said["sale.order"] = Domain.custom(to_sql=lambda *_args: SQL("FALSE"))
            self.assertFalse(
                self.env["crm.customer.section"]
                .with_user(self.boss)
                ._has_constant_rules("sale.order")
            )

    def test_the_timeline_follows_rules_that_change_unnoticed(self):
        rules = self.env.registry["ir.rule"]._compute_domain
        said = {}

        def compute(self, name, mode="read"):
            return said.get(name) or rules(self, name, mode)

        def kinds():
            [answer] = self._ask(user=self.boss, timeline_limit=50)
            return {row["kind"] for row in answer["timeline"]["rows"]}

        with patch.object(self.env.registry["ir.rule"], "_compute_domain", compute):
            self.assertIn("order", kinds())
            self.assertIn("delivery", kinds())
            said["sale.order"] = Domain("company_id", "=", self.second.id)
            self.assertNotIn("order", kinds())
            # of another model, over a path of the source's domain
            said["stock.picking.type"] = Domain("id", "=", -1)
            self.assertNotIn("delivery", kinds())

    def test_rules_of_the_user_follow_the_user(self):
        """What a rule says of the user counts when core's own search counts it."""
        self._rule("[('client_order_ref', 'in', [user.login, False])]")
        self.order.client_order_ref = "kept_boss"
        self.assertEqual(self._counts()["orders"], 1)
        self.boss.login = "kept_boss_2"
        self.assertEqual(self._counts()["orders"], 0)

    def test_groups_count_at_once(self):
        self.order.user_id = self.env.user
        self.assertEqual(self._counts()["orders"], 1)
        self.boss.group_ids = [
            Command.unlink(self.env.ref(ALL).id),
            Command.link(self.env.ref(OWN).id),
        ]
        self.assertEqual(self._counts()["orders"], 0)
        self.boss.group_ids = [Command.set(self.env.ref("base.group_user").ids)]
        self.assertFalse(self._metrics("sales", user=self.boss))

    def test_group_rules_count_at_once(self):
        self.order.user_id = self.env.user
        self.assertEqual(self._counts()["orders"], 1)
        rule = self._rule(
            "[('user_id', '=', False)]", groups=[Command.link(self.env.ref(ALL).id)]
        )
        self.env.ref("sale.sale_order_see_all").active = False
        self.assertEqual(self._counts()["orders"], 0)
        rule.unlink()
        self.env.ref("sale.sale_order_see_all").active = True
        self.assertEqual(self._counts()["orders"], 1)

    def test_companies_are_those_of_the_question(self):
        """Of two companies in turns, and of who is moved from one to the other."""
        self.boss.company_ids |= self.second

        def orders(*companies):
            partner = self.customer.with_user(self.boss).with_context(
                allowed_company_ids=[company.id for company in companies]
            )
            [answer] = partner.get_customer_360({"timeline_limit": 0})
            return answer["sections"]["sales"]["metrics"]["orders"]["value"]

        for _turn in range(2):
            self.assertEqual(orders(self.company), 1)
            self.assertEqual(orders(self.second), 0)
            self.assertEqual(orders(self.second, self.company), 1)
            self.assertEqual(orders(self.company, self.second), 1)
        self.boss.write({"company_id": self.second.id, "company_ids": self.second.ids})
        self.assertEqual(self._counts()["orders"], 0)

    def test_without_companies_in_the_context_the_users_own_comes_first(self):
        self.boss.write({"company_ids": [Command.link(self.second.id)]})
        for company in (self.company, self.second):
            self.boss.company_id = company
            partner = self.env(user=self.boss.id, context={})["res.partner"]
            section = self.env(user=self.boss.id, context={})["crm.customer.section"]
            scope = partner.browse(self.customer.id)._customer_scope({})
            plain = section._in_plain_context(scope)
            self.assertEqual(plain.env.company, company)
            self.assertEqual(plain.env.companies, self.company + self.second)

    def test_each_language_has_its_words(self):
        self.env["res.lang"]._activate_lang("ko_KR")

        def label(lang):
            partner = self.customer.with_user(self.boss).with_context(lang=lang)
            [answer] = partner.get_customer_360({"timeline_limit": 0})
            return answer["sections"]["sales"]["metrics"]["orders"]["label"]

        self.assertEqual(label("en_US"), "Number of orders")
        self.assertNotEqual(label("ko_KR"), "Number of orders")
        self.assertEqual(label("en_US"), "Number of orders")

    def test_what_decides_besides_the_text_is_never_kept(self):
        section = self.env["crm.customer.section"]
        orders = self.env["sale.order"]
        for number, domain in enumerate(
            [
                [("date_order", ">=", "today")],
                [("date_order", "in", ["now", False])],
                [("partner_id", "=", "Northwind")],
                Domain.custom(to_sql=lambda *_args: SQL("TRUE")),
                ~Domain.custom(to_sql=lambda *_args: SQL("TRUE")),
                [("partner_id.specific_property_product_pricelist", "=", 1)],
            ]
        ):
            with self.subTest(number):
                self.assertFalse(section._is_constant(orders, domain))

    def test_marks_that_cannot_be_bound_are_not_kept(self):
        section = self.env["crm.customer.section"]
        bound = SQL("a IN %s AND b < %s", (MEMBERS,), NOW)
        self.assertTrue(section._has_marks(bound))
        for sql in (
            SQL("a = %s", 1),
            SQL("b < %s", NOW),
            SQL("%s AND a = %s", bound, MEMBERS),
            SQL("%s AND a IN %s", bound, (MEMBERS, 5)),
            SQL("%s AND b < %s", bound, NOW + timedelta(seconds=1)),
        ):
            with self.subTest(sql.code):
                self.assertFalse(section._has_marks(sql))

    def test_few_statements_are_kept(self):
        """However many periods are asked for; and none where the caches are cleared."""
        section = self.env["crm.customer.section.sales"]
        self.env.registry.clear_cache()
        with patch.object(customer_statements, "KEPT", 5):
            for day in range(1, 6):
                self._values("sales", date_from=self._day(day))
            known = section._statements()
            self.assertEqual(len(known), 5)
        self.env.registry.clear_cache()
        self.assertIsNot(section._statements(), known)
        self.assertFalse(len(section._statements()))
