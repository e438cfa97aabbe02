# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""When a customer asked, when he was answered, and since when he waits.

Plain values: moments are naive ``datetime`` in UTC, ``None`` for what did not happen.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Conversation:
    """What the response clocks of a ticket need to know of its messages.

    ``opened`` is when the customer reached us, ``answered`` our first answer,
    ``last_answer`` our latest one, ``waiting`` the oldest message after an answer
    that nobody has answered.
    """

    opened: datetime
    answered: datetime | None = None
    last_answer: datetime | None = None
    waiting: datetime | None = None


def join(first, second):
    """Return one conversation of two that were about the same matter.

    The customer reached us with the earlier one. What he asked in either counts as
    answered when we answered later in either of them; what is left, he waits for.

    >>> day = [datetime(2026, 11, n) for n in range(1, 6)]
    >>> asked = Conversation(day[2])
    >>> answered = Conversation(day[0], day[1], day[1])
    >>> join(asked, answered).waiting.day
    3
    >>> join(asked, Conversation(day[0], day[3], day[3])).waiting is None
    True
    """
    last = _latest(first.last_answer, second.last_answer)
    answered = _earliest(first.answered, second.answered)
    open_questions = [
        moment
        for one in (first, second)
        for moment in (one.waiting, None if one.answered else one.opened)
        if moment and (last is None or moment > last)
    ]
    return Conversation(
        min(first.opened, second.opened),
        answered,
        last,
        min(open_questions) if answered and open_questions else None,
    )


def _earliest(*moments):
    return min((moment for moment in moments if moment), default=None)


def _latest(*moments):
    return max((moment for moment in moments if moment), default=None)
