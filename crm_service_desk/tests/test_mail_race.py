# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Fifty answers to one ticket at once, each in a cursor of its own."""

from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch

from odoo import SUPERUSER_ID, api, fields
from odoo.modules.registry import Registry
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

SENDER = "race@customers.example"
RAW = """From: Race <{sender}>
To: race-desk@race.example
Subject: Re: Race
Message-ID: <race-{position}@customers.example>
In-Reply-To: {parent}
Date: Fri, 20 Nov 2026 15:00:00 +0000
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

Answer {position}.
"""
MAILS = 50


@tagged("post_install", "-at_install")
class TestMailRace(TransactionCase):
    """What the transactions see is committed, so it is taken away at the end."""

    def setUp(self):
        super().setUp()
        self.open_cursor = Registry(self.env.cr.dbname).cursor
        self.made = []
        self.addCleanup(self._forget)
        with self.open_cursor() as cursor:
            self._make(self._env(cursor))

    def _env(self, cursor):
        return api.Environment(cursor, SUPERUSER_ID, {})

    def _make(self, env):
        """Make a ticket that was answered once, and whose customer writes again."""
        team = env["helpdesk.ticket.team"].create({"name": "Race"})
        policy = env["service.sla.policy"].create(
            {"name": "Race", "team_ids": team.ids, "next_response_hours": 1}
        )
        ticket = env["helpdesk.ticket"].create(
            {
                "name": "Race",
                "description": "x",
                "team_id": team.id,
                "partner_email": SENDER,
                "service_first_response_on": fields.Datetime.now(),
            }
        )
        parent = ticket.message_post(body="Done?", subtype_xmlid="mail.mt_comment")
        self.parent, self.ticket = parent.message_id, ticket
        self.made = [ticket, policy, team, team.alias_id]

    def _forget(self):
        with self.open_cursor() as cursor:
            env = self._env(cursor)
            for model in ("service.mail.receipt", "service.mail.quarantine"):
                env[model].search([("email_from", "like", SENDER)]).unlink()
            for record in self.made:
                record.with_env(env).exists().unlink()

    def _receive(self, position):
        """Take in a mail as the fetching server's last resort does, which commits."""
        raw = RAW.format(sender=SENDER, parent=self.parent, position=position).encode()
        with self.open_cursor() as cursor:
            self._env(cursor)["mail.thread"]._service_secure(raw, False)

    def test_fifty_answers_at_once(self):
        with (
            mute_logger("odoo.sql_db", "odoo.service.model"),
            patch("odoo.service.model.random.uniform", return_value=0.01),
            ThreadPoolExecutor(8) as pool,
        ):
            list(pool.map(self._receive, range(MAILS)))
        with self.open_cursor() as cursor:
            env = self._env(cursor)
            mine = [("email_from", "like", SENDER)]
            receipts = env["service.mail.receipt"].search(mine)
            self.assertEqual(receipts.mapped("outcome"), ["message"] * MAILS)
            self.assertFalse(env["service.mail.quarantine"].search_count(mine))
            ticket = self.ticket.with_env(env)
            answers = ticket.message_ids.filtered(lambda m: m.message_type == "email")
            self.assertEqual(len(answers), MAILS)
            # They wait for one answer, since the first of them.
            waiting = ticket.service_target_ids.filtered(
                lambda target: target.kind == "next_response"
            )
            self.assertEqual(waiting.mapped("phase"), ["running"])
