# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields
from odoo.tests import tagged

from .ledger_common import LedgerCommon
from .ledger_payment import averages, payments_of


@tagged("post_install", "-at_install")
class TestPaymentDays(LedgerCommon):
    """Days to pay and days late of documents that are settled in several ways.

    Each is reckoned by hand; the oracle of the random histories, which walks from the
    invoices, must say the same.
    """

    def _instalments(self, days_ago):
        """Return an invoice of 1,000: 300 due at once, 400 in 45 days, 300 in 120."""
        term = self.books[0].terms[0]
        return self._invoice(1000.0, days_ago, invoice_payment_term_id=term.id)

    def _settle(self, moves):
        """Match what is open of the documents with each other."""
        items = moves.line_ids.filtered(lambda i: i.account_id == self.receivable)
        items.filtered(lambda i: not i.reconciled).reconcile()

    def _refund(self, amount, days_ago):
        return self._invoice(amount, days_ago, move_type="out_refund")

    def assertDays(self, to_pay, late, previous=(False, False), **options):
        """Compare the page's figures, and the oracle's, with those of the test."""
        answer = self._ask(user=self.reader, company_ids=self.company.ids, **options)[0]
        metrics = answer["sections"]["finance"]["metrics"]
        found = [metrics["days_to_pay"], metrics["days_late"]]
        self.assertEqual([m["value"] for m in found], [to_pay, late])
        self.assertEqual([m["previous"] for m in found], list(previous))
        payments = payments_of(self.customer, self.company)
        first, last = (
            fields.Date.to_date(answer[key]) for key in ("date_from", "date_to")
        )
        for mine, value in zip(
            averages(payments, first, last), (to_pay, late), strict=True
        ):
            self.assertEqual(mine and round(float(mine), 1), value)

    def test_instalments_are_late_by_their_own_days(self):
        """Paid in full after 60 days: 60 late, 15 late and 60 early.

        (300 x 60 + 400 x 15 - 300 x 60) / 1,000 = 6 days late.
        """
        self._pay(self._instalments(100), 1000.0, days_ago=40)
        self.assertDays(60.0, 6.0)

    def test_partial_payments_settle_the_oldest_first(self):
        """500 after 10 days (300 ten late, 200 thirty-five early), 500 after 130.

        The second settles 200 that are 85 late and 300 that are 10 late:
        (300 x 10 - 200 x 35 + 200 x 85 + 300 x 10) / 1,000 = 16 days late.
        """
        invoice = self._instalments(140)
        self._pay(invoice, 500.0, days_ago=130)
        self._pay(invoice, 500.0, days_ago=10)
        self.assertDays(70.0, 16.0)

    def test_what_a_credit_note_settles_is_no_payment(self):
        """The note takes the 300 due at once and 100 more; 600 are paid on day 60.

        300 of them 15 late, 300 of them 60 early: (300 x 15 - 300 x 60) / 600.
        """
        invoice = self._instalments(100)
        self._settle(invoice + self._refund(400.0, 95))
        self.assertDays(False, False)
        self._pay(invoice, 600.0, days_ago=40)
        self.assertDays(60.0, -22.5)

    def test_a_draft_is_no_invoice_yet(self):
        """Core takes payments of drafts; they count when the invoice is posted."""
        day = self._day(50)
        draft = self._invoice(100.0, 70).copy({"invoice_date": day})
        draft.invoice_date_due = day
        self._pay(draft, days_ago=10)
        self.assertEqual(draft.line_ids.matched_credit_ids.amount, 100.0)
        self.assertDays(False, False)
        draft.action_post()
        self.assertDays(40.0, 40.0)

    def test_money_back_to_the_customer_is_no_payment(self):
        self._pay(self._invoice(100.0, 30), days_ago=10)
        self._pay(self._refund(70.0, 29), days_ago=1)
        self.assertDays(20.0, 20.0)

    def test_payments_of_several_documents(self):
        """Invoices of 300 and 100, less a note of 80: 320 are paid."""
        first = self._invoice(300.0, 50, due=self._day(20))
        second = self._invoice(100.0, 30, due=self._day(15))
        self._settle(second + self._refund(80.0, 25))
        self._pay(first + second, days_ago=10)
        # 300 after 40 days and 10 late; the 20 left after 20 days and 5 late
        self.assertDays(38.8, 9.7)

    def test_a_payment_counts_in_the_period_of_its_own_day(self):
        invoice = self._invoice(100.0, 500, due=self._day(450))
        self._pay(invoice, 40.0, days_ago=440)
        self._pay(invoice, 60.0, days_ago=100)
        self.assertDays(400.0, 350.0, previous=(60.0, 10.0))
        day = str(self._day(440))
        self.assertDays(60.0, 10.0, date_from=day, date_to=day)

    def test_what_is_taken_apart_counts_no_more(self):
        invoice = self._invoice(100.0, 30)
        payment = self._pay(invoice, days_ago=10)
        self.assertDays(20.0, 20.0)
        payment.move_id.line_ids.remove_move_reconcile()
        self.assertDays(False, False)
