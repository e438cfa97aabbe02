# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
import random
import time
from dataclasses import dataclass, field
from datetime import timedelta

import psycopg2

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from odoo.addons.crm_suite_base.tools.options import Option, check_ids, check_options
from odoo.addons.crm_suite_base.tools.plain import plain

_logger = logging.getLogger(__name__)

CHUNK = 50  # contracts per commit of the cron
CALL_LIMIT = 200  # contracts that one call bills; the rest is left to the cron
CATCH_UP_LIMIT = 24  # invoices per contract and run: a bound for missed periods
RETRIES = 5  # of a chunk that met a concurrent change
MAX_DAYS_AHEAD = 366
# What tells that the transaction is lost or the database is away: never parked.
NOT_PARKED = (
    *PG_CONCURRENCY_EXCEPTIONS_TO_RETRY,
    ConcurrencyError,
    psycopg2.OperationalError,
    MemoryError,
)
BILLING_GROUPS = (
    "crm_subscription.group_subscription_manager",
    "account.group_account_invoice",
)


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

    # === PUBLIC === #
    def run_billing(self, options=None):
        """Bill what is due of these contracts, now, in one transaction.

        Missed periods are billed one invoice each, dated when they were due. At most
        200 contracts are billed by one call; the others are ``queued`` for the cron.

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
                "%(periods)s periods were billed on %(invoices)s invoices.",
                periods=result["billed"],
                invoices=len(result["invoice_ids"]),
            )
        return " ".join(row["reason"] for row in result["already"])

    # === CHECKS === #
    def _check_may_bill(self):
        if self.env.su or any(self.env.user.has_group(g) for g in BILLING_GROUPS):
            return
        raise AccessError(
            self.env._("Only subscription managers and invoicing users bill contracts.")
        )

    def _check_not_too_far(self, day):
        if not day:
            return
        latest = fields.Date.context_today(self) + timedelta(days=MAX_DAYS_AHEAD)
        if day > latest:
            raise UserError(
                self.env._(
                    "options['date']: %(value)s is more than %(days)s days ahead.",
                    value=day,
                    days=MAX_DAYS_AHEAD,
                )
            )

    def _check_billable(self):
        """Refuse what would make a wrong or unpostable invoice.

        :raise UserError: names the record, the field and the next step
        """
        self.ensure_one()
        if not self.invoice_partner_id.active:
            raise UserError(
                self.env._(
                    "%(contract)s: the invoicing contact %(partner)s is archived or"
                    " missing. Choose another one.",
                    contract=self.display_name,
                    partner=self.invoice_partner_id.display_name or "",
                )
            )
        if not self.currency_id.active or not self._has_rate():
            raise UserError(
                self.env._(
                    "%(contract)s: the currency %(currency)s is inactive or has no"
                    " rate in %(company)s. Enter a rate.",
                    contract=self.display_name,
                    currency=self.currency_id.name,
                    company=self.company_id.name,
                )
            )

    def _has_rate(self):
        """Return whether the currency is the company's, or has a rate (bool)."""
        company = self.company_id
        if self.currency_id == company.currency_id:
            return True
        rates = self.env["res.currency.rate"].search_count(
            [
                ("currency_id", "=", self.currency_id.id),
                ("company_id", "in", (False, company.root_id.id)),
            ],
            limit=1,
        )
        return bool(rates)

    # === THE RUN === #
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
                "billing", lambda c=contract: c._bill(day, limit)
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

    # === BILLING === #
    def _bill(self, day, limit):
        """Bill what is due up to ``day``; return (invoices, number of periods).

        One round makes one invoice per contract, dated when its earliest line is due.
        """
        ledgered = self.filtered(lambda contract: contract._is_ledgered())
        moves, count = (self - ledgered)._bill_by_oca(day)
        for _round in range(limit):
            due = ledgered.filtered(lambda contract: contract._get_due_lines(day))
            if not due:
                break
            made, rows = due._bill_round(day)
            moves, count = moves | made, count + len(rows)
        moves._post_by_plan()
        return moves, count

    def _bill_by_oca(self, day):
        """Bill vendor contracts and header recurrence by OCA's code: no ledger."""
        moves = self.env["account.move"]
        for contract in self:
            if contract.recurring_next_date and contract.recurring_next_date <= day:
                moves |= contract._recurring_create_invoice(day)
        return moves, len(moves)

    def _get_due_lines(self, day):
        """Return the lines that bill up to ``day``, with their sections and notes."""
        self.ensure_one()
        if not self.active or self.generation_type != "invoice":
            return self.env["contract.line"]
        lines = self.contract_line_ids.filtered(
            lambda line: (not line.display_type or line.is_recurring_note)
            and line._can_be_invoiced(day)
        )
        if not lines:
            return lines
        return self._get_lines_to_invoice(min(lines.mapped("recurring_next_date")))

    def _bill_round(self, day):
        """Make the next invoice of each contract; return (invoices, ledger rows)."""
        vals_list, plans = [], []
        for contract in self:
            contract._check_billable()
            lines = contract._get_due_lines(day)
            vals, periods = contract._prepare_period_invoice(lines)
            vals_list.append(vals)
            plans.append((periods, contract._prepare_carried(vals)))
        moves = self.env["account.move"].create(vals_list)
        rows = self.env["contract.period"]
        for move, (periods, carried) in zip(moves, plans, strict=True):
            rows |= self._write_ledger(move, periods)
            carried._set_invoice(move)
            carried.is_carried = True
        self._add_contract_origin(moves)
        self._invoice_followers(moves)
        return moves, rows

    def _prepare_period_invoice(self, lines):
        """Return (values of the invoice, {line: period}) of the lines that are due.

        The one place that makes invoice values.
        """
        self.ensure_one()
        day = min(filter(None, lines.mapped("recurring_next_date")))
        vals = self._prepare_invoice(day)
        periods = {}
        for line in lines:
            line_vals = line._prepare_invoice_line()
            if not line_vals:
                continue
            line._check_line_billable()
            for name in ("company_id", "company_currency_id"):
                line_vals.pop(name, None)
            vals["invoice_line_ids"].append(Command.create(line_vals))
            if line._is_ledgered():
                periods[line] = line._get_next_period()
        total = sum(line._get_period_amount(p) for line, p in periods.items())
        if total < 0:
            raise UserError(
                self.env._(
                    "%(contract)s: the bill of %(day)s would be negative (%(total)s)."
                    " Check quantities, prices and discounts of its lines.",
                    contract=self.display_name,
                    day=day,
                    total=self.currency_id.format(total),
                )
            )
        return vals, periods

    def _write_ledger(self, move, periods):
        """Write one row per line and period, then move the lines' dates (R4)."""
        vals_list = []
        for line, period in periods.items():
            move_line = move.invoice_line_ids.filtered(
                lambda item, line=line: item.contract_line_id == line
                and not item.subscription_correction
            )[:1]
            vals_list.append(
                dict(
                    line._prepare_ledger_vals(period),
                    move_id=move.id,
                    move_line_id=move_line.id,
                    invoice_date=period.invoice_date,
                )
            )
        rows = self.env["contract.period"].create(vals_list)
        # The database says here whether the days are free; then the date may move.
        rows.flush_recordset()
        for line, period in periods.items():
            line.last_date_invoiced = period.end
        return rows

    # === WHAT FAILS === #
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
        """Close what was parked: incident, banner and activity."""
        parked = self.filtered("invoice_generation_error")
        if kind != "billing":
            parked = self
        if not parked:
            return
        self.env["crm.suite.incident"]._settle(parked, f"crm_subscription.{kind}")
        parked._clear_invoice_generation_error()
        parked.activity_feedback(["crm_subscription.mail_activity_type_parked"])

    # === CRON === #
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
        return Domain("generation_type", "=", "invoice") & (
            (ours & by_line) | (~ours & by_header)
        )

    @api.model
    def _cron_run_billing(self):
        """Bill what is due of all contracts, in committed chunks."""
        today = fields.Date.context_today(self) + timedelta(days=1)
        # A day ahead: each contract decides by its company's own today.
        ids = self.search(self._get_due_domain(today), order="company_id, id").ids
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(ids))
        for start in range(0, len(ids), CHUNK):
            chunk = self.browse(ids[start : start + CHUNK]).exists()
            chunk._retry(chunk._run_billing)
            if not cron._commit_progress(len(ids[start : start + CHUNK])):
                break

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

    # === OCA'S ENTRY POINTS === #
    def _recurring_create_invoice(self, date_ref=False):
        """OCA's inner function: what the ledger keeps goes through it."""
        ledgered = self.filtered(lambda contract: contract._is_ledgered())
        moves = self.env["account.move"]
        if self - ledgered:
            moves |= super(ContractContract, self - ledgered)._recurring_create_invoice(
                date_ref
            )
        if ledgered:
            # Callers of OCA's code have been checked by it; the rest as run_billing.
            locked = ledgered.sudo()._lock_for_billing()
            for company, own in locked.grouped("company_id").items():
                own = own.with_company(company)
                moves |= own._bill(date_ref or own[:1]._get_today(), CATCH_UP_LIMIT)[0]
        return moves

    def recurring_create_invoice(self):
        """OCA's button. Bills what is due; a second click is told what is billed.

        :raise AccessError: the user may not bill
        :raise UserError: nothing is due
        """
        self.ensure_one()
        self._check_may_bill()
        self.check_access("read")
        if self._is_ledgered() and not self._get_due_lines(self._get_today()):
            raise UserError(self._describe_billed(self._get_today())["reason"])
        # See run_billing: group and access were checked just above.
        return super(ContractContract, self.sudo()).recurring_create_invoice()

    @api.model
    def cron_recurring_create_invoice(self, date_ref=None):
        """OCA's cron function, public in OCA. Bills up to 200 due contracts through
        the ledger and leaves the rest to our cron.

        :param date_ref: date up to which is billed; None: today
        :raise AccessError: the user may not bill
        :raise UserError: the date is not valid
        """
        self._check_may_bill()
        values = check_options(
            self.env,
            {"date_ref": date_ref} if date_ref else {},
            {"date_ref": Option("date")},
            argument="date_ref",
        )
        self._cron_recurring_create(values.get("date_ref", False))
        return True

    @api.model
    def _cron_recurring_create(self, date_ref=False, create_type="invoice"):
        if create_type != "invoice":
            return super()._cron_recurring_create(date_ref, create_type)
        self._check_not_too_far(date_ref)
        day = date_ref or fields.Date.context_today(self)
        # See run_billing: the callers check the group.
        contracts = self.sudo().search(self._get_due_domain(day))
        contracts._run_billing(date_ref or None)
        return True

    @api.model
    def _get_contracts_to_invoice_domain(self, date_ref=None):
        """What OCA's wizard lists is what the run would bill."""
        return self._get_due_domain(date_ref or fields.Date.context_today(self))
