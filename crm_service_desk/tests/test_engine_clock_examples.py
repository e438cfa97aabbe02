# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Examples that other service desks publish, with our clock.

Zammad: ``spec/models/ticket/escalation_examples.rb`` (zammad/zammad).
Chatwoot: description and test plan of pull request chatwoot/chatwoot#13392.
Frappe CRM: ``test_crm_service_level_agreement.py`` (frappe/crm).
Dynamics 365: learn.microsoft.com, Customer Service, *SLA timer doesn't pause when its
state is changed from InProgress to OnHold on a holiday*: its four scenarios, in words;
the hours in them are ours.
"""

import datetime
import unittest

from odoo.addons.crm_service_desk.engine import clock
from odoo.addons.crm_service_desk.engine.clock import COUNTS, PAUSED, Block, Calendar

HOUR = 3600


def utc(text):
    return datetime.datetime.fromisoformat(text)


def office(start, end):
    """Return Monday to Friday between two hours, in UTC."""
    return Calendar(tuple(Block(day, start * HOUR, end * HOUR) for day in range(5)))


class TestExamples(unittest.TestCase):
    def _due(self, calendar, start, seconds, *changes):
        log = [(utc(start), COUNTS)]
        log += [(utc(moment), state) for moment, state in changes]
        return clock.deadline(calendar, log, log[0][0], seconds)

    def test_zammad(self):
        """First response 60, solution 180 minutes, Monday to Friday 8-18."""
        long, short = office(8, 18), office(9, 17)
        opened = "2013-03-21 09:30"
        for calendar, minutes, due in (
            (long, 60, "2013-03-21 10:30"),
            (long, 120, "2013-03-21 11:30"),
            (long, 180, "2013-03-21 12:30"),
            (short, 240, "2013-03-21 13:30"),
        ):
            self.assertEqual(self._due(calendar, opened, minutes * 60), utc(due))
        for closed, used, left in (
            ("2013-03-21 11:30", 120, 60),
            ("2013-03-21 13:00", 210, -30),
        ):
            seconds = clock.working_seconds(long, utc(opened), utc(closed))
            self.assertEqual((seconds / 60, 180 - seconds / 60), (used, left))

    def test_zammad_update_after_the_customer_wrote_again(self):
        """120 minutes from the customer's message at 12:05."""
        due = self._due(office(8, 18), "2013-03-21 12:05", 120 * 60)
        self.assertEqual(due, utc("2013-03-21 14:05"))

    def test_chatwoot(self):
        """Monday to Friday 9-17: over the weekend, within, and before the hours."""
        for start, hours, due in (
            ("2026-01-30 16:30", 1, "2026-02-02 09:30"),
            ("2026-01-28 10:00", 2, "2026-01-28 12:00"),
            ("2026-01-28 07:00", 2, "2026-01-28 11:00"),
        ):
            self.assertEqual(self._due(office(9, 17), start, hours * HOUR), utc(due))

    def test_frappe(self):
        """Monday to Friday 9-17, in January 2024."""
        for start, hours, due in (
            ("2024-01-01 10:00", 1, "2024-01-01 11:00"),
            ("2024-01-01 16:00", 2, "2024-01-02 10:00"),
        ):
            self.assertEqual(self._due(office(9, 17), start, hours * HOUR), utc(due))
        day = utc("2024-01-01 10:00"), utc("2024-01-01 12:00")
        self.assertEqual(clock.working_seconds(office(9, 17), *day), 7200)

    def test_dynamics(self):
        """Only what is held within working hours moves the deadline."""
        for why, target, opened, held, resumed, due in (
            ("all before the hours", 4, "05:00", "06:00", "07:00", "13:00"),
            ("held within them", 4, "05:00", "10:00", "11:00", "14:00"),
            ("resumed outside", 8, "10:00", "16:00", "20:00", "23 11:00"),
            ("held outside", 8, "10:00", "20:00", "23 10:00", "23 11:00"),
        ):
            day = "2026-01-22 "

            def at(text, day=day):
                return f"2026-01-{text}" if " " in text else day + text

            found = self._due(
                office(9, 17),
                at(opened),
                target * HOUR,
                (at(held), PAUSED),
                (at(resumed), COUNTS),
            )
            self.assertEqual(found, utc(at(due)), why)
