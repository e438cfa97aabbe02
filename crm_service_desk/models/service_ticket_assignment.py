# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.crm_suite_base.tools.chunks import retry

from .groups import AGENT

ASSIGN_CHUNK = 50


class ServiceTicketAssignment(models.AbstractModel):
    """Who gets a ticket, by the policy of its team."""

    _name = "service.ticket.assignment"
    _description = "Assignment of a Ticket"

    service_awaits_assignment = fields.Boolean(
        string="Awaits Assignment",
        readonly=True,
        copy=False,
        groups=AGENT,
        help="The team assigns by itself, and nobody was there, or the mail has just"
        " come in.",
    )

    @api.model
    def _service_assign_vals(self, vals_list):
        """Fill in the assignee of tickets to be made, where their team assigns.

        Mail is assigned a moment later, by a job of its own: two tickets that ask for
        the same member's turn must run one after the other, and a mail must not have
        to be fetched again for that.
        """
        waiting = defaultdict(list)
        for vals in vals_list:
            team = self._service_team(vals)
            if team._service_assigns() and not vals.get("user_id"):
                waiting[team].append(vals)
            elif "user_id" not in vals and not self._service_maker_takes(team):
                vals["user_id"] = False
        for team, rows in waiting.items():
            if self.env.context.get("service_mail_receipt"):
                users = []
                self._service_assign_soon()
            else:
                users = team._service_draw_members(len(rows))
            for position, vals in enumerate(rows):
                if position < len(users):
                    vals["user_id"] = users[position]
                else:
                    # OCA would give it to whoever makes the ticket.
                    vals.update(user_id=False, service_awaits_assignment=True)

    @api.model
    def _service_maker_takes(self, team):
        """Whether a new ticket may be given to whoever makes it, as OCA does: to a
        colleague of the team, not to the robot who brings a mail nor to a customer."""
        maker = self.env.user
        if "default_user_id" in self.env.context:
            return True
        # Membership alone is asked of a team that the maker need not be able to read.
        mine = not team or maker in team.sudo().user_ids
        return mine and maker._is_internal() and not maker._is_superuser()

    @api.model
    def _service_assign_soon(self):
        job = self.env.ref("crm_service_desk.ir_cron_assign", raise_if_not_found=False)
        if job:
            # Waking the job needs no right of the mail's sender.
            job.sudo()._trigger()

    def write(self, vals):
        """A ticket that comes to another team gets its assignee there."""
        result = super().write(vals)
        # The write is done; after it the ticket may be out of the agent's sight.
        tickets = self.sudo()
        if vals.get("user_id"):
            waiting = tickets.filtered("service_awaits_assignment")
            waiting.service_awaits_assignment = False
        elif vals.get("team_id"):
            tickets.filtered(lambda ticket: not ticket.closed)._service_assign()
        return result

    def _service_assign(self):
        """Assign tickets (sudo) without assignee whose teams assign by themselves."""
        for team, tickets in self.grouped("team_id").items():
            tickets = tickets.filtered(lambda ticket: not ticket.user_id)
            if not tickets or not team._service_assigns():
                continue
            users = team._service_draw_members(len(tickets))
            for ticket, user_id in zip(tickets, users, strict=False):
                ticket.write({"user_id": user_id})
            tickets[len(users) :].service_awaits_assignment = True

    @api.model
    def _cron_assign(self):
        """Assign what waits for somebody to be there, in committed chunks."""
        domain = (
            Domain("service_awaits_assignment", "=", True)
            & Domain("user_id", "=", False)
            & Domain("stage_id.closed", "=", False)
        )
        ids = self.search(domain, order="service_opened_on, id").ids
        progress = self.env["ir.cron"]._commit_progress
        progress(remaining=len(ids))
        for start in range(0, len(ids), ASSIGN_CHUNK):
            part = ids[start : start + ASSIGN_CHUNK]
            retry(
                self.env,
                lambda part=part: self.search(
                    domain & Domain("id", "in", part), order="service_opened_on, id"
                )._service_assign(),
                "assignment of tickets",
            )
            if not progress(len(part)):
                return

    def assign_to_me(self):
        """Take a ticket that nobody has.

        Of two agents who take it at once the second is told who has it.

        :raise UserError: a colleague has it, not exactly one ticket
        """
        self._check_desk_ids("write").ensure_one()
        if self.user_id and self.user_id != self.env.user:
            raise UserError(
                self.env._(
                    "%(user)s has taken ticket %(number)s.",
                    user=self.user_id.name,
                    number=self.number,
                )
            )
        return super().assign_to_me()
