# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class ContractRenewalReport(models.Model):
    _inherit = "contract.renewal.report"

    def _get_risk_notes(self):
        """Add the open tickets of the customer that the reader may see."""
        notes = super()._get_risk_notes()
        tickets = self.env["helpdesk.ticket"]
        if not tickets.has_access("read"):
            return notes
        groups = tickets._read_group(
            [
                ("commercial_partner_id", "in", self.partner_id.ids),
                ("company_id", "in", self.company_id.ids),
                ("closed", "=", False),
            ],
            ["commercial_partner_id", "company_id"],
            ["__count"],
        )
        counts = {(partner, company): count for partner, company, count in groups}
        for row in self:
            count = counts.get((row.partner_id, row.company_id))
            if count:
                notes[row.id] = [
                    *notes[row.id],
                    self.env._("open tickets: %s", count),
                ]
        return notes
