# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from odoo.addons.crm_extension.engine.lifecycle import (
    STAGES,
    Limits,
    Purchases,
    is_declining,
    stage_of,
)

TODAY = date(2026, 11, 22)
DAYS = st.integers(min_value=-30, max_value=4000)
AMOUNTS = st.integers(min_value=-(10**8), max_value=10**8).map(lambda n: n / 100)
LIMITS = st.builds(
    Limits,
    new_days=st.integers(0, 1000),
    lapsed_days=st.integers(1, 1000),
    decline_percent=st.integers(1, 100),
)


@st.composite
def histories(draw):
    """Any history: no purchase, or a first and a last one and two years' amounts."""
    recent, before = draw(AMOUNTS), draw(AMOUNTS)
    if draw(st.booleans()):
        return Purchases(recent=recent, before=before)
    ages = sorted((draw(DAYS), draw(DAYS)), reverse=True)
    first, last = (TODAY - timedelta(days=age) for age in ages)
    return Purchases(first, last, recent, before)


def brute_force(purchases, limits):
    """The stages whose printed rule holds, each stated in full and on its own."""
    bought = purchases.last is not None
    gap = (TODAY - purchases.last).days if bought else 0
    age = (TODAY - purchases.first).days if bought else 0
    lapsed = bought and gap > limits.lapsed_days
    new = bought and not lapsed and age <= limits.new_days
    less = purchases.before > 0 and purchases.recent <= purchases.before * (
        1 - limits.decline_percent / 100
    )
    old = bought and not lapsed and not new
    rules = {
        "prospect": not bought,
        "lapsed": lapsed,
        "new": new,
        "declining": old and less,
        "active": old and not less,
    }
    return [stage for stage, holds in rules.items() if holds]


class TestLifecycle(BaseCase):
    @given(histories(), LIMITS)
    def test_every_history_has_exactly_one_stage(self, purchases, limits):
        stage = stage_of(purchases, TODAY, limits)
        self.assertIn(stage, STAGES)
        share = 1 - limits.decline_percent / 100
        if abs(purchases.recent - purchases.before * share) > 0.001:
            self.assertEqual([stage], brute_force(purchases, limits))

    @given(histories(), LIMITS, st.integers(0, 1000))
    def test_who_buys_no_more_ends_as_lapsed(self, purchases, limits, days):
        """Time alone never makes a lapsed customer anything else."""
        stage = stage_of(purchases, TODAY, limits)
        later = stage_of(purchases, TODAY + timedelta(days=days), limits)
        if stage in ("lapsed", "prospect"):
            self.assertEqual(later, stage)
        else:
            self.assertNotEqual(later, "prospect")

    def test_the_stages_of_a_customer(self):
        """A customer from the first offer to the last order, by the usual limits."""
        first, last = date(2025, 1, 10), date(2026, 3, 1)
        self.assertEqual(stage_of(Purchases(), first), "prospect")
        new = Purchases(first, first, 100.0, 0.0)
        self.assertEqual(stage_of(new, first + timedelta(days=180)), "new")
        self.assertEqual(stage_of(new, first + timedelta(days=181)), "active")
        less = Purchases(first, last, 80.0, 100.0)
        self.assertEqual(stage_of(less, last), "declining")
        self.assertEqual(stage_of(less, last + timedelta(days=365)), "declining")
        self.assertEqual(stage_of(less, last + timedelta(days=366)), "lapsed")

    def test_decline(self):
        self.assertTrue(is_declining(80.0, 100.0, 20))
        self.assertFalse(is_declining(80.01, 100.0, 20))
        self.assertFalse(is_declining(0.0, 0.0, 20))
        self.assertFalse(is_declining(-5.0, -1.0, 20))

    def test_impossible_values_are_refused(self):
        with self.assertRaises(ValueError):
            Purchases(TODAY, None)
        with self.assertRaises(ValueError):
            Purchases(TODAY, TODAY - timedelta(days=1))
        for limits in ({"new_days": -1}, {"lapsed_days": 0}, {"decline_percent": 0}):
            with self.assertRaises(ValueError):
                Limits(**limits)
