# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Checks of what callers pass to public methods.

A refusal is one sentence that names the argument, the key and the value, so that
an integrator can mend the call without reading our code.
"""

import datetime
import reprlib
from dataclasses import dataclass

from odoo.exceptions import UserError
from odoo.fields import Date, Datetime
from odoo.orm.identifiers import NewId

# What XML-RPC and the ORM can carry as the id of a record, and as an integer.
MAX_ID = 2**31 - 1
# Days around which time zones and terms can be calculated with.
MIN_YEAR, MAX_YEAR = 1000, 2999
# How much of a wrong value, and how many keys, a refusal says again.
MAX_SHOWN, MAX_KEYS = 120, 20


@dataclass(frozen=True)
class Option:
    """What one key of an options argument may hold.

    ``kind`` is ``"int"``, ``"float"``, ``"str"``, ``"bool"``, ``"date"``,
    ``"datetime"``, ``"ids"`` (list of record ids), ``"strs"`` (list of str),
    ``"dict"`` or ``"list"``. ``choices`` limits str and strs; ``minimum`` and
    ``maximum`` bound numbers and the length of lists and texts.
    """

    kind: str
    choices: tuple = ()
    minimum: float | None = None
    maximum: float | None = None
    required: bool = False


def check_options(env, options, spec, argument="options"):
    """Return the checked and converted ``options``.

    :param env: environment whose language the error is in
    :param options: dict of a caller; ``None`` and ``False`` mean none
    :param spec: dict {key: :class:`Option`}
    :param argument: name of the argument, for the error
    :return: dict with the given keys only; dates as ``datetime.date``, moments as
        naive UTC ``datetime.datetime``, ids as tuple of int
    :raise UserError: unknown key, missing key, wrong type or value out of range
    """
    if options is None or options is False:
        options = {}
    if not isinstance(options, dict):
        raise UserError(
            env._(
                "%(argument)s must be a dictionary, not %(value)s.",
                argument=argument,
                value=show(options),
            )
        )
    unknown = sorted(show_key(key) for key in options if key not in spec)
    if unknown:
        raise UserError(
            env._(
                "%(argument)s: %(keys)s is not known. Known are: %(known)s.",
                argument=argument,
                keys=", ".join(unknown[:MAX_KEYS]),
                known=", ".join(sorted(spec)),
            )
        )
    missing = sorted(
        key for key, option in spec.items() if option.required and key not in options
    )
    if missing:
        raise UserError(
            env._(
                "%(argument)s: %(keys)s is missing.",
                argument=argument,
                keys=", ".join(missing),
            )
        )
    return {
        key: _convert(env, f"{argument}[{key!r}]", value, spec[key])
        for key, value in options.items()
    }


def is_text(value):
    """Say whether a value is a text that the database can store.

    >>> is_text("x"), is_text("\\x00"), is_text("\\ud800"), is_text(7)
    (True, False, False, False)
    """
    if not isinstance(value, str) or "\x00" in value:
        return False
    try:
        # Halves of characters, which JSON can write.
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def show(value):
    """Return a value of a caller as a refusal names it: one short line of text.

    Whatever it is: ten megabytes, nested a thousand times, or no text at all.

    >>> len(show("x" * 10_000_000)) <= MAX_SHOWN
    True
    """
    shown = reprlib.Repr()
    shown.maxlevel, shown.maxother = 3, MAX_SHOWN
    shown.maxstring = shown.maxlong = MAX_SHOWN // 2
    return _plain_text(shown.repr(value))[:MAX_SHOWN]


def show_key(key):
    """Return the name of an unknown key as a refusal names it."""
    return _plain_text(str(key)[:MAX_SHOWN])


def _plain_text(text):
    """Return a text that every protocol can carry: no control characters, no halves of
    characters."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def check_ids(records):
    """Return ``records`` if it holds at least one and all of them exist.

    :raise UserError: no id given, what is no id, or ids that do not exist; all named
    """
    env = records.env
    if not check_id_types(records):
        raise UserError(
            env._("ids: at least one id of %(model)s is needed.", model=records._name)
        )
    missing = records - records.exists()
    if missing:
        raise UserError(
            env._(
                "ids: %(model)s %(ids)s does not exist.",
                model=records._name,
                ids=", ".join(str(id_) for id_ in missing.ids[:MAX_KEYS]),
            )
        )
    return records


