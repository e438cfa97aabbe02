# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The mail server of the demo: keeps every mail and shows it in the browser.

It listens on loopback only, takes every recipient and sends nothing on. Each mail is
one ``.eml`` file in a folder; the web page lists them, newest first.

Run as ``python -m suite.mail_sink FOLDER SMTP_PORT WEB_PORT``; it ends when its
standard input is closed, so it never outlives who started it.
"""

import email
import email.policy
import itertools
import re
import sys
import time
from datetime import timezone
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from aiosmtpd.controller import Controller

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 70rem;
  padding: 1rem; color: #1f2937; }}
h1 {{ font-size: 1.3rem; }} a {{ color: #1d4ed8; text-decoration: none; }}
table {{ border-collapse: collapse; width: 100%; }}
td, th {{ text-align: left; padding: .4rem .6rem; border-bottom: 1px solid #e5e7eb;
  vertical-align: top; overflow-wrap: anywhere; }}
th {{ color: #6b7280; font-weight: 600; }} time {{ white-space: nowrap; }}
iframe {{ width: 100%; height: 36rem; border: 1px solid #e5e7eb; }}
pre {{ white-space: pre-wrap; overflow-wrap: anywhere; background: #f9fafb;
  padding: .8rem; }}
</style></head><body>{body}</body></html>"""
# The page runs no script; a mail's HTML is shown in a frame that may do nothing but
# open its links in other windows
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'"
RIGHTS = "allow-popups allow-popups-to-escape-sandbox"
MAIL_POLICY = (
    f"sandbox {RIGHTS}; default-src 'none'; img-src data:; style-src 'unsafe-inline'"
)


class Mailbox:
    """A folder of mails, one ``.eml`` file each.

    :param folder: made when it is not there
    """

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._count = itertools.count()

    def store(self, content, sender, recipients):
        """Write a mail; the envelope goes into headers of its own."""
        head = (
            f"X-Envelope-From: {sender}\r\nX-Envelope-To: {', '.join(recipients)}\r\n"
        )
        moment = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
        name = f"{moment}-{time.time_ns() % 10**9:09d}-{next(self._count):04d}.eml"
        partial = self.folder / f".{name}"
        partial.write_bytes(head.encode("utf-8", "replace") + content)
        partial.rename(self.folder / name)
        return name

    def names(self):
        """The names of the mails, newest first."""
        return sorted((path.name for path in self.folder.glob("*.eml")), reverse=True)

    def source(self, name):
        """One mail as it came; what is no UTF-8 in it is replaced."""
        return (self.folder / name).read_text("utf-8", "replace")

    def read(self, name):
        """One mail as an :class:`email.message.EmailMessage`; None when there is no
        such mail."""
        if not re.fullmatch(r"[\w-]+\.eml", name):
            return None
        try:
            content = (self.folder / name).read_bytes()
        except FileNotFoundError:
            return None
        return email.message_from_bytes(content, policy=email.policy.default)


class _Receiver:
    """aiosmtpd's handler: every mail goes into the box."""

    def __init__(self, mailbox):
        self.mailbox = mailbox

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        """Store a mail and confirm it."""
        self.mailbox.store(envelope.content, envelope.mail_from, envelope.rcpt_tos)
        return "250 kept"


