# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What can be told from the raw text of a mail, without a database.

Sources: RFC 3834 (automatic responses), RFC 2045 (charset), and the headers that
real systems send instead of or beside ``Auto-Submitted``.
"""

import codecs
import email
import email.header
import email.policy
import html
import re

# Header -> values that mark an automatic mail; None: the header alone does.
AUTOMATIC_HEADERS = {
    "auto-submitted": lambda value: value not in ("no", ""),
    "x-auto-response-suppress": lambda value: value not in ("none", ""),
    "x-autoreply": lambda value: value not in ("no", ""),
    "x-autorespond": lambda value: bool(value),
    "x-auto-reply-from": lambda value: bool(value),
    "x-mail-autoreply": lambda value: bool(value),
    "precedence": lambda value: value in ("auto_reply", "auto-reply", "bulk", "junk"),
    "return-path": lambda value: value == "<>",
    "x-failed-recipients": lambda value: bool(value),
}
# Exchange sets this on ordinary mails of people too; alone it says nothing.
WEAK_HEADERS = {"x-auto-response-suppress"}
AUTOMATIC_SUBJECT = re.compile(
    r"^\s*(out of office|automatic reply|auto(matic)?[- ]?(reply|response)|autoreply|"
    r"abwesenheitsnotiz|réponse automatique|부재\s*중|자동\s*(회신|응답))",
    re.IGNORECASE,
)
ROBOTS = re.compile(
    r"^(mailer-daemon|postmaster|no-?reply-bounce|bounces?)(\+|@)", re.I
)
CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([^\s\"';>]+)", re.IGNORECASE)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
BREAK = re.compile(r"\s*[\r\n]+\s*")
TOKEN_EDGE = r"[A-Za-z0-9_]"
ADDRESS_HEADERS = ("from", "reply-to", "sender")


def why_automatic(headers):
    """Return why a mail was sent by a machine, as a short code; "" if a person did.

    :param headers: an ``email.message.Message`` or a mapping with ``items()``
    """
    strong, subject, sender, kind = "", "", "", ""
    for name, value in headers.items():
        name, value = name.lower(), str(value).strip()
        if name == "subject":
            subject = value
        elif name == "from":
            sender = value
        elif name == "content-type":
            kind = value.lower()
        marks = AUTOMATIC_HEADERS.get(name)
        if marks and name not in WEAK_HEADERS and marks(value.lower()):
            strong = strong or name
    if strong:
        return strong
    if "multipart/report" in kind or "message/delivery-status" in kind:
        return "report"
    address = re.search(r"[^\s<>,]+@[^\s<>,]+", sender)
    if address and ROBOTS.match(address.group()):
        return "robot"
    return "subject" if AUTOMATIC_SUBJECT.match(subject) else ""


def repair(raw):
    """Return the raw mail in a form that can be processed, or itself if it can.

    Unknown charsets are read as UTF-8 where that fits, else as Latin-1; control
    characters and line breaks hidden in encoded headers are taken out. Nothing else
    is touched.
    """
    if not (_unknown_charsets(raw) or _dirty_headers(head(raw))):
        return raw
    message = email.message_from_bytes(raw, policy=email.policy.compat32)
    _clean_headers(message)
    for part in message.walk():
        if not part.is_multipart():
            _name_charset(part)
    return message.as_bytes()


def head(raw):
    """Return the headers of a raw mail (bytes), without the blank line after them."""
    return re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[0]


def find_tokens(text, candidates):
    """Return those of ``candidates`` that stand in the text as a word of their own.

    Case is ignored; HTML is read as text. ``AB-12`` is not found in ``AB-123`` nor in
    ``XAB-12``, and of two candidates at one place only the longer counts. Only what
    the caller offers can be found: offer what the customer owns, nothing else.

    >>> find_tokens("pump sn-0042 leaks", ["SN-0042", "SN-004", "SN-9"])
    ['SN-0042']
    """
    text = html.unescape(re.sub(r"<[^>]+>", " ", text or "")).casefold()
    wanted = {c.strip().casefold(): c for c in candidates if c and c.strip()}
    if not wanted or not text:
        return []
    longest = sorted(wanted, key=len, reverse=True)
    pattern = "|".join(re.escape(token) for token in longest)
    found = re.finditer(rf"(?<!{TOKEN_EDGE})(?:{pattern})(?!{TOKEN_EDGE})", text)
    return list(dict.fromkeys(wanted[match.group()] for match in found))


def recipients(raw):
    """Return the addresses that the raw head names as recipients (lower case set)."""
    head = _unfold(raw)
    lines = re.findall(
        r"^(?:to|cc|delivered-to|x-original-to|envelope-to|resent-to|resent-cc):(.*)$",
        head,
        re.IGNORECASE | re.MULTILINE,
    )
    return {
        address.lower()
        for line in lines
        for address in re.findall(r"[^\s<>,;:\"]+@[^\s<>,;:\"]+", line)
    }


def references(raw):
    """Return the text of the headers that name the mails answered to."""
    return " ".join(
        re.findall(
            r"^(?:references|in-reply-to):(.*)$",
            _unfold(raw),
            re.IGNORECASE | re.MULTILINE,
        )
    )


def clean_header(text):
    """Return header text in one line and without control characters."""
    return CONTROL.sub("", BREAK.sub(" ", text or "")).strip()


def _unfold(raw):
    """Return the head of the raw mail with continuation lines joined."""
    return re.sub(r"\r?\n[ \t]+", " ", head(raw).decode("latin-1"))


def _unknown_charsets(raw):
    return any(not _known(name) for name in set(CHARSET.findall(raw)))


def _known(name):
    try:
        return bool(codecs.lookup(name.decode("ascii", "replace")))
    except (LookupError, ValueError):
        return False


def _dirty_headers(head):
    """Say whether a header hides what no header may hold."""
    if b"\x00" in head:
        return True
    if b"=?" not in head:
        return bool(CONTROL.search(head.decode("latin-1")))
    message = email.message_from_bytes(head, policy=email.policy.compat32)
    return any(
        _decode(value) != clean_header(_decode(value)) for value in message.values()
    )


def _decode(value):
    """Return a header's text; unknown charsets are read as Latin-1."""
    parts = []
    for text, charset in email.header.decode_header(BREAK.sub(" ", str(value))):
        if isinstance(text, bytes):
            try:
                text = text.decode(charset or "latin-1", "replace")
            except LookupError:
                text = text.decode("latin-1")
        parts.append(text)
    return "".join(parts).strip()


