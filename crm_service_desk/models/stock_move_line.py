# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class StockMoveLine(models.Model):
    """Until when goods that were sent for others are under the warranty of those."""

    _inherit = "stock.move.line"

    service_carried_until = fields.Date(
        string="Warranty Kept Until",
        readonly=True,
        copy=False,
        help="These goods replaced others: last day of the warranty of those.",
    )
