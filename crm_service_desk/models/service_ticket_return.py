# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.crm_suite_base.tools.options import Option

from ..engine import places
from .groups import STOCK_USER
from .known import remembered
from .service_ticket_context import DOCUMENT_LIMIT
from .service_ticket_settlement import Maker

# Of what takes goods back: where they go, see the team.
BACK_SPEC = {"as_new": Option("bool")}


class ServiceTicketReturn(models.AbstractModel):
    """Taking goods back, with Odoo's own return of a delivery."""

    _name = "service.ticket.return"
    _inherit = "service.ticket.settlement"
    _description = "Returns from a Ticket"

    def create_return(self, lines, options=None):
        """Take back goods that the ticket's customer got, serial numbers kept.

        :param lines: list of ``{"lot_id" or "product_id", "quantity"}``; quantity in
            the product's unit of measure, 1 if absent; all from one delivery
        :param options: ``picking_id``: the delivery (else the linked one, else the
            last that brought the goods); ``as_new`` (bool): nothing is wrong with
            them, so they go to where they may be sold again, see the team; ``reason``
            (str); ``client_key`` (str); ``wait`` (bool): the ticket waits until the
            goods are received
        :return: ``{"picking_id", "requested", "activity_id", "claim_id", "free"}``.
            Without the stock group no transfer is made: somebody who has it gets an
            activity, ``requested`` is True and ``picking_id`` False
        :raise UserError: more than was delivered and not yet returned, not this
            customer's goods, not exactly one ticket, unknown keys
        :raise AccessError: no helpdesk user, or a ticket that he may not change
        """
        return self._service_settle("return", lines, options)

    def action_return_serial(self):
        """Take the linked serial number back; open the transfer or say who is asked.

        :return: an action
        """
        lot = self._check_desk("write")._service_one().sudo().service_lot_id
        return self._service_settled(self.create_return([{"lot_id": lot.id}]))

    def _service_makers(self):
        return super()._service_makers() | {
            "return": Maker(
                group=STOCK_USER,
                answer="picking_id",
                document="picking_id",
                summary=self.env._(
                    "Take goods back for ticket %(number)s", number=self.sudo().number
                ),
                check=lambda wanted, options: (
                    self._service_return_moves(wanted, options).picking_id
                ),
                make=lambda claim, wanted, options: {
                    "picking_id": self._service_make_return(wanted, options).id
                },
                options=BACK_SPEC | {"picking_id": Option("int", minimum=1)},
            )
        }

    # === RETURN === #

    def _service_make_return(self, wanted, options):
        """Make the return with Odoo's wizard, in the user's own rights."""
        moves = self._service_return_moves(wanted, options)
        picking = moves.picking_id.with_env(self.env)
        wizard = self._service_return_wizard(picking)
        wizard.service_location_dest_id = self._service_goods_back_to(options)
        quantities = {}
        for line in wanted:
            move = line["move"]
            quantity = move.product_id.uom_id._compute_quantity(
                line["quantity"], move.product_uom
            )
            quantities[move.id] = quantities.get(move.id, 0) + quantity
        for line in wizard.product_return_moves:
            line.quantity = quantities.get(line.move_id.id, 0)
        action = wizard.action_create_returns()
        made = self.env["stock.picking"].browse(action["res_id"])
        made.service_ticket_id = self
        self._service_keep_lots(made, wanted)
        # The user may change the ticket (checked by the caller), and that the goods and
        # their delivery are the customer's is checked above.
        ticket = self.sudo()
        lots = {line["lot"] for line in wanted}
        if len(lots) == 1 and not ticket.service_lot_id:
            ticket.service_lot_id = lots.pop()
        if not ticket.service_picking_id:
            ticket.service_picking_id = picking
        return made

    def _service_goods_back_to(self, options):
        """Return the place (sudo) of what may be faulty; none: where core puts it."""
        # The policy of the ticket's team, whoever makes the return.
        ticket = self.sudo()
        team = ticket.team_id
        if options.get("as_new") or team.service_goods_back == "stock":
            return self.env["stock.location"].sudo()
        own = team.service_faulty_location_id
        return own or ticket.company_id._service_faulty_location()

    def _service_return_wizard(self, picking):
        """Return Odoo's own wizard for a delivery, in the user's own rights."""
        return (
            self.env["stock.return.picking"]
            .with_context(
                active_id=picking.id, active_ids=picking.ids, active_model=picking._name
            )
            .create({"picking_id": picking.id})
        )

    def _service_keep_lots(self, made, wanted):
        """Put the named serial numbers on the return, whatever was reserved."""
        for move in made.move_ids:
            lots = [
                line
                for line in wanted
                if line["lot"] and line["move"].id == move.origin_returned_move_id.id
            ]
            reserved = {
                line.lot_id.id: line.quantity_product_uom for line in move.move_line_ids
            }
            named = {}
            for line in lots:
                named[line["lot"].id] = named.get(line["lot"].id, 0) + line["quantity"]
            if not lots or named == reserved:
                continue
            uom = move.product_id.uom_id
            # Whose the goods are (consignment) does not depend on who takes them back.
            brought = move.origin_returned_move_id.sudo().move_line_ids
            owners = {row.lot_id.id: row.owner_id.id for row in brought}
            move.move_line_ids.unlink()
            self.env["stock.move.line"].create(
                [
                    {
                        "move_id": move.id,
                        "lot_id": lot_id,
                        "owner_id": owners.get(lot_id),
                        "product_id": move.product_id.id,
                        "quantity": uom._compute_quantity(quantity, move.product_uom),
                        "product_uom_id": move.product_uom.id,
                        "location_id": move.location_id.id,
                        "location_dest_id": move.location_dest_id.id,
                        "picking_id": made.id,
                    }
                    for lot_id, quantity in named.items()
                ]
            )

    def _service_return_moves(self, wanted, options):
        """Find the delivered move of each line, refuse what is too much.

        Adds ``move`` (sudo) to the lines; returns the moves, all of one delivery.
        """
        picking = self._service_return_picking(wanted, options, left=True)
        self.env["service.settlement"]._hold(picking)
        self._service_explode(wanted, picking)
        used = {}
        for line in wanted:
            candidates = picking.move_ids.filtered(
                lambda move, line=line: move.product_id == line["product"]
                and move.state == "done"
                and (not line["lot"] or line["lot"] in move.move_line_ids.lot_id)
            )
            left = line["quantity"]
            for move in candidates:
                key = (move.id, line["lot"].id)
                open_quantity = self._service_returnable(move, line["lot"])
                open_quantity -= used.get(key, 0)
                if open_quantity >= left:
                    used[key] = used.get(key, 0) + left
                    line["move"] = move
                    break
            if "move" not in line:
                raise self._service_too_much(line, picking, candidates)
        moves = self.env["stock.move"].sudo()
        return moves.union(*(line["move"] for line in wanted))

    def _service_too_much(self, line, picking, candidates):
        """Return the refusal, with what was delivered and what is left."""
        left = sum(self._service_returnable(move, line["lot"]) for move in candidates)
        delivered = sum(
            self._service_moved(candidates, line["lot"]).values(), start=0.0
        )
        return UserError(
            self.env._(
                "%(product)s %(lot)s: %(quantity)s cannot be returned; delivery"
                " %(picking)s brought %(delivered)s, of which %(left)s can still be"
                " returned.",
                product=line["product"].display_name,
                lot=line["lot"].name or "",
                quantity=line["quantity"],
                picking=picking.name,
                delivered=delivered,
                left=left,
            )
        )

    @api.model
    def _service_moved(self, moves, lot):
        """Return ``{move: quantity in the product's unit}``, of one lot if given."""
        result = {}
        for move in moves:
            rows = self._service_moved_by_lot(move)
            if lot:
                result[move] = rows.get(lot.id, 0.0)
                continue
            result[move] = sum(rows.values())
            if move.state not in ("done", "cancel"):
                result[move] = max(result[move], move.product_qty)
        return result

    @api.model
    @remembered
    def _service_moved_by_lot(self, move):
        """Return ``{id of the lot, or False: quantity in the product's unit}``."""
        rows = {}
        for line in move.move_line_ids:
            key = line.lot_id.id
            rows[key] = rows.get(key, 0.0) + line.quantity_product_uom
        return rows

    @api.model
    def _service_returnable(self, move, lot):
        """Return what of a delivered move can still be returned (product's unit).

        A return that is planned counts as returned: goods are not taken back twice.
        """
        returns = move.returned_move_ids.filtered(lambda m: m.state != "cancel")
        delivered = self._service_moved(move, lot)[move]
        return delivered - sum(self._service_moved(returns, lot).values())

    def _service_return_picking(self, wanted, options, left=False):
        """Return the delivery (sudo) of the lines: the one that is named, the linked
        one, else the last.

        :param bool left: of several the last one that all of it can be taken back from
        """
        picking_id = options.get("picking_id")
        pickings = self.env["stock.picking"].sudo()
        if picking_id:
            asked = pickings.browse(picking_id)
            if asked not in self._service_documents("stock.picking", asked).sudo():
                raise self._service_unknown("stock.picking", picking_id)
            return asked
        # A link outlives a change of the customer; goods are taken back from his own.
        linked = self.sudo().service_picking_id
        linked = self._service_documents("stock.picking", linked).sudo()
        if linked and all(self._service_has_left(linked, line) for line in wanted):
            return linked
        found = self._service_deliveries(wanted)
        for picking in found if left else ():
            if all(self._service_has_left(picking, line, True) for line in wanted):
                return picking
        return found[:1]

    @api.model
    def _service_has_left(self, picking, line, all_of_it=False):
        """Say whether a delivery brought goods that did not all come back.

        What replaced them came by another delivery. Kits are asked by their components,
        later.

        :param bool all_of_it: whether as much as the line says is left
        """
        moves = picking.move_ids.filtered(
            lambda move: move.product_id == line["product"] and move.state == "done"
        )
        if not moves:
            return line["product"] in picking.move_ids.sale_line_id.product_id
        least = line["quantity"] if all_of_it else places.TINY
        return any(
            self._service_returnable(move, line["lot"]) >= least for move in moves
        )

    def _service_with_lots(self, domain, lots):
        """Return the ids of the deliveries in ``domain`` that have all ``lots`` (set of
        ids)."""
        rows = (
            self.env["stock.move.line"]
            .sudo()  # as the deliveries, see _service_deliveries
            ._read_group(
                [("lot_id", "in", list(lots)), ("picking_id", "any", domain)],
                ["picking_id"],
                ["lot_id:count_distinct"],
            )
        )
        return [picking.id for picking, count in rows if count == len(lots)]

    def _service_with_products(self, domain, products):
        """Return the ids of the deliveries in ``domain`` that have all ``products``
        (set of ids). Kits are on the order's line, their components on the move."""
        ids = list(products)
        of_order = ("sale_line_id.product_id", "in", ids)
        rows = (
            self.env["stock.move"]
            .sudo()  # as the deliveries, see _service_deliveries
            ._read_group(
                ["|", ("product_id", "in", ids), of_order]
                + [("picking_id", "any", domain)],
                ["picking_id"],
                ["product_id:recordset", "sale_line_id:recordset"],
            )
        )
        return [
            picking.id
            for picking, moved, lines in rows
            if products <= {*moved.ids, *lines.product_id.ids}
        ]

    def _service_deliveries(self, wanted):
        """Return the deliveries (sudo) that brought all of the goods, newest first."""
        domain = (
            self._service_document_domain("stock.picking")
            & fields.Domain("state", "=", "done")
            & fields.Domain("move_ids.location_dest_id.usage", "=", "customer")
        )
        # See _service_documents: of the ticket's own customer.
        pickings = self.env["stock.picking"].sudo()
        lots = {line["lot"].id for line in wanted if line["lot"]}
        products = {line["product"].id for line in wanted if not line["lot"]}
        # Counted by delivery: a condition for each piece is one that no database plans.
        if lots:
            domain &= fields.Domain("id", "in", self._service_with_lots(domain, lots))
        if products:
            having = self._service_with_products(domain, products)
            domain &= fields.Domain("id", "in", having)
        found = pickings.search(
            domain, order="date_done desc, id desc", limit=DOCUMENT_LIMIT
        )
        if not found:
            raise UserError(
                self.env._(
                    "lines: no one delivery to %(customer)s brought all of these"
                    " goods.",
                    customer=self.sudo().commercial_partner_id.display_name,
                )
            )
        return found
