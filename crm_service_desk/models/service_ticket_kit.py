# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import math

from odoo import api, models


class ServiceTicketKit(models.AbstractModel):
    """Kits (with the Manufacturing app): sold and invoiced as one, delivered and taken
    back as their components."""

    _name = "service.ticket.kit"
    _inherit = "service.ticket.ledger"
    _description = "Kits of a Ticket"

    @api.model
    def _service_kit(self, product, moves):
        """Return ``{component: quantity for one kit}``, in the components' units.

        Empty when the product was not delivered as a kit by the moves.
        """
        if "bom_line_id" not in moves._fields or product in moves.product_id:
            return {}
        boms = moves.bom_line_id.bom_id.filtered(
            lambda bom: bom.type == "phantom"
            and bom.product_tmpl_id == product.product_tmpl_id
            and bom.product_id in (bom.product_id.browse(), product)
        )
        if not boms:
            return {}
        bom = boms[:1]
        unit = product.uom_id._compute_quantity(1, bom.product_uom_id, round=False)
        _boms, lines = bom.explode(product, unit / bom.product_qty)
        parts = {}
        for line, values in lines:
            component = line.product_id
            quantity = line.product_uom_id._compute_quantity(
                values["qty"], component.uom_id, round=False
            )
            if component in moves.product_id and quantity:
                parts[component] = parts.get(component, 0.0) + quantity
        return parts

    def _service_explode(self, wanted, picking):
        """Put the components in the place of the kits that are taken back."""
        lines = []
        for line in wanted:
            product = line["product"]
            moves = picking.move_ids.filtered(
                lambda move, product=product: move.sale_line_id.product_id == product
                and move.state == "done"
            )
            parts = {} if line["lot"] else self._service_kit(product, moves)
            lines += [
                dict(line, product=part, quantity=line["quantity"] * quantity)
                for part, quantity in parts.items()
            ] or [line]
        wanted[:] = lines

    def _service_returned(self, origin):
        """Whole kits have come back when all their components have."""
        moves = origin.sale_line_ids.move_ids
        parts = self._service_kit(origin.product_id, moves)
        if not parts:
            return super()._service_returned(origin)
        back = moves.filtered(
            lambda move: move.state == "done"
            and move.location_id.usage == "customer"
            and move.location_dest_id.usage != "customer"
        )
        again = self._service_sent_again(back)
        kits = []
        for part, quantity in parts.items():
            came = sum(
                sign * sum(rows.mapped("quantity_product_uom"))
                for sign, rows in ((1, back.move_line_ids), (-1, again.move_line_ids))
                for rows in [rows.filtered(lambda row, p=part: row.product_id == p)]
            )
            kits.append(math.floor(came / quantity + 1e-6))
        return float(min(kits))

    def _service_empty(self, product, sale_lines):
        """As many kits came back as all of their components did."""
        moves = self._service_moves_of(sale_lines)
        parts = self._service_kit(product, moves)
        if not parts:
            return super()._service_empty(product, sale_lines)
        empty = super()._service_empty
        return float(
            min(
                math.floor(empty(part, sale_lines) / quantity + 1e-6)
                for part, quantity in parts.items()
            )
        )

    def _service_replaced(self, product, moves):
        """A kit counts as replaced when any of its components was."""
        parts = self._service_kit(product, moves)
        if not parts:
            return super()._service_replaced(product, moves)
        replaced = super()._service_replaced
        return float(
            max(
                math.ceil(replaced(part, moves) / quantity - 1e-6)
                for part, quantity in parts.items()
            )
        )

    def _service_credited(self, product, sale_lines):
        """Of a component as much was credited as of the kits that hold it."""
        sold = sale_lines.product_id
        parts = self._service_kit(sold, sale_lines.move_ids) if len(sold) == 1 else {}
        if product not in parts:
            return super()._service_credited(product, sale_lines)
        return super()._service_credited(sold, sale_lines) * parts[product]
