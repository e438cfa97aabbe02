# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine.periods import local_day

#: States of transfers that wait for nothing.
NOT_DUE = ("draft", "done", "cancel")


class StockPicking(models.Model):
    _inherit = "stock.picking"

    crm_on_time = fields.Boolean(
        string="Done on Time",
        compute="_compute_crm_on_time",
        search="_search_crm_on_time",
        help="Done on or before the promised day; without a promise, the scheduled day"
        " counts.",
    )

    crm_delivery_due = fields.Boolean(
        string="Delivery Not Done",
        compute="_compute_crm_delivery_due",
        search="_search_crm_delivery_due",
        help="Confirmed and not done: a delivery, or the first step of one in a"
        " warehouse that picks or packs first.",
    )

    # In the order of the timeline.
    _crm_partner_idx = models.Index("(partner_id, date_done, id)")

    @api.depends("state", "date_done", "date_deadline", "scheduled_date")
    def _compute_crm_on_time(self):
        zone = self.env["res.partner"]._customer_zone()
        for picking in self:
            promised = picking.date_deadline or picking.scheduled_date
            picking.crm_on_time = bool(
                picking.state == "done"
                and picking.date_done
                and promised
                and local_day(picking.date_done, zone) <= local_day(promised, zone)
            )

    @api.depends("state", "picking_type_id.code", "move_ids.location_final_id.usage")
    def _compute_crm_delivery_due(self):
        # What ends at a customer is no secret, unlike the locations on the way.
        for picking in self.sudo():
            code = picking.picking_type_id.code
            ends = picking.move_ids.location_final_id.mapped("usage")
            picking.crm_delivery_due = picking.state not in NOT_DUE and (
                code == "outgoing" or (code == "internal" and "customer" in ends)
            )

    @api.model
    def _search_crm_on_time(self, operator, value):
        if operator != "in":
            return NotImplemented
        self.flush_model(["state", "date_done", "date_deadline", "scheduled_date"])
        return self._crm_flag_domain(self._crm_on_time_sql, value)

    @api.model
    def _search_crm_delivery_due(self, operator, value):
        if operator != "in":
            return NotImplemented
        self.flush_model(["state", "picking_type_id"])
        self.env["stock.picking.type"].flush_model(["code"])
        self.env["stock.move"].flush_model(["picking_id", "location_final_id"])
        self.env["stock.location"].flush_model(["usage"])
        return self._crm_flag_domain(self._crm_delivery_due_sql, value)

    @api.model
    def _crm_flag_domain(self, to_sql, value):
        """Return the Domain of transfers of which SQL says one of the values.

        :param to_sql: function of Domain.custom, never NULL
        :param value: collection of bool
        """
        flag = Domain.custom(to_sql=to_sql)
        domain = Domain.FALSE
        if True in value:
            domain |= flag
        if False in value:
            domain |= ~flag
        return domain

    @api.model
    def _crm_delivery_due_sql(self, model, alias, query):
        """Return the SQL condition of deliveries, in one step or several, not done.

        SQL, because a list of moves in a domain is looked up over all customers; here
        only what is not done is asked for its moves. No rule is asked: whether a
        transfer that one may read ends at a customer is no secret.
        """
        return SQL(
            """COALESCE(%(state)s NOT IN %(closed)s AND CASE (
                    SELECT type.code FROM stock_picking_type type
                     WHERE type.id = %(type)s
                ) WHEN 'outgoing' THEN TRUE WHEN 'internal' THEN EXISTS (
                    SELECT 1 FROM stock_move move
                      JOIN stock_location place ON place.id = move.location_final_id
                     WHERE move.picking_id = %(id)s AND place.usage = 'customer'
                ) END, FALSE)""",
            state=SQL.identifier(alias, "state"),
            closed=NOT_DUE,
            type=SQL.identifier(alias, "picking_type_id"),
            id=SQL.identifier(alias, "id"),
        )

    @api.model
    def _crm_on_time_sql(self, model, alias, query):
        """Return the SQL condition of transfers done on time.

        SQL, because a domain compares a field with a value, not with another field.
        """
        zone = self.env["res.partner"]._customer_zone_sql()
        day = "(timezone(%s, timezone('UTC', %s)))::date"
        done = SQL(day, zone, SQL.identifier(alias, "date_done"))
        promised = SQL(
            "COALESCE(%s, %s)",
            SQL.identifier(alias, "date_deadline"),
            SQL.identifier(alias, "scheduled_date"),
        )
        return SQL(
            "COALESCE(%s = 'done' AND %s <= %s, FALSE)",
            SQL.identifier(alias, "state"),
            done,
            SQL(day, zone, promised),
        )
