# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def action_open_customer_360(self):
        """Return the action that opens the page of the document's customer (dict)."""
        self.ensure_one()
        self.check_access("read")
        return self.partner_id.action_open_customer_360()
