# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from dataclasses import dataclass, field

from odoo import models

from odoo.addons.crm_suite_base.tools.chunks import NOT_PARKED
from odoo.addons.crm_suite_base.tools.options import Option, check_ids, check_options
from odoo.addons.crm_suite_base.tools.plain import plain

_logger = logging.getLogger(__name__)

CALL_LIMIT = 200  # contracts that one call bills; the rest is left to the cron
CATCH_UP_LIMIT = 24  # invoices per contract and run: a bound for missed periods


@dataclass
class RunResult:
    """What a run did: ids of invoices, number of periods, and who got none and why."""

    move_ids: list = field(default_factory=list)
    billed: int = 0
    already: list = field(default_factory=list)
    parked: list = field(default_factory=list)
    queued: list = field(default_factory=list)


class ContractContract(models.Model):
    """The billing run: one code path for cron, button, RPC and OCA's entry points.

    Lock (skip what another run holds), re-check, bill, write the ledger, move the
    date: in that order and in one transaction. The ledger's constraint is what makes
    it exactly once; the lock only saves the second run the trouble.
    """

    _inherit = "contract.contract"  # pylint: disable=consider-merging-classes-inherited

    def run_billing(self, options=None):
        """Bill what is due of these contracts, now, in one transaction.

        Missed periods are billed one invoice each, by the catch-up policy of the plan:
        dated when they were due, dated today, or not at all. At most 200 contracts are
        billed by one call; the others are ``queued`` for the cron.

        :param dict options: ``date`` (``YYYY-MM-DD``; bill what is due up to it,
            default today in the company's time zone; at most a year ahead, which
            bills in advance), ``limit`` (int, invoices per contract, 1 to 366,
            default 24)
        :return: ``{"invoice_ids": [...], "billed": n, "already": [{"contract_id",
            "billed_until", "next_invoice_date", "reason"}], "parked":
            [{"contract_id", "reason"}], "queued": [...]}``; ``billed`` counts periods
        :raise AccessError: the user is neither subscription manager nor may he make
            invoices, or he can't read a contract
        :raise UserError: an id or an option is not valid
        """
        self._check_may_bill()
        check_ids(self).check_access("read")
        spec = {"date": Option("date"), "limit": Option("int", minimum=1, maximum=366)}
        values = check_options(self.env, options, spec)
        self._check_not_too_far(values.get("date"))
        # Whoever may bill need not be an accountant: the invoices are made by the
        # machine. Group and access to the contracts are checked just above.
        result = self.sudo()._run_billing(values.get("date"), values.get("limit"))
        return plain(
            {
                "invoice_ids": result.move_ids,
                "billed": result.billed,
                "already": result.already,
                "parked": result.parked,
                "queued": result.queued,
            }
        )

    def action_run_billing(self):
        """Bill what is due, and tell what was billed (button)."""
        result = self.run_billing()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if result["parked"] else "success",
                "message": self._describe_run(result),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _describe_run(self, result):
        """Return one text for the user about a run's result."""
        if result["parked"]:
            return " ".join(row["reason"] for row in result["parked"])
        if result["billed"]:
            return self.env._(
                "Periods billed: %(periods)s. Invoices: %(invoices)s.",
                periods=result["billed"],
                invoices=len(result["invoice_ids"]),
            )
        return " ".join(row["reason"] for row in result["already"])

    def _run_billing(self, day=None, limit=None):
        """Bill these contracts; return a :class:`RunResult`. No commit.

        :param date day: bill what is due up to it; None: each company's today
        :param int limit: invoices per contract
        """
        result = RunResult()
        contracts, rest = self[:CALL_LIMIT], self[CALL_LIMIT:]
        if rest:
            result.queued = rest.ids
            self.env.ref("crm_subscription.ir_cron_billing")._trigger()
        locked = contracts._lock_for_billing()
        for contract in contracts - locked:
            result.already.append(contract._describe_busy())
        for company, own in locked.grouped("company_id").items():
            own.with_company(company)._bill_isolated(
                day or own[:1]._get_today(), limit or CATCH_UP_LIMIT, result
            )
        return result

    def _lock_for_billing(self):
        """Return the contracts that nobody else is billing or editing, locked with
        their lines.

        A line that another transaction changed since ours began raises a
        serialization failure here: then the whole call is run again.
        """
        self.flush_recordset()
        locked = self.try_lock_for_update(allow_referencing=True)
        lines = locked.contract_line_ids
        held = lines - lines.try_lock_for_update(allow_referencing=True)
        return locked - held.contract_id

    def _bill_isolated(self, day, limit, result):
        """Bill all in one go; if that fails, each on its own, parking what fails."""
        if len(self) > 1:
            try:
                with self.env.cr.savepoint():
                    moves, count = self._bill(day, limit)
            except NOT_PARKED:
                raise
            except Exception as error:
                _logger.info("Billing %s one by one: %s", self.ids, error)
            else:
                self._note_success(moves, count, result, day)
                return
        for contract in self:
            outcome, reason = contract._isolate(
                "billing", lambda own: own._bill(day, limit)
            )
            if reason:
                result.parked.append({"contract_id": contract.id, "reason": reason})
            else:
                contract._note_success(*outcome, result, day)

    def _note_success(self, moves, count, result, day):
        result.move_ids += moves.ids
        result.billed += count
        self._settle_incident("billing")
        billed = moves.line_ids.contract_line_id.contract_id
        result.already += [contract._describe_billed(day) for contract in self - billed]

    def _describe_billed(self, day):
        """Return what to tell about a contract of which nothing is due."""
        self.ensure_one()
        until = max(
            filter(None, self.contract_line_ids.mapped("last_date_invoiced")),
            default=False,
        )
        upcoming = self.next_bill_date
        return {
            "contract_id": self.id,
            "billed_until": until,
            "next_invoice_date": upcoming,
            "reason": self.env._(
                "%(contract)s: nothing is due on %(day)s; billed until %(until)s, next"
                " bill %(next)s.",
                contract=self.display_name,
                day=day,
                until=until or "-",
                next=upcoming or "-",
            ),
        }

    def _describe_busy(self):
        self.ensure_one()
        return {
            "contract_id": self.id,
            "billed_until": False,
            "next_invoice_date": False,
            "reason": self.env._(
                "%(contract)s is being billed or edited by someone else right now.",
                contract=self.display_name,
            ),
        }
