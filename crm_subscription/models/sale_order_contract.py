# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command, fields, models
from odoo.exceptions import UserError

from odoo.addons.crm_suite_base.tools.obstacle import Obstacle

from .groups import PRICE_SETTERS, has_one

RUNNING_STATES = ("active", "upcoming", "to_renew")


class SaleOrder(models.Model):
    """From a confirmed order to its contracts, and back when it is cancelled."""

    _inherit = "sale.order"  # pylint: disable=consider-merging-classes-inherited

    # === CONFIRMATION === #
    def _action_confirm(self):
        res = super()._action_confirm()
        for order in self:
            # Who may confirm an order, a customer in the portal included, need not
            # be allowed to write contracts: they follow from the order.
            order.sudo()._confirm_subscriptions(renews=True)
        return res

    def _confirm_subscriptions(self, renews=False, joins=False):
        """Make, or renew, the contracts of a confirmed order.

        :param bool renews: the order is being confirmed. What is added to it, or
            begins with its goods, comes later: the term is renewed by then
        :param bool joins: lines come to an order that runs already, and are not billed
            for the time before
        """
        self.ensure_one()
        lines = self._get_unmade_lines().filtered(
            lambda line: not line._is_waiting_for_goods()
        )
        self = self.with_company(self.company_id)
        renewed = lines.filtered("subscription_renewal_line_id")
        if self.renewal_contract_id and renews:
            self._confirm_renewal(renewed)
        for plan, own in (lines - renewed).grouped("subscription_plan_id").items():
            contract = self._get_renewed_contract(plan) or self._find_contract(plan)
            self._check_may_join(contract, own)
            starts = own.grouped(lambda line: self._get_subscription_start(line, joins))
            for start, group in starts.items():
                if contract:
                    contract._add_order_lines(group, start)
                else:
                    contract = self._create_contract(plan, group, start)
        if any(line.product_id.type == "consu" for line in lines):
            # The first goods are ordered soon, not in this transaction.
            self.env.ref("crm_subscription.ir_cron_delivery")._trigger()

    def _get_renewed_contract(self, plan):
        """Return the contract that the order renews, where it takes lines of ``plan``;
        empty: a price of another plan is of other periods than its own."""
        contract = self.renewal_contract_id
        return contract.filtered(lambda own: own.subscription_plan_id == plan)

    def _get_unmade_lines(self):
        """Return the lines with a plan of which no contract line has been made."""
        return self.order_line.filtered(
            lambda line: line.subscription_plan_id
            and not line.display_type
            and not line.subscription_line_ids
        )

    def _get_subscription_start(self, line, joins=False):
        """Return the first day of a line's subscription (date): the day on which the
        goods were delivered where it starts with them, else the order's; today at the
        earliest where the line came to an order that runs already."""
        zone = self.company_id.partner_id.tz or "UTC"
        delivered = False
        if line.product_id.subscription_start == "delivery":
            delivered = line._get_goods_delivered_on()
        if delivered:
            local = self.with_context(tz=zone)
            return fields.Datetime.context_timestamp(local, delivered).date()
        today = fields.Date.context_today(self.with_context(tz=zone))
        start = self.subscription_start_date or today
        return max(start, today) if joins else start

    def _start_delivered_subscriptions(self):
        """Make the contracts that waited for the goods of these orders.

        A failure is parked on the health page: whoever delivers can't mend it.
        """
        for order in self:
            waiting = order.state == "sale" and order._get_unmade_lines()
            if waiting:
                order._isolate_confirm()

    def _isolate_confirm(self):
        self.ensure_one()
        kind = "crm_subscription.order"
        incidents = self.env["crm.suite.incident"]
        try:
            with self.env.cr.savepoint():
                self._confirm_subscriptions()
        except UserError as error:
            texts = incidents._get_words(
                self, kind, error, lambda order: order._confirm_subscriptions()
            )
            obstacle = Obstacle(self.env, "crm_subscription.refused_order", text=texts)
            incidents._report_obstacle(self, kind, obstacle)
        else:
            incidents._settle(self, kind)

    def action_start_subscriptions(self):
        """Make the contracts of a confirmed order that has none yet (button).

        :raise AccessError: the user may not change the order
        :raise UserError: the goods are still to be delivered, or no contract fits
        """
        self.ensure_one()
        self.check_access("write")
        waiting = self.sudo()._get_unmade_lines()
        if self.state != "sale" or not waiting:
            raise UserError(
                self.env._("%(order)s has no subscription to start.", order=self.name)
            )
        if all(line._is_waiting_for_goods() for line in waiting):
            raise UserError(
                self.env._(
                    "%(order)s: its subscriptions start when the goods are delivered.",
                    order=self.name,
                )
            )
        # See _action_confirm; the right to change the order was checked just above.
        self.sudo()._confirm_subscriptions()
        self.env["crm.suite.incident"].sudo()._settle(self, "crm_subscription.order")
        return True

    def _confirm_renewal(self, lines):
        """Make the successors of the contract that a renewal quotation renews."""
        # The contract's currency may be another one since the offer was made.
        self._check_renewal_currency()
        contract, term_end = self.renewal_contract_id, self.renewal_term_end
        if not contract._lock_for_billing():
            raise UserError(contract._describe_busy()["reason"])
        start = max(
            self.subscription_start_date or contract.renewal_date,
            contract._check_renewal_start(None, term_end),
        )
        successors = contract._renew_lines(
            term_end,
            start,
            changes={
                line.subscription_renewal_line_id: line._prepare_successor_vals()
                for line in lines
            },
        )
        return successors

    def _action_cancel(self):
        for order in self:
            # See _action_confirm: the contract follows its order, whoever cancels it.
            order.sudo()._cancel_subscriptions()
        # Deliveries that are cancelled with the order start no subscription.
        orders = self.with_context(subscription_no_start=True)
        return super(SaleOrder, orders)._action_cancel()

    def _cancel_subscriptions(self):
        """Cancel the contract lines of an order that is cancelled before they bill.

        :raise UserError: a line is billed, or has brought goods; the subscription
            itself must be cancelled
        """
        self.ensure_one()
        lines = self._get_lines_sold()
        self._check_not_delivered(lines)
        billed = lines.filtered("period_ids")[:1]
        if billed:
            raise UserError(
                self.env._(
                    "%(order)s: its subscription %(contract)s is billed already. Cancel"
                    " the subscription instead of the order.",
                    order=self.name,
                    contract=billed.contract_id.display_name,
                )
            )
        contracts = lines.contract_id
        lines.predecessor_contract_line_id.write({"successor_contract_line_id": False})
        lines.write({"is_canceled": True, "subscription_sale_line_id": False})
        for contract in contracts:
            contract._review_deliveries()
        # The order may be confirmed again in this transaction.
        lines.flush_recordset(["subscription_sale_line_id"])
        if self.renewal_contract_id and self.state == "sale":
            # The term may be renewed again.
            self.renewal_contract_id._get_step(
                self.renewal_term_end, "renewal"
            ).unlink()

    def _get_lines_sold(self):
        """Return the contract lines of the order, and what changes and renewals have
        made of them since."""
        found = lines = self.order_line.subscription_line_ids
        while found:
            found = found.successor_contract_line_id.filtered(
                lambda line: not line.subscription_sale_line_id
            )
            lines |= found
        return lines

    def _check_not_delivered(self, lines):
        rows = self.env["contract.delivery"].search(
            [("line_id", "in", lines.ids), ("is_released", "=", False)]
        )
        for row in rows.filtered(lambda row: row._has_left())[:1]:
            raise UserError(
                self.env._(
                    "%(order)s: goods of its subscription %(contract)s are delivered"
                    " already, by %(delivery)s. Cancel the subscription instead of the"
                    " order.",
                    order=self.name,
                    contract=row.contract_id.display_name,
                    delivery=row.sale_line_ids.order_id.name,
                )
            )

    def _find_contract(self, plan):
        """Return the customer's running contract that lines of ``plan`` join; empty:
        they get a new one.

        :raise UserError: the order asks for the customer's contract and none fits
        """
        contracts = self.env["contract.contract"]
        choice = self.subscription_contract_choice
        if choice == "new" or (choice == "plan" and not plan.group_lines):
            return contracts
        found = contracts.search(self._get_contract_domain(plan), order="id desc")
        found = self._filter_readable(found).filtered(
            lambda contract: contract.currency_id == self.currency_id
            and contract.subscription_state in RUNNING_STATES
        )
        if choice == "existing":
            found &= self.subscription_contract_id or found
            if not found:
                self._refuse_contract(plan)
        return found[:1]

    def _get_authors(self):
        """Return the employees who answer for the order (res.users): who made it, and
        its salesperson. Who confirms it may be the customer, or the warehouse."""
        return (self.create_uid | self.user_id).filtered(
            lambda user: not user.share and not user._is_superuser()
        )

    def _filter_readable(self, contracts):
        """Return those of ``contracts`` that the order's authors may read: an order
        confirmed by the machine changes no contract that is hidden from them."""
        for user in self._get_authors():
            own = contracts.with_user(user).with_context(
                allowed_company_ids=(user.company_ids & self.company_id).ids
            )
            contracts &= contracts.browse(own._filtered_access("read").ids)
        return contracts

    def _check_may_join(self, contract, lines):
        """Refuse lines below nothing on a running contract: they lower the price that
        was agreed.

        :raise UserError: with order and line
        """
        authors = self._get_authors()
        if not contract or all(has_one(user, PRICE_SETTERS) for user in authors):
            return
        for line in lines.filtered(lambda line: line.price_subtotal < 0):
            raise UserError(
                self.env._(
                    "%(order)s: %(line)s costs less than nothing. Only a manager of"
                    " subscriptions adds it to the running contract %(contract)s.",
                    order=self.name,
                    line=line.name.split("\n")[0],
                    contract=contract.display_name,
                )
            )

    def _get_contract_domain(self, plan):
        """Return the domain of contracts that lines of ``plan`` may join."""
        return [
            ("subscription_plan_id", "=", plan.id),
            ("contract_type", "=", "sale"),
            ("line_recurrence", "=", True),
            ("partner_id", "=", self.partner_id.id),
            ("invoice_partner_id", "=", self.partner_invoice_id.id),
            ("company_id", "=", self.company_id.id),
            ("is_terminated", "=", False),
            # What was cancelled ends; what joined it would end with it.
            ("service_end_date", "=", False),
            ("contract_line_ids.anchor_date", "!=", False),
        ]

    def _refuse_contract(self, plan):
        named = self.subscription_contract_id.display_name
        raise UserError(
            self.env._(
                "%(order)s: %(contract)s can't take lines of the plan %(plan)s. It must"
                " run and have the same plan, customer, invoicing address %(address)s"
                " and currency %(currency)s. Choose a new contract instead.",
                order=self.name,
                contract=named or self.env._("no contract of the customer"),
                plan=plan.name,
                address=self.partner_invoice_id.display_name,
                currency=self.currency_id.name,
            )
        )

    def _create_contract(self, plan, lines, start):
        """Return a new contract of ``plan`` for these lines of the order."""
        dates = plan._prepare_date_vals(start)
        vals = self._prepare_contract_vals(plan, start)
        vals["contract_line_ids"] = [
            Command.create(line._prepare_contract_line(dates)) for line in lines
        ]
        return self.env["contract.contract"].with_company(self.company_id).create(vals)

    def _prepare_contract_vals(self, plan, start):
        sequence = self.env["ir.sequence"].with_company(self.company_id)
        return {
            "name": sequence.next_by_code("crm_subscription.contract"),
            "code": self.client_order_ref or self.name,
            "contract_type": "sale",
            "line_recurrence": True,
            "date": start,
            "date_start": start,
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "invoice_partner_id": self.partner_invoice_id.id,
            "pricelist_id": self.pricelist_id.id,
            "manual_currency_id": self.currency_id.id,
            "payment_term_id": self.payment_term_id.id,
            "fiscal_position_id": self.fiscal_position_id.id,
            "user_id": self.user_id.id,
            "subscription_plan_id": plan.id,
            "renewal_policy": plan.renewal_policy,
            "renewal_uplift_percent": plan.uplift_percent,
            **plan._prepare_recurrence_vals(),
        }
