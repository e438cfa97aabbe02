# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import CustomerCommon

LEDGER = {"revenue", "receivable", "bridge", "unallocated_credits", "days_to_pay"}
SALESPERSON = "sales_team.group_sale_salesman"
ALL_DOCUMENTS = "sales_team.group_sale_salesman_all_leads"
BILLING = "account.group_account_invoice"
AUDITOR = "account.group_account_readonly"
STOCK = "stock.group_stock_user"


@tagged("post_install", "-at_install")
class TestRights(CustomerCommon):
    """Who sees what: least rights that should, most rights that should not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = cls._make_user("own360", SALESPERSON)
        cls.order = cls._order(quantity=2, user_id=cls.seller.id)
        cls.others_order = cls._order(quantity=3, user_id=cls.env.user.id)
        cls.own = cls._invoice(100.0, 40, invoice_user_id=cls.seller.id)
        cls.others = cls._invoice(900.0, 40, invoice_user_id=cls.env.user.id)
        cls._pay(cls._invoice(50.0, 20, invoice_user_id=cls.env.user.id))

    def _sections(self, user):
        return self._ask(user=user)[0]["sections"]

    # === SALES === #

    def test_salesperson_sees_own_documents_marked_partial(self):
        finance = self._metrics(user=self.seller)
        self.assertFalse(LEDGER & set(finance))
        self.assertEqual(finance["open_invoices"]["value"], 100.0)
        self.assertTrue(finance["open_invoices"]["partial"])
        self.assertTrue(finance["overdue_31_60"]["partial"])
        self.assertFalse(finance["overdue_1_30"]["partial"])
        self.assertEqual(finance["purchases"]["value"], 1)
        self.assertEqual(finance["margin"]["value"], 80.0)
        self.assertTrue(finance["margin"]["partial"])

    def test_salesperson_of_all_documents_is_not_partial(self):
        user = self._make_user("all360", ALL_DOCUMENTS)
        finance = self._metrics(user=user)
        self.assertFalse(LEDGER & set(finance))
        self.assertEqual(finance["open_invoices"]["value"], 1000.0)
        self.assertFalse(finance["open_invoices"]["partial"])
        self.assertEqual(finance["margin"]["value"], 200.0)

    def test_receipts_make_the_salesperson_partial(self):
        """Core shows salespeople no receipts: open invoices miss them, and say so."""
        self._invoice(11.0, 5, move_type="out_receipt")
        user = self._make_user("all360", ALL_DOCUMENTS)
        finance = self._metrics(user=user)
        self.assertEqual(finance["open_invoices"]["value"], 1000.0)
        self.assertTrue(finance["open_invoices"]["partial"])

    # === ACCOUNTING === #

    def test_billing_sees_the_ledger(self):
        finance = self._metrics(user=self._make_user("bill360", BILLING))
        self.assertLessEqual(LEDGER, set(finance))
        self.assertEqual(finance["revenue"]["value"], 1050.0)
        self.assertFalse(any(metric["partial"] for metric in finance.values()))

    def test_auditor_sees_the_ledger_and_only_reads(self):
        user = self._make_user("audit360", AUDITOR)
        finance = self._metrics(user=user)
        self.assertLessEqual(LEDGER, set(finance))
        self.assertEqual(finance["receivable"]["value"], 1000.0)
        self.assertNotIn("pipeline", self._sections(user)["sales"]["metrics"])

    # === OTHERS === #

    def test_stock_user_has_no_finance(self):
        sections = self._sections(self._make_user("stock360", STOCK))
        self.assertNotIn("finance", sections)
        self.assertEqual(sections["logistics"]["metrics"]["deliveries_due"]["value"], 2)

    def test_internal_user_without_rights_gets_contact_only(self):
        user = self._make_user("none360")
        answer = self._ask(user=user, timeline_limit=50)[0]
        # OCA lets every employee read tickets; glue shows what he may read
        self.assertEqual(set(answer["sections"]) - {"service"}, {"contact"})
        self.assertFalse(answer["timeline"]["rows"])
        text = str(answer)
        for secret in ("900.0", "1000.0", "1050.0", self.own.name):
            self.assertNotIn(secret, text)

    def test_asking_for_a_section_does_not_open_it(self):
        user = self._make_user("none360")
        self.assertFalse(self._ask(user=user, sections=["finance"])[0]["sections"])

    def test_portal_and_public_are_refused(self):
        portal = new_test_user(self.env, "portal360", groups="base.group_portal")
        for user in (portal, self.env.ref("base.public_user")):
            with self.subTest(user=user.sudo().login), self.assertRaises(AccessError):
                self.customer.with_user(user).get_customer_360({})
            with self.assertRaises(AccessError):
                self.customer.with_user(user).action_open_customer_360()

    def test_a_hidden_contact_is_refused(self):
        """Record rules on contacts hold: what one may not open one may not ask for."""
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.other.company_id = company
        user = self._make_user("audit360", AUDITOR)
        with self.assertRaises(AccessError):
            self._ask(self.other, user=user)

    # === COMPANIES === #

    def test_company_not_allowed_is_refused(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        user = self._make_user("audit360", AUDITOR)
        with self.assertRaisesRegex(AccessError, str(company.id)):
            self._ask(user=user, company_ids=company.ids)

    def test_another_company_sees_nothing_of_this(self):
        company = self.setup_other_company()["company"]
        user = self._make_user("audit360", AUDITOR)
        user.write({"company_id": company.id, "company_ids": [(6, 0, company.ids)]})
        finance = self._metrics(user=user)
        self.assertEqual(finance["revenue_total"]["value"], 0.0)
        self.assertEqual(finance["open_invoices"]["value"], 0.0)

    # === DRILL-DOWN === #

    def test_every_list_shows_the_figure_to_the_same_user(self):
        users = {
            self.seller: 8,
            self._make_user("all360", ALL_DOCUMENTS): 15,
            self._make_user("bill360", BILLING): 25,
            self._make_user("audit360", AUDITOR): 25,
            self._make_user("stock360", STOCK): 6,
            self._make_user("none360"): 2,
        }
        self.customer.activity_schedule(
            "mail.mail_activity_data_todo", self._day(3), user_id=self.seller.id
        )
        for user, least in users.items():
            for scope in ("contact", "entity", "group"):
                with self.subTest(user=user.login, scope=scope):
                    answer = self._ask(user=user, scope=scope)[0]
                    checked = self.assertAllDrillDowns(answer, user)
                    self.assertGreaterEqual(checked, least)
