# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from odoo.addons.crm_extension.engine.ageing import (
    BUCKETS,
    NOT_DUE,
    bucket_of,
    days_overdue,
    due_range,
)

TODAY = date(2026, 3, 1)
DAYS = st.integers(min_value=-800, max_value=800)


class TestAgeing(BaseCase):
    def test_borders(self):
        cases = {
            -1: NOT_DUE,
            0: NOT_DUE,
            1: "overdue_1_30",
            30: "overdue_1_30",
            31: "overdue_31_60",
            60: "overdue_31_60",
            61: "overdue_61_90",
            90: "overdue_61_90",
            91: "overdue_over_90",
            9999: "overdue_over_90",
        }
        for days, bucket in cases.items():
            with self.subTest(days=days):
                due = TODAY - timedelta(days=days)
                self.assertEqual(bucket_of(due, TODAY), bucket)

    def test_undated_is_not_due(self):
        self.assertEqual(bucket_of(None, TODAY), NOT_DUE)
        self.assertEqual(days_overdue(None, TODAY), 0)

    @given(DAYS)
    def test_every_day_is_in_exactly_one_range(self, days):
        """The ranges searched for and the bucket computed are the same partition."""
        due = TODAY - timedelta(days=days)
        inside = []
        for key in BUCKETS:
            earliest, latest = due_range(key, TODAY)
            after = earliest is None or due >= earliest
            if after and (latest is None or due <= latest):
                inside.append(key)
        self.assertEqual(inside, [bucket_of(due, TODAY)])
