# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command, models
from odoo.exceptions import UserError

from odoo.addons.crm_suite_base.tools.options import Option

from .groups import SALES, STOCK_USER
from .service_ticket_return import BACK_SPEC
from .service_ticket_settlement import LINE_SPEC, Maker

FREE_SPEC = {
    "picking_id": Option("int", minimum=1),
    "goodwill": Option("bool"),
    "confirm_overdue": Option("bool"),
}
REPLACEMENT_LINE_SPEC = LINE_SPEC | {
    "part_id": Option("int", minimum=1),
    "successor": Option("bool"),
}


class ServiceTicketReplacement(models.AbstractModel):
    """Sending goods again: exchange, replacement, spare parts."""

    _name = "service.ticket.replacement"
    _inherit = "service.ticket.ledger"
    _description = "Replacements from a Ticket"

    # === API === #

    def create_exchange(self, lines, options=None):
        """Take goods back and send the same product, free of charge.

        The serial number that is sent keeps the remaining warranty of the one that
        comes back, or begins a term of its own: see the team.

        :param lines: see :meth:`create_return`
        :param options: ``picking_id``, ``as_new``, ``reason``, ``client_key``,
            ``wait``: see :meth:`create_return`; ``goodwill`` (bool): free though no
            warranty covers
            it, for helpdesk managers; ``confirm_overdue`` (bool): free though the
            customer has overdue invoices
        :return: ``{"picking_id", "requested", "activity_id", "claim_id", "free"}``;
            ``picking_id`` is the return, the delivery follows the order's route.
            Without the stock group it is asked for
        :raise UserError: too much returned, replaced or credited already, no warranty,
            overdue invoices that are not confirmed, unknown keys
        :raise AccessError: no helpdesk user, a ticket that he may not change, goodwill
            of who may not grant it
        """
        self._check_desk_ids("write")._service_check_goodwill(options)
        return self._service_settle("exchange", lines, options)

    def create_replacement(self, lines, options=None):
        """Send goods again or spare parts: free under warranty, else a quotation.

        :param lines: list of ``{"lot_id" or "product_id", "part_id", "successor",
            "quantity"}``: what the customer has, and the product to send if it is
            another one: a spare part, or with ``successor`` (bool) one that takes its
            place; quantity in the unit of what is sent, 1 if absent
        :param options: see :meth:`create_exchange`, without ``as_new``; ``quoted``
            (bool): a quotation although the warranty covers it. ``wait``: until it is
            delivered
        :return: ``{"order_id", "requested", "activity_id", "claim_id", "free"}``. The
            order is confirmed when ``free``, else a quotation to be signed. Without
            the sales group it is asked for
        :raise UserError: see :meth:`create_exchange`
        :raise AccessError: see :meth:`create_exchange`
        """
        self._check_desk_ids("write")._service_check_goodwill(options)
        return self._service_settle("replacement", lines, options)

    def _service_makers(self):
        number = self.sudo().number if self else ""
        return super()._service_makers() | {
            "exchange": Maker(
                group=STOCK_USER,
                answer="picking_id",
                document="picking_id",
                summary=self.env._(
                    "Exchange goods for ticket %(number)s", number=number
                ),
                check=self._service_check_exchange,
                make=self._service_make_exchange,
                options=FREE_SPEC | BACK_SPEC,
            ),
            "replacement": Maker(
                group=SALES,
                answer="order_id",
                document="order_id",
                summary=self.env._("Send goods for ticket %(number)s", number=number),
                check=lambda wanted, options: (
                    self._service_check_replacement(wanted, options)[1]
                ),
                make=self._service_make_replacement,
                lines=REPLACEMENT_LINE_SPEC,
                options=FREE_SPEC | {"quoted": Option("bool")},
            ),
        }

    # === EXCHANGE === #

    def _service_check_exchange(self, wanted, options):
        """Return the delivery (sudo) of the goods; refuse what cannot be exchanged."""
        options = self._service_where_it_stands(wanted, options)
        moves = self._service_return_moves(wanted, options)
        for move in moves:
            self._service_hold_order(move)
        self._service_check_replaceable(wanted)
        free, reason = self._service_check_free(wanted, options)
        if not free:
            raise UserError(
                self.env._(
                    "Only goods under warranty are exchanged: %(reason)s Take them back"
                    " and quote a replacement.",
                    reason=reason,
                )
            )
        self._service_check_overdue(True, options)
        return moves.picking_id

    def _service_make_exchange(self, claim, wanted, options):
        """Make Odoo's return, and have the same goods sent by the order's rules."""
        options = self._service_where_it_stands(wanted, options)
        self._service_check_exchange(wanted, options)
        made = self._service_make_return(wanted, options)
        quantities = {}
        for line in wanted:
            move = line["move"]
            quantities[move] = quantities.get(move, 0.0) + line["quantity"]
        picking = made.return_id
        lines = self._service_return_wizard(picking).product_return_moves
        Procurement = self.env["stock.rule"].Procurement
        procurements = []
        for row in lines.filtered(lambda row: row.move_id.sudo() in quantities):
            move = row.move_id
            values = row.wizard_id._get_proc_values(row)
            procurements.append(
                Procurement(
                    move.product_id,
                    quantities[move.sudo()],
                    move.product_id.uom_id,
                    move.location_dest_id,
                    move.product_id.display_name,
                    picking.origin or picking.name,
                    picking.company_id,
                    dict(values, service_claim_id=claim.id),
                )
            )
        self.env["stock.rule"].run(procurements)
        sent = claim.sudo().move_ids.picking_id
        sent.filtered(lambda one: not one.service_ticket_id).service_ticket_id = self
        return {"picking_id": made.id, "free": True}

    # === REPLACEMENT === #

    def _service_line_records(self, argument, values):
        """Add the product that is sent instead, if the line names one."""
        line = super()._service_line_records(argument, values)
        part = self._service_line_product(values.get("part_id"))
        if part and not part.sale_ok:
            raise UserError(
                self.env._(
                    "%(argument)s: %(product)s is not sold.",
                    argument=argument,
                    product=part.display_name,
                )
            )
        if part and part != line["product"]:
            line["part"] = part
        self._service_check_successor(argument, line)
        return line

    def _service_check_successor(self, argument, line):
        """Refuse a successor that is none, or does not take the place one for one."""
        if not line.get("successor"):
            return
        part, product = line.get("part"), line["product"]
        if not part:
            raise UserError(
                self.env._(
                    "%(argument)s: successor: name the other product that is sent"
                    " (part_id).",
                    argument=argument,
                )
            )
        if part.uom_id != product.uom_id:
            raise UserError(
                self.env._(
                    "%(argument)s: successor: %(part)s has another unit of measure"
                    " than %(product)s.",
                    argument=argument,
                    part=part.display_name,
                    product=product.display_name,
                )
            )

    def _service_check_replacement(self, wanted, options):
        """Return (free, document on which is asked); refuse what is too much."""
        self._service_find_moves(wanted, options)
        free, _reason = self._service_check_free(wanted, options)
        if free:
            self._service_check_replaceable(wanted)
        self._service_check_overdue(free, options)
        move = wanted[0]["move"]
        return free, move.sale_line_id.order_id or move.picking_id

    def _service_make_replacement(self, claim, wanted, options):
        """Make the order in the user's own rights; confirm it when it is free."""
        free, document = self._service_check_replacement(wanted, options)
        values = self._service_order_values(document)
        values["order_line"] = [
            Command.create(self._service_order_line_values(line, free))
            for line in wanted
        ]
        order = self.env["sale.order"].create(values)
        for line, order_line in zip(wanted, order.order_line, strict=True):
            line["order_line"] = order_line
        if free:
            order.action_confirm()
        else:
            order.require_signature = True
            order.action_quotation_sent()
        return {"order_id": order.id, "free": free}

    def _service_order_values(self, document):
        """Return the values of the order: as the one that brought the goods."""
        ticket = self.sudo()
        values = {
            "company_id": ticket.company_id.id,
            "origin": ticket.number,
            "service_ticket_id": self.id,
            "partner_id": (document.partner_id or ticket.partner_id).id,
        }
        if document._name == "sale.order":
            for name in (
                "partner_invoice_id",
                "partner_shipping_id",
                "pricelist_id",
                "warehouse_id",
            ):
                values[name] = document[name].id
        return values

    def _service_order_line_values(self, line, free):
        product = line.get("part") or line["product"]
        values = {
            "product_id": product.id,
            "product_uom_qty": line["quantity"],
            "product_uom_id": product.uom_id.id,
        }
        if free:
            values["price_unit"] = 0.0
        return values
