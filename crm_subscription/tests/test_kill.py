# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
import os
import random
import subprocess
import sys
import time
import unittest
from contextlib import contextmanager
from pathlib import Path

from odoo import SUPERUSER_ID, Command, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged

_logger = logging.getLogger(__name__)

WORKER = Path(__file__).with_name("billing_worker.py")
SLOW = os.environ.get("CRM_SUITE_SLOW") == "1"
CONTRACTS = 500 if SLOW else 24
KILLS = 20 if SLOW else 2
CHUNK = 25 if SLOW else 4


@tagged("post_install", "-at_install")
class TestKill(BaseCase):
    """A worker process is killed (-9) in the middle of a run, again and again.

    Real processes and real commits: all that is made is deleted again by SQL, since
    neither ledger nor posted invoices are deleted otherwise.
    """

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self._env() as env:
            self.ids, self.partner_id, self.journal_id = self._make(env)
        self.addCleanup(self._delete)

    @contextmanager
    def _env(self):
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})

    def _make(self, env):
        """Return (ids of contracts with a due posted period, customer, journal)."""
        if not env["account.journal"].search([("type", "=", "sale")], limit=1):
            env["account.chart.template"].try_loading(
                "generic_coa", company=env.company, install_demo=False
            )
        journal = env["account.journal"].create(
            {"name": "Kill", "code": "KILL", "type": "sale"}
        )
        partner = env["res.partner"].create({"name": "Kill", "is_company": True})
        tax = env["account.tax"].create({"name": "Kill 10", "amount": 10.0})
        income = env["account.account"].search(
            [("account_type", "=", "income")], limit=1
        )
        product = env["product.product"].create(
            {
                "name": "Kill Service",
                "type": "service",
                "taxes_id": [Command.set(tax.ids)],
                "property_account_income_id": income.id,
            }
        )
        plan = env["contract.plan"].create(
            {"name": "Kill", "invoice_mode": "posted", "term_count": 0}
        )
        line = {
            "name": "Kill Service",
            "product_id": product.id,
            "price_unit": 10.0,
            "anchor_date": "2026-01-01",
            "date_start": "2026-01-01",
            "date_end": "2026-02-28",
            "recurring_rule_type": "monthly",
            "recurring_interval": 1,
        }
        contracts = env["contract.contract"].create(
            [
                {
                    "name": f"Kill {number}",
                    "partner_id": partner.id,
                    "journal_id": journal.id,
                    "line_recurrence": True,
                    "subscription_plan_id": plan.id,
                    "contract_line_ids": [Command.create(dict(line))],
                }
                for number in range(CONTRACTS)
            ]
        )
        return contracts.ids, partner.id, journal.id

    def _delete(self):
        with self._env() as env:
            ids = tuple(self.ids)
            lines = env["contract.line"].search([("contract_id", "in", self.ids)])
            moves = env["account.move"].search([("journal_id", "=", self.journal_id)])
            products = lines.product_id
            plan = lines.contract_id.subscription_plan_id
            taxes = products.taxes_id
            for query, values in (
                ("DELETE FROM contract_period WHERE contract_id IN %s", ids),
                ("DELETE FROM contract_mrr_movement WHERE contract_id IN %s", ids),
                (
                    "DELETE FROM account_move_line WHERE move_id IN %s",
                    tuple(moves.ids) or (0,),
                ),
                (
                    "DELETE FROM mail_message WHERE model = 'account.move'"
                    " AND res_id IN %s",
                    tuple(moves.ids) or (0,),
                ),
                ("DELETE FROM account_move WHERE id IN %s", tuple(moves.ids) or (0,)),
                (
                    "DELETE FROM mail_message WHERE model = 'contract.contract'"
                    " AND res_id IN %s",
                    ids,
                ),
                ("DELETE FROM contract_line WHERE contract_id IN %s", ids),
                ("DELETE FROM contract_contract WHERE id IN %s", ids),
            ):
                env.cr.execute(query, (values,))
            env.invalidate_all(flush=False)
            plan.unlink()
            products.product_tmpl_id.unlink()
            taxes.unlink()
            env["res.partner"].browse(self.partner_id).unlink()
            env["account.journal"].browse(self.journal_id).unlink()

    def _start(self, ids):
        """Return a worker process that is ready to bill ``ids``."""
        environ = dict(os.environ)
        worker = subprocess.Popen(
            [sys.executable, str(WORKER), get_db_name(), str(CHUNK), *map(str, ids)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environ,
        )
        self.addCleanup(worker.stdout.close)
        while True:
            line = worker.stdout.readline()
            if line.strip() == "ready":
                return worker
            self.assertTrue(line, "the worker ended before it was ready")

    def _go(self, worker):
        worker.stdin.write("go\n")
        worker.stdin.close()

    def _count_billed(self):
        with self._env() as env:
            return env["contract.period"].search_count(
                [("contract_id", "in", self.ids), ("state", "=", "billed")]
            )

    def test_each_period_is_billed_once_whatever_is_killed(self):
        random.seed(7)
        billed, survived, pace = 0, [], None
        for _kill in range(KILLS):
            pace = self._kill_somewhere(pace)
            now = self._count_billed()
            self.assertGreaterEqual(now, billed, "a finished chunk was lost")
            survived.append(now - billed)
            billed = now
        worker = self._start(self.ids)
        self._go(worker)
        while worker.stdout.readline():
            pass
        self.assertEqual(worker.wait(), 0)
        self._assert_billed_once()
        self.assertTrue(any(survived), "no killed run had finished a chunk")
        _logger.info(
            "%s kills in a run of %s contracts: %s of %s periods were billed by"
            " killed workers",
            KILLS,
            CONTRACTS,
            billed,
            2 * CONTRACTS,
        )

    def _kill_somewhere(self, pace):
        """Kill a worker before its first chunk, between two, or anywhere in one: as
        likely in its statements as in its commit. Return the seconds of a chunk.

        Each worker takes the contracts in an order of its own.
        """
        worker = self._start(random.sample(self.ids, len(self.ids)))
        self._go(worker)
        begin = time.monotonic()
        for _chunk in range(random.randint(0, 2) if pace else 1):
            worker.stdout.readline()
        pace = pace or time.monotonic() - begin
        time.sleep(random.uniform(0.0, pace))
        worker.kill()
        worker.wait()
        return pace

    def _assert_billed_once(self):
        """Two periods of each contract, one row and one posted invoice each; numbers
        without a gap; nobody was alarmed."""
        with self._env() as env:
            rows = env["contract.period"].search([("contract_id", "in", self.ids)])
            self.assertEqual(len(rows), 2 * CONTRACTS)
            self.assertEqual(set(rows.mapped("state")), {"billed"})
            self.assertEqual(len(rows.move_id), 2 * CONTRACTS)
            moves = env["account.move"].search([("journal_id", "=", self.journal_id)])
            self.assertEqual(moves, rows.move_id)
            self.assertEqual(set(moves.mapped("state")), {"posted"})
            for prefix, own in moves.grouped("sequence_prefix").items():
                self.assertEqual(
                    sorted(own.mapped("sequence_number")),
                    list(range(1, len(own) + 1)),
                    prefix,
                )
            contracts = env["contract.contract"].browse(self.ids)
            self.assertFalse(any(contracts.mapped("invoice_generation_error")))
            self.assertFalse(contracts.activity_ids)

    @unittest.skipUnless(SLOW, "needs CRM_SUITE_SLOW=1: three more processes")
    def test_two_workers_share_the_work(self):
        """Two runs over the same contracts at once: once each, no false alarm."""
        first, second = self._start(self.ids), self._start(list(reversed(self.ids)))
        for worker in (first, second):
            self._go(worker)
        for worker in (first, second):
            worker.stdout.read()
            self.assertEqual(worker.wait(), 0)
        # What one of them held while the other came by is left to the next run.
        last = self._start(self.ids)
        self._go(last)
        last.stdout.read()
        self.assertEqual(last.wait(), 0)
        self._assert_billed_once()
