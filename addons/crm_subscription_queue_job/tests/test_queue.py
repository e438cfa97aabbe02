# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from unittest.mock import patch

from odoo.tests import freeze_time, tagged
from odoo.tools import config

from odoo.addons.crm_subscription.models import contract_billing_cron
from odoo.addons.crm_subscription.tests.common import TODAY, SubscriptionCommon
from odoo.addons.queue_job.job import Job


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestQueue(SubscriptionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contracts = cls.env["contract.contract"]
        for _number in range(3):
            cls.contracts |= cls._subscribe("2026-02-01")

    def _run_cron(self, *modules):
        """Run the cron on a server that loads ``modules``, two contracts a chunk;
        return the jobs it made."""
        before = self.env["queue.job"].search([])
        cron = self.env.ref("crm_subscription.ir_cron_billing")
        with (
            patch.dict(config.options, {"server_wide_modules": list(modules)}),
            patch(
                "odoo.addons.crm_subscription_queue_job.models.contract_contract.CHUNK",
                2,
            ),
            self.enter_registry_test_mode(),
        ):
            cron.method_direct_trigger()
        self.env.invalidate_all()
        return self.env["queue.job"].search([]) - before

    def _perform(self, jobs):
        """Do the jobs as a worker does: loaded from the database, performed, stored."""
        for row in jobs:
            job = Job.load(self.env, row.uuid)
            job.perform()
            job.set_done()
            job.store()

    def test_each_chunk_is_a_job_and_each_period_is_billed_once(self):
        jobs = self._run_cron("base", "web", "queue_job")
        self.assertFalse(self.contracts.period_ids, "nothing is billed by the cron")
        self.assertGreaterEqual(len(jobs), 2)
        self.assertEqual(set(jobs.mapped("channel")), {"root.subscription"})
        # The next night comes before the workers are done: nothing is queued again.
        self.assertFalse(self._run_cron("base", "web", "queue_job"))
        self._perform(jobs)
        self.assertEqual(set(jobs.mapped("state")), {"done"})
        for contract in self.contracts:
            self.assertEqual(len(self._periods(contract)), 2)
        self.assertIn("Periods billed", " ".join(jobs.mapped("result")))

    def test_a_job_that_is_done_again_bills_nothing(self):
        jobs = self._run_cron("queue_job")
        self._perform(jobs)
        self._perform(jobs)
        self.assertEqual(len(self.contracts.period_ids), 6)

    def test_bad_contract_is_parked_and_its_job_is_done(self):
        self.contracts[0].contract_line_ids.price_unit = -5.0
        self._perform(self._run_cron("queue_job"))
        self.assertTrue(self.contracts[0].invoice_generation_error)
        self.assertEqual(len(self.contracts.period_ids), 4)

    def test_without_workers_the_cron_bills_by_itself(self):
        self.assertFalse(self._run_cron("base", "web"))
        self.assertEqual(len(self.contracts.period_ids), 6)
        self.assertGreater(contract_billing_cron.CHUNK, 2)
