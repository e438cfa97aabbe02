# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.crm_suite_base.tools.options import check_ids


class SaleOrder(models.Model):
    """Renewal quotations: what changes, following the contract, and being declined."""

    _inherit = "sale.order"  # pylint: disable=consider-merging-classes-inherited

    renewal_decline_reason_id = fields.Many2one(
        "contract.terminate.reason",
        string="Declined Because",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    renewal_decline_comment = fields.Text(readonly=True, copy=False)
    renewal_old_plan_id = fields.Many2one(
        "contract.plan",
        string="Plan So Far",
        readonly=True,
        copy=False,
        ondelete="set null",
        groups="base.group_system",
        help="The contract's plan before the order renewed it by another one.",
    )
    renewal_dropped_root_ids = fields.Many2many(
        "contract.line",
        "sale_order_renewal_dropped_rel",
        string="Lines Not Renewed",
        copy=False,
        readonly=True,
        groups="base.group_system",
        help="First lines of what was taken out of the renewal quotation.",
    )

    @api.private
    def decline_renewal(self, reason_id, comment=""):
        """Decline a renewal quotation in the customer's name: sales are told why.

        For the portal's route, which has checked by record rule or token that the
        caller may see the order; call it with sudo.

        :param int reason_id: a ``contract.terminate.reason``
        :param str comment: needed where the reason asks for one
        :raise UserError: the order is no open renewal quotation, or reason or comment
            is missing
        """
        check_ids(self).ensure_one()
        contract = self.renewal_contract_id
        if not contract or self.state not in ("draft", "sent"):
            raise UserError(
                self.env._(
                    "%(order)s is no renewal offer that waits for an answer.",
                    order=self.name,
                )
            )
        reason = contract._check_reason({"reason_id": reason_id, "comment": comment})
        self.write(
            {
                "renewal_decline_reason_id": reason.id,
                "renewal_decline_comment": comment,
            }
        )
        self._action_cancel()
        self._tell_decline(contract, reason, comment)

    def _tell_decline(self, contract, reason, comment):
        """Tell the salesperson, on contract and opportunity, why it was declined."""
        contract = contract._in_language_of_sales()
        name = reason.with_env(contract.env).name
        text = contract.env._(
            "The customer declined the renewal %(order)s: %(reason)s. %(comment)s",
            order=self.name,
            reason=name,
            comment=comment or "",
        )
        contract.message_post(body=text)
        lead = contract._get_step(self.renewal_term_end, "opportunity").lead_id
        if lead:
            lead.message_post(body=text)
        user = self.user_id or contract.user_id
        if user:
            contract.activity_schedule(
                "crm_subscription.mail_activity_type_renewal",
                summary=contract.env._("Renewal declined: %s", name),
                note=text,
                user_id=user.id,
            )

    # === THE PLAN OF THE NEXT TERM === #
    def _get_renewal_plan(self):
        """Return the plan that a renewal quotation agrees on (may be empty).

        :raise ValidationError: its lines have several plans
        """
        self.ensure_one()
        plans = self.order_line.filtered("subscription_renewal_line_id").mapped(
            "subscription_plan_id"
        )
        if len(plans) > 1:
            raise ValidationError(
                self.env._(
                    "%(order)s: the lines that are renewed must have one plan, not"
                    " %(plans)s.",
                    order=self.name,
                    plans=", ".join(plans.mapped("name")),
                )
            )
        return plans

    def _confirm_renewal(self, lines):
        """Renew by another plan where the quotation agrees on one."""
        plan, contract = self._get_renewal_plan(), self.renewal_contract_id
        if plan and plan != contract.subscription_plan_id:
            self.renewal_old_plan_id = contract.subscription_plan_id
            contract.subscription_plan_id = plan
        return super()._confirm_renewal(lines)

    def _cancel_subscriptions(self):
        """With the next term goes what was agreed for it: the contract has its plan of
        before, and what was planned for the renewal waits for it again."""
        renewed = self.order_line.subscription_line_ids.filtered(
            "predecessor_contract_line_id"
        )
        res = super()._cancel_subscriptions()
        contract, old_plan = self.renewal_contract_id, self.renewal_old_plan_id
        if old_plan and contract.subscription_plan_id == self._get_renewal_plan():
            contract.subscription_plan_id = old_plan
        self.renewal_old_plan_id = False
        contract._plan_again(renewed)
        return res

    # === FOLLOWING THE CONTRACT === #
    def _follow_contract(self, old_plan=None):
        """Bring an open renewal quotation up to its contract's lines.

        What was negotiated in the quotation stays: a quantity, a price or a plan that
        differs from the one that was offered is not touched.

        :param old_plan: the plan that the contract had until now, where it changed
        """
        self.ensure_one()
        contract, commands = self.renewal_contract_id, []
        lines = contract._get_lines_to_renew(self.renewal_term_end)
        by_root = {
            line.subscription_renewal_line_id.line_root_id: line
            for line in self.order_line.filtered("subscription_renewal_line_id")
        }
        offered = set()
        for line in lines:
            own = by_root.get(line.line_root_id)
            offered.add(own)
            if own:
                vals = own._prepare_follow(contract, line, old_plan)
                commands += [Command.update(own.id, vals)] if vals else []
            elif line.line_root_id not in self.renewal_dropped_root_ids:
                vals = contract._prepare_quotation_line(line)
                commands.append(Command.create(vals))
        gone = [own for own in by_root.values() if own not in offered]
        commands += [Command.delete(own.id) for own in gone]
        if commands:
            self.with_context(crm_subscription_following=True).write(
                {"order_line": commands}
            )
            self.message_post(
                body=self.env._("The offer follows the changed contract.")
            )


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"  # pylint: disable=consider-merging-classes-inherited

    renewal_old_quantity = fields.Float(
        string="Quantity So Far", digits="Product Unit", readonly=True, copy=False
    )
    renewal_old_price = fields.Float(
        string="Price So Far", digits="Product Price", readonly=True, copy=False
    )
    renewal_offer_price = fields.Float(
        digits="Product Price",
        readonly=True,
        copy=False,
        help="The unit price that the agreed rule gives; another one was negotiated.",
    )
    renewal_offer_date = fields.Date(
        readonly=True,
        copy=False,
        help="The day on which the offer's price was reckoned.",
    )
    renewal_change_percent = fields.Float(
        string="Change (%)", compute="_compute_renewal_change_percent"
    )

    @api.depends("price_unit", "renewal_old_price")
    def _compute_renewal_change_percent(self):
        for line in self:
            old = line.renewal_old_price
            line.renewal_change_percent = (
                (line.price_unit - old) / old * 100 if old else 0.0
            )

    def _prepare_follow(self, contract, line, old_plan=None):
        """Return what changes in this quotation line when the contract's line has
        become ``line`` (dict, may be empty)."""
        self.ensure_one()
        vals = contract._prepare_offer(line)
        offered, quantity = vals["renewal_offer_price"], line.quantity
        if self.product_uom_qty == self.renewal_old_quantity != quantity:
            vals["product_uom_qty"] = quantity
        if (
            self.currency_id.is_zero(self.price_unit - self.renewal_offer_price)
            and offered != self.price_unit
        ):
            vals["price_unit"] = offered
        vals["subscription_renewal_line_id"] = line.id
        if line.product_id != self.product_id:
            vals.update(product_id=line.product_id.id, name=line._get_sold_name())
        vals = {
            name: value
            for name, value in vals.items()
            if (self[name].id if name.endswith("_id") else self[name]) != value
        }
        if "renewal_offer_price" not in vals:
            vals.pop("renewal_offer_date", None)
        plan = contract.subscription_plan_id
        if old_plan and self.subscription_plan_id == old_plan != plan:
            # Whatever was negotiated, it was the price of a period of the old plan.
            vals.update(subscription_plan_id=plan.id, price_unit=offered)
        return vals

    def _prepare_successor_vals(self):
        """Add the cycle, where the quotation agrees on another plan, and how old the
        price is: what was negotiated is of today."""
        vals = super()._prepare_successor_vals()
        contract_line, price = self.subscription_renewal_line_id, self.price_unit
        if self.currency_id.is_zero(price - self.renewal_offer_price):
            vals |= contract_line._prepare_next_price(price, self.renewal_offer_date)
        else:
            vals["price_date"] = contract_line.contract_id._get_today()
        cycle = self.subscription_plan_id._prepare_recurrence_vals()
        if any(contract_line[name] != value for name, value in cycle.items()):
            vals.update(cycle)
        return vals

    @api.ondelete(at_uninstall=False)
    def _note_not_renewed(self):
        """Remember what someone took out of a renewal quotation: it is not renewed."""
        if self.env.context.get("crm_subscription_following"):
            return
        for line in self.filtered("subscription_renewal_line_id"):
            root = line.sudo().subscription_renewal_line_id.line_root_id
            # The list is the machine's; that the line may be deleted is checked.
            line.order_id.sudo().renewal_dropped_root_ids |= root


class ContractContract(models.Model):
    _inherit = "contract.contract"  # pylint: disable=consider-merging-classes-inherited

    def _prepare_offer(self, line, percent=None):
        """Return what a quotation line remembers of the contract's line (dict)."""
        return {
            "renewal_old_quantity": line.quantity,
            "renewal_old_price": line.price_unit,
            "renewal_offer_price": self._get_renewal_price(line, percent),
            "renewal_offer_date": self._get_reckoning_day(line),
        }

    def _apply_change(self, change, expected_total):
        plan = self.subscription_plan_id
        answer = super()._apply_change(change, expected_total)
        self._refresh_quotations(plan)
        return answer

    def _add_order_lines(self, order_lines, start):
        lines = super()._add_order_lines(order_lines, start)
        self._refresh_quotations()
        return lines

    def _refresh_quotations(self, old_plan=None):
        """Let the open renewal quotations follow their contracts."""
        orders = self.env["sale.order"].search(
            [
                ("renewal_contract_id", "in", self.ids),
                ("state", "in", ("draft", "sent")),
            ]
        )
        for order in orders:
            order._follow_contract(old_plan)


class ContractLine(models.Model):
    _inherit = "contract.line"  # pylint: disable=consider-merging-classes-inherited

    def write(self, vals):
        res = super().write(vals)
        priced = {"quantity", "price_unit", "specific_price", "discount"} & vals.keys()
        # What is being imported has no quotation yet.
        if priced and not self.env.context.get("subscription_import"):
            # Quotations follow by the machine; the lines were checked just now.
            self.contract_id.sudo()._refresh_quotations()
        return res
