# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import HttpCase, tagged

from .common import CustomerCommon


@tagged("post_install", "-at_install")
class TestTours(CustomerCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._order()
        cls._invoice(1000.0, 45)
        cls._pay(cls._invoice(200.0, 20))

    def _tour(self, login):
        # Core's page of a contact asks for the reader's own company.
        path = f"/odoo/contacts/{self.customer.id}"
        self.start_tour(path, "crm_extension_customer_360_tour", login=login)

    def test_salesperson(self):
        """A salesperson opens a contact's page and reads what the API says."""
        self._make_user("seller360", "sales_team.group_sale_salesman_all_leads")
        self._tour("seller360")

    def test_accountant(self):
        """An accountant without sales or stock rights does the same."""
        self._make_user("auditor360", "account.group_account_readonly")
        self._tour("auditor360")

    def test_accountant_phone(self):
        """At 390 pixels nothing scrolls sideways."""
        self.browser_size = "390x844"
        self.touch_enabled = True
        self._make_user("phone360", "account.group_account_readonly")
        self.start_tour(
            f"/odoo/customer-360/{self.customer.id}",
            "crm_extension_customer_360_phone_tour",
            login="phone360",
        )
