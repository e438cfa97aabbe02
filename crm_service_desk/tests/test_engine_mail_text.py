# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64
import doctest
import email
import email.policy
import unittest

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.crm_service_desk.engine import mail_text


def encoded(data):
    return b"=?utf-8?B?" + base64.b64encode(data) + b"?="


def parse(raw):
    return email.message_from_bytes(raw, policy=email.policy.SMTP)


class TestAutomatic(unittest.TestCase):
    def why(self, *lines):
        head = "\r\n".join(lines) + "\r\n\r\nx"
        return mail_text.why_automatic(parse(head.encode()))

    def test_people(self):
        self.assertEqual(self.why("From: a@b.c", "Subject: Pump out of order"), "")
        self.assertEqual(self.why("From: a@b.c", "Auto-Submitted: no"), "")
        self.assertEqual(self.why("From: a@b.c", "Return-Path: <a@b.c>"), "")
        for line in ("Auto-Submitted: no (human)", "Auto-Submitted: No; x=y"):
            self.assertEqual(self.why("From: a@b.c", line), "", line)

    def test_people_write_about_automatic_answers(self):
        for subject in (
            "Automatic reply does not work any more",
            "Automatic response valve leaks",
            "Out of office hours the door opens by itself",
            "자동응답기가 고장났습니다",
            "부재중 전화 알림이 안 옵니다",
        ):
            coded = "=?utf-8?B?" + base64.b64encode(subject.encode()).decode() + "?="
            self.assertEqual(self.why("From: a@b.c", f"Subject: {coded}"), "", subject)
            # Nobody's answer begins like this.
            answer = ("From: a@b.c", f"Subject: {coded}", "In-Reply-To: <x@y>")
            self.assertEqual(self.why(*answer), "subject", subject)

    def test_exchange_marks_mail_of_people_too(self):
        self.assertEqual(self.why("From: a@b.c", "X-Auto-Response-Suppress: All"), "")

    def test_machines(self):
        for line, mark in (
            ("Auto-Submitted: auto-replied", "auto-submitted"),
            ("Auto-Submitted: auto-generated (rejected)", "auto-submitted"),
            ("X-Autoreply: yes", "x-autoreply"),
            ("X-Autorespond: out of office", "x-autorespond"),
            ("Precedence: bulk", "precedence"),
            ("Return-Path: <>", "return-path"),
            ("X-Failed-Recipients: x@y.z", "x-failed-recipients"),
            ("Content-Type: multipart/report; boundary=x", "report"),
            ("Subject: Out of Office: Re: pump", "subject"),
            ("Subject: Automatic reply: pump", "subject"),
            ("Subject: [Out of the office] pump", "subject"),
            ("Subject: Auto-Response", "subject"),
            ("Subject: =?utf-8?B?67aA7J6sIOykkSDsnpDrj5kg7ZqM7Iug?=", "subject"),
        ):
            self.assertEqual(self.why("From: a@b.c", line), mark, line)
        self.assertEqual(self.why("From: MAILER-DAEMON@b.c"), "robot")


class TestRepair(unittest.TestCase):
    def mail(
        self, subject=b"Hello", sender=b"Bob <bob@x.test>", charset=b"utf-8", body=b"hi"
    ):
        return (
            b"From: "
            + sender
            + b"\r\nTo: desk@x.test\r\nSubject: "
            + subject
            + b"\r\nContent-Type: text/plain; charset="
            + charset
            + b"\r\n\r\n"
            + body
        )

    def test_good_mail_is_not_touched(self):
        raw = self.mail(subject=encoded("Réclamation 고장".encode()))
        self.assertIs(mail_text.repair(raw), raw)

    def test_unknown_charset(self):
        raw = mail_text.repair(self.mail(charset=b"x-unknown", body=b"caf\xe9"))
        self.assertEqual(parse(raw).get_content().strip(), "café")
        raw = mail_text.repair(self.mail(charset=b"x-unknown", body="고장".encode()))
        self.assertEqual(parse(raw).get_content().strip(), "고장")

    def test_nul_in_subject(self):
        for subject in (b"a\x00b", encoded(b"a\x00b")):
            raw = mail_text.repair(self.mail(subject=subject))
            self.assertEqual(str(parse(raw)["subject"]), "ab")

    def test_line_break_in_sender(self):
        sender = encoded(b"Bob\nBcc: victim@y.test") + b" <bob@x.test>"
        message = parse(mail_text.repair(self.mail(sender=sender)))
        self.assertEqual(message["from"].addresses[0].addr_spec, "bob@x.test")
        self.assertEqual(len(message["from"].addresses), 1)
        self.assertIsNone(message["bcc"])

    @given(st.binary(max_size=300))
    def test_any_bytes(self, noise):
        """Whatever comes in, looking at it raises nothing."""
        raw = self.mail(subject=noise.replace(b"\r", b"").replace(b"\n", b""))
        repaired = mail_text.repair(raw)
        mail_text.why_automatic(email.message_from_bytes(repaired))
        self.assertIn("desk@x.test", mail_text.recipients(raw))

    def test_recipients_and_references(self):
        raw = (
            b"To: Desk <desk@x.test>,\r\n other@x.test\r\nCc: Third@X.test\r\n"
            b"References: <1-openerp-5-helpdesk.ticket@h>\r\n\r\nTo: no@x.test"
        )
        self.assertEqual(
            mail_text.recipients(raw), {"desk@x.test", "other@x.test", "third@x.test"}
        )
        self.assertIn("-helpdesk.ticket@", mail_text.references(raw))


class TestTokens(unittest.TestCase):
    def test_doctests(self):
        self.assertEqual(doctest.testmod(mail_text).failed, 0)

    def test_words_of_their_own(self):
        find = mail_text.find_tokens
        self.assertEqual(find("My AB-12, leaks", ["AB-12"]), ["AB-12"])
        self.assertEqual(find("AB-123 XAB-12", ["AB-12"]), [])
        self.assertEqual(find("<b>ab-12</b>&nbsp;leaks", ["AB-12"]), ["AB-12"])
        self.assertEqual(find("S/N:WH/OUT/00007.", ["WH/OUT/00007"]), ["WH/OUT/00007"])
        self.assertEqual(find("일련번호 AB-12가 고장", ["AB-12"]), ["AB-12"])

    def test_longest_at_one_place(self):
        self.assertEqual(
            mail_text.find_tokens("AB-12-7 broke", ["AB-12", "AB-12-7"]), ["AB-12-7"]
        )

    def test_nothing_is_offered(self):
        self.assertEqual(mail_text.find_tokens("AB-12", []), [])
        self.assertEqual(mail_text.find_tokens("AB-12", ["", " "]), [])

    @given(st.text(max_size=200), st.lists(st.text(max_size=10), max_size=5))
    def test_only_what_was_offered(self, text, candidates):
        found = mail_text.find_tokens(text, candidates)
        self.assertTrue(set(found) <= set(candidates))
