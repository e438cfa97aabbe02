# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class ContractContract(models.Model):
    """What a customer reads of a contract in the portal."""

    _inherit = "contract.contract"  # pylint: disable=consider-merging-classes-inherited

    def _get_shown_lines(self):
        """Return the lines that run or will, or all of a contract that has ended: who
        was renewed twice does not read three terms as three services."""
        self.ensure_one()
        today, lines = self._get_today(), self.contract_line_ids
        running = lines.filtered(
            lambda line: not line.is_canceled
            and (not line.date_end or line.date_end >= today)
        )
        return running if running.filtered("date_start") else lines

    def _get_summary(self):
        """Return what the contract is for, each service once (str)."""
        lines = self._get_shown_lines().filtered(lambda line: not line.display_type)
        names = [line._get_sold_name().split("\n")[0] for line in lines]
        return ", ".join(dict.fromkeys(names))
