# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from .common import CustomerCommon

READONLY = "account.group_account_readonly"
PAGE = 80


@tagged("post_install", "-at_install")
class TestDrillDown(CustomerCommon, HttpCase):
    """A list behind a figure tells the figure, however many pages it has."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reader = cls._make_user(
            "drill_reader", READONLY, password="drill_reader", lang="en_US"
        )
        cls.seller = cls._make_user(
            "drill_seller", "sales_team.group_sale_salesman_all_leads"
        )
        invoice = cls._invoice(10.0, 3)
        moves = cls.env["account.move"]
        for number in range(PAGE + 9):
            day = cls._day(3 + 2 * number)
            moves += invoice.copy({"invoice_date": day, "date": day})
        moves.action_post()
        cls.invoice = invoice

    def _groups(self, metric, column, groupby):
        """Return the groups that the list shows for a figure."""
        items = self.env["account.move.line"].with_user(self.reader)
        return items.web_read_group(
            metric["domain"], groupby, aggregates=[f"{column}:sum"]
        )["groups"]

    def test_groups_add_up_to_the_figure_with_its_sign(self):
        metric = self._metrics(user=self.reader)["revenue"]
        self.assertEqual(metric["value"], 900.0)
        for groupby in (["date:month"], ["account_id"], ["date:year", "date:month"]):
            groups = self._groups(metric, "crm_credit_balance", groupby)
            total = sum(group["crm_credit_balance:sum"] for group in groups)
            self.assertEqual(total, metric["value"], groupby)
        [group] = self._groups(metric, "crm_credit_balance", ["account_id"])
        self.assertGreater(group["__count"], PAGE)

    def test_rows_have_the_sign_of_the_figure(self):
        self._invoice(25.0, 2, move_type="out_refund")
        metrics = self._metrics(user=self.reader)
        items = self.env["account.move.line"].with_user(self.reader)
        for key, column in (
            ("revenue", "crm_credit_balance"),
            ("unallocated_credits", "crm_credit_residual"),
        ):
            rows = items.search(metrics[key]["domain"])
            self.assertEqual(sum(rows.mapped(column)), metrics[key]["value"], key)
            [[total]] = items._read_group(metrics[key]["domain"], [], [f"{column}:sum"])
            self.assertEqual(total, metrics[key]["value"], key)

    def test_lists_offer_the_sums_to_whom_they_are_for(self):
        names = ["crm_credit_balance", "crm_credit_residual"]
        items = self.env["account.move.line"]
        found = items.with_user(self.reader).fields_get(names, ["aggregator"])
        self.assertEqual({found[name]["aggregator"] for name in names}, {"sum"})
        self.assertFalse(items.with_user(self.seller).fields_get(names))
        with self.assertRaises(AccessError):
            items.with_user(self.seller)._read_group([], [], ["crm_credit_balance:sum"])

    def test_from_the_invoice_to_the_lists_in_the_browser(self):
        self.start_tour(
            f"/odoo/customer-invoices/{self.invoice.id}",
            "crm_extension_accountant",
            login="drill_reader",
        )
