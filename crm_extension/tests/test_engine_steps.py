# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from odoo.addons.crm_extension.engine.steps import (
    SEVERITIES,
    Decision,
    StepRule,
    days_since,
    evidence_key,
    is_aside,
    latest_day,
    urgency,
)

DATES = st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1))
FACTS = st.tuples(st.integers(), st.none() | DATES, st.text(max_size=5))


class TestSteps(BaseCase):
    @given(DATES, DATES, st.integers(0, 1000))
    def test_over_n_days_means_more_than_n(self, day, today, days):
        """The search by day and the count of days agree on every day."""
        found = day <= latest_day(today, days)
        self.assertEqual(found, day < today and days_since(day, today) > days)

    @given(FACTS, FACTS)
    def test_evidence_changes_with_its_facts(self, facts, others):
        same = evidence_key(*facts) == evidence_key(*others)
        self.assertEqual(same, facts == others)

    @given(st.lists(st.tuples(st.integers(0, 3), st.none() | DATES)), DATES)
    def test_a_decision_holds_for_its_evidence_only(self, taken, today):
        decisions = [Decision(str(number), until) for number, until in taken]
        for number in range(4):
            holding = [u for n, u in taken if n == number and not (u and u <= today)]
            aside = is_aside(decisions, str(number), today)
            self.assertEqual(aside, bool(holding))

    @given(DATES)
    def test_snoozed_until_its_day(self, day):
        decision = Decision("e", day)
        self.assertTrue(is_aside([decision], "e", day - timedelta(days=1)))
        self.assertFalse(is_aside([decision], "e", day))

    def test_the_most_urgent_first(self):
        steps = [("info", 90), ("danger", 3), ("warning", 1), ("danger", 40)]
        ordered = sorted(steps, key=lambda step: urgency(*step))
        self.assertEqual([name for name, _days in ordered][::3], ["danger", "info"])
        self.assertEqual(ordered[0], ("danger", 40))

    def test_a_rule_names_a_known_severity(self):
        self.assertEqual(len(SEVERITIES), 3)
        with self.assertRaises(ValueError):
            StepRule("key", "Label", "Condition", "Button", "mail", "terrible")
