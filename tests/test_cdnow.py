# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A real shop's customers: the 360 answer equals the file, to the cent."""

import sys
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from odoo.tests import TransactionCase, new_test_user, tagged

sys.path.insert(0, str(Path(__file__).parent))
import cdnow  # noqa: E402


@tagged("post_install", "-at_install")
class TestFile(TransactionCase):
    """The file is the one that the literature describes."""

    def test_sample(self):
        rows = list(cdnow.read())
        summaries = cdnow.summarise(rows)
        self.assertEqual(len(rows), 6919)
        self.assertEqual(len(summaries), 2357)
        self.assertEqual(sum(row.amount for row in rows), Decimal("244091.94"))
        self.assertEqual(min(row.date for row in rows).isoformat(), "1997-01-01")
        self.assertEqual(max(row.date for row in rows).isoformat(), "1998-06-30")

    def test_everyone(self):
        rows = list(cdnow.read(everyone=True))
        self.assertEqual(len(rows), 69659)
        self.assertEqual(len(cdnow.summarise(rows)), 23570)
        self.assertEqual(sum(row.amount for row in rows), Decimal("2500315.63"))

    def test_sample_is_part_of_everyone(self):
        """The sample numbers its customers like the whole file."""
        everyone = cdnow.summarise(cdnow.read(everyone=True))
        for customer, summary in cdnow.summarise(cdnow.read()).items():
            self.assertEqual(everyone[customer], summary)


@tagged("post_install", "-at_install")
class TestCdnow(TransactionCase):
    """The whole sample posted as invoices, then asked as an accountant."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cdnow.make_company(cls.env)
        cls.rows = list(cdnow.read())
        cls.expected = cdnow.summarise(cls.rows)
        cls.partners, cls.count, cls.seconds = cdnow.load(
            cls.env, cls.rows, cls.company
        )
        accountant = new_test_user(
            cls.env,
            login="cdnow_accountant",
            groups="account.group_account_readonly,base.group_partner_manager",
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.company.ids)],
        )
        cls.answers = cdnow.ask(cls.env(user=accountant), cls.partners)

    def test_every_customer_equals_the_file(self):
        """Revenue, number of purchases, first and last purchase of all 2,357."""
        self.assertEqual(len(self.answers), 2357)
        wrong = cdnow.differences(self.answers, self.expected)
        self.assertFalse(wrong, wrong[:5])

    def test_a_difference_is_found(self):
        """The comparison sees one cent, one day and a customer without answer."""
        customer, summary = next(iter(self.expected.items()))
        for change in (
            {"revenue": summary.revenue + Decimal("0.01")},
            {"last": summary.last + timedelta(days=1)},
            {"purchases": summary.purchases + 1},
        ):
            expected = {customer: replace(summary, **change)}
            self.assertEqual(len(cdnow.differences(self.answers, expected)), 1)
        self.assertEqual(len(cdnow.differences({}, {customer: summary})), 1)

    def test_ledger_equals_the_file(self):
        """All invoices are posted on their day and sum up to the file's total."""
        moves = self.env["account.move"].search([("company_id", "=", self.company.id)])
        self.assertEqual(len(moves), 6919)
        self.assertEqual(set(moves.mapped("state")), {"posted"})
        income = self.env["account.move.line"]._read_group(
            [
                ("move_id", "in", moves.ids),
                ("account_id.internal_group", "=", "income"),
            ],
            aggregates=["balance:sum"],
        )[0][0]
        self.assertEqual(self.company.currency_id.round(-income), 244091.94)
        self.assertEqual(
            sorted((m.partner_id.ref, m.date, m.invoice_date) for m in moves),
            sorted((f"CDNOW-{r.customer}", r.date, r.date) for r in self.rows),
        )

    def test_free_purchases_count(self):
        """A purchase of 0.00 is a posted invoice and counts as a purchase."""
        free = [row for row in self.rows if not row.amount]
        self.assertEqual(len(free), 8)
        for row in free:
            self.assertEqual(
                self.answers[row.customer]["purchases"]["value"],
                self.expected[row.customer].purchases,
            )
