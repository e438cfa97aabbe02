# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from odoo.addons.crm_extension.engine.payment import PaymentDays, pays_later

PAYMENTS = st.lists(
    st.tuples(st.integers(1, 10**6), st.integers(0, 400), st.integers(-60, 400)),
    min_size=1,
    max_size=8,
)


def _sums(payments):
    parts = [PaymentDays(a * days, a * late, a) for a, days, late in payments]
    return sum(parts, PaymentDays())


class TestPaymentDays(BaseCase):
    def test_example(self):
        """300 after 10 days and 100 after 40: (300 x 10 + 100 x 40) / 400 = 17.5."""
        days = _sums([(300, 10, 0), (100, 40, 30)])
        self.assertEqual((days.to_pay, days.late), (17.5, 7.5))

    def test_no_payment_is_no_average(self):
        self.assertIs(PaymentDays().to_pay, False)
        self.assertFalse(pays_later(90.0, False))
        self.assertFalse(pays_later(False, 3.0))

    @given(PAYMENTS)
    def test_an_average_lies_between_its_payments(self, payments):
        days = [days for _amount, days, _late in payments]
        average = _sums(payments).to_pay
        self.assertLessEqual(min(days) - 0.05, average)
        self.assertLessEqual(average, max(days) + 0.05)

    @given(PAYMENTS, st.sampled_from([0.25, 0.5, 2.0, 8.0]))
    def test_the_currency_does_not_matter(self, payments, rate):
        sums = _sums(payments)
        self.assertEqual((sums * rate).to_pay, sums.to_pay)
        self.assertEqual((sums * rate).late, sums.late)

    @given(st.floats(0, 300), st.floats(0, 300))
    def test_later_and_earlier_exclude_each_other(self, now, before):
        self.assertFalse(pays_later(now, before) and pays_later(before, now))
