# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The one declaration of a key figure.

A KPI is stated once, as a :class:`Metric`. The tile, its tooltip, the list behind
a click, the value over RPC, a spreadsheet column and a printed row all come from
that declaration, so that they cannot disagree.
"""

from dataclasses import dataclass

UNITS = ("currency", "count", "percent", "days", "date", "quantity")
FUNCTIONS = ("sum", "count", "min", "max", "count_distinct")
BETTER = ("", "more", "less")


@dataclass(frozen=True)
class Metric:
    """What a figure is called, what it means and how a list shows it again.

    ``key``
        name in the external API; a promise to integrators, never renamed.
    ``label``, ``basis``
        what people read: the name, and in one sentence what is counted. Lazily
        translated text (``_lt``) or plain text.
    ``unit``
        one of :data:`UNITS`. ``currency`` values are in the currency that the
        answer names, ``percent`` is 0..100, ``days`` are calendar days.
    ``model``, ``aggregate``, ``sign``
        the drill-down: ``sign`` x ``function(field)`` over the records of ``model``
        that the domain of the computed value selects gives the value.
        ``aggregate`` reads ``"balance:sum"``; ``"id:count"`` counts records.
        A ratio has no aggregate: it opens its denominator.
    ``groups``
        comma-separated XML ids; the figure is absent for who has none of them.
    ``headline``
        whether the figure has a tile of its own at the top of the page.
    ``group``
        key of the tile or block that shows this figure under its headline.
    ``better``
        ``"more"`` where a growth is good news, ``"less"`` where it is bad, else "".
    """

    key: str
    label: object
    unit: str
    basis: object
    model: str = ""
    aggregate: str = ""
    sign: int = 1
    groups: str = ""
    headline: bool = False
    group: str = ""
    better: str = ""

    def __post_init__(self):
        if self.unit not in UNITS:
            raise ValueError(
                f"metric {self.key}: unit {self.unit!r} is not one of {UNITS}"
            )
        if self.sign not in (1, -1):
            raise ValueError(f"metric {self.key}: sign {self.sign!r} is not 1 or -1")
        if self.better not in BETTER:
            raise ValueError(
                f"metric {self.key}: better {self.better!r} is not one of {BETTER}"
            )
        if self.aggregate and self.function not in FUNCTIONS:
            raise ValueError(f"metric {self.key}: aggregate {self.aggregate!r}")

    @property
    def field(self):
        """Name of the field that the drill-down aggregates (str, "" for a ratio)."""
        return self.aggregate.partition(":")[0]

    @property
    def function(self):
        """Name of the aggregate function (str of :data:`FUNCTIONS`, "" for a ratio)."""
        return self.aggregate.partition(":")[2]
