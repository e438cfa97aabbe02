# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import psycopg2

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, new_test_user
from odoo.tools import mute_logger


class TestClientKey(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(
            cls.env, "key_user", groups="base.group_user,base.group_partner_manager"
        )
        cls.keys = cls.env["crm.suite.client.key"].with_user(cls.user)
        cls.company = cls.env.company

    def _make(self, name="A"):
        return (
            lambda: self.env["res.partner"].with_user(self.user).create({"name": name})
        )

    def _answer(self, key, payload, make=None, company=None):
        return self.keys._answer(
            "res.partner", company or self.company, key, payload, make or self._make()
        )

    def test_same_key_answers_the_same_record(self):
        first = self._answer("k1", {"name": "A", "n": 1})
        self.assertEqual(self._answer("k1", {"n": 1, "name": "A"}), first)
        self.assertEqual(first.env.uid, self.user.id)

    def test_other_payload_is_refused(self):
        self._answer("k1", {"name": "A"})
        with self.assertRaisesRegex(UserError, "k1"):
            self._answer("k1", {"name": "B"})

    def test_without_key_each_call_makes_a_record(self):
        for absent in (None, False, ""):
            self.assertNotEqual(self._answer(absent, {}), self._answer(absent, {}))

    def test_keys_count_per_company_and_model(self):
        first = self._answer("k1", {})
        other = self.env["res.company"].create({"name": "Other"})
        self.assertNotEqual(self._answer("k1", {}, company=other), first)

    def test_key_that_is_no_short_text_is_refused(self):
        for wrong in (7, "x" * 201, ["k"]):
            with self.assertRaisesRegex(UserError, "client_key"):
                self._answer(wrong, {})

    def test_failure_to_make_leaves_no_key(self):
        def fail():
            raise ValueError("no")

        with self.assertRaises(ValueError), self.env.cr.savepoint():
            self._answer("k1", {}, make=fail)
        self.assertTrue(self._answer("k1", {}))

    def test_record_that_is_gone_is_told(self):
        self._answer("k1", {}).sudo().unlink()
        with self.assertRaisesRegex(UserError, "k1"):
            self._answer("k1", {})

    def test_record_that_the_caller_may_not_read_is_not_answered(self):
        self._answer("k1", {})
        portal = new_test_user(self.env, "key_portal", groups="base.group_portal")
        with self.assertRaises(AccessError):
            self.env["crm.suite.client.key"].with_user(portal)._answer(
                "res.partner", self.company, "k1", {}, self._make()
            )

    def test_users_can_neither_read_nor_write_keys(self):
        self._answer("k1", {})
        with self.assertRaises(AccessError):
            self.keys.search([]).mapped("key")
        with self.assertRaises(AccessError):
            self.keys.create({"company_id": 1, "model": "m", "key": "k"})

    def test_the_database_forbids_a_second_row(self):
        self._answer("k1", {})
        row = self.env["crm.suite.client.key"].search([("key", "=", "k1")])
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.IntegrityError):
            row.copy()

    def test_old_keys_are_forgotten(self):
        self._answer("old", {})
        self._answer("new", {})
        self.env.flush_all()
        old = self.env["crm.suite.client.key"].search([("key", "=", "old")])
        # create_date cannot be set through the ORM
        self.env.cr.execute(
            "UPDATE crm_suite_client_key SET create_date = %s WHERE id = %s",
            (fields.Datetime.subtract(fields.Datetime.now(), days=91), old.id),
        )
        old.invalidate_recordset()
        keys = self.env["crm.suite.client.key"]
        self.assertEqual(keys._gc_client_keys(), (1, 0))
        self.assertEqual(keys.search([]).mapped("key"), ["new"])
