# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date
from itertools import takewhile

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from odoo.addons.crm_suite_base.tools.options import Option, check_ids, check_options
from odoo.addons.crm_suite_base.tools.plain import plain

from ..engine import cancellation, proration, renewal
from ..engine.recurrence import ONE_DAY
from .contract_next_bills import NextBill
from .groups import MANAGER, USER

CUSTOMER_SPEC = {
    "reason_id": Option("int", minimum=1),
    "comment": Option("str", maximum=2000),
}
AGENT_SPEC = {
    **CUSTOMER_SPEC,
    "end_of_service": Option("date"),
    "settle": Option("str", choices=("invoice", "carry")),
}


class ContractContract(models.Model):
    """Cancellation: when the service ends, what that costs, and why it was wanted.

    What is billed beyond the end is credited by :meth:`apply_change`; what is not yet
    billed up to the end is billed by the run, as ever.
    """

    _inherit = "contract.contract"  # pylint: disable=consider-merging-classes-inherited

    cancel_reason_id = fields.Many2one(
        "contract.terminate.reason",
        string="Cancellation Reason",
        readonly=True,
        copy=False,
        tracking=True,
        ondelete="restrict",
        groups="base.group_user",
    )
    cancel_comment = fields.Text(readonly=True, copy=False, groups="base.group_user")
    cancelled_on = fields.Date(readonly=True, copy=False)
    service_end_date = fields.Date(
        string="Service Ends On", readonly=True, copy=False, tracking=True
    )
    cancelled_by_customer = fields.Boolean(readonly=True, copy=False)

    # === PUBLIC === #
    @api.readonly
    def preview_cancellation(self, options=None):
        """Tell when the service ends and what is owed or credited; writes nothing.

        :param dict options: ``end_of_service`` (``YYYY-MM-DD``, last day of service;
            default: the first end that keeps the notice period), ``reason_id``,
            ``comment``, ``settle`` (``invoice`` | ``carry``)
        :return: dict of ``contract_id``, ``requested_on``, ``notice_days``,
            ``notice_deadline`` (last day to give notice for this end),
            ``earliest_end`` (that keeps the notice period), ``end_of_service``,
            ``keeps_notice``, ``explanation``, ``lines`` (credits, as in
            :meth:`preview_change`), ``credited`` (<= 0), ``owed_lines`` (``line_id``,
            ``period_start``, ``period_end``, ``amount``: what is still to be billed up
            to the end), ``owed``, ``total`` (``owed`` + ``credited``), ``currency``,
            ``reasons`` (``id``, ``name``, ``comment_required``). Amounts are untaxed,
            in the contract's currency
        :raise AccessError: the user may not read the contract
        :raise UserError: more than one contract, nothing to cancel, cancelled already,
            or an option is not valid
        """
        check_ids(self).check_access("read")
        values = check_options(self.env, options, AGENT_SPEC)
        # Customers and salespeople may read the contract, but not all that its plan
        # and its ledger say; what is told is the contract's own.
        return plain(self.sudo()._describe_cancellation(values))

    def cancel_subscription(self, options, expected_total):
        """Cancel a contract; give it the ``total`` that the preview told.

        :param dict options: see :meth:`preview_cancellation`; ``reason_id`` is needed
        :param float expected_total: refused if the total is another one by now
        :return: what the preview returns, and ``invoice_ids`` (credit notes made)
        :raise AccessError: the user is no subscription user, may not write the
            contract, or gives a shorter notice and is no manager
        :raise UserError: see :meth:`preview_cancellation`; the total has changed;
            another run holds the contract
        """
        if not self.env.user.has_group(USER):
            raise AccessError(self.env._("Only subscription users cancel contracts."))
        check_ids(self).check_access("write")
        values = check_options(self.env, options, AGENT_SPEC)
        # Credit notes and ledger are the machine's work; group and access to the
        # contract are checked just above, the right to shorten the notice below.
        return plain(self.sudo()._cancel_subscription(values, expected_total))

    @api.private
    def cancel_by_customer(self, options, expected_total):
        """Cancel in the name of the customer who is logged in to the portal.

        :param dict options: ``reason_id`` (needed), ``comment``
        :param float expected_total: see :meth:`cancel_subscription`
        :return: see :meth:`cancel_subscription`
        :raise AccessError: the contract is not the user's company's
        :raise UserError: the plan does not allow it; see :meth:`cancel_subscription`
        """
        check_ids(self).check_access("read")
        values = check_options(self.env, options, CUSTOMER_SPEC)
        # The customer may not write contracts. That this is his own and that its plan
        # allows it is checked here; he can only keep the notice period.
        contract = self.sudo()
        if not contract._can_cancel_in_portal(self.env.user):
            raise UserError(
                self.env._(
                    "%(contract)s can't be cancelled here. Please write to us.",
                    contract=contract.display_name,
                )
            )
        return plain(contract._cancel_subscription(values, expected_total, True))

    @api.private
    def _can_cancel_in_portal(self, user):
        """Return whether ``user`` may cancel the contract in the portal (bool).

        Call it with sudo: customers can't read plans.
        """
        self.ensure_one()
        own = user.commercial_partner_id == self.partner_id.commercial_partner_id
        return bool(
            own
            and self.subscription_plan_id.portal_cancel
            and self.contract_type == "sale"
            and not self.service_end_date
            and self._get_service_lines()
            and self._get_subscription_state() != "ended"
        )

    # === WHEN === #
    def _get_last_end(self):
        """Return the last day that is agreed by now, of all lines; False: open end."""
        ends = [line._get_agreed_end() for line in self._get_open_lines()]
        return max(ends) if ends and all(ends) else False

    def _get_open_lines(self):
        """Return the lines that still run, are on hold or begin later, none of them
        cancelled."""
        today = self._get_today()
        return self._get_service_lines().filtered(
            lambda line: not line.cancelled_from
            and (not line._get_agreed_end() or line._get_agreed_end() >= today)
        )

    def _ends_with_term(self):
        """Return whether nothing would be renewed at the end of the term (bool): the
        policy says so, or all lines are on hold."""
        lines = self._get_open_lines()
        return self.renewal_policy != "automatic" or all(lines.mapped("is_on_hold"))

    def _iter_ends_of_service(self):
        """Yield the days on which the service may end, ascending."""
        last = self._get_last_end()
        if not last:
            yield from self._iter_period_ends()
            return
        signed = self._get_open_lines().filtered(
            lambda line: line.predecessor_contract_line_id
            and line.subscription_sale_line_id
        )
        # A next term that the customer signed is agreed; one that began by itself
        # is not, while there is still time to give notice.
        first = last if signed else self._get_term_end() or last
        count = 0 if self._ends_with_term() else self.renewal_term_count
        yield from cancellation.term_ends(
            first, self.renewal_term_unit, count, self._get_term_day()
        )
        if not self._ends_with_term():
            # The next term has an open end.
            yield from self._iter_period_ends(first + ONE_DAY)

    def _iter_period_ends(self, start=None):
        """Yield the last days of the billing periods of an open-ended contract, from
        ``start`` on (default: today)."""
        lines = self._get_open_lines()
        line = lines.filtered(lambda line: not line._get_agreed_end())[:1] or lines[:1]
        start = start or max(line.date_start, self._get_today())
        if not line.anchor_date:
            while True:
                yield start
                start += ONE_DAY
        for period in line._get_recurrence().periods(start):
            yield period.end

    def _get_ending(self):
        """Return the :class:`engine.cancellation.Ending` of a notice given today."""
        self.ensure_one()
        today, notice = self._get_today(), self.renewal_notice_days
        if self._get_last_end() and self._ends_with_term():
            # It ends anyway: there is nothing to give notice of in time.
            end = next(self._iter_ends_of_service())
            return cancellation.Ending(end, end)
        return cancellation.first_ending(self._iter_ends_of_service(), today, notice)

    def _check_cancellable(self):
        if len(self) != 1:
            raise UserError(
                self.env._(
                    "ids: one contract is cancelled at a time, not %s", len(self)
                )
            )
        if self.service_end_date:
            raise UserError(
                self.env._(
                    "%(contract)s is cancelled already: its service ends on %(end)s.",
                    contract=self.display_name,
                    end=self.service_end_date,
                )
            )
        if not self._is_ledgered() or not self._get_open_lines():
            raise UserError(
                self.env._(
                    "%(contract)s has no running lines: there is nothing to cancel.",
                    contract=self.display_name,
                )
            )

    def _check_end_of_service(self, wanted, ending):
        """Return the last day of service (date), or refuse the one wanted."""
        last = self._get_last_end()
        if not wanted:
            return ending.end
        latest = max(last or wanted, ending.end)
        if wanted < self._get_today() - ONE_DAY or wanted > latest:
            raise UserError(
                self.env._(
                    "options['end_of_service']: %(value)s is not between yesterday and"
                    " %(latest)s.",
                    value=wanted,
                    latest=latest,
                )
            )
        return wanted

    # === PREVIEW === #
    def _describe_cancellation(self, values):
        """Return what :meth:`preview_cancellation` tells, with dates as dates."""
        self._check_cancellable()
        ending = self._get_ending()
        end = self._check_end_of_service(values.get("end_of_service"), ending)
        credits = self._get_cancellation_credits(end, values)
        owed = self._get_owed_lines(end)
        credited = self.currency_id.round(sum(row["amount"] for row in credits))
        still_owed = self.currency_id.round(sum(row["amount"] for row in owed))
        return {
            "contract_id": self.id,
            "requested_on": self._get_today(),
            "notice_days": self.renewal_notice_days,
            "notice_deadline": ending.deadline,
            "earliest_end": ending.end,
            "end_of_service": end,
            "keeps_notice": end >= ending.end,
            "explanation": self._explain_ending(end, ending),
            "lines": credits,
            "credited": credited,
            "owed_lines": owed,
            "owed": still_owed,
            "total": self.currency_id.round(credited + still_owed),
            "currency": self.currency_id.name,
            "reasons": self._get_cancellation_reasons(),
        }

    def _get_cancellation_reasons(self):
        return [
            {
                "id": reason.id,
                "name": reason.name,
                "comment_required": reason.terminate_comment_required,
            }
            for reason in self.env["contract.terminate.reason"].search([])
        ]

    def _explain_ending(self, end, ending):
        """Return one sentence on why the service ends on ``end`` (str)."""
        day = {
            "today": format_date(self.env, self._get_today()),
            "end": format_date(self.env, end),
            "deadline": format_date(self.env, ending.deadline),
            "earliest": format_date(self.env, ending.end),
            "days": self.renewal_notice_days,
        }
        if end < ending.end:
            return self.env._(
                "Service ends on %(end)s, before %(earliest)s, the first end that keeps"
                " the notice period of %(days)s days.",
                **day,
            )
        if end > ending.end:
            return self.env._(
                "Service ends on %(end)s, as wanted; it could end on %(earliest)s.",
                **day,
            )
        if self._get_last_end() and self._ends_with_term():
            return self.env._("The term ends on %(end)s and is not renewed.", **day)
        if not self._get_last_end():
            return self.env._(
                "Notice of %(days)s days, given on %(today)s: service ends with the"
                " billing period on %(end)s.",
                **day,
            )
        return self.env._(
            "Notice of %(days)s days, given on %(today)s, in time until %(deadline)s:"
            " service ends with the term on %(end)s.",
            **day,
        )

    def _get_lines_to_cut(self, end):
        """Return the lines that run longer than ``end``, or are on hold."""
        return self._get_open_lines().filtered(
            lambda line: not line.date_end or line.date_end > end or line.is_on_hold
        )

    def _prepare_cancel_changes(self, end, values):
        """Return the changes that end the lines (list of dicts, see
        :meth:`apply_change`): one for all lines, where all run longer."""
        lines = self._get_lines_to_cut(end)
        change = {
            "type": "cancel",
            "effective": "date",
            "date": fields.Date.to_string(end + ONE_DAY),
            "settle": values.get("settle", "invoice"),
        }
        if not lines:
            return []
        if lines == self._get_open_lines() and not any(lines.mapped("is_on_hold")):
            return [change]
        # A successor that has not begun yet is cancelled with its predecessor.
        later, changes = lines._get_later_lines(), []
        for line in lines - later:
            # What is on hold is not renewed with the others.
            last = min(filter(None, (end, line.hold_term_end)))
            day = fields.Date.to_string(last + ONE_DAY)
            changes.append(dict(change, line_id=line.id, date=day))
        return changes

    def _get_cancellation_credits(self, end, values):
        rows = []
        for change in self._prepare_cancel_changes(end, values):
            rows += self.preview_change(change)["lines"]
        return rows

    def _get_owed_lines(self, end):
        """Return what is still to be billed up to ``end`` (list of dicts)."""
        bills, own = {}, self.currency_id
        for line in self._get_open_lines():
            found = [
                (period.invoice_date, line._get_next_line(period))
                for period in line._iter_periods_until(end)
            ]
            ends = line.date_end and line.date_end < end and not line.is_on_hold
            if ends and not line._get_later_lines():
                found += self._get_lines_of_next_terms(line, end)
            for day, item in found:
                bills.setdefault(day, NextBill(day, own)).lines.append(item)
        again = self.env["contract.period"]._get_rows_to_rebill(self)
        bills = [self._get_bill_again(row) for row in again] + [
            bills[day] for day in sorted(bills)
        ]
        waiting = self._get_waiting_corrections()
        return self._describe_owed(
            bills, waiting.filtered(lambda row: row.currency_id == own)
        )

    def _get_lines_of_next_terms(self, line, end):
        """Return [(invoice date, NextLine)] of terms that the contract still renews
        into."""
        found, price, first = [], self._get_automatic_price(line), line.date_end
        while first < end:
            last = self._get_next_term_end(line, first + ONE_DAY) or end
            found += [
                (period.invoice_date, line._get_next_line(period, price))
                for period in line._get_recurrence().periods(
                    *line._get_period_arguments(first + ONE_DAY, min(last, end))
                )
            ]
            first, price = last, self._get_price_after(line, price)
        return found

    def _get_amount_at(self, line, price):
        gross = line.quantity * price * (1 - line.discount / 100)
        return proration.round_to(gross, self.currency_id.rounding)

    def _get_price_after(self, line, price):
        """Return the price of one more term that begins by itself: nothing could be
        announced for it, and no index is known for it."""
        if self._announces_prices() or self.renewal_price_method == renewal.INDEX:
            return price
        return self._reckon_price(line, price)

    def _describe_owed(self, bills, waiting):
        """Return what ``bills`` will be, with the corrections that wait for them, one
        line of the contract after the other (list of dicts)."""
        rest = self._carry(bills, waiting)
        if rest:
            bills.append(rest._get_settlement(self._get_today()))
        self._reckon_bills(bills, untaxed_only=True)
        items = [item for bill in bills for item in bill.lines]
        items.sort(key=lambda item: item.line.id)
        return [
            {
                "line_id": item.line.id,
                "period_start": item.start,
                "period_end": item.end,
                "amount": item.untaxed,
            }
            for item in items
        ]

    # === DOING IT === #
    def _cancel_subscription(self, values, expected_total, by_customer=False):
        """Cancel; return the answer of :meth:`cancel_subscription` (dict)."""
        self._check_cancellable()
        if not self._lock_for_billing():
            raise UserError(self._describe_busy()["reason"])
        reason = self._check_reason(values)
        answer = self._describe_cancellation(values)
        if not answer["keeps_notice"] and not (
            self.env.user.has_group(MANAGER) or self.env.user._is_superuser()
        ):
            raise AccessError(
                self.env._(
                    "options['end_of_service']: only a subscription manager ends"
                    " %(contract)s before %(earliest)s, without the notice period.",
                    contract=self.display_name,
                    earliest=answer["earliest_end"],
                )
            )
        self._check_expected(answer["total"], expected_total)
        end = answer["end_of_service"]
        self._renew_until(end)
        moves = self._end_service(end, values)
        # Nobody may write what a cancellation says; who may cancel was checked above.
        self.sudo().write(
            {
                "cancel_reason_id": reason.id,
                "cancel_comment": values.get("comment", ""),
                "cancelled_on": answer["requested_on"],
                "service_end_date": end,
                "cancelled_by_customer": by_customer,
            }
        )
        self._tell_cancellation(reason, values.get("comment"), by_customer)
        return dict(answer, invoice_ids=moves)

    def _check_reason(self, values):
        """Return the reason (record), or refuse that it or its comment is missing."""
        reason = self.env["contract.terminate.reason"].browse(
            values.get("reason_id", 0)
        )
        if not reason.id or not reason.exists():
            raise UserError(
                self.env._(
                    "options['reason_id']: %(value)s is no reason; choose one.",
                    value=values.get("reason_id") or "-",
                )
            )
        if reason.terminate_comment_required and not values.get("comment", "").strip():
            raise UserError(
                self.env._(
                    "options['comment']: the reason %(reason)s needs a comment.",
                    reason=reason.name,
                )
            )
        return reason

    def _renew_until(self, end):
        """Make the terms that the contract still renews into before ``end``: notice
        came too late for them."""
        last = self._get_last_end()
        while last and last < end and self._get_lines_of_term(last):
            self._renew_lines(last, last + ONE_DAY)
            last = self._get_last_end()

    def _end_service(self, end, values):
        """End the lines with ``end``; return the ids of the credit notes made."""
        moves, held = [], self._get_open_lines().filtered("is_on_hold")
        for change in self._prepare_cancel_changes(end, values):
            total = self.preview_change(change)["total"]
            moves += self._apply_change(change, total)["invoice_ids"]
        rest = self._get_open_lines().filtered(lambda line: line.date_end == end)
        rest |= held
        rest.write({"cancelled_from": end + ONE_DAY, "is_auto_renew": False})
        self._withdraw_renewal()
        return moves

    def _withdraw_renewal(self):
        """Cancel the open renewal quotation and close the renewal's activities."""
        orders = self.env["sale.order"].search(
            [("renewal_contract_id", "=", self.id), ("state", "in", ("draft", "sent"))]
        )
        orders._action_cancel()
        self._lose_opportunity()
        self.activity_unlink(["crm_subscription.mail_activity_type_renewal"])

    def _tell_cancellation(self, reason, comment, by_customer):
        """Say in the chatter who cancelled, when service ends and why; no amounts."""
        told = self._in_language_of_sales() if by_customer else self
        text = (
            told.env._("Cancelled by the customer in the portal")
            if by_customer
            else told.env._("Cancelled")
        )
        name = reason.with_env(told.env).name
        told.message_post(
            body=told.env._(
                "%(what)s: service ends on %(end)s. Reason: %(reason)s. %(comment)s",
                what=text,
                end=format_date(told.env, self.service_end_date),
                reason=name,
                comment=comment or "",
            )
        )
        if by_customer and self.user_id:
            told.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=told.env._("The customer has cancelled: %s", name),
                user_id=self.user_id.id,
            )

    def _in_language_of_sales(self):
        """Return the contract in the language of its salesperson, of the company where
        it has none: what a customer does in the portal is told to them, not to him."""
        self.ensure_one()
        lang = self.user_id.lang or self.company_id.partner_id.lang
        return self.with_context(lang=lang)


class ContractLine(models.Model):
    _inherit = "contract.line"  # pylint: disable=consider-merging-classes-inherited

    def _get_agreed_end(self):
        """Return the last day that is agreed for the line (date), also where it is on
        hold; False: open end."""
        self.ensure_one()
        return self.hold_term_end if self.is_on_hold else self.date_end

    def _iter_periods_until(self, end):
        """Return the periods not billed yet that begin up to ``end``; the last is cut
        there where the line has an anchor (list of Period)."""
        self.ensure_one()
        if not self.anchor_date:
            return list(
                takewhile(lambda period: period.start <= end, self._iter_periods())
            )
        start = self._get_first_open_day(self.last_date_invoiced)
        last = min(self.date_end or date.max, end)
        return list(
            self._get_recurrence().periods(*self._get_period_arguments(start, last))
        )
