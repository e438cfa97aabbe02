# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import datetime

from odoo.exceptions import UserError
from odoo.tests import TransactionCase

from ..tools.options import Option, check_ids, check_options

SPEC = {
    "scope": Option("str", choices=("contact", "entity")),
    "limit": Option("int", minimum=1, maximum=500),
    "rate": Option("float", minimum=0),
    "since": Option("date"),
    "at": Option("datetime"),
    "company_ids": Option("ids"),
    "kinds": Option("strs", choices=("a", "b")),
    "dry": Option("bool"),
    "extra": Option("dict"),
    "rows": Option("list", maximum=2),
}


class TestOptions(TransactionCase):
    def _refused(self, options, *words, spec=None):
        with self.assertRaises(UserError) as caught:
            check_options(self.env, options, spec or SPEC)
        for word in words:
            self.assertIn(word, str(caught.exception))

    def test_absent_options_are_none_given(self):
        for absent in (None, False, {}):
            self.assertEqual(check_options(self.env, absent, SPEC), {})

    def test_values_are_converted(self):
        given = {
            "scope": "entity",
            "limit": 500,
            "rate": 2,
            "since": "2026-02-28",
            "at": "2026-02-28 23:59:59",
            "company_ids": [3, 1, 3],
            "kinds": ["b"],
            "dry": False,
            "extra": {"x": 1},
            "rows": (1, 2),
        }
        self.assertEqual(
            check_options(self.env, given, SPEC),
            {
                "scope": "entity",
                "limit": 500,
                "rate": 2.0,
                "since": datetime.date(2026, 2, 28),
                "at": datetime.datetime(2026, 2, 28, 23, 59, 59),
                "company_ids": (3, 1),
                "kinds": ("b",),
                "dry": False,
                "extra": {"x": 1},
                "rows": [1, 2],
            },
        )

    def test_unknown_key_is_refused_by_name_and_known_ones_are_told(self):
        self._refused({"scpoe": "entity"}, "options", "scpoe", "scope")

    def test_missing_key_is_refused_by_name(self):
        self._refused({}, "until", spec={"until": Option("date", required=True)})

    def test_not_a_dictionary_is_refused(self):
        self._refused(["scope"], "options", "scope")

    def test_wrong_types_are_refused_with_key_and_value(self):
        wrong = {
            "scope": 7,
            "limit": "7",
            "rate": "7",
            "since": "28/02/2026",
            "at": "2026-02-28",
            "company_ids": 1,
            "kinds": "a",
            "dry": 1,
            "extra": [],
            "rows": {},
        }
        for key, value in wrong.items():
            with self.subTest(key=key):
                self._refused({key: value}, key, str(value))

    def test_edges_of_types_are_refused(self):
        for key, value in (
            ("limit", True),
            ("rate", float("nan")),
            ("rate", float("inf")),
            ("rate", False),
            ("since", "2026-02-30"),
            ("since", "2026-02-28 10:00:00"),
            ("at", "2026-02-28 25:00:00"),
            ("company_ids", ["1"]),
            ("company_ids", [0]),
            ("company_ids", [2**31]),
            ("company_ids", [True]),
            ("kinds", [1]),
            ("limit", 10**30),
            ("rate", 10**400),
            ("since", "0001-01-01"),
            ("since", "9999-12-31"),
            ("at", "9999-12-31 23:59:59"),
            ("scope", "\x00"),
            ("scope", "\ud800"),
            ("kinds", ["\x00"]),
        ):
            with self.subTest(key=key, value=value):
                self._refused({key: value}, key)

    def test_values_out_of_range_are_refused(self):
        for key, value in (
            ("scope", "group"),
            ("limit", 0),
            ("limit", 501),
            ("rate", -0.01),
            ("kinds", ["a", "c"]),
            ("rows", [1, 2, 3]),
        ):
            with self.subTest(key=key, value=value):
                self._refused({key: value}, key)

    def test_a_refusal_is_one_short_line(self):
        """Whatever was sent: it is neither sent back in full nor does it stop us."""
        deep = []
        for _level in range(900):
            deep = [deep]
        for value in ("x" * 10**7, [0] * 10**6, deep, "\x00\ud800\n"):
            for options in ({"limit": value}, value):
                with self.assertRaises(UserError) as caught:
                    check_options(self.env, options, SPEC)
                text = str(caught.exception)
                self.assertLess(len(text), 400)
                self.assertTrue(text.isprintable(), text)
        many = dict.fromkeys((f"key{number}" for number in range(10**5)), 1)
        for options in (many, {"\x00" * 10**6: 1}):
            with self.assertRaises(UserError) as caught:
                check_options(self.env, options, SPEC)
            self.assertLess(len(str(caught.exception)), 3000)

    def test_what_is_no_id_is_named(self):
        partners = self.env["res.partner"]
        for ids in (("7",), (1.5,), (None,), (0,), (-1,), (2**31,), ([1],), ({},)):
            with self.assertRaisesRegex(UserError, "ids.*res.partner"):
                check_ids(partners.browse(ids))

    def test_ids_that_do_not_exist_are_named(self):
        partner = self.env["res.partner"].create({"name": "A"})
        self.assertEqual(check_ids(partner), partner)
        gone = self.env["res.partner"].create({"name": "B"})
        gone.unlink()
        with self.assertRaisesRegex(UserError, str(gone.id)):
            check_ids(partner + gone)
        with self.assertRaisesRegex(UserError, "res.partner"):
            check_ids(partner.browse())
