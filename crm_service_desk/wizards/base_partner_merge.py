# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Contacts that become one have one rating of a ticket that they were asked for,
    and bring their tickets to the company of the one that stays."""

    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys_generic(self, model, src_records, dst_record):
        """Make room before ratings are handed over: core gives way to constraints that
        it finds, and unique indexes are none of them."""
        if model == "res.partner":
            self._keep_one_rating(dst_record | src_records)
        result = super()._update_foreign_keys_generic(model, src_records, dst_record)
        if model == "res.partner":
            # The wizard has asked who may merge; he need not see the tickets.
            stays = dst_record.sudo()
            stays._service_change_entity(stays)
        return result

    @api.model
    def _keep_one_rating(self, contacts):
        """Let the newest answer of several contacts to a ticket be the one that the
        person may change, before what nobody has answered. No answer is deleted."""
        # The wizard has asked who may merge; answers stay what they are.
        ratings = self.env["rating.rating"].sudo()
        found = ratings.search(
            [("service_single", "=", True), ("partner_id", "in", contacts.ids)]
        ).sorted(lambda rating: (rating.consumed, rating.id), reverse=True)
        for same in found.grouped("service_ticket_id").values():
            same[1:].service_single = False
        # The handing over is SQL.
        found.flush_recordset(["service_single"])
