# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Whatever is typed or sent: no control characters, no endless text, no exception."""

import doctest
import unittest

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.crm_service_desk.engine import form_text

ANYTHING = st.one_of(
    st.text(), st.none(), st.integers(), st.binary(), st.floats(), st.just("\ud800a")
)


class TestFormText(unittest.TestCase):
    def test_examples(self):
        self.assertEqual(doctest.testmod(form_text).failed, 0)

    @given(ANYTHING, st.integers(0, 50))
    def test_text_can_be_stored(self, value, limit):
        text = form_text.clean_text(value, limit)
        self.assertLessEqual(len(text), limit)
        self.assertEqual(text.encode().decode(), text)
        self.assertNotIn("\x00", text)
        self.assertEqual(form_text.clean_text(text, limit), text)

    @given(ANYTHING)
    def test_line_has_no_break(self, value):
        line = form_text.clean_line(value, 50)
        self.assertNotRegex(line, r"[\r\n\x00]")

    @given(ANYTHING)
    def test_address_names_one_mailbox(self, value):
        address = form_text.clean_address(value)
        if address:
            self.assertEqual(address.count("@"), 1)
            self.assertNotRegex(address, r"[\s<>,;]")

    @given(ANYTHING)
    def test_ids_fit_the_database(self, value):
        self.assertIn(form_text.to_id(value), range(10**9))

    def test_addresses(self):
        for text, address in (
            ("ann@example.com", "ann@example.com"),
            ("ANN+x@Sub.Example.co.kr", "ann+x@sub.example.co.kr"),
            ("ann@example", ""),
            ("ann@@example.com", ""),
            ("ann@example.com\nbcc: eve@example.com", ""),
            ("ann@example.com, eve@example.com", ""),
            ('"x" <ann@example.com>', ""),
            ("a" * 250 + "@example.com", ""),
        ):
            self.assertEqual(form_text.clean_address(text), address, text)
