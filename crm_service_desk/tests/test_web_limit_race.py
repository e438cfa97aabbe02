# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Two processes count the same sender, each in a transaction of its own."""

from psycopg2.errors import SerializationFailure

from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .common_race import TwoCursorsCase

# A kind of its own: the rows made here meet nobody else's.
KIND = "race-test"


@tagged("post_install", "-at_install")
class TestWebLimitRace(TwoCursorsCase):
    def _get_leftovers(self):
        return SQL("DELETE FROM service_web_limit WHERE kind = %s", KIND)

    def _take(self, number):
        limits = self._get_env(number)["service.web.limit"]
        return limits._take(KIND, "eve@example.com", 1)

    def test_none_of_two_at_once_is_overlooked(self):
        """Odoo runs a request again that meets another: then it is counted."""
        self.cursors[1].execute("SELECT count(*) FROM service_web_limit")
        self.assertTrue(self._take(0))
        self.cursors[0].commit()
        with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
            self._take(1)
        self.cursors[1].rollback()
        self.assertFalse(self._take(1), "one was allowed, and one was taken")
