# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import doctest
import re
import unittest

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.crm_service_desk.engine import phone
from odoo.addons.crm_service_desk.engine.phone import canonical

national = st.from_regex(r"[1-9][0-9]{8,9}", fullmatch=True)
codes = st.sampled_from([33, 44, 49, 81, 82, 86])


class TestPhone(unittest.TestCase):
    def test_doctests(self):
        self.assertEqual(doctest.testmod(phone).failed, 0)

    def test_ways_to_write_it(self):
        for text, expected in (
            ("010-1234-5678", "+821012345678"),
            ("010.1234.5678", "+821012345678"),
            ("+82-10-1234-5678", "+821012345678"),
            ("+82 (0)10 1234 5678", "+821012345678"),
            ("(+82) 10 1234 5678", "+821012345678"),
            ("82 10 1234 5678", "+821012345678"),
            ("02) 1234-5678", "+82212345678"),
            ("02-1234-5678 내선 12", "+82212345678"),
            ("02-1234-5678 ext. 12", "+82212345678"),
            ("+1 212 555 0123", "+12125550123"),
            ("1588-1234", "15881234"),
            ("4711", "4711"),
            ("", ""),
            (False, ""),
        ):
            self.assertEqual(canonical(text, 82), expected, text)
        self.assertEqual(canonical("06 6982 1234", 39), "+390669821234")

    @given(national, codes)
    def test_all_ways_are_one_number(self, digits, code):
        ways = {
            canonical(text, code)
            for text in (
                f"0{digits}",
                f"0{digits[:2]}-{digits[2:5]}-{digits[5:]}",
                f"+{code}{digits}",
                f"+{code} (0) {digits}",
                f"00{code} {digits}",
                f"{code}{digits}",
            )
        }
        self.assertEqual(ways, {f"+{code}{digits}"})

    @given(national, codes, codes)
    def test_with_its_country_it_is_the_same_from_everywhere(self, digits, code, here):
        self.assertEqual(canonical(f"+{code}{digits}", here), f"+{code}{digits}")

    @given(st.text(max_size=40), st.sampled_from([0, 1, 39, 82]))
    def test_any_text(self, text, code):
        found = canonical(text, code)
        self.assertTrue(re.fullmatch(r"\+?[0-9]*", found))
        self.assertEqual(canonical(found, code), found if found != "+" else "")
