# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Mails of all shapes through SMTP and POP3: each becomes exactly one thing."""

import smtplib
from collections import Counter
from unittest.mock import patch

from psycopg2 import OperationalError

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..engine import mail_identity
from .common import DeskCase
from .mail_corpus import SENDER, corpus
from .mail_servers import HOST, Mailbox, pop3, smtp


class FetchCase(DeskCase):
    """A desk whose mail lies in a mailbox on loopback."""

    def setUp(self):
        super().setUp()
        self.mailbox = Mailbox()
        self.receipts = self.env["service.mail.receipt"]
        self.quarantine = self.env["service.mail.quarantine"]

    def _fetch(self):
        """Let Odoo's own fetching server empty the mailbox by POP3."""
        with pop3(self.mailbox) as server:
            account = self.env["fetchmail.server"].create(
                {
                    "name": "Loopback",
                    "server_type": "pop",
                    "server": HOST,
                    "port": server.port,
                    "user": "desk",
                    "password": "x",
                    "state": "done",
                }
            )
            # Ours and nobody else's.
            others = account.search([("id", "!=", account.id)])
            others.state = "draft"
            with self.enter_registry_test_mode(), self.registry.cursor() as cursor:
                here = account.with_env(self.env(cr=cursor, context={}))
                error = here._fetch_mail(batch_limit=10_000)
            self.assertIsNone(error)
            account.unlink()

    def _receipt(self, raw):
        """Return the receipt of a raw mail in the form that it was fetched in."""
        return self.receipts.search([("fingerprint", "=", self._mark(raw))])

    def _mark(self, raw):
        lines = raw.replace(b"\r\n", b"\n").removesuffix(b"\n")
        return mail_identity.fingerprint(lines)

    def _rows(self):
        return self.receipts.search([], order="id")


@tagged("post_install", "-at_install")
class TestCorpus(FetchCase):
    def setUp(self):
        super().setUp()
        self.env["ir.config_parameter"].set_param("crm_service_desk.mail_max_mb", 1)
        # They all write from one address; the limit for senders has tests of its own.
        self.env["mail.gateway.allowed"].create({"email": SENDER})
        self.ticket = self._ticket(partner_email=SENDER)
        answer = self._answer(self.ticket, self.agent)
        self.samples = corpus(
            self.team.alias_id.alias_full_name,
            {"ticket": self.ticket.number, "parent": answer.message_id},
        )
        self.before = self.env["helpdesk.ticket"].search_count([])

    def _deliver(self):
        """Put the mails into the mailbox, by SMTP where a server takes them."""
        with smtp(self.mailbox) as port, smtplib.SMTP(HOST, port, timeout=60) as client:
            for sample in self.samples:
                if sample.by_smtp:
                    client.sendmail(SENDER, ["desk@desk.example.com"], sample.raw)
                else:
                    self.mailbox.drop(sample.raw)

    def test_mails_in_are_what_became_of_them(self):
        self.assertGreaterEqual(len(self.samples), 120)
        self._deliver()
        self.assertEqual(len(self.mailbox.mails), len(self.samples))
        with mute_logger("odoo.addons.mail.models.mail_thread", "odoo.sql_db"):
            self._fetch()
        self.assertFalse(self.mailbox.mails, "fetched, and deleted there")
        self.marks = [self._mark(sample.raw) for sample in self.samples]
        for sample in self.samples:
            with self.subTest(f"{sample.group}: {sample.name}"):
                self._check_sample(sample)
        self._check_sum()

    def _check_sum(self):
        """Mails in = tickets + messages + parked and quarantined + duplicates."""
        rows = self._rows()
        outcomes = Counter(rows.mapped("outcome"))
        duplicates = sum(rows.mapped("occurrences")) - len(rows)
        made = self.env["helpdesk.ticket"].search_count([]) - self.before
        self.assertEqual(outcomes["ticket"], made)
        self.assertEqual(len(rows) + duplicates, len(self.samples))
        self.assertEqual(len(rows), len(set(self.marks)))
        self.assertFalse(outcomes["received"])
        messages = self.ticket.message_ids.filtered(
            lambda message: message.message_type == "email"
        )
        self.assertEqual(outcomes["message"] + outcomes["stranger"], len(messages))
        kept = self.quarantine.search([])
        self.assertEqual(
            Counter(kept.mapped("state")),
            {"automatic": outcomes["automatic"], "failed": outcomes["quarantined"]},
        )
        self.assertTrue(all(row.raw and row.reason for row in kept))

    def _check_sample(self, sample):
        receipt = self._receipt(sample.raw)
        self.assertEqual(len(receipt), 1)
        same = [
            other.group
            for other, mark in zip(self.samples, self.marks, strict=True)
            if mark == receipt.fingerprint
        ]
        self.assertEqual(receipt.occurrences, len(same))
        # Of a mail that is changed where only servers write, it is still the same mail.
        others = [group for group in same if group != "fuzzed"]
        self.assertLessEqual(len(others), 1 + (sample.group == "duplicates"))
        if sample.outcomes == ("duplicate",):
            self.assertEqual(receipt.occurrences, 2)
            return
        reason = self.quarantine.search([("subject", "=", receipt.subject)]).mapped(
            "reason"
        )
        self.assertIn(receipt.outcome, sample.outcomes, reason)
        if receipt.outcome == "ticket":
            self._check_ticket(receipt.ticket_id, sample)

    def _check_ticket(self, ticket, sample):
        message = ticket.message_ids.filtered(lambda m: m.message_type == "email")
        self.assertEqual(len(message), 1)
        self.assertTrue(ticket.name)
        self.assertLessEqual(len(ticket.name), 250)
        text = f"{ticket.description} {message.body}"
        self.assertIn(sample.text, text)
        for trace in ("<script", "onerror", "\x00"):
            self.assertNotIn(trace, text)
        for line in (ticket.name, ticket.partner_email or "", message.email_from or ""):
            self.assertFalse(set(line) & set("\r\n\x00"))
        for name in message.attachment_ids.mapped("name"):
            self.assertFalse(set(name) & set("\r\n\x00/"))
        limit = 51
        self.assertLessEqual(len(message.attachment_ids), limit)


