# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which telephone numbers are the same number, without a database.

Sources: ITU-T E.164 (country code and number, at most 15 digits), E.123 (``+`` before
the country code, ``(0)`` for a trunk prefix that is not dialled from abroad), and the
trunk prefix 0 and international prefix 00 that most countries use (ITU-T Operational
Bulletin 994), Korea among them.
"""

import re

# Countries whose numbers keep a leading 0 from abroad, or have no trunk prefix 0.
KEEP_ZERO = {39, 378, 379}
NORTH_AMERICA = 1
# Shorter ones are extensions and service numbers (114, 1588-1234): no trunk prefix.
SHORT = 8


def canonical(number, country_code):
    """Return a number as ``+82212345678``, or its digits where it has no country.

    >>> canonical("02-1234-5678", 82), canonical("+82 (0)2 1234 5678", 82)
    ('+82212345678', '+82212345678')
    >>> canonical("0082 10 1234 5678", 49), canonical("1588-1234", 82)
    ('+821012345678', '15881234')
    >>> canonical("(212) 555-0123", 1), canonical("reception", 1)
    ('+12125550123', '')

    :param str number: as people write it
    :param int country_code: of numbers without one (82 for Korea), 0 if it is unknown
    """
    text = re.sub(r"(?i)\s*(ext\.?|x|내선)\s*\d+\s*$", "", number or "")
    text = "".join(character for character in text if _is_kept(character))
    plus = text.lstrip("(").startswith("+")
    text = re.sub(r"\(0\)", "", text) if plus else text
    digits = re.sub(r"\D", "", text)
    if plus:
        return f"+{digits}" if digits else ""
    if digits.startswith("00"):
        return f"+{digits[2:]}" if len(digits) > SHORT else digits
    if not country_code or len(digits) < SHORT:
        return digits
    return _national(digits, country_code)


def _is_kept(character):
    return character in "+()" or (character.isascii() and character.isdigit())


def _national(digits, country_code):
    """Return a number without international prefix in the form of E.164."""
    code = str(country_code)
    if country_code == NORTH_AMERICA:
        if len(digits) == 11 and digits[0] == code:
            return f"+{digits}"
        return f"+{code}{digits}" if len(digits) == 10 else digits
    if digits[0] == "0":
        kept = digits if country_code in KEEP_ZERO else digits[1:]
        return f"+{code}{kept}"
    if digits.startswith(code) and len(digits) - len(code) >= SHORT:
        return f"+{digits}"
    return digits
