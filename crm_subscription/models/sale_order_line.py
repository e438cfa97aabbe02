# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ..engine import mrr


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

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_renewal_line(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_renewal_line(vals)
        return super().write(vals)

    def _check_renewal_line(self, vals):
        """Refuse to name the renewed line by hand; see ``_check_renewal_fields``."""
        if vals.get("subscription_renewal_line_id") and not self.env.su:
            raise AccessError(
                self.env._(
                    "subscription_renewal_line_id: renewal quotations are made by the"
                    " contract."
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

    @api.constrains("subscription_plan_id", "product_id")
    def _check_subscription_plan(self):
        for line in self:
            if line.subscription_plan_id and line.product_id.type != "service":
                raise ValidationError(
                    self.env._(
                        "%(product)s: only services are sold by a plan.",
                        product=line.product_id.display_name,
                    )
                )

    def _get_monthly_amount(self):
        """Return the line as monthly recurring revenue (float, order's currency)."""
        self.ensure_one()
        plan = self.subscription_plan_id
        amount = mrr.monthly(self.price_subtotal, plan.unit, plan.interval)
        return self.currency_id.round(amount)

    # === THE ORDER BILLS ONLY WHAT IS ONE-OFF === #
    @api.depends("subscription_plan_id")
    def _compute_qty_to_invoice(self):
        res = super()._compute_qty_to_invoice()
        self.filtered("subscription_plan_id").qty_to_invoice = 0.0
        return res

    @api.depends("subscription_plan_id", "order_id.order_line.subscription_plan_id")
    def _compute_invoice_status(self):
        """Beside one-off lines a subscription has nothing left for the order to bill,
        else the order would never be fully invoiced; alone there is nothing at all."""
        res = super()._compute_invoice_status()
        for line in self.filtered("subscription_plan_id"):
            if line.state == "sale":
                line.invoice_status = (
                    "invoiced" if line._has_one_off_siblings() else "no"
                )
        return res

    def _has_one_off_siblings(self):
        self.ensure_one()
        return any(
            not line.display_type and not line.subscription_plan_id
            for line in self.order_id.order_line
        )

    @api.depends("subscription_plan_id")
    def _compute_untaxed_amount_to_invoice(self):
        res = super()._compute_untaxed_amount_to_invoice()
        self.filtered("subscription_plan_id").untaxed_amount_to_invoice = 0.0
        return res

    @api.depends("subscription_plan_id")
    def _compute_amount_to_invoice(self):
        res = super()._compute_amount_to_invoice()
        self.filtered("subscription_plan_id").amount_to_invoice = 0.0
        return res

    def _compute_price_unit(self):
        """The agreed price of a renewal is not taken from a pricelist again."""
        agreed = self.filtered("subscription_renewal_line_id")
        return super(SaleOrderLine, self - agreed)._compute_price_unit()

    def _compute_discount(self):
        agreed = self.filtered("subscription_renewal_line_id")
        return super(SaleOrderLine, self - agreed)._compute_discount()

    # === CONTRACT LINES === #
    def _prepare_contract_line(self, start, anchor, end):
        """Return the values of the contract line that bills this line (dict)."""
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
            "date_start": start,
            "date_end": end,
            "anchor_date": anchor,
            "is_auto_renew": False,
            "subscription_sale_line_id": self.id,
            **self.subscription_plan_id._prepare_recurrence_vals(),
        }

    def _prepare_successor_vals(self):
        """Return what this line of a renewal quotation agrees for the next term."""
        self.ensure_one()
        return {
            "quantity": self.product_uom_qty,
            "price_unit": self.price_unit,
            "discount": self.discount,
            "subscription_sale_line_id": self.id,
        }
