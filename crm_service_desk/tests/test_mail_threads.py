# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Each mail becomes exactly one ticket or one message, of who may write there."""

import base64
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..models.mail_alias_domain import KnownAliases
from .common import DeskCase

BOUNCE = """Return-Path: <>
From: MAILER-DAEMON@mx.example
To: {to}
Subject: Undelivered Mail
Message-ID: <b@mx.example>
Date: Fri, 20 Nov 2026 15:00:00 +0000
References: {ref}
MIME-Version: 1.0
Content-Type: multipart/report; boundary=edge; report-type=delivery-status

--edge
Content-Type: text/plain

Unknown
--edge
Content-Type: message/delivery-status

Final-Recipient: rfc822; ann@alpha.example.com

--edge--
"""
STRANGER = {"sender": "eve@nowhere.example", "name": "Eve"}


@tagged("post_install", "-at_install")
class TestThreads(DeskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.receipts = cls.env["service.mail.receipt"]
        cls.colleague = cls.env["res.partner"].create(
            {
                "name": "Bob Alpha",
                "parent_id": cls.customer.id,
                "email": "bob@alpha.example.com",
            }
        )

    def _outcomes(self):
        return self.receipts.search([], order="id").mapped("outcome")

    # --- by the number in the subject --- #

    def test_number_in_the_subject(self):
        ticket = self._receive(1)
        for number, sender in (
            (2, "ann@alpha.example.com"),
            (3, "bob@alpha.example.com"),
        ):
            found = self._receive(
                number, subject=f"Re: [{ticket.number}] x", sender=sender, name="A"
            )
            self.assertEqual(found, ticket)
        self.assertEqual(self._outcomes(), ["ticket", "message", "message"])

    def test_number_in_the_subject_from_a_stranger(self):
        """A guessed number opens no door: it is a ticket of its own."""
        ticket = self._receive(1)
        messages = len(ticket.message_ids)
        other = self._receive(2, subject=f"Re: {ticket.number}", **STRANGER)
        self.assertTrue(other)
        self.assertNotEqual(other, ticket)
        self.assertEqual(len(ticket.message_ids), messages)

    def test_unknown_sender_goes_on_in_his_ticket(self):
        ticket = self._receive(1, **STRANGER)
        self.assertFalse(ticket.partner_id)
        self.assertEqual(ticket.partner_email, "eve@nowhere.example")
        found = self._receive(2, subject=f"Re: {ticket.number}", **STRANGER)
        self.assertEqual(found, ticket)

    def test_agent_goes_on_by_subject(self):
        self.agent.partner_id.email = "agent@desk.example.com"
        ticket = self._receive(1)
        found = self._receive(
            2, subject=f"Re: {ticket.number}", sender="agent@desk.example.com", name="A"
        )
        self.assertEqual(found, ticket)
        self.assertTrue(ticket.service_first_response_on)

    # --- strangers --- #

    def _reply(self, ticket, number, **parts):
        parent = ticket.message_ids.sorted("id")[0].message_id
        return self._receive(number, headers=f"In-Reply-To: {parent}\n", **parts)

    def test_stranger_joins_flagged(self):
        ticket = self._receive(1)
        self._answer(ticket, self.agent)
        followers = ticket.message_partner_ids
        self.assertEqual(self._reply(ticket, 2, body="Let me in", **STRANGER), ticket)
        message = ticket.message_ids.filtered(lambda m: "Let me in" in (m.body or ""))
        self.assertTrue(message.is_internal and message.subtype_id.internal)
        self.assertTrue(ticket.service_has_stranger)
        self.assertEqual(ticket.message_partner_ids, followers)
        self.assertFalse(ticket.service_waiting_since)
        self.assertEqual(self._outcomes()[-1], "stranger")

    def test_stranger_does_not_reach_the_customer(self):
        ticket = self._receive(1)
        before = self.env["mail.notification"].search([], limit=1, order="id desc").id
        self._reply(ticket, 2, **STRANGER)
        told = self.env["mail.notification"].search([("id", ">", before or 0)])
        self.assertFalse(told.res_partner_id.filtered("partner_share"))

    def test_colleague_is_no_stranger(self):
        ticket = self._receive(1)
        self._answer(ticket, self.agent)
        self._reply(ticket, 2, sender="bob@alpha.example.com", name="Bob")
        self.assertFalse(ticket.service_has_stranger)
        self.assertTrue(ticket.service_waiting_since)

    def test_follower_is_no_stranger(self):
        ticket = self._receive(1)
        helper = self.env["res.partner"].create(
            {"name": "Eve", "email": "eve@nowhere.example"}
        )
        ticket.message_subscribe(helper.ids)
        self._reply(ticket, 2, **STRANGER)
        self.assertFalse(ticket.service_has_stranger)

    def test_readers_are_suggested_not_subscribed(self):
        copied = f"{self.team.alias_id.alias_full_name}, bob@alpha.example.com"
        ticket = self._receive(1, to=copied, headers="Cc: info@beta.example.com\n")
        people = self.colleague | self.other
        self.assertFalse(ticket.message_partner_ids & people)
        suggested = ticket.with_user(self.agent)._message_get_suggested_recipients(
            reply_discussion=True
        )
        self.assertLessEqual(
            set(people.ids), {row.get("partner_id") for row in suggested}
        )

    def test_readers_without_us(self):
        """The hole: OCA's intake makes followers of everybody in To and Cc."""
        mail = {
            "subject": "x",
            "body": "x",
            "from": "ann@alpha.example.com",
            "to": "bob@alpha.example.com",
            "cc": "",
        }
        ticket = self._ticket()
        parts = [
            cls
            for cls in type(ticket).__mro__
            if cls.__module__.startswith("odoo.addons.helpdesk_mgmt.")
            and "message_update" in cls.__dict__
        ]
        parts[0].message_update(ticket, mail)
        self.assertIn(self.colleague, ticket.message_partner_ids)

    # --- the same mail --- #

    def test_duplicate_with_and_without_id(self):
        for number, name in enumerate(("<a@alpha.example.com>", "")):
            raw = self._mail(number, subject=f"Pump {number}", message_id=name)
            if not name:
                raw = raw.replace(b"Message-ID: \n", b"")
            first = self.env["mail.thread"].message_process(None, raw)
            self.assertTrue(first)
            again = self.env["mail.thread"].message_process(
                None, b"Received: by mx2.example.com\n" + raw
            )
            self.assertFalse(again)
        rows = self.receipts.search([])
        self.assertEqual(rows.mapped("occurrences"), [2, 2])
        self.assertEqual(len(rows.ticket_id), 2)

    def test_forged_id_loses_nothing(self):
        """Core drops a mail whose Message-Id it has seen; somebody may have sent it."""
        ticket = self._receive(1, message_id="<known@alpha.example.com>")
        other = self._receive(
            2,
            message_id="<known@alpha.example.com>",
            sender="info@beta.example.com",
            subject="Mill stands",
        )
        self.assertTrue(other)
        self.assertNotEqual(ticket, other)
        self.assertEqual(other.partner_id, self.other)
        self.assertEqual(self._outcomes(), ["ticket", "ticket"])

    def test_forged_id_without_us(self):
        raw = self._mail(message_id="<known@alpha.example.com>", subject="One")
        other = raw.replace(b"Subject: One", b"Subject: Two")
        thread = self.env["mail.thread"]
        with patch.object(
            type(self.env["service.mail.quarantine"]),
            "_is_for_desk",
            return_value=False,
        ):
            self.assertTrue(thread.message_process(None, raw))
            self.assertFalse(thread.message_process(None, other))

    # --- limits --- #

    def test_too_many_files_stay_in_the_original(self):
        self.env["ir.config_parameter"].set_param("crm_service_desk.mail_max_files", 2)
        part = (
            "--edge\nContent-Type: application/pdf; name={0}.pdf\n"
            "Content-Disposition: attachment; filename={0}.pdf\n\nx\n"
        )
        body = "--edge\nContent-Type: text/plain\n\nHello\n" + "".join(
            part.format(number) for number in range(5)
        )
        raw = self._mail(1, body=body + "--edge--").replace(
            b"text/plain; charset=utf-8", b"multipart/mixed; boundary=edge", 1
        )
        ticket = self.env["helpdesk.ticket"].browse(
            self.env["mail.thread"].message_process(None, raw)
        )
        names = ticket.message_ids.attachment_ids.mapped("name")
        self.assertEqual(sorted(names), ["0.pdf", "1.pdf", "original.eml"])
        self.assertIn("3 more files", str(ticket.message_ids.mapped("body")))
        original = ticket.message_ids.attachment_ids.filtered(
            lambda file: file.name == "original.eml"
        )
        self.assertIn(b"4.pdf", original.raw)

    def test_oversize_and_thousands_of_parts_are_quarantined(self):
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("crm_service_desk.mail_max_mb", 1)
        parameters.set_param("crm_service_desk.mail_max_parts", 20)
        self.assertFalse(self._receive(1, body="x" * (2 * 1024 * 1024)))
        self.assertFalse(self._receive(2, body="--edge\n\nx\n" * 30))
        rows = self.env["service.mail.quarantine"].search([], order="id")
        self.assertIn("mail_max_mb", rows[0].reason)
        self.assertIn("mail_max_parts", rows[1].reason)
        self.assertEqual(
            len(base64.b64decode(rows[0].raw)),
            len(self._mail(1, body="x" * (2 * 1024 * 1024))),
        )
        rows[1].with_user(self.manager).action_process()
        self.assertEqual(rows[1].state, "processed")
        self.assertEqual(self._outcomes(), ["quarantined", "ticket"])

    def test_what_reaches_no_ticket_is_parked(self):
        """Core throws away what its loop guard stops; here it can be let in."""
        for number in range(22):
            self._receive(number, **STRANGER)
        rows = self.env["service.mail.quarantine"].search([])
        self.assertEqual(rows.mapped("state"), ["automatic"] * 2)
        self.assertEqual(self._outcomes().count("ticket"), 20)
        self.assertEqual(self._outcomes().count("automatic"), 2)

    def test_busy_customer_is_heard(self):
        """Core's guard would stop the 21st answer; ours the one beyond its own limit,
        visibly, and a manager lets it in at once."""
        self.env["ir.config_parameter"].set_param(
            "crm_service_desk.mail_max_answers", 23
        )
        ticket = self._receive(0)
        reply = {"headers": f"In-Reply-To: {ticket.message_ids[-1].message_id}\n"}
        for number in range(1, 25):
            self._receive(number, **reply)
        self.assertEqual(self._outcomes()[1:], ["message"] * 22 + ["automatic"] * 2)
        parked = self.env["service.mail.quarantine"].search([])
        parked.with_user(self.manager).action_process()
        self.assertEqual(self._outcomes()[1:], ["message"] * 24)
        self.assertEqual(len(ticket.message_ids.filtered("email_from")), 25)

    def test_machine_and_stranger_have_cores_limit(self):
        self.env["ir.config_parameter"].set_param("mail.gateway.loop.threshold", 5)
        for number, values in (
            (100, {"headers": "Auto-Submitted: auto-replied\n"}),
            (200, STRANGER),
        ):
            ticket = self._receive(number)
            reply = f"In-Reply-To: {ticket.message_ids[-1].message_id}\n"
            headers = values.get("headers", "") + reply
            for more in range(1, 8):
                self._receive(number + more, **dict(values, headers=headers))
            self.assertEqual(self._outcomes()[-2:], ["automatic"] * 2)

    def test_tickets_of_another_sender_do_not_count(self):
        """Core counts those of joann@ for ann@."""
        self.env["ir.config_parameter"].set_param("mail.gateway.loop.threshold", 5)
        for number in range(6):
            self._receive(number, sender="joann@nowhere.example")
        self.assertEqual(self._outcomes(), ["ticket"] * 5 + ["automatic"])
        self.assertTrue(self._receive(6, sender="ann@nowhere.example"))

    def test_known_aliases_are_cores_answers_and_no_callers(self):
        alias = self.team.alias_id.alias_full_name
        emails = ["eve@nowhere.example", alias, False, alias]
        domains = self.env["mail.alias.domain"]
        for known in (False, {"eve@nowhere.example": True}, KnownAliases()):
            found = domains.with_context(service_known_aliases=known)
            for _time in range(2):
                self.assertEqual(found._find_aliases(emails), [alias, alias])

    def test_all_that_a_mail_asks_is_known_at_once(self):
        """Its sender, and the alias domains, which nobody else asks for by the way."""
        alias = self.team.alias_id.alias_full_name
        known = KnownAliases("eve@nowhere.example")
        domains = self.env["mail.alias.domain"]
        asked = domains.with_context(service_known_aliases=known)
        self.assertEqual(asked.search([]), domains.search([]))
        self.assertEqual(asked._find_aliases([alias]), [alias])
        with self.assertQueryCount(0):
            self.assertFalse(asked._find_aliases(["eve@nowhere.example"]))
            self.assertEqual(asked.search([]).ids, known.domains[self.env.uid, True])
        name = domains.search([], limit=1).name
        self.assertEqual(
            asked.search([("name", "=", name)]), domains.search([("name", "=", name)])
        )
        self.assertLessEqual(len(asked.search([], limit=1)), 1)

    def test_bounce_is_parked_and_threads_nowhere(self):
        ticket = self._receive(1)
        message = self._answer(ticket, self.agent)
        count = len(ticket.message_ids)
        raw = BOUNCE.format(
            to=self.team.alias_id.alias_full_name, ref=message.message_id
        )
        self.assertFalse(self.env["mail.thread"].message_process(None, raw))
        self.assertEqual(len(ticket.message_ids), count)
        self.assertEqual(self._outcomes()[-1], "automatic")

    # --- machines that answer --- #

    def _acknowledge(self):
        template = self.env["mail.template"].create(
            {
                "name": "Got it",
                "model_id": self.env["ir.model"]._get_id("helpdesk.ticket"),
                "subject": "Your ticket {{ object.number }}",
                "email_to": "{{ object.partner_email }}",
                "body_html": "<p>We have it.</p>",
                "auto_delete": False,
            }
        )
        self.stages["new"].mail_template_id = template

    def _acknowledged(self):
        return self.env["mail.mail"].search_count([("subject", "like", "Your ticket ")])

    def test_two_desks_stop_within_two_rounds(self):
        """The other desk makes a new mail, with another subject and id, of ours."""
        self._acknowledge()
        gateway = self.env(context={})["mail.thread"]
        rounds = 0
        while rounds < 10:
            before = self._acknowledged()
            raw = self._mail(rounds, subject=f"Case {rounds}", **STRANGER)
            self.assertTrue(gateway.message_process(None, raw))
            self.env.flush_all()
            self.env.cr.precommit.run()
            if self._acknowledged() == before:
                break
            rounds += 1
        self.assertEqual(rounds, 2)
        self.assertEqual(self._outcomes(), ["ticket"] * 3)

    def test_ticket_of_a_person_is_acknowledged(self):
        self._acknowledge()
        tickets = self.env(context={})["helpdesk.ticket"]
        for number in range(4):
            tickets.create(
                {
                    "name": f"Case {number}",
                    "description": "By phone.",
                    "team_id": self.team.id,
                    "partner_email": "eve@nowhere.example",
                }
            )
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.assertEqual(self._acknowledged(), 4)

    # --- new senders --- #

    def test_contact_by_policy(self):
        self.assertFalse(self._receive(1, **STRANGER).partner_id)
        self.team.service_new_sender = "contact"
        sender = {"sender": "new@gamma.example", "name": "Nora New"}
        ticket = self._receive(2, **sender)
        self.assertRecordValues(
            ticket.partner_id, [{"name": "Nora New", "email": "new@gamma.example"}]
        )
        self.assertEqual(
            ticket.message_ids.author_id & ticket.partner_id, ticket.partner_id
        )
        self.assertEqual(self._receive(3, **sender).partner_id, ticket.partner_id)

    def test_automatic_sender_becomes_no_contact(self):
        self.team.service_new_sender = "contact"
        self._receive(
            1, sender="bot@gamma.example", headers="Auto-Submitted: auto-generated\n"
        )
        self.assertFalse(
            self.env["res.partner"].search_count([("email", "=", "bot@gamma.example")])
        )

    # --- rights --- #

    def test_receipts_are_for_managers(self):
        self._receive(1)
        row = self.receipts.search([])
        self.assertEqual(row.with_user(self.manager).outcome, "ticket")
        with self.assertRaises(AccessError):
            row.with_user(self.agent).read(["subject"])
        with self.assertRaises(AccessError):
            row.with_user(self.manager).write({"outcome": "message"})

    def test_context_of_a_caller_releases_nothing(self):
        """Whoever hands in a mail over RPC cannot say that it was let in."""
        thread = self.env["mail.thread"].with_user(self.employee)
        thread.with_context(service_mail_release=True).message_process(
            None, self._mail(headers="Auto-Submitted: auto-generated\n")
        )
        self.assertEqual(self._outcomes(), ["automatic"])
