# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import CustomerCommon

WALK = "crm.customer.reconciliation"


@tagged("post_install", "-at_install")
class TestReconciliation(CustomerCommon):
    """From the invoices of a customer to the ledger, each line with its records."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reader = cls._make_user("walk_reader", "account.group_account_readonly")
        cls.biller = cls._make_user("walk_biller", "account.group_account_invoice")
        cls.seller = cls._make_user(
            "walk_seller", "sales_team.group_sale_salesman_all_leads"
        )
        cls._invoice(100.0, 20)
        cls._pay(cls._invoice(50.0, 30, cls.contact), 20.0, days_ago=4)
        cls._invoice(30.0, 3, move_type="out_refund")
        cls._invoice(40.0, 400, date=cls._day(10))
        cls._entry(
            [(cls.income, cls.customer, -12), (cls.receivable, cls.customer, 12)]
        )
        cls._entry(
            [
                (cls.company_data["default_account_tax_sale"], cls.customer, 5),
                (cls.receivable, cls.customer, -5),
            ]
        )

    def _walk(self, user, partner=None, **values):
        partner = partner or self.customer
        walks = self.env[WALK].with_user(user)
        return walks.create({"partner_id": partner.id, **values})

    def _amounts(self, walk, section, kind):
        lines = walk.line_ids.filtered(
            lambda line: line.section == section and line.kind == kind
        )
        return lines.mapped("amount")

    def test_the_walk_adds_up(self):
        for user in (self.reader, self.biller):
            walk = self._walk(user)
            self.assertEqual(self._amounts(walk, "revenue", "total"), [172.0, 172.0])
            self.assertEqual(
                self._amounts(walk, "revenue", "item"),
                # net invoiced, manual entry, posted later; then the income account
                [120.0, 12.0, 40.0, 172.0],
            )
            self.assertEqual(
                self._amounts(walk, "receivable", "item"),
                # invoices, other debits, credits; then the receivable account
                [170.0, 12.0, -35.0, 147.0],
            )
            self.assertEqual(self._amounts(walk, "receivable", "total"), [147.0, 147.0])
            self.assertFalse(self._amounts(walk, "revenue", "difference"))
            self.assertFalse(self._amounts(walk, "receivable", "difference"))

    def test_each_line_opens_what_it_sums(self):
        walk = self._walk(self.reader)
        opened = 0
        for line in walk.line_ids.filtered("res_model"):
            action = line.action_open()
            self.assertIn(self.customer.name, action["name"])
            model = self.env[action["res_model"]].with_user(self.reader)
            aggregate = action["context"]["customer_360_aggregate"]
            [[total]] = model._read_group(action["domain"], [], [aggregate])
            # Credits are taken off: their line is negative, their list is not.
            self.assertAlmostEqual(abs(total or 0.0), abs(line.amount), 2, line.label)
            opened += 1
        self.assertEqual(opened, 10)

    def test_days_can_be_changed(self):
        walk = self._walk(self.reader)
        with Form(walk) as form:
            form.date_from = self._day(15)
            form.date_to = self._day(9)
        walk.action_refresh()
        self.assertEqual(self._amounts(walk, "revenue", "total"), [40.0, 40.0])
        self.assertEqual(self._amounts(walk, "receivable", "total"), [147.0, 147.0])

    def test_matched_with_another_partner_is_told(self):
        """Where another partner's receipt settles an invoice, that is a line."""
        invoice = self._invoice(60.0, 6, self.other)
        entry = self._entry(
            [
                (self.receivable, self.customer, -60.0),
                (self.bank_journal.default_account_id, None, 60.0),
            ]
        )
        items = (invoice + entry).line_ids
        items.filtered(lambda item: item.account_id == self.receivable).reconcile()
        walk = self._walk(self.reader, self.other)
        self.assertEqual(self._amounts(walk, "receivable", "total"), [0.0, 60.0])
        self.assertEqual(self._amounts(walk, "receivable", "difference"), [60.0])

    def test_matched_with_a_draft_is_told(self):
        """The payment of a draft is in the ledger, and nothing of it is left."""
        draft = self._invoice(60.0, 6, self.other).copy({"invoice_date": self._day(3)})
        self._pay(draft, 40.0)
        for user in (self.reader, self.biller):
            walk = self._walk(user, self.other)
            self.assertEqual(self._amounts(walk, "receivable", "total"), [60.0, 20.0])
            [line] = walk.line_ids.filtered(lambda line: line.kind == "difference")
            self.assertEqual((line.label, line.amount), ("Matched with drafts", -40.0))
        draft.action_post()
        walk = self._walk(self.reader, self.other)
        self.assertEqual(self._amounts(walk, "receivable", "total"), [80.0, 80.0])
        self.assertFalse(self._amounts(walk, "receivable", "difference"))

    def test_opens_from_a_contact_for_its_entity(self):
        walks = self.env[WALK].with_user(self.reader)
        action = walks.action_open_of_customer(self.contact.id)
        walk = walks.browse(action["res_id"])
        self.assertEqual(walk.partner_id, self.customer)
        self.assertIn(self.customer.name, action["name"])
        gone = self.env["res.partner"].create({"name": "Gone"})
        gone.unlink()
        for wrong in ("x", False, 0, -1, 2**70, [], gone.id):
            with self.subTest(wrong), self.assertRaises(UserError):
                walks.action_open_of_customer(wrong)

    def test_who_may_not_read_the_ledger_gets_nothing(self):
        with self.assertRaises(AccessError):
            self._walk(self.seller)
        with self.assertRaises(AccessError):
            self.env[WALK].with_user(self.seller).action_open_of_customer(
                self.customer.id
            )
        walk = self._walk(self.reader)
        line = walk.line_ids.filtered("res_model")[0]
        with self.assertRaises(AccessError):
            line.with_user(self.biller).action_open()
        self.env["ir.rule"].create(
            {
                "name": "Own items only",
                "model_id": self.env["ir.model"]._get_id("account.move.line"),
                "domain_force": "[('create_uid', '=', user.id)]",
            }
        )
        self.assertFalse(self._walk(self.reader).line_ids)
