# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Two processes count the same sender, each in a transaction of its own."""

from psycopg2.errors import SerializationFailure

from odoo import api
from odoo.modules.registry import Registry
from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL, mute_logger

# A kind of its own: the rows made here meet nobody else's.
KIND = "race-test"


@tagged("post_install", "-at_install")
class TestWebLimitRace(TransactionCase):
    def setUp(self):
        super().setUp()
        registry = Registry(self.env.cr.dbname)
        self.cursors = [registry.cursor() for _number in range(2)]
        self.addCleanup(self._forget)

    def _forget(self):
        for cursor in self.cursors:
            cursor.rollback()
        cursor = self.cursors[0]
        cursor.execute(SQL("DELETE FROM service_web_limit WHERE kind = %s", KIND))
        cursor.commit()
        for cursor in self.cursors:
            cursor.close()

    def _take(self, number):
        env = api.Environment(self.cursors[number], self.uid, {})
        return env["service.web.limit"]._take(KIND, "eve@example.com", 1)

    def test_none_of_two_at_once_is_overlooked(self):
        """Odoo runs a request again that meets another: then it is counted."""
        self.cursors[1].execute("SELECT count(*) FROM service_web_limit")
        self.assertTrue(self._take(0))
        self.cursors[0].commit()
        with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
            self._take(1)
        self.cursors[1].rollback()
        self.assertFalse(self._take(1), "one was allowed, and one was taken")
