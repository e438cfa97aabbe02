# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is asked: whose figures, of which companies, for which days."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from .periods import Period, day_start, local_day

CONTACT = "contact"
ENTITY = "entity"
GROUP = "group"
KINDS = (CONTACT, ENTITY, GROUP)

#: Up to so many partners a domain names them; beyond it names their head, unless the
#: reader's rules hide one of them: a list would leave out what is his.
MAX_NAMED = 80


@dataclass(frozen=True)
class Scope:
    """The question that every section answers, resolved to plain values.

    ``kind``
        ``contact``: documents whose own partner is the asked one (no ledger figures);
        ``entity``: everything of its commercial entity; ``group``: of the whole tree.
    ``members``
        {asked partner id: tuple of the partner ids whose records count for it}.
    ``heads``
        {asked partner id: id of the contact, commercial entity or top of the tree}.
    ``company_ids``, ``currency_id``
        companies that count, and the currency that amounts are given in.
    ``period``
        days that period figures cover; open balances are always of ``now``.
    ``today``, ``now``
        day (in ``zone``) and moment (naive UTC) of the answer.
    ``zone``
        IANA name of the time zone whose days count.
    ``most_named``
        up to so many members a domain names each.
    ``shared``
        what one section has read that another needs too, for this answer only.
    """

    kind: str
    members: dict
    heads: dict
    company_ids: tuple
    currency_id: int
    period: Period
    today: date
    now: datetime
    zone: str = "UTC"
    most_named: int = MAX_NAMED
    shared: dict = field(default_factory=dict, compare=False, repr=False)

    @property
    def partner_ids(self):
        """Ids of the asked partners (tuple), in the order asked."""
        return tuple(self.members)

    @property
    def member_ids(self):
        """Ids of all partners whose records count (tuple, no duplicates)."""
        return tuple(dict.fromkeys(i for ids in self.members.values() for i in ids))

    def owners(self):
        """Return {member id: list of the asked partner ids that it counts for}."""
        owners = {}
        for asked, members in self.members.items():
            for member in members:
                owners.setdefault(member, []).append(asked)
        return owners

    def member_heads(self):
        """Return {member id: id of the contact, entity or top that it belongs to}."""
        return {
            member: self.heads[asked]
            for asked, members in self.members.items()
            for member in members
        }

    def bounds(self, period):
        """Return (start, end) of a period's days: naive UTC, the end not included."""
        after = period.end + timedelta(days=1)
        return day_start(period.start, self.zone), day_start(after, self.zone)

    def moments(self, name, period):
        """Return the domain (list) of a period's days on a Datetime field."""
        start, end = self.bounds(period)
        return [
            (name, ">=", start),
            (name, "<", end),
        ]

    def day_of(self, moment):
        """Return the day (date) of a naive UTC moment; False stays False."""
        return local_day(moment, self.zone) if moment else False

    def domain(self, partner_id, path="partner_id"):
        """Return the domain (list) of the records that count for an asked partner.

        :param path: path of the many2one to res.partner on the records
        """
        members = self.members[partner_id]
        if len(members) <= self.most_named:
            return [(path, "in", list(members))]
        if self.kind == GROUP:
            return [(path, "child_of", self.heads[partner_id])]
        return [(f"{path}.commercial_partner_id", "=", self.heads[partner_id])]
