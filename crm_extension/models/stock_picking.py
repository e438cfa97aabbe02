# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine.periods import local_day


class StockPicking(models.Model):
    _inherit = "stock.picking"

    crm_on_time = fields.Boolean(
        string="Done on Time",
        compute="_compute_crm_on_time",
        search="_search_crm_on_time",
        help="Done on or before the promised day; without a promise, the scheduled day"
        " counts.",
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

    @api.model
    def _search_crm_on_time(self, operator, value):
        if operator != "in":
            return NotImplemented
        self.flush_model(["state", "date_done", "date_deadline", "scheduled_date"])
        on_time = Domain.custom(to_sql=self._crm_on_time_sql)
        domain = Domain.FALSE
        if True in value:
            domain |= on_time
        if False in value:
            domain |= ~on_time
        return domain

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
