# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The clock of service levels, in plain values.

One rule: remaining = target - working time in counting states, planned again from
the moment of resume. Moments are naive ``datetime`` in UTC, lengths are seconds. A
calendar repeats weekly (or every two weeks) in its own time zone; what counts is the
wall clock there, so a day of 23 or 25 hours has the working time that people who
look at the clock on the wall work on it.
"""

import bisect
import datetime
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

UTC = datetime.timezone.utc
DAY = datetime.timedelta(days=1)
SECOND = datetime.timedelta(seconds=1)
# A deadline further away than this is a calendar that (almost) never works.
HORIZON = datetime.timedelta(days=366 * 10)

COUNTS = "counts"
PAUSED = "paused"
SOLVED = "solved"
CANCELLED = "cancelled"


@dataclass(frozen=True)
class Block:
    """Working time on one weekday, ``start`` and ``end`` in seconds from midnight of
    the wall clock (24:00 is 86400). ``week`` is None for every week, else 0 or 1: the
    parity of the week counted from 0001-01-01, as Odoo counts it."""

    weekday: int
    start: int
    end: int
    week: int | None = None


@dataclass(frozen=True)
class Calendar:
    """Weekly blocks, leaves as (start, end) in UTC, and the time zone of the wall.

    ``blocks`` None is elapsed time: every second counts, leaves too.
    """

    blocks: tuple | None
    leaves: tuple = ()
    tz: str = "UTC"

    def __hash__(self):
        return hash((self.blocks, self.tz, self.leaves[:1], len(self.leaves)))


ELAPSED = Calendar(None)


class NoWorkingTimeError(ValueError):
    """The calendar has less working time in ten years than the target asks for."""


def working_intervals(calendar, start, end):
    """Yield the working time between two moments as (start, end), in order.

    >>> monday = datetime.datetime(2026, 11, 23)
    >>> office = Calendar((Block(0, 8 * 3600, 12 * 3600),), tz="UTC")
    >>> [(a.hour, b.hour) for a, b in working_intervals(office, monday, monday + DAY)]
    [(8, 12)]
    """
    last = None
    for low, high in _worked(calendar, start, end):
        if last and low == last[1]:
            last = (last[0], high)
            continue
        if last:
            yield last
        last = (low, high)
    if last:
        yield last


def working_seconds(calendar, start, end):
    """Return the working time between two moments (float seconds, 0 if end < start)."""
    return sum((b - a).total_seconds() for a, b in _worked(calendar, start, end))


def advance(calendar, start, seconds):
    """Return the moment at which ``seconds`` of working time after ``start`` are over.

    With nothing left to work the answer is ``start`` itself.

    :raise NoWorkingTimeError: not within ten years
    """
    if seconds <= 0:
        return start
    if calendar.blocks is None:
        return start + datetime.timedelta(seconds=seconds)
    left = seconds
    for low, high in _worked(calendar, start, start + HORIZON):
        length = (high - low).total_seconds()
        if left <= length:
            return low + datetime.timedelta(seconds=left)
        left -= length
    raise NoWorkingTimeError(f"{seconds:.0f} seconds of working time after {start}")


def counting_intervals(log, start, end):
    """Yield when the clock counted between two moments.

    :param log: list of (moment, state), in order; a state holds until the next
    """
    for (moment, state), until in zip(log, _ends(log, end), strict=True):
        low, high = max(moment, start), min(until, end)
        if state == COUNTS and low < high:
            yield (low, high)


def used_seconds(calendar, log, start, end):
    """Return the working time in counting states between two moments (seconds)."""
    return sum(
        working_seconds(calendar, low, high)
        for low, high in counting_intervals(log, start, end)
    )


def explain(calendar, log, start, end):
    """Return how a target was counted, as (from, to, counts, why), without gaps.

    ``why`` is ``working``, ``outside`` (no working time), ``leave``, or the state of
    the clock that did not count (``paused``, ``solved``, ``cancelled``).
    """
    rows = []
    for (moment, state), until in zip(log, _ends(log, end), strict=True):
        low, high = max(moment, start), min(until, end)
        if low >= high:
            continue
        if state != COUNTS:
            rows.append((low, high, False, state))
            continue
        rows.extend(_explain_counting(calendar, low, high))
    return rows


def _ends(log, end):
    """Return until when each state of the log holds; the last one is open."""
    return [moment for moment, _state in log[1:]] + [end] * bool(log)


def _explain_counting(calendar, low, high):
    """Yield the rows of a stretch in which the clock counted."""
    at = low
    for start, stop in working_intervals(calendar, low, high):
        if at < start:
            yield (at, start, False, _why_not(calendar, at, start))
        yield (start, stop, True, "working")
        at = stop
    if at < high:
        yield (at, high, False, _why_not(calendar, at, high))


def _why_not(calendar, low, high):
    """Say whether a leave is why nothing was worked in this stretch."""
    planned = Calendar(calendar.blocks, (), calendar.tz)
    return "leave" if working_seconds(planned, low, high) else "outside"


def _without(low, high, leaves):
    """Yield (low, high) minus the leaves."""
    for start, stop in sorted(leaves):
        if stop <= low or start >= high:
            continue
        if low < start:
            yield (low, start)
        low = max(low, stop)
        if low >= high:
            return
    if low < high:
        yield (low, high)


def _worked(calendar, start, end):
    """Yield the working time as it comes: what touches is not joined, because a desk
    that never closes would be one stretch of ten years."""
    if calendar.blocks is None:
        if start < end:
            yield (start, end)
        return
    done = start
    for low, high in _wall_intervals(calendar, start, end):
        low = max(low, done)
        if low < high:
            done = high
            yield from _without(low, high, calendar.leaves)


def _wall_intervals(calendar, start, end):
    """Yield the blocks, day of UTC by day of UTC, clipped to [start, end); they may
    overlap."""
    if not calendar.blocks:
        return
    week = _by_weekday(calendar.blocks)
    day = datetime.datetime.combine(start.date(), datetime.time())
    while day < end:
        for seg_start, seg_end, offset in _segments(calendar.tz, day):
            low, high = max(seg_start, start), min(seg_end, end)
            if low < high:
                yield from _blocks_between(week, low + offset, high + offset, offset)
        day += DAY


@lru_cache(maxsize=256)
def _by_weekday(blocks):
    """Return the blocks of each weekday, sorted by start."""
    return tuple(
        tuple(sorted((b for b in blocks if b.weekday == day), key=lambda b: b.start))
        for day in range(7)
    )


def _blocks_between(week, low, high, offset):
    """Yield the blocks between two wall clock times of one offset, back in UTC."""
    date = low.date()
    while True:
        midnight = datetime.datetime.combine(date, datetime.time())
        if midnight >= high:
            return
        parity = (date.toordinal() - 1) // 7 % 2
        for block in week[date.weekday()]:
            if block.week not in (None, parity):
                continue
            start = max(low, midnight + datetime.timedelta(seconds=block.start))
            stop = min(high, midnight + datetime.timedelta(seconds=block.end))
            if start < stop:
                yield (start - offset, stop - offset)
        date += DAY


@lru_cache(maxsize=16384)
def _segments(tz, day):
    """Return the stretches of a UTC day in which the zone's offset is constant."""
    low, high = day, day + DAY
    first, last = _offset(tz, low), _offset(tz, high - SECOND)
    if first == last:
        return ((low, high, first),)
    moments = range(int(DAY.total_seconds()))
    change = bisect.bisect_left(
        moments, True, key=lambda second: _offset(tz, day + second * SECOND) != first
    )
    moment = day + change * SECOND
    return ((low, moment, first), (moment, high, last))


def _offset(tz, moment):
    """Return the zone's UTC offset at a moment, as a timedelta."""
    return moment.replace(tzinfo=UTC).astimezone(_zone(tz)).utcoffset()


@lru_cache(maxsize=64)
def _zone(tz):
    return ZoneInfo(tz)


def deadline(calendar, log, start, seconds):
    """Return when ``seconds`` of working time in counting states after ``start`` are
    over, if the present state lasts; None while the clock stands and they are not.

    >>> noon = datetime.datetime(2026, 11, 23, 12)
    >>> deadline(ELAPSED, [(noon, COUNTS), (noon + DAY, PAUSED)], noon, 172800)
    >>> deadline(ELAPSED, [(noon, COUNTS)], noon, 3600).hour
    13

    :raise NoWorkingTimeError: not within ten years
    """
    left = seconds
    for position, (moment, state) in enumerate(log):
        if state != COUNTS:
            continue
        low = max(moment, start)
        if position + 1 == len(log):
            return advance(calendar, low, left)
        high = log[position + 1][0]
        if low >= high:
            continue
        done = working_seconds(calendar, low, high)
        if left <= done:
            return advance(calendar, low, left)
        left -= done
    return None
