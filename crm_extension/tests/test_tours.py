# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import HttpCase, tagged

from .common import CustomerCommon
from .test_rights import ALL_DOCUMENTS


@tagged("post_install", "-at_install")
class TestTours(CustomerCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._order()
        cls._order(confirm=False)
        cls._invoice(700.0, 400)
        cls.invoice = cls._invoice(1000.0, 45)
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

    def test_from_an_invoice_to_every_tile(self):
        """The total of each tile's list is the tile, read in the browser."""
        self._make_user("tiles360", "account.group_account_invoice", ALL_DOCUMENTS)
        self.start_tour(
            f"/odoo/action-account.action_move_out_invoice_type/{self.invoice.id}",
            "crm_extension_customer_360_tiles_tour",
            login="tiles360",
            timeout=180,
        )

    def test_old_figures_say_so(self):
        """Left open for a quarter of an hour, the page offers to read again."""
        self._make_user("old360", "account.group_account_readonly")
        self.start_tour(
            f"/odoo/contacts/{self.customer.id}",
            "crm_extension_customer_360_old_tour",
            login="old360",
        )

    def test_next_steps(self):
        """A step begins a mail, is dismissed with a reason, and is brought back."""
        self._make_user("steps360", ALL_DOCUMENTS)
        self._page_tour("crm_extension_customer_360_steps_tour", "steps360")

    def test_timeline(self):
        """Coming events on top, pages of 50, filter, arrows over the chips."""
        self.customer.activity_schedule(
            "mail.mail_activity_data_call",
            date_deadline=self._day(-9),
            user_id=self._make_user("time360", ALL_DOCUMENTS).id,
        )
        for number in range(52):
            self.customer.message_post(body=f"Note {number}", message_type="comment")
        self._page_tour("crm_extension_customer_360_timeline_tour", "time360")

    def test_korean(self):
        """A Korean reader, on a phone."""
        self.env["res.lang"]._activate_lang("ko_KR")
        self.browser_size = "390x844"
        self._make_user("korean360", ALL_DOCUMENTS, lang="ko_KR")
        self._page_tour("crm_extension_customer_360_korean_tour", "korean360")

    def _page_tour(self, tour, login):
        self.start_tour(f"/odoo/customer-360/{self.customer.id}", tour, login=login)


@tagged("post_install", "-at_install")
class TestStates(CustomerCommon, HttpCase):
    """The page while it reads, of nothing, of a part, and when it cannot be read."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.phone = "+1 202-555-0149"
        cls._order()
        cls._invoice(700.0, 40)

    def _page_tour(self, name, login, partner=None):
        page = f"/odoo/customer-360/{(partner or self.customer).id}"
        self.start_tour(page, f"crm_extension_customer_360_{name}_tour", login=login)

    def test_loading(self):
        """Figures that are not there yet, and old ones while new ones are read."""
        self._make_user("loading360", "account.group_account_readonly")
        self.start_tour(
            f"/odoo/contacts/{self.customer.id}",
            "crm_extension_customer_360_loading_tour",
            login="loading360",
        )

    def test_partial(self):
        """Who reads own documents only is told so where it counts."""
        seller = self._make_user("part360", "sales_team.group_sale_salesman")
        self._invoice(1000.0, 45, invoice_user_id=seller.id)
        self._page_tour("partial", "part360")

    def test_empty(self):
        """A new customer; the first quotation begins here."""
        self._make_user("empty360", "sales_team.group_sale_salesman")
        partner = self._make_customer("Fabrikam")
        self._page_tour("empty", "empty360", partner)

    def test_error(self):
        """A customer who was deleted."""
        self._make_user("error360", "account.group_account_readonly")
        partner = self._make_customer("Gone")
        partner.unlink()
        self._page_tour("error", "error360", partner)

    def test_actions(self):
        """Call, mail, quotation and print; the ticket's button is the glue's."""
        self._make_user("actions360", ALL_DOCUMENTS)
        self._page_tour("actions", "actions360")

    def test_notice(self):
        """A contact that moved left its history here; the page tells of it."""
        self._invoice(50.0, 20, partner=self.contact)
        self.contact.parent_id = self.other
        self._make_user("notice360", "account.group_account_readonly")
        self._page_tour("notice", "notice360")
