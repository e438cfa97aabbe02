# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging

import psycopg2

from odoo import fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

_logger = logging.getLogger(__name__)

# What tells that the transaction is lost or the database is away: never parked.
NOT_PARKED = (
    *PG_CONCURRENCY_EXCEPTIONS_TO_RETRY,
    ConcurrencyError,
    psycopg2.OperationalError,
    MemoryError,
)


class ContractContract(models.Model):
    """What can't be billed or renewed is parked: visible, with its next step, and once.

    A parked contract keeps its dates; the next run tries again, and closes the
    incident, the banner and the activity when it succeeds.
    """

    _inherit = "contract.contract"  # pylint: disable=consider-merging-classes-inherited

    def _isolate(self, kind, work):
        """Do ``work()`` behind a savepoint; return (its result, reason or False).

        A failure is parked: an incident, the contract's error banner and one activity.
        Errors of concurrency are raised: only a new transaction helps.
        """
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                return work(), False
        except NOT_PARKED:
            raise
        except Exception as error:
            if not isinstance(error, UserError | psycopg2.IntegrityError):
                _logger.exception("%s of contract %s failed", kind, self.id)
            reason = self._explain(error)
            self._park(kind, reason)
            return None, reason

    def _explain(self, error):
        """Return a failure in words that name the record (str)."""
        if isinstance(error, psycopg2.errors.ExclusionViolation):
            return self.env._(
                "%(contract)s: days of the next period are billed already. Look at its"
                " periods.",
                contract=self.display_name,
            )
        if isinstance(error, UserError):
            text = str(error.args[0])
        else:
            text = f"{type(error).__name__}: {error}"
        name = self.display_name
        return text if name and name in text else f"{name}: {text}"

    def _park(self, kind, reason):
        self.ensure_one()
        self.env["crm.suite.incident"]._report(
            self,
            f"crm_subscription.{kind}",
            reason,
            self.env._("Correct the contract; the next run tries again."),
        )
        if kind == "billing":
            self.write(
                {
                    "invoice_generation_error": reason,
                    "invoice_generation_error_date": fields.Datetime.now(),
                }
            )
        activity_type = self.env.ref("crm_subscription.mail_activity_type_parked")
        if activity_type not in self.activity_ids.activity_type_id:
            self.activity_schedule(
                activity_type_id=activity_type.id,
                note=reason,
                user_id=(self.user_id or self.env.user).id,
            )

    def _settle_incident(self, kind):
        """Close what was parked: incident, banner, and the activity where nothing else
        of the contract is parked."""
        parked = self
        if kind == "billing":
            parked = self.filtered("invoice_generation_error")
            parked._clear_invoice_generation_error()
        if not parked:
            return
        settled = self.env["crm.suite.incident"]._settle(
            parked, f"crm_subscription.{kind}"
        )
        mended = parked.browse(settled.mapped("res_id"))
        (mended - mended._get_parked()).activity_feedback(
            ["crm_subscription.mail_activity_type_parked"]
        )

    def _get_parked(self):
        """Return the contracts of which something is parked."""
        # The page is the machine's; that a contract is on it is shown on the contract.
        incidents = (
            self.env["crm.suite.incident"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "in", self.ids),
                    ("kind", "=like", "crm_subscription.%"),
                    ("state", "=", "open"),
                ]
            )
        )
        return self.browse(incidents.mapped("res_id"))
