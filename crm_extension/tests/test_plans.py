# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from unittest.mock import patch

from psycopg2.extras import Json

from odoo import fields
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from ..models import customer_plans
from .common import CustomerCommon

PAGE = {"include": ["metrics", "charts"], "timeline_limit": 50}
OWN = "sales_team.group_sale_salesman"
READONLY = "account.group_account_readonly"
MOMENT = fields.Datetime.now()


@tagged("post_install", "-at_install")
@freeze_time(MOMENT)
class TestPlans(CustomerCommon):
    """An answer by plans that the connection keeps is the answer without them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = cls._make_user("plans_own", OWN)
        cls.reader = cls._make_user("plans_reader", READONLY)
        cls._order(user_id=cls.own.id)
        cls._order(quantity=3, user_id=cls.reader.id)
        cls._pay(cls._invoice(100.0, 40), 60.0, 10)
        cls._invoice(70.0, 400)
        cls._invoice(20.0, 5, move_type="out_refund")
        cls._invoice(33.0, 7, cls.other)
        cls.contacts = cls.env["res.partner"].create(
            [{"name": f"Contact {n}", "parent_id": cls.customer.id} for n in range(3)]
        )
        for partner in cls.customer | cls.contacts:
            partner.message_post(body="100 % of it", message_type="comment")
        cls.switch = cls.env["ir.config_parameter"].with_user(
            cls.env.ref("base.user_root")
        )

    def setUp(self):
        super().setUp()
        # What a test before left in the connection has other texts, but counts.
        self.cr.execute("DEALLOCATE ALL")

    def _prepared(self):
        """Return the names (set) of our statements in this connection."""
        self.cr.execute("SELECT name FROM pg_prepared_statements")
        names = {name for (name,) in self.cr.fetchall()}
        return {name for name in names if name.startswith(customer_plans.PREFIX)}

    def _answer(self, partner=None, user=None, **options):
        [answer] = self._ask(partner, user=user, **{**PAGE, **options})
        return {key: value for key, value in answer.items() if key != "as_of"}

    def _answers(self):
        return [
            self._answer(partner, user, scope=scope)
            for user in (self.env.user, self.own, self.reader)
            for partner in (self.customer, self.other, self.contacts[0])
            for scope in ("entity", "contact", "group")
        ]

    def test_same_answers_with_and_without(self):
        self.switch.set_param("crm_extension.plans", "0")
        without = self._answers()
        self.assertFalse(self._prepared())
        self.switch.set_param("crm_extension.plans", "1")
        self.assertEqual(self._answers(), without)
        self.assertTrue(self._prepared())
        # By plans that were made for another customer, and in another order.
        self.assertEqual(self._answers(), without)

    def test_a_plan_is_made_once(self):
        self._answer()
        names = self._prepared()
        self.assertTrue(names)
        self._answer()
        self.assertEqual(self._prepared(), names)
        self.cr.execute("SHOW server_version_num")
        if int(self.cr.fetchone()[0]) < 140000:
            self.skipTest("PostgreSQL 13 does not count how often plans are used.")
        self.cr.execute("SELECT name, generic_plans FROM pg_prepared_statements")
        plans = dict(self.cr.fetchall())
        self.assertTrue(all(plans[name] >= 2 for name in names), plans)

    def test_another_customer_by_the_same_plan(self):
        self._answer()
        names = self._prepared()
        [other] = self._ask(self.other, **PAGE)
        self.assertEqual(self._metric_value(other, "revenue"), 33.0)
        # Of one contact instead of several there is one more text of each.
        single = self._prepared() - names
        self.assertTrue(single)
        third = self.env["res.partner"].create({"name": "New", "is_company": True})
        self._invoice(44.0, 3, third)
        [answer] = self._ask(third, **PAGE)
        self.assertEqual(self._metric_value(answer, "revenue"), 44.0)
        self.assertEqual(self._prepared(), names | single)

    def _metric_value(self, answer, key):
        return answer["sections"]["finance"]["metrics"][key]["value"]

    def test_connection_that_forgot(self):
        """Pools reset connections, and transactions get other ones."""
        before = self._answer()
        self.cr.execute("DEALLOCATE ALL")
        self.assertEqual(self._answer(), before)

    def test_rolled_back(self):
        with self.cr.savepoint() as savepoint:
            before = self._answer()
            self._invoice(11.0, 2)
            self.assertNotEqual(self._answer(), before)
            savepoint.rollback()
            self.env.invalidate_all()
        self.assertEqual(self._answer(), before)

    def test_an_answer_within_another(self):
        """A section of an addon may ask for a customer while one is answered."""
        before = self._answer()
        finance = self.env["crm.customer.section.finance"]
        sales = self.env["crm.customer.section.sales"]
        for most in (60, 1):
            with (
                self.subTest(most),
                patch.object(customer_plans, "MAX_STATEMENTS", most),
            ):
                self.cr.execute("DEALLOCATE ALL")
                scope = self.customer._customer_scope({})
                found = finance._compute_metrics(scope)
                self.assertTrue(self._prepared())
                self.assertEqual(self._answer(), before)
                self._answer(user=self.reader)
                self.assertEqual(finance._compute_metrics(scope), found)
                self.assertTrue(sales._compute_metrics(scope))

    def test_words_of_rules_stay_what_they_are(self):
        """Percents, quotes, backslashes and what looks like a parameter."""
        words = "100 %s of 'it' %% \\ \"$1\" IN $2 {x} %(y)s \n 고객"
        orders = self.env["sale.order"].search([("partner_id", "=", self.customer.id)])
        orders[0].client_order_ref = words
        self.env["ir.rule"].create(
            {
                "name": "Words",
                "model_id": self.env["ir.model"]._get_id("sale.order"),
                "domain_force": repr([("client_order_ref", "in", [words, "%"])]),
            }
        )
        self.assertEqual(len(orders), 2)
        reader = self._make_user(
            "plans_all", "sales_team.group_sale_salesman_all_leads"
        )
        for standard in ("on", "off"):
            self.cr.execute(f"SET LOCAL standard_conforming_strings = {standard}")
            self.env.registry.clear_cache()
            answer = self._answer(user=reader)
            metric = answer["sections"]["sales"]["metrics"]["orders"]
            self.assertEqual((metric["value"], metric["partial"]), (1, True))
        self.assertTrue(self._prepared())

    def test_values_that_no_text_tells(self):
        section = self.env["crm.customer.section"]
        asked = SQL("SELECT 1 WHERE 1 IN %s", (customer_plans.MEMBERS,))
        self.assertIn("= $1", section._prepared_text(asked, True)[1])
        with_json = SQL("%s AND %s IS NOT NULL", asked, Json({"a": 1}))
        self.assertEqual(section._prepared_text(with_json, True), ("", ""))

    def test_all_that_is_kept_of_the_page_has_a_text(self):
        section = self.env["crm.customer.section"]
        self.env.registry.clear_cache()
        self._answer()
        self._answer(self.other)
        found = [known._prepared_texts().snapshot for known in section._all_sections()]
        self.assertGreater(sum(map(len, found)), 10)
        for texts in found:
            for place, (name, _text) in texts.items():
                self.assertTrue(name, place)

    def test_plans_of_others_are_left_alone(self):
        """After an answer without ours, and after the transaction with them."""
        self.cr.execute("SHOW plan_cache_mode")
        before = self.cr.fetchone()
        with self.cr.savepoint() as savepoint:
            with patch.object(customer_plans, "MAX_ITEMS", 1):
                self._answer()
            self.cr.execute("SHOW plan_cache_mode")
            self.assertEqual(self.cr.fetchone(), before)
            self.cr.execute("PREPARE foreign_one AS SELECT 1")
            self._answer()
            self.cr.execute("SHOW plan_cache_mode")
            self.assertNotEqual(self.cr.fetchone(), before)
            savepoint.rollback()
        self.cr.execute("SHOW plan_cache_mode")
        self.assertEqual(self.cr.fetchone(), before)
        with patch.object(customer_plans, "MAX_STATEMENTS", 1):
            self._answer(user=self.reader)
        self.cr.execute("EXECUTE foreign_one")
        self.assertEqual(self.cr.fetchone(), (1,))

    def test_a_connection_keeps_a_few(self):
        with patch.object(customer_plans, "MAX_STATEMENTS", 7):
            before = self._answers()
            self.assertEqual(self._answers(), before)
            self._answer()
            # The next answer drops what is too much before it adds its own.
            own = len(self._prepared())
            self._answer(user=self.reader)
            self.assertLessEqual(len(self._prepared()), 7 + own)

    def test_very_large_customers_are_planned_anew(self):
        with patch.object(customer_plans, "MAX_ITEMS", 1):
            answer = self._answer()
            self.assertFalse(self._prepared())
        self.assertEqual(self._answer(), answer)
        self.assertTrue(self._prepared())

    def test_several_customers_are_planned_anew(self):
        self._ask(self.customer | self.other)
        self.assertFalse(self._prepared())

    def test_another_registry_uses_other_plans(self):
        """Where fields have changed, what was prepared before would raise."""
        self._answer()
        names = self._prepared()
        registry = self.env.registry
        with patch.object(registry, "registry_sequence", -7):
            registry.clear_cache()
            self._answer()
        self.addCleanup(registry.clear_cache)
        self.assertFalse(names & (self._prepared() - names))
        self.assertEqual(len(self._prepared()), 2 * len(names))

    def test_without_glue_fewer_than_25_queries(self):
        """The addon's own sections; glue adds its own."""
        names = [
            section._section_key
            for section in self.env["crm.customer.section"]._all_sections()
            if section._original_module == "crm_extension"
        ]
        self.assertGreaterEqual(len(names), 4)
        for _warming in range(3):
            before = self.cr.sql_log_count
            self._ask(sections=names)
            self.env.invalidate_all()
        self.assertLess(self.cr.sql_log_count - before, 25)
