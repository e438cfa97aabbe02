# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Contacts that become one have one row of figures and one decision on a step."""

    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys_generic(self, model, src_records, dst_record):
        """Make room before rows are handed over: core gives way to constraints that it
        finds, and unique indexes are none of them."""
        if model == "res.partner":
            # The wizard has asked who may merge; what is kept here is the machine's.
            self._give_up_figures(src_records)
            self._keep_newest_decisions(dst_record | src_records)
        return super()._update_foreign_keys_generic(model, src_records, dst_record)

    @api.model
    def _give_up_figures(self, contacts):
        """Delete what is stored of contacts that will be no more; the one that stays is
        computed again with what was theirs."""
        for name in ("crm.customer.snapshot", "crm.customer.snapshot.day"):
            self.env[name].sudo().search([("partner_id", "in", contacts.ids)]).unlink()

    @api.model
    def _keep_newest_decisions(self, contacts):
        """Archive all but the newest decision on the same step of several contacts."""
        decisions = self.env["crm.customer.step.decision"].sudo()
        found = decisions.search([("partner_id", "in", contacts.ids)], order="id desc")
        same = found.grouped(lambda one: (one.company_id, one.rule, one.evidence))
        older = decisions.union(*(group[1:] for group in same.values()))
        older.active = False
        # The handing over is SQL.
        older.flush_recordset(["active"])
