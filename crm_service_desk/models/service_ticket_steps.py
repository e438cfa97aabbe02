# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models
from odoo.exceptions import UserError

from ..engine import clock
from .groups import AGENT


class HelpdeskTicket(models.Model):
    """The next steps of an agent, one click each."""

    _inherit = "helpdesk.ticket"

    service_clock = fields.Selection(
        related="stage_id.service_clock", string="Clock", groups=AGENT
    )

    def action_service_wait(self):
        """Wait for the customer: go to the team's first stage that stands still.

        :return: True
        :raise AccessError: no helpdesk user, or a ticket that he may not change
        :raise UserError: the team has no such stage
        """
        return self._service_go(
            lambda stage: stage.service_clock == clock.PAUSED
            and stage.service_waits_for_customer
        )

    def action_service_solve(self):
        """Close as solved, in the team's first stage that says so. See above."""
        return self._service_go(lambda stage: stage.service_clock == clock.SOLVED)

    def action_service_work(self):
        """Go on working: back to the team's first stage in which time counts and that
        is not the inbox; opens closed tickets again. See above."""
        return self._service_go(
            lambda stage: stage.service_clock == clock.COUNTS and not stage.unattended
        )

    def _service_go(self, fits):
        """Put each ticket in the first stage of its team that fits."""
        self._check_desk_ids("write")
        for ticket in self:
            stage = ticket.team_id._get_applicable_stages().filtered(fits)[:1]
            if not stage:
                raise UserError(
                    self.env._(
                        "The team of ticket %(number)s has no stage for this step.",
                        number=ticket.number,
                    )
                )
            ticket.stage_id = stage
        return True
