# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class RepairOrder(models.Model):
    _name = "repair.order"
    _inherit = ["repair.order", "service.document.mixin"]

    def write(self, vals):
        """Tell the settlements that their repair gets further."""
        result = super().write(vals)
        if "state" in vals:
            # Whoever repairs moves the claim on; he need not see it.
            self.env["service.claim"].sudo().search(
                [("repair_id", "in", self.ids)]
            )._service_progressed()
        return result
