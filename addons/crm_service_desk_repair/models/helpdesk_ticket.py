# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.crm_service_desk.models.groups import SALES, STOCK_USER
from odoo.addons.crm_service_desk.models.known import Known, remembered
from odoo.addons.crm_service_desk.models.service_ticket_replacement import FREE_SPEC
from odoo.addons.crm_service_desk.models.service_ticket_settlement import Maker
from odoo.addons.crm_suite_base.tools.options import Option, check_options

OPEN_REPAIRS = ("draft", "confirmed", "under_repair")
PART_SPEC = {
    "product_id": Option("int", minimum=1, required=True),
    "quantity": Option("float"),
}


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    service_repair_ids = fields.One2many(
        "repair.order", "service_ticket_id", string="Repairs", groups=STOCK_USER
    )

    def create_repair(self, lines, options=None):
        """Have goods repaired: free under warranty, else with a quotation to sign.

        :param lines: one ``{"lot_id" or "product_id", "quantity"}``; quantity in the
            product's unit of measure, 1 if absent
        :param options: ``parts``: list of ``{"product_id", "quantity"}`` to be
            fitted; ``quoted`` (bool): a quotation although the warranty covers it;
            ``picking_id``, ``goodwill``, ``confirm_overdue``, ``reason``,
            ``client_key``: see :meth:`create_exchange`; ``wait`` (bool): the ticket
            waits until the repair is done
        :return: ``{"repair_id", "requested", "activity_id", "claim_id", "free"}``.
            Without the stock group it is asked for; the quotation is asked of somebody
            who sells, by who makes the repair and may not sell
        :raise UserError: more than was delivered or in repair already, overdue
            invoices that are not confirmed, not this customer's goods, unknown keys
        :raise AccessError: see :meth:`create_exchange`
        """
        self._check_desk_ids("write")._service_check_goodwill(options)
        return self._service_settle("repair", lines, options)

    def action_view_service_repairs(self):
        """Return the action that lists the repair orders of these tickets."""
        return self._service_list("repair.order", self.env._("Repairs"))

    def _service_makers(self):
        number = self.sudo().number if self else ""
        return super()._service_makers() | {
            "repair": Maker(
                group=STOCK_USER,
                answer="repair_id",
                document="repair_id",
                summary=self.env._("Repair for ticket %(number)s", number=number),
                check=lambda wanted, options: (
                    self._service_check_repair(wanted, options)[1].picking_id
                ),
                make=self._service_make_repair,
                options=FREE_SPEC
                | {"quoted": Option("bool"), "parts": Option("list", maximum=50)},
            )
        }

    # === CHECK === #

    def _service_check_repair(self, wanted, options):
        """Return (free, delivered move (sudo)); refuse what cannot be repaired."""
        if len(wanted) != 1:
            raise UserError(
                self.env._(
                    "lines: one repair at a time, not %(count)s lines.",
                    count=len(wanted),
                )
            )
        self._service_find_moves(wanted, options)
        (line,) = wanted
        self._service_repair_parts(options)
        self._service_check_repairable(line)
        free, _reason = self._service_check_free(wanted, options)
        self._service_check_overdue(free, options)
        return free, line["move"]

    def _service_check_repairable(self, line):
        """Refuse more than was delivered, and neither is in repair nor was made good
        by a credit or another piece."""
        move, lot = line["move"], line["lot"]
        facts = self._service_piece_facts(self._service_sent_first(move), lot)
        delivered, replaced, credited = facts
        in_repair = self._service_in_repair(Domain("move_id", "=", move.id), lot)
        left = delivered - replaced - credited - sum(in_repair.mapped("quantity"))
        if line["quantity"] > left + 1e-6:
            raise UserError(
                self.env._(
                    "%(product)s %(lot)s: %(quantity)s cannot be repaired;"
                    " %(delivered)s delivered, %(in_repair)s in repair already,"
                    " %(replaced)s replaced already, %(credited)s credited already.",
                    product=line["product"].display_name,
                    lot=lot.name or "",
                    quantity=line["quantity"],
                    delivered=delivered,
                    in_repair=sum(in_repair.mapped("quantity")),
                    replaced=replaced,
                    credited=credited,
                )
            )

    def _service_in_repair(self, domain, lot):
        """Return the lines (sudo) of goods that are in repair now.

        :param domain: Domain of the lines
        """
        # Counted for the customer's own goods, whoever has them repaired.
        lines = (
            self.env["service.claim.line"]
            .sudo()
            .search(
                domain
                & Domain("claim_id.kind", "=", "repair")
                & Domain("claim_id.state", "=", "made")
                & Domain("lot_id", "=", lot.id)
            )
        )
        return lines.filtered(lambda one: one.claim_id.repair_id.state in OPEN_REPAIRS)

    def _service_repair_of(self, line, candidates):
        """Return the repair (sudo) of a piece that goes back to the customer when it is
        done. See _service_lot_origins for the arguments."""
        if Known.of(self.env):
            lines = self._service_lots_in_repair().get(line["lot"], [])
            return self.env["repair.order"].union(
                *(
                    one.claim_id.repair_id
                    for one in lines
                    if one.move_id.sale_line_id & candidates.sale_line_ids
                    or one.claim_id.ticket_id == self
                )
            )[:1]
        sold = Domain("move_id.sale_line_id", "in", candidates.sale_line_ids.ids)
        sold |= Domain("claim_id.ticket_id", "=", self.id)
        return self._service_in_repair(sold, line["lot"]).claim_id.repair_id[:1]

    @remembered
    def _service_lots_in_repair(self):
        """Return ``{lot: lines (sudo)}`` of all that the company has in repair now."""
        # See _service_in_repair; who has the ticket is asked of the company's only.
        lines = self.env["service.claim.line"].sudo()
        return lines.search(
            Domain("claim_id.kind", "=", "repair")
            & Domain("claim_id.state", "=", "made")
            & Domain("claim_id.repair_id.state", "in", OPEN_REPAIRS)
            & Domain("company_id", "=", self.sudo().company_id.id)
            & Domain("lot_id", "!=", False)
        ).grouped("lot_id")

    def _service_lot_origins(self, line, candidates):
        """Credit no piece that is to be repaired. See super for the arguments."""
        if line["lot"] and self._service_repair_of(line, candidates):
            return candidates.browse()
        return super()._service_lot_origins(line, candidates)

    def _service_credit_refusal(self, invoice, line, candidates):
        """Tell of the repair that stands in the way. See super for the arguments."""
        repair = line["lot"] and self._service_repair_of(line, candidates)
        if not repair:
            return super()._service_credit_refusal(invoice, line, candidates)
        return UserError(
            self.env._(
                "%(product)s %(lot)s is in repair: %(repair)s must be cancelled"
                " before it is credited.",
                product=line["product"].display_name,
                lot=line["lot"].name,
                repair=repair.name,
            )
        )

    def _service_repair_parts(self, options):
        """Return [(product (sudo), quantity)] of the parts to be fitted."""
        parts = []
        for position, part in enumerate(options.get("parts", [])):
            argument = f"options['parts'][{position}]"
            values = check_options(self.env, part, PART_SPEC, argument)
            quantity = values.get("quantity", 1.0)
            if quantity <= 0:
                raise UserError(
                    self.env._(
                        "%(argument)s: the quantity %(quantity)s must be positive.",
                        argument=argument,
                        quantity=quantity,
                    )
                )
            parts.append((self._service_line_product(values["product_id"]), quantity))
        return parts

    # === MAKE === #

    def _service_make_repair(self, claim, wanted, options):
        """Make the repair order in the user's own rights, with its quotation."""
        free, _move = self._service_check_repair(wanted, options)
        (line,) = wanted
        back = self._service_brought_by(line)
        repair = self.env["repair.order"].create(
            {
                "company_id": self.sudo().company_id.id,
                "partner_id": self.sudo().partner_id.id,
                "product_id": line["product"].id,
                "lot_id": line["lot"].id,
                "product_qty": line["quantity"],
                "under_warranty": free,
                "picking_id": back.id,
                "internal_notes": options.get("reason"),
                "service_ticket_id": self.id,
            }
        )
        # Both are computed from the transfer, which may hold more than this.
        repair.write({"lot_id": line["lot"].id, "product_qty": line["quantity"]})
        place = back.location_dest_id
        if place._service_is_apart():
            # It is repaired where it was laid apart, and is nobody else's afterwards.
            repair.product_location_src_id = place.id
            repair.product_location_dest_id = place.id
        for product, quantity in self._service_repair_parts(options):
            repair.move_ids = [
                Command.create(
                    {
                        "product_id": product.id,
                        "product_uom_qty": quantity,
                        "product_uom": product.uom_id.id,
                        "repair_line_type": "add",
                    }
                )
            ]
        if not free:
            self._service_quote_repair(repair)
        return {"repair_id": repair.id, "picking_id": back.id, "free": free}

    def _service_brought_by(self, line):
        """Return the ticket's return transfer that brings or brought the goods."""
        # The ticket's own transfers.
        pickings = self.sudo().service_return_ids.filtered(
            lambda one: one.state != "cancel" and one.return_id
        )
        for picking in pickings.sorted("id", reverse=True):
            moves = picking.move_ids.filtered(
                lambda move: move.product_id == line["product"]
            )
            if moves and (not line["lot"] or line["lot"] in moves.move_line_ids.lot_id):
                return picking
        return pickings.browse()

    def _service_quote_repair(self, repair):
        """Quote the repair, or ask somebody who sells to do so."""
        if self.env.user.has_group(SALES):
            repair.action_create_sale_order()
            order = repair.sale_order_id
            order.write({"require_signature": True, "service_ticket_id": self.id})
            order.action_quotation_sent()
            return
        user = self._service_who(repair, SALES)
        repair.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._(
                "Quote the repair for ticket %(number)s", number=self.sudo().number
            ),
            user_id=user.id,
        )