def _clean_headers(message):
    """Replace the headers that hide control characters or line breaks."""
    for name, value in message.items():
        text = _decode(value)
        clean = clean_header(text)
        if text == clean and "\x00" not in str(value):
            continue
        if name.lower() in ADDRESS_HEADERS:
            message.replace_header(name, _clean_address(clean))
        else:
            message.replace_header(name, email.header.Header(clean, "utf-8"))


def _clean_address(text):
    """Return one mailbox of a cleaned address header: its last address is real."""
    addresses = re.findall(r"[^\s<>,;:\"]+@[^\s<>,;:\"]+", text)
    address = addresses[-1] if addresses else text
    name = re.sub(r"[<>\",;:@]", " ", text.replace(address, " ")).strip()
    return (
        f"{email.header.Header(name, 'utf-8').encode()} <{address}>"
        if name
        else address
    )


def _name_charset(part):
    """Give a part whose charset nobody knows one that can read it."""
    name = part.get_param("charset")
    if not isinstance(name, str) or _known(name.encode("ascii", "replace")):
        return
    body = part.get_payload(decode=True) or b""
    try:
        body.decode("utf-8")
        part.set_param("charset", "utf-8")
    except UnicodeDecodeError:
        part.set_param("charset", "latin-1")


def header(message, name):
    """Return a header of a compat32 message as clean text ("" if it is missing)."""
    return clean_header(_decode(message.get(name, "")))
