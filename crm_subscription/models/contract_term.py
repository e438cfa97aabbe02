# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from ..engine import cancellation, recurrence
from .contract_plan import UNIT_SELECTION


class ContractContract(models.Model):
    """The term of a contract: how long it runs, until when notice can be given.

    Taken over from the plan when the contract gets it, and the contract's own from
    then on: what was agreed with a customer does not move with the plan.
    """

    _inherit = "contract.contract"  # pylint: disable=consider-merging-classes-inherited

    renewal_notice_days = fields.Integer(
        string="Notice Period (Days)",
        compute="_compute_renewal_term",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        help="Notice must be given so many days before the end of service.",
    )
    renewal_term_count = fields.Integer(
        string="Next Term",
        compute="_compute_renewal_term",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        help="How long the contract runs after a renewal; 0: open end.",
    )
    renewal_term_unit = fields.Selection(
        UNIT_SELECTION,
        string="Unit of the Next Term",
        compute="_compute_renewal_term",
        store=True,
        readonly=False,
        precompute=True,
    )
    term_end_date = fields.Date(
        string="End of the Term",
        compute="_compute_term_end_date",
        help="Last day of the term in force; empty: open end.",
    )
    notice_deadline = fields.Date(
        compute="_compute_term_end_date",
        help="Last day to give notice for the end of this term.",
    )

    _renewal_notice_range = models.Constraint(
        "CHECK (renewal_notice_days BETWEEN 0 AND 366)",
        "The notice period is 0 to 366 days.",
    )
    _renewal_term_range = models.Constraint(
        f"CHECK (renewal_term_count BETWEEN 0 AND {recurrence.MAX_INTERVAL})",
        "The next term is 0 (open end) to 366 units.",
    )

    @api.depends("subscription_plan_id")
    def _compute_renewal_term(self):
        for contract in self:
            plan = contract.subscription_plan_id
            contract.renewal_notice_days = plan.notice_days
            contract.renewal_term_count = plan.term_count
            contract.renewal_term_unit = plan.term_unit

    @api.depends(
        "contract_line_ids.date_start",
        "contract_line_ids.date_end",
        "contract_line_ids.is_canceled",
        "renewal_notice_days",
    )
    def _compute_term_end_date(self):
        for contract in self:
            end = contract._get_term_end()
            contract.term_end_date = end
            contract.notice_deadline = end and cancellation.deadline(
                end, contract.renewal_notice_days
            )

    def _get_next_term_end(self, lines, start):
        """Return the last day of the next term (date; False: open end): as long as
        agreed, without a plan as long as the first line's term was."""
        self.ensure_one()
        if not self.subscription_plan_id:
            line = lines[:1]
            return start + (line.date_end - line.date_start)
        if not self.renewal_term_count:
            return False
        return recurrence.last_day_of_term(
            start, self.renewal_term_unit, self.renewal_term_count, self._get_term_day()
        )

    def _get_term_day(self):
        """Return the day of the month on which the contract's first line began (int);
        0: it has none. Terms that begin in a shorter month come back to it."""
        self.ensure_one()
        starts = self._get_service_lines().mapped("date_start")
        return min(starts).day if starts else 0