def check_id_types(records):
    """Return ``records`` if its ids can be ids, whether there are such records or not.

    :raise UserError: what is no id is named
    """
    for id_ in records._ids:
        if not isinstance(id_, NewId) and (_to_int(id_) is None or id_ < 1):
            raise UserError(
                records.env._(
                    "ids: %(value)s is no id of %(model)s.",
                    value=show(id_),
                    model=records._name,
                )
            )
    return records


def _convert(env, name, value, option):
    """Return ``value`` converted to the kind of ``option``, or refuse it by name."""
    converted = _CONVERTERS[option.kind](value)
    if converted is None:
        raise UserError(
            env._(
                "%(name)s: %(value)s is not valid; expected is %(kind)s.",
                name=name,
                value=show(value),
                kind=_KIND_TEXT[option.kind],
            )
        )
    _check_range(env, name, value, converted, option)
    return converted


def _check_range(env, name, value, converted, option):
    """Refuse a converted value that is outside of the option's choices or bounds."""
    if option.choices:
        chosen = converted if isinstance(converted, tuple) else (converted,)
        if any(item not in option.choices for item in chosen):
            raise UserError(
                env._(
                    "%(name)s: %(value)s is not one of %(choices)s.",
                    name=name,
                    value=show(value),
                    choices=", ".join(option.choices),
                )
            )
    size = converted if isinstance(converted, int | float) else None
    if size is None and hasattr(converted, "__len__"):
        size = len(converted)
    too_small = (
        option.minimum is not None and size is not None and size < option.minimum
    )
    too_large = (
        option.maximum is not None and size is not None and size > option.maximum
    )
    if too_small or too_large:
        raise UserError(
            env._(
                "%(name)s: %(value)s is out of range (%(minimum)s to %(maximum)s).",
                name=name,
                value=show(value),
                minimum="" if option.minimum is None else option.minimum,
                maximum="" if option.maximum is None else option.maximum,
            )
        )


def _to_int(value):
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if -MAX_ID - 1 <= value <= MAX_ID else None


def _to_float(value):
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # Beyond it floats count in steps of more than one.
    return float(value) if abs(value) < 2**53 else None


def _to_str(value):
    return value if is_text(value) else None


def _to_bool(value):
    return value if isinstance(value, bool) else None


def _to_date(value):
    if isinstance(value, datetime.datetime):
        return None
    if isinstance(value, datetime.date):
        return value
    # Exactly as the API writes dates: Odoo's own conversion cuts longer texts.
    if not isinstance(value, str) or len(value) != 10:
        return None
    try:
        day = Date.to_date(value)
    except ValueError:
        return None
    return day if MIN_YEAR <= day.year <= MAX_YEAR else None


def _to_datetime(value):
    if isinstance(value, datetime.datetime):
        return value if value.tzinfo is None else None
    if not isinstance(value, str) or len(value) != 19:
        return None
    try:
        moment = Datetime.to_datetime(value)
    except ValueError:
        return None
    return moment if MIN_YEAR <= moment.year <= MAX_YEAR else None


def _to_ids(value):
    if not isinstance(value, list | tuple):
        return None
    if any(_to_int(item) is None or not 0 < item <= MAX_ID for item in value):
        return None
    return tuple(dict.fromkeys(value))


def _to_strs(value):
    if not isinstance(value, list | tuple):
        return None
    return None if any(_to_str(item) is None for item in value) else tuple(value)


def _to_dict(value):
    return value if isinstance(value, dict) else None


def _to_list(value):
    return list(value) if isinstance(value, list | tuple) else None


_CONVERTERS = {
    "int": _to_int,
    "float": _to_float,
    "str": _to_str,
    "bool": _to_bool,
    "date": _to_date,
    "datetime": _to_datetime,
    "ids": _to_ids,
    "strs": _to_strs,
    "dict": _to_dict,
    "list": _to_list,
}
# Said in the words of the API, for integrators: not translated.
_KIND_TEXT = {
    "int": "int",
    "float": "number",
    "str": "str",
    "bool": "bool",
    "date": "YYYY-MM-DD",
    "datetime": "YYYY-MM-DD HH:MM:SS (UTC)",
    "ids": "list of ids",
    "strs": "list of str",
    "dict": "dict",
    "list": "list",
}
