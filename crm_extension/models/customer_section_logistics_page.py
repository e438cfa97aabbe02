# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.crm_suite_base.tools.plain import plain

from .customer_charts import TABLE_ROWS
from .customer_metrics_logistics import LOT, MOVE, PICKING


class CrmCustomerSectionLogistics(models.AbstractModel):
    """What the page shows of deliveries and serial numbers beside the figures."""

    _inherit = "crm.customer.section.logistics"

    @api.model
    def _tables(self, scope, partner_id):
        tables = super()._tables(scope, partner_id)
        if self._can_read(MOVE):
            tables.append(self._availability_table(scope, partner_id))
        tables.append(self._delivery_table(scope, partner_id))
        if self._can_read(LOT):
            tables.append(self._serial_table(scope, partner_id))
        return tables

    # === AVAILABILITY === #

    @api.model
    def _availability_table(self, scope, partner_id):
        """Return the lines not delivered: what is reserved, free and expected when."""
        open_states = ("waiting", "confirmed", "partially_available", "assigned")
        domain = (
            Domain(scope.domain(partner_id, "picking_id.partner_id"))
            & Domain("company_id", "in", list(scope.company_ids))
            & Domain("state", "in", open_states)
            & self._to_customers()
        )
        columns = [
            ("product", self.env._("Product"), "text"),
            ("delivery", self.env._("Delivery"), "text"),
            ("demand", self.env._("Ordered"), "quantity"),
            ("reserved", self.env._("Reserved"), "quantity"),
            ("free", self.env._("Free in stock"), "quantity"),
            ("expected", self.env._("Expected"), "date"),
            ("state", self.env._("State"), "text"),
        ]
        return self._record_table(
            "availability",
            self.env._("Not delivered yet"),
            columns,
            MOVE,
            domain,
            "date, id",
            lambda move: self._availability_values(scope, move),
        )

    @api.model
    def _to_customers(self):
        """Return the domain of moves that deliver, or are the first step of it.

        A warehouse that picks or packs first has no delivery before that is done.
        """
        code = "picking_id.picking_type_id.code"
        delivery = Domain(code, "=", "outgoing")
        if not self._can_read("stock.location"):
            return delivery
        first = Domain(code, "=", "internal")
        return delivery | (first & Domain("location_final_id.usage", "=", "customer"))

    @api.model
    def _availability_values(self, scope, move):
        """Return the row (dict) of a line that is not delivered.

        Expected is the scheduled day of what is reserved or free in stock, and the day
        of the last receipt that core's forecast counts on for the rest: False where
        too little is on its way. Of a product that rules hide the name is told, as
        core's lists do, and neither stock nor forecast.
        """
        product = move.product_id
        hidden = self._is_cut(product._name) and not product.has_access("read")
        expected, free = move.date if move.state == "assigned" else False, False
        if not hidden:
            expected = expected or self._forecast_date(move)
            free = product.with_context(
                warehouse_id=move.warehouse_id.id or move.location_id.warehouse_id.id
            ).free_qty
        return {
            "product": product.sudo().display_name,
            "delivery": move.picking_id.name,
            "demand": move.product_uom_qty,
            "reserved": move.quantity,
            "free": free,
            "expected": scope.day_of(expected),
            "state": self._selection_text(move, "state"),
        }

    @api.model
    def _forecast_date(self, move):
        """Return when core's forecast has all of a move (datetime), False if never."""
        if move.forecast_expected_date:
            return move.forecast_expected_date
        unit = move.product_id.uom_id
        covered = unit.compare(move.forecast_availability, move.product_qty) >= 0
        return covered and move.date

    # === DELIVERIES === #

    @api.model
    def _delivery_table(self, scope, partner_id):
        """Return the deliveries that are not done, the earliest first.

        With carrier and tracking number where Odoo's delivery costs are installed.
        """
        domain = (
            Domain(scope.domain(partner_id))
            & Domain("company_id", "in", list(scope.company_ids))
            & self._due()
        )
        columns = [
            ("name", self.env._("Delivery"), "text"),
            ("scheduled", self.env._("Scheduled"), "date"),
            ("promised", self.env._("Promised"), "date"),
            ("state", self.env._("State"), "text"),
            ("backorder", self.env._("Backorder of"), "text"),
        ]
        if self._has_carrier():
            columns.append(("carrier", self.env._("Carrier"), "text"))
            columns.append(("tracking", self.env._("Tracking"), "text"))
        return self._record_table(
            "deliveries",
            self.env._("Open deliveries"),
            columns,
            PICKING,
            domain,
            "scheduled_date, id",
            lambda picking: self._delivery_values(scope, picking),
        )

    @api.model
    def _has_carrier(self):
        """Return whether transfers name a carrier here (addon stock_delivery)."""
        return "carrier_tracking_ref" in self.env[PICKING]._fields

    @api.model
    def _delivery_values(self, scope, picking):
        """Return the row (dict) of a delivery that is not done."""
        values = {
            "name": picking.name,
            "scheduled": scope.day_of(picking.scheduled_date),
            "promised": scope.day_of(picking.date_deadline),
            "state": self._selection_text(picking, "state"),
            "backorder": picking.backorder_id.name or "",
        }
        if self._has_carrier():
            values["carrier"] = picking.carrier_id.display_name or ""
            values["tracking"] = picking.carrier_tracking_ref or ""
        return values

    # === SERIAL NUMBERS === #

    @api.model
    def _serial_table(self, scope, partner_id):
        """Return the serial numbers that the customer holds, the newest first.

        Raw SQL, because the holder and the moment are told by the last transfer
        (:meth:`_crm_holder_query`); the lots are the ORM's search with the user's
        rules.
        """
        members = list(scope.members[partner_id])
        domain = self._serial_domain(scope) & Domain("crm_holder_id", "in", members)
        lots = self.env[LOT]._search(self._serial_domain(scope))
        found = self.env.execute_query(
            SQL(
                """
                SELECT held.lot_id, held.date, COUNT(*) OVER () FROM (%s) AS held
                 WHERE held.lot_id IN %s
              ORDER BY held.date DESC, held.lot_id DESC LIMIT %s
                """,
                self.env[LOT]._crm_holder_query(None, members, dated=True),
                lots.subselect(),
                TABLE_ROWS,
            )
        )
        rows = [
            plain(
                {
                    "serial": lot.name,
                    "product": lot.product_id.display_name,
                    "delivered": scope.day_of(moment),
                    "model": LOT,
                    "res_id": lot.id,
                }
            )
            for lot, moment in (
                (self.env[LOT].browse(lot_id), moment) for lot_id, moment, _n in found
            )
        ]
        columns = [
            ("serial", self.env._("Serial number"), "text"),
            ("product", self.env._("Product"), "text"),
            ("delivered", self.env._("Delivered"), "date"),
        ]
        label = self.env._("Serial numbers owned")
        count = found[0][2] if found else 0
        return self._table_of("serials", label, columns, rows, count, LOT, domain)
