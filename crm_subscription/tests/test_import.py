# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import csv
import logging
import os
import time
import unittest

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged
from odoo.tools import file_open, mute_logger

from .common import TODAY, SubscriptionCommon

_logger = logging.getLogger(__name__)

MANY = 10000
COLUMNS = [
    "name",
    "partner_id/.id",
    "subscription_plan_id/.id",
    "date_start",
    "contract_line_ids/product_id/.id",
    "contract_line_ids/quantity",
    "contract_line_ids/price_unit",
    "contract_line_ids/recurring_interval",
    "contract_line_ids/date_end",
    "contract_line_ids/last_date_invoiced",
]
# What is wrong in a row: column, value, a part of the refusal.
MISTAKES = [
    ("partner_id/.id", "0", "partner_id"),
    ("name", "", "name"),
    ("contract_line_ids/quantity", "-1", "contract_line_ids/quantity: -1.0"),
    ("contract_line_ids/quantity", "two", "Quantity"),
    ("contract_line_ids/recurring_interval", "0", "recurring_interval: 0"),
    ("contract_line_ids/recurring_interval", "400", "recurring_interval: 400"),
    ("contract_line_ids/date_end", "2024-01-01", "date_end: 2024-01-01"),
    ("contract_line_ids/date_end", "2026-02-30", "valid date"),
    ("contract_line_ids/last_date_invoiced", "2030-01-01", "after the end"),
    ("contract_line_ids/last_date_invoiced", "2020-01-01", "before the start"),
    ("contract_line_ids/product_id/.id", "", "product_id: -"),
]


