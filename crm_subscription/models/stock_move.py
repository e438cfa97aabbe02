# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class StockMove(models.Model):
    """Goods that arrive start the subscriptions that wait for them."""

    _inherit = "stock.move"

    def _action_done(self, cancel_backorder=False):
        moves = super()._action_done(cancel_backorder=cancel_backorder)
        moves._start_subscriptions()
        return moves

    def _action_cancel(self):
        res = super()._action_cancel()
        self._start_subscriptions()
        return res

    def _start_subscriptions(self):
        if self.env.context.get("subscription_no_start"):
            return
        # Who delivers need not be allowed to sell: the contracts follow from the
        # order that was confirmed.
        self.sudo().sale_line_id.order_id._start_delivered_subscriptions()
