# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command, fields, models

from ..engine import mrr, recurrence
from ..engine.recurrence import ONE_DAY
from .contract_plan import TIMINGS, UNITS

# What says on a line that it is paused.
PAUSE_FIELDS = ("pause_start", "pause_end", "is_on_hold", "hold_term_end")


class ContractContract(models.Model):
    """What a change does to the lines."""

    _inherit = "contract.contract"  # pylint: disable=consider-merging-classes-inherited

    def _change_lines(self, checked):
        """Change the lines; return {line: the line that goes on for it}."""
        self.ensure_one()
        # The MRR log sees a line and its successor at once, not one after the other.
        lines = self.env["contract.line"].browse([line.id for line in checked.days])
        lines = lines.with_context(crm_subscription_defer_mrr=True)
        work = getattr(lines, f"_change_{checked.kind}", None) or lines._change_values
        targets = {}
        for line in lines:
            targets[line] = work.__func__(line, checked, checked.days[line])
        if checked.kind == "plan":
            self.subscription_plan_id = self._get_new_plan(checked)
        if checked.kind == "cancel":
            self._withdraw_quotation()
        lines.with_context(crm_subscription_defer_mrr=False)._sync_mrr(
            repriced=checked.kind != "quantity"
        )
        self.contract_line_ids._recompute_mrr()
        return targets

    def _withdraw_quotation(self):
        """Withdraw the renewal quotation when nothing is left of it."""
        ends = set(self._get_service_lines().mapped("date_end")) - {False}
        for order in self.renewal_step_ids.sale_order_id:
            open_ = order.state in ("draft", "sent")
            if open_ and not (
                order.renewal_term_end in ends
                and self._get_lines_to_renew(order.renewal_term_end)
            ):
                order._action_cancel()


