# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import freeze_time, tagged

from .common import TODAY, SubscriptionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestParked(SubscriptionCommon):
    """Each reason names record, field and next step; the others are billed."""

    def setUp(self):
        super().setUp()
        self.contract = self._subscribe("2026-03-01")
        self.healthy = self._subscribe("2026-03-01", partner=self.other_customer)

    def _assert_parked(self, *words):
        """The contract is parked with ``words``, its date stands, the other one is
        billed; once mended, it is billed too and the alarm is over."""
        answer = (self.contract | self.healthy).run_billing()
        self.assertEqual(answer["billed"], 1, answer)
        self.assertEqual(
            [row["contract_id"] for row in answer["parked"]], self.contract.ids
        )
        reason = answer["parked"][0]["reason"]
        for word in (self.contract.name, *words):
            self.assertIn(word, reason)
        self.assertFalse(self.contract.period_ids)
        self.assertFalse(self.contract.contract_line_ids.last_date_invoiced)
        self.assertEqual(self.contract.invoice_generation_error, reason)
        self.assertEqual(len(self.contract.activity_ids), 1)

    def _assert_mended(self):
        self.assertEqual(self.contract.run_billing()["billed"], 1)
        self.assertFalse(self.contract.invoice_generation_error)
        self.assertFalse(self.contract.activity_ids)

    def test_no_income_account(self):
        product = self._make_product("Adrift", 5.0, self.plan)
        self.contract.contract_line_ids.product_id = product
        category = self.env["product.category"].create({"name": "Bare"})
        product.categ_id = category
        category.property_account_income_categ_id = False
        product.property_account_income_id = False
        journal = self.contract._get_journal().copy({"default_account_id": False})
        self.contract.journal_id = journal
        if self.contract.contract_line_ids._get_income_account():
            # The company names one for everything: then that is what is missing.
            self.env["ir.default"].search(
                [("field_id.name", "=", "property_account_income_categ_id")]
            ).unlink()
            self.env.company.income_account_id = False
            self.env.invalidate_all()
        self._assert_parked("Adrift", "income account")
        product.property_account_income_id = self.env["account.account"].search(
            [("account_type", "=", "income")], limit=1
        )
        self._assert_mended()

    def test_archived_journal(self):
        journal = self.contract._get_journal().copy()
        journal.name = "Old Sales"
        self.contract.journal_id = journal
        journal.active = False
        self._assert_parked("Old Sales", "journal")
        journal.active = True
        self._assert_mended()

    def test_locked_period(self):
        late = self._subscribe("2026-03-05", partner=self.other_customer)
        self.healthy = late
        self.env.company.sudo().sale_lock_date = "2026-03-02"
        self._assert_parked("2026-03-01", "2026-03-02", "locked")
        # The plan may date what was missed today instead.
        self.plan.catch_up = "today"
        self._assert_mended()

    def test_archived_customer(self):
        contact = self.env["res.partner"].create(
            {"name": "Gone Contact", "parent_id": self.customer.id}
        )
        self.contract.invoice_partner_id = contact
        contact.active = False
        self._assert_parked("Gone Contact", "archived")
        contact.active = True
        self._assert_mended()

    def test_archived_product(self):
        product = self._make_product("Gone Product", 5.0, self.plan)
        self.contract.contract_line_ids.product_id = product
        product.active = False
        self._assert_parked("Gone Product", "archived")
        product.active = True
        self._assert_mended()

    def test_no_rate(self):
        currency = self.env.ref("base.KRW")
        currency.active = True
        currency.rate_ids.unlink()
        self.contract.currency_id = currency
        self._assert_parked("KRW", "rate")
        self.env["res.currency.rate"].create(
            {"currency_id": currency.id, "name": "2026-01-01", "rate": 1300.0}
        )
        self._assert_mended()

    def test_negative_total(self):
        self.contract.contract_line_ids.price_unit = -5.0
        self._assert_parked("negative")
        self.contract.contract_line_ids.price_unit = 5.0
        self._assert_mended()

    def test_no_receivable_account(self):
        with freeze_time(TODAY):
            self.customer.property_account_receivable_id = False
        if self.customer.property_account_receivable_id:
            self.env["ir.default"].search(
                [("field_id.name", "=", "property_account_receivable_id")]
            ).unlink()
            self.env.invalidate_all()
        self.other_customer.property_account_receivable_id = self.env[
            "account.account"
        ].search([("account_type", "=", "asset_receivable")], limit=1)
        self._assert_parked("receivable account")
