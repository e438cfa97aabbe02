# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import fields, models
from odoo.fields import Domain

from ..engine import assignment, clock

# Who works within this time from when a ticket is to be given is there for it: nobody
# is passed over for his lunch, or because he begins half an hour after the team.
AT_WORK = timedelta(hours=1)


class HelpdeskTicketTeam(models.Model):
    """How a team shares its work."""

    _inherit = "helpdesk.ticket.team"

    service_assignment = fields.Selection(
        [
            (assignment.MANUAL, "By hand"),
            (assignment.ROUND_ROBIN, "In turn"),
            (assignment.OPEN_LOAD, "To who has the fewest open tickets"),
        ],
        string="Assignment",
        required=True,
        default=assignment.MANUAL,
        help="Who gets a new ticket. Members on leave or outside of their own working"
        " hours are passed over; when all are, it waits until somebody is back.",
    )
    service_calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working Time",
        check_company=True,
        help="What comes in at night or on a holiday goes to somebody who is there at"
        " the next working hour. Empty: the company's working time.",
    )

    def _service_assigns(self):
        """Say whether the team gives tickets to its members by itself."""
        # How a team works is no secret to who may create its tickets.
        rule = self.sudo().service_assignment
        return rule in (assignment.ROUND_ROBIN, assignment.OPEN_LOAD)

    def _service_draw_members(self, count):
        """Return who gets the next ``count`` tickets (list of user ids).

        Empty when nobody is there. Writes the turns: a second transaction that drew
        the same member at the same time fails with a serialization error and is run
        again.
        """
        self.ensure_one()
        # Loads and turns of colleagues are looked at; only the choice is answered.
        team = self.sudo()
        users = team._service_present()
        turns = self.env["service.team.turn"].sudo()
        known = turns._of(team)
        load = team._service_open_load(users)
        members = [
            assignment.Member(user.id, known.get(user.id, 0), load.get(user.id, 0))
            for user in users
        ]
        before = {member.user_id: member.turn for member in members}
        # The turns of members who are away count too.
        last = max(known.values(), default=0)
        chosen = assignment.distribute(team.service_assignment, members, count, last)
        for member in members:
            if member.turn != before[member.user_id]:
                turns._take(team, member.user_id, member.turn)
        return chosen

    def _service_present(self):
        """Return the members who are there now, or at the next working hour."""
        company = self.company_id or self.env.company
        hours = self.service_calendar_id or company.resource_calendar_id
        calendar = hours._get_service_calendar(company)
        now = fields.Datetime.now()
        try:
            moment = clock.advance(calendar, now, 1)
        except clock.NoWorkingTimeError:
            moment = now
        users = self.user_ids.filtered(
            lambda user: user.active and not user.share and company in user.company_ids
        )
        leaves = self.env["resource.calendar.leaves"].search_fetch(
            Domain("resource_id.user_id", "in", users.ids)
            & Domain("time_type", "=", "leave")
            & Domain("date_from", "<=", moment)
            & Domain("date_to", ">", moment),
            ["resource_id"],
        )
        return (users - leaves.resource_id.user_id)._service_at_work(company, moment)

    def _service_open_load(self, users):
        """Return ``{user id: open tickets}``, of all teams: a person has one day."""
        if self.service_assignment != assignment.OPEN_LOAD:
            return {}
        groups = self.env["helpdesk.ticket"]._read_group(
            [("user_id", "in", users.ids), ("stage_id.closed", "=", False)],
            ["user_id"],
            ["__count"],
        )
        return {user.id: count for user, count in groups}
