# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class StockLocation(models.Model):
    """A place, and whether what comes back may lie there."""

    _inherit = "stock.location"

    def _service_is_apart(self):
        """Return whether goods in the location are the company's and nobody's to send:
        what lies in a warehouse counts as available (bool; False of none)."""
        return self.usage == "internal" and not self.warehouse_id
