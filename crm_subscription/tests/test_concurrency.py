# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import threading
from contextlib import contextmanager
from datetime import date, timedelta

import requests
from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, Command, api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, HttpCase, get_db_name, tagged
from odoo.tests.common import HOST
from odoo.tools import SQL, mute_logger

from .test_portal import SIGNATURE


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
        plan = contract.subscription_plan_id
        moves = contract.period_ids.move_id
        orders = env["sale.order"].search([("renewal_contract_id", "=", contract.id)])
        for table in (
            "contract_period",
            "contract_renewal_step",
            "contract_change_log",
            "contract_mrr_movement",
        ):
            env.cr.execute(
                SQL(
                    "DELETE FROM %s WHERE contract_id = %s",
                    SQL.identifier(table),
                    contract.id,
                )
            )
        env.cr.execute(
            "UPDATE sale_order SET state = 'cancel' WHERE id = ANY(%s)", (orders.ids,)
        )
        env.cr.execute(
            "UPDATE contract_line SET subscription_sale_line_id = NULL,"
            " successor_contract_line_id = NULL, predecessor_contract_line_id = NULL,"
            " is_canceled = TRUE WHERE contract_id = %s",
            (contract.id,),
        )
        env.invalidate_all()
        contract.contract_line_ids.sorted("id", reverse=True).unlink()
        orders.unlink()
        moves.with_context(force_delete=True).unlink()
        env["crm.suite.incident"].search(
            [("res_model", "=", contract._name), ("res_id", "=", contract.id)]
        ).unlink()
        contract.unlink()
        plan.unlink()
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
        answers = self._at_once(*[self._bill] * 20)
        self.assertEqual(sum(answer["billed"] for answer in answers), 1)
        self.assertEqual([answer["parked"] for answer in answers], [[]] * 20)
        self.assertEqual(self._count_rows(), 1)

    # === SEVERAL THINGS AT ONCE === #
    def _at_once(self, *works):
        """Do ``works`` at once, each as a request does it: in a transaction of its own
        that is tried again after conflicts. Return what each answered: its result, or
        the text of its refusal."""
        answers, barrier = [None] * len(works), threading.Barrier(len(works))

        def request(number, work):
            with self._env() as env:
                barrier.wait()
                try:
                    answers[number] = retrying(lambda: work(env), env)
                except UserError as error:
                    env.cr.rollback()
                    answers[number] = str(error)

        threads = [
            threading.Thread(target=request, args=item) for item in enumerate(works)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers

    def _assert_no_alarm(self):
        with self._env() as env:
            contract = env["contract.contract"].browse(self.contract_id)
            self.assertFalse(contract.invoice_generation_error)
            self.assertFalse(contract.activity_ids)
            self.assertFalse(
                env["crm.suite.incident"].search(
                    [("res_model", "=", contract._name), ("res_id", "=", contract.id)]
                )
            )

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_a_run_and_parallel_clicks_bill_one_period(self):
        def run(env):
            return env["contract.contract"]._run_chunk([self.contract_id]).billed

        billed, *answers = self._at_once(run, *[self._bill] * 20)
        self.assertEqual(billed + sum(answer["billed"] for answer in answers), 1)
        self.assertEqual(self._count_rows(), 1)
        self._assert_no_alarm()

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_a_run_and_users_who_edit_its_lines(self):
        """The bill has the price before or after, and the ledger says the same."""

        def edit(price):
            def work(env):
                contract = env["contract.contract"].browse(self.contract_id)
                contract.contract_line_ids.price_unit = price

            return work

        edits = [edit(price) for price in (11.0, 12.0, 13.0)]
        answers = self._at_once(self._bill, *edits, self._bill)
        self.assertEqual(answers[0]["parked"] + answers[-1]["parked"], [])
        # Whom the run found busy, the next one bills.
        self._commit(self._bill)
        with self._env() as env:
            row = env["contract.period"].search(
                [("contract_id", "=", self.contract_id)]
            )
            self.assertEqual((len(row), row.state), (1, "billed"))
            self.assertIn(row.amount, (10.0, 11.0, 12.0, 13.0))
            self.assertEqual(row.move_id.amount_untaxed, row.amount)
        self._assert_no_alarm()

    # === RENEWALS === #
    def _make_renewable(self, env):
        """Let the contract have a plan and a term that ends soon."""
        contract = env["contract.contract"].browse(self.contract_id)
        plan = env["contract.plan"].create(
            {"name": "Race", "term_count": 1, "term_unit": "month", "step_ids": []}
        )
        today = date.today()
        contract.write(
            {
                "subscription_plan_id": plan.id,
                "renewal_policy": "automatic",
                "renewal_notice_days": 0,
                "renewal_term_count": 1,
                "renewal_term_unit": "month",
            }
        )
        contract.contract_line_ids.write(
            {
                "anchor_date": today,
                "date_start": today,
                "date_end": today + timedelta(days=20),
            }
        )

    def _get_contract(self, env):
        return env["contract.contract"].browse(self.contract_id)

    def _count_lines(self):
        with self._env() as env:
            return len(self._get_contract(env).contract_line_ids)

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_a_renewal_asked_for_by_many_is_made_once(self):
        self._commit(self._make_renewable)

        def renew(env):
            return self._get_contract(env).renew({"mode": "automatic"})[0]["created"]

        answers = self._at_once(*[renew] * 6)
        self.assertEqual(answers.count(True), 1, answers)
        self.assertEqual(self._count_lines(), 2)
        self._assert_no_alarm()

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_a_renewal_accepted_twice_is_made_once(self):
        self._commit(self._make_renewable)
        order_id = self._commit(
            lambda env: self._get_contract(env).renew({"mode": "quotation"})[0]
        )["sale_order_id"]

        def accept(env):
            return env["sale.order"].browse(order_id).action_confirm()

        answers = self._at_once(*[accept] * 4)
        self.assertEqual(answers.count(True), 1, answers)
        self.assertEqual(self._count_lines(), 2)
        self._assert_no_alarm()

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_cancelled_while_it_renews(self):
        """Whichever comes first: the service ends when the cancellation says, or who
        cancelled is told to try again."""
        self._commit(self._make_renewable)

        def renew(env):
            return self._get_contract(env).renew({"mode": "automatic"})

        cancelled, _renewed = self._at_once(self._cancel, renew)
        self._assert_cancelled(cancelled)
        answer = self._at_once(renew)[0]
        self.assertIsInstance(answer, str)
        self._assert_no_alarm()

    def _cancel(self, env):
        contract = self._get_contract(env)
        options = {"reason_id": env.ref("crm_subscription.reason_price").id}
        total = contract.preview_cancellation(options)["total"]
        return contract.cancel_subscription(options, total)

    def _assert_cancelled(self, answer):
        """Nothing goes on after the end that the cancellation says."""
        if isinstance(answer, str):
            self._commit(self._cancel)
        with self._env() as env:
            contract = self._get_contract(env)
            self.assertTrue(contract.service_end_date)
            lines = contract.contract_line_ids.filtered(
                lambda line: not line.is_canceled
            )
            self.assertEqual(max(lines.mapped("date_end")), contract.service_end_date)
            self.assertTrue(all(lines.mapped("cancelled_from")) or len(lines) == 2)
            self.assertFalse(contract.renewal_date)

    # === IN THE PORTAL, BY REQUESTS === #
    def _offer(self, env):
        """Return (id, access token) of a renewal quotation that waits for the
        customer's signature."""
        contract = self._get_contract(env)
        answer = contract.renew({"mode": "quotation"})[0]
        order = env["sale.order"].browse(answer["sale_order_id"])
        return order.id, order._portal_ensure_token()

    def _sign(self, order_id, token):
        """Post a signature as the portal's page does; return the answer's result."""
        answer = requests.post(
            f"http://{HOST}:{HttpCase.http_port()}/my/orders/{order_id}/accept",
            json={
                "jsonrpc": "2.0",
                "params": {
                    "access_token": token,
                    "name": "Kim",
                    "signature": SIGNATURE,
                },
            },
            timeout=60,
        )
        self.assertEqual(answer.status_code, 200)
        return answer.json().get("result") or {}

    @mute_logger("odoo.sql_db", "odoo.service.model", "odoo.http")
    def test_signed_by_several_requests_at_once_is_renewed_once(self):
        self._commit(self._make_renewable)
        offer = self._commit(self._offer)
        for token in (None, "", "forged", offer[1][:-1]):
            self.assertFalse(self._sign(offer[0], token).get("force_refresh"))
        self.assertEqual(self._count_lines(), 1)
        answers = self._at_once(*[lambda _env: self._sign(*offer)] * 3)
        signed = [answer for answer in answers if answer.get("force_refresh")]
        self.assertEqual(len(signed), 1, answers)
        self.assertEqual(self._count_lines(), 2)
        self._assert_no_alarm()

    @mute_logger("odoo.sql_db", "odoo.service.model", "odoo.http")
    def test_cancelled_while_the_customer_signs(self):
        self._commit(self._make_renewable)
        offer = self._commit(self._offer)
        cancelled, _signed = self._at_once(
            self._cancel, lambda _env: self._sign(*offer)
        )
        self._assert_cancelled(cancelled)
        self.assertFalse(self._sign(*offer).get("force_refresh"))
        self._assert_no_alarm()
