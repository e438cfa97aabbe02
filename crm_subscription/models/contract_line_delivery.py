# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from ..engine import delivery


class ContractLine(models.Model):
    """Lines of goods: what is to be delivered, from when on, and where to."""

    _inherit = "contract.line"  # pylint: disable=consider-merging-classes-inherited

    delivery_from = fields.Date(
        string="Deliver From",
        help="The goods of each period are ordered from this day on. Empty: the line"
        " delivers nothing, it only bills.",
    )
    delivery_partner_id = fields.Many2one(
        "res.partner", string="Delivery Address", help="Empty: the customer."
    )
    delivery_warehouse_id = fields.Many2one(
        "stock.warehouse", string="Warehouse", check_company=True
    )
    delivery_ids = fields.One2many(
        "contract.delivery",
        "line_root_id",
        string="Deliveries of the Chain",
        readonly=True,
        copy=False,
    )
    next_delivery_date = fields.Date(
        string="Next Delivery",
        compute="_compute_next_delivery_date",
        compute_sudo=True,
        store=True,
        index="btree_not_null",
    )

    @api.depends(
        "delivery_from",
        "date_start",
        "date_end",
        "anchor_date",
        "anchor_day",
        "recurring_rule_type",
        "recurring_interval",
        "is_canceled",
        "line_root_id.delivery_ids.is_released",
    )
    def _compute_next_delivery_date(self):
        for line in self:
            span = line._is_delivered() and delivery.next_open(*line._get_delivery())
            line.next_delivery_date = span[0] if span else False

    def _is_delivered(self):
        """Return whether the line brings goods (bool)."""
        self.ensure_one()
        return bool(
            self.delivery_from
            and self.anchor_date
            and self.date_start
            and not self.is_canceled
            and not self.display_type
            and self.product_id.type == "consu"
        )

    def _get_delivery(self):
        """Return the arguments of the engine: cycle, first and last day, and the spans
        that are delivered."""
        self.ensure_one()
        # The ledger is the machine's; a line is written by people.
        root = self.sudo().line_root_id or self.sudo()
        rows = root.delivery_ids.filtered(lambda row: not row.is_released)
        return (
            self._get_recurrence(),
            max(self.delivery_from, self.date_start),
            self.date_end or None,
            [(row.period_start, row.period_end) for row in rows],
        )

    def _get_due_deliveries(self, until, limit):
        """Return [(first day, last day)] of what is to be ordered by ``until``."""
        self.ensure_one()
        if not self._is_delivered():
            return []
        spans = delivery.open_occurrences(*self._get_delivery(), until)
        return spans[:limit]

    def _get_fields_kept_by_predecessor(self):
        return super()._get_fields_kept_by_predecessor() | {
            "delivery_ids",
            "next_delivery_date",
        }

    def _prepare_delivery_vals(self, start, end):
        """Return the ledger row of one occurrence (dict)."""
        self.ensure_one()
        return {
            "contract_id": self.contract_id.id,
            "line_id": self.id,
            "line_root_id": self.line_root_id.id,
            "period_start": start,
            "period_end": end,
            "quantity": self.quantity,
            "company_id": self.company_id.id,
        }

    def _prepare_delivery_order_line(self, row):
        """Return the order line that brings the goods of ``row`` (dict): at the price
        of the contract, so that margin and customs value are right; it is never
        invoiced."""
        self.ensure_one()
        sold = self.line_root_id.subscription_sale_line_id
        return {
            "product_id": self.product_id.id,
            "name": self._get_sold_name(),
            "product_uom_qty": row.quantity,
            "product_uom_id": self.uom_id.id,
            "price_unit": self.price_unit,
            "discount": self.discount,
            "tax_ids": [fields.Command.set(self._get_line_taxes().ids)],
            "route_ids": [fields.Command.set(sold.route_ids.ids)],
            "subscription_plan_id": False,
            "subscription_delivery_id": row.id,
        }
