# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, datetime, timedelta

from odoo import fields
from odoo.tests import TransactionCase, tagged

from odoo.addons.crm_suite_demo.builder.customers import COURSES, CUSTOMERS, PAYING
from odoo.addons.crm_suite_demo.builder.pipeline import OPPORTUNITIES
from odoo.addons.crm_suite_demo.builder.story import Clock, Story
from odoo.addons.crm_suite_demo.builder.subscriptions import SERVICES, SUBSCRIPTIONS
from odoo.addons.crm_suite_demo.builder.texts import MAILS
from odoo.addons.crm_suite_demo.builder.tickets import FATES, TICKETS


@tagged("post_install", "-at_install")
class TestStory(TransactionCase):
    """The clock and the agenda."""

    def setUp(self):
        super().setUp()
        self.story = Story(self.env)
        self.told = []
        # other tests of this transaction go on with the database's own clock
        self.addCleanup(setattr, self.env.cr, "_now", None)

    def _tell(self, what):
        self.told.append((fields.Datetime.now(), what))

    def test_played_in_the_order_of_time(self):
        """Whatever the order of planning, and also what is planned on the way."""
        first, second = self.story.ago(400), self.story.ago(30)
        self.story.at(second, self._tell, "second")
        self.story.at(first, self._tell, "first")
        self.story.at(first, self.story.later, 7, self._tell, "a week later")
        with Clock(self.env.cr, self.story.start) as clock:
            self.story.play(clock)
        self.assertEqual([what for _at, what in self.told][::2], ["first", "second"])
        self.assertEqual(self.told[0][0], first)
        self.assertEqual(self.told[2][0], second)
        self.assertGreaterEqual(self.told[1][0], first + timedelta(days=7))

    def test_the_future_is_not_played(self):
        """What lies after now, or before the beginning, is never done."""
        self.story.at(self.story.now + timedelta(minutes=1), self._tell, "future")
        self.story.at(self.story.start - timedelta(days=1), self._tell, "before")
        with Clock(self.env.cr, self.story.start) as clock:
            self.story.play(clock)
        self.assertFalse(self.told)

    def test_records_carry_the_moment(self):
        """Python's clock, Odoo's clock and the columns of the record agree."""
        moment = datetime(2020, 2, 29, 16, 30)
        with Clock(self.env.cr, moment):
            partner = self.env["res.partner"].create({"name": "From the past"})
            self.assertEqual(fields.Datetime.now(), moment)
            self.assertEqual(fields.Date.today(), date(2020, 2, 29))
        self.assertEqual(partner.create_date, moment)
        self.assertGreater(fields.Datetime.now(), moment)

    def test_chance_is_repeatable(self):
        """The same topic draws the same numbers, another topic others."""
        one = [self.story.rng("orders", "a").random() for _draw in range(3)]
        two = [Story(self.env).rng("orders", "a").random() for _draw in range(3)]
        self.assertEqual(one, two)
        self.assertNotEqual(one[0], self.story.rng("orders", "b").random())

    def test_moments_are_working_days(self):
        """Nobody of the demo works on Saturdays and Sundays."""
        for days in range(40):
            self.assertLess(self.story.ago(days).weekday(), 5)
            day = self.story.today + timedelta(days=days)
            self.assertLess(self.story.moment(day).weekday(), 5)
            self.assertGreaterEqual(self.story.moment(day).date(), day)


@tagged("post_install", "-at_install")
class TestScript(TransactionCase):
    """The tables of the story name each other rightly."""

    def test_customers(self):
        keys = [customer.key for customer in CUSTOMERS]
        self.assertEqual(len(keys), len(set(keys)))
        for customer in CUSTOMERS:
            self.assertIn(customer.course, COURSES)
            self.assertIn(customer.paying, PAYING)
            self.assertIn(customer.currency, ("USD", "EUR"))
            if customer.parent:
                self.assertLess(keys.index(customer.parent), keys.index(customer.key))
        for course in COURSES.values():
            self.assertEqual(len(course), 8)

    def test_references(self):
        keys = {customer.key for customer in CUSTOMERS}
        for row in SUBSCRIPTIONS:
            self.assertIn(row.customer, keys)
            self.assertIn(row.service, SERVICES)
        pairs = [(row.customer, row.service) for row in SUBSCRIPTIONS]
        self.assertEqual(len(pairs), len(set(pairs)))
        for key, _days, kind, _priority, fate in TICKETS:
            self.assertIn(key, keys)
            self.assertIn(kind, MAILS)
            self.assertIn(fate, FATES)
        for row in OPPORTUNITIES:
            self.assertIn(row[0], keys)
        self.assertEqual({row[4] for row in TICKETS}, set(FATES))
