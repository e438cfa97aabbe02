# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""One list over many kinds of records: what a row is, paging, merging.

Rows are ordered newest first. The order is total, so that a page can begin exactly
after any row: by moment, kind, model and id, all descending.
"""

from dataclasses import dataclass
from datetime import date, datetime

COUNT_LIMIT = 1000
#: Ids that the database can compare, and years that a day can be added to.
MAX_ID, YEARS = 2**31 - 1, range(1000, 9999)
_MOMENT = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True)
class TimelineKind:
    """A filter chip of the timeline.

    ``key`` is the name in the external API, ``label`` what people read (lazily
    translated), ``icon`` a Font Awesome class such as ``fa-truck``.
    """

    key: str
    label: object
    icon: str


@dataclass(frozen=True)
class TimelineSource:
    """Records of one model that appear in the timeline as one kind.

    ``domain``
        the records of the asked partner (list or Domain), without paging or search.
    ``date``
        name of the stored Date or Datetime field that places the row; records
        without it do not appear.
    ``title``, ``state``, ``amount``, ``currency``, ``partner``
        names of the fields shown; "" where the model has none. ``sign`` multiplies
        the amount.
    ``search``
        names of the fields that the search text is looked for in.
    ``link``
        names of two fields (model, id) when a click opens another record.
    ``records``
        SQL of the ids of records that several kinds share; the domain takes some.
    """

    kind: str
    model: str
    domain: object
    date: str
    title: str = "display_name"
    state: str = ""
    amount: str = ""
    currency: str = ""
    partner: str = "partner_id"
    sign: int = 1
    search: tuple = ("display_name",)
    link: tuple = ()
    records: object = ""


@dataclass(frozen=True, order=True)
class Cursor:
    """Place of a row in the order of the timeline."""

    moment: str
    kind: str
    model: str
    res_id: int

    @classmethod
    def of(cls, row):
        """Return the place of a ``row`` (dict with date, kind, source and id)."""
        return cls(row["date"], row["kind"], row["source"], row["id"])

    @classmethod
    def parse(cls, text):
        """Return the cursor that :meth:`dump` wrote.

        :raise ValueError: not a cursor of ours
        """
        moment, kind, model, res_id = text.split("|")
        when, res_id = datetime.strptime(moment, _MOMENT), int(res_id)
        if when.year not in YEARS or abs(res_id) > MAX_ID:
            raise ValueError("a place that no record can have")
        return cls(moment_text(when), kind, model, res_id)

    def dump(self):
        """Return the cursor as text for the caller to give back."""
        return f"{self.moment}|{self.kind}|{self.model}|{self.res_id}"

    @property
    def when(self):
        """The moment (naive UTC datetime)."""
        return datetime.strptime(self.moment, _MOMENT)


def moment_text(value):
    """Return a date (midnight) or datetime as the text that rows are ordered by."""
    if not isinstance(value, datetime) and isinstance(value, date):
        value = datetime(value.year, value.month, value.day)
    return value.strftime(_MOMENT)


def merge(rows, limit):
    """Return the newest ``limit`` of ``rows`` and the cursor text for more, or None.

    :param rows: rows of all sources, each source having given its newest
        ``limit + 1`` after the cursor
    """
    ordered = sorted(rows, key=Cursor.of, reverse=True)
    page = ordered[:limit]
    more = len(ordered) > limit and page
    return page, Cursor.of(page[-1]).dump() if more else None


def cap(count):
    """Return (count, more): counts are cut at ``COUNT_LIMIT`` (shown as "1000+")."""
    return min(count, COUNT_LIMIT), count > COUNT_LIMIT
