# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from odoo.addons.crm_suite_base.tools.plain import plain

from ..engine import clock
from .groups import AGENT
from .service_sla_target import PAUSED, RUNNING, VOID


class HelpdeskTicket(models.Model):
    """How far the promise is that a ticket has to keep next."""

    _inherit = "helpdesk.ticket"

    service_sla_bar = fields.Json(
        string="SLA Progress",
        compute="_compute_service_sla_bar",
        compute_sudo=True,
        groups=AGENT,
        help="The promise to keep next: its kind and state, the share of the promised"
        " working time that is used (percent, more than 100 when late), and the working"
        " minutes that are left.",
    )

    @api.depends(
        "service_target_ids.phase",
        "service_target_ids.due",
        "service_target_ids.used_seconds",
    )
    def _compute_service_sla_bar(self):
        now = fields.Datetime.now()
        calendars = {}
        for ticket in self:
            target = ticket._service_next_target()
            ticket.service_sla_bar = (
                plain(target._bar(now, calendars)) if target else False
            )

    def _service_next_target(self):
        """Return the running target that is due first, else a paused one, else the one
        that ended last."""
        self.ensure_one()
        targets = self.service_target_ids.filtered(lambda t: t.phase != VOID)
        running = targets.filtered(lambda t: t.phase == RUNNING and t.due)
        paused = targets.filtered(lambda t: t.phase == PAUSED)
        late = targets.filtered("late")
        return (
            running.sorted("due")[:1]
            or paused.sorted(lambda t: t.target_seconds - t.used_seconds)[:1]
            or late[:1]
            or targets.filtered(lambda t: t.kind == "resolution")[:1]
            or targets[:1]
        )


class ServiceSlaTarget(models.Model):
    _inherit = "service.sla.target"

    def _bar(self, now, calendars):
        """Return what the bar shows of this target, as a dict of Python values.

        :param now: naive UTC
        :param dict calendars: remembers the working time of each policy
        """
        policy = self.policy_id
        if policy not in calendars:
            calendars[policy] = policy._get_calendar()
        left = self.target_seconds - self.used_seconds
        if self.phase == RUNNING and self.due:
            left = self._seconds_left(now, calendars[policy])
        return {
            "kind": self.kind,
            "state": self._state_at(now),
            "due": self.due if self.phase == RUNNING else False,
            "percent": round(100 * (1 - left / (self.target_seconds or 1))),
            "minutes_left": int(left // 60),
        }

    def _seconds_left(self, now, calendar):
        """Return the working seconds until the deadline, negative after it."""
        if now <= self.due:
            return clock.working_seconds(calendar, now, self.due)
        return -clock.working_seconds(calendar, self.due, now)
