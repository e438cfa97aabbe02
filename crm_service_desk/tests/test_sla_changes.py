# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Promises when things change: after the hours, by another policy, by holidays, and
while we wait for the customer."""

from datetime import datetime

from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tests import freeze_time, tagged

from .common import week
from .frozen_mail import FrozenMailCase

# Sunday night: eight hours are over on Monday at the end of the day, 16:00 UTC.
SUNDAY = "2026-11-22 22:00:00"
EVENING = "2026-11-23 19:00:00"


class ChangeCase(FrozenMailCase):
    def _opened(self, moment, **vals):
        with freeze_time(moment):
            return self._ticket(**vals)

    def _move(self, ticket, stage, moment):
        with freeze_time(moment):
            ticket.with_user(self.agent).stage_id = self.stages[stage]

    def _customer_writes(self, ticket, moment):
        with freeze_time(moment):
            return self._receive(
                ticket.id, subject=f"Re: {ticket.number}", body="And now?"
            )

    def _target(self, ticket, kind="resolution"):
        return ticket.service_target_ids.filtered(lambda t: t.kind == kind)[-1:]

    def _running(self, ticket):
        return ticket.service_target_ids.filtered(lambda t: t.phase == "running")

    def _state(self, ticket, moment, kind="resolution"):
        with freeze_time(moment):
            self.env.invalidate_all()
            return self._target(ticket, kind).state


@tagged("post_install", "-at_install")
class TestAfterHours(ChangeCase):
    """A deadline at the end of a working day is over in the evening, though no more
    working time is used."""

    def test_solved_in_the_evening(self):
        ticket = self._opened(SUNDAY)
        self.assertEqual(self._target(ticket).due, datetime(2026, 11, 23, 16))
        self.assertEqual(self._state(ticket, EVENING), "breached")
        self._move(ticket, "done", EVENING)
        target = self._target(ticket)
        self.assertEqual((target.state, target.used_seconds), ("breached", 8 * 3600))
        kept = target.search([("id", "=", target.id), ("state", "=", "met")])
        self.assertFalse(kept)

    def test_answered_in_the_evening(self):
        self.policy.first_response_hours = 8
        ticket = self._opened(SUNDAY)
        with freeze_time(EVENING):
            self._answer(ticket, self.agent)
        self.assertEqual(self._target(ticket, "first_response").state, "breached")

    def test_solved_at_the_last_moment(self):
        ticket = self._opened(SUNDAY)
        self._move(ticket, "done", "2026-11-23 16:00:00")
        self.assertEqual(self._target(ticket).state, "met")

    def test_waiting_in_the_evening(self):
        """A pause outside of working hours changes nothing, here neither."""
        ticket = self._opened(SUNDAY)
        self._move(ticket, "awaiting", EVENING)
        self.assertEqual(self._target(ticket).state, "breached")

    def test_waiting_from_the_last_moment(self):
        """The clock stood when all of the time was used: it is not late."""
        ticket = self._opened(SUNDAY)
        self._move(ticket, "awaiting", "2026-11-23 16:00:00")
        self._move(ticket, "done", EVENING)
        self.assertEqual(self._target(ticket).state, "met")


@tagged("post_install", "-at_install")
class TestAnotherPolicy(ChangeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.urgent = cls.policy.copy(
            {
                "name": "Urgent",
                "sequence": 1,
                "minimum_priority": "2",
                "resolution_hours": 20,
            }
        )

    def test_changed_while_closed(self):
        """Opened again it has the promises of the policy that fits now, no others."""
        for stage in ("done", "cancelled"):
            ticket = self._opened("2026-11-23 07:00:00")
            self._move(ticket, stage, "2026-11-23 09:00:00")
            with freeze_time("2026-11-23 10:00:00"):
                ticket.with_user(self.agent).priority = "3"
            self.assertEqual(ticket.service_sla_policy_id, self.policy)
            self._move(ticket, "in_progress", "2026-11-23 11:00:00")
            self.assertEqual(self._running(ticket).policy_id, self.urgent, stage)
            resolution = self._running(ticket).filtered(
                lambda target: target.kind == "resolution"
            )
            self.assertEqual(len(resolution), 1, stage)

    def test_archived_policy(self):
        """What was promised stands as long as it fits; new tickets have the new one."""
        ticket = self._opened("2026-11-23 07:00:00", priority="1")
        other = self._opened("2026-11-23 07:00:00", priority="1")
        new = self.policy.copy({"name": "Next year", "resolution_hours": 99})
        self.policy.active = False
        self._move(ticket, "in_progress", "2026-11-23 08:00:00")
        self.assertEqual(self._running(ticket).policy_id, self.policy)
        self.assertEqual(
            self._opened("2026-11-23 09:00:00", priority="1").service_sla_policy_id, new
        )
        with freeze_time("2026-11-23 10:00:00"):
            ticket.with_user(self.agent).priority = "3"
            other.with_user(self.agent).team_id = False
        self.assertEqual(ticket.service_sla_policy_id, self.urgent)
        self.assertFalse(other.service_sla_policy_id)

    def _escalate(self, moment):
        cron = self.env.ref("crm_service_desk.ir_cron_escalate")
        with freeze_time(moment), self.enter_registry_test_mode():
            cron.method_direct_trigger()

    def test_escalation_does_not_undo_the_breach(self):
        """A higher priority has a longer promise: the first one is broken all the same,
        and the ticket goes up by one."""
        self.policy.write({"first_response_hours": 0, "breach_raise_priority": True})
        self.urgent.write({"first_response_hours": 0, "breach_raise_priority": True})
        ticket = self._opened(SUNDAY, priority="1")
        self._escalate("2026-11-24 08:00:00")
        self.assertEqual(ticket.priority, "2")
        self.assertEqual(self._running(ticket).policy_id, self.urgent)
        with freeze_time("2026-11-24 08:00:01"):
            self.env.invalidate_all()
            self.assertEqual(ticket.service_sla_state, "breached")
            targets = self.env["service.sla.target"]
            ended = targets._service_ended_domain(
                datetime(2026, 11, 24), datetime(2026, 11, 25)
            )
            mine = targets.search(ended & Domain("ticket_id", "=", ticket.id))
            self.assertEqual(mine.policy_id, self.policy)
            self.assertTrue(mine.late)
        # What an agent chooses is another promise.
        other = self._opened(SUNDAY, priority="1")
        with freeze_time("2026-11-23 10:00:00"):
            other.with_user(self.agent).priority = "2"
        self.assertEqual(
            other.service_target_ids.filtered(
                lambda target: target.policy_id == self.policy
            ).state,
            "not_applicable",
        )

    def test_escalation_goes_up_by_one(self):
        """The next policy is broken already: that is told, too, and nothing more."""
        self.policy.write({"first_response_hours": 0, "breach_raise_priority": True})
        self.urgent.write(
            {
                "first_response_hours": 0,
                "resolution_hours": 2,
                "breach_raise_priority": True,
            }
        )
        ticket = self._opened(SUNDAY, priority="1", user_id=self.agent.id)
        self._escalate("2026-11-24 08:00:00")
        self._escalate("2026-11-24 08:15:00")
        self.assertEqual((ticket.priority, len(ticket.activity_ids)), ("2", 1))


@tagged("post_install", "-at_install")
class TestCalendarChanges(ChangeCase):
    """Working time that changes afterwards moves open deadlines at once."""

    def setUp(self):
        super().setUp()
        self.ticket = self._opened("2026-11-20 15:00:00")

    def _due(self):
        self.env.invalidate_all()
        return str(self._target(self.ticket).due)

    def test_holiday_added_moved_and_removed(self):
        self.assertEqual(self._due(), "2026-11-23 15:00:00")
        with freeze_time("2026-11-20 16:00:00"):
            holiday = self.env["resource.calendar.leaves"].create(
                {
                    "name": "Holiday",
                    "calendar_id": self.calendar.id,
                    "date_from": "2026-11-22 23:00:00",
                    "date_to": "2026-11-23 23:00:00",
                }
            )
            self.assertEqual(self._due(), "2026-11-24 15:00:00")
            self.assertEqual(str(self.ticket.service_due), "2026-11-24 08:00:00")
            holiday.date_to = "2026-11-24 23:00:00"
            self.assertEqual(self._due(), "2026-11-25 15:00:00")
            holiday.unlink()
            self.assertEqual(self._due(), "2026-11-23 15:00:00")

    def test_holiday_of_the_company(self):
        values = {
            "name": "Holiday",
            "date_from": "2026-11-22 23:00:00",
            "date_to": "2026-11-23 23:00:00",
        }
        second = self.env["res.company"].create({"name": "Second"})
        resource = self.env["resource.resource"].create({"name": "Somebody"})
        leaves = self.env["resource.calendar.leaves"]
        with freeze_time("2026-11-20 16:00:00"):
            other = leaves.create(dict(values, calendar_id=False))
            other.company_id = second
            leaves.create(dict(values, resource_id=resource.id))
            self.assertEqual(self._due(), "2026-11-23 15:00:00")
            leaves.create(dict(values, company_id=self.company.id, calendar_id=False))
            self.assertEqual(self._due(), "2026-11-24 15:00:00")

    def test_hours_and_zone(self):
        with freeze_time("2026-11-20 16:00:00"):
            self.calendar.attendance_ids = week(range(5), ((8, 12, "morning"),))
            self.assertEqual(self._due(), "2026-11-24 11:00:00")
            self.calendar.attendance_ids[0].unlink()
            self.assertEqual(self._due(), "2026-11-25 11:00:00")
            self.calendar.tz = "UTC"
            self.assertEqual(self._due(), "2026-11-25 12:00:00")

    def test_a_version_of_the_policy_too(self):
        """The promise of before the policy changed counts in the same hours."""
        with freeze_time("2026-11-20 16:00:00"):
            self.policy.resolution_hours = 100
            self.calendar.tz = "Asia/Seoul"
        self.assertEqual(self._due(), "2026-11-23 08:00:00")

    def test_what_has_ended_stays(self):
        self._move(self.ticket, "done", "2026-11-23 14:00:00")
        with freeze_time("2026-11-23 14:30:00"):
            self.calendar.attendance_ids = week(range(7), ((0, 24, "full_day"),))
            (status,) = self.ticket.with_user(self.agent).get_sla_status()
        (row,) = [row for row in status["targets"] if row["kind"] == "resolution"]
        self.assertEqual((row["state"], row["used_minutes"]), ("met", 420))

    def test_told_again_when_it_is_late_again(self):
        self.policy.first_response_hours = 0
        ticket = self._opened("2026-11-20 15:00:00", user_id=self.agent.id)
        cron = self.env.ref("crm_service_desk.ir_cron_escalate")
        for moment, holiday in (
            ("2026-11-23 15:30:00", True),
            ("2026-11-24 15:30:00", 0),
        ):
            with freeze_time(moment), self.enter_registry_test_mode():
                cron.method_direct_trigger()
            if holiday:
                with freeze_time(moment):
                    self.env["resource.calendar.leaves"].create(
                        {
                            "name": "Strike",
                            "calendar_id": self.calendar.id,
                            "date_from": "2026-11-22 23:00:00",
                            "date_to": "2026-11-23 23:00:00",
                        }
                    )
        self.assertEqual(len(ticket.activity_ids), 2)

    def test_targets_of_more_than_ten_years(self):
        """They would be too long for the database, and no ticket could be made."""
        for hours in (10**6, 1e15):
            with self.assertRaisesRegex(ValidationError, "ten years"):
                self.policy.resolution_hours = hours


@tagged("post_install", "-at_install")
class TestOpened(ChangeCase):
    """A manager corrects when the customer reached us."""

    def _correct(self, ticket, moment):
        with freeze_time("2026-11-23 15:00:00"):
            ticket.with_user(self.manager).service_opened_on = moment

    def test_earlier(self):
        ticket = self._opened("2026-11-23 07:00:00")
        with freeze_time("2026-11-23 08:30:00"):
            self._answer(ticket, self.agent)
        self.assertEqual(self._target(ticket, "first_response").state, "met")
        self._correct(ticket, "2026-11-20 15:00:00")
        self.assertEqual(
            {
                target.kind: (str(target.started_on), str(target.due))
                for target in self._running(ticket)
            },
            {"resolution": ("2026-11-20 15:00:00", "2026-11-23 15:00:00")},
        )
        # Two hours were over at 8:00 on Monday.
        self.assertEqual(self._target(ticket, "first_response").state, "breached")

    def test_later_than_its_first_stages(self):
        ticket = self._opened("2026-11-23 07:00:00")
        self._move(ticket, "awaiting", "2026-11-23 08:00:00")
        self._move(ticket, "in_progress", "2026-11-23 09:00:00")
        self._correct(ticket, "2026-11-23 08:30:00")
        self.assertEqual(
            [row[:2] for row in ticket.service_clock_log],
            [["2026-11-23 08:30:00", "paused"], ["2026-11-23 09:00:00", "counts"]],
        )
        # From nine on: two hours until eleven, six from noon on.
        self.assertEqual(str(self._target(ticket).due), "2026-11-24 09:00:00")


@tagged("post_install", "-at_install")
class TestWaiting(ChangeCase):
    """The clock stands while we wait for the customer, not when he has answered."""

    def _waiting(self, answered=True, since="2026-11-23 09:00:00"):
        ticket = self._opened("2026-11-23 07:00:00", partner_email=self.contact.email)
        if answered:
            with freeze_time("2026-11-23 08:00:00"):
                self._answer(ticket, self.agent)
        self._move(ticket, "awaiting", since)
        self.assertFalse(ticket.service_due)
        return ticket

    def test_goes_on_when_the_customer_answers(self):
        ticket = self._waiting()
        self._customer_writes(ticket, "2026-11-24 08:00:00")
        self.assertEqual(ticket.stage_id, self.stages["in_progress"])
        self.assertEqual(
            {target.kind: str(target.due) for target in self._running(ticket)},
            {
                # Four of its hours, and six of eight that are left.
                "next_response": "2026-11-24 13:00:00",
                "resolution": "2026-11-24 15:00:00",
            },
        )
        self.assertEqual(str(ticket.service_due), "2026-11-24 13:00:00")
        self.assertEqual(ticket.service_reopen_count, 0)

    def test_without_an_answer_of_ours(self):
        """The first answer is what he waits for; nobody closes his ticket."""
        self.team.service_close_days = 5
        ticket = self._waiting(answered=False, since="2026-11-23 08:30:00")
        self._customer_writes(ticket, "2026-11-24 08:00:00")
        self.assertEqual(
            str(self._target(ticket, "first_response").due), "2026-11-24 08:30:00"
        )
        cron = self.env.ref("crm_service_desk.ir_cron_close_waiting")
        with freeze_time("2026-12-24 09:00:00"), self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertFalse(ticket.closed)

    def test_what_moves_nothing(self):
        """Our answer, a note, a machine and a stranger; a stage for somebody else."""
        ticket = self._waiting()
        with freeze_time("2026-11-24 08:00:00"):
            self._answer(ticket, self.agent)
            self._answer(ticket, self.agent, subtype_xmlid="mail.mt_note")
            self._receive(
                50,
                subject=f"Re: {ticket.number}",
                headers="Auto-Submitted: auto-replied\n",
            )
            answer = ticket.message_ids.filtered(lambda m: m.author_id)[-1:]
            self._receive(
                51,
                sender="eve@nowhere.example",
                headers=f"In-Reply-To: {answer.message_id}\n",
            )
        self.assertEqual(ticket.stage_id, self.stages["awaiting"])
        self.stages["awaiting"].service_waits_for_customer = False
        self._customer_writes(ticket, "2026-11-24 09:00:00")
        self.assertEqual(ticket.stage_id, self.stages["awaiting"])

    def test_solved_without_an_answer(self):
        """The agent called, and solved it: the customer's mail is to be answered."""
        ticket = self._opened("2026-11-23 07:00:00", partner_email=self.contact.email)
        self._move(ticket, "done", "2026-11-23 08:00:00")
        self._customer_writes(ticket, "2026-11-23 09:00:00")
        self.assertFalse(ticket.closed)
        self.assertEqual(
            str(self._target(ticket, "next_response").due), "2026-11-23 14:00:00"
        )
        # Of another policy, too: his request was dealt with.
        self.policy.copy({"name": "Urgent", "sequence": 1, "minimum_priority": "3"})
        with freeze_time("2026-11-23 09:30:00"):
            ticket.with_user(self.agent).priority = "3"
        self.assertEqual(
            set(self._running(ticket).mapped("kind")), {"next_response", "resolution"}
        )
        with freeze_time("2026-11-23 10:00:00"):
            self._answer(ticket, self.agent)
        self.assertEqual(self._target(ticket, "next_response").state, "met")
