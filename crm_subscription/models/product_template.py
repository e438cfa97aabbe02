# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ProductTemplate(models.Model):
    _inherit = "product.template"

    subscription_ok = fields.Boolean(
        string="Sold as Subscription",
        help="A line of a confirmed order becomes a line of a contract, which bills it"
        " every period. The price is per period.",
    )
    subscription_plan_id = fields.Many2one(
        "contract.plan", string="Plan", check_company=True, ondelete="restrict"
    )

    @api.constrains("subscription_ok", "subscription_plan_id", "type")
    def _check_subscription(self):
        for product in self.filtered("subscription_ok"):
            if product.type != "service":
                raise ValidationError(
                    self.env._(
                        "%(product)s: only services are sold as subscription.",
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
