# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import tagged
from odoo.tools import SQL

from .common import CustomerCommon


@tagged("post_install", "-at_install")
class TestQueryShape(CustomerCommon):
    """Time must not grow with the documents of other customers."""

    def _sorting_sql(self, domain):
        model = self.env["account.move.line"]
        query = model._search([("partner_id", "=", self.customer.id)])
        figures = self.env["crm.customer.section.finance"]
        sql = figures._sorting_sql(model, domain, query)
        own = SQL.identifier(model._table, "id")
        rows = self.env.execute_query(query.select(own, sql))
        return sql.code, {row[0] for row in rows if row[1]}

    def test_paths_are_joins_and_sort_as_the_orm_does(self):
        self._invoice(100.0, 40)
        self._pay(self._invoice(50.0, 20))
        self._entry([(self.income, self.customer, -7.0), (self.receivable, False, 7.0)])
        model = self.env["account.move.line"]
        for domain in (
            [("move_id.move_type", "in", ("out_invoice", "out_refund"))],
            [("move_id.move_type", "not in", ("out_invoice", "out_refund"))],
            ["!", ("move_id.move_type", "=", "out_invoice")],
            [
                "|",
                ("move_id.move_type", "!=", "entry"),
                "&",
                ("account_id.internal_group", "=", "income"),
                ("journal_id.type", "not in", ("sale", "bank")),
            ],
            ["!", ("account_id.internal_group", "=", "income")],
            [("date", "<=", self.today), ("payment_id", "!=", False)],
        ):
            with self.subTest(domain):
                code, found = self._sorting_sql(domain)
                self.assertNotIn("SELECT", code)
                mine = [("partner_id", "=", self.customer.id)]
                self.assertEqual(found, set(model.search(mine + domain).ids))
