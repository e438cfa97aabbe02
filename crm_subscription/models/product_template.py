# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError

SUBSCRIPTION_TYPES = ("service", "consu")


class ProductTemplate(models.Model):
    """What is sold as subscription: by which plans, with which fee, from which day.

    Goods are delivered every period; see ``contract.delivery``.
    """

    _inherit = "product.template"

    subscription_ok = fields.Boolean(
        string="Sold as Subscription",
        help="A line of a confirmed order becomes a line of a contract, which bills it"
        " every period. The price is per period.",
    )
    subscription_plan_id = fields.Many2one(
        "contract.plan",
        string="Plan",
        check_company=True,
        ondelete="restrict",
        help="The plan of a new order line. The sales price is per period of it.",
    )
    subscription_plan_ids = fields.Many2many(
        "contract.plan",
        string="Other Plans",
        check_company=True,
        help="Plans that may be chosen on the order as well. Empty: every plan.",
    )
    subscription_start = fields.Selection(
        [
            ("order", "With the order"),
            ("delivery", "With the delivery of the order's goods"),
        ],
        default="order",
        required=True,
        string="Subscription Starts",
        help="With the delivery: the subscription begins on the day on which the last"
        " goods of the order are delivered. An order without goods starts at once.",
    )
    subscription_setup_product_id = fields.Many2one(
        "product.product",
        string="Set-up Fee",
        domain="[('type', '=', 'service'), ('subscription_ok', '=', False)]",
        check_company=True,
        ondelete="restrict",
        help="A new subscription adds this product once to the order, as a one-off"
        " line at the price of the pricelist.",
    )

    def _get_income_account(self, company):
        """Return the account that core books invoices of the product on, or none."""
        if not self:
            return self.env["account.account"]
        return self.with_company(company)._get_product_accounts()["income"]

    @api.constrains("subscription_ok", "subscription_plan_id", "type")
    def _check_subscription(self):
        for product in self.filtered("subscription_ok"):
            if product.type not in SUBSCRIPTION_TYPES:
                raise ValidationError(
                    self.env._(
                        "%(product)s: a combo is not sold as subscription; its parts"
                        " may be.",
                        product=product.display_name,
                    )
                )
            if not product.subscription_plan_id:
                raise ValidationError(
                    self.env._(
                        "%(product)s is sold as subscription: choose its plan.",
                        product=product.display_name,
                    )
                )

    @api.constrains("subscription_setup_product_id")
    def _check_setup_product(self):
        for product in self:
            fee = product.subscription_setup_product_id
            if fee and (fee.type != "service" or fee.subscription_ok):
                raise ValidationError(
                    self.env._(
                        "%(product)s: the set-up fee %(fee)s must be a service that is"
                        " sold once.",
                        product=product.display_name,
                        fee=fee.display_name,
                    )
                )

    def write(self, vals):
        """Other taxes of a product are other revenue of its subscriptions, where the
        price has taxes inside."""
        res = super().write(vals)
        if "taxes_id" in vals:
            self.env["contract.line"]._refresh_taxed(
                [("product_id.product_tmpl_id", "in", self.ids)]
            )
        return res

    def _get_subscription_plans(self):
        """Return the plans that the product is sold by; empty: by every plan."""
        if not self.subscription_plan_ids:
            return self.subscription_plan_ids
        return self.subscription_plan_id | self.subscription_plan_ids
