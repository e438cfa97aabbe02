# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Fifty answers to one ticket at once, each in a cursor of its own."""

from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch

from odoo import SUPERUSER_ID, api, fields
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

SENDER = "race@customers.example"
RAW = """From: Race <{sender}>
To: race-desk@race.example
Subject: Re: [{number}] Machine {position}
Message-ID: <race-{position}@customers.example>
Date: Fri, 20 Nov 2026 15:00:00 +0000
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

Answer {position}.
"""
MAILS = 50


@tagged("post_install", "-at_install")
class TestMailRace(TransactionCase):
    def setUp(self):
        super().setUp()
        self.registry_ = Registry(self.env.cr.dbname)
        self.made = []
        self.addCleanup(self._forget)
        self._make()

    def _make(self):
        """Commit a ticket that was answered once and waits for its customer."""
        with self.registry_.cursor() as cursor:
            env = api.Environment(cursor, SUPERUSER_ID, {})
            domain = env["mail.alias.domain"].create({"name": "race.example"})
            team = env["helpdesk.ticket.team"].create(
                {
                    "name": "Race",
                    "alias_name": "race-desk",
                    "alias_domain_id": domain.id,
                    "alias_contact": "everyone",
                }
            )
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
            self.ticket_id, self.number = ticket.id, ticket.number
            self.made = [ticket, policy, team, team.alias_id, domain]

    def _forget(self):
        with self.registry_.cursor() as cursor:
            env = api.Environment(cursor, SUPERUSER_ID, {})
            for model, domain in (
                ("service.mail.receipt", [("email_from", "like", SENDER)]),
                ("service.mail.quarantine", [("email_from", "like", SENDER)]),
            ):
                env[model].search(domain).unlink()
            for record in self.made:
                record.with_env(env).exists().unlink()

    def _receive(self, position):
        raw = RAW.format(sender=SENDER, number=self.number, position=position).encode()
        with self.registry_.cursor() as cursor:
            env = api.Environment(cursor, SUPERUSER_ID, {})
            return retrying(lambda: env["mail.thread"].message_process(None, raw), env)

    def test_fifty_answers_at_once(self):
        with (
            mute_logger("odoo.sql_db", "odoo.service.model"),
            patch("odoo.service.model.random.uniform", return_value=0.01),
            ThreadPoolExecutor(8) as pool,
        ):
            found = list(pool.map(self._receive, range(MAILS)))
        self.assertEqual(set(found), {self.ticket_id})
        with self.registry_.cursor() as cursor:
            env = api.Environment(cursor, SUPERUSER_ID, {})
            ticket = env["helpdesk.ticket"].browse(self.ticket_id)
            answers = ticket.message_ids.filtered(
                lambda message: message.message_type == "email"
            )
            self.assertEqual(len(answers), MAILS)
            receipts = env["service.mail.receipt"].search(
                [("email_from", "like", SENDER)]
            )
            self.assertEqual(receipts.mapped("outcome"), ["message"] * MAILS)
            # They wait for one answer, since the first of them.
            waiting = ticket.service_target_ids.filtered(
                lambda target: target.kind == "next_response"
            )
            self.assertEqual(len(waiting), 1)
