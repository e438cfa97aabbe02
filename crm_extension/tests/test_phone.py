# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import HttpCase, tagged

from odoo.addons.crm_suite_base.tests.fits import check_fits

from .common import CustomerCommon
from .test_rights import ALL_DOCUMENTS, BILLING

PHONE = "390x844"


@tagged("post_install", "-at_install")
class TestPhone(CustomerCommon, HttpCase):
    """What stands beside the page, at 390 pixels and in Korean."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("ko_KR")
        cls.seller = cls._make_user("phone_seller", ALL_DOCUMENTS, lang="ko_KR")
        cls.biller = cls._make_user("phone_biller", BILLING, lang="ko_KR")
        cls.customer.user_id = cls.seller
        cls.invoice = cls._invoice(123456.78, 45)
        cls._invoice(700.0, 400)
        order = cls._order()
        order.picking_ids.scheduled_date = cls._day(4)
        cls.customer.message_post(
            body="Hello", message_type="comment", author_id=cls.customer.id
        )

    def setUp(self):
        super().setUp()
        self.browser_size = PHONE
        self.touch_enabled = True

    def test_my_customers(self):
        """Cards instead of a list that scrolls sideways; each opens its page."""
        self.start_tour(
            "/odoo/my-customers",
            "crm_extension_phone_customers_tour",
            login="phone_seller",
        )

    def test_reconciliation(self):
        """Each line's label as a whole, and the records behind it."""
        walks = self.env["crm.customer.reconciliation"].with_user(self.biller)
        walk = walks.create({"partner_id": self.customer.id})
        self.start_tour(
            "/odoo/action-crm_extension.crm_customer_reconciliation_menu_action"
            f"/{walk.id}",
            "crm_extension_phone_reconciliation_tour",
            login="phone_biller",
        )

    def test_invoice(self):
        """The customer's figures beside the invoice say of which time they are."""
        self.start_tour(
            f"/odoo/action-account.action_move_out_invoice_type/{self.invoice.id}",
            "crm_extension_phone_invoice_tour",
            login="phone_biller",
        )

    def test_review(self):
        """The account review, as it is shown where no PDF can be made."""
        self.browser_js(
            f"/report/html/crm_extension.report_customer_review/{self.customer.id}",
            check_fits("body *", "고객 검토", "매출", "연체"),
            ready="!!document.querySelector('.o_crm_review')",
            login="phone_biller",
        )
