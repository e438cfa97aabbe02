# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Agents and customers at the same moment, each in a transaction of his own."""

import uuid

from psycopg2.errors import LockNotAvailable, SerializationFailure

from odoo import SUPERUSER_ID, Command, api
from odoo.exceptions import ConcurrencyError, UserError
from odoo.modules.registry import Registry
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import SQL, mute_logger

from .common import AGENT_ALL


@tagged("post_install", "-at_install")
class TestAgentRaces(TransactionCase):
    """What the transactions see is committed, so it is taken away at the end."""

    def setUp(self):
        super().setUp()
        registry = Registry(self.env.cr.dbname)
        self.cursors = [registry.cursor() for _number in range(3)]
        self.made = []
        self.addCleanup(self._forget)
        env = self._env(2)
        self.users = env["res.users"]
        for number in (1, 2):
            self.users |= new_test_user(
                env, f"sd-race-{number}-{uuid.uuid4().hex}", groups=AGENT_ALL
            )
        self.partner = env["res.partner"].create(
            {"name": "Race", "email": "race@alpha.example.com"}
        )
        self.team = env["helpdesk.ticket.team"].create(
            {"name": "Race", "user_ids": [Command.set(self.users.ids)]}
        )
        self.made += [self.users.partner_id, self.users, self.partner, self.team]
        self.ticket = self._ticket(env)
        self.other = self._ticket(env)
        self.cursors[2].commit()

    def _ticket(self, env, **vals):
        values = {
            "name": "Race",
            "description": "x",
            "team_id": self.team.id,
            "partner_id": self.partner.id,
            "user_id": False,
        }
        return env["helpdesk.ticket"].create(dict(values, **vals))

    def _forget(self):
        for cursor in self.cursors:
            cursor.rollback()
        env = self._env(2)
        tickets = env["helpdesk.ticket"].with_context(active_test=False)
        tickets.search([("team_id", "=", self.team.id)]).unlink()
        env["service.mail.receipt"].search([("subject", "=", "Race")]).unlink()
        for records in reversed(self.made):
            records.with_env(env).unlink()
        self.cursors[2].commit()
        for cursor in self.cursors:
            cursor.close()

    def _env(self, number, user=None):
        return api.Environment(
            self.cursors[number], user.id if user else SUPERUSER_ID, {}
        )

    def _begin(self, *numbers):
        """Take the transactions' snapshots, as their first query does."""
        for number in numbers:
            self.cursors[number].execute("SELECT count(*) FROM helpdesk_ticket")

    def _reply(self, number, ticket=None):
        env = self._env(number)
        return (
            (ticket or self.ticket)
            .with_env(env)
            .message_post(
                body="A reply",
                message_type="email",
                subtype_xmlid="mail.mt_comment",
                author_id=self.partner.id,
            )
        )

    def _merge(self, number):
        env = self._env(number, self.users[0])
        self.ticket.with_env(env).merge_into(self.other.id)
        env.flush_all()

    def _place_of(self, message):
        self.cursors[2].rollback()
        env = self._env(2)
        env.invalidate_all()
        return env["mail.message"].browse(message.id).res_id

    # --- merge while a reply arrives --- #

    def test_reply_that_began_before_the_merge_was_committed(self):
        self._begin(0, 1)
        self._merge(0)
        self.cursors[0].commit()
        with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
            self._reply(1)
        self.cursors[1].rollback()
        message = self._reply(1)
        self.cursors[1].commit()
        self.assertEqual(self._place_of(message), self.other.id)

    def test_reply_committed_while_the_merge_is_under_way(self):
        self._begin(0, 1)
        message = self._reply(1)
        self.cursors[1].commit()
        with self.assertRaises(ConcurrencyError):
            self._merge(0)
        self.cursors[0].rollback()
        self._env(0).invalidate_all()
        self._merge(0)
        self.cursors[0].commit()
        self.assertEqual(self._place_of(message), self.other.id)

    def test_merge_waits_for_a_reply(self):
        self._begin(0, 1)
        self._reply(1)
        self.cursors[0].execute(SQL("SET LOCAL lock_timeout = '50ms'"))
        with mute_logger("odoo.sql_db"), self.assertRaises(LockNotAvailable):
            self._merge(0)

    def test_reply_waits_for_a_merge(self):
        self._begin(0, 1)
        self._merge(0)
        self.cursors[1].execute(SQL("SET LOCAL lock_timeout = '50ms'"))
        with mute_logger("odoo.sql_db"), self.assertRaises(LockNotAvailable):
            self._reply(1)

    def test_replies_do_not_wait_for_each_other(self):
        self._begin(0, 1)
        self.cursors[1].execute(SQL("SET LOCAL lock_timeout = '50ms'"))
        messages = [self._reply(number) for number in (0, 1)]
        for number in (0, 1):
            self.cursors[number].commit()
        for message in messages:
            self.assertEqual(self._place_of(message), self.ticket.id)

    def test_two_merges_of_one_ticket(self):
        third = self._ticket(self._env(2))
        self.cursors[2].commit()
        self._begin(0, 1)
        self._merge(0)
        self.cursors[0].commit()
        ticket = self.ticket.with_env(self._env(1, self.users[1]))
        with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
            ticket.merge_into(third.id)
        self.cursors[1].rollback()
        ticket.env.invalidate_all()
        with self.assertRaisesRegex(UserError, self.other.number):
            ticket.merge_into(third.id)

    # --- two agents --- #

    def test_two_agents_claim(self):
        self._begin(0, 1)
        first, second = (
            self.ticket.with_env(self._env(number, self.users[number]))
            for number in (0, 1)
        )
        first.assign_to_me()
        first.env.flush_all()
        self.cursors[0].commit()
        with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
            second.assign_to_me()
            second.env.flush_all()
        self.cursors[1].rollback()
        second.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "has taken ticket"):
            second.assign_to_me()
        second.env.invalidate_all()
        self.assertEqual(second.user_id.id, self.users[0].id)

    def _says(self, number):
        env = self._env(number, self.users[number])
        message = self.ticket.with_env(env).message_post(
            body=f"Answer {number}",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        env.flush_all()
        return message

    def test_two_agents_answer(self):
        """Both answers are kept; the first response is the first one's."""
        self._begin(0, 1)
        first = self._says(0)
        answered = self.ticket.with_env(self._env(0)).service_first_response_on
        self.assertTrue(answered)
        self.cursors[0].commit()
        with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
            self._says(1)
        self.cursors[1].rollback()
        self._env(1).invalidate_all()
        second = self._says(1)
        self.cursors[1].commit()
        for message in (first, second):
            self.assertEqual(self._place_of(message), self.ticket.id)
        ticket = self.ticket.with_env(self._env(2))
        self.assertEqual(ticket.service_first_response_on, answered)

    def test_two_tickets_at_once(self):
        """The second that was given to the same member is run again, and goes to the
        other one: in turn and by load."""
        for rule in ("round_robin", "open_load"):
            env = self._env(2)
            self.team.with_env(env).service_assignment = rule
            env["service.team.turn"].search([]).unlink()
            env["helpdesk.ticket"].search(
                [("team_id", "=", self.team.id)]
            ).user_id = False
            self.cursors[2].commit()
            for number in (0, 1):
                self.cursors[number].rollback()
                self._env(number).invalidate_all()
            self._begin(0, 1)
            first = self._ticket(self._env(0))
            first_user = first.user_id.id
            self._env(0).flush_all()
            self.cursors[0].commit()
            with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
                self._ticket(self._env(1))
            self.cursors[1].rollback()
            self._env(1).invalidate_all()
            second = self._ticket(self._env(1)).user_id.id
            self.assertEqual({first_user, second}, set(self.users.ids), rule)

    # --- the customer twice --- #

    def _rating(self, number):
        ticket = self.ticket.with_env(self._env(number))
        return ticket._service_rating_of(self.partner.with_env(ticket.env))

    def test_asked_twice_at_once(self):
        """The second that makes the row of the answer is run again, and finds it."""
        self._begin(0, 1)
        first = self._rating(0)
        self.cursors[0].commit()
        with mute_logger("odoo.sql_db"), self.assertRaises(ConcurrencyError):
            self._rating(1)
        self.cursors[1].rollback()
        self._env(1).invalidate_all()
        self.assertEqual(self._rating(1).id, first.id)

    def _rate(self, number, rate):
        row = self._rating(number)
        ticket = self.ticket.with_env(row.env)
        ticket.rating_apply(rate, rating=row, feedback=f"Rated {rate}")
        row.env.flush_all()

    def test_rated_twice_at_once(self):
        """One answer stays; the other one is told that it came too late."""
        self._rating(2)
        self.cursors[2].commit()
        self._begin(0, 1)
        self._rate(0, 5)
        self.cursors[0].commit()
        with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
            self._rate(1, 1)
        self.cursors[1].rollback()
        self._env(1).invalidate_all()
        with self.assertRaisesRegex(UserError, "given already"):
            self._rate(1, 1)
        row = self._rating(1)
        self.assertEqual((row.rating, row.feedback), (5, "Rated 5"))

    def _reopen(self, number):
        ticket = self.ticket.with_env(self._env(number))
        opened = ticket._reopen_by_customer()
        ticket.env.flush_all()
        return opened

    def test_reopened_twice_at_once(self):
        """A ticket that was opened meanwhile is not opened, and counted, again."""
        env = self._env(2)
        ticket = self.ticket.with_env(env)
        stages = ticket.team_id._get_applicable_stages()
        ticket.stage_id = stages.filtered("closed")[0]
        self.cursors[2].commit()
        self._begin(0, 1)
        self.assertTrue(self._reopen(0))
        self.cursors[0].commit()
        with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
            self._reopen(1)
        self.cursors[1].rollback()
        self._env(1).invalidate_all()
        self.assertTrue(self._reopen(1))
        self.cursors[1].commit()
        self.cursors[2].rollback()
        env.invalidate_all()
        self.assertFalse(ticket.closed)
        self.assertEqual(ticket.service_reopen_count, 1)
