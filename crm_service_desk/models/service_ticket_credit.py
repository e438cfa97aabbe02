# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import float_round

from odoo.addons.crm_suite_base.tools.options import Option

from ..engine import places
from .groups import BILLING
from .known import Known, remembered
from .service_ticket_settlement import LINE_SPEC, Maker

CREDIT_LINE_SPEC = LINE_SPEC | {
    "invoice_line_id": Option("int", minimum=1),
    "amount": Option("float", minimum=0.01),
}


class ServiceTicketCredit(models.AbstractModel):
    """Crediting what was invoiced and came back."""

    _name = "service.ticket.credit"
    _inherit = "service.ticket.settlement"
    _description = "Credits from a Ticket"

    def request_credit(self, lines, options=None):
        """Have goods credited: never more than was invoiced and has come back.

        Earlier credit notes count, drafts too. Services need not come back.

        :param lines: list of ``{"lot_id" or "product_id" or "invoice_line_id",
            "quantity", "amount"}``; quantity in the product's unit of measure, 1 if
            absent. ``amount`` is what is credited for it, in the currency of the
            invoice and as its prices stand (net, unless they include taxes); absent:
            what was invoiced. The quantity counts as credited in any case
        :param options: ``invoice_id``: the invoice (else the linked one, else the one
            of the delivery of the goods); ``reason`` (str); ``client_key`` (str);
            ``wait`` (bool): the ticket waits until the credit note is posted
        :return: ``{"move_id", "requested", "activity_id", "claim_id", "free"}``. Who
            has the billing group gets a draft credit note, to be posted by billing. For
            everybody else it is only asked for: somebody who has the group gets an
            activity, ``requested`` is True and ``move_id`` False
        :raise UserError: too much (with what was invoiced, credited, replaced and
            returned), not this customer's invoice, not posted, a locked period,
            unknown keys
        :raise AccessError: no helpdesk user, or a ticket that he may not change
        """
        return self._service_settle("credit", lines, options)

    def action_credit_serial(self):
        """Have the linked serial number credited; open the draft or say who is asked.

        :return: an action
        """
        lot = self._check_desk("write")._service_one().sudo().service_lot_id
        return self._service_settled(self.request_credit([{"lot_id": lot.id}]))

    def _service_makers(self):
        return super()._service_makers() | {
            "credit": Maker(
                group=BILLING,
                answer="move_id",
                document="credit_id",
                summary=self.env._(
                    "Credit for ticket %(number)s", number=self.sudo().number
                ),
                check=self._service_check_credit,
                make=lambda claim, wanted, options: {
                    "credit_id": self._service_make_credit(wanted, options).id
                },
                lines=CREDIT_LINE_SPEC,
                options={"invoice_id": Option("int", minimum=1)},
            )
        }

    def _service_check_credit(self, wanted, options):
        """Return the invoice that is to be credited; refuse too much."""
        invoice = self._service_credit_invoice(wanted, options)
        self._service_check_lock_date(invoice)
        self._service_credit_shares(invoice, wanted)
        return invoice

    def _service_check_lock_date(self, invoice):
        """Refuse to credit into a period that is closed."""
        today = fields.Date.context_today(self)
        company = invoice.company_id
        taxed = bool(invoice.invoice_line_ids.tax_ids)
        locks = company._get_violated_lock_dates(today, taxed, invoice.journal_id)
        if locks:
            raise UserError(
                self.env._(
                    "%(invoice)s cannot be credited on %(date)s: the period is locked"
                    " until %(until)s.",
                    invoice=invoice.name,
                    date=today,
                    until=max(until for until, _field in locks),
                )
            )

    def _service_make_credit(self, wanted, options):
        """Make the draft with Odoo's reversal, in the user's own rights."""
        invoice = self._service_check_credit(wanted, options)
        shares = self._service_credit_shares(invoice, wanted)
        invoice = invoice.with_env(self.env)
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create(
                {
                    "journal_id": invoice.journal_id.id,
                    "date": fields.Date.context_today(self),
                    "reason": options.get("reason")
                    or self.env._("Ticket %(number)s", number=self.sudo().number),
                }
            )
        )
        wizard.refund_moves()
        credit = wizard.new_move_ids
        credit.service_ticket_id = self
        self._service_trim_credit(invoice, credit, shares)
        # The user may change the ticket, or grants what one asked who may; that the
        # invoice is the customer's is checked above.
        ticket = self.sudo()
        if not ticket.service_invoice_id:
            ticket.service_invoice_id = invoice
        return credit

    def _service_trim_credit(self, invoice, credit, shares):
        """Reduce a full reversal to what is credited.

        :param shares: see :meth:`_service_credit_shares`
        """
        origins = self._service_product_lines(invoice)
        copies = self._service_product_lines(credit)
        commands = [
            Command.delete(line.id)
            for line in credit.invoice_line_ids - copies
            if line.display_type in ("line_section", "line_subsection", "line_note")
        ]
        for origin, copied in zip(origins, copies, strict=True):
            # shares holds the same lines in another environment.
            share = shares.get(origin.id)
            if share:
                commands += self._service_credit_commands(origin, copied, *share)
            else:
                commands.append(Command.delete(copied.id))
        credit.write({"invoice_line_ids": commands})

    def _service_credit_commands(self, origin, copied, quantity, value):
        """Return the commands that make a copied line credit ``quantity`` for
        ``value``; in two lines where no price makes it to the cent.

        :param quantity: in the product's unit; so is the credit where the line's unit
            has no such part (one of a dozen)
        """
        vals = {"service_origin_line_id": origin.id}
        currency = origin.currency_id
        exact = self._service_line_unit(origin, quantity)
        rounded = float_round(
            exact,
            precision_digits=self.env["decimal.precision"].precision_get(
                "Product Unit"
            ),
        )
        unit = origin.product_id.uom_id
        if abs(rounded - exact) > places.TINY and origin.product_uom_id != unit:
            # What depends on the unit would be computed anew.
            vals |= {
                "product_uom_id": unit.id,
                "tax_ids": [Command.set(copied.tax_ids.ids)],
            }
        else:
            quantity = vals["quantity"] = rounded
            full = quantity * self._service_net_price(origin)
            if currency.compare_amounts(value, full) == 0:
                return [Command.update(copied.id, vals)]
        digits = self.env["decimal.precision"].precision_get("Product Price")
        price = float_round(value / quantity, precision_digits=digits)
        left = currency.round(value - price * quantity)
        vals |= {"quantity": quantity, "price_unit": price, "discount": 0.0}
        if currency.is_zero(left) or quantity <= 1:
            return [Command.update(copied.id, vals)]
        one = value - currency.round(price * (quantity - 1))
        (again,) = copied.copy_data()
        again |= vals | {"quantity": 1, "price_unit": one}
        again["sale_line_ids"] = [Command.set(copied.sale_line_ids.ids)]
        again.pop("move_id", None)
        vals["quantity"] = quantity - 1
        return [Command.update(copied.id, vals), Command.create(again)]

    @api.model
    def _service_net_price(self, origin):
        """Return the unit price of an invoice line after its discount."""
        return origin.price_unit * (1 - origin.discount / 100)

    def _service_product_lines(self, move):
        return move.invoice_line_ids.filtered(
            lambda line: line.display_type == "product"
        ).sorted(lambda line: (line.sequence, line.id))

    # === WHICH INVOICE === #

    def _service_credit_invoice(self, wanted, options):
        """Return the posted invoice (sudo) of the customer that is to be credited."""
        moves = self.env["account.move"].sudo()
        named = self._service_named_lines(wanted)
        invoice = moves.browse(options.get("invoice_id", [])) or named.move_id
        if not invoice:
            # A link outlives a change of the customer; only his own is credited.
            linked = self.sudo().service_invoice_id
            linked = self._service_documents("account.move", linked).sudo()
            if not linked or not self._service_has_all_open(linked, wanted):
                invoice = self._service_invoice_of(wanted)
            invoice = invoice or linked
        if not invoice:
            raise UserError(self.env._("lines: these goods have not been invoiced."))
        if len(invoice) != 1:
            raise UserError(
                self.env._("lines: there is no one invoice for these goods.")
            )
        domain = Domain("move_type", "in", ("out_invoice", "out_receipt"))
        known = self._service_documents("account.move", invoice).sudo()
        if not known.filtered_domain(domain):
            raise self._service_unknown("account.move", invoice.id)
        # What came back of an order line limits the credits of all its invoices.
        for document in (*known.line_ids.sale_line_ids.order_id.sorted("id"), known):
            self.env["service.settlement"]._hold(document)
        return known

    def _service_named_lines(self, wanted):
        """Return the invoice lines (sudo) that are named, of the customer only.

        :raise UserError: the same for a foreign and for a missing line
        """
        ids = [line["invoice_line_id"] for line in wanted if "invoice_line_id" in line]
        # Looked up to compare the customer; a foreign line is not told from none.
        named = self.env["account.move.line"].sudo().browse(ids).exists()
        own = self._service_documents("account.move", named.move_id).sudo()
        known = named.filtered(lambda line: line.move_id in own)
        for line_id in ids:
            if line_id not in known.ids:
                raise self._service_unknown("account.move.line", line_id)
        return known

    def _service_invoice_of(self, wanted):
        """Return the invoice of the goods: of the linked order, else of the last
        delivery of them that was invoiced; of several the last one on which so much
        can still be credited."""
        orders = self.sudo().service_order_id
        products = {line["product"] for line in wanted}
        for order in orders or self._service_orders_of(wanted):
            invoices = order.invoice_ids.filtered(
                lambda move: move.state == "posted"
                and move.move_type == "out_invoice"
                and products <= set(move.invoice_line_ids.product_id)
            )
            invoices = invoices.sorted("id", reverse=True)
            for invoice in invoices if len(invoices) > 1 else ():
                if self._service_has_all_open(invoice, wanted):
                    return invoice
            if invoices:
                return invoices[:1]
        return self.env["account.move"].sudo()

    def _service_has_all_open(self, invoice, wanted):
        """Say whether so much of each wanted line can be credited of an invoice."""
        return all(
            sum(
                max(self._service_creditable(origin, {}), 0.0)
                for origin in self._service_credit_candidates(invoice, line)
            )
            >= line["quantity"] - places.TINY
            for line in wanted
        )

    def _service_orders_of(self, wanted):
        """Return the orders (sudo) that brought the goods, newest delivery first; of
        what was sent free of charge, the order that it was sent for."""
        pickings = self._service_deliveries(wanted)
        products = self.env["product.product"].union(
            *(one["product"] for one in wanted)
        )
        moves = pickings.move_ids.filtered(
            lambda move: move.product_id in products
            and move.location_dest_id.usage == "customer"
        )
        firsts = (self._service_first_delivery(move) for move in moves)
        return moves.sale_line_id.order_id.browse().union(
            *(move.sale_line_id.order_id for move in firsts), pickings.sale_id
        )

    # === HOW MUCH === #

    def _service_credit_shares(self, invoice, wanted):
        """Spread what is wanted over the invoice's lines; refuse too much.

        :return: ``{id of the invoice line: (quantity in the product's unit, value in
            the invoice's currency)}``
        """
        taken, values = {}, {}
        for line in wanted:
            parts = self._service_credit_parts(invoice, line, taken)
            full = sum(parts[o] * self._service_net_price(o) for o in parts)
            asked = line.get("amount", full)
            ratio = asked / full if full else 1.0
            if invoice.currency_id.compare_amounts(asked, full) > 0:
                # How much it was is not told: the agent may not see amounts (R7).
                raise UserError(
                    self.env._(
                        "%(product)s: the amount is more than was invoiced for"
                        " %(quantity)s on %(invoice)s.",
                        product=line["product"].display_name,
                        quantity=line["quantity"],
                        invoice=invoice.name,
                    )
                )
            for origin, quantity in parts.items():
                value = quantity * self._service_net_price(origin) * ratio
                values[origin] = values.get(origin, 0.0) + value
        self._service_check_credit_total(invoice, values)
        return {origin.id: (taken[origin], value) for origin, value in values.items()}

    @api.model
    def _service_check_credit_total(self, invoice, values):
        """Refuse to credit more than was invoiced of the orders in all: a discount or a
        down payment is a line of its own, that no goods tell of.

        :param values: ``{invoice line: value}`` to be credited
        """
        orders = invoice.browse().line_ids.union(*values).sale_line_ids.order_id
        lines = orders.order_line.invoice_lines
        moves = (lines.move_id | invoice).filtered(
            lambda move: move.currency_id == invoice.currency_id
        )
        moves |= moves.reversal_move_ids
        left = 0.0
        for move in moves:
            sign = {"out_refund": -1, "out_invoice": 1, "out_receipt": 1}
            if move.state == "posted" or (
                move.state == "draft" and move.move_type == "out_refund"
            ):
                left += sign.get(move.move_type, 0) * sum(
                    line.quantity * self._service_net_price(line)
                    for line in self._service_product_lines(move)
                )
        asked = sum(values.values())
        if invoice.currency_id.compare_amounts(asked, left) > 0:
            raise UserError(
                self.env._(
                    "%(invoice)s: with the discounts, down payments and credit notes of"
                    " the order less is left than these goods cost. Credit an amount.",
                    invoice=invoice.name,
                )
            )

    @api.model
    def _service_line_unit(self, origin, quantity):
        """Return a quantity of the product's unit in the invoice line's, unrounded."""
        unit = origin.product_id.uom_id
        return unit._compute_quantity(
            quantity, origin.product_uom_id or unit, round=False
        )

    def _service_credit_parts(self, invoice, line, taken):
        """Return ``{invoice line: quantity in the line's unit}`` of one wanted line.

        :param taken: ``{invoice line: quantity in the product's unit}``, is added to
        """
        candidates = self._service_credit_candidates(invoice, line)
        parts, left = {}, line["quantity"]
        for origin in self._service_lot_origins(line, candidates):
            part = min(left, max(self._service_creditable(origin, taken), 0))
            if part > 0:
                taken[origin] = taken.get(origin, 0) + part
                parts[origin] = self._service_line_unit(origin, part)
                left -= part
        if left > 1e-6:
            raise self._service_credit_refusal(invoice, line, candidates)
        return parts

    def _service_credit_candidates(self, invoice, line):
        """Return the invoice lines that a wanted line may mean."""
        origins = self._service_product_lines(invoice)
        if line.get("invoice_line_id"):
            origins = origins.filtered(lambda o: o.id == line["invoice_line_id"])
            if not origins:
                raise self._service_unknown(
                    "account.move.line", line["invoice_line_id"]
                )
            line["product"] = line["product"] or origins.product_id
            return origins
        return origins.filtered(lambda o: o.product_id == line["product"])

    def _service_creditable(self, origin, taken):
        """Return what can still be credited of an invoice line (product's unit)."""
        invoiced, credited, returned = self._service_credit_facts(origin)
        same = [
            o for o in taken if o.sale_line_ids & origin.sale_line_ids or o == origin
        ]
        limit = invoiced - credited["line"] - taken.get(origin, 0)
        if returned is not None:
            # What was replaced free of charge is made good already.
            left = self._service_empty(origin.product_id, origin.sale_line_ids)
            left -= credited["order"] + sum(taken[o] for o in same)
            limit = min(limit, left)
        return limit

    @remembered
    def _service_credit_facts(self, origin):
        """Return (invoiced, credited, returned) of an invoice line.

        ``credited`` has ``line`` (of this line) and ``order`` (of all lines of the
        same order line, and not invoiced again); ``returned`` is None for what need not
        come back. All in the product's unit.
        """
        refunds = self._service_refund_lines(origin)
        own = refunds.filtered(
            lambda line: line.service_origin_line_id == origin
            or (
                not line.service_origin_line_id
                and line.move_id.reversed_entry_id == origin.move_id
            )
        )
        credited = {
            "line": self._service_quantity(own),
            "order": self._service_quantity(refunds)
            - self._service_invoiced_again(origin),
        }
        returned = None
        if origin.product_id.type == "consu":
            returned = self._service_returned(origin)
        return self._service_quantity(origin), credited, returned

    def _service_invoiced_again(self, origin):
        """Return how much of an invoice line's goods was invoiced beyond what was
        ordered and delivered: that was credited to be invoiced anew. None of kits."""
        product, again = origin.product_id, 0.0
        for line in origin.sale_line_ids:
            found = self._service_places(line.move_ids, product)
            if not found or line.product_id != product:
                continue
            ordered = line.product_uom_id._compute_quantity(
                line.product_uom_qty, product.uom_id, round=False
            )
            brought = sum(one.paid for one in found)
            invoices = self._service_invoice_lines(product, line)
            invoiced = self._service_quantity(invoices)
            again += max(invoiced - max(ordered, brought), 0.0)
        return again

    def _service_refund_lines(self, origin):
        """Return the lines of credit notes, drafts too, that credit the same thing."""
        known = Known.of(self.env)
        if known is None or origin.id not in known.refunds:
            return self._service_refunds(origin)
        return known.refunds[origin.id]

    @api.model
    def _service_refunds(self, origins):
        """Return the lines (sudo) of credit notes that credit what invoice lines are
        about."""
        lines = self.env["account.move.line"].sudo()
        same_thing = Domain("service_origin_line_id", "in", origins.ids) | (
            Domain("service_origin_line_id", "=", False)
            & Domain("move_id.reversed_entry_id", "in", origins.move_id.ids)
        )
        if origins.sale_line_ids:
            same_thing |= Domain("sale_line_ids", "in", origins.sale_line_ids.ids)
        return lines.search(
            Domain("move_id.move_type", "=", "out_refund")
            & Domain("parent_state", "!=", "cancel")
            & Domain("display_type", "=", "product")
            & Domain("product_id", "in", origins.product_id.ids)
            & same_thing
        )

    def _service_foresee_refunds(self, origins):
        """Look up at once what was credited of invoice lines."""
        known = Known.of(self.env)
        found = self._service_refunds(origins).grouped("product_id")
        for origin in origins:
            same = found.get(origin.product_id, origin.browse())
            known.refunds[origin.id] = same.filtered(
                lambda line, origin=origin: line.service_origin_line_id == origin
                or (
                    not line.service_origin_line_id
                    and line.move_id.reversed_entry_id == origin.move_id
                )
                or line.sale_line_ids & origin.sale_line_ids
            )

    def _service_quantity(self, lines):
        """Return the quantity of invoice lines in the product's unit."""
        return sum(
            line.product_uom_id._compute_quantity(
                line.quantity, line.product_id.uom_id, round=False
            )
            if line.product_uom_id
            else line.quantity
            for line in lines
        )

    def _service_returned(self, origin):
        """Return how much of an invoice line has come back, transfers done."""
        moves = origin.sale_line_ids.move_ids
        if not moves:
            # Invoiced without an order: what came back for this ticket.
            moves = self.sudo().service_return_ids.move_ids
        back = moves.filtered(
            lambda move: move.state == "done"
            and move.product_id == origin.product_id
            and move.location_id.usage == "customer"
            and move.location_dest_id.usage != "customer"
        )
        rows = back.move_line_ids
        again = self._service_sent_again(back).move_line_ids
        return sum(rows.mapped("quantity_product_uom")) - sum(
            again.mapped("quantity_product_uom")
        )

    def _service_sent_again(self, back):
        """Return the done moves that took returned goods to the customer again."""
        return back.returned_move_ids.filtered(
            lambda move: move.state == "done"
            and move.location_dest_id.usage == "customer"
            and move.location_id.usage != "customer"
        )

    def _service_lot_origins(self, line, candidates):
        """Return the invoice lines, of the candidates, to which a line may be credited:
        if it names a serial number, those of which that came back and was not replaced
        or credited. It may be the replacement of what was invoiced.

        Notes in the line which delivery of the piece is made good.
        """
        if not line["lot"]:
            return candidates
        for origin in candidates:
            rows = self._service_lots_standing(
                origin.product_id, origin.sale_line_ids, line["lot"]
            )
            for move, lot, shipment in reversed(rows):
                left = places.places([shipment]).empty
                left -= self._service_credited_piece(move, lot)
                if left >= line["quantity"] - places.TINY:
                    line["move"] = move
                    same = origin.sale_line_ids
                    return candidates.filtered(
                        lambda one, same=same: one.sale_line_ids == same
                    )
        return candidates.browse()

    def _service_credit_refusal(self, invoice, line, candidates):
        """Return the refusal: how much was invoiced, credited and returned."""
        invoiced = credited = returned = 0
        moves = self._service_moves_of(candidates.sale_line_ids)
        replaced = self._service_replaced(candidates.product_id[:1], moves)
        for origin in candidates:
            facts = self._service_credit_facts(origin)
            invoiced += facts[0]
            credited += facts[1]["line"]
            returned = max(returned, facts[2] or 0)
        return UserError(
            self.env._(
                "%(product)s: %(quantity)s cannot be credited; on %(invoice)s"
                " %(invoiced)s invoiced, %(credited)s credited already, %(returned)s"
                " returned, %(replaced)s replaced.",
                product=line["product"].display_name,
                quantity=line["quantity"],
                invoice=invoice.name,
                invoiced=invoiced,
                credited=credited,
                returned=returned,
                replaced=replaced,
            )
        )
