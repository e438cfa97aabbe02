# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    service_warranty_months = fields.Integer(
        string="Warranty (months)",
        help="Warranty from the day of delivery to the customer, serial number by"
        " serial number. 0: no warranty.",
    )

    _service_warranty_months_positive = models.Constraint(
        "CHECK(service_warranty_months >= 0)",
        "The warranty of a product cannot be negative.",
    )
