# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from pytz import timezone, utc

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.crm_suite_base.tools.options import check_id_types

from ..engine.owned import Movement, holding
from .groups import AGENT


class StockLot(models.Model):
    """Whose a serial number is, its warranty, and what it was sent for."""

    _inherit = "stock.lot"

    service_ticket_ids = fields.One2many(
        "helpdesk.ticket", "service_lot_id", string="Tickets", groups=AGENT
    )
    service_ticket_count = fields.Integer(
        string="Number of Tickets",
        compute="_compute_service_ticket_count",
        groups=AGENT,
    )
    service_owner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        compute="_compute_service_warranty",
        help="Who got it last and did not return it.",
    )
    service_warranty_state = fields.Selection(
        [
            ("covered", "Under Warranty"),
            ("expired", "Warranty Expired"),
            ("excluded", "No Warranty"),
        ],
        string="Warranty",
        compute="_compute_service_warranty",
    )
    service_warranty_reason = fields.Char(
        string="Warranty Reason", compute="_compute_service_warranty"
    )
    service_warranty_ends_on = fields.Date(
        string="Warranty Ends On", compute="_compute_service_warranty"
    )
    service_warranty_void = fields.Char(
        string="Warranty Excluded Because",
        tracking=True,
        help="Why the warranty of this very piece does not count, as for misuse.",
    )
    service_replaces_id = fields.Many2one(
        "stock.lot",
        string="Replaces",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The piece that was exchanged for this one.",
    )
    service_replaced_on = fields.Datetime(readonly=True, copy=False)
    service_replaced_by_ids = fields.One2many(
        "stock.lot", "service_replaces_id", string="Replaced By", readonly=True
    )
    service_carried_on = fields.Date(
        readonly=True, copy=False, help="Day of the delivery that replaced the other."
    )
    service_carried_until = fields.Date(
        readonly=True, copy=False, help="Last day of the warranty of the other."
    )

    def _compute_service_ticket_count(self):
        counts = dict(
            self.env["helpdesk.ticket"]._read_group(
                [("service_lot_id", "in", self.ids)], ["service_lot_id"], ["__count"]
            )
        )
        for lot in self:
            lot.service_ticket_count = counts.get(lot, 0)

    @api.depends(
        "product_id.service_warranty_months",
        "service_warranty_void",
        "service_carried_on",
        "service_carried_until",
    )
    @api.depends_context("tz", "lang")
    def _compute_service_warranty(self):
        moves = self._service_movements(self)
        tickets = self.env["helpdesk.ticket"]
        for lot in self:
            out = [move for move in moves.get(lot.id, []) if move.quantity > 0]
            last = max(out, key=lambda move: (move.moment, move.key), default=None)
            held = holding(
                moves.get(lot.id, []),
                last.owner if last else 0,
                lot.product_id.tracking == "serial",
            )
            lot.service_owner_id = last.owner if held.quantity > 0 else False
            result = tickets._service_warranty(lot, held)
            lot.service_warranty_state = result["state"]
            lot.service_warranty_reason = result["reason"]
            lot.service_warranty_ends_on = result["ends_on"]

    @api.model
    def _service_held_by(self, entity, company, lots=None):
        """Return ``[(lot, Holding)]`` of what a commercial entity has from a company.

        Newest delivery first. Done movements over the border of the customers'
        locations count, by the partner of their transfer; see the engine for returns
        and transfers.

        :param entity: commercial res.partner, or empty: nobody has anything
        :param lots: only these
        """
        candidates = self._service_delivered_to(entity, company, lots)
        moves = self._service_movements(candidates)
        rows = []
        for lot in candidates:
            single = lot.product_id.tracking == "serial"
            held = holding(moves.get(lot.id, []), entity.id, single)
            if held.quantity > 0:
                rows.append((lot, held))
        rows.sort(key=lambda row: (row[1].delivered_on, row[0].id), reverse=True)
        return rows

    @api.model
    def _service_delivered_to(self, entity, company, lots=None):
        """Return the lots that a commercial entity ever got from a company."""
        if not entity:
            return self.browse()
        domain = (
            Domain("state", "=", "done")
            & Domain("company_id", "=", company.id)
            & Domain("location_dest_id.usage", "=", "customer")
            & Domain("picking_id.partner_id.commercial_partner_id", "=", entity.id)
        )
        if lots is None:
            domain &= Domain("lot_id", "!=", False)
        else:
            domain &= Domain("lot_id", "in", lots.ids)
        # Called for the desk, whose agents need no right on stock: the caller decides
        # which of the customer's lots he shows.
        groups = self.env["stock.move.line"].sudo()._read_group(domain, ["lot_id"])
        return self.browse([lot.id for (lot,) in groups])

    @api.model
    def _service_local(self, moment, company):
        """Return a moment (naive UTC) as the clock of the company shows it.

        The zone of the company's address, else the user's.
        """
        zone = timezone(company.partner_id.tz or self.env.user.tz or "UTC")
        return utc.localize(moment).astimezone(zone).replace(tzinfo=None)

    @api.model
    def _service_movements(self, lots, but=None):
        """Return ``{lot id: [Movement]}`` over the border of the customers' locations.

        :param but: transfers that are left out

        The day of a movement is the company's (its address's time zone, else the
        user's), since that is what stands on the delivery slip.
        """
        # Who may read a lot may know whose it is; the warranty depends on it.
        lines = (
            self.env["stock.move.line"]
            .sudo()
            .search_fetch(
                Domain("state", "=", "done")
                & Domain("lot_id", "in", lots.ids)
                & (
                    Domain("location_dest_id.usage", "=", "customer")
                    | Domain("location_id.usage", "=", "customer")
                ),
                [
                    "lot_id",
                    "date",
                    "quantity_product_uom",
                    "location_id",
                    "location_dest_id",
                    "picking_id",
                    "company_id",
                    "service_carried_until",
                ],
                order="date, id",
            )
        )
        moves = {}
        for line in lines:
            out = line.location_dest_id.usage == "customer"
            if out and line.location_id.usage == "customer":
                continue
            if but and line.picking_id in but:
                continue
            moves.setdefault(line.lot_id.id, []).append(
                Movement(
                    self._service_local(line.date, line.company_id),
                    line.quantity_product_uom * (1 if out else -1),
                    line.picking_id.partner_id.commercial_partner_id.id,
                    line.id,
                    line.service_carried_until or None,
                )
            )
        return moves

    def _service_replace(self, old, ends_on):
        """Note (sudo) that this serial number was delivered for another one.

        :param ends_on: last day of the warranty that it takes over, or False: it has
            a term of its own
        """
        self.ensure_one()
        out = [m for m in self._service_movements(self)[self.id] if m.quantity > 0]
        last = max(out, key=lambda move: (move.moment, move.key))
        self.write(
            {
                "service_replaces_id": old.id,
                "service_replaced_on": fields.Datetime.now(),
                "service_carried_on": last.moment.date() if ends_on else False,
                "service_carried_until": ends_on,
            }
        )

    def action_view_service_tickets(self):
        """Return the action that lists the tickets about these serial numbers.

        :raise UserError: what is no id
        """
        check_id_types(self)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_mgmt.helpdesk_ticket_action"
        )
        return dict(action, domain=[("service_lot_id", "in", self.ids)], context={})
