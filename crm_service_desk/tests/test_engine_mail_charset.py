# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Raw mails of any bytes are read without raising; texts get their charset."""

import doctest
import email
import unittest

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.crm_service_desk.engine import (
    criteria,
    mail_charset,
    mail_identity,
    mail_text,
)

# Bytes that look like mails more often than chance would have it.
pieces = st.sampled_from(
    [
        b"From: ",
        b"Subject: ",
        b"=?utf-8?B?",
        b"=?euc-kr?Q?",
        b"?=",
        b"\r\n",
        b"\n\n",
        b"Content-Type: multipart/mixed; boundary=e\n",
        b"Content-Type: text/plain; charset=",
        b"charset*0*=ks_c",
        b"Content-Transfer-Encoding: base64\n",
        b"--e\n",
        b"--e--",
        b"Message-ID: <",
        b"References: ",
        b"a@b.example",
        "기계".encode("cp949"),
        b"\x00",
    ]
)
raws = st.lists(st.one_of(pieces, st.binary(max_size=20)), max_size=40).map(b"".join)


class TestAnyBytes(unittest.TestCase):
    def test_doctests(self):
        for module in (mail_charset, criteria):
            self.assertEqual(doctest.testmod(module).failed, 0)

    @given(raws)
    def test_nothing_raises(self, raw):
        self.assertEqual(len(mail_identity.fingerprint(raw)), 64)
        mail_text.recipients(raw)
        mail_text.references(raw)
        mail_identity.message_id(raw)
        message = email.message_from_bytes(mail_text.repair(raw))
        self.assertIsInstance(mail_text.why_automatic(message), str)
        name = mail_text.header(message, "Subject")
        self.assertFalse(set(name) & set("\r\n\x00"))

    @given(st.binary(max_size=200), st.sampled_from(["", "euc-kr", "x-none", "utf-8"]))
    def test_better_charset_reads(self, body, declared):
        charset = mail_charset.better(declared, body)
        if charset:
            body.decode(charset)

    @given(
        st.text(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), min_size=2)
    )
    def test_korean_is_found(self, text):
        """Whatever is declared: nothing, another one, or one that nobody knows."""
        for declared in ("", "us-ascii", "euc-kr", "x-none"):
            for real in ("utf-8", "cp949"):
                body = text.encode(real)
                charset = mail_charset.better(declared, body) or declared
                if declared == "euc-kr" and real == "utf-8":
                    # UTF-8 can be read as EUC-KR by chance: what is declared counts.
                    continue
                if real == "cp949" and mail_charset.better("", body) == "utf-8":
                    continue
                self.assertEqual(body.decode(charset), text, (declared, real))
