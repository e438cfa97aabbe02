# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Reopening and closing by the team's policy, with dates kept right."""

from psycopg2.errors import CheckViolation

from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .frozen_mail import FrozenMailCase


@tagged("post_install", "-at_install")
class TestReopen(FrozenMailCase):
    def _closed(self, number=1):
        """A ticket of 2 November, solved on the 3rd."""
        with freeze_time("2026-11-02 09:00:00"):
            ticket = self._receive(number)
            ticket.user_id = self.agent
        with freeze_time("2026-11-03 09:00:00"):
            self._answer(ticket, self.agent)
            ticket.stage_id = self.stages["done"]
        return ticket

    def _reply(self, ticket, number=2, **parts):
        return self._receive(
            number, subject=f"Re: {ticket.number}", body="Leaks again", **parts
        )

    def test_reply_in_time_opens_it_again(self):
        ticket = self._closed()
        with freeze_time("2026-11-05 09:00:00"):
            self.assertEqual(self._reply(ticket), ticket)
        self.assertFalse(ticket.closed)
        self.assertFalse(ticket.closed_date)
        self.assertEqual(ticket.stage_id, self.stages["in_progress"])
        self.assertEqual(str(ticket.assigned_date), "2026-11-02 09:00:00")
        self.assertEqual(ticket.service_reopen_count, 1)
        self.assertEqual(str(ticket.service_reopened_on), "2026-11-05 09:00:00")
        self.assertEqual(str(ticket.service_waiting_since), "2026-11-05 09:00:00")
        resolution = ticket.service_target_ids.filtered(
            lambda t: t.kind == "resolution"
        )
        self.assertFalse(resolution.ended_on)
        # 8 h were used until the 3rd at 9:00 UTC; what was solved does not count.
        self.assertEqual(resolution.used_seconds, 8 * 3600)
        with freeze_time("2026-11-06 09:00:00"):
            ticket.stage_id = self.stages["done"]
        self.assertEqual(str(ticket.closed_date), "2026-11-06 09:00:00")

    def test_late_reply_makes_a_follow_up(self):
        ticket = self._closed()
        with freeze_time("2026-11-17 09:00:01"):
            follow = self._reply(ticket)
        self.assertNotEqual(follow, ticket)
        self.assertEqual(follow.service_follow_up_of_id, ticket)
        self.assertEqual(follow.partner_id, self.contact)
        self.assertEqual(follow.team_id, self.team)
        self.assertTrue(ticket.closed)
        self.assertEqual(str(ticket.closed_date), "2026-11-03 09:00:00")
        self.assertEqual(
            self.env["service.mail.receipt"].search([], limit=1).outcome, "ticket"
        )

    def test_nothing_is_written_into_the_archive(self):
        ticket = self._closed()
        ticket.with_user(self.manager).active = False
        first = ticket.message_ids.filtered(lambda m: m.message_type == "email")
        answers = f"In-Reply-To: {first.message_id}\n"
        with freeze_time("2026-11-05 09:00:00"):
            self.assertEqual(self._receive(2, headers=answers), ticket)
        self.assertTrue(ticket.active)
        self.assertFalse(ticket.closed)

    def test_last_moment(self):
        ticket = self._closed()
        with freeze_time("2026-11-17 09:00:00"):
            self.assertEqual(self._reply(ticket), ticket)

    def test_policies(self):
        for rule, opened, follows in (
            ("reopen", True, False),
            ("follow_up", False, True),
            ("stay", False, False),
        ):
            self.team.service_reopen = rule
            ticket = self._closed()
            with freeze_time("2026-11-04 09:00:00"):
                reply = self._reply(ticket)
            self.assertEqual((not ticket.closed, reply != ticket), (opened, follows))
            self.env["service.mail.receipt"].search([]).unlink()

    def test_who_opens_nothing(self):
        """A machine, a stranger, a colleague's note or answer."""
        ticket = self._closed()
        with freeze_time("2026-11-04 09:00:00"):
            self._reply(ticket, 2, headers="Auto-Submitted: auto-replied\n")
            self._receive(
                3,
                headers="References: <1-TestReopen@alpha.example.com>\n",
                sender="eve@nowhere.example",
            )
            self._answer(ticket, self.agent)
            ticket.with_user(self.agent).message_post(
                body="A note", message_type="comment"
            )
        self.assertTrue(ticket.closed)
        self.assertEqual(ticket.service_reopen_count, 0)

    def test_portal(self):
        portal = new_test_user(self.env, "sd-reopen", groups="base.group_portal")
        portal.partner_id.parent_id = self.customer
        portal.partner_id.service_portal_scope = "company"
        post = {"message_type": "comment", "subtype_xmlid": "mail.mt_comment"}
        ticket = self._closed()
        with freeze_time("2026-11-04 09:00:00"):
            ticket.with_user(portal).message_post(body="Leaks again", **post)
        self.assertFalse(ticket.closed)
        ticket = self._closed(2)
        with freeze_time("2026-12-04 09:00:00"):
            message = ticket.with_user(portal).message_post(body="Once more", **post)
        follow = ticket.browse(message.sudo().res_id)
        self.assertTrue(ticket.closed)
        self.assertEqual(follow.service_follow_up_of_id, ticket)
        self.assertEqual(follow.partner_id, self.contact)

    def test_by_hand_counts_too(self):
        ticket = self._closed()
        ticket.with_user(self.agent).action_service_work()
        self.assertEqual(ticket.service_reopen_count, 1)
        self.assertFalse(ticket.closed_date)
        ticket.with_user(self.agent).action_service_wait()
        self.assertEqual(ticket.stage_id, self.stages["awaiting"])
        ticket.with_user(self.agent).action_service_solve()
        self.assertEqual(ticket.stage_id, self.stages["done"])
        self.assertEqual(ticket.service_reopen_count, 1)


