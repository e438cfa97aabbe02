# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date
from unittest.mock import patch

from odoo.tests import BaseCase, TransactionCase

from ..tools.obstacle import Obstacle, Texts, pack, unpack


class TestPack(BaseCase):
    def test_values_as_json_keeps_them(self):
        self.assertEqual(pack(3), 3)
        self.assertEqual(pack("x"), "x")
        self.assertEqual(pack(date(2026, 3, 1)), "2026-03-01")


class TestObstacle(TransactionCase):
    def test_record_by_its_name_now_or_the_last_one_known(self):
        partner = self.env["res.partner"].create({"name": "Hanbit"})
        kept = pack(partner)
        self.assertEqual(unpack(self.env, kept), "Hanbit")
        partner.name = "Hanbit Trading"
        self.assertEqual(unpack(self.env, kept), "Hanbit Trading")
        partner.unlink()
        self.assertEqual(unpack(self.env, kept), "Hanbit")
        self.assertEqual(unpack(self.env, dict(kept, model="no.such.model")), "Hanbit")
        self.assertEqual(pack(partner.browse())["name"], "")

    def test_obstacle_that_names_another_one(self):
        """Told by its code in the reader's language; as it was where that is gone."""
        inner = Obstacle(self.env, "crm_suite_base.unknown", day="2026-03-01")
        kept = Obstacle(self.env, "crm_suite_base.other", why=inner).values["why"]
        self.assertEqual(unpack(self.env, kept), "crm_suite_base.unknown")
        told = {"crm_suite_base.unknown": ("On %(day)s.", "Wait.")}
        incidents = type(self.env["crm.suite.incident"])
        with patch.object(incidents, "_get_messages", lambda self: told):
            self.assertEqual(unpack(self.env, kept), "On 2026-03-01.")

    def test_texts_in_the_language_of_who_reads(self):
        self.env["res.lang"]._activate_lang("ko_KR")
        kept, korean = pack(Texts(en_US="No.", ko_KR="아니요.")), {"lang": "ko_KR"}
        self.assertEqual(unpack(self.env(context=korean), kept), "아니요.")
        for context in ({}, {"lang": "en_US"}):
            self.assertEqual(unpack(self.env(context=context), kept), "No.")
        other = pack(Texts(en_US="No."))
        self.assertEqual(unpack(self.env(context=korean), other), "No.")
        self.assertEqual(unpack(self.env, pack(Texts(ko_KR="아니요."))), "아니요.")

    def test_unknown_code_says_its_code(self):
        error = Obstacle(self.env, "crm_suite_base.unknown", day="2026-03-01")
        self.assertEqual(str(error), "crm_suite_base.unknown")

    def test_reported_again_without_a_code_it_is_told_as_reported(self):
        """An old code must not be told of a new reason."""
        partner = self.env["res.partner"].create({"name": "Hanbit"})
        incidents = self.env["crm.suite.incident"]
        error = Obstacle(self.env, "crm_suite_base.unknown")
        first = incidents._report_obstacle(partner, "crm_suite_base.test", error)
        self.assertEqual(first.reason_code, "crm_suite_base.unknown")
        self.assertEqual(first.reason_told, "crm_suite_base.unknown")
        again = incidents._report(partner, "crm_suite_base.test", "No account.")
        self.assertEqual(again, first)
        self.assertFalse(again.reason_code)
        self.assertEqual(again.reason_told, "No account.")
