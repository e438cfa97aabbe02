# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from unittest.mock import patch

from odoo.tests import HttpCase, tagged

from odoo.addons.web.controllers.export import ExcelExport

from .common import CustomerCommon
from .test_rights import ALL_DOCUMENTS, BILLING, SALESPERSON, STOCK

#: An amount that nothing else has: with its cents, as tokens and times of files have
#: many digits, and four of them by chance.
SECRET = 7341.5
SOURCE = """
const shown = /7[,.\\s]?341[.,]5/.test(document.documentElement.outerHTML);
if (shown !== %s) {
    throw new Error(`the amount is in the page: ${shown}`);
}
console.log("test successful");
"""
EXPECTED = """
const day = luxon.DateTime.fromISO("%s");
const texts = ["MMM d", "MMM d, yyyy", "MM/dd/yyyy"].map((how) => day.toFormat(how));
const table = document.querySelector("[data-table=availability]");
const cell = table.querySelector("tbody tr td[data-label=Expected]");
if (!texts.includes(cell.innerText.trim())) {
    throw new Error(`expected: ${table.innerText}`);
}
console.log("test successful");
"""
READY = "document.querySelector('.o_crm_360_body[data-extras=true]') !== null"


@tagged("post_install", "-at_install")
class TestPageParts(CustomerCommon, HttpCase):
    """From the menu to the page and its parts, and the list of one's customers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = cls._make_user(
            "parts360",
            BILLING,
            ALL_DOCUMENTS,
            "base.group_partner_manager",
            name="Sandra Seller",
        )
        cls.holding = cls._make_customer("Holding")
        cls.customer.write({"parent_id": cls.holding.id, "user_id": cls.seller.id})
        cls.other.user_id = cls.seller
        cls._invoice(700.0, 400)
        cls._invoice(1000.0, 45)
        cls._pay(cls._invoice(900.0, 20))
        cls._pay(cls.env["account.move"].search([("amount_total", "=", 700.0)]))
        cls.customer.message_post(
            body="Hello", message_type="comment", author_id=cls.contact.id
        )

    def test_from_the_menu(self):
        """Customers > 360: header that stays, tile with change, course, definition."""
        self.start_tour(
            "/odoo", "crm_extension_customer_360_menu_tour", login="parts360"
        )

    def test_snooze(self):
        """A step is put aside until a day, with a reason."""
        self.start_tour(
            f"/odoo/customer-360/{self.customer.id}",
            "crm_extension_customer_360_snooze_tour",
            login="parts360",
        )
        decision = self.env["crm.customer.step.decision"].search(
            [("partner_id", "=", self.customer.id)]
        )
        self.assertRecordValues(
            decision,
            [
                {
                    "decision": "snooze",
                    "rule": "overdue",
                    "user_id": self.seller.id,
                    "reason": "Pays on the last of the month",
                }
            ],
        )
        self.assertEqual(str(decision.until), "2099-12-31")

    def test_my_customers(self):
        """The list is filtered, its rows are tagged, a row opens the page."""
        tag = self.env["res.partner.category"].create({"name": "Late payer"})
        self.start_tour(
            "/odoo/my-customers", "crm_extension_my_customers_tour", login="parts360"
        )
        self.assertIn(tag, self.customer.category_id)
        self.assertNotIn(tag, self.other.category_id)

    def test_activity_for_all_that_are_chosen(self):
        """Two customers are chosen in the list; each gets an activity of his own."""
        third = self._make_customer("Fabrikam", user_id=self.seller.id)
        self._portfolio_tour("activity")
        for partner in self.customer + self.other:
            self.assertRecordValues(
                partner.activity_ids,
                [{"summary": "Ask for the order", "user_id": self.seller.id}],
            )
        self.assertFalse(third.activity_ids)

    def test_spreadsheet_of_the_list(self):
        """The file that the list's menu makes has the figures of the page."""
        self.seller.group_ids |= self.env.ref("base.group_allow_export")
        files, write = [], ExcelExport.from_data

        def written(controller, columns, headers, rows):
            names = [column["name"] for column in columns]
            files.append([dict(zip(names, row, strict=True)) for row in rows])
            return write(controller, columns, headers, rows)

        with patch.object(ExcelExport, "from_data", written):
            self._portfolio_tour("export")
        [rows] = files
        self.assertEqual(
            {row["complete_name"]: row["portfolio_overdue"] for row in rows},
            {"Northwind": 1000.0, "Contoso": 0.0},
        )
        metrics = self._metrics(user=self.seller)
        [row] = [row for row in rows if row["portfolio_overdue"]]
        for key in ("revenue", "receivable"):
            self.assertTrue(metrics[key]["value"])
            self.assertEqual(row[f"portfolio_{key}"], metrics[key]["value"])

    def _portfolio_tour(self, name):
        tour = f"crm_extension_my_customers_{name}_tour"
        self.start_tour("/odoo/my-customers", tour, login="parts360")

    def test_day_on_which_a_line_that_waits_is_expected(self):
        """The order waits for a receipt: its day stands beside the line."""
        self._order(quantity=5)
        self._receipt(5, 10)
        self.browser_js(
            f"/odoo/customer-360/{self.customer.id}",
            EXPECTED % self._day(-10),
            READY,
            login="parts360",
        )

    def test_what_is_not_told_is_not_in_the_page(self):
        """Neither shown nor hidden in what the browser has of the page."""
        owner = self._make_user("parts_own", SALESPERSON)
        self._order(user_id=owner.id)
        self._invoice(SECRET, 40, invoice_user_id=self.seller.id)
        for login, groups, told in (
            ("parts_stock", (STOCK,), False),
            ("parts_own", None, False),
            ("parts360", None, True),
        ):
            if groups:
                self._make_user(login, *groups)
            with self.subTest(login):
                self.browser_js(
                    f"/odoo/customer-360/{self.customer.id}",
                    SOURCE % str(told).lower(),
                    READY,
                    login=login,
                )
