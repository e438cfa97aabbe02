# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What strangers type into forms and addresses, made safe to look up and to store."""

import ipaddress
import re

from .mail_text import CONTROL, clean_header

ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+\.[^\s@<>,;:\".]+")
MAX_ADDRESS = 254


def clean_text(value, limit):
    """Return text of at most ``limit`` characters that a database and a mail can hold.

    Control characters and halves of surrogate pairs are taken out, line ends are one
    kind; what is no text (a file sent in its place) is "".

    >>> clean_text("a\\x00b\\r\\nc", 10)
    'ab\\nc'
    """
    if not isinstance(value, str):
        return ""
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    text = CONTROL.sub("", text).encode("utf-8", "ignore").decode()
    return text[:limit].strip()


def clean_line(value, limit):
    """Return :func:`clean_text` in one line."""
    return clean_header(clean_text(value, limit))


def clean_address(value):
    """Return a plain mail address in lower case, "" if the text is none.

    >>> clean_address(" Ann@Example.com "), clean_address("Ann <a@b.c>, d@e.f")
    ('ann@example.com', '')
    """
    address = clean_line(value, MAX_ADDRESS + 1).lower()
    return address if len(address) <= MAX_ADDRESS and ADDRESS.fullmatch(address) else ""


def to_id(value):
    """Return what a form sent as the id of a record, 0 if it is none.

    >>> to_id("12"), to_id("1e3"), to_id("-1"), to_id("9" * 30)
    (12, 0, 0, 0)
    """
    text = value if isinstance(value, str) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def origin(address):
    """Return what a visitor's network address is counted by.

    Who has one IPv6 address has all of its network of 64 bits, and could use another
    for every request; an IPv4 address in an IPv6 one is the IPv4 address.

    >>> origin("192.0.2.7"), origin("::ffff:192.0.2.7"), origin("2001:db8:1:2:3::9")
    ('192.0.2.7', '192.0.2.7', '2001:db8:1:2::')
    >>> origin("fe80::1%eth0"), origin(None)
    ('fe80::', '?')
    """
    try:
        found = ipaddress.ip_address(str(address or "").partition("%")[0])
    except ValueError:
        return clean_line(address, 64) or "?"
    if found.version == 4:
        return str(found)
    mapped = found.ipv4_mapped
    return str(mapped or ipaddress.ip_address(int(found) >> 64 << 64))
