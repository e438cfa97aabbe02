# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Who gets a ticket: by hand, in turn, by open load; who is on leave gets none."""

from odoo import Command
from odoo.tests import freeze_time, new_test_user, tagged

from .common import AGENT_TEAM, DeskCase, week


@tagged("post_install", "-at_install")
@freeze_time("2026-11-02 09:00:00")
class TestAssignment(DeskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.members = cls.env["res.users"].browse(
            [
                new_test_user(cls.env, f"sd-turn-{number}", groups=AGENT_TEAM).id
                for number in range(3)
            ]
        )
        cls.team.write(
            {
                "user_ids": [Command.set(cls.members.ids)],
                "service_calendar_id": cls.calendar.id,
            }
        )

    def _leave(self, user, start, end, calendar=None):
        resource = self.env["resource.resource"].create(
            {"name": user.name, "user_id": user.id, "resource_type": "user"}
        )
        return self.env["resource.calendar.leaves"].create(
            {
                "name": "Away",
                "resource_id": resource.id,
                "calendar_id": resource.calendar_id.id,
                "date_from": start,
                "date_to": end,
            }
        )

    def _new(self, **vals):
        return self._ticket(**vals).user_id

    def test_by_hand(self):
        ticket = self._ticket(user_id=False)
        self.assertFalse(ticket.user_id)
        self.assertFalse(ticket.service_awaits_assignment)

    def test_a_mail_is_nobodys(self):
        """OCA gives it to the gateway's robot or to a colleague of another team who
        wrote it; who of the team makes a ticket keeps it."""
        self.company.helpdesk_mgmt_ticket_auto_assign = True
        self.employee.email = "colleague@desk.example"
        for number, sender in enumerate(("ann@x.example", self.employee.email)):
            ticket = self._receive(number, sender=sender)
            with self.subTest(sender=sender):
                self.assertEqual(ticket.team_id, self.team)
                self.assertFalse(ticket.user_id)
        tickets = self.env["helpdesk.ticket"].with_user(self.members[0])
        made = tickets.create(
            {"name": "x", "description": "x", "team_id": self.team.id}
        )
        self.assertEqual(made.user_id, self.members[0])

    def test_in_turn(self):
        self.team.service_assignment = "round_robin"
        got = [self._new() for _number in range(7)]
        self.assertEqual(len(set(got[:3])), 3)
        self.assertEqual(got[3:6], got[:3])
        self.assertEqual(got[6], got[0])
        batch = self.env["helpdesk.ticket"].create(
            [
                {"name": "x", "description": "x", "team_id": self.team.id}
                for _number in range(5)
            ]
        )
        self.assertEqual(batch.mapped("user_id"), self.members)
        self.assertEqual([t.user_id for t in batch][:2], got[1:3])
        self.assertEqual(str(batch[0].assigned_date), "2026-11-02 09:00:00")

    def test_who_creates_it_for_somebody_decides(self):
        self.team.service_assignment = "round_robin"
        self.assertEqual(self._new(user_id=self.members[2].id), self.members[2])

    def test_by_open_load(self):
        self.team.service_assignment = "open_load"
        first, second, third = self.members
        elsewhere = self.env["helpdesk.ticket.team"].create(
            {"name": "Else", "user_ids": [Command.set(first.ids)]}
        )
        for user, team in ((first, elsewhere), (second, self.team)):
            self._ticket(user_id=user.id, team_id=team.id)
        self._ticket(user_id=third.id, stage_id=self.stages["done"].id)
        self.assertEqual(self._new(), third)
        self._ticket(user_id=third.id)
        self.assertEqual(self._new(), first)
        self.assertEqual(self._new(), second)

    def test_on_leave(self):
        self.team.service_assignment = "round_robin"
        away, *_rest = self.members
        self._leave(away, "2026-11-02 00:00:00", "2026-11-03 23:00:00")
        self.assertNotIn(away, [self._new() for _number in range(4)])
        with freeze_time("2026-11-04 09:00:00"):
            # He is back, and it is his turn.
            self.assertEqual(self._new(), away)

    def test_the_next_working_hour_counts(self):
        """Friday night: who is away on Monday morning gets nothing, who leaves on
        Saturday and is back then does."""
        self.team.service_assignment = "round_robin"
        monday, weekend, _other = self.members
        self._leave(monday, "2026-11-09 00:00:00", "2026-11-09 22:00:00")
        self._leave(weekend, "2026-11-06 17:00:00", "2026-11-08 22:00:00")
        with freeze_time("2026-11-06 20:00:00"):
            got = {self._new() for _number in range(4)}
        self.assertNotIn(monday, got)
        self.assertIn(weekend, got)

    def test_holiday_of_the_calendar(self):
        """On a holiday of everyone, who is away on the day after gets nothing."""
        self.team.service_assignment = "round_robin"
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.calendar.id,
                "date_from": "2026-11-02 00:00:00",
                "date_to": "2026-11-02 22:59:00",
            }
        )
        away, *_rest = self.members
        self._leave(away, "2026-11-03 00:00:00", "2026-11-03 22:00:00")
        self.assertNotIn(away, [self._new() for _number in range(4)])

    def test_nobody_there(self):
        self.team.service_assignment = "open_load"
        for user in self.members:
            self._leave(user, "2026-11-02 00:00:00", "2026-11-03 22:00:00")
        ticket = self._ticket()
        self.assertFalse(ticket.user_id)
        self.assertTrue(ticket.service_awaits_assignment)
        self._cron()
        self.assertFalse(ticket.user_id)
        with freeze_time("2026-11-04 09:00:00"):
            self._cron()
        self.assertIn(ticket.user_id, self.members)
        self.assertFalse(ticket.service_awaits_assignment)
        self.assertEqual(str(ticket.assigned_date), "2026-11-04 09:00:00")

    def _cron(self):
        cron = self.env.ref("crm_service_desk.ir_cron_assign")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()

    # === WORKING HOURS OF MEMBERS === #

    def _hours(self, *blocks, **vals):
        """Make a calendar in Paris with the same hours on all seven days."""
        return self.env["resource.calendar"].create(
            {
                "name": str(blocks),
                "tz": "Europe/Paris",
                "company_id": self.company.id,
                "attendance_ids": week(
                    range(7), [(start, end, "full_day") for start, end in blocks]
                ),
                **vals,
            }
        )

    def _works(self, user, calendar, **vals):
        return self.env["resource.resource"].create(
            {
                "name": user.name,
                "user_id": user.id,
                "resource_type": "user",
                "company_id": self.company.id,
                "calendar_id": calendar.id,
                **vals,
            }
        )

    def test_own_working_hours(self):
        """It is 10:00 in Paris: who begins at 14:00 gets nothing before 13:00."""
        self.team.service_assignment = "round_robin"
        late, *_rest = self.members
        self._works(late, self._hours((14, 22)))
        self.assertNotIn(late, [self._new() for _number in range(4)])
        with freeze_time("2026-11-02 12:30:00"):
            self.assertEqual(self._new(), late)
        with freeze_time("2026-11-02 21:30:00"):
            # The team's next hour is Tuesday at 8:00, when he is not there.
            self.assertNotIn(late, [self._new() for _number in range(4)])

    def test_nobody_is_passed_over_for_his_lunch(self):
        self.team.service_assignment = "round_robin"
        self.team.service_calendar_id = self._hours((0, 24))
        for user in self.members:
            self._works(user, self._hours((8, 12), (13, 17)))
        with freeze_time("2026-11-02 11:15:00"):
            self.assertIn(self._new(), self.members)

    def test_holiday_of_ones_own_calendar(self):
        self.team.service_assignment = "open_load"
        abroad, *_rest = self.members
        hours = self._hours((8, 17))
        self._works(abroad, hours)
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday there",
                "calendar_id": hours.id,
                "date_from": "2026-11-02 00:00:00",
                "date_to": "2026-11-02 22:59:00",
            }
        )
        self.assertNotIn(abroad, [self._new() for _number in range(4)])

    def test_flexible_hours_and_those_of_another_company(self):
        self.team.service_assignment = "round_robin"
        night = self._hours((0, 4))
        flexible, elsewhere, fixed = self.members
        self._works(flexible, self._hours((0, 4), schedule_type="flexible"))
        company = self.env["res.company"].create({"name": "Second"})
        away = night.copy({"company_id": company.id})
        self._works(elsewhere, away, company_id=company.id)
        self._works(fixed, night)
        got = {self._new() for _number in range(4)}
        self.assertEqual(got, {flexible, elsewhere})

    def test_nobody_works(self):
        """A desk by day and night whose people work by day."""
        self.team.service_assignment = "round_robin"
        self.team.service_calendar_id = self._hours((0, 24))
        for user in self.members:
            self._works(user, self._hours((8, 17)))
        with freeze_time("2026-11-02 21:00:00"):
            ticket = self._ticket()
            self._cron()
            self.assertFalse(ticket.user_id)
            self.assertTrue(ticket.service_awaits_assignment)
        with freeze_time("2026-11-03 07:30:00"):
            self._cron()
        self.assertIn(ticket.user_id, self.members)

    def test_agent_needs_no_right_on_working_hours(self):
        self.team.service_assignment = "round_robin"
        self._works(self.members[0], self._hours((18, 22)))
        ticket = (
            self.env["helpdesk.ticket"]
            .with_user(self.agent)
            .create({"name": "x", "description": "x", "team_id": self.team.id})
        )
        self.assertIn(ticket.user_id, self.members[1:])

    def test_archived_member_and_member_of_another_company(self):
        self.team.service_assignment = "round_robin"
        first, second, third = self.members
        first.active = False
        company = self.env["res.company"].create({"name": "Second"})
        second.write(
            {"company_ids": [Command.set(company.ids)], "company_id": company.id}
        )
        self.assertEqual([self._new() for _number in range(2)], [third, third])

    def test_mail_is_assigned_by_the_job(self):
        self.team.service_assignment = "round_robin"
        triggers = self.env["ir.cron.trigger"].search_count([])
        ticket = self._receive(1)
        self.assertTrue(ticket.service_awaits_assignment)
        self.assertEqual(self.env["ir.cron.trigger"].search_count([]), triggers + 1)
        self._cron()
        self.assertIn(ticket.user_id, self.members)

    def test_another_team(self):
        other = self.env["helpdesk.ticket.team"].create(
            {
                "name": "Others",
                "service_assignment": "round_robin",
                "user_ids": [Command.set(self.agent.ids)],
            }
        )
        ticket = self._ticket(user_id=self.members[0].id)
        ticket.with_user(self.manager).team_id = other
        self.assertEqual(ticket.user_id, self.agent)

    def test_agent_without_right_on_turns(self):
        self.team.service_assignment = "open_load"
        ticket = (
            self.env["helpdesk.ticket"]
            .with_user(self.agent)
            .create({"name": "x", "description": "x", "team_id": self.team.id})
        )
        self.assertIn(ticket.user_id, self.members)
