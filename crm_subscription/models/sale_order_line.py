# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.crm_suite_base.tools.context_defaults import context_defaults

from ..engine import mrr
from .contract_line_price import check_intro
from .product_template import SUBSCRIPTION_TYPES

# What a confirmed subscription line agrees; after that the contract is changed.
AGREED_FIELDS = {
    "subscription_plan_id": "subscription_plan_id",
    "product_id": "product_id",
    "product_uom_qty": "quantity",
    "price_unit": "price_unit",
    "discount": "discount",
}


class SaleOrderLine(models.Model):
    """A line with a plan is billed by its contract, never by the order as well."""

    _inherit = "sale.order.line"

    subscription_plan_id = fields.Many2one(
        "contract.plan",
        string="Plan",
        compute="_compute_subscription_plan_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    subscription_plan_domain = fields.Binary(
        compute="_compute_subscription_plan_domain",
        help="Which plans may be chosen for the product (a domain).",
    )
    subscription_line_ids = fields.One2many(
        "contract.line",
        "subscription_sale_line_id",
        string="Contract Lines",
        readonly=True,
        copy=False,
        groups="crm_subscription.group_subscription_user,"
        "sales_team.group_sale_salesman,account.group_account_readonly,"
        "account.group_account_invoice",
    )
    subscription_renewal_line_id = fields.Many2one(
        "contract.line",
        string="Renews Line",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )

    subscription_delivery_id = fields.Many2one(
        "contract.delivery",
        string="Delivery of Subscription",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The line brings the goods of a period, which the contract bills.",
    )
    intro_discount = fields.Float(
        string="Introductory Discount (%)",
        digits="Discount",
        compute="_compute_intro",
        store=True,
        readonly=False,
        precompute=True,
    )
    intro_periods = fields.Integer(
        string="Discounted Periods",
        compute="_compute_intro",
        store=True,
        readonly=False,
        precompute=True,
        help="The introductory discount holds for so many periods from the start.",
    )
    subscription_setup_of_id = fields.Many2one(
        "sale.order.line",
        string="Set-up of Line",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="cascade",
        help="The line is the set-up fee of this subscription line.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_renewal_line(dict.fromkeys(context_defaults(self.env), True))
        for vals in vals_list:
            self._check_renewal_line(vals)
        lines = super().create(vals_list)
        lines._sync_setup_fees()
        for order in lines.filtered(
            lambda line: line.state == "sale" and line.subscription_plan_id
        ).order_id:
            # See sale.order._action_confirm: the contract follows from the order.
            runs = (order.sudo().order_line - lines).subscription_line_ids
            order.sudo()._confirm_subscriptions(joins=bool(runs))
        return lines

    def write(self, vals):
        self._check_renewal_line(vals)
        self._check_agreed(vals)
        self._check_renewed_product(vals)
        res = super().write(vals)
        if {"product_id", "subscription_plan_id"} & vals.keys():
            self._sync_setup_fees()
        return res

    def unlink(self):
        """The set-up fee goes with its subscription."""
        fees = self.order_id.order_line.filtered(
            lambda line: line.subscription_setup_of_id in self
        )
        return super(SaleOrderLine, self | fees).unlink()

    def _check_agreed(self, vals):
        """Refuse to change a line of which a contract has been made, or that brings the
        goods of a period: the contract is what bills.

        :raise UserError: names the line, the field and the contract
        """
        names = AGREED_FIELDS.keys() & vals.keys()
        if not names:
            return
        for line in self.sudo():
            delivered = line.subscription_delivery_id.filtered(
                lambda row, line=line: line.state == "sale" and not row.is_released
            )
            contracts = (line.subscription_line_ids | delivered.line_id).contract_id
            if not contracts:
                continue
            changed = [name for name in names if line._differs(name, vals[name])]
            if changed:
                raise UserError(
                    self.env._(
                        "%(line)s: %(field)s is agreed in the subscription"
                        " %(contract)s already. Change it there.",
                        line=line.display_name,
                        field=changed[0],
                        contract=contracts[0].name,
                    )
                )

    def _check_renewed_product(self, vals):
        """Refuse to offer something else in the place of what is renewed: the next
        term goes on with the product and the unit of the contract's line.

        :raise UserError: names the line and the field
        """
        names = {"product_id", "product_uom_id"} & vals.keys()
        # The machine lets an offer follow what was changed in the contract.
        if not names or self.env.su:
            return
        for line in self.filtered("subscription_renewal_line_id"):
            for name in sorted(names):
                if line._differs(name, vals[name]):
                    raise UserError(
                        self.env._(
                            "%(line)s is renewed: its %(field)s stays. Take the line"
                            " out and add another one, or change the subscription.",
                            line=line.display_name,
                            field=line._fields[name]._description_string(self.env),
                        )
                    )

    def _differs(self, name, value):
        """Return whether ``value`` is another one than the line has (bool)."""
        self.ensure_one()
        field = self._fields[name]
        old = field.convert_to_write(self[name], self)
        return old != field.convert_to_write(
            field.convert_to_record(field.convert_to_cache(value, self), self), self
        )

    def _check_renewal_line(self, vals):
        """Refuse to name what only the machine does; see ``_check_renewal_fields``."""
        for name in ("subscription_renewal_line_id", "subscription_delivery_id"):
            if vals.get(name) and not self.env.su:
                raise AccessError(
                    self.env._(
                        "%(field)s: renewal quotations and orders of a period's goods"
                        " are made by the contract.",
                        field=name,
                    )
                )

    @api.constrains("subscription_renewal_line_id", "order_id")
    def _check_renewal_line_contract(self):
        for line in self.sudo():
            # sudo: as in _check_renewal_contract, only whether it fits is told.
            renewed = line.subscription_renewal_line_id
            if renewed and renewed.contract_id != line.order_id.renewal_contract_id:
                raise ValidationError(
                    self.env._(
                        "%(line)s renews a line of another contract than its order.",
                        line=line.display_name,
                    )
                )

    @api.depends("product_id")
    def _compute_subscription_plan_id(self):
        for line in self:
            product = line.product_id
            line.subscription_plan_id = (
                product.subscription_plan_id if product.subscription_ok else False
            )

    @api.depends("subscription_plan_id")
    def _compute_intro(self):
        for line in self:
            plan = line.subscription_plan_id
            is_new = not line.subscription_renewal_line_id
            line.intro_discount = plan.intro_discount if is_new else 0.0
            line.intro_periods = plan.intro_periods if is_new else 0

    @api.constrains("intro_discount", "intro_periods")
    def _check_intro(self):
        check_intro(self)

    @api.depends("product_id")
    def _compute_subscription_plan_domain(self):
        for line in self:
            plans = line.product_id.product_tmpl_id._get_subscription_plans()
            line.subscription_plan_domain = [("id", "in", plans.ids)] if plans else []

    def _is_waiting_for_goods(self):
        """Return whether the subscription starts with goods that are still to be
        delivered by the order (bool). What is renewed runs already."""
        self.ensure_one()
        starts = self.product_id.subscription_start
        if starts != "delivery" or self.subscription_renewal_line_id:
            return False
        moves = self._get_goods_moves()
        is_open = any(move.state not in ("done", "cancel") for move in moves)
        return bool(moves) and (is_open or not self._get_goods_delivered_on())

    def _get_goods_moves(self):
        """Return the moves that bring the order's one-off goods to the customer."""
        # Salespeople ask, warehouse people deliver; only whether it is done is told.
        lines = self.order_id.order_line.sudo()
        moves = lines.filtered(lambda line: not line.subscription_plan_id).move_ids
        return moves.filtered(lambda move: not move.origin_returned_move_id)

    def _get_goods_delivered_on(self):
        """Return the moment (UTC) of the last delivery of the order's goods, or
        False."""
        done = self._get_goods_moves().filtered(
            lambda move: move.state == "done" and move.location_dest_id._is_outgoing()
        )
        return max(done.mapped("date"), default=False)

    @api.constrains("subscription_plan_id", "product_id")
    def _check_subscription_plan(self):
        for line in self.filtered("subscription_plan_id"):
            product, plan = line.product_id, line.subscription_plan_id
            if product.type not in SUBSCRIPTION_TYPES:
                raise ValidationError(
                    self.env._(
                        "%(product)s: only goods and services are sold by a plan.",
                        product=product.display_name or line.name,
                    )
                )
            plans = product.product_tmpl_id._get_subscription_plans()
            # What a renewal agrees is the contract's, whatever the product offers.
            if plans and plan not in plans and not line.subscription_renewal_line_id:
                raise ValidationError(
                    self.env._(
                        "%(product)s is not sold by the plan %(plan)s, but by"
                        " %(plans)s.",
                        product=product.display_name,
                        plan=plan.name,
                        plans=", ".join(plans.mapped("name")),
                    )
                )

    # === SET-UP FEE === #
    def _sync_setup_fees(self):
        """Give each new subscription line its set-up fee, once, and take the fee away
        that its product no longer has. A fee line that was typed by hand counts."""
        vals_list = []
        taken = self.browse()
        for line in self:
            fee = line._get_setup_product()
            own = line.order_id.order_line.filtered(
                lambda item, line=line: item.subscription_setup_of_id == line
            )
            own.filtered(
                lambda item, fee=fee: item.product_id != fee and item.state != "sale"
            ).unlink()
            if not fee or own.exists():
                continue
            typed = line.order_id.order_line.filtered(
                lambda item, fee=fee: item.product_id == fee
                and not item.subscription_setup_of_id
            )
            adopted = (typed - taken)[:1]
            adopted.subscription_setup_of_id = line
            taken |= adopted
            if not adopted:
                vals_list.append(line._prepare_setup_line(fee))
        return self.create(vals_list) if vals_list else self.browse()

    def _get_setup_product(self):
        """Return the product of the line's set-up fee; empty: none is due."""
        self.ensure_one()
        if not self.subscription_plan_id or self.subscription_renewal_line_id:
            return self.env["product.product"]
        return self.product_id.subscription_setup_product_id

    def _prepare_setup_line(self, product):
        self.ensure_one()
        return {
            "order_id": self.order_id.id,
            "product_id": product.id,
            "product_uom_qty": 1.0,
            "sequence": self.sequence,
            "subscription_setup_of_id": self.id,
        }

    # === PRICE OF THE PLAN === #
    @api.depends("subscription_plan_id")
    def _compute_pricelist_item_id(self):
        return super()._compute_pricelist_item_id()

    def _get_pricelist_kwargs(self):
        kwargs = super()._get_pricelist_kwargs()
        if self.subscription_plan_id:
            kwargs["subscription_plan"] = self.subscription_plan_id
        return kwargs

    def _get_monthly_amount(self):
        """Return the line as monthly recurring revenue (float, order's currency)."""
        self.ensure_one()
        plan = self.subscription_plan_id
        amount = mrr.monthly(self.price_subtotal, plan.unit, plan.interval)
        return self.currency_id.round(amount)

    # === THE ORDER BILLS ONLY WHAT IS ONE-OFF === #
    def _filter_by_contract(self):
        """Return the lines that a contract's invoice bills: sold by a plan, or the
        goods of a period."""
        return self.filtered(
            lambda line: line.subscription_plan_id or line.subscription_delivery_id
        )

    @api.depends("subscription_plan_id", "subscription_delivery_id")
    def _compute_qty_to_invoice(self):
        res = super()._compute_qty_to_invoice()
        self._filter_by_contract().qty_to_invoice = 0.0
        return res

    @api.depends(
        "subscription_delivery_id",
        "subscription_plan_id",
        "order_id.order_line.subscription_plan_id",
    )
    def _compute_invoice_status(self):
        """Beside one-off lines a subscription has nothing left for the order to bill,
        else the order would never be fully invoiced; alone there is nothing at all."""
        res = super()._compute_invoice_status()
        for line in self._filter_by_contract():
            if line.state == "sale":
                line.invoice_status = (
                    "invoiced" if line._has_one_off_siblings() else "no"
                )
        return res

    def _has_one_off_siblings(self):
        self.ensure_one()
        lines = self.order_id.order_line.filtered(lambda line: not line.display_type)
        return bool(lines - lines._filter_by_contract())

    @api.depends("subscription_plan_id", "subscription_delivery_id")
    def _compute_untaxed_amount_to_invoice(self):
        res = super()._compute_untaxed_amount_to_invoice()
        self._filter_by_contract().untaxed_amount_to_invoice = 0.0
        return res

    @api.depends("subscription_plan_id", "subscription_delivery_id")
    def _compute_amount_to_invoice(self):
        res = super()._compute_amount_to_invoice()
        self._filter_by_contract().amount_to_invoice = 0.0
        return res

    # === GOODS === #
    def _action_launch_stock_rule(self, **kwargs):
        """The goods of a subscription come with the order of each period."""
        once = self.filtered(lambda line: not line.subscription_plan_id)
        return super(SaleOrderLine, once)._action_launch_stock_rule(**kwargs)

    def _prepare_contract_delivery(self, dates):
        """Return what the contract line of goods delivers, and where to (dict)."""
        self.ensure_one()
        if self.product_id.type != "consu":
            return {}
        return {
            "delivery_from": dates["date_start"],
            "delivery_partner_id": self.order_id.partner_shipping_id.id,
            "delivery_warehouse_id": self.warehouse_id.id,
        }

    @api.depends("subscription_plan_id")
    def _compute_price_unit(self):
        """The price that a contract agreed is not taken from a pricelist again."""
        agreed = self._filter_agreed()
        return super(SaleOrderLine, self - agreed)._compute_price_unit()

    @api.depends("subscription_plan_id")
    def _compute_discount(self):
        return super(SaleOrderLine, self - self._filter_agreed())._compute_discount()

    def _filter_agreed(self):
        """Return the lines whose price the contract agreed."""
        return self.filtered(
            lambda line: line.subscription_renewal_line_id
            or line.subscription_delivery_id
        )

    # === CONTRACT LINES === #
    def _prepare_contract_line(self, dates):
        """Return the values of the contract line that bills this line (dict).

        :param dict dates: see ``contract.plan._prepare_date_vals``
        """
        self.ensure_one()
        return {
            "product_id": self.product_id.id,
            "name": self.name,
            "quantity": self.product_uom_qty,
            "uom_id": self.product_uom_id.id,
            "automatic_price": False,
            "price_unit": self.price_unit,
            "discount": self.discount,
            "analytic_distribution": self.analytic_distribution,
            "sequence": self.sequence,
            "is_auto_renew": False,
            "subscription_sale_line_id": self.id,
            **self._prepare_agreed_taxes(),
            **self.subscription_plan_id._prepare_line_vals(),
            "intro_discount": self.intro_discount,
            "intro_periods": self.intro_periods,
            **self._prepare_contract_delivery(dates),
            **dates,
        }

    def _prepare_agreed_taxes(self):
        """Return the taxes of the line, where they are not those of its product."""
        self.ensure_one()
        company, product = self.company_id, self.product_id
        taxes = product.taxes_id._filter_taxes_by_company(company)
        if not taxes:
            # The order has none; an invoice would have those of the account.
            account = product.product_tmpl_id._get_income_account(company)
            taxes = account._get_sale_taxes(company)
        expected = self.order_id.fiscal_position_id.map_tax(taxes)
        if self.tax_ids == expected:
            return {"keeps_taxes": False, "subscription_tax_ids": [Command.clear()]}
        return {
            "keeps_taxes": True,
            "subscription_tax_ids": [Command.set(self.tax_ids.ids)],
        }

    def _prepare_successor_vals(self):
        """Return what this line of a renewal quotation agrees for the next term."""
        self.ensure_one()
        return {
            "quantity": self.product_uom_qty,
            "price_unit": self.price_unit,
            "discount": self.discount,
            "subscription_sale_line_id": self.id,
            **self._prepare_agreed_taxes(),
        }
