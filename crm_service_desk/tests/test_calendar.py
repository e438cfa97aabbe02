# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Odoo's working times as the plain calendars of the engine."""

from datetime import datetime, timedelta

from odoo import Command
from odoo.tests import tagged

from odoo.addons.base.tests.common import BaseCommon

from ..engine import clock

HOUR = 3600


@tagged("post_install", "-at_install")
class TestCalendar(BaseCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company

    def _calendar(self, rows, **vals):
        attendances = [
            Command.create(
                {
                    "name": f"{day} {start}",
                    "dayofweek": str(day),
                    "hour_from": start,
                    "hour_to": end,
                    "day_period": period,
                    "week_type": week,
                }
            )
            for day, start, end, period, week in rows
        ]
        return self.env["resource.calendar"].create(
            {
                "name": "Test",
                "tz": "Asia/Seoul",
                "company_id": self.company.id,
                "attendance_ids": [Command.clear(), *attendances],
                **vals,
            }
        )

    def _plain(self, calendar, company=None):
        return calendar._get_service_calendar(company or self.company)

    def _leave(self, calendar=None, company=None, **vals):
        leave = self.env["resource.calendar.leaves"].create(
            {
                "name": "Leave",
                "calendar_id": calendar.id if calendar else False,
                "date_from": "2026-11-22 15:00:00",
                "date_to": "2026-11-23 15:00:00",
                **vals,
            }
        )
        if company:
            # Without a calendar a leave is of the company that one works in.
            leave.company_id = company
        return leave

    def test_blocks_in_the_calendars_zone(self):
        plain = self._plain(
            self._calendar(
                [(0, 9, 12.5, "morning", False), (0, 13.5, 18, "afternoon", False)]
            )
        )
        self.assertEqual(plain.tz, "Asia/Seoul")
        self.assertEqual(
            [(block.weekday, block.start, block.end) for block in plain.blocks],
            [(0, 9 * HOUR, int(12.5 * HOUR)), (0, int(13.5 * HOUR), 18 * HOUR)],
        )
        due = clock.advance(plain, datetime(2026, 11, 23, 0), 4 * HOUR)
        self.assertEqual(due, datetime(2026, 11, 23, 5))

    def test_lunch_is_no_working_time(self):
        plain = self._plain(
            self._calendar(
                [
                    (0, 9, 12, "morning", False),
                    (0, 12, 13, "lunch", False),
                    (0, 13, 18, "afternoon", False),
                ]
            )
        )
        day = [datetime(2026, 11, 22, 15), datetime(2026, 11, 23, 15)]
        self.assertEqual(clock.working_seconds(plain, *day), 8 * HOUR)

    def test_two_weeks(self):
        """Monday in one week, Tuesday in the other, as Odoo itself counts weeks."""
        calendar = self._calendar(
            [(0, 9, 17, "full_day", "0"), (1, 9, 17, "full_day", "1")],
            two_weeks_calendar=True,
        )
        plain = self._plain(calendar)
        attendances = self.env["resource.calendar.attendance"]
        for day in range(1, 29):
            moment = datetime(2026, 6, day)
            week = attendances.get_week_type(moment.date())
            expected = 8 * HOUR if (moment.weekday(), week) in ((0, 0), (1, 1)) else 0
            # The Korean day begins nine hours earlier.
            start = moment - timedelta(hours=9)
            end = start + timedelta(days=1)
            self.assertEqual(clock.working_seconds(plain, start, end), expected, day)

    def test_same_as_odoo_over_a_year(self):
        """The engine and Odoo's own interval code agree, leaves included."""
        calendar = self._calendar(
            [
                (day, start, end, period, False)
                for day in range(5)
                for start, end, period in (
                    (8, 12, "morning"),
                    (13, 17.5, "afternoon"),
                )
            ],
            tz="Europe/Paris",
        )
        self._leave(calendar)
        plain = self._plain(calendar)
        for month in range(1, 13):
            start = datetime(2026, month, 1)
            end = datetime(2026, month, 28)
            self.assertAlmostEqual(
                clock.working_seconds(plain, start, end) / HOUR,
                calendar.get_work_hours_count(start, end, compute_leaves=True),
                places=4,
                msg=str(month),
            )

    def test_whose_leaves_count(self):
        calendar = self._calendar([(0, 9, 18, "full_day", False)])
        other = self._calendar([(0, 9, 18, "full_day", False)])
        resource = self.env["resource.resource"].create(
            {"name": "Somebody", "calendar_id": calendar.id}
        )
        second = self.env["res.company"].create({"name": "Second"})
        self._leave(other)
        self._leave(calendar, resource_id=resource.id)
        self._leave(calendar, time_type="other")
        self._leave(company=second)
        self.assertEqual(self._plain(calendar).leaves, ())
        own, public = self._leave(calendar), self._leave(date_to="2026-11-24 15:00:00")
        self.assertEqual(
            set(self._plain(calendar).leaves),
            {(leave.date_from, leave.date_to) for leave in (own, public)},
        )

    def test_without_hours_every_hour_counts(self):
        self.assertEqual(self._plain(self._calendar([])), clock.ELAPSED)
        self.assertEqual(self._plain(self.env["resource.calendar"]), clock.ELAPSED)
