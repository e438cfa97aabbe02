# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class StockPicking(models.Model):
    _name = "stock.picking"
    _inherit = ["stock.picking", "subscription.link.mixin"]

    def _get_subscription_contracts(self):
        return self.move_ids.sale_line_id.order_id._get_contracts()

    def _get_subscription_depends(self):
        return ["move_ids.sale_line_id.order_id.order_line.subscription_line_ids"]