class _Pages(BaseHTTPRequestHandler):
    """``/`` the list, ``/NAME.eml`` a mail, ``/NAME.eml/html`` its HTML part,
    ``/NAME.eml/raw`` its source."""

    mailbox = None

    def do_GET(self):  # noqa: N802
        """Answer with a page."""
        host = self.headers.get("Host", "").rsplit(":", 1)[0]
        if host not in ("localhost", "127.0.0.1", "[::1]"):
            # a foreign page that rebinds its name to loopback reads no mail
            return self._answer(
                403, "text/plain", "This page is for this machine only."
            )
        name, _, part = self.path.split("?")[0].strip("/").partition("/")
        if not name:
            return self._answer(200, "text/html", self._list())
        message = self.mailbox.read(name)
        if message is None:
            return self._answer(404, "text/plain", "There is no such mail.")
        if part == "raw":
            return self._answer(200, "text/plain", self.mailbox.source(name))
        if part == "html":
            text = '<base target="_blank">' + _text(message, "html")
            return self._answer(200, "text/html", text, MAIL_POLICY)
        return self._answer(200, "text/html", self._mail(name, message))

    def _list(self):
        rows = []
        for name in self.mailbox.names()[:500]:
            message = self.mailbox.read(name)
            cells = [_date(message), _header(message, "from"), _header(message, "to")]
            link = f'<a href="/{escape(name)}">{_header(message, "subject")}</a>'
            rows.append("".join(f"<td>{cell}</td>" for cell in [*cells, link]))
        head = "<tr><th>Date<th>From<th>To<th>Subject</tr>"
        body = "".join(f"<tr>{row}</tr>" for row in rows)
        empty = "" if rows else "<p>No mail has been sent yet.</p>"
        title = "Mails that the demo sent"
        body = f"<h1>{title}</h1><table>{head}{body}</table>{empty}"
        return PAGE.format(title=title, body=body)

    def _mail(self, name, message):
        rows = "".join(
            f"<tr><th>{label}</th><td>{_header(message, key)}</td></tr>"
            for label, key in (("From", "from"), ("To", "to"), ("Cc", "cc"))
            if message.get(key)
        )
        rows += f"<tr><th>Date</th><td>{_date(message)}</td></tr>"
        files = [part.get_filename() or "?" for part in message.iter_attachments()]
        if files:
            names = escape(", ".join(files))
            rows += f"<tr><th>Attachments</th><td>{names}</td></tr>"
        shown = ""
        if _text(message, "html"):
            link = escape(f"/{name}/html")
            shown = f'<iframe sandbox="{RIGHTS}" src="{link}" title="HTML"></iframe>'
        plain = _text(message, "plain")
        if plain:
            shown += f"<h2>Text</h2><pre>{escape(plain)}</pre>"
        subject = _header(message, "subject")
        source = f'<a href="/{escape(name)}/raw">Source</a>'
        top = f'<p><a href="/">All mails</a> · {source}</p>'
        return PAGE.format(
            title=subject, body=f"{top}<h1>{subject}</h1><table>{rows}</table>{shown}"
        )

    def _answer(self, status, kind, text, policy=PAGE_POLICY):
        content = text.encode("utf-8", "replace")
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", policy)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format, *args):  # noqa: A002
        """Keep quiet."""


def _header(message, key):
    """A header's text, made harmless; mails may carry anything there."""
    try:
        return escape(str(message.get(key, "")))
    except (ValueError, IndexError, AttributeError, TypeError):
        return "(unreadable)"


def _date(message):
    try:
        moment = message["date"].datetime.astimezone(timezone.utc)
    except (AttributeError, TypeError, ValueError, OverflowError):
        return ""
    return f"<time>{moment:%Y-%m-%d %H:%M:%S} UTC</time>"


def _text(message, kind):
    """The part of a mail that a reader sees, as text."""
    part = message.get_body(preferencelist=(kind,))
    if part is None:
        return ""
    try:
        return part.get_content()
    except (LookupError, ValueError):
        return part.get_payload(decode=True).decode("utf-8", "replace")


def main(folder, smtp_port, web_port):
    """Serve until standard input is closed."""
    mailbox = Mailbox(folder)
    receiver = Controller(
        _Receiver(mailbox),
        hostname="127.0.0.1",
        port=int(smtp_port),
        data_size_limit=50 * 1024 * 1024,
        decode_data=False,
        enable_SMTPUTF8=True,
    )
    receiver.start()
    pages = type("Pages", (_Pages,), {"mailbox": mailbox})
    web = ThreadingHTTPServer(("127.0.0.1", int(web_port)), pages)
    Thread(target=web.serve_forever, daemon=True).start()
    print("ready", flush=True)
    sys.stdin.read()
    web.shutdown()
    receiver.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
