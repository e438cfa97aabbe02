# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools.sql import column_exists, create_column


class AccountMove(models.Model):
    _inherit = "account.move"  # pylint: disable=consider-merging-classes-inherited

    crm_posted_at = fields.Datetime(
        string="Posted At",
        compute="_compute_crm_posted_at",
        store=True,
        copy=False,
        help="Moment when the entry entered the ledger; empty for entries that were"
        " posted before this was kept. Tells what the figures of a past day knew.",
    )

    # The documents of a customer are asked for by its commercial entity; core has no
    # index for that, and reads all entries of the database. In the timeline's order and
    # with what figures sum up, so that the documents themselves are not read.
    _crm_commercial_partner_idx = models.Index(
        "(commercial_partner_id, invoice_date, id) INCLUDE (company_id, state,"
        " move_type, partner_id, amount_untaxed_signed, date)"
    )

    def _auto_init(self):
        """Make the column empty: what is posted already is not touched."""
        if not column_exists(self.env.cr, self._table, "crm_posted_at"):
            create_column(self.env.cr, self._table, "crm_posted_at", "timestamp")
        return super()._auto_init()

    @api.depends("state")
    def _compute_crm_posted_at(self):
        now = self.env.cr.now()
        for move in self:
            posted = move.state == "posted"
            move.crm_posted_at = posted and (move.crm_posted_at or now)
