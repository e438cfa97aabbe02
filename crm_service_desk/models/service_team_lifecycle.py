# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models

from ..engine import clock


class HelpdeskTicketTeam(models.Model):
    """When a team opens tickets again, and when it closes them by itself."""

    _inherit = "helpdesk.ticket.team"

    service_reopen = fields.Selection(
        [
            ("reopen", "Open the ticket again"),
            ("follow_up", "Make a follow-up ticket"),
            ("stay", "Leave the ticket closed"),
        ],
        string="Reply to a Closed Ticket",
        required=True,
        default="reopen",
        help="What happens when the customer writes to a ticket that is closed.",
    )
    service_reopen_days = fields.Integer(
        string="Reopen within (days)",
        default=14,
        help="A reply that comes later makes a follow-up ticket.",
    )
    service_close_days = fields.Integer(
        string="Close after (days)",
        help="Days without a message after which a ticket that waits for its customer"
        " is closed. 0: never.",
    )
    service_close_notice_days = fields.Integer(
        string="Announce before (days)",
        help="Days before the closing at which the customer is told. 0: he is not.",
    )
    service_close_stage_id = fields.Many2one(
        "helpdesk.ticket.stage",
        string="Close as",
        domain="[('closed', '=', True), '|', ('team_ids', '=', False),"
        " ('team_ids', '=', id)]",
        help="Empty: the team's first stage that says solved.",
    )

    _service_days_positive = models.Constraint(
        "CHECK (service_reopen_days >= 0 AND service_close_days >= 0 AND"
        " service_close_notice_days >= 0 AND"
        " service_close_notice_days <= service_close_days)",
        "Days must not be negative, and a closing cannot be announced before the"
        " ticket waits.",
    )

    def _service_notice_after(self):
        """Return the days of silence after which something has to be done."""
        return self.service_close_days - self.service_close_notice_days

    def _service_close_stage(self):
        """Return the stage in which the team closes what waited too long."""
        stages = self._get_applicable_stages().filtered("closed")
        solved = stages.filtered(lambda stage: stage.service_clock == clock.SOLVED)
        return self.service_close_stage_id or solved[:1] or stages[:1]
