# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Values as the external API promises them: plain JSON types and never None."""

import datetime
from collections.abc import Mapping
from decimal import Decimal

from odoo.models import BaseModel

#: Exact types that are plain already; answers consist mostly of these.
_PLAIN_TYPES = frozenset((bool, float, str))


def plain(value):
    """Return ``value`` as plain JSON types that XML-RPC can carry too.

    Dates become ``YYYY-MM-DD``, naive UTC moments ``YYYY-MM-DD HH:MM:SS``, ``None``
    becomes ``False``, decimals become floats, records become lists of ids, lazily
    translated text becomes text; mappings, lists, tuples and sets are walked.
    Integers beyond 32 bits become floats: XML-RPC has no longer integers.
    """
    kind = value.__class__
    if kind in _PLAIN_TYPES:
        return value
    if kind is dict:
        return {
            str(key): item if item.__class__ in _PLAIN_TYPES else plain(item)
            for key, item in value.items()
        }
    if kind is list or kind is tuple:
        return [
            item if item.__class__ in _PLAIN_TYPES else plain(item) for item in value
        ]
    if value is None:
        return False
    if isinstance(value, bool | float | str):
        return value
    if isinstance(value, int):
        return value if -(2**31) <= value < 2**31 else float(value)
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, BaseModel):
        return value.ids
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return str(value)
