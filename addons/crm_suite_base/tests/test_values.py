# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import datetime
import json
import xmlrpc.client
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, TransactionCase
from odoo.tools.translate import LazyTranslate

from ..tools.metric import Metric
from ..tools.plain import plain

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(alphabet=st.characters(min_codepoint=32, exclude_categories=("Cs",)))
    | st.dates(min_value=datetime.date(1900, 1, 1))
    | st.datetimes(min_value=datetime.datetime(1900, 1, 1))
    | st.decimals(allow_nan=False, allow_infinity=False)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abc"), inner),
    max_leaves=20,
)


class TestPlain(BaseCase):
    @given(values)
    def test_every_value_travels_over_both_protocols(self, value):
        result = plain(value)
        xmlrpc.client.dumps((result,), allow_none=False)
        self.assertEqual(json.loads(json.dumps(result)), result)
        self.assertEqual(plain(result), result)

    def test_dates_moments_absence_and_numbers(self):
        self.assertEqual(
            plain(
                {
                    "d": datetime.date(2026, 1, 31),
                    "m": datetime.datetime(2026, 1, 31, 9, 8, 7, 123),
                    "none": None,
                    "amount": Decimal("10.50"),
                    "long": 2**40,
                    "pair": (1, True),
                }
            ),
            {
                "d": "2026-01-31",
                "m": "2026-01-31 09:08:07",
                "none": False,
                "amount": 10.5,
                "long": float(2**40),
                "pair": [1, True],
            },
        )


class TestPlainRecords(TransactionCase):
    def test_records_become_ids_and_lazy_text_becomes_text(self):
        partners = self.env["res.partner"].create([{"name": "A"}, {"name": "B"}])
        self.assertEqual(plain({"ids": partners}), {"ids": partners.ids})
        self.assertEqual(plain(LazyTranslate(__name__)("Name")), "Name")


class TestMetric(BaseCase):
    def test_aggregate_is_taken_apart(self):
        metric = Metric("r", "R", "currency", "b", "account.move.line", "balance:sum")
        self.assertEqual((metric.field, metric.function), ("balance", "sum"))
        ratio = Metric("d", "D", "days", "b")
        self.assertEqual((ratio.field, ratio.function), ("", ""))

    def test_wrong_declarations_are_refused(self):
        for wrong in (
            {"unit": "euro"},
            {"unit": "count", "sign": 0},
            {"unit": "count", "better": "up"},
            {"unit": "count", "aggregate": "id"},
            {"unit": "count", "aggregate": "id:median"},
        ):
            with self.subTest(wrong), self.assertRaisesRegex(ValueError, "metric k"):
                Metric(key="k", label="K", basis="b", **wrong)
