# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Two transactions settle one document, each in a cursor of its own."""

from psycopg2.errors import SerializationFailure

from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .common_race import TwoCursorsCase

# No such delivery: the rows made here meet nobody else's.
RES_ID = 2**31 - 7


@tagged("post_install", "-at_install")
class TestSettlementRace(TwoCursorsCase):
    def _get_leftovers(self):
        return SQL("DELETE FROM service_settlement WHERE res_id = %s", RES_ID)

    def _hold(self, number):
        env = self._get_env(number)
        env["service.settlement"]._hold(env["stock.picking"].browse(RES_ID))

    def _begin(self, number):
        """Take the transaction's snapshot, as its first query does."""
        self.cursors[number].execute("SELECT count(*) FROM service_settlement")

    def test_who_looked_before_the_other_committed_is_run_again(self):
        self._begin(1)
        self._hold(0)
        self.cursors[0].commit()
        with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
            self._hold(1)
        self.cursors[1].rollback()
        self._hold(1)
        self.cursors[1].execute(
            SQL("SELECT settlements FROM service_settlement WHERE res_id = %s", RES_ID)
        )
        self.assertEqual(self.cursors[1].fetchone(), (2,))

    def test_one_after_the_other(self):
        for number in (0, 1):
            self._hold(number)
            self.cursors[number].commit()
