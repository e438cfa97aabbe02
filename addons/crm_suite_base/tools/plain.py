# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Values as the external API promises them: plain JSON types and never None."""

import datetime
from collections.abc import Mapping
from decimal import Decimal

from odoo.fields import Date, Datetime
from odoo.models import BaseModel


def plain(value):
    """Return ``value`` as plain JSON types that XML-RPC can carry too.

    Dates become ``YYYY-MM-DD``, naive UTC moments ``YYYY-MM-DD HH:MM:SS``, ``None``
    becomes ``False``, decimals become floats, records become lists of ids, lazily
    translated text becomes text; mappings, lists, tuples and sets are walked.
    Integers beyond 32 bits become floats: XML-RPC has no longer integers.
    """
    if value is None:
        return False
    if isinstance(value, bool | float | str):
        return value
    if isinstance(value, int):
        return value if -(2**31) <= value < 2**31 else float(value)
    if isinstance(value, datetime.datetime):
        return Datetime.to_string(value)
    if isinstance(value, datetime.date):
        return Date.to_string(value)
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, BaseModel):
        return value.ids
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return str(value)
