# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.tools import format_date


class ContractDelivery(models.Model):
    """Goods that were ordered ahead and are no longer wanted as they were ordered."""

    _inherit = "contract.delivery"  # pylint: disable=consider-merging-classes-inherited

    def _is_wanted(self):
        """Return whether the contract still wants the goods of the period, and as many
        (bool). What is billed and not given back is brought."""
        self.ensure_one()
        billed = self.line_root_id.root_period_ids.filtered(
            lambda row: row.state == "billed"
            and row.period_start <= self.period_end
            and row.period_end >= self.period_start
        )
        if sum(billed.mapped("amount")) > 0:
            return True
        lines = self.contract_id.contract_line_ids.filtered(
            lambda line: line.line_root_id == self.line_root_id
            and line._is_delivered()
            and line._runs_on(self.period_start)
        )
        ordered = self.sale_line_ids.product_id
        return any(
            line.product_id == ordered and line.quantity == self.quantity
            for line in lines
        )

    def _has_left(self):
        """Return whether goods of the period are on their way (bool)."""
        self.ensure_one()
        return "done" in self.sale_line_ids.move_ids.mapped("state")

    def _take_back(self):
        """Cancel what brings the goods of these periods, and free the periods."""
        orders = self.sale_line_ids.order_id
        self.is_released = True
        rest = orders.order_line.subscription_delivery_id.filtered(
            lambda row: not row.is_released
        )
        shared = rest.sale_line_ids.order_id
        (orders - shared)._action_cancel()
        # The other goods of a shared order are still wanted.
        (self.sale_line_ids & shared.order_line).move_ids._action_cancel()


class ContractContract(models.Model):
    _inherit = "contract.contract"  # pylint: disable=consider-merging-classes-inherited

    def _apply_change(self, change, expected_total):
        answer = super()._apply_change(change, expected_total)
        self._review_deliveries()
        return answer

    def _review_deliveries(self):
        """Take the goods back that were ordered for periods which the contract no
        longer has, or of which it wants others; tell of what has left the house."""
        today = self._get_today()
        rows = self.delivery_ids.filtered(
            lambda row: (row.is_open or row.period_start >= today)
            and row.state not in ("cancelled", "released")
            and not row._is_wanted()
        )
        left = rows.filtered(lambda row: row._has_left())
        (rows - left)._take_back()
        for row in (rows - left) | left.filtered(lambda row: row.period_start >= today):
            self._tell_unwanted(row)

    def _tell_unwanted(self, row):
        told = self._in_language_of_sales()
        words = {
            "order": row.sale_line_ids.order_id.name,
            "start": format_date(told.env, row.period_start),
        }
        if row.is_released:
            text = told.env._(
                "Goods of the period from %(start)s were ordered ahead and are no"
                " longer wanted: they are taken out of %(order)s.",
                **words,
            )
        else:
            text = told.env._(
                "Goods of the period from %(start)s have been delivered already, by"
                " %(order)s: fetch them back or settle them by hand.",
                **words,
            )
        told.message_post(body=text)
