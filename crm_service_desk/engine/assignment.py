# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Whose turn it is. Plain values, no database."""

from dataclasses import dataclass

MANUAL = "manual"
ROUND_ROBIN = "round_robin"
OPEN_LOAD = "open_load"


@dataclass
class Member:
    """Somebody who may get tickets.

    ``turn`` is the number of the last turn that gave him one, 0 if none did; ``load``
    is how many open tickets he has.
    """

    user_id: int
    turn: int = 0
    load: int = 0


def distribute(rule, members, count, last=0):
    """Return who gets each of ``count`` tickets, as a list of user ids.

    Round robin: who has waited longest for a ticket. By load: who has the fewest open
    ones, and of those who has waited longest. Nobody there: an empty list. The members
    are changed: their ``turn`` and ``load`` are those after the tickets.

    >>> people = [Member(7, turn=2), Member(8, turn=1), Member(9)]
    >>> distribute(ROUND_ROBIN, people, 4)
    [9, 8, 7, 9]
    >>> distribute(OPEN_LOAD, [Member(7, load=3), Member(8, load=1)], 4)
    [8, 8, 7, 8]

    :param str rule: :data:`ROUND_ROBIN` or :data:`OPEN_LOAD`
    :param members: list of :class:`Member` who are there
    :param int last: number of the last turn, which may be of somebody who is away
    """
    if not members:
        return []
    last = max(last, *(member.turn for member in members))
    chosen = []
    for _ticket in range(count):
        member = min(members, key=lambda one: _rank(rule, one))
        last += 1
        member.turn = last
        member.load += 1
        chosen.append(member.user_id)
    return chosen


def _rank(rule, member):
    load = member.load if rule == OPEN_LOAD else 0
    return (load, member.turn, member.user_id)
