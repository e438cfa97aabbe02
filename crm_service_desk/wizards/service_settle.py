# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.groups import MANAGER

CALLS = {
    "return": "create_return",
    "exchange": "create_exchange",
    "replacement": "create_replacement",
    "repair": "create_repair",
    "credit": "request_credit",
}


class ServiceSettle(models.TransientModel):
    """The dialog that settles a ticket: it shows what is possible, and asks for it.

    Names only, no links: the agent need not be able to read products' documents.
    """

    _name = "service.settle"
    _description = "Settle a Ticket"

    ticket_id = fields.Many2one("helpdesk.ticket", required=True, readonly=True)
    kind = fields.Selection(
        [
            ("return", "Return"),
            ("exchange", "Exchange"),
            ("replacement", "Replacement"),
            ("repair", "Repair"),
            ("credit", "Credit"),
        ],
        required=True,
        readonly=True,
    )
    line_ids = fields.One2many("service.settle.line", "settle_id", string="Goods")
    reason = fields.Char()
    wait = fields.Boolean(
        string="The Ticket waits for it",
        help="It goes to the stage where its clock stands, and comes back by itself.",
    )
    quoted = fields.Boolean(
        string="Quote it", help="A quotation although the warranty covers it."
    )
    goodwill = fields.Boolean(
        help="Free of charge although no warranty covers it.", groups=MANAGER
    )
    overdue = fields.Boolean(string="Overdue Invoices", readonly=True)
    confirm_overdue = fields.Boolean(string="Free of charge nevertheless")
    apart = fields.Boolean(string="Goods lie apart", readonly=True)
    as_new = fields.Boolean(
        string="As new", help="Nothing is wrong with what comes back: it goes to stock."
    )

    def action_settle(self):
        """Make what was chosen, or ask for it.

        :return: the action that opens the document, or says who was asked
        :raise UserError: nothing chosen, or a refusal of the call
        """
        self.ensure_one()
        chosen = self.line_ids.filtered("quantity")
        if not chosen:
            raise UserError(self.env._("Enter the quantity of at least one line."))
        lines = [line._service_line() for line in chosen]
        ticket = self.ticket_id
        if self.kind == "exchange" and chosen.part_id:
            return ticket._service_switched(
                ticket.create_switch(lines, self._service_options(chosen))
            )
        answer = getattr(ticket, CALLS[self.kind])(lines, self._service_options(chosen))
        return ticket._service_settled(answer)

    def _service_options(self, chosen):
        """Return the options of the call; a second click makes nothing anew."""
        options = {
            "reason": self.reason or "",
            "wait": self.wait,
            "client_key": f"dialog-{self.id}",
        }
        if self.kind == "credit":
            return options
        pickings = set(chosen.mapped("picking_res_id"))
        if len(pickings) == 1:
            options["picking_id"] = pickings.pop()
        elif self.kind != "replacement":
            raise UserError(self.env._("Choose goods of one delivery at a time."))
        if self.kind in ("return", "exchange"):
            options["as_new"] = self.as_new
        if self.kind == "return":
            return options
        options["confirm_overdue"] = self.confirm_overdue
        if self.env.user.has_group(MANAGER):
            options["goodwill"] = self.goodwill
        if self.kind != "exchange":
            options["quoted"] = self.quoted
        return options


class ServiceSettleLine(models.TransientModel):
    """Goods that can be settled, and how much of them is to be."""

    _name = "service.settle.line"
    _description = "Line of the Dialog that settles a Ticket"

    settle_id = fields.Many2one("service.settle", required=True, ondelete="cascade")
    document = fields.Char(readonly=True)
    product = fields.Char(readonly=True)
    serial = fields.Char(string="Serial Number", readonly=True)
    delivered = fields.Float(digits="Product Unit", readonly=True)
    invoiced = fields.Float(digits="Product Unit", readonly=True)
    returned = fields.Float(digits="Product Unit", readonly=True)
    credited = fields.Float(digits="Product Unit", readonly=True)
    replaced = fields.Float(digits="Product Unit", readonly=True)
    left = fields.Float(string="Possible", digits="Product Unit", readonly=True)
    warranty = fields.Char(readonly=True)
    warranty_state = fields.Char(readonly=True)
    quantity = fields.Float(digits="Product Unit")
    amount = fields.Float(
        digits="Product Price",
        help="What is credited, in the currency of the invoice and as its prices"
        " stand. 0: what was invoiced.",
    )
    part_id = fields.Many2one(
        "product.product",
        string="Send Instead",
        domain=[("sale_ok", "=", True)],
        help="Another product than the same again, as a spare part or successor.",
    )
    successor = fields.Boolean(
        string="Takes Its Place",
        compute="_compute_successor",
        store=True,
        readonly=False,
        help="The other product replaces the whole thing, which is then made good. If"
        " not, it is a spare part.",
    )
    picking_res_id = fields.Integer(readonly=True)
    invoice_line_res_id = fields.Integer(readonly=True)
    product_res_id = fields.Integer(readonly=True)
    lot_res_id = fields.Integer(readonly=True)

    @api.depends("part_id")
    def _compute_successor(self):
        """What has a serial number, too, stands for the thing unless told otherwise."""
        for line in self:
            # One word of the product, which the agent has chosen himself.
            part = line.part_id.sudo()
            line.successor = bool(line.lot_res_id) and part.tracking == "serial"

    def _service_line(self):
        """Return the line of the call."""
        self.ensure_one()
        line = {"quantity": self.quantity}
        if self.lot_res_id:
            line["lot_id"] = self.lot_res_id
        elif self.product_res_id:
            line["product_id"] = self.product_res_id
        if self.settle_id.kind == "credit":
            line["invoice_line_id"] = self.invoice_line_res_id
            if self.amount:
                line["amount"] = self.amount
        if self.settle_id.kind == "exchange" and self.part_id:
            line["part_id"] = self.part_id.id
        if self.settle_id.kind == "replacement" and self.part_id:
            line["part_id"] = self.part_id.id
            # The same product again is no successor.
            other = self.part_id.id != self.product_res_id
            line["successor"] = self.successor and other
        return line
