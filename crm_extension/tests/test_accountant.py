# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from odoo.addons.crm_extension.models.res_partner_accounting import ACCOUNTING_KEYS

from .common import CustomerCommon

READONLY = "account.group_account_readonly"
BILLING = "account.group_account_invoice"
SALES = "sales_team.group_sale_salesman_all_leads"
COLUMNS = [f"crm_ledger_{key}" for key in ACCOUNTING_KEYS]
MOVE_COLUMNS = [f"crm_customer_{key}" for key in ACCOUNTING_KEYS]


@tagged("post_install", "-at_install")
class TestAccountant(CustomerCommon):
    """What accountants see beside invoices and in the list of customers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reader = cls._make_user("acc_reader", READONLY)
        cls.biller = cls._make_user("acc_biller", BILLING)
        cls.seller = cls._make_user("acc_seller", SALES, "base.group_allow_export")
        cls.invoice = cls._invoice(100.0, 40)
        cls._pay(cls.invoice, 40.0, days_ago=10)
        cls._invoice(30.0, 5, cls.contact)
        cls._invoice(7.0, 5, cls.other)

    def _read(self, records, names, user):
        """Return what the list or form of that user loads."""
        records = records.with_user(user)
        records.invalidate_recordset()
        return records.web_read({name: {} for name in names})

    def _promised(self, partner, user):
        metrics = self._metrics(partners=partner, user=user, sections=["finance"])
        return {key: metrics[key] for key in ACCOUNTING_KEYS}

    # === THE LIST OF CUSTOMERS === #

    def test_columns_are_the_figures_of_the_page(self):
        for user in (self.reader, self.biller):
            partners = self.customer + self.contact + self.other
            rows = self._read(partners, [*COLUMNS, "crm_ledger_shown"], user)
            for partner, row in zip(partners, rows, strict=True):
                self.assertTrue(row["crm_ledger_shown"])
                for key, metric in self._promised(partner, user).items():
                    name = f"crm_ledger_{key}"
                    self.assertEqual(row[name], metric["value"] or 0.0, name)
            self.assertEqual(rows[0]["crm_ledger_revenue"], 130.0)
            self.assertEqual(rows[0]["crm_ledger_receivable"], 90.0)
            self.assertEqual(rows[0]["crm_ledger_overdue"], 90.0)
            self.assertEqual(rows[0]["crm_ledger_days_to_pay"], 30.0)

    def test_accountants_have_the_columns_others_do_not(self):
        names = {*COLUMNS, *MOVE_COLUMNS, "crm_customer_figures"}
        for user, expected in (
            (self.reader, True),
            (self.biller, True),
            (self.seller, False),
        ):
            for model, view in (
                ("res.partner", "base.view_partner_tree"),
                ("account.move", "account.view_out_invoice_tree"),
                ("account.move", "account.view_out_credit_note_tree"),
                ("account.move", "account.view_move_form"),
            ):
                if view == "base.view_partner_tree" or user != self.seller:
                    arch = self._arch(model, view, user)
                    self.assertEqual(
                        any(f'"{name}"' in arch for name in names), expected, view
                    )
            for model in ("res.partner", "account.move"):
                known = self.env[model].with_user(user).fields_get(list(names))
                self.assertEqual(bool(known), expected)

    def _arch(self, model, view, user):
        view_id = self.env.ref(view).id
        view_type = "form" if view.endswith("form") else "list"
        return self.env[model].with_user(user).get_view(view_id, view_type)["arch"]

    def test_a_salesperson_gets_no_figure_by_any_way(self):
        partner = self.customer.with_user(self.seller)
        with self.assertRaises(AccessError):
            partner.read(["crm_ledger_receivable"])
        with self.assertRaises(AccessError):
            partner.web_read({"crm_ledger_receivable": {}})
        with self.assertRaises(AccessError):
            partner.search([("crm_ledger_receivable", ">", 0)])
        with self.assertRaises(AccessError):
            partner.search([], order="crm_ledger_receivable")
        with self.assertRaises(AccessError):
            partner.export_data(["crm_ledger_receivable"])
        with self.assertRaises(AccessError):
            self.invoice.with_user(self.seller).action_open_customer_figure("revenue")

    def test_rules_that_cut_the_ledger_hide_the_figures(self):
        """No number that misleads: where items are cut, nothing is told."""
        self.env["ir.rule"].create(
            {
                "name": "Own items only",
                "model_id": self.env["ir.model"]._get_id("account.move.line"),
                "domain_force": "[('create_uid', '=', user.id)]",
            }
        )
        [row] = self._read(self.customer, [*COLUMNS, "crm_ledger_shown"], self.reader)
        self.assertFalse(row["crm_ledger_shown"])
        self.assertEqual({row[name] for name in COLUMNS}, {0.0})
        [row] = self._read(self.invoice, ["crm_customer_figures"], self.biller)
        self.assertNotIn("receivable", [f["key"] for f in row["crm_customer_figures"]])

    # === NUMBER OF QUERIES === #

    def _queries(self, records, names):
        """Return how many queries a page of these records needs."""
        self.env.flush_all()
        self.env.invalidate_all()
        records = records.with_user(self.reader)
        records.web_read({name: {} for name in names})
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        records.web_read({name: {} for name in names})
        return self.env.cr.sql_log_count - before

    def test_one_query_set_for_a_page_of_customers_or_invoices(self):
        partners = self.env["res.partner"].create(
            [{"name": f"Customer {i}", "is_company": True} for i in range(80)]
        )
        moves = self.env["account.move"]
        for partner in partners:
            moves += self.invoice.copy({"partner_id": partner.id})
        moves.action_post()
        columns = [*COLUMNS, "crm_ledger_shown"]
        few, many = (
            self._queries(partners[:10], columns),
            self._queries(partners, columns),
        )
        self.assertEqual(few, many)
        few, many = (
            self._queries(moves[:10], MOVE_COLUMNS),
            self._queries(moves, MOVE_COLUMNS),
        )
        self.assertEqual(few, many)

    # === THE INVOICE === #

    def test_invoice_tells_its_customers_figures(self):
        for user in (self.reader, self.biller):
            [row] = self._read(self.invoice, ["crm_customer_figures"], user)
            promised = self._promised(self.customer, user)
            figures = row["crm_customer_figures"]
            self.assertEqual([f["key"] for f in figures], list(self._order_of(figures)))
            for figure in figures:
                metric = promised[figure["key"]]
                # Beside an invoice no period is chosen: the label tells it.
                label = {"revenue": "Revenue, 12 Months"}.get(figure["key"])
                self.assertEqual(figure["label"], label or metric["label"])
                for name in ("value", "basis", "unit", "domain"):
                    self.assertEqual(figure[name], metric[name])

    def _order_of(self, figures):
        """Return the keys in the order that the section declares them."""
        asked = {figure["key"] for figure in figures}
        self.assertEqual(asked, set(ACCOUNTING_KEYS))
        section = self.env["crm.customer.section.finance"]
        return (metric.key for metric in section._metrics() if metric.key in asked)

    def test_each_figure_opens_its_list(self):
        invoice = self.invoice.with_user(self.reader)
        for figure in invoice.crm_customer_figures:
            action = invoice.action_open_customer_figure(figure["key"])
            self.assertEqual(action["res_model"], figure["model"])
            self.assertEqual(action["domain"], figure["domain"])
            self.assertEqual(action["context"]["customer_360_sign"], figure["sign"])
            self.assertIn(self.customer.name, action["name"])
            if figure["aggregate"]:
                self.assertDrillDown({**figure, **action}, self.reader)

    def test_unknown_figure_is_refused_by_name(self):
        with self.assertRaisesRegex(UserError, "'turnover'.*revenue"):
            self.invoice.with_user(self.reader).action_open_customer_figure("turnover")
        with self.assertRaisesRegex(UserError, "key.*is not a figure"):
            self.invoice.with_user(self.reader).action_open_customer_figure(["x"])

    def test_bills_tell_nothing_of_a_customer(self):
        bill = self.env["account.move"].create(
            {"move_type": "in_invoice", "partner_id": self.customer.id}
        )
        [row] = self._read(bill, ["crm_customer_figures", *MOVE_COLUMNS], self.reader)
        self.assertFalse(row["crm_customer_figures"])

    def test_a_draft_of_a_new_customer(self):
        """The form of an invoice that is not saved yet shows its customer, too."""
        draft = (
            self.env["account.move"]
            .with_user(self.biller)
            .new({"move_type": "out_invoice", "partner_id": self.customer.id})
        )
        values = {f["key"]: f["value"] for f in draft.crm_customer_figures}
        self.assertEqual(values["receivable"], 90.0)


@tagged("post_install", "-at_install")
class TestAccountantColumns(CustomerCommon, HttpCase):
    """Columns that accountants without sales or stock rights switch on in a browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other.name = "Northwind Traders"
        cls._pay(cls._invoice(100.0, 40), 40.0, days_ago=10)
        cls._invoice(7.0, 5, cls.other)

    def test_columns_of_customers_and_invoices(self):
        for login, group in (("col_reader", READONLY), ("col_biller", BILLING)):
            with self.subTest(login):
                user = self._make_user(login, group)
                for other in (SALES, "stock.group_stock_user"):
                    self.assertFalse(user.has_group(other))
                self.start_tour(
                    "/odoo", "crm_extension_accountant_columns", login=login
                )
