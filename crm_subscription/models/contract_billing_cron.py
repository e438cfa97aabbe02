# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.crm_suite_base.tools.chunks import retry, run_in_chunks

CHUNK = 50  # contracts per commit of the cron
WAITING = [("kind", "=", "correction"), ("state", "=", "parked")]


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
        # Corrections wait for a next bill; where none comes, the run settles them.
        again |= Domain("next_bill_date", "=", False) & Domain(
            "period_ids",
            "any",
            WAITING,
        )
        again |= Domain("id", "in", self._get_ids_in_other_currency())
        return Domain("generation_type", "=", "invoice") & (
            (ours & (by_line | again)) | (~ours & by_header)
        )

    @api.model
    def _get_ids_in_other_currency(self):
        """Return the ids of contracts of which corrections wait in a currency that they
        do not bill in any more (list)."""
        found = self.env["contract.period"]._read_group(
            WAITING, ["contract_id", "currency_id"]
        )
        return [
            contract.id
            for contract, currency in found
            if contract.currency_id != currency
        ]

    @api.model
    def _cron_run_billing(self):
        """Bill what is due of all contracts, in committed chunks."""
        ids = self._search_due(fields.Date.context_today(self))
        run_in_chunks(self.env, ids, CHUNK, self._run_chunk)

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
        return retry(self.env, lambda: chunk._run_billing(day), f"Billing of {ids}")