def _now():
    """Return seconds of a clock that is not frozen with the dates (float)."""
    return time.clock_gettime(time.CLOCK_MONOTONIC)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestImport(SubscriptionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contracts = cls.env["contract.contract"].with_user(cls.manager)

    def _rows(self, count, name="Imported"):
        """Return ``count`` rows of contracts that began a year ago on the 31st."""
        common = [self.plan.id, "2025-01-31", self.product.id, 2, 99.5, 1]
        return [
            [f"{name} {n}", self.customer.id, *common, "2027-01-30", "2026-02-27"]
            for n in range(count)
        ]

    def _load(self, rows, columns=None):
        return self.contracts.load(
            columns or COLUMNS, [[str(value) for value in row] for row in rows]
        )

    def test_the_example_file(self):
        self._make_product("Hotline", 50.0, self.plan)
        with file_open("crm_subscription/static/csv/contract_import.csv") as example:
            columns, *rows = csv.reader(example)
        self.plan.name = "Monthly"
        self.env["contract.plan"].search(
            [("name", "=", "Monthly"), ("id", "!=", self.plan.id)]
        ).active = False
        answer = self._load(rows, columns)
        self.assertEqual(answer["messages"], [])
        first, second = self.contracts.browse(answer["ids"])
        self.assertRecordValues(
            first,
            [
                {
                    "partner_id": self.customer.id,
                    "renewal_policy": "quotation",
                    "renewal_notice_days": self.plan.notice_days,
                    "mrr": 245.0,
                    "next_bill_date": self._day("2026-02-28"),
                    "subscription_state": "active",
                }
            ],
        )
        self.assertEqual(str(second.contract_line_ids.date_end), "2027-02-28")
        self.assertEqual(str(second.next_bill_date), "2026-03-01")

    def test_what_is_billed_is_not_billed_again(self):
        [contract_id] = self._load(self._rows(1))["ids"]
        contract = self.contracts.browse(contract_id)
        row = contract.period_ids
        self.assertEqual((row.state, str(row.period_end)), ("opening", "2026-02-27"))
        self.assertEqual(contract.run_billing()["billed"], 1)
        self.assertEqual(self._periods(contract), [("2026-02-28", "2026-03-30")])

    def test_term_that_runs_today_where_the_file_has_no_end(self):
        columns = COLUMNS[:-2]
        rows = [row[:-2] for row in self._rows(1)]
        [contract_id] = self._load(rows, columns)["ids"]
        line = self.contracts.browse(contract_id).contract_line_ids
        self.assertEqual(str(line.date_end), "2027-01-30")

    def test_bad_rows_keep_all_out_and_are_named_by_row_and_column(self):
        rows = self._rows(len(MISTAKES) * 4)
        for n, (column, value, _text) in enumerate(MISTAKES):
            rows[n * 4][COLUMNS.index(column)] = value
        before = self._counts()
        answer = self._load(rows)
        self.assertFalse(answer["ids"])
        self.assertEqual(self._counts(), before)
        for n, (column, _value, text) in enumerate(MISTAKES):
            with self.subTest(column=column, text=text):
                told = [m for m in answer["messages"] if m["rows"]["from"] == n * 4]
                self.assertTrue(any(text in m["message"] for m in told), told)
                self.assertIn(column.split("/")[0], str(told))
        wrong = {message["rows"]["from"] for message in answer["messages"]}
        self.assertEqual(wrong, {n * 4 for n in range(len(MISTAKES))})

    def test_what_only_the_database_refuses_has_its_own_row(self):
        """The second line: values that are possible one by one, and not together."""
        rows = self._rows(4)
        columns = [*COLUMNS, "renewal_notice_days"]
        rows = [[*row, 30] for row in rows]
        rows[2][-1] = 1000
        before = self._counts()
        with mute_logger("odoo.sql_db", "odoo.models"):
            answer = self._load(rows, columns)
        self.assertFalse(answer["ids"])
        self.assertEqual(self._counts(), before)
        told = [message["rows"]["from"] for message in answer["messages"]]
        self.assertEqual(told, [2])

    def _counts(self):
        self.env.invalidate_all()
        return [
            self.env[model].search_count([])
            for model in (
                "contract.contract",
                "contract.line",
                "contract.period",
                "contract.mrr.movement",
            )
        ]

    def test_queries_do_not_grow_with_the_file(self):
        """Per contract, however many there are."""
        counts = []
        for number in (5, 50):
            self.env.invalidate_all()
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self._load(self._rows(number, f"Batch {number}"))
            self.env.flush_all()
            counts.append((self.env.cr.sql_log_count - before) / number)
        self.assertLess(counts[1], counts[0])

    def test_imported_is_followed_and_logged_as_what_is_entered(self):
        """OCA's start of a contract, made for all at once, is what it makes for one."""
        rows = self._rows(2)
        mine = self.manager.partner_id
        rows[1][1] = mine.id
        imported = self.contracts.browse(self._load(rows)["ids"])
        entered = self._subscribe("2025-01-31")
        subtype = self.env.ref("contract.mail_message_subtype_contract_modification")
        for contract, partner in zip(imported, self.customer | mine, strict=True):
            follower = contract.message_follower_ids.filtered(
                lambda row, own=partner: row.partner_id == own
            )
            self.assertEqual(follower.subtype_ids, subtype)
        for contract in (*imported, entered):
            self.assertRecordValues(
                contract.modification_ids,
                [
                    {
                        "date": self._day("2025-01-31"),
                        "description": "Contract start",
                        "sent": True,
                    }
                ],
            )

    def test_who_imports(self):
        rows = [[str(value) for value in row] for row in self._rows(1)]
        for user in (self.salesman, self.reader, self.portal):
            contracts = self.env["contract.contract"].with_user(user)
            with self.subTest(user=user.login):
                try:
                    answer = contracts.load(COLUMNS, rows)
                except AccessError:
                    continue
                self.assertFalse(answer["ids"])
                self.assertIn("not allowed", str(answer["messages"]))

    def test_template_of_the_import_page(self):
        [template] = self.contracts.get_import_templates()
        with file_open(template["template"].lstrip("/")) as example:
            self.assertIn("contract_line_ids/price_unit", example.readline())

    @unittest.skipUnless(
        os.environ.get("CRM_SUITE_SLOW"), "imports 20,000 contracts: CRM_SUITE_SLOW=1"
    )
    def test_ten_thousand(self):
        rows = self._rows(MANY, "Many")
        good = [list(row) for row in rows]
        for n, (column, value, _text) in enumerate(MISTAKES):
            rows[n * 900 + 7][COLUMNS.index(column)] = value
        before = self._counts()
        begin = _now()
        answer = self._load(rows)
        refused = _now() - begin
        self.assertFalse(answer["ids"])
        wrong = {message["rows"]["from"] for message in answer["messages"]}
        self.assertEqual(wrong, {n * 900 + 7 for n in range(len(MISTAKES))})
        self.assertEqual(self._counts(), before)
        begin = _now()
        answer = self._load(good)
        self.assertEqual(len(answer["ids"]), MANY)
        _logger.info(
            "%s contracts: refused in %.0f s, imported in %.0f s",
            MANY,
            refused,
            _now() - begin,
        )
