# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""``./setup/mail FILE``: a mail to the running demo."""

import json
import sys
from pathlib import Path

from suite.console import Failure, say
from suite.mail_gateway import deliver


def main(layout, options):
    """Deliver the mail and tell what became of it."""
    content = _read(options.file)
    try:
        running = json.loads((layout.state / "running.json").read_text())
    except (OSError, ValueError):
        raise Failure(
            "the demo has not been started yet.", "start it: ./setup/run"
        ) from None
    account = running["mail"]
    db = options.db or running["db"]
    if db != running["db"]:
        accounts = layout.state / f"accounts-{db}.json"
        if not accounts.exists():
            raise Failure(
                f"the database {db} has not been served by ./setup/run.",
                f"start it: ./setup/run --db {db}",
            )
        account = json.loads(accounts.read_text())["mail"]
    number = deliver(running["url"], db, account["uid"], account["key"], content)
    if number:
        say(f"delivered: the record {number} took the mail")
    else:
        say(
            "delivered: no ticket; it is a duplicate, a loop, a bounce or in quarantine"
        )
    return 0


def _read(name):
    if name == "-":
        content = sys.stdin.buffer.read()
    else:
        path = Path(name)
        if not path.is_file():
            raise Failure(f"there is no file {name}.", "name a file with a raw mail.")
        content = path.read_bytes()
    if b":" not in content.split(b"\n", 1)[0]:
        raise Failure(
            f"{name} is no raw mail: its first line is no header.",
            "a raw mail begins with headers (From:, To:, Subject:), then a blank line.",
        )
    return content
