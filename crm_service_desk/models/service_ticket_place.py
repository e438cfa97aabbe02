# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from operator import itemgetter

from odoo import api, models
from odoo.fields import Domain

from ..engine import places
from .known import KEY, Known, remembered


class ServiceTicketPlace(models.AbstractModel):
    """What stands for the goods of an order: what was delivered, what was sent free of
    charge in its place, and what came back; ``engine/places.py`` counts it."""

    _name = "service.ticket.place"
    _inherit = "service.ticket.settlement"
    _description = "What stands for the Goods of an Order"

    # === WHAT WAS SENT === #

    @api.model
    @remembered
    def _service_deliveries_of(self, move):
        """Return the done moves (sudo) that brought what was ordered with a delivery:
        of its order line, else of its transfer; what was sent for others aside."""
        return (move.sale_line_id or move.picking_id).move_ids.filtered(
            lambda one: one.state == "done"
            and one.product_id == move.product_id
            and one.location_dest_id.usage == "customer"
            and not one.origin_returned_move_id
            and not one.service_claim_id
            and not one.service_return_move_id
        )

    @api.model
    def _service_sent_first(self, move):
        """Return the delivery of goods that came back, as for a repair, and were sent
        to the customer again by ``move``."""
        while before := move.origin_returned_move_id.origin_returned_move_id:
            move = before
        return move

    @api.model
    @remembered
    def _service_back_and_forth(self, move):
        """Return the done moves that brought goods of a delivery back, and those that
        took them to the customer again."""
        back, again, last = move.browse(), move.browse(), move
        while last:
            came = last.returned_move_ids.filtered(
                lambda one: one.state == "done" and one.location_id.usage == "customer"
            )
            last = self._service_sent_again(came)
            back, again = back | came, again | last
        return back, again

    @api.model
    def _service_live_lines(self, domain):
        """Return the lines (sudo) of live settlements that sent goods free of charge
        in the place of others, in their order.

        :param domain: Domain of the lines
        """
        free = (
            Domain("claim_id.kind", "in", ("exchange", "replacement"))
            & Domain("claim_id.state", "=", "made")
            & Domain("claim_id.free", "=", True)
        )
        # Counted for the customer's own goods, whoever settled them.
        lines = self.env["service.claim.line"].sudo()
        return lines._service_live(free & domain).filtered(
            lambda line: line._service_sent()
        )

    def _service_replaced_of(self, move):
        """Return the lines (sudo) that replaced what a move brought."""
        moves = move | self._service_back_and_forth(move)[1]
        known = Known.of(self.env)
        if known is None:
            return self._service_live_lines(Domain("move_id", "in", moves.ids))
        self._service_look_up(known, moves)
        lines = self.env["service.claim.line"].sudo()
        return lines.union(*(known.lines[key] for key in moves.ids)).sorted("id")

    # === AT ONCE === #

    def _service_remembering(self):
        """Return the ticket for a call that only reads: what it asks again and again is
        looked up once; see :class:`Known`."""
        if Known.of(self.env):
            return self
        return self.with_context(**{KEY: Known()})

    def _service_look_up(self, known, moves):
        """Look up at once what replaced the goods of moves (sudo)."""
        missing = [key for key in moves.ids if key not in known.lines]
        if missing:
            found = self._service_live_lines(Domain("move_id", "in", missing))
            lines = found.grouped("move_id")
            for move in moves.browse(missing):
                known.lines[move.id] = lines.get(move, found.browse())

    def _service_foresee(self, moves):
        """Look up at once what became of the goods of moves (sudo): what came back and
        was sent again, what replaced them, and what replaced that."""
        known = Known.of(self.env)
        todo = moves | moves.sale_line_id.move_ids
        seen = todo
        while todo:
            last = todo
            while last := last.returned_move_ids - seen:
                seen |= last
                todo |= last
            self._service_look_up(known, todo)
            lines = self.env["service.claim.line"].sudo()
            lines = lines.union(*(known.lines[key] for key in todo.ids))
            sent = lines._service_moves_sent() | todo.service_exchange_ids
            todo = sent - seen
            seen |= todo
        # What is asked of each move by itself later.
        seen.move_line_ids.lot_id.mapped("product_id")

    @api.model
    def _service_first_delivery(self, move):
        """Return the delivery (sudo) of which a delivery is the replacement, or the
        replacement's replacement; itself, if it is none."""
        lines = self.env["service.claim.line"].sudo()
        seen = move.browse()
        while move not in seen:
            seen |= move
            move = self._service_sent_first(move)
            came_from = move.service_return_move_id.origin_returned_move_id
            move = came_from or lines._service_line_of(move).move_id or move
        return move

    # === EXCHANGED WITHOUT THE DESK === #

    @api.model
    @remembered
    def _service_swaps(self, move):
        """Return the moves (sudo) that bring back, or were to, goods of a delivery for
        which Odoo's own exchange sends others."""
        moves = move | self._service_back_and_forth(move)[1]
        return moves.returned_move_ids.filtered(
            lambda one: one.location_id.usage == "customer"
            and any(sent.state != "cancel" for sent in one.service_exchange_ids)
        )

    @api.model
    def _service_names_lots(self, swap):
        """Say whether it is known of which lots the goods are that an exchange brings
        back."""
        rows = swap.move_line_ids
        return swap.state != "cancel" and rows and all(row.lot_id for row in rows)

    @remembered
    def _service_swapped(self, move, lot):
        """Return ``[(move that brings goods back, Replaced)]`` of what others were sent
        for by Odoo's own exchange.

        The return of an exchange counts as come when it is planned: it is for these
        goods. What is sent for some of them is for those that come first.

        :param lot: only of this lot, unless empty
        """
        rows = []
        for swap in self._service_swaps(move):
            came = 0.0 if swap.state == "cancel" else self._service_swap_came(swap, lot)
            left = self._service_swap_sent(swap)
            if lot:
                lots = swap.move_line_ids.lot_id.ids
                before = lots[: lots.index(lot.id)] if lot.id in lots else lots
                for other in lot.browse(before):
                    left -= self._service_swap_came(swap, other)
                left = min(left, came)
            if left > places.TINY:
                part = places.Replaced(left, came_with=min(left, came))
                rows.append((swap, part))
        return rows

    @api.model
    def _service_swap_came(self, swap, lot):
        return self._service_moved(swap, lot)[swap]

    @api.model
    def _service_swap_sent(self, swap):
        """Return how much Odoo's own exchange sends for what a move brings back."""
        sent = self._service_moved(
            swap._service_exchange_moves(), self.env["stock.lot"]
        )
        return sum(sent.values()) + swap._service_exchange_ahead()

    # === PLACES === #

    @remembered
    def _service_standing(self, first):
        """Return ``{move: lines that replaced what it brought}`` (sudo) of what was
        ordered with a delivery, and of what was sent in its place, and so on.

        :param first: stock.move (sudo), see :meth:`_service_first_delivery`
        """
        moves, standing = list(self._service_deliveries_of(first)), {}
        for move in moves:
            standing[move] = self._service_replaced_of(move)
            sent = standing[move]._service_moves_sent()
            sent |= self._service_swaps(move)._service_exchange_moves()
            moves += [one for one in sent if one not in moves]
        return standing

    @remembered
    def _service_shipments(self, first, whole=()):
        """Return ``{(move, lot or none): Shipment}`` (engine) of what was ordered with
        a delivery, and of what replaced it.

        :param first: see :meth:`_service_standing`
        :param whole: moves whose lots are not told apart
        """
        paid = self._service_deliveries_of(first)
        shipments, replaced = {}, self.env["service.claim.line"].sudo()
        ahead = 0.0
        for move, lines in self._service_standing(first).items():
            replaced |= lines
            swaps = self._service_swaps(move)
            ahead += sum(swap._service_exchange_ahead() for swap in swaps)
            lots = move.move_line_ids.lot_id
            named = all(line.lot_id for line in lines) and all(
                self._service_names_lots(swap) for swap in swaps
            )
            if move in whole or move.state != "done" or not named:
                lots = lots.browse()
            for lot in lots or [lots]:
                shipments[(move, lot)] = self._service_shipment(
                    move, lot, lines, move in paid
                )
        ahead += replaced._service_not_sent_yet()
        shipments["to be sent"] = places.Shipment(ahead)
        return shipments

    def _service_shipment(self, move, lot, lines, paid):
        """Return the engine's Shipment of a move.

        :param lot: only of this lot, unless empty
        :param lines: lines (sudo) of settlements that replaced what the move brought
        :param paid: bool, what was ordered
        """
        if lot:
            lines = lines.filtered(lambda line: line.lot_id == lot)
        back, again = self._service_back_and_forth(move)
        swapped = self._service_swapped(move, lot)
        for swap, _part in swapped:
            back |= swap.filtered(lambda one: one.state != "cancel")
        came = sum(self._service_moved(back, lot).values())
        parts = [
            (
                line.create_date,
                places.Replaced(line.quantity, line.came_before, came_with),
            )
            for line, came_with in self._service_came_with(lines, back, lot)
        ]
        parts += [(swap.create_date, part) for swap, part in swapped]
        return places.Shipment(
            sent=self._service_moved(move, lot)[move],
            paid=paid,
            back=came - sum(self._service_moved(again, lot).values()),
            replaced=tuple(part for _made, part in sorted(parts, key=itemgetter(0))),
        )

    def _service_came_with(self, lines, back, lot):
        """Return ``[(line, how much of it came back by its own exchange)]``.

        :param back: the moves (sudo) by which goods came back
        """
        rows, left = [], {}
        for line in lines:
            claim = line.claim_id
            if claim not in left:
                own = back & claim.picking_id.move_ids
                left[claim] = sum(self._service_moved(own, lot).values())
            came = min(line.quantity, left[claim])
            left[claim] -= came
            rows.append((line, came))
        return rows

    def _service_firsts(self, moves, product):
        """Return one first delivery (sudo) of a product for each order line, or each
        transfer, of moves."""
        firsts = {}
        for move in moves:
            if move.product_id == product:
                place = move.sale_line_id or move.picking_id
                if place not in firsts:
                    firsts[place] = self._service_deliveries_of(
                        move
                    ) or self._service_deliveries_of(self._service_first_delivery(move))
        firsts = {place: found[:1] for place, found in firsts.items()}
        return moves.browse().union(*firsts.values())

    @remembered
    def _service_places(self, moves, product):
        """Return the engine's Places of a product that moves (sudo) brought, one for
        each order line."""
        return [
            places.places(self._service_shipments(first).values())
            for first in self._service_firsts(moves, product)
        ]

    def _service_moves_of(self, sale_lines):
        """Return the moves (sudo) of order lines; without any, those that brought what
        came back for this ticket."""
        if moves := sale_lines.move_ids:
            return moves
        return self.sudo().service_return_ids.move_ids.origin_returned_move_id

    def _service_empty(self, product, sale_lines):
        """Return of how many goods nothing stands in their place, since they came back
        for good, with nothing sent for them (product's unit).

        :param sale_lines: see :meth:`_service_moves_of`
        """
        moves = self._service_moves_of(sale_lines)
        return sum(one.empty for one in self._service_places(moves, product))

    def _service_replaced(self, product, moves):
        """Return how many replacements free of charge the customer has, or gets, of
        what moves (sudo) brought (product's unit)."""
        return sum(one.filled for one in self._service_places(moves, product))

    @remembered
    def _service_lots_standing(self, product, sale_lines, only=None):
        """Return ``[(move, lot, Shipment)]`` of the serial numbers and lots that order
        lines brought, and of those that were sent in their place.

        :param sale_lines: see :meth:`_service_moves_of`
        :param only: stock.lot; none: all
        """
        if only and Known.of(self.env):
            return self._service_lots_by_lot(product, sale_lines).get(only, [])
        moves = self._service_moves_of(sale_lines)
        return [
            (move, lot, self._service_shipment(move, lot, lines, True))
            for first in self._service_firsts(moves, product)
            for move, lines in self._service_standing(first).items()
            for lot in move.move_line_ids.lot_id
            if not only or lot == only
        ]

    @remembered
    def _service_lots_by_lot(self, product, sale_lines):
        """Return ``{lot: rows of}`` :meth:`_service_lots_standing`."""
        rows = {}
        for row in self._service_lots_standing(product, sale_lines):
            rows.setdefault(row[1], []).append(row)
        return rows
