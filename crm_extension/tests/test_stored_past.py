# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import datetime, timedelta

from odoo.tests import freeze_time, tagged

from .test_stored import StoredCommon

LEDGER = (
    "finance.revenue",
    "finance.receivable",
    "finance.open_invoices",
    "finance.overdue",
    "finance.not_due",
    "finance.unallocated_credits",
)


@tagged("post_install", "-at_install")
class TestStoredPast(StoredCommon):
    """The ledger figures of a past day, computed again, equal what was stored."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.start = datetime.now().replace(microsecond=0) - timedelta(hours=9)
        cls.addClassCleanup(setattr, cls.env.cr, "_now", None)

    def _at(self, hours):
        """Go on so many hours after the start: the moment of the transaction."""
        self.env.flush_all()
        self.env.invalidate_all()
        # the database's clock stands still inside a transaction, as in production
        self.env.cr._now = self.start + timedelta(hours=hours)

    def _rows(self):
        return self.course.search(
            [("partner_id", "=", self.customer.id), ("metric", "in", LEDGER)]
        )

    def _assert_as_stored(self, least):
        rows = self._rows()
        stored = {row: row.value for row in rows}
        self.assertGreaterEqual(len(stored), least)
        found = rows._recompute_ledger()
        self.assertEqual(set(found), set(stored))
        for row, value in stored.items():
            self.assertAlmostEqual(found[row], value, 2, (row.metric, row.day))
        return {row.metric: row.value for row in rows}

    def test_what_was_entered_later_does_not_change_the_past(self):
        self._at(0)
        first = self._invoice(100.0, 40)
        second = self._invoice(50.0, 20, due=self._day(-20))
        self._pay(first, 30.0, days_ago=10)
        self._invoice(20.0, 15, move_type="out_refund")
        draft = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_date": self._day(30),
                "invoice_line_ids": [
                    (0, 0, {"name": "x", "price_unit": 11.0, "tax_ids": [(5,)]})
                ],
            }
        )
        self._at(1)
        self._pass()
        stored = self._assert_as_stored(6)
        self.assertEqual(stored["finance.revenue"], 130.0)
        self.assertEqual(stored["finance.overdue"], 70.0)
        self.assertEqual(stored["finance.unallocated_credits"], 20.0)
        # later: back-dated documents, entries and payments, a draft that is posted
        self._at(2)
        self._invoice(500.0, 35)
        self._entry(
            [(self.income, self.customer, -9.0), (self.receivable, self.customer, 9.0)],
            days_ago=30,
        )
        self._pay(second, days_ago=5)
        self._pay(first, days_ago=9)
        draft.action_post()
        self.assertEqual(draft.crm_posted_at, self.start + timedelta(hours=2))
        self.assertEqual(self._assert_as_stored(6), stored)
        # and on any later day, with what is stored then kept beside it
        with freeze_time(self.start + timedelta(days=40)):
            self._at(24 * 40)
            self._pass()
            self.assertGreaterEqual(len(self._rows()), 9)
            self._assert_as_stored(9)
        now = self.rows.search([("partner_id", "=", self.customer.id)])
        self.assertEqual(now.revenue, 650.0)

    def test_moment_of_posting(self):
        self._at(0)
        move = self._invoice(10.0, 3)
        self.assertEqual(move.crm_posted_at, self.start)
        self._at(1)
        move.ref = "later"
        self.env.flush_all()
        self.assertEqual(move.crm_posted_at, self.start)
        move.button_draft()
        self.env.flush_all()
        self.assertFalse(move.crm_posted_at)
        move.action_post()
        self.env.flush_all()
        self.assertEqual(move.crm_posted_at, self.start + timedelta(hours=1))
        self.assertFalse(move.copy().crm_posted_at)
