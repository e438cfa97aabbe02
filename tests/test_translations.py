# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What our addons say is in their .pot files, and a Korean reader reads it in Korean.

The terms are those of Odoo's own export, read from the database of the tests: texts in
Python, JavaScript and XML, labels of fields, menus, views, templates of mails. The demo
company is not installed there.
"""

import re
from collections import defaultdict
from pathlib import Path

import polib

from odoo.tests import TransactionCase
from odoo.tools.translate import TranslationModuleReader

from suite.addons import Addons

ROOT = Path(__file__).resolve().parents[1]
ADDONS = Addons(ROOT)
# what people read of an addon's records; its labels of fields are our own, and stages
# and channels are what companies call them
RECORDS = (
    "model:ir.actions.",
    "model:ir.ui.menu,",
    "model:mail.",
    "model:res.groups",
    "model_terms:",
)
PLACEHOLDER = re.compile(r"%\(\w+\)[sdf]|%[sd]|\$\{\w+\}")


def catalogue(name, kind):
    """``{msgid: entry}`` of an addon's file; empty when it has none."""
    path = ADDONS.paths[name] / "i18n" / kind.format(name=name)
    if not path.exists():
        return {}
    entries = [entry for entry in polib.pofile(str(path)) if not entry.obsolete]
    found = {entry.msgid: entry for entry in entries}
    assert len(found) == len(entries), f"{path}: a term is there twice"
    return found


def places(entry):
    """External ids, and paths of files, that say it."""
    return [place.rsplit(":", 1)[-1] for place, _line in entry.occurrences]


def owners(entry):
    """The addons whose records say it: one's own, or others that we translate."""
    return {place.split(".")[0] for place in places(entry) if "/" not in place}


class TestTranslations(TransactionCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.terms = defaultdict(set)
        # and of addons of others without Korean: ours bring it
        modules = [*ADDONS.tested, *ADDONS.outside(ADDONS.tested)]
        reader = TranslationModuleReader(cls.env.cr, modules=modules)
        cls.places = defaultdict(set)
        for module, kind, name, res_id, source, _value, comments in reader:
            cls.terms[module].add(source)
            place = f"{kind}:{name}:{res_id}" if kind != "code" else ""
            cls.places[module].add((source, place, tuple(comments or ())))

    def test_each_place_is_named(self):
        """Odoo uses an entry for the records that it names, and in code of the
        languages that its comment names: elsewhere the text stays English."""
        for name in ADDONS.tested:
            korean = catalogue(name, "ko.po")
            missing = set()
            for source, place, comments in self.places[name]:
                entry = korean.get(source)
                if entry is None:
                    continue  # the other tests tell
                named = {path for path, _line in entry.occurrences}
                if place and place not in named:
                    missing.add((source, place))
                missing |= {
                    (source, comment)
                    for comment in comments
                    if comment not in entry.comment
                }
            with self.subTest(addon=name):
                self.assertEqual(sorted(missing), [])

    def test_the_helpdesk_of_oca_is_said_in_korean(self):
        """It brings no Korean: its menus, views and mails have ours."""
        said = {}
        for term, entry in catalogue("crm_service_desk", "ko.po").items():
            if entry.msgstr.strip():
                said[term] = {path for path, _line in entry.occurrences}
        missing = {
            (source, place)
            for source, place, _comments in self.places["helpdesk_mgmt"]
            if place.startswith(RECORDS) and place not in said.get(source, ())
        }
        self.assertTrue(self.places["helpdesk_mgmt"])
        self.assertEqual(sorted(missing), [])

    def _reflected(self):
        """``{name: terms}`` of all models and fields.

        They are exported for the addon that extended the model last, which depends on
        the order of installation.
        """
        found = {}
        for name, model in self.env.items():
            table = name.replace(".", "_")
            found[f"model_{table}"] = {model._description}
            for field in model._fields.values():
                found[f"field_{table}__{field.name}"] = {field.string, field.help}
        return found

    def _stale(self, name, entries):
        """Terms of a file that Odoo would not export, neither for the addon nor for
        the owner of the record, and that no model or field named beside them has."""
        reflected = self._reflected()
        return sorted(
            term
            for term, entry in entries.items()
            if not any(term in self.terms[owner] for owner in {name, *owners(entry)})
            and not any(
                term in reflected.get(place.partition(".")[2], ())
                for place in places(entry)
            )
        )

    def test_templates_hold_what_is_exported_and_nothing_else(self):
        """No text was added without its entry, none that is gone was left."""
        self.assertIn("crm_extension", self.terms)
        for name in ADDONS.tested:
            with self.subTest(addon=name):
                listed = catalogue(name, "{name}.pot")
                self.assertEqual(sorted(self.terms[name] - set(listed)), [], "missing")
                self.assertEqual(self._stale(name, listed), [], "stale")

    def test_all_is_said_in_korean(self):
        """Each term has a translation, of the same placeholders; none is left over."""
        for name in ADDONS.tested:
            korean = catalogue(name, "ko.po")
            with self.subTest(addon=name):
                said = {
                    t for t, e in korean.items() if e.msgstr.strip() and not e.fuzzy
                }
                self.assertEqual(sorted(self.terms[name] - said), [], "not in Korean")
                self.assertEqual(self._stale(name, korean), [], "stale")
            for term, entry in korean.items():
                with self.subTest(addon=name, term=term):
                    self.assertEqual(
                        sorted(set(PLACEHOLDER.findall(term))),
                        sorted(set(PLACEHOLDER.findall(entry.msgstr))),
                    )
