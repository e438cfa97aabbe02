# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The mail sink of the demo, with honest and with hostile mails."""

import smtplib
import urllib.error
import urllib.request
from email.message import EmailMessage

import pytest

from suite.layout import Layout
from suite.mail_sink import Mailbox
from suite.server import MailSink

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def sink(tmp_path_factory):
    """A running mail sink."""
    sink = MailSink(Layout().make(), tmp_path_factory.mktemp("mail"))
    sink.start()
    yield sink
    sink.stop()


@pytest.fixture
def box(sink):
    """The sink's folder, emptied."""
    for path in sink.folder.glob("*.eml"):
        path.unlink()
    return Mailbox(sink.folder)


def send(sink, message):
    """Send a mail by SMTP, as Odoo does."""
    with smtplib.SMTP("127.0.0.1", sink.smtp_port) as client:
        if isinstance(message, bytes):
            client.sendmail("a@example.com", ["b@example.com"], message)
        else:
            client.send_message(message)


def get(sink, path="/", host=None):
    """One page: (body, headers)."""
    request = urllib.request.Request(f"http://127.0.0.1:{sink.web_port}{path}")
    if host:
        request.add_header("Host", host)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read().decode(), answer.headers


def html_mail(subject="Reminder", recipient="b@example.com"):
    """A mail with a text and an HTML part."""
    message = EmailMessage()
    message["From"] = "Shop <a@example.com>"
    message["To"] = recipient
    message["Subject"] = subject
    message["Date"] = "Sun, 01 Nov 2026 10:00:00 +0900"
    message.set_content("dear customer")
    message.add_alternative(f"<p>dear <b>you</b></p>{SCRIPT}", subtype="html")
    return message


def test_mail_is_kept_and_shown(sink, box):
    send(sink, html_mail("갱신 안내"))
    (name,) = box.names()
    message = box.read(name)
    assert message["Subject"] == "갱신 안내"
    assert message["X-Envelope-To"] == "b@example.com"
    listing, _headers = get(sink)
    assert "갱신 안내" in listing
    assert "2026-11-01 01:00:00 UTC" in listing
    page, _headers = get(sink, f"/{name}")
    assert "dear customer" in page
    assert "Shop &lt;a@example.com&gt;" in page
    source, headers = get(sink, f"/{name}/raw")
    assert headers.get_content_type() == "text/plain"
    assert "Subject:" in source


def test_newest_comes_first(sink, box):
    for number in range(3):
        send(sink, html_mail(f"mail number {number}"))
    page, _headers = get(sink)
    places = [page.index(f"mail number {number}") for number in (2, 1, 0)]
    assert places == sorted(places)
    assert len(box.names()) == 3


def test_html_runs_nothing(sink, box):
    send(sink, html_mail(f"{SCRIPT}"))
    (name,) = box.names()
    for path in ("/", f"/{name}"):
        page, headers = get(sink, path)
        assert SCRIPT not in page
        assert "script-src" not in headers["Content-Security-Policy"]
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "<iframe sandbox=" in page
    body, headers = get(sink, f"/{name}/html")
    assert SCRIPT in body
    assert headers["Content-Security-Policy"].startswith("sandbox ")
    assert "allow-scripts" not in headers["Content-Security-Policy"]
    assert "allow-same-origin" not in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "raw",
    [
        b"Subject: =?unknown-charset?B?/////w==?=\r\n\r\nhello",
        b"From: \xff\xfe\r\nSubject: \xe9t\xe9\r\nDate: yesterday\r\n\r\n\xff",
        b"Content-Type: text/plain; charset=nonsense\r\n\r\nhello \xff",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\nno part",
        b"From: <<>>,,;\r\nTo: \r\nDate: Mon, 99 Foo 20266 99:99:99\r\n\r\n",
    ],
)
def test_broken_mails_are_shown(sink, box, raw):
    send(sink, raw)
    (name,) = box.names()
    assert "<table>" in get(sink)[0]
    assert "<table>" in get(sink, f"/{name}")[0]
    assert get(sink, f"/{name}/raw")[0]


@pytest.mark.parametrize(
    ("path", "host", "status"),
    [
        ("/../../etc/passwd", None, 404),
        ("/%2e%2e/secret.eml", None, 404),
        ("/missing.eml", None, 404),
        ("/", "rebound.example:80", 403),
    ],
)
def test_nothing_else_is_served(sink, path, host, status):
    with pytest.raises(urllib.error.HTTPError) as caught:
        get(sink, path, host)
    assert caught.value.code == status
    caught.value.close()


def test_sink_ends_with_who_started_it(tmp_path):
    sink = MailSink(Layout().make(), tmp_path)
    sink.start()
    process = sink.process
    sink.stop()
    assert process.returncode == 0
    with pytest.raises(OSError):
        urllib.request.urlopen(f"http://127.0.0.1:{sink.web_port}/", timeout=2)
