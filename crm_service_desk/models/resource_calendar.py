# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.fields import Domain

from ..engine.clock import ELAPSED, Block, Calendar, working_seconds

# What of a working time decides which time counts, but for its holidays.
HOURS = {
    "attendance_ids",
    "attendance_ids_1st_week",
    "attendance_ids_2nd_week",
    "two_weeks_calendar",
    "tz",
}


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    def write(self, vals):
        """Plan open promises again that count in these hours, once for all lines."""
        if HOURS.isdisjoint(vals):
            return super().write(vals)
        later = self.with_context(service_replan_later=True)
        result = super(ResourceCalendar, later).write(vals)
        self._service_replan()
        return result

    def _service_replan(self):
        """Plan the open promises again that count in these working times.

        What has ended stays as it was.
        """
        if self and not self.env.context.get("service_replan_later"):
            # Whoever changes working times need not see the desk's promises.
            targets = self.env["service.sla.target"].sudo()
            targets._service_replan([("policy_id.calendar_id", "in", self.ids)])

    def _get_service_calendar(self, company):
        """Return the calendar as plain values for the engine.

        No calendar, or one without hours, is elapsed time: a promise that counts too
        much is better than a ticket that cannot be created.

        :param company: res.company whose public holidays count beside the calendar's
        :return: :class:`~..engine.clock.Calendar`
        """
        if not self:
            return ELAPSED
        # Agents may not read the working times of others; these are the company's.
        calendar = self.sudo()
        lines = calendar.env["resource.calendar.attendance"].search_fetch(
            [("calendar_id", "=", calendar.id)],
            [
                "dayofweek",
                "hour_from",
                "hour_to",
                "week_type",
                "day_period",
                "display_type",
            ],
        )
        blocks = tuple(
            Block(
                int(line.dayofweek),
                round(line.hour_from * 3600),
                round(line.hour_to * 3600),
                int(line.week_type)
                if calendar.two_weeks_calendar and line.week_type
                else None,
            )
            for line in lines
            if line.day_period != "lunch"
            and not line.display_type
            and line.hour_to > line.hour_from
        )
        if not blocks:
            return ELAPSED
        return Calendar(
            blocks, calendar._get_service_leaves(company), calendar.tz or "UTC"
        )

    def _service_is_working(self, company, moment, within):
        """Say whether somebody with this calendar works within a time from a moment.

        Who has none, or a flexible one, does.

        :param company: see :meth:`_get_service_calendar`
        :param moment: naive UTC
        :param within: timedelta
        """
        # As in _get_service_calendar.
        if not self or self.sudo().flexible_hours:
            return True
        hours = self._get_service_calendar(company)
        return working_seconds(hours, moment, moment + within) > 0

    def _get_service_leaves(self, company):
        """Return the leaves of everyone as a tuple of (start, end) in UTC."""
        leaves = self.env["resource.calendar.leaves"].search_fetch(
            Domain("resource_id", "=", False)
            & Domain("time_type", "=", "leave")
            & Domain("calendar_id", "in", (False, self.id))
            & Domain("company_id", "in", (False, company.id)),
            ["date_from", "date_to"],
            order="date_from, id",
        )
        return tuple((leave.date_from, leave.date_to) for leave in leaves)
