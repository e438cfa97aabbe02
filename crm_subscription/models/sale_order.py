# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from odoo.addons.crm_suite_base.tools.context_defaults import context_defaults


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "subscription.link.mixin"]

    subscription_start_date = fields.Date(
        string="Subscription Start",
        copy=False,
        help="First day of the subscriptions of this order; empty: the day of"
        " confirmation.",
    )
    subscription_contract_choice = fields.Selection(
        [
            ("plan", "As the plan says"),
            ("new", "A new contract"),
            ("existing", "The customer's contract"),
        ],
        string="Subscriptions Go To",
        default="plan",
        required=True,
        copy=False,
        help="The customer's contract is one that runs now, of the same plan, company,"
        " customer, invoicing address and currency. New lines follow its cycle and end"
        " with it; their first period is shared out by days.",
    )
    subscription_contract_id = fields.Many2one(
        "contract.contract",
        string="Join Contract",
        copy=False,
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        help="Empty: the newest contract that fits.",
    )
    subscription_waiting = fields.Boolean(
        compute="_compute_subscription_waiting",
        compute_sudo=True,
        help="Subscriptions of this order start when its goods are delivered.",
    )
    subscription_to_start = fields.Boolean(
        compute="_compute_subscription_waiting",
        compute_sudo=True,
        help="The order is confirmed, but a subscription of it could not be made.",
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

    @api.depends("state", "order_line.move_ids.state")
    def _compute_subscription_waiting(self):
        for order in self:
            unmade = order.state == "sale" and order._get_unmade_lines()
            waiting = [line._is_waiting_for_goods() for line in unmade or []]
            order.subscription_waiting = any(waiting)
            order.subscription_to_start = not all(waiting)

    def _get_subscription_depends(self):
        return [
            "order_line.subscription_line_ids",
            "order_line.subscription_delivery_id",
            "renewal_contract_id",
        ]

    def _get_subscription_contracts(self):
        return self._get_contracts()

    def _get_contracts(self):
        return (
            self.order_line.subscription_line_ids.contract_id
            | self.order_line.subscription_delivery_id.contract_id
            | self.renewal_contract_id
        )

    # === WHAT ONLY THE MACHINE SETS === #
    @api.model_create_multi
    def create(self, vals_list):
        self._check_renewal_fields(context_defaults(self.env))
        for vals in vals_list:
            self._check_renewal_fields(vals)
        orders = super().create(vals_list)
        orders._check_joined_contract()
        return orders

    def write(self, vals):
        self._check_renewal_fields(vals)
        res = super().write(vals)
        if "subscription_contract_id" in vals:
            self._check_joined_contract()
        return res

    def _check_joined_contract(self):
        """Refuse to name a contract to join that the user may not read.

        :raise AccessError: in the words of the record rules
        """
        self.subscription_contract_id.check_access("read")

    def _check_renewal_fields(self, names):
        """Refuse to name the contract of a renewal by hand: confirming the order
        writes that contract with the machine's rights.

        :param names: names of the fields that are given (any iterable)
        """
        given = {"renewal_contract_id", "renewal_term_end"} & set(names)
        if given and not self.env.su:
            raise AccessError(
                self.env._(
                    "%(fields)s: renewal quotations are made by the contract.",
                    fields=", ".join(sorted(given)),
                )
            )

    @api.constrains("renewal_contract_id", "pricelist_id")
    def _check_renewal_currency(self):
        """What the customer agrees is billed in the contract's currency.

        :raise ValidationError: names the order and both currencies
        """
        for order in self.filtered("renewal_contract_id"):
            # As in _check_renewal_contract.
            currency = order.sudo().renewal_contract_id.currency_id
            if order.currency_id != currency:
                raise ValidationError(
                    self.env._(
                        "%(order)s is in %(currency)s, but renews a contract that is"
                        " billed in %(billed)s. Choose a pricelist in that currency.",
                        order=order.name,
                        currency=order.currency_id.name,
                        billed=currency.name,
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
