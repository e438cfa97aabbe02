# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..engine import warranty
from ..engine.owned import Holding, holding
from .groups import MANAGER


class ServiceTicketLedger(models.AbstractModel):
    """What goods a customer was made good for, so that it happens once.

    Of what was delivered, each piece is credited or replaced free of charge, or
    neither, never both: credited + replaced <= delivered, and what is credited or
    exchanged has come back.
    """

    _name = "service.ticket.ledger"
    _inherit = "service.ticket.settlement"
    _description = "What was credited and replaced"

    # === REPLACED === #

    def _service_replaced(self, product, sale_lines, lot=None, back=False):
        """Return how much was replaced free of charge and is still with the customer.

        :param sale_lines: sale.order.line that brought the goods; none: what this
            ticket replaced counts
        :param lot: only of this serial number or lot
        :param back: only what was replaced and has itself come back
        :return: float in the product's unit of measure
        """
        live = self._service_replaced_lines(product, sale_lines, lot).filtered(
            lambda line: not back or line._service_is_back()
        )
        returned = sum(
            self._service_replacement_back(claim, product)
            for claim in live.claim_id
            if not lot
        )
        return sum(live.mapped("quantity")) - returned

    def _service_replaced_lines(self, product, sale_lines, lot=None):
        """Return the lines (sudo) of settlements that replaced goods free of charge.

        See :meth:`_service_replaced` for the arguments.
        """
        same = Domain("part_id", "=", False)
        same |= Domain("part_id.product_tmpl_id", "=", product.product_tmpl_id.id)
        same |= Domain("successor", "=", True)
        domain = Domain("product_id", "=", product.id) & same
        if lot:
            domain &= Domain("lot_id", "=", lot.id)
        if sale_lines:
            domain &= Domain("move_id.sale_line_id", "in", sale_lines.ids)
        else:
            domain &= Domain("claim_id.ticket_id", "=", self.id)
        return self._service_live_lines(domain)

    @api.model
    def _service_live_lines(self, domain):
        """Return the lines (sudo) of live settlements that sent goods free of charge.

        :param domain: Domain of the lines
        """
        free = (
            Domain("claim_id.kind", "in", ("exchange", "replacement"))
            & Domain("claim_id.state", "=", "made")
            & Domain("claim_id.free", "=", True)
        )
        # Counted for the customer's own goods, whoever settled them.
        lines = self.env["service.claim.line"].sudo().search(free & domain)
        return lines.filtered(lambda line: line.claim_id._service_is_live())

    @api.model
    def _service_replacement_back(self, claim, product):
        """Return how much of a replacement by an order of its own came back.

        What is exchanged stays on the order line that brought it, where its return
        counts anyway.
        """
        if claim.kind != "replacement":
            return 0.0
        mine = claim.line_ids.filtered(lambda line: line.product_id == product)
        return self._service_given_back(mine, product)

    @api.model
    def _service_standing_for(self, product, lines):
        """Return a product and those that settlements (lines, sudo) sent in its
        place."""
        return product.union(*(line._service_sent() for line in lines))

    @api.model
    def _service_back_from(self, moves, products):
        """Return the done moves by which products, in any variant, came back from the
        customer of what moves had brought."""
        return moves.returned_move_ids.filtered(
            lambda move: move.state == "done"
            and move.product_id.product_tmpl_id in products.product_tmpl_id
            and move.location_id.usage == "customer"
        )

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
        not name the piece, and what replaced it stands in its place.
        """
        asked, owed = {}, {}
        for line in wanted:
            move, product, lot = line["move"], line["product"], line["lot"]
            successor = line.get("successor", False)
            if self._service_is_part(line.get("part"), product, successor):
                continue
            first = self._service_first_delivery(move, product)
            again = first != move
            place = first.sale_line_id or first
            key = (place, move, lot)
            asked[key] = asked.get(key, 0.0) + line["quantity"]
            if lot or again:
                facts = self._service_piece_facts(move, product, lot)
                self._service_check_left(line, asked[key], facts)
            if lot and self._service_returnable(move, lot) <= 0:
                facts = self._service_back_facts(first, product)
                self._service_check_left(line, line["quantity"], facts)
            whole = 0.0
            if not again:
                owed[place] = whole = owed.get(place, 0.0) + line["quantity"]
            facts = self._service_order_facts(first, product, again)
            self._service_check_left(line, whole, facts)

    def _service_check_left(self, line, asked, facts):
        """Refuse what was asked (product's unit) beyond what is left."""
        delivered, replaced, credited = facts
        if asked > delivered - replaced - credited + 1e-6:
            raise UserError(
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

    @api.model
    def _service_first_delivery(self, move, product):
        """Return the delivery (sudo) of which a delivery is the replacement, or the
        replacement's replacement; itself, if it is none."""
        seen = move.browse()
        while move not in seen:
            seen |= move
            claim = move.service_claim_id or self.env["service.claim"].sudo().search(
                Domain("order_id", "in", move.sale_line_id.order_id.ids)
                & Domain("kind", "=", "replacement")
                & Domain("free", "=", True),
                limit=1,
            )
            before = claim.line_ids.filtered(
                lambda line, sent=product: line.move_id
                and line._service_sent().product_tmpl_id == sent.product_tmpl_id
            )[:1]
            move, product = before.move_id or move, before.product_id or product
        return move

    def _service_piece_facts(self, move, product, lot):
        """Return (delivered, replaced, credited) of a serial number, of a lot, or of
        goods without number that themselves replaced others."""
        delivered = sum(self._service_moved(move, lot).values())
        lines = self._service_replaced_lines(product, move.sale_line_id, lot)
        lines = lines.filtered(lambda line: line.move_id == move)
        credited = self._service_credited_piece(move, lot) if lot else 0.0
        return delivered, sum(lines.mapped("quantity")), credited

    def _service_credited_piece(self, move, lot):
        """Return how much of what a move delivered of a lot was credited from tickets.

        A serial number that was credited and sold again to the same customer has come
        by another move.
        """
        domain = [
            ("claim_id.kind", "=", "credit"),
            ("claim_id.state", "=", "made"),
            ("lot_id", "=", lot.id),
            ("move_id", "in", (False, move.id)),
            (
                "claim_id.ticket_id.commercial_partner_id",
                "=",
                self.sudo().commercial_partner_id.id,
            ),
        ]
        # As in _service_replaced_lines.
        lines = self.env["service.claim.line"].sudo().search(domain)
        live = lines.filtered(lambda line: line.claim_id._service_is_live())
        return sum(live.mapped("quantity"))

    def _service_back_facts(self, first, product):
        """Return (come back, of that replaced, of that credited) of an order's goods.

        What came back is made good once, though a credit note need not say which of
        the pieces it pays back.
        """
        lines = self._service_replaced_lines(first.product_id, first.sale_line_id)
        moves = first | first.sale_line_id.move_ids
        moves |= lines.claim_id._service_moves_out()
        products = self._service_standing_for(product | first.product_id, lines)
        back = self._service_back_from(moves, products)
        again = self._service_sent_again(back)
        came = sum(back.move_line_ids.mapped("quantity_product_uom"))
        came -= sum(again.move_line_ids.mapped("quantity_product_uom"))
        replaced = lines.filtered(lambda line: line._service_is_back())
        delivered = self._service_delivered(first, first.sale_line_id)
        credited = self._service_credited_for_good(first, delivered)
        return came, sum(replaced.mapped("quantity")), credited

    @api.model
    def _service_given_back(self, lines, product):
        """Return how much of what settlements (lines, sudo) sent came back for good.

        Not what came back to be replaced in its turn, wherever that was sent from.
        """
        sent = lines.claim_id._service_moves_out()
        again = lines.browse()
        while more := self._service_in_its_turn(sent) - again:
            again |= more
            sent |= more.claim_id._service_moves_out()
        products = self._service_standing_for(product, lines | again)
        back = self._service_back_from(sent, products)
        came = sum(back.move_line_ids.mapped("quantity_product_uom"))
        replaced = again.filtered(lambda line: line._service_is_back())
        return came - sum(replaced.mapped("quantity"))

    @api.model
    def _service_in_its_turn(self, moves):
        """Return the lines (sudo) that replaced what moves had brought."""
        lines = self._service_live_lines(Domain("move_id", "in", moves.ids))
        return lines.filtered(lambda line: line._service_sent())

    def _service_order_facts(self, first, product, again):
        """Return (delivered, replaced, credited) of the order that brought the goods.

        :param again: what is asked for is to take the place of a replacement, which
            counts as replaced wherever it is now
        """
        sale_lines = first.sale_line_id
        lines = self._service_replaced_lines(first.product_id, sale_lines)
        # Replacements of replacements stand in the place of those.
        ones = lines.filtered(lambda line: not line.move_id.service_claim_id)
        replaced = sum(ones.mapped("quantity"))
        if not again:
            replaced -= self._service_given_back(lines, product)
        delivered = self._service_delivered(first, sale_lines)
        return delivered, replaced, self._service_credited_for_good(first, delivered)

    def _service_credited_for_good(self, move, delivered):
        """Return how much was credited of what a move's order line brought, and not
        invoiced again."""
        sale_lines, product = move.sale_line_id, move.product_id
        credited = self._service_credited(product, sale_lines)
        invoices = sale_lines.invoice_lines.filtered(
            lambda line: line.move_id.move_type in ("out_invoice", "out_receipt")
            and line.parent_state != "cancel"
            and line.product_id == product
        )
        standing = self._service_quantity(invoices) - credited
        return max(min(credited, delivered - standing), 0.0)

    def _service_delivered(self, move, sale_lines):
        """Return how much was delivered to the customer, replacements aside."""
        moves = (sale_lines.move_ids or move).filtered(
            lambda one: one.state == "done"
            and one.product_id == move.product_id
            and one.location_dest_id.usage == "customer"
            and not one.origin_returned_move_id
            and not one.service_claim_id
        )
        return sum(self._service_moved(moves, self.env["stock.lot"]).values())

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
            picking = self._service_return_picking([line], options)
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
