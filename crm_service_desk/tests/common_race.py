# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api
from odoo.modules.registry import Registry
from odoo.tests import TransactionCase


class TwoCursorsCase(TransactionCase):
    """Two transactions at once, each in a cursor of its own that commits for real.

    A subclass says which rows it leaves (:meth:`_get_leftovers`); they are deleted at
    the end. Its rows must meet nobody else's.
    """

    def setUp(self):
        super().setUp()
        registry = Registry(self.env.cr.dbname)
        self.cursors = [registry.cursor() for _number in range(2)]
        self.addCleanup(self._forget)

    def _get_env(self, number):
        """Return an environment of the first (0) or the second (1) transaction."""
        return api.Environment(self.cursors[number], self.uid, {})

    def _get_leftovers(self):
        """Return the statement that deletes what was committed (SQL)."""
        raise NotImplementedError

    def _forget(self):
        for cursor in self.cursors:
            cursor.rollback()
        cursor = self.cursors[0]
        cursor.execute(self._get_leftovers())
        cursor.commit()
        for cursor in self.cursors:
            cursor.close()
