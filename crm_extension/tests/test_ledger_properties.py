# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Any history, whatever its documents, agrees with the ledger.

The oracle is SQL and Python over the journal items, which knows nothing of our
sections; the questions are asked by a read-only accountant. ``CRM_SUITE_SLOW=1`` tries
many more histories.
"""

from collections import defaultdict
from datetime import timedelta

from dateutil.relativedelta import relativedelta
from hypothesis import example, given
from hypothesis import strategies as st

from odoo import fields
from odoo.tests import tagged
from odoo.tools import SQL, float_compare

from odoo.addons.crm_extension.engine.ageing import BUCKETS

from .ledger_common import SLOW, LedgerCommon, few_examples
from .ledger_history import KINDS, Step, histories, trees
from .ledger_payment import averages, payments_of

#: Metrics of the past: no rate and no cost of today may change them.
PAST = ("revenue", "revenue_previous", "revenue_total", "net_invoiced")
PAST += ("net_invoiced_total", "bridge", "bridge_total")
INCOME = "account.account_type IN ('income', 'income_other')"
OWED = "account.account_type = 'asset_receivable' AND account.non_trade IS NOT TRUE"


@tagged("post_install", "-at_install")
class TestLedgerProperties(LedgerCommon):
    # === THE PROPERTIES === #

    @few_examples
    @given(history=histories, reshaped=trees)
    def test_any_history_agrees_with_the_ledger(self, history, reshaped):
        with self._rolled_back():
            books = self._history()
            books.book(history)
            self._check_everything(books)
            if reshaped:
                before = self._company_income()
                for tree in reshaped:
                    books.reshape(tree)
                self.assertEqual(self._company_income(), before)
                self._check_everything(books, reshaped=True)

    def test_one_of_each_kind(self):
        """Every kind of document in both companies, at each of its variants."""
        for choice in range(6) if SLOW else (1, 4):
            with self.subTest(choice=choice), self._rolled_back():
                books = self._history()
                for number, kind in enumerate(KINDS):
                    company, days = (number + choice) % 2, 20 + 31 * number % 700
                    part = 35 + 7 * choice
                    step = Step(kind, company, number % 4, 12345, days, choice, part)
                    books.book([step])
                self._check_everything(books)
                for tree in ("move_contact", "adopt", "merge"):
                    books.reshape(tree)
                    self._check_everything(books, reshaped=True)

    @few_examples
    @given(
        history=histories,
        rate=st.integers(1, 40),
        cost=st.integers(0, 900),
        days_ago=st.sampled_from((0, -1, -30)),
    )
    @example(history=[], rate=1, cost=0, days_ago=0)
    def test_a_later_rate_or_cost_changes_no_past(self, history, rate, cost, days_ago):
        with self._rolled_back():
            self._history().book(history)
            partners = self._entities()
            before = self._past(partners)
            for company in (None, *self.companies):
                self._rate(self.local, company, days_ago, rate / 4)
                self._rate(self.foreign, company, days_ago, rate / 2)
            for company in self.companies:
                self.service.with_company(company).standard_price = cost
            self.env.invalidate_all()
            self.assertEqual(self._past(partners), before)

    def _past(self, partners):
        """Return what both companies together say of the past, and the margins."""
        user = self.env.user
        answers = self._finance(partners, self.companies)
        margins = self._finance(partners, self.companies, user=user)
        return {
            partner_id: {
                **{key: metrics[key]["value"] for key in PAST},
                "margin": margins[partner_id]["margin"]["value"],
            }
            for partner_id, metrics in answers.items()
        }

    # === QUESTIONS === #

    def _entities(self):
        """Return the commercial entities of all four partners that are left."""
        partners = self.customer + self.contact + self.other + self.person
        return partners.exists().commercial_partner_id

    def _finance(self, partners, companies, user=None, **options):
        """Return {partner id: finance metrics} as the accountant gets them."""
        self.env.flush_all()
        asker = partners.with_user(user or self.reader)
        asker = asker.with_context(allowed_company_ids=self.companies.ids)
        answers = asker.get_customer_360(
            {"company_ids": companies.ids, "timeline_limit": 0, **options}
        )
        self.period = (answers[0]["date_from"], answers[0]["date_to"])
        return {
            answer["partner_id"]: answer["sections"]["finance"]["metrics"]
            for answer in answers
        }

    # === CHECKS === #

    def _check_everything(self, books, reshaped=False):
        """Check each company alone, then both together."""
        self.env.flush_all()
        partners = self._entities()
        alone = {}
        for company in self.companies:
            alone[company] = self._finance(partners, company)
            for partner in partners:
                metrics = alone[company][partner.id]
                self._check_identities(metrics)
                self._check_ledger(metrics, partner, company)
                self._check_bridge(metrics, partner, company, books, reshaped)
                self._check_payment_days(metrics, partner, company)
                self._check_lists(metrics)
            self._check_company(alone[company], company)
        self._check_consolidated(alone, partners, reshaped)

    def assertAmount(self, found, expected, name=""):
        """Compare two amounts to the cent."""
        if float_compare(found, expected, precision_digits=2):
            self.fail(f"{name}: {found} is not {expected}")

    def _check_identities(self, metrics):
        values = {key: metric["value"] for key, metric in metrics.items()}
        self.assertAmount(
            values["receivable"],
            values["open_invoices"]
            + values["other_debits"]
            - values["unallocated_credits"],
            "receivable",
        )
        buckets = [values[key] for key in BUCKETS]
        self.assertAmount(sum(buckets), values["open_invoices"], "buckets")
        self.assertAmount(
            values["overdue"], values["open_invoices"] - values["not_due"], "overdue"
        )
        for suffix in ("", "_total"):
            bridge = metrics[f"bridge{suffix}"]
            self.assertAmount(
                values[f"net_invoiced{suffix}"] + bridge["value"],
                values[f"revenue{suffix}"],
                f"bridge{suffix}",
            )
            explained = sum(item["value"] for item in bridge["items"])
            self.assertAmount(explained, bridge["value"], f"items{suffix}")

    def _check_ledger(self, metrics, partner, company):
        """Compare with the sums of the entity's posted items."""
        period = f"'{self.period[0]}' AND '{self.period[1]}'"
        for key, what, where in (
            ("revenue_total", "-item.balance", INCOME),
            ("revenue", "-item.balance", f"{INCOME} AND item.date BETWEEN {period}"),
            ("receivable", "item.amount_residual", OWED),
        ):
            expected = self._sum(what, where, company, partner)
            self.assertAmount(metrics[key]["value"], expected, key)
        for key, days in (
            ("net_invoiced_total", "TRUE"),
            ("net_invoiced", f"move.invoice_date BETWEEN {period}"),
        ):
            self.assertAmount(
                metrics[key]["value"], self._net(days, company, partner), key
            )

    def _sum(self, what, where, company, partner=None):
        """Return the sum of posted items; of the items of an entity, or without."""
        mine = SQL("item.partner_id IS NULL")
        if partner is not None:
            mine = SQL("partner.commercial_partner_id = %s", partner.id)
        [[total]] = self.env.execute_query(
            SQL(
                """
                SELECT COALESCE(SUM(%s), 0)
                  FROM account_move_line item
                  JOIN account_move move ON move.id = item.move_id
                  JOIN account_account account ON account.id = item.account_id
             LEFT JOIN res_partner partner ON partner.id = item.partner_id
                 WHERE move.state = 'posted' AND item.company_id = %s
                   AND (%s) AND (%s)
                """,
                SQL(what),
                company.id,
                mine,
                SQL(where),
            )
        )
        return float(total)

    def _net(self, days, company, partner):
        """Return the untaxed total of the entity's posted documents."""
        [[total]] = self.env.execute_query(
            SQL(
                """
                SELECT COALESCE(SUM(move.amount_untaxed_signed), 0)
                  FROM account_move move
                 WHERE move.state = 'posted' AND move.company_id = %s
                   AND move.move_type IN ('out_invoice', 'out_refund', 'out_receipt')
                   AND move.commercial_partner_id = %s AND (%s)
                """,
                company.id,
                partner.id,
                SQL(days),
            )
        )
        return float(total)

    def _check_bridge(self, metrics, partner, company, books, reshaped):
        """Compare each item with what the documents' origin says it is."""
        found = defaultdict(float)
        for item in metrics["bridge_total"]["items"]:
            found[item["key"]] += item["value"]
        if not reshaped:
            self.assertNotIn("other_entity", found)
        manual = ",".join(map(str, books.manual)) or "0"
        exchange = (
            "item.move_id IN (SELECT exchange_move_id FROM account_partial_reconcile)"
        )
        paid = (
            "(move.origin_payment_id IS NOT NULL OR move.statement_line_id IS NOT NULL)"
        )
        for key, where in (
            ("manual", f"item.move_id IN ({manual})"),
            ("exchange", exchange),
            ("cash_discount", f"({paid} OR item.display_type = 'epd')"),
        ):
            expected = self._sum(
                "-item.balance", f"{INCOME} AND {where}", company, partner
            )
            self.assertAmount(found[key], expected, f"{key} of {dict(found)}")
        if not reshaped:
            documents = "move.move_type <> 'entry' AND item.display_type <> 'epd'"
            income = self._sum(
                "-item.balance", f"{INCOME} AND {documents}", company, partner
            )
            self.assertAmount(
                found["other_lines"] + found["non_income"],
                income - self._net("TRUE", company, partner),
                f"documents of {dict(found)}",
            )

    def _check_payment_days(self, metrics, partner, companies, rates=None):
        """Compare with what the invoices' instalments say, now and the year before."""
        start, end = map(fields.Date.to_date, self.period)
        before = start - relativedelta(years=1), start - timedelta(days=1)
        payments = payments_of(partner, companies)
        for name, period in (("value", (start, end)), ("previous", before)):
            found = averages(payments, *period, rates)
            for key, days in zip(("days_to_pay", "days_late"), found, strict=True):
                told = metrics[key][name]
                if days is False or told is False:
                    self.assertIs(told, days, (key, name))
                else:
                    # told with one decimal
                    self.assertLessEqual(abs(told - days), 0.0501, (key, name))

    def _check_lists(self, metrics):
        """Read each list as the accountant would; it adds up to the figure."""
        answer = {"sections": {"finance": {"metrics": metrics}}}
        self.assertGreater(self.assertAllDrillDowns(answer, self.reader), 18)

    def _company_income(self):
        """Return {company: total of its posted income}, whoever its partners are."""
        return {
            company.id: self.env.execute_query(
                SQL(
                    """
                    SELECT SUM(item.balance), SUM(item.amount_residual)
                      FROM account_move_line item
                      JOIN account_account account ON account.id = item.account_id
                     WHERE item.parent_state = 'posted' AND item.company_id = %s
                       AND account.account_type IN ('income', 'income_other',
                                                    'asset_receivable')
                    """,
                    company.id,
                )
            )
            for company in self.companies
        }

    def _check_company(self, answers, company):
        """All entities and the items without partner make the company's income."""
        entities = sum(m["revenue_total"]["value"] for m in answers.values())
        nobody = self._sum("-item.balance", INCOME, company)
        [[total]] = self.env.execute_query(
            SQL(
                """
                SELECT COALESCE(-SUM(item.balance), 0)
                  FROM account_move_line item
                  JOIN account_account account ON account.id = item.account_id
                 WHERE account.account_type IN ('income', 'income_other')
                   AND item.parent_state = 'posted' AND item.company_id = %s
                """,
                company.id,
            )
        )
        self.assertAmount(entities + nobody, float(total), "company's income")

    def _check_consolidated(self, alone, partners, reshaped):
        """Both companies together are the converted parts: past at its day's rate."""
        both = self._finance(partners, self.companies)
        for partner in partners:
            metrics = both[partner.id]
            first, second = (alone[company][partner.id] for company in self.companies)
            self._check_identities(metrics)
            expected = self._converted_revenue(partner)
            self.assertAmount(metrics["revenue_total"]["value"], expected, "both")
            for key in (*BUCKETS, "other_debits", "unallocated_credits"):
                total = self._converted_balance(first[key], second[key])
                self.assertAmount(metrics[key]["value"], total, key)
            for key in ("receivable", "open_invoices", "overdue", "revenue_total"):
                self._check_parts(metrics[key], first[key], second[key])
            self._check_payment_days(metrics, partner, self.companies, self._weights())
            items = metrics["bridge_total"]["items"]
            if not reshaped:
                self.assertNotIn("other_entity", [item["key"] for item in items])

    def _weights(self):
        """Return {company id: value of one of its currency in ours today}."""
        own, second = self.company.currency_id, self.companies[1]
        rate = self.local._convert(1.0, own, second, self.today, round=False)
        return {self.company.id: 1.0, second.id: rate}

    def _converted_balance(self, first, second):
        """Return an open balance of both companies at today's rate."""
        own = self.company.currency_id
        converted = self.local._convert(
            second["value"], own, self.companies[1], self.today, round=False
        )
        return own.round(first["value"] + converted)

    def _check_parts(self, both, first, second):
        """The parts are what each company says in its own currency."""
        if not second["value"]:
            return
        parts = {part["currency"]: part["value"] for part in both["parts"]}
        self.assertAmount(parts["YYY"], second["value"], "part")
        self.assertAmount(
            parts.get(self.company.currency_id.name, 0.0), first["value"], "part"
        )

    def _converted_revenue(self, partner):
        """Return the entity's income, item by item at core's rate of its day."""
        own = self.company.currency_id
        items = self.env["account.move.line"].search(
            [
                ("partner_id.commercial_partner_id", "=", partner.id),
                ("account_id.account_type", "in", ("income", "income_other")),
                ("parent_state", "=", "posted"),
                ("company_id", "in", self.companies.ids),
            ]
        )
        return own.round(
            -sum(
                item.company_currency_id._convert(
                    item.balance, own, item.company_id, item.date, round=False
                )
                for item in items
            )
        )
