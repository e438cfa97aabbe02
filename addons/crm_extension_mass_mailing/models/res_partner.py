# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_portfolio_mailing(self):
        """Return the action that puts these customers on a mailing list.

        :raise AccessError: users who may not make mailing contacts
        """
        self._check_customer_360_access()
        self.check_access("read")
        self.env["mailing.contact"].check_access("create")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Put on a Mailing List"),
            "res_model": "crm.customer.portfolio.mailing",
            "views": [(False, "form")],
            "target": "new",
            "context": {"active_model": "res.partner", "active_ids": self.ids},
        }
