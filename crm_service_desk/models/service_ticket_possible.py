# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models

from odoo.addons.crm_suite_base.tools.plain import plain

from ..engine.owned import holding


class ServiceTicketPossible(models.AbstractModel):
    """What can be settled from a ticket: delivered, returned, invoiced, credited."""

    _name = "service.ticket.possible"
    _inherit = "service.ticket.ledger"
    _description = "What a Ticket can settle"

    @api.readonly
    def get_settlement_options(self):
        """Return what can be returned, replaced and credited, in quantities.

        Of the last 20 deliveries and invoices of each ticket's customer. Quantities
        are in the product's unit of measure; there are no amounts.

        :return: one dict per ticket, in the order asked: ``{"ticket_id", "overdue",
            "deliveries": [{"picking_id", "picking", "date", "product_id", "product",
            "lot_id", "lot", "delivered", "returned", "replaced", "open",
            "warranty"}], "invoices": [{"move_id", "move", "invoice_line_id", "date",
            "product_id", "product", "lot_id", "lot", "invoiced", "credited",
            "returned", "replaced", "open"}]}``; ``open`` is what can still be returned
            or credited; ``warranty`` as in :meth:`get_context`; ``overdue``: the
            customer has overdue invoices
        :raise AccessError: no helpdesk user, or a ticket that he may not read
        :raise UserError: a ticket that does not exist
        """
        self._check_desk_ids()
        return plain(
            [
                {
                    "ticket_id": ticket.id,
                    "overdue": ticket._service_has_overdue(),
                    "deliveries": ticket._service_delivered_rows(),
                    "invoices": ticket._service_invoiced_rows(),
                }
                for ticket in (one._service_remembering() for one in self)
            ]
        )

    # === DELIVERIES === #

    def _service_delivered_rows(self):
        """Return the goods that the customer got, newest delivery first."""
        ticket = self._service_remembering()
        # A projection in quantities of the ticket's own customer; see get_context.
        pickings = ticket._service_documents("stock.picking").sudo()
        moves = pickings.move_ids.filtered(
            lambda move: move.state == "done"
            and move.location_dest_id.usage == "customer"
            and move.location_id.usage != "customer"
        )
        ticket._service_foresee(moves)
        held = moves.move_line_ids.lot_id
        ways = held._service_movements(held)
        return [
            ticket._service_delivered_row(move, lot, ways.get(lot.id, []))
            for move in moves
            for lot in move.move_line_ids.lot_id or [held.browse()]
        ]

    def _service_delivered_row(self, move, lot, ways):
        """Return what a move brought, of one lot unless it is empty.

        :param ways: the lot's movements
        """
        delivered = self._service_moved(move, lot)[move]
        line = {"lot": lot, "product": move.product_id, "move": move, "quantity": 1}
        left = self._service_returnable(move, lot)
        return {
            "picking_id": move.picking_id.id,
            "picking": move.picking_id.name,
            "date": move.date.date(),
            "product_id": move.product_id.id,
            "product": move.product_id.display_name,
            "lot_id": lot.id,
            "lot": lot.name or "",
            "delivered": delivered,
            "returned": delivered - left,
            "replaced": self._service_delivered_replaced(move, lot),
            "open": left,
            "warranty": self._service_warranty_row(line, ways),
        }

    def _service_delivered_replaced(self, move, lot):
        """Return how much of what a move brought was replaced: of a lot, else of its
        order line."""
        if not lot:
            return self._service_replaced(move.product_id, move)
        first = self._service_sent_first(move)
        lines = self._service_replaced_of(first)
        named = lines.filtered(lambda line: line.lot_id == lot)
        swapped = self._service_swapped(first, lot)
        return sum(named.mapped("quantity")) + sum(p.quantity for _s, p in swapped)

    def _service_warranty_row(self, line, ways):
        """Return the warranty of delivered goods as get_context tells it."""
        lot = line["lot"]
        if lot:
            entity = self.sudo().commercial_partner_id
            single = lot.product_id.tracking == "serial"
            held = holding(ways, entity.id, single)
            return self._service_warranty(lot, held)
        result = self._service_line_warranty(line)
        return {
            "state": result.state,
            "reason": self._service_warranty_reason(result),
            "delivered_on": result.delivered_on,
            "ends_on": result.ends_on,
        }

    # === INVOICES === #

    def _service_invoiced_rows(self):
        """Return what the customer was invoiced, newest invoice first."""
        ticket = self._service_remembering()
        # See _service_delivered_rows.
        invoices = ticket._service_documents("account.move").sudo()
        invoices = invoices.filtered(lambda move: move.move_type != "out_refund")
        origins = invoices.invoice_line_ids.browse().concat(
            *(ticket._service_product_lines(invoice) for invoice in invoices)
        )
        ticket._service_foresee(origins.sale_line_ids.move_ids)
        ticket._service_foresee_refunds(origins)
        rows = []
        for origin in origins:
            row = ticket._service_invoiced_row(origin)
            lots = ticket._service_lots_back(origin)
            rows += [ticket._service_lot_row(row, origin, lot) for lot in lots] or [row]
        return rows

    def _service_lots_back(self, origin):
        """Return the serial numbers of an invoice line that came back, and those of
        what had been sent in their place."""
        rows = self._service_lots_standing(origin.product_id, origin.sale_line_ids)
        return (
            self.env["stock.lot"]
            .sudo()
            .union(
                *(
                    lot
                    for _move, lot, shipment in rows
                    if lot.product_id.tracking == "serial" and shipment.back > 0
                )
            )
        )

    def _service_invoiced_row(self, origin):
        """Return what can be credited of an invoice line."""
        invoiced, credited, returned = self._service_credit_facts(origin)
        return {
            "move_id": origin.move_id.id,
            "move": origin.move_id.name,
            "invoice_line_id": origin.id,
            "date": origin.move_id.invoice_date,
            "product_id": origin.product_id.id,
            "product": origin.product_id.display_name or origin.name,
            "lot_id": False,
            "lot": "",
            "invoiced": invoiced,
            "credited": credited["line"],
            "returned": invoiced if returned is None else returned,
            "replaced": self._service_replaced(
                origin.product_id, self._service_moves_of(origin.sale_line_ids)
            ),
            "open": max(self._service_creditable(origin, {}), 0.0),
        }

    def _service_lot_row(self, row, origin, lot):
        """Return the row of an invoice line as it is for one serial number."""
        line = {"lot": lot, "product": origin.product_id, "quantity": 1.0}
        left = min(row["open"], 1.0)
        if not self._service_lot_origins(line, origin):
            left = 0.0
        return dict(row, lot_id=lot.id, lot=lot.name or "", open=left)