@tagged("post_install", "-at_install")
class TestFetchLosesNothing(FetchCase):
    """A fetching server deletes each mail, also one whose processing raised."""

    def _break(self, error, name="_service_mail_values"):
        tickets = type(self.env["helpdesk.ticket"])
        return patch.object(tickets, name, side_effect=error)

    def test_exception_in_anyones_code(self):
        self.mailbox.drop(self._mail(1))
        with self._break(ValueError("somebody's bug")):
            self._fetch()
        self.assertFalse(self.mailbox.mails)
        row = self.quarantine.search([])
        self.assertEqual(row.reason, "ValueError: somebody's bug")
        row.with_user(self.manager).action_process()
        self.assertEqual(row.ticket_id.partner_id, self.contact)

    def test_exception_when_it_is_committed(self):
        """Templates of stages are rendered at the end of the transaction."""
        self.mailbox.drop(self._mail(1))
        with self._break(ValueError("broken template"), "_track_template"):
            self._fetch()
        self.assertEqual(
            self.quarantine.search([]).reason, "ValueError: broken template"
        )
        self.assertEqual(self._rows().mapped("outcome"), ["quarantined"])
        self.assertFalse(self.mailbox.mails)

    def test_exception_of_the_intake_itself(self):
        """Also what raises outside of the guard, here: while the mail is claimed."""
        self.mailbox.drop(self._mail(1))
        original = type(self.receipts)._claim
        calls = []

        def claim(*args):
            calls.append(1)
            if len(calls) < 3:
                raise ValueError("the intake's own bug")
            return original(*args)

        with patch.object(type(self.receipts), "_claim", claim):
            self._fetch()
        self.assertEqual(len(calls), 3, "fetched, tried again, kept")
        self.assertIn("own bug", self.quarantine.search([]).reason)

    def test_others_at_work_on_the_same_records(self):
        """Core rolls back and deletes the mail; here it is tried again."""
        self.mailbox.drop(self._mail(1))
        original = type(self.env["helpdesk.ticket"])._service_mail_values
        calls = []

        class Serialization(OperationalError):
            pgcode = "40001"

        def values(*args):
            calls.append(1)
            if len(calls) == 1:
                raise Serialization("could not serialize access")
            return original(*args)

        tickets = type(self.env["helpdesk.ticket"])
        errors = (OperationalError,)
        with (
            patch.object(tickets, "_service_mail_values", values),
            patch(
                "odoo.addons.crm_service_desk.models.mail_thread"
                ".PG_CONCURRENCY_EXCEPTIONS_TO_RETRY",
                errors,
            ),
            patch("odoo.service.model.PG_CONCURRENCY_EXCEPTIONS_TO_RETRY", errors),
            patch("odoo.service.model.time.sleep"),
        ):
            self._fetch()
        self.assertEqual(self._rows().mapped("outcome"), ["ticket"])
        self.assertFalse(self.quarantine.search_count([]))

    def test_mail_of_others_is_left_to_core(self):
        self.mailbox.drop(self._mail(1, to="elsewhere@nowhere.example"))
        self._fetch()
        self.assertFalse(self._rows())
        self.assertFalse(self.quarantine.search_count([]))

    def test_long_line_does_not_stop_the_mailbox(self):
        self.mailbox.drop(self._mail(1, body="x" * 200_000))
        self.mailbox.drop(self._mail(2))
        self._fetch()
        self.assertEqual(self._rows().mapped("outcome"), ["ticket"] * 2)
