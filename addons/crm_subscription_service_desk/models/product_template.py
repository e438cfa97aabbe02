# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    service_entitles = fields.Boolean(
        string="Entitles to Service",
        help="While a contract line of this product runs, the customer's tickets are"
        " covered.",
    )
    service_sla_policy_id = fields.Many2one(
        "service.sla.policy",
        string="SLA of the Contract",
        index="btree_not_null",
        help="Service level of the covered tickets. Empty: the one that fits anyway.",
    )
