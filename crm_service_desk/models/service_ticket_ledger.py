# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..engine import places, warranty
from ..engine.owned import Holding, holding
from .groups import MANAGER
from .known import Known


class ServiceTicketLedger(models.AbstractModel):
    """What goods a customer was made good for, so that it happens once.

    Of what was delivered, each piece is credited or replaced free of charge, or
    neither, never both: credited + replaced <= delivered, and what is credited or
    exchanged has come back.
    """

    _name = "service.ticket.ledger"
    _inherit = "service.ticket.place"
    _description = "What was credited and replaced"

    # === REPLACED === #

    @api.model
    def _service_is_part(self, part, product, successor):
        """Say whether what is sent is a spare part, and not the thing itself, be it in
        another variant or as its successor, which is replaced by it."""
        if not part or successor:
            return False
        return part.product_tmpl_id != product.product_tmpl_id

    def _service_check_replaceable(self, wanted):
        """Refuse to replace free of charge what was replaced or credited already.

        Asked of the piece, and of the order that first brought it: a credit note need
        not name the piece, and what replaced it stands in its place. Adds
        ``came_before`` to the lines: see :class:`service.claim.line`.
        """
        goods = [
            line
            for line in wanted
            if not self._service_is_part(
                line.get("part"), line["product"], line.get("successor", False)
            )
        ]
        sent = {id(line): self._service_sent_first(line["move"]) for line in goods}
        whole = {sent[id(line)] for line in goods if not line["lot"]}
        asked, known = {}, {}
        for line in goods:
            move, lot = sent[id(line)], line["lot"]
            first = self._service_first_delivery(move)
            self._service_hold_order(first)
            asked[(move, lot)] = asked.get((move, lot), 0.0) + line["quantity"]
            if lot or first != move:
                self._service_check_piece(line, move, asked[(move, lot)])
            place = (first.sale_line_id or first.picking_id, first.product_id)
            if place not in known:
                known[place] = self._service_shipments(first, whole)
            known[place] = self._service_check_place(line, move, first, known[place])

    def _service_check_piece(self, line, move, asked):
        """Refuse more of a serial number or lot, or of a delivery that is itself a
        replacement, than is left of it.

        :param move: the delivery (sudo) that brought it first
        :param asked: how much is asked for by all lines
        """
        delivered, replaced, credited = self._service_piece_facts(move, line["lot"])
        if asked > delivered - replaced - credited + places.TINY:
            raise self._service_replaced_refusal(line, delivered, replaced, credited)

    def _service_piece_facts(self, move, lot):
        """Return (delivered, replaced, credited) of what a move (sudo) brought, of one
        serial number or lot unless it is empty."""
        delivered = self._service_moved(move, lot)[move]
        lines = self._service_replaced_of(move)
        swapped = sum(part.quantity for _swap, part in self._service_swapped(move, lot))
        if not lot:
            return delivered, sum(lines.mapped("quantity")) + swapped, 0.0
        named = lines.filtered(lambda line: line.lot_id == lot)
        # What was replaced without a number may have been this one.
        others = self._service_moved(move, lot.browse())[move] - delivered
        unnamed = sum((lines - lines.filtered("lot_id")).mapped("quantity")) + sum(
            self._service_swap_sent(swap)
            for swap in self._service_swaps(move)
            if not self._service_names_lots(swap)
        )
        replaced = sum(named.mapped("quantity")) + swapped + max(unnamed - others, 0.0)
        return delivered, replaced, self._service_credited_piece(move, lot)

    def _service_check_place(self, line, move, first, shipments):
        """Refuse what an order line has nothing left for; return its shipments as they
        are when the goods of the line are replaced.

        :param move: the delivery (sudo) that brought the goods
        :param first: see :meth:`_service_first_delivery`
        :param shipments: see :meth:`_service_shipments`
        """
        lot = line["lot"]
        key = (move, lot) if (move, lot) in shipments else (move, lot.browse())
        if key not in shipments:
            raise self._service_replaced_refusal(line, 0.0, 0.0, 0.0)
        line["came_before"] = shipments[key].came
        before = places.places(shipments.values())
        credited = self._service_credited_for_good(first, before.paid)
        after = places.with_replaced(shipments, key, line["quantity"])
        found = places.too_much(before, places.places(after.values()), credited)
        if found:
            raise self._service_replaced_refusal(line, *found, credited)
        return after

    def _service_replaced_refusal(self, line, delivered, replaced, credited):
        """Return the refusal to replace a line, with what is left of what."""
        return UserError(
            self.env._(
                "%(product)s %(lot)s: %(quantity)s cannot be replaced;"
                " %(delivered)s delivered, %(replaced)s replaced already,"
                " %(credited)s credited already.",
                product=line["product"].display_name,
                lot=line["lot"].name or "",
                quantity=line["quantity"],
                delivered=delivered,
                replaced=replaced,
                credited=credited,
            )
        )

    def _service_credited_piece(self, move, lot):
        """Return how much of what a move delivered of a lot was credited from tickets.

        A serial number that was credited and sold again to the same customer has come
        by another move.
        """
        moves = move | self._service_back_and_forth(move)[1]
        credited = self._service_credited_lines(lot).filtered(
            lambda line: not line.move_id or line.move_id in moves
        )
        return sum(credited.mapped("quantity"))

    def _service_credited_lines(self, lot):
        """Return the lines (sudo) of live credits of a lot for this customer."""
        # The customer of a ticket that one may settle is no secret.
        customer = self.sudo().commercial_partner_id
        domain = (
            Domain("claim_id.kind", "=", "credit")
            & Domain("claim_id.state", "=", "made")
            & Domain("claim_id.ticket_id.commercial_partner_id", "=", customer.id)
        )
        # As in _service_live_lines.
        lines = self.env["service.claim.line"].sudo()
        known = Known.of(self.env)
        if known is None:
            return lines._service_live(domain & Domain("lot_id", "=", lot.id))
        if known.credited is None:
            found = lines._service_live(domain & Domain("lot_id", "!=", False))
            known.credited = found.grouped("lot_id")
        return known.credited.get(lot, lines)

    def _service_credited_for_good(self, move, delivered):
        """Return how much was credited of what a move's order line brought, and not
        invoiced again."""
        sale_lines, product = move.sale_line_id, move.product_id
        credited = self._service_credited(product, sale_lines)
        invoices = self._service_invoice_lines(product, sale_lines)
        standing = self._service_quantity(invoices) - credited
        return max(min(credited, delivered - standing), 0.0)

    def _service_invoice_lines(self, product, sale_lines):
        """Return the lines of invoices, drafts too, of a product on order lines."""
        return sale_lines.invoice_lines.filtered(
            lambda line: line.move_id.move_type in ("out_invoice", "out_receipt")
            and line.parent_state != "cancel"
            and line.product_id == product
        )

    def _service_credited(self, product, sale_lines):
        """Return how much was credited of what order lines brought, by anybody."""
        refunds = sale_lines.invoice_lines.filtered(
            lambda line: line.move_id.move_type == "out_refund"
            and line.parent_state != "cancel"
            and line.product_id == product
        )
        return self._service_quantity(refunds)

    # === WHICH GOODS === #

    def _service_find_moves(self, wanted, options):
        """Add ``move`` (sudo) to the lines: the delivery that brought the goods.

        Each line has a delivery of its own, unless ``picking_id`` names one.
        """
        for line in wanted:
            named = self._service_where_it_stands([line], options)
            picking = self._service_return_picking([line], named)
            moves = picking.move_ids.filtered(
                lambda move, line=line: move.product_id == line["product"]
                and move.state == "done"
                and move.location_dest_id.usage == "customer"
                and (not line["lot"] or line["lot"] in move.move_line_ids.lot_id)
            )
            if not moves:
                raise self._service_too_much(line, picking, moves)
            line["move"] = moves[-1:]
            self._service_hold_order(line["move"])

    def _service_where_it_stands(self, wanted, options):
        """Return the options, with ``picking_id`` if it is not named: the delivery that
        brought what is not replaced yet.

        What has no number and was replaced may be with the customer still; it is not
        what breaks now.
        """
        if options.get("picking_id") or any(line["lot"] for line in wanted):
            return options
        linked = self.sudo().service_picking_id
        linked = self._service_documents("stock.picking", linked).sudo()
        for picking in linked | self._service_deliveries(wanted):
            if all(self._service_stands(picking, line) for line in wanted):
                return dict(options, picking_id=picking.id)
        return options

    def _service_stands(self, picking, line):
        """Say whether so much of a product that a delivery brought is with the customer
        and was not replaced."""
        moves = picking.move_ids.filtered(
            lambda move: move.product_id == line["product"]
            and move.state == "done"
            and move.location_dest_id.usage == "customer"
        )
        lot = line["lot"].browse()
        there = 0.0
        for move in moves:
            first = self._service_sent_first(move)
            lines = self._service_replaced_of(first)
            shipment = self._service_shipment(first, lot, lines, True)
            there += places.standing(shipment).there
        return self._service_has_left(picking, line) and there >= line["quantity"]

    def _service_hold_order(self, move):
        """Settle the order of a delivered move in this transaction only."""
        document = move.sale_line_id.order_id or move.picking_id
        self.env["service.settlement"]._hold(document)

    # === WARRANTY === #

    def _service_line_warranty(self, line):
        """Return the engine's Warranty of the goods of a line, as they were with the
        customer: that they came back for this ticket does not end it."""
        ticket, lot = self.sudo(), line["lot"]
        lots = self.env["stock.lot"].sudo()
        if lot:
            # What the ticket sent in exchange is among its transfers, too.
            returns = ticket.service_return_ids.filtered("return_id")
            moves = lots._service_movements(lot, but=returns)
            held = holding(
                moves.get(lot.id, []),
                ticket.commercial_partner_id.id,
                lot.product_id.tracking == "serial",
            )
        else:
            move = line["move"]
            day = lots._service_local(move.date, move.company_id).date()
            ends = move.move_line_ids.mapped("service_carried_until")
            carried = max(ends) if ends and all(ends) else None
            held = Holding(line["quantity"], day, day, carried_until=carried)
        return self._service_warranty_of(lot, line["product"], held)

    def _service_check_free(self, wanted, options):
        """Say whether the work is free of charge, by warranty or as goodwill.

        Adds ``warranty_ends_on`` to the lines.

        :return: (bool, reason in words of the first line that is not covered)
        """
        free, reason = True, ""
        for line in wanted:
            result = self._service_line_warranty(line)
            line["warranty_ends_on"] = result.ends_on or False
            if result.state != warranty.COVERED and free:
                free, reason = False, self._service_warranty_reason(result)
        if options.get("quoted"):
            return False, reason
        if options.get("goodwill"):
            return True, reason
        return free, reason

    def _service_check_goodwill(self, options):
        """Refuse goodwill to all but helpdesk managers."""
        asked = isinstance(options, dict) and options.get("goodwill")
        if asked and not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._(
                    "goodwill: only helpdesk managers grant free work that no warranty"
                    " covers."
                )
            )

    # === OVERDUE === #

    def _service_has_overdue(self):
        """Say whether the ticket's customer has overdue invoices; no amounts."""
        # Who decides on free work is told that there are some, not how much (R7).
        ticket = self.sudo()
        return bool(
            ticket.commercial_partner_id
            and self.env["account.move.line"]
            .sudo()
            .search_count(
                [
                    ("company_id", "=", ticket.company_id.id),
                    (
                        "move_id.commercial_partner_id",
                        "=",
                        ticket.commercial_partner_id.id,
                    ),
                    ("move_id.move_type", "in", ("out_invoice", "out_receipt")),
                    ("parent_state", "=", "posted"),
                    ("account_id.account_type", "=", "asset_receivable"),
                    ("date_maturity", "<", fields.Date.context_today(self)),
                    ("amount_residual", ">", 0),
                ],
                limit=1,
            )
        )

    def _service_check_overdue(self, free, options):
        """Refuse free work for a customer with overdue invoices until confirmed."""
        if free and not options.get("confirm_overdue") and self._service_has_overdue():
            raise UserError(
                self.env._(
                    "%(customer)s has overdue invoices: confirm that the work is free"
                    " of charge nevertheless (confirm_overdue).",
                    customer=self.sudo().commercial_partner_id.display_name,
                )
            )
