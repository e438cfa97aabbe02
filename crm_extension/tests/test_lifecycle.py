# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from psycopg2 import IntegrityError

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import CustomerCommon
from .test_rights import ALL_DOCUMENTS, AUDITOR, SALESPERSON, STOCK


@tagged("post_install", "-at_install")
class TestLifecycle(CustomerCommon):
    def _header(self, user=None, partner=None, **options):
        options.update(include=["header"], sections=["finance", "contact"])
        return self._ask(partner or self.customer, user=user, **options)[0]["header"]

    def _stage(self, **kwargs):
        stage = self._header(**kwargs)["stage"]
        return stage and stage["key"]

    def test_a_customer_goes_through_its_stages(self):
        """From the first look to silence, by purchases on the days that make it."""
        self.assertEqual(self._stage(), "prospect")
        self._invoice(1000.0, 700)
        self.assertEqual(self._stage(), "lapsed")
        self._invoice(500.0, 30)
        self.assertEqual(self._stage(), "declining")
        self._invoice(400.0, 20)
        self.assertEqual(self._stage(), "active")
        other = self._invoice(100.0, 10, self.other)
        self.assertEqual(self._stage(partner=self.other), "new")
        self.assertTrue(other)

    def test_credit_notes_count_in_the_decline(self):
        self._invoice(1000.0, 700)
        self._invoice(1000.0, 30)
        self._invoice(300.0, 20, move_type="out_refund")
        self.assertEqual(self._stage(), "declining")

    def test_beside_figures_the_stage_asks_for_nothing_more(self):
        """The page wants both; the documents are added up once for both."""
        self._invoice(1000.0, 100)

        def ask(*include):
            [answer] = self._ask(include=list(include), sections=["finance"])
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self._ask(include=list(include), sections=["finance"])
            return answer, self.cr.sql_log_count - before

        alone, queries = ask("metrics", "steps")
        both, more = ask("metrics", "steps", "header")
        self.assertEqual(both["header"]["stage"], self._header()["stage"])
        self.assertEqual(
            alone["sections"]["finance"]["metrics"].keys(),
            both["sections"]["finance"]["metrics"].keys(),
        )
        # the course of the figures, as it was stored
        self.assertEqual(more, queries + 1)

    def test_the_rule_is_printed_with_the_company_s_limits(self):
        self._invoice(1000.0, 100)
        self.company.crm_stage_lapsed_days = 99
        stage = self._header()["stage"]
        self.assertEqual(stage["key"], "lapsed")
        self.assertIn("99", stage["rule"])
        self.assertIn(stage["rule"], stage["rules"])
        self.assertEqual(len(stage["rules"]), 5)

    def test_the_two_years_open_their_documents(self):
        self._invoice(1000.0, 400)
        self._invoice(700.0, 30)
        metrics = self._metrics(date_from="2020-01-01", date_to="2020-01-02")
        self.assertEqual(metrics["net_invoiced_recent"]["value"], 700.0)
        self.assertEqual(metrics["net_invoiced_before"]["value"], 1000.0)
        for key in ("net_invoiced_recent", "net_invoiced_before"):
            self.assertDrillDown(metrics[key])

    def test_who_is_told_the_stage(self):
        """All documents: told. A part of them, or none: not told."""
        seller = self._make_user("own_stage", SALESPERSON)
        self._invoice(100.0, 400, invoice_user_id=self.env.user.id)
        self._invoice(90.0, 30, invoice_user_id=seller.id)
        self.assertEqual(self._stage(user=self._make_user("a", AUDITOR)), "active")
        all_sales = self._make_user("all_stage", ALL_DOCUMENTS)
        self.assertEqual(self._stage(user=all_sales), "active")
        self.assertFalse(self._stage(user=seller))
        self.assertNotIn("stage", self._header(self._make_user("s_stage", STOCK)))

    def test_hierarchy_from_the_top(self):
        group = self._make_customer("World Group")
        self.customer.parent_id = group
        above = self._header(partner=self.contact)["hierarchy"]
        self.assertEqual(
            [row["name"] for row in above], ["World Group", self.customer.name]
        )

    def test_limits_out_of_range_are_refused(self):
        for values in ({"crm_stage_decline_percent": 0}, {"crm_step_overdue_days": -1}):
            with (
                self.assertRaises(IntegrityError),
                mute_logger("odoo.sql_db"),
                self.cr.savepoint(),
            ):
                self.company.write(values)
                self.company.flush_recordset()