@tagged("post_install", "-at_install")
class TestClose(FrozenMailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team.write({"service_close_days": 10, "service_close_notice_days": 3})

    def _waiting(self, **vals):
        """A ticket that waits for Ann since 2 November, 9:00 UTC."""
        with freeze_time("2026-11-02 08:00:00"):
            ticket = self._ticket(**vals)
        with freeze_time("2026-11-02 09:00:00"):
            self._answer(ticket, self.agent)
            ticket.stage_id = self.stages["awaiting"]
        return ticket

    def _cron(self, moment):
        cron = self.env.ref("crm_service_desk.ir_cron_close_waiting")
        with freeze_time(moment), self.enter_registry_test_mode():
            cron.method_direct_trigger()

    def _notices(self, ticket):
        return ticket.message_ids.filtered(lambda m: m.message_type == "auto_comment")

    def test_notice_then_close(self):
        ticket = self._waiting()
        self._cron("2026-11-09 08:00:00")
        self.assertFalse(ticket.service_close_notice_on)
        self._cron("2026-11-09 10:00:00")
        self.assertEqual(str(ticket.service_close_notice_on), "2026-11-09 10:00:00")
        [notice] = self._notices(ticket)
        self.assertIn(self.contact, notice.notified_partner_ids)
        self.assertIn("3", notice.body)
        self._cron("2026-11-12 09:30:00")
        self.assertFalse(ticket.closed)
        self.assertEqual(len(self._notices(ticket)), 1)
        self._cron("2026-11-12 10:00:00")
        self.assertEqual(ticket.stage_id, self.stages["done"])
        self.assertEqual(str(ticket.closed_date), "2026-11-12 10:00:00")
        self.assertEqual(str(ticket.service_first_response_on), "2026-11-02 09:00:00")

    def test_without_notice(self):
        self.team.service_close_notice_days = 0
        ticket = self._waiting()
        self._cron("2026-11-12 08:59:00")
        self.assertFalse(ticket.closed)
        self._cron("2026-11-12 09:00:00")
        self.assertTrue(ticket.closed)
        self.assertFalse(self._notices(ticket))

    def test_an_answer_of_the_customer_stops_it(self):
        ticket = self._waiting()
        self._cron("2026-11-09 10:00:00")
        with freeze_time("2026-11-10 09:00:00"):
            self._receive(5, subject=f"Re: {ticket.number}")
        self._cron("2026-11-20 09:00:00")
        self.assertFalse(ticket.closed)
        # We answer and wait again, and he is told again.
        with freeze_time("2026-11-20 10:00:00"):
            self._answer(ticket, self.agent)
            ticket.stage_id = self.stages["awaiting"]
        self._cron("2026-11-27 10:00:00")
        self.assertEqual(len(self._notices(ticket)), 2)
        self._cron("2026-11-30 10:00:00")
        self.assertTrue(ticket.closed)

    def test_what_is_not_closed(self):
        working = self._waiting()
        working.stage_id = self.stages["in_progress"]
        other = self.env["helpdesk.ticket.team"].create({"name": "Never"})
        never = self._waiting(team_id=other.id)
        self._cron("2027-01-09 10:00:00")
        self._cron("2027-02-09 10:00:00")
        self.assertFalse(working.closed or never.closed)
        parts = self._waiting()
        self.stages["awaiting"].service_waits_for_customer = False
        self._cron("2027-01-09 10:00:00")
        self._cron("2027-02-09 10:00:00")
        self.assertFalse(parts.closed)

    def test_stage_by_policy(self):
        self.team.write(
            {
                "service_close_notice_days": 0,
                "service_close_stage_id": self.stages["cancelled"].id,
            }
        )
        ticket = self._waiting()
        self._cron("2026-11-12 09:00:00")
        self.assertEqual(ticket.stage_id, self.stages["cancelled"])

    @mute_logger("odoo.sql_db")
    def test_days_that_make_no_sense(self):
        for vals in (
            {"service_close_notice_days": 11},
            {"service_close_days": -1},
            {"service_reopen_days": -1},
        ):
            with self.assertRaises(CheckViolation), self.env.cr.savepoint():
                self.team.write(vals)
                self.env.flush_all()
