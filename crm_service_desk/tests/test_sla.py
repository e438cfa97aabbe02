# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import datetime

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .common import DeskCase

FRIDAY = "2026-11-20 15:00:00"


@tagged("post_install", "-at_install")
class TestSla(DeskCase):
    def _opened(self, moment=FRIDAY, **vals):
        with freeze_time(moment):
            return self._ticket(**vals)

    def _move(self, ticket, stage, moment):
        with freeze_time(moment):
            ticket.with_user(self.agent).stage_id = self.stages[stage]

    def _target(self, ticket, kind="resolution"):
        return ticket.service_target_ids.filtered(lambda t: t.kind == kind)[-1:]

    def _state(self, ticket, moment, kind="resolution"):
        with freeze_time(moment):
            self.env.invalidate_all()
            return self._target(ticket, kind).state

    def test_stages_of_oca(self):
        clocks = {key: stage.service_clock for key, stage in self.stages.items()}
        self.assertEqual(
            clocks,
            {
                "new": "counts",
                "in_progress": "counts",
                "awaiting": "paused",
                "done": "solved",
                "cancelled": "cancelled",
                "rejected": "cancelled",
            },
        )

    def test_stage_that_contradicts_itself(self):
        with self.assertRaises(ValidationError):
            self.stages["done"].service_clock = "counts"

    def test_deadlines_of_a_new_ticket(self):
        """Friday 15:00 UTC is 16:00 in Paris: one working hour before the weekend."""
        ticket = self._opened()
        dues = {t.kind: t.due for t in ticket.service_target_ids}
        self.assertEqual(
            dues,
            {
                "first_response": datetime(2026, 11, 23, 8),
                "resolution": datetime(2026, 11, 23, 15),
            },
        )
        self.assertEqual(ticket.service_due, datetime(2026, 11, 23, 8))
        self.assertEqual(ticket.service_sla_policy_id, self.policy)

    def test_state_follows_the_time_of_day(self):
        """Warned an hour before, breached after: nothing was recomputed, and the
        search tells the same as the field."""
        ticket = self._opened()
        for moment, state in (
            ("2026-11-22 12:00:00", "running"),
            ("2026-11-23 14:00:00", "warned"),
            ("2026-11-23 15:00:00", "warned"),
            ("2026-11-23 15:00:01", "breached"),
        ):
            self.assertEqual(self._state(ticket, moment), state, moment)
            with freeze_time(moment):
                found = self.env["service.sla.target"].search(
                    [("ticket_id", "=", ticket.id), ("state", "=", state)]
                )
                self.assertIn(self._target(ticket), found)

    def test_ticket_shows_the_worst(self):
        ticket = self._opened()
        tickets = self.env["helpdesk.ticket"]
        for moment, state in (
            ("2026-11-20 15:10:00", "running"),
            ("2026-11-23 07:30:00", "warned"),
            ("2026-11-23 09:00:00", "breached"),
        ):
            with freeze_time(moment):
                self.env.invalidate_all()
                self.assertEqual(ticket.service_sla_state, state)
                for other in ("running", "warned", "breached", "met"):
                    found = tickets.search(
                        [("id", "=", ticket.id), ("service_sla_state", "=", other)]
                    )
                    self.assertEqual(bool(found), other == state, other)

    def test_without_policy(self):
        self.policy.active = False
        ticket = self._opened()
        self.assertFalse(ticket.service_target_ids)
        self.assertFalse(ticket.service_sla_state)
        found = self.env["helpdesk.ticket"].search([("service_sla_state", "=", False)])
        self.assertIn(ticket, found)

    def test_solved_from_waiting_is_met(self):
        """8 hours; waiting after seven, done from waiting a week later: met."""
        ticket = self._opened("2026-11-23 07:00:00")
        self._move(ticket, "awaiting", "2026-11-23 15:00:00")
        self.assertEqual(self._target(ticket).phase, "paused")
        self.assertFalse(self._target(ticket).due)
        self._move(ticket, "done", "2026-11-30 15:00:00")
        target = self._target(ticket)
        self.assertEqual((target.state, target.used_seconds), ("met", 7 * 3600))
        with freeze_time("2026-12-01 09:00:00"):
            (status,) = ticket.with_user(self.agent).get_sla_status()
        (row,) = [t for t in status["targets"] if t["kind"] == "resolution"]
        self.assertEqual((row["state"], row["used_minutes"]), ("met", 420))
        self.assertEqual(row["remaining_minutes"], 60)

    def test_resume_plans_from_now(self):
        ticket = self._opened("2026-11-20 14:00:00")
        self._move(ticket, "awaiting", "2026-11-20 16:00:00")
        self.assertFalse(ticket.service_due)
        self._move(ticket, "in_progress", "2026-11-23 09:00:00")
        self.assertEqual(self._target(ticket).due, datetime(2026, 11, 23, 16))

    def test_cancelled_is_not_met(self):
        ticket = self._opened()
        self._move(ticket, "cancelled", "2026-11-20 15:30:00")
        self.assertEqual(set(ticket.service_target_ids.mapped("state")), {"cancelled"})

    def test_cancelled_too_late_is_breached(self):
        ticket = self._opened()
        self._move(ticket, "cancelled", "2026-11-25 15:30:00")
        self.assertEqual(set(ticket.service_target_ids.mapped("state")), {"breached"})

    def test_reopened_goes_on(self):
        """Closed after four of eight hours, reopened a day later: four are left."""
        ticket = self._opened("2026-11-23 07:00:00")
        self._move(ticket, "done", "2026-11-23 11:00:00")
        self.assertEqual(ticket.closed_date, datetime(2026, 11, 23, 11))
        self._move(ticket, "in_progress", "2026-11-24 07:00:00")
        self.assertFalse(ticket.closed_date)
        self.assertEqual(self._target(ticket).due, datetime(2026, 11, 24, 11))

    def test_public_answer_ends_first_response(self):
        ticket = self._opened()
        with freeze_time("2026-11-20 15:30:00"):
            self._answer(ticket, self.agent)
        self.assertEqual(self._target(ticket, "first_response").state, "met")
        self.assertEqual(
            ticket.service_first_response_on, datetime(2026, 11, 20, 15, 30)
        )
        self.assertEqual(ticket.service_due, self._target(ticket).due)

    def test_late_answer_is_breached_for_ever(self):
        ticket = self._opened()
        with freeze_time("2026-11-24 08:00:00"):
            self._answer(ticket, self.agent)
        self.assertEqual(self._target(ticket, "first_response").state, "breached")

    def test_note_and_machine_answer_nothing(self):
        ticket = self._opened()
        self._answer(ticket, self.agent, subtype_xmlid="mail.mt_note")
        self.env["helpdesk.ticket"].browse(ticket.id).message_post(
            body="Robot",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            author_id=self.env.ref("base.partner_root").id,
        )
        self._answer(ticket.with_context(service_automatic_mail=True), self.agent)
        self.assertFalse(ticket.service_first_response_on)

    def test_customer_waits_for_the_next_answer(self):
        ticket = self._opened()
        with freeze_time("2026-11-20 15:10:00"):
            self._answer(ticket, self.agent)
        for moment in ("2026-11-23 07:00:00", "2026-11-23 08:00:00"):
            with freeze_time(moment):
                ticket.message_post(
                    body="And now?",
                    message_type="email",
                    author_id=self.contact.id,
                    subtype_xmlid="mail.mt_comment",
                )
        rows = ticket.service_target_ids.filtered(lambda t: t.kind == "next_response")
        self.assertEqual(rows.mapped("due"), [datetime(2026, 11, 23, 11)])
        with freeze_time("2026-11-23 10:00:00"):
            self._answer(ticket, self.agent)
        self.assertEqual(rows.state, "met")
        with freeze_time("2026-11-23 13:00:00"):
            ticket.message_post(
                body="Again",
                message_type="email",
                author_id=self.contact.id,
                subtype_xmlid="mail.mt_comment",
            )
        (status,) = ticket.with_user(self.agent).get_sla_status()
        kinds = [
            (t["kind"], t["state"])
            for t in status["targets"]
            if t["kind"] == "next_response"
        ]
        self.assertEqual(kinds[0], ("next_response", "met"))
        self.assertEqual(len(kinds), 2)

    def test_priority_chooses_another_policy(self):
        urgent = self.policy.copy(
            {
                "name": "Urgent",
                "sequence": 1,
                "minimum_priority": "3",
                "resolution_hours": 2,
                "first_response_hours": 0,
            }
        )
        ticket = self._opened()
        with freeze_time("2026-11-20 15:30:00"):
            ticket.with_user(self.agent).priority = "3"
        self.assertEqual(ticket.service_sla_policy_id, urgent)
        states = {(t.policy_id, t.kind): t.phase for t in ticket.service_target_ids}
        self.assertEqual(
            states,
            {
                (self.policy, "first_response"): "not_applicable",
                (self.policy, "resolution"): "not_applicable",
                (urgent, "resolution"): "running",
            },
        )
        self.assertEqual(self._target(ticket).due, datetime(2026, 11, 23, 8))

    def test_criteria(self):
        category = self.env["helpdesk.ticket.category"].create({"name": "Spindle"})
        tag = self.env["helpdesk.ticket.tag"].create({"name": "VIP"})
        for vals, given in (
            (
                {"category_ids": [Command.set(category.ids)]},
                {"category_id": category.id},
            ),
            ({"tag_ids": [Command.set(tag.ids)]}, {"tag_ids": [Command.set(tag.ids)]}),
            ({"partner_ids": [Command.set(self.customer.ids)]}, {}),
        ):
            special = self.policy.copy(dict(vals, name="Special", sequence=1))
            self.assertEqual(self._ticket(**given).service_sla_policy_id, special)
            unfit = self._ticket(partner_id=self.other.id)
            self.assertEqual(unfit.service_sla_policy_id, self.policy)
            special.active = False
        self.policy.copy({"name": "Contract", "sequence": 1, "by_entitlement": True})
        self.assertEqual(self._ticket().service_sla_policy_id, self.policy)

    def test_calendar_without_hours_never_fails(self):
        self.policy.calendar_id = self.env["resource.calendar"].create(
            {"name": "Never", "attendance_ids": [Command.clear()], "tz": "UTC"}
        )
        ticket = self._opened()
        self.assertEqual(self._target(ticket).due, datetime(2026, 11, 20, 23))
        self.policy.calendar_id = False
        ticket = self._opened()
        self.assertEqual(self._target(ticket).due, datetime(2026, 11, 20, 23))

    def test_calendar_closed_for_ever_is_reported(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Closed",
                "calendar_id": self.calendar.id,
                "date_from": "2026-01-01 00:00:00",
                "date_to": "2060-01-01 00:00:00",
            }
        )
        ticket = self._opened()
        self.assertEqual(self._target(ticket).due, datetime(2026, 11, 20, 23))
        incident = self.env["crm.suite.incident"].search(
            [("kind", "=", "crm_service_desk.calendar")]
        )
        self.assertEqual((incident.res_id, incident.state), (self.policy.id, "open"))
        self.policy.calendar_id = self.company.resource_calendar_id
        self.assertEqual(incident.state, "settled")

    def test_holiday_moves_the_deadline(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.calendar.id,
                "date_from": "2026-11-22 23:00:00",
                "date_to": "2026-11-23 23:00:00",
            }
        )
        ticket = self._opened()
        self.assertEqual(self._target(ticket).due, datetime(2026, 11, 24, 15))
        with freeze_time("2026-11-24 09:00:00"):
            (status,) = ticket.with_user(self.agent).get_sla_status()
        whys = {row["why"] for row in status["targets"][-1]["explanation"]}
        self.assertIn("holiday", whys)

    def test_preview(self):
        (answer,) = self.policy.with_user(self.agent).preview_deadline(
            FRIDAY, {"kinds": ["resolution"]}
        )
        rows = answer["targets"]["resolution"].pop("explanation")
        self.assertEqual(
            answer,
            {
                "policy_id": self.policy.id,
                "elapsed": False,
                "targets": {
                    "resolution": {
                        "due": "2026-11-23 15:00:00",
                        "intervals": [
                            ["2026-11-20 15:00:00", "2026-11-20 16:00:00"],
                            ["2026-11-23 07:00:00", "2026-11-23 11:00:00"],
                            ["2026-11-23 12:00:00", "2026-11-23 15:00:00"],
                        ],
                    }
                },
            },
        )
        self.assertEqual(
            [(row["counts"], row["why"]) for row in rows],
            [
                (True, "working time"),
                (False, "outside working hours"),
                (True, "working time"),
                (False, "outside working hours"),
                (True, "working time"),
            ],
        )

    def test_explained_in_the_readers_zone(self):
        """15:00 UTC is midnight in Seoul; the moments themselves stay in UTC."""
        ticket = self._opened()
        self.agent.tz = "Asia/Seoul"
        with freeze_time("2026-11-20 15:30:00"):
            (status,) = ticket.with_user(self.agent).get_sla_status()
        (row,) = status["targets"][0]["explanation"]
        self.assertEqual(row["from"], FRIDAY)
        self.assertIn("12:00", row["text"])
        self.assertIn("12:30", row["text"])
        self.assertIn("11/21/26", row["text"])

    def test_preview_refuses_nonsense(self):
        policy = self.policy.with_user(self.agent)
        for start, options in (
            ("tomorrow", None),
            (FRIDAY, {"kind": "resolution"}),
            (FRIDAY, {"kinds": ["party"]}),
            (None, None),
        ):
            with self.assertRaises(UserError):
                policy.preview_deadline(start, options)
        with self.assertRaises(AccessError):
            self.policy.with_user(self.employee).preview_deadline(FRIDAY)

    def test_stage_meaning_changed(self):
        ticket = self._opened()
        self.assertTrue(ticket.service_due)
        self.stages["new"].service_clock = "paused"
        self.assertFalse(ticket.service_due)

    def test_backdated_by_superuser_and_manager_only(self):
        moment = "2025-01-06 08:00:00"
        for user, expected in (
            (self.env.ref("base.user_root"), datetime(2025, 1, 6, 8)),
            (self.manager, datetime(2025, 1, 6, 8)),
            (self.agent, datetime(2026, 11, 20, 15)),
        ):
            with freeze_time(FRIDAY):
                ticket = (
                    self.env["helpdesk.ticket"]
                    .with_user(user)
                    .with_context(service_moment=moment)
                    .create(
                        {"name": "Old", "description": "x", "team_id": self.team.id}
                    )
                )
            self.assertEqual(ticket.sudo().service_opened_on, expected, user.login)

    def test_a_ticket_with_a_past(self):
        """How demo data and imports tell a story that happened long ago."""

        def at(moment):
            return self.env["helpdesk.ticket"].with_context(service_moment=moment)

        ticket = at("2025-01-06 08:00:00").create(
            {
                "name": "Old",
                "description": "x",
                "team_id": self.team.id,
                "partner_id": self.contact.id,
                "user_id": self.agent.id,
            }
        )
        at("2025-01-06 09:00:00").browse(ticket.id).message_post(
            body="We look into it.",
            author_id=self.agent.partner_id.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            date="2025-01-06 09:00:00",
        )
        for moment, stage in (
            ("2025-01-06 10:00:00", "awaiting"),
            ("2025-01-20 08:00:00", "in_progress"),
            ("2025-01-20 10:00:00", "done"),
        ):
            at(moment).browse(ticket.id).stage_id = self.stages[stage]
        self.assertRecordValues(
            ticket,
            [
                {
                    "service_opened_on": datetime(2025, 1, 6, 8),
                    "assigned_date": datetime(2025, 1, 6, 8),
                    "service_first_response_on": datetime(2025, 1, 6, 9),
                    "closed_date": datetime(2025, 1, 20, 10),
                    "service_sla_state": "met",
                }
            ],
        )
        self.assertEqual(self._target(ticket).used_seconds, 4 * 3600)

    def test_batch_is_planned_in_batch(self):
        """Creating 50 tickets costs a few queries of ours, not 50 times some."""
        self.policy.partner_ids = False
        vals = {"name": "x", "description": "x", "team_id": self.team.id}
        tickets = self.env["helpdesk.ticket"]
        tickets.create(dict(vals))
        self.env.flush_all()

        def count(number):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            tickets.create([dict(vals) for _n in range(number)])
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        few, many = count(5), count(50)
        # What grows is core's mail (followers and creation messages per record).
        self.assertLess(many - few, 45 * 8)

    def test_cron_warns_and_escalates_once(self):
        ticket = self._opened(user_id=self.agent.id)
        targets = self.env["service.sla.target"]
        cron = self.env.ref("crm_service_desk.ir_cron_escalate")
        for moment, count in (
            ("2026-11-20 15:10:00", 0),
            ("2026-11-23 07:30:00", 1),
            ("2026-11-23 07:40:00", 1),
            ("2026-11-23 09:00:00", 2),
            ("2026-11-23 09:10:00", 2),
        ):
            with freeze_time(moment), self.enter_registry_test_mode():
                cron.method_direct_trigger()
            self.assertEqual(len(ticket.activity_ids), count, moment)
        self.assertEqual(ticket.activity_ids.user_id, self.agent)
        self.assertTrue(self._target(ticket, "first_response").escalated_on)
        self.assertFalse(
            targets.search(
                [
                    ("escalated_on", "!=", False),
                    ("kind", "=", "resolution"),
                    ("ticket_id", "=", ticket.id),
                ]
            )
        )

    def test_rating_is_asked_for_on_solving(self):
        self.team.service_ask_rating = True
        ticket = self._opened(user_id=self.agent.id)
        self._move(ticket, "done", "2026-11-20 15:30:00")
        rating = ticket.sudo().rating_ids
        self.assertEqual(rating.partner_id, self.contact)
        ticket.rating_apply(5, token=rating.access_token, feedback="Fine")
        self.assertEqual(ticket.rating_last_value, 5)
        self.assertFalse(ticket.service_waiting_since)

    def test_portal_promises(self):
        ticket = self._opened()
        with freeze_time("2026-11-20 15:05:00"):
            self.env.invalidate_all()
            texts = ticket._get_portal_promises()
        self.assertEqual(len(texts), 2)
        self.assertIn("We will answer you by", texts[0])
        self._move(ticket, "awaiting", "2026-11-20 15:10:00")
        self.assertEqual(
            ticket._get_portal_promises(),
            ["We are waiting for someone else; until then our time does not run."],
        )
