# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Documents that bill no contract cost what they cost without subscriptions."""

from contextlib import contextmanager
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError
from odoo.sql_db import Cursor
from odoo.tests import freeze_time, tagged

from .common import TODAY, SubscriptionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestOrdinaryInvoices(SubscriptionCommon):
    @contextmanager
    def _queries(self):
        """Collect the text of the queries that ask tables of contracts (list)."""
        found, execute = [], Cursor.execute

        def note(cursor, query, *args, **kwargs):
            code = getattr(query, "code", query)
            if isinstance(code, str) and 'FROM "contract_' in code:
                found.append(code)
            return execute(cursor, query, *args, **kwargs)

        with patch.object(Cursor, "execute", note):
            yield found

    def _make_invoices(self):
        moves = self.env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": self.customer.id,
                    "invoice_date": TODAY,
                    "invoice_line_ids": [
                        Command.create({"name": "Once", "price_unit": 10.0})
                    ],
                }
                for _number in range(3)
            ]
        )
        self.env.flush_all()
        self.env.invalidate_all()
        return moves

    def _assert_asks_nothing(self, call, moves):
        with self._queries() as found:
            call(moves)
            self.env.flush_all()
        self.assertEqual(found, [])

    def test_ordinary_documents_ask_no_contract(self):
        posted, drafts = self._make_invoices(), self._make_invoices()
        for name, moves, call in (
            ("post", posted, lambda moves: moves.action_post()),
            ("draft", posted, lambda moves: moves.button_draft()),
            ("write", posted, lambda moves: moves.write({"ref": "x"})),
            ("cancel", posted, lambda moves: moves.button_cancel()),
            ("draft again", posted, lambda moves: moves.button_draft()),
            ("delete a line", drafts, lambda moves: moves.invoice_line_ids.unlink()),
            ("delete", drafts, lambda moves: moves.unlink()),
        ):
            with self.subTest(name):
                self.env.flush_all()
                self.env.invalidate_all()
                self._assert_asks_nothing(call, moves)

    def test_documents_of_contracts_do(self):
        """What counts the queries sees them."""
        contract = self._subscribe("2026-03-01")
        contract.run_billing()
        move = contract.period_ids.move_id
        move.button_draft()
        for call, state in (
            (move.button_cancel, "cancelled"),
            (move.button_draft, "billed"),
            (move.action_post, "billed"),
        ):
            self.env.flush_all()
            self.env.invalidate_all()
            with self._queries() as found:
                call()
            self.assertTrue(found)
            self.assertEqual(contract.period_ids.state, state)

    def test_the_line_of_a_period_stays_that_of_its_contract(self):
        """Else it could be deleted, and its days would never be billed."""
        contract = self._subscribe("2026-03-01")
        contract.run_billing()
        line = contract.period_ids.move_line_id
        line.move_id.button_draft()
        other = self._subscribe("2026-03-01", partner=self.other_customer)
        for value in (False, other.contract_line_ids.id):
            with self.assertRaisesRegex(UserError, contract.name):
                line.contract_line_id = value
        line.contract_line_id = contract.contract_line_ids
        line.unlink()
        self.assertEqual(contract.period_ids.state, "cancelled")
