# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta
from unittest.mock import patch

from odoo import SUPERUSER_ID, fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from odoo.addons.crm_subscription.tests.common import SubscriptionCommon


@tagged("post_install", "-at_install")
class TestStoredSubscriptions(SubscriptionCommon):
    """Subscription figures are stored by the section's declarations, told by rights."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.env.user)
        cls.contract = cls._subscribe(cls.today - timedelta(days=40))
        cls.contract.user_id = cls.manager
        cls.later = cls.env["res.partner"].create(
            {"name": "Later", "is_company": True, "user_id": cls.salesman.id}
        )
        cls._subscribe(cls.today + timedelta(days=3), partner=cls.later)
        cls.partners = cls.customer | cls.later | cls.other_customer
        status = cls.env["crm.customer.snapshot.status"].with_user(SUPERUSER_ID)
        status._found_companies()
        cls.status = status.search([("company_id", "=", cls.env.company.id)])
        cls.status._store(cls.partners.ids)
        now = cls.env.cr.now()
        cls.status.write({"watermark": now, "version": cls.status._version()})
        cls.env.flush_all()

    def _row(self, partner):
        rows = self.env["crm.customer.snapshot"].sudo()
        domain = [("partner_id", "=", partner.id)]
        return rows.search([*domain, ("company_id", "=", self.env.company.id)])

    def test_row_is_the_page(self):
        [answer] = self.customer.get_customer_360({"timeline_limit": 0})
        metrics = answer["sections"]["subscription"]["metrics"]
        row, compared = self._row(self.customer), 0
        for key, column in row._columns().items():
            section, _dot, name = key.partition(".")
            if section == "subscription":
                value = row[column.name]
                value = str(value) if column.type == "date" else value
                self.assertEqual(value, metrics[name]["value"], key)
                compared += 1
        self.assertEqual(compared, len(metrics))
        self.assertEqual(row.mrr, 100.0)

    def test_a_line_that_begins_by_the_calendar_asks_for_a_visit(self):
        """Nothing is entered on that day, and nothing else moves before it."""
        day = self.today + timedelta(days=3)
        section = self.env["crm.customer.section.subscription"]
        scope = self.partners._customer_scope({})
        self.assertEqual(section._next_changes(scope), {self.later.id: day})
        self.assertEqual(self._row(self.later).mrr, 0.0)
        # as if he had no figure at all: he would be visited after a week
        found = {partner_id: {} for partner_id in self.partners.ids}
        with patch.object(type(self.status), "_figures", return_value=found):
            self.status._store(self.partners.ids)
        self.assertEqual(self._row(self.later).next_visit, day)
        self.assertGreater(self._row(self.customer).next_visit, day)

    def test_a_changed_contract_asks_for_a_visit(self):
        env = self.status._full_env()
        section = env["crm.customer.section.subscription"]
        now = self.env.cr.now()
        for table in ("contract_contract", "contract_line"):
            self.env.cr.execute(  # pylint: disable=sql-injection
                f"UPDATE {table} SET write_date = '2020-01-01'"
            )
        self.env.invalidate_all()

        def changed():
            [watch] = section._watches(now - timedelta(hours=1), now)
            return self.status._watched(env, watch)

        self.assertFalse(changed())
        self.contract.contract_line_ids.write({"name": "Renamed"})
        self.env.flush_all()
        self.assertEqual(changed(), {self.customer.id})

    def _list(self, user, *conditions, **kwargs):
        model = self.env["res.partner"].with_user(user)
        return model.search([("id", "in", self.partners.ids), *conditions], **kwargs)

    def test_columns_filters_and_order(self):
        """Stored for who sees all contracts, live for who sees his own."""
        running = ("portfolio_active_contracts", ">", 0)
        found = self._list(self.reader, running)
        self.assertLessEqual(self.customer, found)
        self.assertNotIn(self.later, found)
        mine = self.customer.with_user(self.reader)
        self.assertEqual(mine.portfolio_mrr, 100.0)
        self.assertEqual(mine.portfolio_renewal_date, self.contract.date_end)
        soon = ("portfolio_renewal_date", "<=", str(self.contract.date_end))
        self.assertIn(self.customer, self._list(self.reader, soon))
        ordered = self._list(self.reader, order="portfolio_mrr desc, id")
        self.assertEqual(ordered[0], self.customer)
        # the contract is the manager's: the salesperson is told of none
        self.assertNotIn(self.customer, self._list(self.salesman, running))
        self.assertFalse(self.customer.with_user(self.salesman).portfolio_mrr)
        with self.assertRaises(ValueError):
            self._list(self.salesman, order="portfolio_mrr")

    def test_who_reads_no_contracts_is_told_nothing(self):
        user = new_test_user(self.env, "sub_stored_stock", "stock.group_stock_user")
        self.assertNotIn("portfolio_mrr", self._list(user).fields_get())
        for attempt in (
            lambda: self._list(user, ("portfolio_mrr", ">", 0)),
            lambda: self._list(user, order="portfolio_mrr"),
            lambda: self._list(user).read(["portfolio_mrr"]),
            lambda: self._row(self.customer).with_user(user).read(["mrr"]),
            lambda: self.env["crm.customer.snapshot"]
            .with_user(user)
            .search([("mrr", ">", 0)]),
        ):
            with self.assertRaises(AccessError):
                attempt()
        course = self.env["crm.customer.snapshot.day"].with_user(user).search([])
        self.assertNotIn("subscription.mrr", course.mapped("metric"))
