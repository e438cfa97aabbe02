# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which mail is the same mail, without a database.

Sources: RFC 5322 section 3.6.4 (Message-ID names one version of one message; it is
made by the sender and may be missing, repeated by accident or forged).
"""

import email
import email.policy
import hashlib
import re

from . import mail_text

WORD = re.compile(r"[^\s\[\](){}<>#:;,\"']+")


def fingerprint(raw):
    """Return what makes two raw mails the same one (SHA-256 as hex text).

    The same are mails with equal Message-Id (none is equal to none), sender, date,
    subject and content. What the servers on the way add (Received, Delivered-To,
    Return-Path, signatures), and how the content was encoded and folded, does not
    count. Two mails that share a Message-Id and say something else differ, so that an
    accidental or forged id loses nothing. Of a mail too deeply nested to be read all
    bytes count.

    :param bytes raw: the mail as it came
    """
    try:
        return _fingerprint(raw)
    except RecursionError:
        return hashlib.sha256(raw).hexdigest()


def _fingerprint(raw):
    message = email.message_from_bytes(raw, policy=email.policy.compat32)
    facts = [mail_text.header(message, "Message-Id")]
    facts.append(" ".join(_addresses(mail_text.header(message, "From"))))
    facts.append(mail_text.header(message, "Date"))
    facts.append(" ".join(mail_text.header(message, "Subject").split()))
    digest = hashlib.sha256("\0".join(facts).encode("utf-8", "replace"))
    for part in message.walk():
        if part.is_multipart():
            continue
        body = part.get_payload(decode=True) or b""
        if part.get_content_maintype() == "text":
            body = b" ".join(body.split())
        digest.update(b"\0" + part.get_content_type().encode() + b"\0" + body)
    return digest.hexdigest()


def message_id(raw):
    """Return the Message-Id of a raw mail as clean text ("" if it has none)."""
    head = email.message_from_bytes(mail_text.head(raw), policy=email.policy.compat32)
    return mail_text.header(head, "Message-Id")


def references(raw):
    """Return the Message-Ids that a raw mail answers, at most the last 32 (as core).

    >>> references(b"In-Reply-To: <a@x>\r\nReferences: <b@x>\r\n <a@x>\r\n\r\n")
    ['<b@x>', '<a@x>']
    """
    found = re.findall(r"<[^<>\s]+>", mail_text.references(raw))
    return list(dict.fromkeys(reversed(found)))[:32][::-1]


def with_message_id(raw, new):
    """Return the raw mail under another Message-Id; its own is kept beside it.

    :param bytes raw: the mail
    :param str new: the id with its angle brackets
    """
    message = email.message_from_bytes(raw, policy=email.policy.compat32)
    old = mail_text.header(message, "Message-Id")
    del message["Message-Id"]
    message["Message-Id"] = new
    if old:
        message["X-Original-Message-Id"] = old
    return mail_text.as_bytes(message) or raw


def count_parts(raw, limit):
    """Return how many parts a mail has, or ``limit`` when there are as many or more.

    Boundary lines are counted without parsing, which is what a mail of thousands of
    nested parts makes expensive.
    """
    count = 0
    for _match in re.finditer(rb"^--[^\r\n]+", raw, re.MULTILINE):
        count += 1
        if count >= limit:
            break
    return count


def subject_words(subject):
    """Return the words of a subject that may be the number of a ticket (list of str).

    A number has a digit. Brackets, hashes and colons around it are taken off.

    >>> subject_words("Re: [#HT00012] Pump leaks")
    ['HT00012']
    """
    words = [word.strip(".-") for word in WORD.findall(subject or "")]
    return list(dict.fromkeys(w for w in words if any(c.isdigit() for c in w)))[:20]


def _addresses(text):
    return [found.lower() for found in re.findall(r"[^\s<>,;:\"]+@[^\s<>,;:\"]+", text)]
