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
        domain = (
            Domain("claim_id.kind", "in", ("exchange", "replacement"))
            & Domain("claim_id.state", "=", "made")
            & Domain("claim_id.free", "=", True)
            & Domain("product_id", "=", product.id)
            & Domain("part_id", "=", False)
        )
        if lot:
            domain &= Domain("lot_id", "=", lot.id)
        if sale_lines:
            domain &= Domain("move_id.sale_line_id", "in", sale_lines.ids)
        else:
            domain &= Domain("claim_id.ticket_id", "=", self.id)
        # Counted for the customer's own goods, whoever settled them.
        lines = self.env["service.claim.line"].sudo().search(domain)
        live = lines.filtered(
            lambda line: line.claim_id._service_is_live()
            and (not back or line._service_is_back())
        )
        returned = sum(
            self._service_replacement_back(claim, product)
            for claim in live.claim_id
            if not lot
        )
        return sum(live.mapped("quantity")) - returned

    @api.model
    def _service_replacement_back(self, claim, product):
        """Return how much of a replacement by an order of its own came back.

        What is exchanged stays on the order line that brought it, where its return
        counts anyway.
        """
        if claim.kind != "replacement":
            return 0.0
        back = claim._service_moves_out().returned_move_ids.filtered(
            lambda move: move.state == "done" and move.product_id == product
        )
        return sum(back.move_line_ids.mapped("quantity_product_uom"))

    def _service_check_replaceable(self, wanted):
        """Refuse to replace free of charge what was replaced or credited already."""
        asked = {}
        for line in wanted:
            move, product, lot = line["move"], line["product"], line["lot"]
            if line.get("part"):
                continue
            sale_lines = move.sale_line_id
            key = (sale_lines or move, lot)
            asked[key] = asked.get(key, 0.0) + line["quantity"]
            delivered = self._service_delivered(move, sale_lines, lot)
            replaced = self._service_replaced(product, sale_lines, lot)
            credited = self._service_credited(product, sale_lines, lot)
            if asked[key] > delivered - replaced - credited + 1e-6:
                raise UserError(
                    self.env._(
                        "%(product)s %(lot)s: %(quantity)s cannot be replaced;"
                        " %(delivered)s delivered, %(replaced)s replaced already,"
                        " %(credited)s credited already.",
                        product=product.display_name,
                        lot=lot.name or "",
                        quantity=line["quantity"],
                        delivered=delivered,
                        replaced=replaced,
                        credited=credited,
                    )
                )

    def _service_delivered(self, move, sale_lines, lot):
        """Return how much was delivered to the customer, replacements aside."""
        moves = (sale_lines.move_ids or move).filtered(
            lambda one: one.state == "done"
            and one.product_id == move.product_id
            and one.location_dest_id.usage == "customer"
            and not one.origin_returned_move_id
            and not one.service_claim_id
        )
        if lot:
            # A serial number is delivered again when it is sold again: it is his now.
            return sum(self._service_moved(move, lot).values())
        return sum(self._service_moved(moves, lot).values())

    def _service_credited(self, product, sale_lines, lot):
        """Return how much was credited; of a serial number, from tickets."""
        if lot:
            lines = (
                self.env["service.claim.line"]
                .sudo()
                .search(
                    [
                        ("claim_id.kind", "=", "credit"),
                        ("claim_id.state", "=", "made"),
                        ("lot_id", "=", lot.id),
                        (
                            "claim_id.ticket_id.commercial_partner_id",
                            "=",
                            self.sudo().commercial_partner_id.id,
                        ),
                    ]
                )
            )
            live = lines.filtered(lambda line: line.claim_id._service_is_live())
            return sum(live.mapped("quantity"))
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
            moves = lots._service_movements(lot, but=ticket.service_return_ids)
            held = holding(
                moves.get(lot.id, []),
                ticket.commercial_partner_id.id,
                lot.product_id.tracking == "serial",
            )
        else:
            move = line["move"]
            day = lots._service_local(move.date, move.company_id).date()
            held = Holding(line["quantity"], day, day)
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
