# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .groups import MANAGER

STATES = [
    ("waiting", "Waiting for goods"),
    ("ready", "Ready"),
    ("late", "Late"),
    ("done", "Delivered"),
    ("cancelled", "Cancelled"),
    ("released", "Taken back"),
]


class ContractDelivery(models.Model):
    """The delivery ledger: which period of which line has its goods on which order.

    One row per occurrence and root of a contract line, written in the transaction that
    makes the order; the database forbids a second one. What the customer pays is the
    contract's invoice: the order only brings the goods (docs/decisions/0041).

    An order that is cancelled leaves the row: the period is not delivered again by
    itself. A manager takes it back; then the next run orders the period again.
    """

    _name = "contract.delivery"
    _inherit = ["contract.line.ledger"]
    _description = "Delivery of a Subscription"
    _order = "period_start desc, id desc"
    _rec_names_search = ["contract_id"]

    period_end = fields.Date(help="Last day of the whole occurrence.")
    is_released = fields.Boolean(readonly=True, string="Taken Back")
    sale_line_ids = fields.One2many(
        "sale.order.line",
        "subscription_delivery_id",
        string="Order Lines",
        readonly=True,
        groups="sales_team.group_sale_salesman,stock.group_stock_user",
    )
    sale_order_id = fields.Many2one(
        "sale.order", string="Order", compute="_compute_delivery", compute_sudo=True
    )
    state = fields.Selection(STATES, compute="_compute_delivery", compute_sudo=True)
    is_open = fields.Boolean(
        string="To Deliver", compute="_compute_is_open", compute_sudo=True, store=True
    )
    date_done = fields.Datetime(
        string="Delivered On", compute="_compute_delivery", compute_sudo=True
    )

    # int4range makes equality of the line indexable in GiST without an extension.
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (int4range(line_root_id, line_root_id, '[]') WITH =,"
        " daterange(period_start, period_end, '[]') WITH &&)"
        " WHERE (is_released IS NOT TRUE)",
        "The goods of this period are ordered already.",
    )
    _dates_in_order = models.Constraint(
        "CHECK (period_start <= period_end)",
        "A period can't end before it starts.",
    )

    @api.depends(
        "is_released",
        "sale_line_ids.state",
        "sale_line_ids.move_ids.state",
        "sale_line_ids.move_ids.date_deadline",
    )
    def _compute_delivery(self):
        """State and dates follow from the stock moves; no money is shown."""
        for row in self:
            line = row.sale_line_ids[:1]
            moves = line.move_ids.filtered(lambda move: move.state != "cancel")
            row.sale_order_id = line.order_id
            row.state = row._get_state(line, moves)
            done = moves.filtered(lambda move: move.state == "done")
            row.date_done = max(done.mapped("date"), default=False)

    @api.depends("is_released", "sale_line_ids.state", "sale_line_ids.move_ids.state")
    def _compute_is_open(self):
        for row in self:
            moves = row.sale_line_ids.move_ids
            row.is_open = not row.is_released and any(
                move.state not in ("done", "cancel") for move in moves
            )

    def _get_state(self, line, moves):
        if self.is_released:
            return "released"
        still_open = moves.filtered(lambda move: move.state != "done")
        if line.state == "cancel" or not moves:
            return "cancelled"
        if not still_open:
            return "done"
        if self.period_start < self.contract_id._get_today():
            return "late"
        ready = all(move.state == "assigned" for move in still_open)
        return "ready" if ready else "waiting"

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._(
                "The delivery ledger is not deleted: %(row)s tells what was ordered.",
                row=self[:1].display_name,
            )
        )

    def action_release(self):
        """Take rows back whose order is cancelled, so that the next run orders their
        goods again (button).

        :raise AccessError: the user is no subscription manager
        :raise UserError: an order is not cancelled; it is named
        """
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._("Only subscription managers take a delivery back.")
            )
        self.check_access("read")
        # Only the machine writes the ledger; the group was checked just above.
        rows = self.sudo()
        for row in rows:
            if row.state != "cancelled":
                raise UserError(
                    self.env._(
                        "%(row)s: cancel its order %(order)s first.",
                        row=row.display_name,
                        order=row.sale_order_id.name or "-",
                    )
                )
        rows.is_released = True
        return True

    def action_open_order(self):
        """Return the action that opens the row's order, with the user's rights.

        :raise UserError: the row has no order
        """
        self.ensure_one()
        if not self.sale_order_id:
            raise UserError(self.env._("%(row)s has no order.", row=self.display_name))
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": self.sale_order_id.id,
            "views": [(False, "form")],
        }
