# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class StockMove(models.Model):
    """Goods that are sent in exchange know for which settlement."""

    _inherit = "stock.move"

    service_claim_id = fields.Many2one(
        "service.claim",
        string="Sent for Settlement",
        readonly=True,
        index="btree_not_null",
        help="The exchange for which the goods are sent.",
    )

    def _prepare_procurement_values(self):
        """Keep the exchange on all steps of a delivery."""
        values = super()._prepare_procurement_values()
        values["service_claim_id"] = self.service_claim_id.id
        return values

    def _prepare_merge_moves_distinct_fields(self):
        """What is sent in exchange stays apart from what was ordered."""
        return [*super()._prepare_merge_moves_distinct_fields(), "service_claim_id"]


class StockRule(models.Model):
    """Rules hand on for which settlement goods are sent."""

    _inherit = "stock.rule"

    def _get_custom_move_fields(self):
        """Hand the exchange from the procurement to the move."""
        return [*super()._get_custom_move_fields(), "service_claim_id"]
