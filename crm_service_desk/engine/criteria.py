# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which policy fits a ticket, in plain values: ids, not records."""

from dataclasses import dataclass, field

EMPTY = frozenset()


@dataclass(frozen=True)
class Facts:
    """What is known of a ticket; an id is 0 where there is none.

    ``product_categories`` are the product's category and those above it,
    ``customer`` is the commercial entity.
    """

    company: int = 0
    team: int = 0
    priority: str = "0"
    kind: str = ""
    category: int = 0
    tags: frozenset = EMPTY
    product: int = 0
    product_categories: frozenset = EMPTY
    customer: int = 0


@dataclass(frozen=True)
class Criteria:
    """The filled-in criteria of a policy; an empty one fits every ticket."""

    policy: int
    company: int = 0
    minimum_priority: str = "0"
    kind: str = ""
    teams: frozenset = EMPTY
    categories: frozenset = EMPTY
    tags: frozenset = EMPTY
    products: frozenset = EMPTY
    product_categories: frozenset = EMPTY
    customers: frozenset = field(default=EMPTY)

    def fits(self, facts):
        """Say whether all filled-in criteria fit.

        >>> Criteria(1, teams=frozenset({7})).fits(Facts(team=7))
        True
        >>> Criteria(1, teams=frozenset({7})).fits(Facts())
        False
        """
        return bool(
            self.company == facts.company
            and (not self.teams or facts.team in self.teams)
            and facts.priority >= self.minimum_priority
            and (not self.categories or facts.category in self.categories)
            and (not self.tags or self.tags & facts.tags)
            and (not self.kind or facts.kind == self.kind)
            and self._fits_product(facts)
            and (not self.customers or facts.customer in self.customers)
        )

    def _fits_product(self, facts):
        """Say whether the product that the ticket is about is one of the policy's."""
        if not self.products and not self.product_categories:
            return True
        return facts.product in self.products or bool(
            facts.product_categories & self.product_categories
        )


def first_fitting(criteria, facts):
    """Return the id of the first policy that fits; 0 if none does."""
    return next((row.policy for row in criteria if row.fits(facts)), 0)
