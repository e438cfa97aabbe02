# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from odoo.addons.crm_extension.engine.rates import RateTable

EUR, USD, KRW = 1, 2, 3
OURS, THEIRS = 10, 20
DAY = date(2026, 6, 1)
DATES = st.dates(min_value=date(2020, 1, 1), max_value=date(2030, 1, 1))
RATES = st.floats(min_value=0.01, max_value=2000)


class TestRates(BaseCase):
    def setUp(self):
        super().setUp()
        self.table = RateTable(
            [
                (USD, None, date(2026, 1, 1), 1.1),
                (USD, None, date(2026, 7, 1), 1.3),
                (USD, OURS, date(2026, 5, 1), 1.2),
            ]
        )

    def test_own_rate_before_shared(self):
        self.assertEqual(self.table.rate(USD, OURS, DAY), 1.2)
        self.assertEqual(self.table.rate(USD, THEIRS, DAY), 1.1)

    def test_shared_rate_until_the_own_begins(self):
        self.assertEqual(self.table.rate(USD, OURS, date(2026, 2, 1)), 1.1)

    def test_before_the_first_rate_the_first_counts(self):
        self.assertEqual(self.table.rate(USD, THEIRS, date(2020, 1, 1)), 1.1)

    def test_a_company_without_rates_uses_those_of_the_fallback(self):
        rows = [(USD, OURS, DAY, 1.2)]
        self.assertEqual(RateTable(rows, fallback=OURS).rate(USD, THEIRS, DAY), 1.2)
        self.assertEqual(RateTable(rows).rate(USD, THEIRS, DAY), 1.0)

    def test_without_rate_it_is_one(self):
        self.assertEqual(self.table.rate(KRW, OURS, DAY), 1.0)
        self.assertEqual(self.table.convert(5.0, EUR, EUR, OURS, DAY), 5.0)

    def test_convert(self):
        self.assertAlmostEqual(self.table.convert(12.0, USD, EUR, OURS, DAY), 10.0)
        self.assertAlmostEqual(self.table.convert(10.0, EUR, USD, OURS, DAY), 12.0)

    @given(st.lists(st.tuples(DATES, RATES), min_size=1, max_size=20), DATES)
    def test_the_latest_rate_up_to_the_day_counts(self, rates, day):
        dated = dict(rates)
        table = RateTable((USD, None, when, rate) for when, rate in dated.items())
        past = [when for when in dated if when <= day]
        expected = dated[max(past) if past else min(dated)]
        self.assertEqual(table.rate(USD, OURS, day), expected)

    @given(RATES, RATES, DATES)
    def test_there_and_back(self, usd, krw, day):
        table = RateTable([(USD, None, day, usd), (KRW, OURS, day, krw)])
        won = table.convert(1000.0, USD, KRW, OURS, day)
        self.assertAlmostEqual(table.convert(won, KRW, USD, OURS, day), 1000.0, 4)
