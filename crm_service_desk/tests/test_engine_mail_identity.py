# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import email.policy
import unittest
from email.message import EmailMessage

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.crm_service_desk.engine import mail_identity

TEXT = st.text(
    st.characters(
        blacklist_categories=("Cs", "Cc"), blacklist_characters="\u2028\u2029\x85"
    ),
    min_size=1,
    max_size=60,
)


def make(text="It leaks.", **headers):
    mail = EmailMessage(policy=email.policy.SMTP)
    values = {
        "From": "Ann <ann@alpha.example.com>",
        "To": "desk@example.com",
        "Date": "Fri, 20 Nov 2026 15:00:00 +0000",
        "Subject": "Pump leaks",
        "Message-Id": "<1@alpha.example.com>",
    }
    for name, value in {**values, **headers}.items():
        if value:
            mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail


class TestFingerprint(unittest.TestCase):
    @given(TEXT)
    def test_the_way_does_not_count(self, text):
        """Equal mails have equal marks, however they travelled and were encoded."""
        mail = make(text)
        raw = mail.as_bytes()
        travelled = (
            b"Return-Path: <ann@alpha.example.com>\r\nDelivered-To: a@b.example\r\n"
            b"Received: from mx by desk; Fri, 20 Nov 2026 15:00:09 +0000\r\n" + raw
        )
        self.assertEqual(
            mail_identity.fingerprint(raw), mail_identity.fingerprint(travelled)
        )
        encoded = make(text)
        encoded.set_content(text, cte="base64")
        self.assertEqual(
            mail_identity.fingerprint(raw),
            mail_identity.fingerprint(encoded.as_bytes()),
        )

    @given(TEXT, TEXT)
    def test_what_is_said_counts(self, one, two):
        """An equal id does not make two texts one mail."""
        same = " ".join(one.split()) == " ".join(two.split())
        marks = [
            mail_identity.fingerprint(make(text).as_bytes()) for text in (one, two)
        ]
        self.assertEqual(marks[0] == marks[1], same)

    def test_every_fact_counts(self):
        mark = mail_identity.fingerprint(make().as_bytes())
        for change in (
            {"From": "eve@alpha.example.com"},
            {"Date": "Fri, 20 Nov 2026 15:00:01 +0000"},
            {"Subject": "Pump leaks again"},
            {"Message_Id": "<2@alpha.example.com>"},
            {"Message_Id": ""},
        ):
            with self.subTest(change=change):
                change = {k.replace("_", "-"): v for k, v in change.items()}
                other = make(**change).as_bytes()
                self.assertNotEqual(mark, mail_identity.fingerprint(other))

    def test_files_count(self):
        mails = []
        for content in (b"one", b"two"):
            mail = make()
            mail.add_attachment(content, "image", "png", filename="x.png")
            mail.set_boundary("edge")
            mails.append(mail_identity.fingerprint(mail.as_bytes()))
        self.assertNotEqual(*mails)

    def test_another_id(self):
        raw = mail_identity.with_message_id(make().as_bytes(), "<new@desk>")
        self.assertEqual(mail_identity.message_id(raw), "<new@desk>")
        self.assertIn(b"X-Original-Message-Id: <1@alpha.example.com>", raw)
        self.assertEqual(mail_identity.message_id(b"Subject: x\n\nx"), "")


class TestSubject(unittest.TestCase):
    def test_numbers(self):
        for subject, words in (
            ("Re: [#HT00012] Pump leaks", ["HT00012"]),
            ("RE: HT00012 - Pump leaks", ["HT00012"]),
            ("AW: AW: Ticket (HT00012): Pumpe", ["HT00012"]),
            ("회신: [HT00012] 펌프 누수", ["HT00012"]),
            ("Pump leaks", []),
            ("", []),
            (None, []),
        ):
            with self.subTest(subject=subject):
                self.assertEqual(mail_identity.subject_words(subject), words)

    @given(st.text(max_size=300))
    def test_any_subject(self, subject):
        words = mail_identity.subject_words(subject)
        self.assertLessEqual(len(words), 20)
        self.assertTrue(all(any(c.isdigit() for c in word) for word in words))

    @given(st.integers(min_value=0, max_value=2000), st.integers(1, 1500))
    def test_parts_are_counted_up_to_the_limit(self, parts, limit):
        raw = b"Subject: x\r\n\r\n" + b"--edge\r\n\r\nx\r\n" * parts
        self.assertEqual(mail_identity.count_parts(raw, limit), min(parts, limit))
