# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Examples that billing systems publish, against our engine.

Where they disagree, the policy that we follow is named in docs/decisions.
"""

from datetime import date

from odoo.tests import BaseCase, tagged

from odoo.addons.crm_subscription.engine import changes, proration, recurrence
from odoo.addons.crm_subscription.engine.recurrence import Recurrence, anchor_of


def _billed(first, last, amount):
    occurrence = recurrence.Occurrence(first, last)
    return changes.Billed(1, occurrence, (changes.Segment(first, last, amount),))


def _amounts(lines):
    return [line.amount for line in lines]


@tagged("post_install", "-at_install")
class TestStripe(BaseCase):
    """https://docs.stripe.com/billing/subscriptions/billing-cycle and
    https://docs.stripe.com/billing/subscriptions/prorations"""

    def test_monthly_from_31_january(self):
        """The last day of the month that is nearest to the anchor."""
        for year, february in ((2026, 28), (2028, 29)):
            cycle = Recurrence(date(year, 1, 31), "month")
            self.assertEqual(
                [cycle.occurrence(number) for number in (1, 2, 3)],
                [date(year, 2, february), date(year, 3, 31), date(year, 4, 30)],
            )

    def test_monthly_from_2_september(self):
        cycle = Recurrence(date(2026, 9, 2), "month")
        self.assertEqual({cycle.occurrence(n).day for n in range(24)}, {2})

    def test_weekly_from_friday_3_june(self):
        cycle = Recurrence(date(2022, 6, 3), "week")
        self.assertEqual({cycle.occurrence(n).weekday() for n in range(60)}, {4})

    def test_from_10_to_20_halfway(self):
        """-5 for the unused time, +10 for the remaining time: 5 more.

        They count seconds, we count days: half of a month of 30 days."""
        april = _billed(date(2026, 4, 1), date(2026, 4, 30), 10.0)
        lines = changes.settle([april], date(2026, 4, 16), 20.0, 0.01)
        self.assertEqual(_amounts(lines), [-5.0, 10.0])

    def test_created_on_15_may_with_an_anchor_on_the_1st(self):
        """Billed on 15 May for the rest, then always on the 1st."""
        anchor, day = anchor_of(recurrence.ANCHOR_DAY, date(2026, 5, 15), "month", 1)
        cycle = Recurrence(anchor, "month", 1, day)
        first = cycle.period(date(2026, 5, 15))
        self.assertEqual((first.days, first.full_days), (17, 31))
        self.assertEqual(cycle.period(date(2026, 6, 1)).invoice_date, date(2026, 6, 1))


@tagged("post_install", "-at_install")
class TestChargebee(BaseCase):
    """https://www.chargebee.com/docs/proration-old.html"""

    def test_from_60_to_30_on_21_april(self):
        """20 days used; the prorated 20 less 10 for the last 10 days: credit of 10."""
        april = _billed(date(2012, 4, 1), date(2012, 4, 30), 60.0)
        lines = changes.settle([april], date(2012, 4, 21), 30.0, 0.01)
        self.assertEqual(_amounts(lines), [-20.0, 10.0])
        self.assertEqual(sum(_amounts(lines)), -10.0)

    def test_from_three_units_to_two_after_ten_days(self):
        """90 a month: 30 used, 60 back, 40 for two units on the other 20 days."""
        april = _billed(date(2013, 4, 1), date(2013, 4, 30), 90.0)
        lines = changes.settle([april], date(2013, 4, 11), 60.0, 0.01)
        self.assertEqual(_amounts(lines), [-60.0, 40.0])

    def test_pause(self):
        """https://www.chargebee.com/docs/pause-subscription.html: no credit for the
        unused days unless it is given by hand. We give it for services, and not where
        the plan does not share periods out: see docs/decisions/0035."""
        april = _billed(date(2026, 4, 1), date(2026, 4, 30), 60.0)
        lines = changes.settle(
            [april], date(2026, 4, 15), None, 0.01, date(2026, 4, 24)
        )
        self.assertEqual(_amounts(lines), [-20.0])


