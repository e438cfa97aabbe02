# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class ResUsers(models.Model):
    _inherit = "res.users"

    def _readable_customer_metrics(self):
        """Return "section.metric" (list) of what the user sees in full at its source.

        Used by the record rule of the figures' course.
        """
        self.ensure_one()
        sections = self.env["crm.customer.section"].with_user(self)
        return sorted(sections._full_keys())
