# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The chapters of the story, for the tests in this folder."""

from story_chapters import (  # noqa: F401
    accepted,
    company,
    contract,
    credit,
    delivery,
    invoice,
    opportunity,
    order,
    plans,
    portal,
    renewal,
    returned,
    ticket,
    who,
)
