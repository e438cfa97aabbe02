# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError


class SaleOrder(models.Model):
    _inherit = "sale.order"

    subscription_start_date = fields.Date(
        string="Subscription Start",
        copy=False,
        help="First day of the subscriptions of this order; empty: the day of"
        " confirmation.",
    )
    renewal_contract_id = fields.Many2one(
        "contract.contract",
        string="Renews",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    renewal_term_end = fields.Date(
        string="Renews the Term Until", readonly=True, copy=False
    )
    recurring_total = fields.Monetary(
        compute="_compute_recurring_total",
        help="Untaxed amount of the lines that a subscription bills, per period.",
    )
    recurring_monthly = fields.Monetary(
        string="Per Month",
        compute="_compute_recurring_total",
        help="The recurring lines as monthly recurring revenue.",
    )
    onetime_total = fields.Monetary(
        string="One-off Total",
        compute="_compute_recurring_total",
        help="Untaxed amount of the lines that the order itself bills.",
    )
    subscription_contract_count = fields.Integer(
        string="Subscriptions",
        compute="_compute_subscription_contract_count",
        compute_sudo=True,
    )

    _renewal_uniq = models.UniqueIndex(
        "(renewal_contract_id, renewal_term_end)"
        " WHERE renewal_contract_id IS NOT NULL AND state != 'cancel'",
        "There is a renewal quotation for this term already.",
    )

    @api.depends(
        "order_line.subscription_plan_id",
        "order_line.price_subtotal",
    )
    def _compute_recurring_total(self):
        for order in self:
            lines = order.order_line.filtered("subscription_plan_id")
            order.recurring_total = sum(lines.mapped("price_subtotal"))
            order.recurring_monthly = sum(line._get_monthly_amount() for line in lines)
            order.onetime_total = order.amount_untaxed - order.recurring_total

    @api.depends("order_line.subscription_line_ids", "renewal_contract_id")
    def _compute_subscription_contract_count(self):
        for order in self:
            order.subscription_contract_count = len(order._get_contracts())

    def _get_contracts(self):
        return self.order_line.subscription_line_ids.contract_id | (
            self.renewal_contract_id
        )

    def action_view_subscription_contracts(self):
        """Return the action that opens the order's contracts.

        :raise AccessError: the user may not read the order
        """
        self.ensure_one()
        self.check_access("read")
        # Which contracts an order made is the order's; opening them is checked.
        contracts = self.sudo()._get_contracts()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_subscription.contract_contract_action"
        )
        if len(contracts) == 1:
            action.update(views=[(False, "form")], res_id=contracts.id)
        action["domain"] = [("id", "in", contracts.ids)]
        return action

    # === WHAT ONLY THE MACHINE SETS === #
    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_renewal_fields(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_renewal_fields(vals)
        return super().write(vals)

    def _check_renewal_fields(self, vals):
        """Refuse to name the contract of a renewal by hand: confirming the order
        writes that contract with the machine's rights."""
        given = {"renewal_contract_id", "renewal_term_end"} & vals.keys()
        if given and not self.env.su:
            raise AccessError(
                self.env._(
                    "%(fields)s: renewal quotations are made by the contract.",
                    fields=", ".join(sorted(given)),
                )
            )

    @api.constrains("renewal_contract_id", "partner_id", "company_id")
    def _check_renewal_contract(self):
        for order in self:
            # Read with sudo: whoever changes the customer of a quotation need not be
            # able to read the contract; only whether it fits is told.
            contract = order.sudo().renewal_contract_id
            if contract and (
                contract.company_id != order.company_id
                or contract.partner_id.commercial_partner_id
                != order.partner_id.commercial_partner_id
            ):
                raise ValidationError(
                    self.env._(
                        "%(order)s renews a contract of another customer or company.",
                        order=order.name,
                    )
                )

    # === CONFIRMATION === #
    def _action_confirm(self):
        res = super()._action_confirm()
        for order in self:
            # Who may confirm an order, a customer in the portal included, need not
            # be allowed to write contracts: they follow from the order.
            order.sudo()._confirm_subscriptions()
        return res

    def _confirm_subscriptions(self):
        """Make, or renew, the contracts of a confirmed order."""
        self.ensure_one()
        lines = self.order_line.filtered(
            lambda line: line.subscription_plan_id
            and not line.display_type
            and not line.subscription_line_ids
        )
        self = self.with_company(self.company_id)
        renewed = lines.filtered("subscription_renewal_line_id")
        if self.renewal_contract_id:
            self._confirm_renewal(renewed)
        for plan, own in (lines - renewed).grouped("subscription_plan_id").items():
            contract = self.renewal_contract_id or self._find_contract(plan)
            start = self._get_subscription_start()
            if contract:
                contract._add_order_lines(own, start)
            else:
                self._create_contract(plan, own, start)

    def _get_subscription_start(self):
        """Return the first day of the order's subscriptions (date)."""
        zone = self.company_id.partner_id.tz or "UTC"
        today = fields.Date.context_today(self.with_context(tz=zone))
        return self.subscription_start_date or today

    def _confirm_renewal(self, lines):
        """Make the successors of the contract that a renewal quotation renews."""
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
        return super()._action_cancel()

    def _cancel_subscriptions(self):
        """Cancel the contract lines of an order that is cancelled before they bill.

        :raise UserError: a line is billed; the subscription itself must be cancelled
        """
        self.ensure_one()
        lines = self.order_line.subscription_line_ids
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
        lines.predecessor_contract_line_id.write({"successor_contract_line_id": False})
        lines.write({"is_canceled": True, "subscription_sale_line_id": False})
        if self.renewal_contract_id and self.state == "sale":
            # The term may be renewed again.
            self.renewal_contract_id._get_step(
                self.renewal_term_end, "renewal"
            ).unlink()

    def _find_contract(self, plan):
        """Return the customer's running contract of a plan that collects lines."""
        contracts = self.env["contract.contract"]
        if not plan.group_lines:
            return contracts
        candidates = contracts.search(
            [
                ("subscription_plan_id", "=", plan.id),
                ("partner_id", "=", self.partner_id.id),
                ("invoice_partner_id", "=", self.partner_invoice_id.id),
                ("company_id", "=", self.company_id.id),
                ("is_terminated", "=", False),
                ("contract_line_ids.anchor_date", "!=", False),
            ],
            order="id desc",
        )
        return candidates.filtered(
            lambda contract: contract.currency_id == self.currency_id
            and contract.subscription_state in ("active", "upcoming", "to_renew")
        )[:1]

    def _create_contract(self, plan, lines, start):
        """Return a new contract of ``plan`` for these lines of the order."""
        end = plan._get_term_end(start)
        vals = self._prepare_contract_vals(plan, start)
        vals["contract_line_ids"] = [
            Command.create(line._prepare_contract_line(start, start, end))
            for line in lines
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
