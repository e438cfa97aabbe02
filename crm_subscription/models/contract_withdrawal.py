# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from odoo.addons.crm_suite_base.tools.options import check_ids
from odoo.addons.crm_suite_base.tools.plain import plain

from ..engine import changes
from ..engine.recurrence import ONE_DAY
from .contract_change import Change
from .groups import USER


class ContractContract(models.Model):
    """A cancellation is withdrawn until its day comes: the contract goes on as it was
    agreed, and what was credited for the days after the end is charged again."""

    _inherit = "contract.contract"  # pylint: disable=consider-merging-classes-inherited

    withdrawal_total = fields.Monetary(
        compute="_compute_withdrawal_total",
        groups="crm_subscription.group_subscription_user",
        help="Untaxed; what withdrawing the cancellation charges again.",
    )

    @api.depends("service_end_date")
    def _compute_withdrawal_total(self):
        for contract in self:
            # Who reads the field may read the contract; the ledger is the machine's.
            own = contract.sudo()
            contract.withdrawal_total = (
                own._describe_withdrawal()["total"] if own._can_withdraw() else 0.0
            )

    # === PUBLIC === #
    @api.readonly
    def preview_withdrawal(self):
        """Tell what withdrawing the cancellation would charge; nothing is written.

        :return: dict of ``contract_id``, ``service_end_date`` (date as text), ``lines``
            (charges, as in :meth:`preview_change`), ``total`` (untaxed, in the
            contract's currency) and ``currency``
        :raise AccessError: the user may not read the contract
        :raise UserError: more than one contract, none that is cancelled, the service
            has ended, or a line was changed since
        """
        check_ids(self).check_access("read")
        # See preview_cancellation: what is told is the contract's own.
        return plain(self.sudo()._describe_withdrawal())

    def withdraw_cancellation(self, expected_total):
        """Withdraw a cancellation; give it the ``total`` that the preview told.

        :param float expected_total: refused if the total is another one by now
        :return: what the preview returns, and ``invoice_ids``
        :raise AccessError: the user is no subscription user, or may not write it
        :raise UserError: see :meth:`preview_withdrawal`; the total has changed;
            another run holds the contract
        """
        if not self.env.user.has_group(USER):
            raise AccessError(
                self.env._("Only subscription users withdraw cancellations.")
            )
        check_ids(self).check_access("write")
        # Invoices and ledger are the machine's; group and access are checked above.
        return plain(self.sudo()._withdraw_cancellation(expected_total))

    def action_withdraw_cancellation(self):
        """Withdraw the cancellation at the total that the form shows (button)."""
        self.ensure_one()
        self.withdraw_cancellation(self.preview_withdrawal()["total"])
        return True

    @api.private
    def withdraw_by_customer(self, expected_total):
        """Withdraw in the name of the customer who is logged in to the portal.

        :param float expected_total: see :meth:`withdraw_cancellation`
        :return: see :meth:`withdraw_cancellation`
        :raise AccessError: the contract is not the user's company's
        :raise UserError: he did not cancel it himself, or the plan does not allow it;
            see :meth:`withdraw_cancellation`
        """
        check_ids(self).check_access("read")
        # The customer may not write contracts. That this is his own, that he cancelled
        # it and that its plan allows it is checked here.
        contract = self.sudo()
        if not contract._can_withdraw_in_portal(self.env.user):
            raise UserError(
                self.env._(
                    "The cancellation of %(contract)s can't be withdrawn here. Please"
                    " write to us.",
                    contract=contract.display_name,
                )
            )
        return plain(contract._withdraw_cancellation(expected_total, True))

    @api.private
    def _can_withdraw_in_portal(self, user):
        """Return whether ``user`` may withdraw in the portal (bool). Call it with
        sudo: customers can't read plans."""
        self.ensure_one()
        own = user.commercial_partner_id == self.partner_id.commercial_partner_id
        return bool(
            own
            and self.cancelled_by_customer
            and self.subscription_plan_id.portal_cancel
            and self._can_withdraw()
        )

    # === CHECKS === #
    def _can_withdraw(self):
        """Return whether the cancellation can still be withdrawn (bool)."""
        self.ensure_one()
        return bool(
            self.service_end_date
            and self._get_today() <= self.service_end_date
            and not self.is_terminated
            and not self._get_changed_since()
            and self._get_given_back().currency_id <= self.currency_id
        )

    def _get_cancelled_lines(self):
        return self._get_service_lines_ever().filtered(
            lambda line: line.cancelled_from == self.service_end_date + ONE_DAY
        )

    def _get_service_lines_ever(self):
        """Return the contract's lines that bill, those cancelled included."""
        return self.contract_line_ids.filtered(lambda line: not line.display_type)

    def _get_changed_since(self):
        """Return the cancelled lines that were changed after the cancellation: where
        they ended is no more where they end."""
        last = self.service_end_date
        return self._get_cancelled_lines().filtered(
            lambda line: line.before_cancel
            and not line.is_canceled
            and (line.date_end != line._get_cancelled_end(last) or line.is_continued)
        )

    def _check_can_withdraw(self):
        if len(self) != 1:
            raise UserError(
                self.env._(
                    "ids: one cancellation is withdrawn at a time, not %s", len(self)
                )
            )
        if not self.service_end_date:
            raise UserError(
                self.env._("%s is not cancelled.", self.display_name),
            )
        if self._get_today() > self.service_end_date or self.is_terminated:
            raise UserError(
                self.env._(
                    "%(contract)s: the service ended on %(end)s; sell it anew.",
                    contract=self.display_name,
                    end=self.service_end_date,
                )
            )
        changed = self._get_changed_since()[:1]
        if changed:
            raise UserError(
                self.env._(
                    "%(contract)s: %(line)s was changed after the cancellation; sell it"
                    " anew.",
                    contract=self.display_name,
                    line=changed.name.split("\n")[0],
                )
            )

    # === MONEY === #
    def _get_given_back(self):
        """Return the credits (ledger rows) of the cancellation that hold."""
        day = self.service_end_date + ONE_DAY
        logs = self.change_ids.filtered(
            lambda log: log.kind == "cancel" and log.state == "done" and log.date == day
        )
        return logs.period_ids.filtered(
            lambda row: row._is_in_force() and row.correction_type == changes.CREDIT
        )

    def _get_withdrawal_corrections(self):
        """Return [(line, Correction)] that charge again what the cancellation gave
        back: the same days, at the price that was in force."""
        found = []
        for origin, rows in self._get_given_back().grouped("origin_id").items():
            items = []
            for row in rows.sorted("id"):
                items += changes.settle(
                    [origin._get_in_force()],
                    row.period_start,
                    row.full_amount,
                    self.currency_id.rounding,
                    row.period_end,
                    True,
                )
            if items:
                self._check_one_currency(origin)
                items += origin._get_balance_after(items)
            found += [(origin.line_id, item) for item in items]
        return self._round_as_document(found, self._get_withdrawal_change())

    def _describe_withdrawal(self):
        """Return what :meth:`preview_withdrawal` tells, with dates as dates."""
        self._check_can_withdraw()
        return self._answer_withdrawal(self._get_withdrawal_corrections())

    def _answer_withdrawal(self, corrections):
        answer = self._describe_change(self._get_withdrawal_change(), corrections)
        answer.pop("next_invoice_date")
        return {
            "contract_id": self.id,
            "service_end_date": self.service_end_date,
            **answer,
        }

    def _get_withdrawal_change(self):
        """Return the engine of changes' name for it: no line has new values."""
        return Change("withdraw", {}, "invoice", {}, planned=True)

    # === DOING IT === #
    def _withdraw_cancellation(self, expected_total, by_customer=False):
        if not self._lock_for_billing():
            raise UserError(self._describe_busy()["reason"])
        self._check_can_withdraw()
        corrections = self._get_withdrawal_corrections()
        answer = self._answer_withdrawal(corrections)
        self._check_expected(answer["total"], expected_total)
        end, lines = self.service_end_date, self._get_cancelled_lines()
        log = self._log_withdrawal(lines, answer["total"])
        lines._restore_cancelled()
        rows = self._write_corrections(corrections, {}, log)
        moves = self._make_settlement(rows)
        self._take_up_renewal()
        # Nobody may write what a cancellation says; the rights were checked above.
        self.sudo().write(
            {
                "cancel_reason_id": False,
                "cancel_comment": False,
                "cancelled_on": False,
                "service_end_date": False,
                "cancelled_by_customer": False,
            }
        )
        self._tell_withdrawal(end, by_customer)
        return dict(answer, invoice_ids=moves.ids)

    def _log_withdrawal(self, lines, total):
        return self.env["contract.change.log"]._write_down(
            {
                "contract_id": self.id,
                "line_ids": [fields.Command.set(lines.ids)],
                "kind": "withdraw",
                "state": "done",
                "date": self._get_today(),
                "total": total,
                "currency_id": self.currency_id.id,
                "company_id": self.company_id.id,
                "user_id": self.env.uid,
            }
        )

    def _take_up_renewal(self):
        """Let the steps of the renewal be done that the cancellation stopped: the
        quotation is made anew, the opportunity is open again."""
        lost = self.env.ref("crm_subscription.lost_reason_cancelled")
        steps = self.renewal_step_ids.with_context(active_test=False)
        steps.lead_id.filtered(
            lambda lead: not lead.active and lead.lost_reason_id == lost
        ).action_unarchive()
        steps.filtered(
            lambda step: step.key == "quotation"
            and step.sale_order_id.state == "cancel"
        ).unlink()

    def _tell_withdrawal(self, end, by_customer):
        """Say in the chatter who withdrew; no amounts. Tell the salesperson."""
        told = self._in_language_of_sales() if by_customer else self
        who = (
            told.env._("The customer has withdrawn the cancellation in the portal")
            if by_customer
            else told.env._("The cancellation was withdrawn")
        )
        told.message_post(
            body=told.env._(
                "%(what)s: the service does not end on %(end)s.",
                what=who,
                end=format_date(told.env, end),
            )
        )
        if by_customer and self.user_id:
            told.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=told.env._("The customer has withdrawn the cancellation"),
                user_id=self.user_id.id,
            )


