# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dataclasses import replace

from odoo import api, fields, models


class ServiceClaim(models.Model):
    _inherit = "service.claim"

    repair_id = fields.Many2one(
        "repair.order", string="Repair Order", readonly=True, index="btree_not_null"
    )

    @api.depends("repair_id")
    def _compute_step(self):
        return super()._compute_step()

    @api.depends("repair_id")
    def _compute_document_name(self):
        return super()._compute_document_name()

    def _service_documents(self):
        """Add the repair order, before the transfer that brought the goods."""
        documents = super()._service_documents()
        return [*self.repair_id, *self.repair_id.sale_order_id, *documents]

    def _service_facts(self):
        facts = super()._service_facts()
        if self.kind != "repair":
            return facts
        return replace(
            facts,
            repair=self.repair_id.state or None,
            order=self.repair_id.sale_order_id.state or None,
        )
