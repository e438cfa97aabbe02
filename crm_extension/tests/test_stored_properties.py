# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Whatever is entered between two passes, the stored rows are the pages."""

from hypothesis import given

from odoo import fields
from odoo.tests import tagged

from .ledger_common import LedgerCommon, few_examples
from .ledger_history import histories, trees
from .test_stored import StoredCommon

#: What the page says of who has no row.
NOTHING = (0, False, None, "prospect")


@tagged("post_install", "-at_install")
class TestStoredProperties(LedgerCommon, StoredCommon):
    @few_examples
    @given(first=histories, second=histories, reshaped=trees)
    def test_rows_are_the_pages(self, first, second, reshaped):
        with self._rolled_back():
            books = self._history()
            books.book(first)
            self._check_rows()
            self._all_quiet()
            books.book(second)
            for tree in reshaped:
                books.reshape(tree)
            self._check_rows()

    def _check_rows(self):
        """Do a pass; compare each column of each customer's row with his page."""
        self._pass()
        everyone = self.customer + self.contact + self.other + self.person
        partners = everyone.exists().commercial_partner_id
        asked = partners.with_user(self.env.ref("base.user_root")).sudo()
        asked = asked.with_context(allowed_company_ids=self.company.ids)
        self.env.flush_all()
        for partner in asked:
            [answer] = partner.get_customer_360(
                {"timeline_limit": 0, "include": ["metrics", "header"]}
            )
            self._check_row(partner, answer)

    def _check_row(self, partner, answer):
        row = self._row(partner)
        for key, field in self.rows._columns().items():
            value = self._list_value(answer, key)
            if not row:
                self.assertIn(value, NOTHING, (partner.name, key))
                continue
            stored = row[field.name]
            if field.type == "date":
                stored = fields.Date.to_string(stored) if stored else False
            name = (partner.name, key)
            if isinstance(value, float):
                self.assertAlmostEqual(stored, value, 2, name)
            else:
                self.assertEqual(stored or 0, value or 0, name)
