# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import SQL

# What is handed on to all steps of a delivery, and keeps moves apart.
REASONS = ("service_claim_id", "service_return_move_id")


class StockMove(models.Model):
    """Goods that are sent in exchange know for what."""

    _inherit = "stock.move"

    service_claim_id = fields.Many2one(
        "service.claim",
        string="Sent for Settlement",
        readonly=True,
        index="btree_not_null",
        help="The exchange for which the goods are sent.",
    )
    service_return_move_id = fields.Many2one(
        "stock.move",
        string="Sent for Return",
        readonly=True,
        index="btree_not_null",
        help="What comes back in exchange for these goods, by Odoo's own wizard.",
    )
    service_exchange_ids = fields.One2many(
        "stock.move", "service_return_move_id", string="Sent in Exchange", readonly=True
    )

    def _prepare_procurement_values(self):
        """Keep the exchange on all steps of a delivery."""
        values = super()._prepare_procurement_values()
        return dict(values, **{name: self[name].id for name in REASONS})

    def _prepare_merge_moves_distinct_fields(self):
        """What is sent in exchange stays apart from what was ordered."""
        return [*super()._prepare_merge_moves_distinct_fields(), *REASONS]

    def _service_exchange_moves(self):
        """Return the moves that take to the customer what Odoo's own exchange sends
        for these returned goods, planned ones too."""
        return self.service_exchange_ids.filtered(
            lambda move: move.state != "cancel"
            and move.location_dest_id.usage == "customer"
        )

    def _service_exchange_ahead(self):
        """Return how much of an exchange is to be sent by transfers that are still to
        be made, when the step before is done (product's unit)."""
        live = self.service_exchange_ids.filtered(lambda move: move.state != "cancel")
        steps = (live - self._service_exchange_moves()).filtered(
            lambda move: move.state != "done" and not move.move_dest_ids & live
        )
        return sum(steps.mapped("product_qty"))

    @api.model
    def _service_mark_exchanges(self):
        """Note what Odoo's own wizard sent in exchange before this was noted.

        The wizard makes the return, then what is sent for it, in one transaction: no
        other delivery of the same order line was made at the same moment. What follows
        from it (later steps, back orders) is sent for the same return.

        Raw SQL: one statement for all moves of a database, and nothing of theirs
        changes but our own column.

        :return: the moves that are noted now
        """
        self.flush_model()
        found = self._service_mark(self._service_pairs_of_the_wizard())
        last = found
        while last:
            last = self._service_mark(self._service_pairs_that_follow(last))
            found |= last
        return found

    @api.model
    def _service_mark(self, pairs):
        """Note the SQL ``pairs`` (sent, came) of what is not noted yet; return them."""
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE stock_move move SET service_return_move_id = pair.came
                  FROM (%s) pair
                 WHERE pair.sent = move.id
                   AND move.origin_returned_move_id IS NULL
                   AND move.service_claim_id IS NULL
                   AND move.service_return_move_id IS NULL
             RETURNING move.id
                """,
                pairs,
            )
        )
        moves = self.browse([row[0] for row in rows])
        moves.invalidate_recordset(["service_return_move_id"])
        self.invalidate_model(["service_exchange_ids"])
        return moves

    @api.model
    def _service_pairs_of_the_wizard(self):
        return SQL(
            """
            SELECT DISTINCT ON (sent.id) sent.id AS sent, came.id AS came
              FROM stock_move came
              JOIN stock_location customers
                ON customers.id = came.location_id AND customers.usage = 'customer'
              JOIN stock_move sent
                ON sent.create_date = came.create_date AND sent.id > came.id
               AND sent.product_id = came.product_id
               AND sent.company_id = came.company_id
               AND sent.sale_line_id IS NOT DISTINCT FROM came.sale_line_id
              JOIN stock_location final
                ON final.id = COALESCE(sent.location_final_id, sent.location_dest_id)
               AND final.usage = 'customer'
             WHERE came.origin_returned_move_id IS NOT NULL
          ORDER BY sent.id, sent.product_uom_qty = came.product_uom_qty DESC, came.id
            """
        )

    @api.model
    def _service_pairs_that_follow(self, moves):
        return SQL(
            """
            SELECT DISTINCT ON (next.id) next.id AS sent,
                   move.service_return_move_id AS came
              FROM stock_move move
         LEFT JOIN stock_move_move_rel step ON step.move_orig_id = move.id
         LEFT JOIN stock_picking later ON later.backorder_id = move.picking_id
              JOIN stock_move next
                ON next.product_id = move.product_id
               AND next.sale_line_id IS NOT DISTINCT FROM move.sale_line_id
               AND (next.id = step.move_dest_id OR next.picking_id = later.id)
             WHERE move.id = ANY(%s)
          ORDER BY next.id
            """,
            moves.ids,
        )


class StockRule(models.Model):
    """Rules hand on for what goods are sent."""

    _inherit = "stock.rule"

    def _get_custom_move_fields(self):
        """Hand the exchange from the procurement to the move."""
        return [*super()._get_custom_move_fields(), *REASONS]
