# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Dates and money of subscriptions in plain Python: no ORM, no database, no clock."""

from . import balance
from . import changes
from . import delivery
from . import mrr
from . import proration
from . import recurrence
from . import renewal
