# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.crm_suite_base.tools.context_defaults import get_computed_names


class ContractLine(models.Model):
    """OCA's public ways to stop, suspend and renew a line, and the places that call
    its own arithmetic: dates follow the anchor, prices what is agreed."""

    _inherit = "contract.line"  # pylint: disable=consider-merging-classes-inherited

    def _prepare_value_for_stop(self, date_end, manual_renew_needed):
        vals = super()._prepare_value_for_stop(date_end, manual_renew_needed)
        if self.anchor_date:
            period = self._get_next_anchored_period(date_end=date_end)
            vals["recurring_next_date"] = period and period.invoice_date
        return vals

    def _prepare_value_for_plan_successor(
        self, date_start, date_end, is_auto_renew, recurring_next_date=False
    ):
        """The ledger's rows and the order line stay with the old line: OCA copies
        every field of a line into its successor."""
        values = super()._prepare_value_for_plan_successor(
            date_start, date_end, is_auto_renew, recurring_next_date
        )
        kept = self._get_fields_kept_by_predecessor() | get_computed_names(self)
        for name in kept:
            values.pop(name, None)
        values["line_root_id"] = self.line_root_id.id
        values["price_date"] = self._get_price_date()
        if values.get("anchor_date"):
            values.pop("recurring_next_date", None)
        return values

    def _get_fields_kept_by_predecessor(self):
        """Return the names of fields that a successor does not take over (set)."""
        own = {"period_ids", "subscription_sale_line_id", "mrr_opened", "mrr_logged"}
        return own | {
            "mrr_movement_ids",
            "successor_contract_line_id",
            "cancelled_from",
            "before_cancel",
            "root_period_ids",
            "is_continued",
            "trial_start",
            "pause_start",
            "pause_end",
            "is_on_hold",
            "hold_term_end",
        }

    def _delay(self, delay_delta):
        for line in self.filtered("anchor_date"):
            if line.last_date_invoiced:
                # OCA's own refusal, before anything is moved.
                return super(ContractLine, line)._delay(delay_delta)
            anchor = line.anchor_date + delay_delta
            line.write(
                {
                    "anchor_date": line.anchor_date if line.anchor_day else anchor,
                    "date_start": line.date_start + delay_delta,
                    "date_end": line.date_end and line.date_end + delay_delta,
                }
            )
        return super(
            ContractLine, self.filtered(lambda line: not line.anchor_date)
        )._delay(delay_delta)

    def uncancel(self, recurring_next_date):
        """A line with an anchor goes on where its periods say, not on a date asked."""
        for line in self.filtered("anchor_date"):
            period = line._get_next_anchored_period()
            super(ContractLine, line).uncancel(period and period.invoice_date)
        self.filtered("cancelled_from").cancelled_from = False
        rest = self.filtered(lambda line: not line.anchor_date)
        return super(ContractLine, rest).uncancel(recurring_next_date)

    # === SUSPENDING AND RENEWING === #
    def stop_plan_successor(self, date_start, date_end, is_auto_renew):
        """Suspend lines; what follows goes on at the price of before, and ends with the
        lines that end with it: the contract renews them together."""
        ends = {line.line_root_id: line.date_end for line in self if line.date_end}
        suspended = self.with_context(crm_subscription_suspended=True)
        lines = (
            super(ContractLine, suspended)
            .stop_plan_successor(date_start, date_end, is_auto_renew)
            .with_env(self.env)
        )
        for line in lines:
            line._end_with_others(ends.get(line.line_root_id))
        return lines

    def _end_with_others(self, term_end):
        """Let a line that was moved beyond ``term_end`` end with those lines of its
        contract that end on that day; alone it runs as much longer as it was away."""
        self.ensure_one()
        others = self.contract_id._get_lines_of_term(term_end) - self
        planned = self.anchor_date and self.contract_id.subscription_plan_id
        lasts = self.date_end and self.date_start <= term_end < self.date_end
        if planned and others and lasts:
            self.date_end = term_end

    def plan_successor(
        self,
        date_start,
        date_end,
        is_auto_renew,
        recurring_next_date=False,
        post_message=True,
    ):
        """Make the lines of the next term, at the prices that are agreed for it.

        :raise AccessError: the user may not write the lines, or does not set prices
            and they are billed: he renews their contract
        :raise UserError: OCA allows no successor, or an index has no value
        """
        self.check_access("write")
        self._check_may_reprice({"date_start": date_start})
        # Which lines are one chain the machine says; the rights were checked above.
        lines = self.sudo()
        prices, planned = {}, self.browse()
        if not self.env.context.get("crm_subscription_suspended"):
            prices = lines._get_next_prices()
            planned = lines.filtered(
                lambda line: line in prices
                and line.anchor_date
                and line.contract_id.subscription_plan_id
            )
        first, last = fields.Date.to_date(date_start), fields.Date.to_date(date_end)
        successors = planned._plan_next_terms(first, last or False, prices)
        rest = (lines - planned).with_context(crm_subscription_defer_mrr=True)
        successors |= super(ContractLine, rest).plan_successor(
            date_start, date_end, is_auto_renew, recurring_next_date, post_message
        )
        for line in rest.filtered(lambda line: line in prices):
            vals = dict(line._prepare_own_price(prices[line]), automatic_price=False)
            if line.price_unit != prices[line]:
                line.successor_contract_line_id.write(vals)
        successors = self.browse(successors.ids)
        successors.sudo()._sync_mrr()
        for term_end in set(lines.mapped("date_end")):
            lines.contract_id._follow_renewed_lines(term_end)
        return successors

    def _plan_next_terms(self, start, end, prices):
        """Make the next term of lines of a plan, whatever waits for it included, and
        tell it; return the lines made."""
        successors = self.browse()
        for line in self:
            vals = line._prepare_own_price(prices[line])
            successors |= line._plan_next_term(start, end, vals)
        for contract in self.contract_id:
            contract._tell_renewed(start, end)
        return successors

    def _prepare_own_price(self, price):
        """Return the values of the next term's ``price``, by the contract (dict)."""
        day = self.contract_id._get_reckoning_day(self)
        return self._prepare_next_price(price, day)

    def _get_next_prices(self):
        """Return the unit price of the next term of those lines that the ledger keeps
        and that bill something (dict of line: float).

        :raise UserError: an index has no value
        """
        prices = {}
        for line in self.filtered(lambda line: line.date_end and not line.display_type):
            if line._is_ledgered():
                contract = line.contract_id
                contract._check_renewal_prices(line)
                prices[line] = contract._get_automatic_price(line)
        return prices

    def _renew_extend_line(self, date_end):
        """A term at another price is a line of its own, also where OCA would only
        move the end."""
        self.ensure_one()
        if self._get_next_prices().get(self, self.price_unit) != self.price_unit:
            return self._renew_create_line(date_end)
        return super()._renew_extend_line(date_end)

    def renew(self):
        """Lines of a plan renew through their contract, each term once.

        :raise AccessError: the user may not write the lines
        """
        self.check_access("write")
        planned = self.filtered("contract_id.subscription_plan_id")
        # The next term is at the agreed price; the access was checked just above.
        rest = super(ContractLine, (self - planned).sudo()).renew()
        for contract in planned.contract_id:
            contract.renew({"mode": "automatic"})
        return self.browse(rest.ids) | planned.successor_contract_line_id

    @api.model
    def cron_renew_contract_line(self):
        """OCA's cron: renews lines without a plan, each on its own.

        :raise AccessError: the caller may not write contracts
        """
        self.check_access("write")
        lines = self.search(
            Domain(self._contract_line_to_renew_domain())
            & Domain("contract_id.subscription_plan_id", "=", False)
        )
        for contract, own in lines.grouped("contract_id").items():
            _lines, reason = contract._isolate(
                "renewal", lambda told, own=own: own.with_env(told.env).renew()
            )
            if not reason:
                contract._settle_incident("renewal")
        return True
