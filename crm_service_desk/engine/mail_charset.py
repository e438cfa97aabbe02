# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""In which charset a text of a mail really is, without a database.

Sources: RFC 2045 (charset); the labels of the WHATWG Encoding Standard, which reads
what mail programs call ``euc-kr``, ``gb2312`` or ``shift_jis`` as the larger charsets
of Windows, because that is what they send.
"""

import codecs
import re

CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([^\s\"';>]+)", re.IGNORECASE)
# Names that mails use and Python does not know.
ALIASES = {
    "windows-949": "cp949",
    "x-windows-949": "cp949",
    "ks_c_5601": "cp949",
    "windows-31j": "cp932",
    "x-sjis": "cp932",
    "windows-936": "gb18030",
    "x-gbk": "gb18030",
    "windows-950": "cp950",
    "x-euc-jp": "euc-jp",
    "utf8mb4": "utf-8",
    "iso-8859-8-i": "iso-8859-8",
}
# Charset as Python names it -> a larger one that is often meant.
WIDER = {
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "iso8859-1": "cp1252",
    "ascii": "utf-8",
}
HANGUL = re.compile("[\uac00-\ud7a3]")


def is_doubtful(raw):
    """Say whether a raw mail (bytes) has texts whose charset must be looked at."""
    names = {name.decode("ascii", "replace").lower() for name in CHARSET.findall(raw)}
    known = {_codec(name) for name in names - ALIASES.keys()}
    return bool(names & ALIASES.keys() or known & {None, *WIDER} or not raw.isascii())


def better(declared, body):
    """Return the charset to read a text with, or "" if the declared one is right.

    >>> better("euc-kr", "똠".encode("cp949"))
    'cp949'
    >>> better("euc-kr", "가".encode("euc-kr"))
    ''

    :param str declared: as in the mail; empty for none, which means ASCII
    :param bytes body: the text, decoded from its transfer encoding
    """
    known = _codec(declared or "ascii")
    if known and _reads(known, body):
        return ALIASES.get(declared.lower(), "")
    wider = WIDER.get(known)
    if wider and _reads(wider, body):
        return wider
    if known and known != "ascii":
        return "utf-8" if _reads("utf-8", body) else ""
    return guess(body)


def guess(body):
    """Return a charset for a text that does not say in which it is (bytes)."""
    if _reads("utf-8", body):
        return "utf-8"
    if _reads("cp949", body):
        text = [char for char in body.decode("cp949") if ord(char) > 127]
        hangul = HANGUL.findall("".join(text))
        if len(hangul) > 1 and len(hangul) >= 0.8 * len(text):
            return "cp949"
    return "cp1252" if _reads("cp1252", body) else "latin-1"


def _codec(name):
    """Return Python's name of a charset of text; None if it knows none."""
    try:
        codec = codecs.lookup(ALIASES.get(name.lower(), name))
    except (LookupError, ValueError):
        return None
    return codec.name if codec._is_text_encoding else None


def _reads(charset, body):
    try:
        body.decode(charset)
    except (LookupError, ValueError):
        return False
    return True
