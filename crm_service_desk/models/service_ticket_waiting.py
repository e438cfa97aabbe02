# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models
from odoo.exceptions import UserError

from ..engine import clock, progress
from .groups import AGENT


class ServiceTicketWaiting(models.AbstractModel):
    """A ticket that waits for its settlements, and resumes by itself."""

    _name = "service.ticket.waiting"
    _description = "Tickets that wait for a Settlement"

    service_claim_ids = fields.One2many(
        "service.claim",
        "ticket_id",
        string="Settlements",
        readonly=True,
        copy=False,
        groups=AGENT,
    )
    service_resume_stage_id = fields.Many2one(
        "helpdesk.ticket.stage",
        string="Resumes in Stage",
        readonly=True,
        copy=False,
        groups=AGENT,
        help="Where the ticket goes when what it waits for is done.",
    )

    def _service_wait(self):
        """Put the ticket into the stage where its clock stands until it resumes."""
        self.ensure_one()
        # The user may change the ticket; stages are no secret.
        ticket = self.sudo()
        if ticket.stage_id.service_clock == clock.PAUSED:
            return
        stage = ticket.team_id._get_applicable_stages().filtered(
            lambda stage: stage.service_clock == clock.PAUSED
        )[:1]
        if not stage:
            raise UserError(
                self.env._(
                    "wait: team %(team)s has no stage in which the clock stands still.",
                    team=ticket.team_id.display_name or "-",
                )
            )
        ticket.service_resume_stage_id = ticket.stage_id
        self.stage_id = stage

    def _service_resume(self):
        """Take up a ticket that waited (sudo), when all that it waits for is done.

        Who moved it on by hand meanwhile is not overruled.
        """
        self.ensure_one()
        stage = self.service_resume_stage_id
        if not stage:
            return
        if self.stage_id.service_clock != clock.PAUSED:
            self.service_resume_stage_id = False
            return
        waited = self.service_claim_ids.filtered("wait")
        if all(progress.settled(claim.kind, claim.step) for claim in waited):
            self.write({"stage_id": stage.id, "service_resume_stage_id": False})
            self._message_log(
                body=self.env._("What the ticket waited for is done: it is open again.")
            )