@tagged("post_install", "-at_install")
class TestLago(BaseCase):
    """https://getlago.com/docs/guide/subscriptions/upgrades-downgrades"""

    def test_first_period_of_a_calendar_month(self):
        """50.00 a month from 10 August, with the calendar: 22 of 31 days, 35.48."""
        anchor, day = anchor_of(recurrence.ANCHOR_CALENDAR, date(2026, 8, 10), "month")
        period = Recurrence(anchor, "month", 1, day).period(date(2026, 8, 10))
        share = proration.share(50.0, period.before, period.full_days, 31, 0.01)
        self.assertEqual((period.days, share), (22, 35.48))

    def test_upgrade_on_15_january_in_arrears(self):
        """100 a month, paid in arrears: 14 of 31 days, 45.16; then 17 days of 200."""
        month = Recurrence(date(2026, 1, 1), "month")
        old = month.period(
            date(2026, 1, 1), date(2026, 1, 14), timing=recurrence.ARREARS
        )
        new = month.period(date(2026, 1, 15), timing=recurrence.ARREARS)
        self.assertEqual(proration.share(100.0, old.before, old.days, 31, 0.01), 45.16)
        self.assertEqual(old.invoice_date, date(2026, 1, 15))
        self.assertEqual(proration.share(200.0, new.before, 31, 31, 0.01), 109.68)
        self.assertEqual(new.invoice_date, date(2026, 2, 1))


@tagged("post_install", "-at_install")
class TestKillBill(BaseCase):
    """Kill Bill's published cases of monthly periods in advance, killbill/killbill:
    invoice/src/test/.../proRations/inAdvance/monthly/TestProRation.java"""

    def _shares(self, start, end, day):
        """Return [(days, full days)] from ``start`` to before ``end``."""
        anchor, day = anchor_of(recurrence.ANCHOR_DAY, start, "month", day)
        cycle = Recurrence(anchor, "month", 1, day)
        return [
            (period.days, period.full_days)
            for period in cycle.periods(start, end - recurrence.ONE_DAY)
        ]

    def test_half_a_february(self):
        self.assertEqual(
            self._shares(date(2011, 2, 10), date(2011, 2, 24), 10), [(14, 28)]
        )

    def test_february_of_a_leap_year(self):
        self.assertEqual(
            self._shares(date(2012, 2, 1), date(2012, 2, 15), 1), [(14, 29)]
        )

    def test_another_day_of_the_month(self):
        self.assertEqual(
            self._shares(date(2011, 2, 14), date(2011, 2, 27), 27), [(13, 31)]
        )

    def test_two_shares_before_the_first_full_month(self):
        """From 10 March, on the 15th: 5 of the 28 days from 15 February on."""
        self.assertEqual(
            self._shares(date(2011, 3, 10), date(2011, 5, 15), 15),
            [(5, 28), (31, 31), (30, 30)],
        )

    def test_three_months_and_two_days(self):
        self.assertEqual(
            self._shares(date(2010, 12, 15), date(2011, 3, 17), 15)[-1], (2, 31)
        )

    def test_the_31st_in_february_is_ours(self):
        """They take 14 of 31 days: the month before 28 February from the 28th. Ours is
        the occurrence that the days lie in, 31 January to 27 February, of 28 days."""
        self.assertEqual(
            self._shares(date(2011, 2, 14), date(2011, 2, 28), 31), [(14, 28)]
        )


@tagged("post_install", "-at_install")
class TestMonthsOf30Days(BaseCase):
    def test_any_month_has_30(self):
        """A month of 30 days, whatever it has: ten days are a third of each."""
        for month in (1, 2, 4):
            cycle = Recurrence(date(2026, month, 1), "month")
            period = cycle.period(
                date(2026, month, 1),
                date(2026, month, 10),
                method=recurrence.FIXED_30,
            )
            with self.subTest(month=month):
                self.assertEqual((period.days, period.full_days), (10, 30))
