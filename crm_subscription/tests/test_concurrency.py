# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import threading
from contextlib import contextmanager

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, Command, api
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger


@tagged("post_install", "-at_install")
class TestConcurrency(BaseCase):
    """Real transactions that see each other only after commit; all is deleted again.

    ``registry.in_test`` cursors share one transaction, so this is no TransactionCase.
    """

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.contract_id = self._commit(self._make_contract)
        self.addCleanup(self._commit, self._delete)

    @contextmanager
    def _env(self):
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})

    def _commit(self, work):
        with self._env() as env:
            return work(env)

    def _make_contract(self, env):
        journal = env["account.journal"].search([("type", "=", "sale")], limit=1)
        account = env["account.account"].search(
            [("account_type", "=", "income")], limit=1
        )
        partner = env["res.partner"].create(
            {"name": "Race", "is_company": True, "email": "race@example.com"}
        )
        product = env["product.product"].create(
            {
                "name": "Race Service",
                "type": "service",
                "taxes_id": [Command.clear()],
                "property_account_income_id": account.id,
            }
        )
        contract = env["contract.contract"].create(
            {
                "name": "Race",
                "partner_id": partner.id,
                "journal_id": journal.id,
                "line_recurrence": True,
                "contract_line_ids": [
                    Command.create(
                        {
                            "name": "Race Service",
                            "product_id": product.id,
                            "price_unit": 10.0,
                            "anchor_date": "2026-01-31",
                            "date_start": "2026-01-31",
                            "date_end": "2026-02-27",
                            "recurring_rule_type": "monthly",
                            "recurring_interval": 1,
                        }
                    )
                ],
            }
        )
        return contract.id

    def _delete(self, env):
        """Delete what was committed, the ledger included: by SQL, it refuses else."""
        contract = env["contract.contract"].browse(self.contract_id)
        partner = contract.partner_id
        product = contract.contract_line_ids.product_id
        moves = contract.period_ids.move_id
        env.cr.execute(
            "DELETE FROM contract_period WHERE contract_id = %s", (contract.id,)
        )
        env.invalidate_all()
        moves.with_context(force_delete=True).unlink()
        env["crm.suite.incident"].search(
            [("res_model", "=", contract._name), ("res_id", "=", contract.id)]
        ).unlink()
        contract.unlink()
        product.product_tmpl_id.unlink()
        partner.unlink()

    def _bill(self, env):
        return env["contract.contract"].browse(self.contract_id).run_billing()

    def _count_rows(self):
        with self._env() as env:
            return env["contract.period"].search_count(
                [("contract_id", "=", self.contract_id)]
            )

    def test_a_run_skips_what_another_run_holds(self):
        with self._env() as first, self._env() as second:
            self.assertEqual(self._bill(first)["billed"], 1)
            answer = self._bill(second)
            self.assertEqual((answer["billed"], answer["parked"]), (0, []))
            self.assertIn("right now", answer["already"][0]["reason"])
        self.assertEqual(self._count_rows(), 1)

    @mute_logger("odoo.sql_db")
    def test_a_run_that_began_before_is_told_to_begin_anew(self):
        with self._env() as late:
            # Its snapshot is taken here.
            late["contract.contract"].browse(self.contract_id).read(["name"])
            with self._env() as first:
                self.assertEqual(self._bill(first)["billed"], 1)
            with self.assertRaises(SerializationFailure):
                self._bill(late)
            late.cr.rollback()
            late.transaction.reset()
            self.assertEqual(self._bill(late)["billed"], 0)
        self.assertEqual(self._count_rows(), 1)

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_parallel_clicks_bill_one_period(self):
        answers, barrier = [], threading.Barrier(4)

        def click():
            with self._env() as env:
                barrier.wait()
                answers.append(retrying(lambda: self._bill(env), env))

        threads = [threading.Thread(target=click) for _click in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sum(answer["billed"] for answer in answers), 1)
        self.assertEqual([answer["parked"] for answer in answers], [[]] * 4)
        self.assertEqual(self._count_rows(), 1)
