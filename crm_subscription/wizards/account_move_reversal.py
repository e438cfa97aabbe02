# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class AccountMoveReversal(models.TransientModel):
    _inherit = "account.move.reversal"

    def reverse_moves(self, is_modify=False):
        """ "Reverse and create invoice": the new invoice bills the credited periods."""
        origins = self.move_ids
        action = super().reverse_moves(is_modify=is_modify)
        if is_modify:
            made = self.new_move_ids.sorted("id")
            for origin, move in zip(origins, made, strict=False):
                origin._get_period_rows()._bill_on(move)
        return action