class ContractLine(models.Model):
    _inherit = "contract.line"  # pylint: disable=consider-merging-classes-inherited

    before_cancel = fields.Json(
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="Where the line ended before it was cancelled.",
    )

    def _end_before(self, day):
        """Keep where the line ended, for a withdrawal of the cancellation."""
        kept = {
            "date_end": fields.Date.to_string(self.date_end) or False,
            "is_canceled": self.is_canceled,
            "is_on_hold": self.is_on_hold,
            "hold_term_end": fields.Date.to_string(self.hold_term_end) or False,
        }
        res = super()._end_before(day)
        self.before_cancel = kept
        return res

    def _get_cancelled_end(self, last):
        """Return where the cancellation for ``last`` let the line end (date): a line
        on hold ended before."""
        self.ensure_one()
        before = fields.Date.to_date(self.before_cancel["date_end"] or None)
        return min(filter(None, (before, last)))

    def _restore_cancelled(self):
        """Let the lines go on as before they were cancelled."""
        for line in self:
            vals = {"cancelled_from": False, "before_cancel": False}
            if line.before_cancel:
                kept = dict(line.before_cancel)
                for name in ("date_end", "hold_term_end"):
                    kept[name] = fields.Date.to_date(kept[name] or None) or False
                vals.update(kept, **line._get_billing_dates(kept["date_end"]))
            line.write(vals)
        self.contract_id.contract_line_ids._recompute_mrr()

    def _get_billing_dates(self, end):
        """Return how far the line is billed and when it bills next, if it ends on
        ``end`` (False: open end)."""
        self.ensure_one()
        rows = self.line_root_id.root_period_ids.filtered(
            lambda row: row._is_covering()
            and row._get_last_day() >= self.date_start
            and (not end or row.period_start <= end)
        )
        until = max((row._get_last_day() for row in rows), default=False)
        if until and end:
            until = min(until, end)
        start = until + ONE_DAY if until else self.date_start
        day = False
        if self.anchor_date:
            period = self._get_recurrence().period(
                *self._get_period_arguments(start, end)
            )
            day = period and period.invoice_date
        elif not end or start <= end:
            day = self.get_next_invoice_date(*self._get_oca_arguments(start, end))
        return {"last_date_invoiced": until, "recurring_next_date": day or False}
