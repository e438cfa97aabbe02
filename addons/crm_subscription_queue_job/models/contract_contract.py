# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import config, split_every

from odoo.addons.crm_subscription.models.contract_billing_cron import CHUNK
from odoo.addons.queue_job.job import identity_exact


class ContractContract(models.Model):
    _inherit = "contract.contract"

    @api.model
    def _cron_run_billing(self):
        """Make a job of each chunk of what is due, where workers run the jobs."""
        if not self._has_job_workers():
            return super()._cron_run_billing()
        ids = self._search_due(fields.Date.context_today(self))
        for chunk in split_every(CHUNK, ids, list):
            # A chunk that still waits from yesterday is not queued again.
            self.with_delay(identity_key=identity_exact)._job_run_chunk(chunk)
        return None

    @api.model
    def _has_job_workers(self):
        """Return whether jobs are run by this server: loaded server-wide (bool)."""
        return "queue_job" in config["server_wide_modules"]

    @api.model
    def _job_run_chunk(self, ids):
        """Bill the contracts ``ids``, as the cron does; return what the job shows.

        A chunk that runs twice, after a crash or a requeue, bills nothing twice: the
        ledger says what is billed.
        """
        result = self._run_chunk(ids)
        return self.env._(
            "Periods billed: %(periods)s. Contracts parked: %(parked)s.",
            periods=result.billed,
            parked=len(result.parked),
        )
