# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, freeze_time, new_test_user, tagged

from odoo.addons.crm_extension.engine.scope import MAX_NAMED

from .common import CustomerCommon
from .test_rights import ALL_DOCUMENTS


@tagged("post_install", "-at_install")
class TestScope(CustomerCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.subsidiary = cls._make_customer("Northwind Nord", parent_id=cls.customer.id)
        cls._invoice(100.0, partner=cls.customer)
        cls._invoice(20.0, partner=cls.contact)
        cls._invoice(3.0, partner=cls.subsidiary)

    def test_entity_holds_its_contacts(self):
        for partner in (self.customer, self.contact):
            values = self._values(partners=partner)
            self.assertEqual(values["revenue"], 120.0)
            self.assertEqual(values["net_invoiced"], 120.0)

    def test_contact_has_own_documents_and_no_ledger(self):
        values = self._values(partners=self.contact, scope="contact")
        self.assertNotIn("revenue", values)
        self.assertNotIn("receivable", values)
        self.assertEqual(values["net_invoiced"], 20.0)
        self.assertEqual(values["open_invoices"], 20.0)
        self.assertEqual(values["overdue_1_30"], 20.0)

    def test_group_is_the_whole_tree(self):
        for partner in (self.customer, self.contact, self.subsidiary):
            values = self._values(partners=partner, scope="group")
            self.assertEqual(values["revenue"], 123.0)
            self.assertEqual(values["receivable"], 123.0)

    def test_subsidiary_is_its_own_entity(self):
        values = self._values(partners=self.subsidiary)
        self.assertEqual(values["revenue"], 3.0)

    def test_archived_contacts_count(self):
        self.contact.action_archive()
        self.assertEqual(self._values()["revenue"], 120.0)

    def test_manual_entry_on_a_contact_counts_for_the_entity(self):
        account = self.receivable
        self._entry([(self.income, self.contact, -7), (account, self.contact, 7)])
        self.assertEqual(self._values()["revenue"], 127.0)

    def test_many_members_have_a_short_domain(self):
        """Beyond a number of contacts the domain names their head; same figure."""
        self.env["res.partner"].create(
            [
                {"name": f"Contact {i}", "parent_id": self.customer.id}
                for i in range(MAX_NAMED + 1)
            ]
        )
        for scope, revenue in (("entity", 120.0), ("group", 123.0)):
            with self.subTest(scope=scope):
                answer = self._ask(scope=scope)[0]
                metric = answer["sections"]["finance"]["metrics"]["revenue"]
                self.assertEqual(metric["value"], revenue)
                self.assertLess(len(str(metric["domain"])), 600)
                self.assertGreater(self.assertAllDrillDowns(answer), 25)

    def test_a_contact_that_moved_leaves_its_history(self):
        """Figures follow the journal items; a notice tells of it; totals stay."""
        before = [
            answer["sections"]["finance"]["metrics"]["revenue_total"]["value"]
            for answer in self._ask(self.customer + self.other)
        ]
        self.contact.parent_id = self.other
        answers = self._ask(self.customer + self.other)
        after = [
            answer["sections"]["finance"]["metrics"]["revenue_total"]["value"]
            for answer in answers
        ]
        self.assertEqual(sum(before), sum(after))
        self.assertEqual(after[0], 120.0)
        self.assertTrue(any("another: 1." in n for n in answers[0]["notices"]))
        self.assertFalse(answers[1]["notices"])

    def test_batch_equals_one_by_one(self):
        partners = self.customer + self.other + self.subsidiary + self.contact
        with freeze_time(fields.Datetime.now()):
            batch = self._ask(partners)
            alone = [self._ask(partner)[0] for partner in partners]
        self.assertEqual([a["partner_id"] for a in batch], partners.ids)
        for together, single in zip(batch, alone, strict=True):
            self.assertEqual(together["sections"], single["sections"])


@tagged("post_install", "-at_install")
class TestCompanies(CustomerCommon, HttpCase):
    """Two companies of different currencies: the consolidated figure is the sum of
    the converted parts, past revenue at its day's rate, open balances at today's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.foreign = cls.env["res.currency"].create(
            {"name": "YYY", "symbol": "Y", "rounding": 0.01}
        )
        for days_ago, rate in ((1000, 2.0), (5, 4.0)):
            cls.env["res.currency.rate"].create(
                {
                    "currency_id": cls.foreign.id,
                    "company_id": False,
                    "name": cls._day(days_ago),
                    "rate": rate,
                }
            )
        cls.second = cls.setup_other_company(name="Second", currency_id=cls.foreign.id)[
            "company"
        ]
        cls.companies = cls.company + cls.second
        cls.env.user.company_ids |= cls.second

    def _foreign_invoice(self, amount, days_ago):
        journal = self.env["account.journal"].search(
            [("company_id", "=", self.second.id), ("type", "=", "sale")], limit=1
        )
        return self._invoice(
            amount,
            days_ago,
            journal_id=journal.id,
            company_id=self.second.id,
            currency_id=self.foreign.id,
        )

    def test_consolidated_is_the_sum_of_converted_parts(self):
        self._invoice(100.0, 30)
        self._foreign_invoice(80.0, 30)
        self._foreign_invoice(8.0, 1)
        own = self._metrics(company_ids=self.company.ids)
        both = self._metrics(company_ids=self.companies.ids)
        self.assertEqual(own["revenue"]["value"], 100.0)
        self.assertEqual(own["revenue"]["parts"], [])
        self.assertEqual(both["revenue"]["value"], 100.0 + 80.0 / 2 + 8.0 / 4)
        self.assertEqual(both["net_invoiced"]["value"], both["revenue"]["value"])
        self.assertEqual(both["open_invoices"]["value"], 100.0 + 88.0 / 4)
        self.assertIn({"currency": "YYY", "value": 88.0}, both["revenue"]["parts"])

    def test_the_list_of_a_figure_totals_what_the_figure_says(self):
        """In the answer's currency, whatever the companies' own, to the cent."""
        self._invoice(100.0, 30)
        self._invoice(33.33, 70, due=self._day(40))
        for amount, days_ago in ((80.01, 30), (8.03, 1), (55.55, 100), (0.07, 3)):
            self._foreign_invoice(amount, days_ago)
        self._order(
            confirm=False, currency_id=self.foreign.id, company_id=self.company.id
        )
        reader = self._make_user(
            "converted", "account.group_account_readonly", ALL_DOCUMENTS
        )
        reader.company_ids = self.companies
        for companies in (self.companies, self.second + self.company):
            partner = self.customer.with_user(reader)
            partner = partner.with_context(allowed_company_ids=companies.ids)
            [answer] = partner.get_customer_360(
                {"include": ["metrics", "charts"], "timeline_limit": 0}
            )
            checked = self.assertAllConverted(answer, reader, companies)
            self.assertGreater(checked, 10)
            finance = answer["sections"]["finance"]
            self.assertTrue(finance["metrics"]["receivable"]["conversion"]["feet"])
            [chart] = [c for c in finance["charts"] if c["key"] == "revenue_by_month"]
            bars = chart["datasets"][0]
            for value, domain in zip(bars["values"], bars["domains"], strict=True):
                bar = {**chart, "value": value, "domain": domain}
                self.assertConverted(bar, reader, companies, "revenue_by_month")

    def test_totals_are_for_who_reads_the_list(self):
        invoice = self._foreign_invoice(80.0, 30)
        reader = self._make_user("tot", "account.group_account_readonly")
        stock = self._make_user("tot_stock", "stock.group_stock_user")
        portal = new_test_user(self.env, "tot_portal", "base.group_portal")
        item = "account.move.line"
        options = {"aggregate": "balance:sum", "date": "date"}
        domain = [("move_id", "=", invoice.id)]
        for user in (stock, portal):
            with self.assertRaises(AccessError):
                self.env["res.partner"].with_user(user).get_customer_figure_total(
                    item, domain, options
                )
        asked = self.env["res.partner"].with_user(reader)
        # not his company: nothing to add up
        found = asked.get_customer_figure_total(item, domain, options)
        self.assertEqual((found["count"], found["value"]), (0, 0.0))
        for arguments, named in (
            (("res.nothing", domain, options), "res.nothing"),
            (("crm.customer.section", domain, options), "crm.customer.section"),
            ((item, "x", options), "domain"),
            ((item, [("no_field", "=", 1)], options), "domain"),
            ((item, [("balance", "~", 1)], options), "domain"),
            ((item, domain, {**options, "feet": ["x"]}), "feet"),
            ((item, domain, {**options, "feet": [[("no_field", "=", 1)]]}), "feet"),
            (("x" * 100_000, domain, options), "model"),
            ((item, domain, {**options, "aggregate": "id:count"}), "aggregate"),
            ((item, domain, {**options, "aggregate": "balance:max"}), "balance:max"),
            ((item, domain, {**options, "date": "name"}), "date"),
            ((item, domain, {**options, "currency": "partner_id"}), "partner_id"),
            (
                ("account.move", [], {"aggregate": "crm_customer_revenue:sum"}),
                "crm_customer_revenue",
            ),
            (
                (
                    *("account.move", []),
                    {"aggregate": "amount_total:sum", "date": "next_payment_date"},
                ),
                "next_payment_date",
            ),
            ((item, domain, {**options, "surprise": 1}), "surprise"),
        ):
            with self.subTest(named), self.assertRaises(UserError) as refusal:
                asked.get_customer_figure_total(*arguments)
            self.assertIn(named, str(refusal.exception))
            self.assertLess(len(str(refusal.exception)), 400)

    def test_a_later_rate_changes_no_past(self):
        self._foreign_invoice(80.0, 30)
        before = self._metrics(company_ids=self.companies.ids)
        self.foreign.rate_ids.filtered(lambda r: r.rate == 4.0).rate = 8.0
        after = self._metrics(company_ids=self.companies.ids)
        self.assertEqual(before["revenue"]["value"], after["revenue"]["value"])
        self.assertEqual(after["open_invoices"]["value"], 10.0)

    def test_the_list_in_the_browser(self):
        """With two companies chosen, the line above the list is the tile."""
        self._invoice(100.0, 30)
        self._foreign_invoice(80.0, 30)
        reader = self._make_user("two360", "account.group_account_readonly")
        reader.company_ids = self.companies
        self.start_tour(
            f"/odoo/customer-360/{self.customer.id}",
            "crm_extension_customer_360_companies_tour",
            login="two360",
            cookies={"cids": "-".join(map(str, self.companies.ids))},
        )

    def test_second_company_alone_is_in_its_currency(self):
        self._foreign_invoice(80.0, 30)
        [answer] = self._ask(company_ids=self.second.ids)
        self.assertEqual(answer["currency"], "YYY")
        self.assertEqual(answer["company_ids"], self.second.ids)
        metrics = answer["sections"]["finance"]["metrics"]
        self.assertEqual(metrics["revenue"]["value"], 80.0)
        self.assertGreater(self.assertAllDrillDowns(answer), 25)

    def test_rates_are_those_of_the_ledger(self):
        """Our table of rates converts as core's own conversion does."""
        company_currency = self.company.currency_id
        for days_ago in (2000, 1000, 400, 5, 0):
            self._foreign_invoice(33.0, days_ago)
            day = self._day(days_ago)
            expected = self.foreign._convert(
                33.0, company_currency, self.second, day, round=False
            )
            values = self._values(
                company_ids=self.companies.ids, date_from=str(day), date_to=str(day)
            )
            self.assertAlmostEqual(values["revenue"], round(expected, 2), 2)
