# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.crm_suite_base.tools.options import Option, check_ids, check_options

from .groups import STOCK_USER

LINE_SPEC = {
    "lot_id": Option("int", minimum=1),
    "product_id": Option("int", minimum=1),
    "quantity": Option("float"),
}


class ServiceTicketReturn(models.AbstractModel):
    """Taking goods back, with Odoo's own return of a delivery."""

    _name = "service.ticket.return"
    _description = "Returns from a Ticket"

    def create_return(self, lines, options=None):
        """Take back goods that the ticket's customer got, serial numbers kept.

        :param lines: list of ``{"lot_id" or "product_id", "quantity"}``; quantity in
            the product's unit of measure, 1 if absent; all from one delivery
        :param options: ``picking_id``: the delivery (else the linked one, else the
            last that brought the goods); ``reason`` (str); ``client_key`` (str)
        :return: ``{"picking_id", "requested", "activity_id"}``. Without the stock
            group no transfer is made: somebody who has it gets an activity,
            ``requested`` is True and ``picking_id`` False
        :raise UserError: more than was delivered and not yet returned, not this
            customer's goods, not exactly one ticket, unknown keys
        :raise AccessError: no helpdesk user, or a ticket that he may not change
        """
        ticket = check_ids(self)._check_desk("write")._service_one()
        spec = {
            "picking_id": Option("int", minimum=1),
            "reason": Option("str", maximum=500),
            "client_key": Option("str", maximum=200),
        }
        options = check_options(self.env, options, spec)
        wanted = ticket._service_lines(lines, LINE_SPEC)
        if self.env.user.has_group(STOCK_USER):
            picking = self.env["crm.suite.client.key"]._answer(
                "stock.picking",
                ticket.company_id,
                options.get("client_key"),
                [ticket.id, lines, options],
                lambda: ticket._service_make_return(wanted, options),
            )
            return {"picking_id": picking.id, "requested": False, "activity_id": False}
        activity = ticket._service_request(
            options,
            [ticket.id, lines, options],
            lambda: ticket._service_ask_return(wanted, options),
        )
        return {"picking_id": False, "requested": True, "activity_id": activity.id}

    def action_return_serial(self):
        """Take the linked serial number back; open the transfer or say who is asked.

        :return: an action
        """
        lot = self._check_desk("write")._service_one().sudo().service_lot_id
        answer = self.create_return([{"lot_id": lot.id}])
        return self._service_settled("stock.picking", answer["picking_id"], answer)

    # === SHARED WITH CREDITS === #

    def _service_settled(self, model, res_id, answer):
        """Return the action that opens what was made, or says who was asked."""
        if res_id:
            return {
                "type": "ir.actions.act_window",
                "res_model": model,
                "res_id": res_id,
                "views": [(False, "form")],
            }
        # The activity is on a document that the agent need not be able to read.
        activity = self.env["mail.activity"].sudo().browse(answer["activity_id"])
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(user)s has been asked.", user=activity.user_id.name
                ),
            },
        }

    def _service_one(self):
        if len(self) != 1:
            raise UserError(
                self.env._("ids: one ticket at a time, not %(count)s.", count=len(self))
            )
        return self

    def _service_lines(self, lines, spec):
        """Return the checked lines of a settlement, with records of the customer.

        :return: list of dicts with ``quantity`` and ``lot``, ``product`` (sudo)
        """
        if not isinstance(lines, list | tuple) or not lines:
            raise UserError(self.env._("lines: a list of at least one line is needed."))
        checked = []
        for position, line in enumerate(lines):
            argument = f"lines[{position}]"
            values = check_options(self.env, line, spec, argument)
            quantity = values.setdefault("quantity", 1.0)
            if quantity <= 0:
                raise UserError(
                    self.env._(
                        "%(argument)s: the quantity %(quantity)s must be positive.",
                        argument=argument,
                        quantity=quantity,
                    )
                )
            checked.append(self._service_line_records(argument, values))
        return checked

    def _service_line_records(self, argument, values):
        """Add the records that a line names; lots only of the ticket's customer."""
        # Goods that the customer has or had; whether more may be done with them is
        # checked by the settlement itself.
        lot = self.env["stock.lot"].sudo().browse(values.get("lot_id", []))
        entity = self.sudo().commercial_partner_id
        if lot and lot not in lot._service_delivered_to(entity, self.company_id, lot):
            raise self._service_unknown("stock.lot", lot.id)
        product = (
            self.env["product.product"].sudo().browse(values.get("product_id", []))
        )
        product = product.exists()
        if values.get("product_id") and not self._service_knows_product(product):
            raise self._service_unknown("product.product", values["product_id"])
        product = lot.product_id or product
        if not product and not values.get("invoice_line_id"):
            raise UserError(
                self.env._(
                    "%(argument)s: name a serial number or a product.",
                    argument=argument,
                )
            )
        return dict(values, lot=lot, product=product)

    def _service_knows_product(self, product):
        """Say whether the user may know a product: he may read it, or it is on a
        document of the ticket's customer."""
        if not product:
            return False
        if product.with_env(self.env).has_access("read"):
            return True
        return any(
            # The domain names the ticket's one customer; nothing of it is answered.
            self.env[model]
            .sudo()
            .search_count(
                self._service_document_domain(model)
                & fields.Domain(f"{lines}.product_id", "=", product.id),
                limit=1,
            )
            for model, lines in (
                ("sale.order", "order_line"),
                ("stock.picking", "move_ids"),
                ("account.move", "invoice_line_ids"),
            )
        )

    def _service_request(self, options, payload, make):
        """Return the activity that asks somebody else; one per client key."""
        # The agent may not read the document on which the activity is; that it is his
        # ticket's customer's has been checked, and the key is his company's.
        keys = self.sudo().env["crm.suite.client.key"]
        return keys._answer(
            "mail.activity", self.company_id, options.get("client_key"), payload, make
        )

    def _service_ask(self, document, group, summary, note):
        """Plan an activity on a document for somebody with the group; return it."""
        user = self._service_who(document, group)
        if not user:
            raise UserError(
                self.env._(
                    "Nobody in %(company)s may do this; ask your administrator.",
                    company=self.company_id.display_name,
                )
            )
        # The agent asks on a document that he need not be able to read.
        return document.sudo().activity_schedule(
            "mail.mail_activity_data_todo",
            date_deadline=fields.Date.context_today(self),
            summary=summary,
            note=note,
            user_id=user.id,
        )

    def _service_who(self, document, group):
        """Return who is asked: the document's own user, else the first of the group."""
        users = (
            self.env.ref(group)
            .sudo()
            .all_user_ids.filtered(
                lambda user: user.active
                and not user.share
                and self.company_id in user.company_ids
                and user.id != self.env.ref("base.user_root").id
            )
        )
        field = "user_id" if "user_id" in document._fields else "invoice_user_id"
        own = document.sudo()[field] & users
        return own or users.sorted("id")[:1]

    # === RETURN === #

    def _service_ask_return(self, wanted, options):
        moves = self._service_return_moves(wanted, options)
        return self._service_ask(
            moves.picking_id,
            STOCK_USER,
            self.env._("Take goods back for ticket %(number)s", number=self.number),
            self._service_request_note(wanted, options),
        )

    def _service_request_note(self, wanted, options):
        """Return what is asked for, in quantities; never in amounts (R7)."""
        lines = [
            self.env._(
                "%(quantity)s x %(product)s %(lot)s",
                quantity=line["quantity"],
                product=line["product"].display_name,
                lot=line["lot"].name or "",
            ).strip()
            for line in wanted
        ]
        return "; ".join(lines + [text for text in [options.get("reason")] if text])

    def _service_make_return(self, wanted, options):
        """Make the return with Odoo's wizard, in the user's own rights."""
        moves = self._service_return_moves(wanted, options)
        picking = moves.picking_id.with_env(self.env)
        wizard = (
            self.env["stock.return.picking"]
            .with_context(
                active_id=picking.id, active_ids=picking.ids, active_model=picking._name
            )
            .create({"picking_id": picking.id})
        )
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
            move.move_line_ids.unlink()
            self.env["stock.move.line"].create(
                [
                    {
                        "move_id": move.id,
                        "lot_id": lot_id,
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
        picking = self._service_return_picking(wanted, options)
        self.env["service.settlement"]._hold(picking)
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
            lines = move.move_line_ids
            if lot:
                lines = lines.filtered(lambda line: line.lot_id == lot)
            result[move] = sum(lines.mapped("quantity_product_uom"))
            if not lot and move.state not in ("done", "cancel"):
                result[move] = max(result[move], move.product_qty)
        return result

    @api.model
    def _service_returnable(self, move, lot):
        """Return what of a delivered move can still be returned (product's unit).

        A return that is planned counts as returned: goods are not taken back twice.
        """
        returns = move.returned_move_ids.filtered(lambda m: m.state != "cancel")
        delivered = self._service_moved(move, lot)[move]
        return delivered - sum(self._service_moved(returns, lot).values())

    def _service_return_picking(self, wanted, options):
        """Return the delivery (sudo) from which the lines are taken back."""
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
        if linked and all(
            line["product"] in linked.move_ids.product_id for line in wanted
        ):
            return linked
        return self._service_last_delivery(wanted)

    def _service_last_delivery(self, wanted):
        """Return the customer's last delivery that brought all of the goods."""
        domain = self._service_document_domain("stock.picking")
        pickings = self.env["stock.picking"].sudo()
        for line in wanted:
            found = [("move_ids.product_id", "=", line["product"].id)]
            if line["lot"]:
                found = [("move_line_ids.lot_id", "=", line["lot"].id)]
            domain &= fields.Domain(found)
        picking = pickings.search(
            domain
            & fields.Domain("state", "=", "done")
            & fields.Domain("move_ids.location_dest_id.usage", "=", "customer"),
            order="date_done desc, id desc",
            limit=1,
        )
        if not picking:
            raise UserError(
                self.env._(
                    "lines: no one delivery to %(customer)s brought all of these"
                    " goods.",
                    customer=self.sudo().commercial_partner_id.display_name,
                )
            )
        return picking
