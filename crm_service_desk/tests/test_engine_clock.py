# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The clock against one that counts minute by minute."""

import datetime
import doctest
import unittest
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.crm_service_desk.engine import clock
from odoo.addons.crm_service_desk.engine.clock import (
    CANCELLED,
    COUNTS,
    PAUSED,
    SOLVED,
    Block,
    Calendar,
)

MINUTE = datetime.timedelta(minutes=1)
HOUR = 3600
UTC = datetime.timezone.utc
OFFICE = Calendar(
    tuple(
        Block(day, start * HOUR, end * HOUR)
        for day in range(5)
        for start, end in ((8, 12), (13, 17))
    ),
    tz="Europe/Paris",
)
ZONES = ["UTC", "Europe/Paris", "Asia/Seoul", "America/New_York", "Asia/Kolkata"]


def utc(text):
    return datetime.datetime.fromisoformat(text)


def minute_counts(calendar, moment):
    """Say whether a minute is working time: look at the clock on the wall."""
    if calendar.blocks is None:
        return True
    if any(start <= moment < end for start, end in calendar.leaves):
        return False
    wall = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(calendar.tz))
    second = wall.hour * HOUR + wall.minute * 60
    parity = (wall.date().toordinal() - 1) // 7 % 2
    return any(
        block.weekday == wall.weekday()
        and block.start <= second < block.end
        and block.week in (None, parity)
        for block in calendar.blocks
    )


def brute_working(calendar, start, end):
    """Return the working minutes between two whole minutes, one by one."""
    count = 0
    while start < end:
        count += minute_counts(calendar, start)
        start += MINUTE
    return count


def brute_used(calendar, log, start, end):
    """Return the minutes in which the state counted and somebody worked."""
    count = 0
    while start < end:
        states = [state for moment, state in log if moment <= start]
        if states and states[-1] == COUNTS:
            count += minute_counts(calendar, start)
        start += MINUTE
    return count


# From a week before a change of the clocks, in both halves of the year.
moments = st.builds(
    lambda base, minutes: base + minutes * MINUTE,
    st.sampled_from(
        [utc("2026-03-26 00:00"), utc("2026-10-22 00:00"), utc("2026-06-01 00:00")]
    ),
    st.integers(0, 6 * 24 * 60),
)
blocks = st.builds(
    lambda day, a, b, week: Block(day, min(a, b) * 60, max(a, b) * 60, week),
    st.integers(0, 6),
    st.integers(0, 24 * 60),
    st.integers(0, 24 * 60),
    st.sampled_from([None, None, 0, 1]),
)
leaves = st.builds(
    lambda start, minutes: (start, start + minutes * MINUTE),
    moments,
    st.integers(1, 3 * 24 * 60),
)
calendars = st.builds(
    lambda b, le, tz: Calendar(tuple(b), tuple(le), tz),
    st.lists(blocks, min_size=1, max_size=8),
    st.lists(leaves, max_size=2),
    st.sampled_from(ZONES),
)


@st.composite
def histories(draw):
    """A ticket's log: changes of state at whole minutes, in order."""
    at = draw(moments)
    log = [(at, COUNTS)]
    for _change in range(draw(st.integers(0, 4))):
        at += draw(st.integers(1, 2000)) * MINUTE
        log.append((at, draw(st.sampled_from([COUNTS, PAUSED, SOLVED, CANCELLED]))))
    return log


