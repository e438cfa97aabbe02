# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models
from odoo.exceptions import UserError


class AccountMoveReversal(models.TransientModel):
    _inherit = "account.move.reversal"

    def reverse_moves(self, is_modify=False):
        """ "Reverse and create invoice": the new invoice bills the credited periods.

        :raise UserError: the credit note would be posted later than the invoice is
            made anew: up to then the periods would be billed twice
        """
        origins = self.move_ids
        later = self.date and self.date > fields.Date.context_today(self)
        if is_modify and later and (rows := origins._get_period_rows()):
            raise UserError(
                self.env._(
                    "%(invoice)s bills periods of contracts: it is made anew on the day"
                    " of its credit note, which can't be after today, as %(date)s is.",
                    invoice=rows[0].move_id.display_name,
                    date=self.date,
                )
            )
        action = super().reverse_moves(is_modify=is_modify)
        if is_modify:
            made = self.new_move_ids.sorted("id")
            for origin, move in zip(origins, made, strict=False):
                origin._get_period_rows()._bill_on(move)
        return action
