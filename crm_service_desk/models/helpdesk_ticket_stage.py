# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine import clock


class HelpdeskTicketStage(models.Model):
    _inherit = "helpdesk.ticket.stage"

    service_clock = fields.Selection(
        [
            (clock.COUNTS, "Counts"),
            (clock.PAUSED, "Stands still: waiting for someone else"),
            (clock.SOLVED, "Ends: solved"),
            (clock.CANCELLED, "Ends: cancelled, the promise is void"),
        ],
        string="SLA Clock",
        compute="_compute_service_clock",
        store=True,
        readonly=False,
        precompute=True,
        help="What the clock of service levels does while a ticket is in this stage.",
    )

    @api.depends("closed")
    def _compute_service_clock(self):
        ends = (clock.SOLVED, clock.CANCELLED)
        for stage in self:
            if stage.closed and stage.service_clock not in ends:
                stage.service_clock = clock.SOLVED
            elif not stage.closed and stage.service_clock not in (
                clock.COUNTS,
                clock.PAUSED,
            ):
                stage.service_clock = clock.COUNTS

    @api.constrains("closed", "service_clock")
    def _check_service_clock(self):
        for stage in self:
            ends = stage.service_clock in (clock.SOLVED, clock.CANCELLED)
            if ends != bool(stage.closed):
                raise ValidationError(
                    self.env._(
                        "Stage %(stage)s: the SLA clock ends in closing stages, and"
                        " only there.",
                        stage=stage.display_name,
                    )
                )

    def write(self, vals):
        """Keep the clocks of the tickets in the stage in step with what it means."""
        result = super().write(vals)
        if "service_clock" in vals or "closed" in vals:
            # Who may configure stages need not see every ticket in them.
            self.env["helpdesk.ticket"].sudo().with_context(active_test=False).search(
                [("stage_id", "in", self.ids)]
            )._service_sync()
        return result