class TestClock(unittest.TestCase):
    def test_doctests(self):
        self.assertEqual(doctest.testmod(clock).failed, 0)

    def test_example_friday_afternoon(self):
        """Created Friday 15:00 UTC (16:00 in Paris), 8 hours: one left on Friday,
        seven on Monday, over lunch: Monday 15:00 UTC."""
        due = clock.advance(OFFICE, utc("2026-11-20 15:00"), 8 * HOUR)
        self.assertEqual(due, utc("2026-11-23 15:00"))

    def test_example_done_from_waiting(self):
        """8 hours; waiting from Monday 16:00 in Paris, done from waiting a week
        later: met, 7 hours used. (OCA's helpdesk_mgmt_sla says breached.)"""
        log = [
            (utc("2026-11-23 07:00"), COUNTS),
            (utc("2026-11-23 15:00"), PAUSED),
            (utc("2026-11-30 15:00"), SOLVED),
        ]
        used = clock.used_seconds(OFFICE, log, log[0][0], log[-1][0])
        self.assertEqual(used, 7 * HOUR)

    def test_resume_plans_again(self):
        """Two of eight hours used, paused over the weekend, six left from Monday."""
        log = [
            (utc("2026-11-20 14:00"), COUNTS),
            (utc("2026-11-20 16:00"), PAUSED),
        ]
        self.assertIsNone(clock.deadline(OFFICE, log, log[0][0], 8 * HOUR))
        log.append((utc("2026-11-23 09:00"), COUNTS))
        due = clock.deadline(OFFICE, log, log[0][0], 8 * HOUR)
        self.assertEqual(due, utc("2026-11-23 16:00"))

    def test_day_of_23_hours(self):
        """A night shift over the change to summer time has an hour less."""
        night = Calendar((Block(6, 0, 8 * HOUR),), tz="Europe/Paris")
        seconds = clock.working_seconds(
            night, utc("2026-03-28 20:00"), utc("2026-03-29 20:00")
        )
        self.assertEqual(seconds, 7 * HOUR)

    def test_leave_is_the_reason(self):
        leave = (utc("2026-11-23 00:00"), utc("2026-11-24 00:00"))
        calendar = Calendar(OFFICE.blocks, (leave,), OFFICE.tz)
        log = [(utc("2026-11-23 07:00"), COUNTS)]
        rows = clock.explain(calendar, log, log[0][0], utc("2026-11-24 08:00"))
        self.assertEqual(
            [(row[2], row[3]) for row in rows], [(False, "leave"), (True, "working")]
        )

    def test_no_working_time(self):
        never = Calendar((), tz="UTC")
        with self.assertRaises(clock.NoWorkingTimeError):
            clock.advance(never, utc("2026-11-23 07:00"), 1)

    def test_elapsed(self):
        due = clock.advance(clock.ELAPSED, utc("2026-11-21 00:00"), 3 * HOUR)
        self.assertEqual(due, utc("2026-11-21 03:00"))

    def test_desk_that_never_closes(self):
        """Blocks that touch are planned day by day, and shown as one stretch."""
        always = Calendar(
            tuple(
                Block(d, a, b)
                for d in range(7)
                for a, b in ((0, 43200), (43200, 86400))
            )
        )
        start = utc("2026-11-20 15:00")
        before = clock._segments.cache_info()
        self.assertEqual(
            clock.advance(always, start, 30 * HOUR), utc("2026-11-21 21:00")
        )
        after = clock._segments.cache_info()
        looked = after.hits + after.misses - before.hits - before.misses
        self.assertLessEqual(looked, 3, "ten years were looked at for thirty hours")
        self.assertEqual(
            list(clock.working_intervals(always, start, start + 3 * clock.DAY)),
            [(start, start + 3 * clock.DAY)],
        )

    @settings(max_examples=80, deadline=None)
    @given(calendars, moments, st.integers(0, 4 * 24 * 60))
    def test_working_time(self, calendar, start, minutes):
        end = start + minutes * MINUTE
        self.assertEqual(
            clock.working_seconds(calendar, start, end),
            60 * brute_working(calendar, start, end),
        )

    @settings(max_examples=60, deadline=None)
    @given(calendars, moments, st.integers(0, 3000), st.integers(0, 3000))
    def test_working_time_is_additive(self, calendar, start, first, second):
        middle = start + first * MINUTE
        end = middle + second * MINUTE
        self.assertEqual(
            clock.working_seconds(calendar, start, end),
            clock.working_seconds(calendar, start, middle)
            + clock.working_seconds(calendar, middle, end),
        )

    @settings(max_examples=60, deadline=None)
    @given(calendars, moments, st.integers(1, 1500))
    def test_advance_is_the_inverse(self, calendar, start, minutes):
        try:
            due = clock.advance(calendar, start, minutes * 60)
        except clock.NoWorkingTimeError:
            return
        self.assertEqual(clock.working_seconds(calendar, start, due), minutes * 60)
        self.assertTrue(minute_counts(calendar, due - MINUTE))

    @settings(max_examples=60, deadline=None)
    @given(calendars, histories(), st.integers(0, 3000))
    def test_used_time(self, calendar, log, minutes):
        end = log[-1][0] + minutes * MINUTE
        self.assertEqual(
            clock.used_seconds(calendar, log, log[0][0], end),
            60 * brute_used(calendar, log, log[0][0], end),
        )

    @settings(max_examples=60, deadline=None)
    @given(calendars, histories(), st.integers(1, 1500))
    def test_deadline_leaves_nothing(self, calendar, log, minutes):
        """At the deadline exactly the target is used; without one, less is."""
        start = log[0][0]
        try:
            due = clock.deadline(calendar, log, start, minutes * 60)
        except clock.NoWorkingTimeError:
            return
        if due is None:
            used = clock.used_seconds(calendar, log, start, log[-1][0])
            self.assertLess(used, minutes * 60)
        else:
            used = clock.used_seconds(calendar, log, start, due)
            self.assertEqual(used, minutes * 60)

    @settings(max_examples=40, deadline=None)
    @given(calendars, moments, st.integers(1, 1500))
    def test_pause_outside_hours_changes_nothing(self, calendar, start, minutes):
        try:
            due = clock.advance(calendar, start, minutes * 60)
        except clock.NoWorkingTimeError:
            return
        rows = clock.explain(calendar, [(start, COUNTS)], start, due)
        for low, high, counts, _why in rows:
            if counts:
                continue
            log = [(start, COUNTS), (low, PAUSED), (high, COUNTS)]
            again = clock.deadline(calendar, log, start, minutes * 60)
            self.assertEqual(again, due)

    @settings(max_examples=40, deadline=None)
    @given(calendars, histories(), st.integers(1, 3000))
    def test_explanation_has_no_gap_and_adds_up(self, calendar, log, minutes):
        start, end = log[0][0], log[-1][0] + minutes * MINUTE
        rows = clock.explain(calendar, log, start, end)
        self.assertEqual(rows[0][0], start)
        self.assertEqual(rows[-1][1], end)
        for before, after in zip(rows, rows[1:], strict=False):
            self.assertEqual(before[1], after[0])
        counted = sum((row[1] - row[0]).total_seconds() for row in rows if row[2])
        self.assertEqual(counted, clock.used_seconds(calendar, log, start, end))