class ContractLine(models.Model):
    """A line that changes inside of its term ends, and its successor goes on."""

    _inherit = "contract.line"  # pylint: disable=consider-merging-classes-inherited

    pause_start = fields.Date(
        readonly=True, copy=False, help="First day of the last pause of the line."
    )
    pause_end = fields.Date(
        readonly=True,
        copy=False,
        help="Last day of the pause; empty: until it is resumed.",
    )
    is_on_hold = fields.Boolean(
        readonly=True, copy=False, help="Paused until someone resumes it."
    )
    hold_term_end = fields.Date(
        readonly=True, copy=False, help="End of the term of a line on hold."
    )

    # === WHAT IS AGREED === #
    def _get_later_lines(self):
        """Return the successors of the lines that nobody cancelled."""
        later = self.env["contract.line"]
        following = self.successor_contract_line_id
        while following:
            later |= following.filtered(lambda line: not line.is_canceled)
            following = following.successor_contract_line_id
        return later

    def _get_line_on(self, day):
        """Return the line of the term that holds on ``day``: this, or who goes on."""
        self.ensure_one()
        line = self
        while (
            line.is_continued
            and line.successor_contract_line_id
            and line.successor_contract_line_id.date_start <= day
        ):
            line = line.successor_contract_line_id
        return line

    def _get_continuation(self):
        """Return the last line of the term: the line, or who goes on for it."""
        self.ensure_one()
        line = self
        while line.is_continued and line.successor_contract_line_id:
            line = line.successor_contract_line_id
        return line

    def _get_term_last_day(self):
        """Return the last day of the line's term, whatever changes divide it; False:
        open end."""
        self.ensure_one()
        last = self._get_continuation()
        return last.hold_term_end if last.is_on_hold else last.date_end

    def _get_next_terms(self):
        """Return the lines that renew these, where that is done."""
        ends = self.browse([line._get_continuation().id for line in self])
        return ends.successor_contract_line_id.filtered(
            lambda line: not line.is_canceled
        )

    def _is_paused_on(self, day):
        """Return whether a pause of the line holds on ``day`` (bool)."""
        self.ensure_one()
        return bool(
            self.pause_start
            and self.pause_start <= day
            and (not self.pause_end or day <= self.pause_end)
            and not self.cancelled_from
        )

    def _gives_back(self, day, whole=False):
        """Return whether a pause gives back ``day``, or, of a change of the ``whole``
        cycle, a later one: it would be billed anew (bool)."""
        self.ensure_one()
        begun = self.pause_start and (self.pause_start <= day)
        if self.pause_end:
            return day <= self.pause_end and (whole or begun)
        return self.is_on_hold and begun

    def _goes_on_since(self, day):
        """Return the line that ran on ``day``, or later, and for which this one goes on
        since a change; empty: none."""
        self.ensure_one()
        return self.predecessor_contract_line_id.filtered(
            lambda line: line.is_continued and line.date_end >= day
        )

    def _get_end_of_billed(self):
        """Return the last day of the period that is billed, or runs today (date)."""
        self.ensure_one()
        today = max(self.contract_id._get_today(), self.date_start)
        last = self.last_date_invoiced
        if not last or last < today:
            last = self.next_period_date_end
            if self.anchor_date:
                last = self._get_recurrence().bounds(today)[1]
        return min(filter(None, (last, self.date_end)))

    def _get_chain_billed_until(self):
        """Return the last billed day of the line's chain (date; the day before the
        line where nothing is billed)."""
        self.ensure_one()
        ends = [row._get_last_day() for row in self._get_billed_rows()]
        return max(ends, default=self.date_start - ONE_DAY)

    def _get_first_changed_day(self, checked):
        """Return the first day of the line that the change makes."""
        self.ensure_one()
        day, kind = checked.days[self], checked.kind
        open_day = self._get_first_open_day(self.last_date_invoiced)
        if kind == "anchor" or (kind == "plan" and not self._is_settled(checked)):
            return max(day, open_day)
        return max(day, self.date_start)

    # === NEW VALUES === #
    def _get_changed_vals(self, checked):
        """Return the field values that the change brings (dict)."""
        self.ensure_one()
        if checked.kind == "product":
            return self._get_product_vals(checked)
        if checked.kind == "plan":
            return self._get_plan_vals(checked, self._get_first_changed_day(checked))
        if checked.kind == "anchor":
            first = self._get_first_changed_day(checked)
            return self._get_anchor_vals(checked.value("anchor_day"), first)
        return dict(checked.values)

    def _get_anchor_vals(self, day, first):
        anchor, day = recurrence.anchor_of(
            recurrence.ANCHOR_DAY, first, UNITS[self.recurring_rule_type], day
        )
        return {"anchor_date": anchor, "anchor_day": day}

    def _get_product_vals(self, checked):
        contract = self.contract_id
        product = contract._get_new_product(checked)
        quantity = checked.value("quantity", self.quantity)
        price = checked.value("price_unit")
        if price is None:
            plan = contract.sudo().subscription_plan_id
            day = checked.days.get(self)
            price = self._get_listed_price(product, plan, quantity, day)[0]
        return {
            **self._prepare_product_vals(product),
            "quantity": quantity,
            "price_unit": price,
        }

    def _prepare_product_vals(self, product):
        """Return the values of a line that changes to ``product``, but its price."""
        self.ensure_one()
        customer = self.contract_id.partner_id
        named = product.with_context(lang=customer.lang, partner=customer.id)
        return {
            "product_id": product.id,
            "name": named.get_product_multiline_description_sale(),
            "uom_id": product.uom_id.id,
            "automatic_price": False,
            "keeps_taxes": False,
            "subscription_tax_ids": [Command.clear()],
        }

    def _get_plan_vals(self, checked, first):
        plan = self.contract_id._get_new_plan(checked).sudo()
        price = checked.value("price_unit")
        if price is None:
            price = self._get_price_in_plan(plan, first, self.price_unit)
        return {
            **plan._prepare_line_vals(),
            **plan._prepare_anchor_vals(first),
            "intro_periods": 0,
            "price_unit": price,
            "automatic_price": False,
        }

    def _get_price_in_plan(self, plan, day, price):
        """Return what ``price`` is per period of another plan: by a price rule for that
        plan, else in proportion to the length of the period."""
        self.ensure_one()
        product = self.product_id
        if product:
            listed, rule = self._get_listed_price(product, plan, self.quantity, day)
            if rule.subscription_plan_id:
                return listed
        own = mrr.MONTHS_PER_UNIT[UNITS.get(self.recurring_rule_type, "month")]
        months = plan._count_months() / (own * self.recurring_interval)
        return plan._round_price(price * float(months), self.currency_id)

    def _get_listed_price(self, product, plan, quantity, day=None):
        """Return (price in the contract's currency, rule) of the contract's pricelist,
        or of the customer's."""
        # Prices of plans are made by the machine; the caller checked who asks.
        contract = self.contract_id.sudo()
        company = contract.company_id
        pricelist = (
            contract.pricelist_id
            or contract.partner_id.with_company(company).property_product_pricelist
        )
        day = day or contract._get_today()
        price, rule = pricelist.get_plan_price(
            product.sudo().with_company(company), plan, quantity, day=day
        )
        currency = pricelist.currency_id or company.currency_id
        own = contract.currency_id
        price = currency._convert(price, own, company, day, round=False)
        return plan._round_price(price, own), rule

    def _get_new_cycle(self, vals):
        """Return (the engine's recurrence, timing) that the new values give."""
        self.ensure_one()
        cycle = recurrence.Recurrence(
            vals["anchor_date"],
            UNITS[vals.get("recurring_rule_type", self.recurring_rule_type)],
            vals.get("recurring_interval", self.recurring_interval),
            vals["anchor_day"],
        )
        timing = vals.get("recurring_invoicing_type", self.recurring_invoicing_type)
        return cycle, TIMINGS[timing]

    # === DOING IT === #
    def _change_values(self, checked, day):
        """Change the quantity or the price; return the line that has it."""
        self.ensure_one()
        vals = dict(checked.values)
        if checked.kind == "quantity":
            # A term that is renewed already goes on with the new quantity; its price
            # was agreed for it.
            self._get_later_lines().write(vals)
        else:
            vals["price_date"] = day
        if day > self._get_first_open_day(self.last_date_invoiced):
            return self._divide(day, vals)
        self.write(vals)
        return self

    def _change_product(self, checked, day):
        vals = dict(self._get_product_vals(checked), price_date=day)
        # The price of a term that is renewed already was agreed for another product.
        later = dict(vals)
        if "quantity" not in checked.values:
            del later["quantity"]
        self._get_later_lines().write(later)
        return self._divide(max(day, self.date_start), vals)

    def _change_plan(self, checked, day):
        first = self._get_first_changed_day(checked)
        for later in self._get_later_lines():
            later.write(later._get_plan_vals(checked, later.date_start))
        vals = self._get_plan_vals(checked, first)
        for row in self._get_billed_rows():
            if row._get_last_day() >= first:
                row.freed_from = max(first, row.period_start)
        return self._divide(first, vals)

    def _change_anchor(self, checked, day):
        first = self._get_first_changed_day(checked)
        return self._divide(
            first, self._get_anchor_vals(checked.value("anchor_day"), first)
        )

    def _change_pause(self, checked, day):
        """Pause the line; return it. Days that are billed were given back."""
        until = checked.value("until", False)
        vals = {"pause_start": max(day, self.date_start), "pause_end": until}
        if until and self.last_date_invoiced and until <= self.last_date_invoiced:
            self.write(vals)
        elif until:
            self._divide(max(day, self.date_start), {}, until + ONE_DAY)
            self.write(vals)
        else:
            end = self.date_end
            self._cut(day, dict(vals, is_on_hold=True, hold_term_end=end))
        return self

    def _change_resume(self, checked, day):
        """Let a paused line go on; return the line that runs."""
        successor = self.successor_contract_line_id
        end = self.hold_term_end
        vals = {"pause_end": day - ONE_DAY, "is_on_hold": False, "hold_term_end": False}
        if day == self.pause_start:
            vals.update(pause_start=False, pause_end=False)
        held = self.is_on_hold
        self.write(vals)
        if held:
            return self._go_on(day, end, {})
        if not self.is_canceled and (not self.date_end or self.date_end >= day):
            # The pause lies within billed days and divided nothing: what follows the
            # line is its next term.
            return self
        if successor and successor.date_start > day:
            successor.date_start = day
            successor._update_billed_until()
        return successor or self

    def _change_cancel(self, checked, day):
        self._end_before(day)
        return self

    def _divide(self, day, vals, first=None):
        """End the line before ``day``; its successor goes on, in the same term, with
        ``vals`` from ``first`` on (default: ``day``). Return the successor.

        A line that nothing is billed of and that has not begun is changed itself.
        """
        self.ensure_one()
        end, first = self.date_end, first or day
        if day <= self.date_start and not self.sudo().period_ids:
            self.write(dict(vals, date_start=first))
            return self
        values = self._prepare_value_for_plan_successor(first, end, False)
        later, ahead = self.successor_contract_line_id, {}
        self.successor_contract_line_id = False
        if self.pause_start and self.pause_start >= day:
            # The pause is that of the line which goes on: that is resumed.
            ahead = {name: self[name] for name in PAUSE_FIELDS}
        self._cut(day, dict.fromkeys(ahead, False))
        successor = self._go_on(first, end, vals, values, later)
        if ahead:
            successor.write(ahead)
        return successor

    def _go_on(self, first, end, vals, values=None, later=None):
        """Return the new successor of a line that was cut; ``later`` follows it."""
        self.ensure_one()
        values = values or self._prepare_value_for_plan_successor(first, end, False)
        if "price_unit" in vals:
            values.pop("specific_price", None)
        values.update(vals, is_canceled=False, is_on_hold=False)
        if self.is_canceled:
            # All of its days are the successor's, which takes its place in the chain.
            before = self.predecessor_contract_line_id
            values["predecessor_contract_line_id"] = before.id
            successor = self.create(values)
            before.successor_contract_line_id = successor
        else:
            successor = self.create(values)
            self.write(
                {"successor_contract_line_id": successor.id, "is_continued": True}
            )
        if later:
            successor.successor_contract_line_id = later
            later.predecessor_contract_line_id = successor
        return successor

    def _cut(self, day, vals):
        """End the line on the day before ``day``; if it has none left, it is cancelled:
        its successor has all of its days."""
        self.ensure_one()
        last_day = day - ONE_DAY
        vals = dict(vals, is_auto_renew=False)
        if last_day < self.date_start:
            self.write(dict(vals, is_canceled=True))
            return
        if self.date_end and last_day >= self.date_end:
            self.write(vals)
            return
        vals["date_end"] = last_day
        if self.last_date_invoiced and self.last_date_invoiced >= last_day:
            vals.update(last_date_invoiced=last_day, recurring_next_date=False)
        else:
            period = self.anchor_date and self._get_next_anchored_period(
                date_end=last_day
            )
            vals["recurring_next_date"] = (
                period.invoice_date
                if period
                else self.get_next_invoice_date(
                    *self._get_oca_arguments(self.next_period_date_start, last_day)
                )
            )
        self.write(vals)

    def _end_before(self, day):
        """Cancel the line from ``day`` on; its billed rest was credited."""
        self._cut(
            day, {"cancelled_from": day, "is_on_hold": False, "hold_term_end": False}
        )

    def _split(self, day, vals):
        """Divide a line with an anchor: it ends before ``day``, and its successor, of
        the same anchor, goes on with ``vals``. Return the successor."""
        return self._divide(day, vals)
