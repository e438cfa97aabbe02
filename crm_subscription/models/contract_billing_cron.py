# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
import random
import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

_logger = logging.getLogger(__name__)

CHUNK = 50  # contracts per commit of the cron
RETRIES = 5  # of a chunk that met a concurrent change


class ContractContract(models.Model):
    """The nightly run: what is due of all contracts, in committed chunks."""

    _inherit = "contract.contract"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _get_due_domain(self, day):
        """Return the domain of contracts of which something is due on ``day``."""
        ours = Domain("contract_type", "=", "sale") & Domain(
            "line_recurrence", "=", True
        )
        due = self.env["contract.line"]._search(
            Domain("recurring_next_date", "<=", day)
            & Domain("is_canceled", "=", False)
            & Domain("active", "=", True)
        )
        by_line = Domain("contract_line_ids", "in", due)
        by_header = Domain("recurring_next_date", "<=", day)
        again = Domain("period_ids", "any", [("follow_up", "=", "rebill")])
        return Domain("generation_type", "=", "invoice") & (
            (ours & (by_line | again)) | (~ours & by_header)
        )

    @api.model
    def _cron_run_billing(self):
        """Bill what is due of all contracts, in committed chunks."""
        ids = self._search_due(fields.Date.context_today(self))
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(ids))
        for start in range(0, len(ids), CHUNK):
            chunk = ids[start : start + CHUNK]
            self._run_chunk(chunk)
            if not cron._commit_progress(len(chunk)):
                break

    @api.model
    def _search_due(self, day):
        """Return the ids of the contracts of which something may be due (list).

        A day ahead: each contract decides by its company's own today.
        """
        domain = self._get_due_domain(day + timedelta(days=1))
        return self.search(domain, order="company_id, id").ids

    @api.model
    def _run_chunk(self, ids, day=None):
        """Bill what is due of the contracts ``ids``; what another run holds is left to
        it. The one way of cron and queue: the caller commits.

        :param date day: bill what is due up to it; None: each company's today
        :return: :class:`RunResult`
        """
        chunk = self.browse(ids).exists()
        return chunk._retry(lambda: chunk._run_billing(day))

    def _retry(self, work):
        """Do ``work()``; after a concurrency error in a new transaction again."""
        for tries_left in reversed(range(RETRIES)):
            try:
                result = work()
                self.env.flush_all()
                return result
            except (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, ConcurrencyError) as error:
                if not tries_left:
                    raise
                _logger.info("Chunk %s is tried again: %s", self.ids, error)
                self.env.cr.rollback()
                self.env.transaction.reset()
                time.sleep(random.uniform(0.0, 0.2))
        return None
