# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import SQL


class StockLot(models.Model):
    _inherit = "stock.lot"

    crm_holder_id = fields.Many2one(
        comodel_name="res.partner",
        string="Held by Customer",
        compute="_compute_crm_holder_id",
        search="_search_crm_holder_id",
        help="Contact that the last transfer delivered it to; none after a return.",
    )

    @api.depends_context("allowed_company_ids")
    def _compute_crm_holder_id(self):
        holders = dict(self.env.execute_query(self._crm_holder_query(self.ids)))
        for lot in self:
            lot.crm_holder_id = holders.get(lot.id, False)

    @api.model
    def _search_crm_holder_id(self, operator, value):
        if operator != "in":
            return NotImplemented
        partners = [partner_id for partner_id in value if partner_id]
        query = self._crm_holder_query(None, partners)
        return [("id", "in", SQL("(SELECT lot_id FROM (%s) AS held)", query))]

    @api.model
    def _crm_holder_query(self, lot_ids=None, partner_ids=None, dated=False):
        """Return the query of (lot_id, partner_id) of what customers hold now.

        Raw SQL, because the holder is told by the last done move of each lot: a serial
        that came back and went to another customer must not count for the first. What
        a company delivered that the reader may not see has no holder for him.

        :param lot_ids: only of these lots (None: of all)
        :param partner_ids: only held by these partners (None: by any)
        :param dated: whether to add a third column: the moment of the delivery
        """
        self.env["stock.move.line"].flush_model()
        self.env["stock.picking"].flush_model(["partner_id"])
        lots = SQL("line.lot_id IS NOT NULL")
        if lot_ids is not None:
            lots = SQL("line.lot_id IN %s", tuple(lot_ids) or (0,))
        held = SQL("TRUE")
        if partner_ids is not None:
            wanted = tuple(partner_ids) or (0,)
            held = SQL("last.partner_id IN %s", wanted)
            lots = SQL(
                """line.lot_id IN (
                    SELECT sent.lot_id FROM stock_move_line sent
                      JOIN stock_picking pick ON pick.id = sent.picking_id
                     WHERE sent.state = 'done' AND pick.partner_id IN %s
                       AND sent.lot_id IS NOT NULL)""",
                wanted,
            )
        return SQL(
            """
            SELECT last.lot_id, last.partner_id%(date)s FROM (
                SELECT DISTINCT ON (line.lot_id)
                       line.lot_id, line.date, pick.partner_id,
                       line.company_id, dest.usage
                  FROM stock_move_line line
                  JOIN stock_location dest ON dest.id = line.location_dest_id
             LEFT JOIN stock_picking pick ON pick.id = line.picking_id
                 WHERE line.state = 'done' AND %(lots)s
              ORDER BY line.lot_id, line.date DESC, line.id DESC
            ) AS last
            WHERE last.usage = 'customer' AND last.partner_id IS NOT NULL
              AND last.company_id IN %(companies)s AND %(held)s
            """,
            date=SQL(", last.date") if dated else SQL(),
            companies=tuple(self.env.companies.ids),
            lots=lots,
            held=held,
        )
