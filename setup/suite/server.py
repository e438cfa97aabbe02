# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A running Odoo with a mail sink: for ``./setup/run`` and for the tests.

Tests get one from the fixture ``demo_server`` (see ``conftest.py``)::

    def test_story(demo_server):
        login, password = demo_server.login("salesperson")
        common = ServerProxy(f"{demo_server.url}/xmlrpc/2/common")
        uid = common.authenticate(demo_server.db, login, password, {})

Its database is a copy of the demo company's template, its own for the session; mails
that it sends arrive as ``.eml`` files in ``demo_server.mail_dir``.
"""

import json
import os
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections import deque

from suite.checks import check_port, free_port
from suite.console import Failure
from suite.layout import write_private
from suite.process import clean_environ

LOGINS_CODE = """
from datetime import timedelta
from odoo import fields
logins = []
if "crm.suite.demo" in env:
    logins = env["crm.suite.demo"].get_logins()
# The user as whom the mail server delivers. An administrator: the gateway marks an
# alias as working at its first mail, and Odoo lets only administrators write aliases.
users = env["res.users"].with_context(no_reset_password=True)
gateway = users.search([("login", "=", "mail-gateway")])
if not gateway:
    gateway = users.create({
        "name": "Mail Gateway",
        "login": "mail-gateway",
        "email": "mail-gateway@localhost.invalid",
        "group_ids": [(6, 0, [env.ref("base.group_system").id])],
    })
keys = env["res.users.apikeys"].with_user(gateway)
until = fields.Datetime.now() + timedelta(days=89)
key = keys._generate("rpc", "Mail server", until)
env.cr.commit()
result = {"logins": logins, "mail": {"uid": gateway.id, "key": key}}
"""
# Days after which the mail server's key is made anew; it is good for 89
KEY_DAYS = 60


class MailSink:
    """The child process that takes the mails.

    :param folder: where the ``.eml`` files go
    """

    def __init__(self, layout, folder):
        self.layout = layout
        self.folder = folder
        self.smtp_port, self.web_port = self._ports()
        self.process = None

    @property
    def url(self):
        """The address of the page that shows the mails."""
        return f"http://localhost:{self.web_port}"

    def _ports(self):
        """The ports of the last time when they are free, so that links stay good."""
        memory = self.layout.state / f"ports-{self.folder.name}.json"
        try:
            ports = json.loads(memory.read_text())
            for port in ports:
                check_port(port)
        except (OSError, ValueError, Failure):
            ports = [free_port(), free_port()]
            write_private(memory, json.dumps(ports))
        return ports

    def start(self):
        """Start it and wait until it takes mails."""
        command = [self.layout.python, "-s", "-m", "suite.mail_sink"]
        command += [self.folder, self.smtp_port, self.web_port]
        self.process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=clean_environ(PYTHONPATH=self.layout.setup),
            cwd=self.layout.root,
            start_new_session=True,
        )
        if self.process.stdout.readline().strip() != b"ready":
            self.stop()
            raise Failure("the mail sink did not start.", "run the command again.")

    def stop(self):
        """End it: it ends when its standard input does."""
        if self.process:
            self.process.stdin.close()
            try:
                self.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process.stdout.close()
            self.process = None


class DemoServer:
    """Odoo on one database, with its mail sink.

    :param odoo: :class:`suite.odoo_process.Odoo`; its configuration file is written
        anew
    :param str db: the database
    :param int port: where to serve; a free one by default
    :ivar str url: address, without a slash at the end
    :ivar str db: the database
    :ivar pathlib.Path mail_dir: where the mails that it sends arrive
    :ivar str mail_url: address of the page that shows them
    :ivar pathlib.Path log: Odoo's log
    """

    def __init__(self, odoo, db, port=None, host="127.0.0.1", mail_dir=None, crons=0):
        self.odoo = odoo
        self.layout = odoo.layout
        self.db = db
        self.port = port or free_port()
        self.host = host
        self.mail_dir = mail_dir or self.layout.tmp / f"mail-{db}"
        self.sink = MailSink(self.layout, self.mail_dir)
        self.crons = crons
        self.log = self.layout.logs / f"server-{db}.log"
        self.process = None
        self._accounts = None
        self._tail = deque(maxlen=200)

    @property
    def url(self):
        """The server's address."""
        return f"http://localhost:{self.port}"

    @property
    def mail_url(self):
        """The address of the page that shows the mails."""
        return self.sink.url

    @property
    def logins(self):
        """What the demo company tells about its users: a list of dicts with the keys
        ``role``, ``login``, ``password`` and ``api_key`` (False where it has none)."""
        return self.accounts()["logins"]

    @property
    def api_key(self):
        """The first API key of the demo company."""
        return next(row["api_key"] for row in self.logins if row.get("api_key"))

    def login(self, role):
        """The login and password of the first user of a role.

        :param str role: as :attr:`logins` has it
        :raise LookupError: when no user has that role
        """
        for row in self.logins:
            if row["role"] == role:
                return row["login"], row["password"]
        roles = ", ".join(row["role"] for row in self.logins)
        raise LookupError(f"no login for the role {role!r}; there are: {roles}")

    def accounts(self):
        """The logins, and the mail server's user and key; made when they are missing.

        Kept in a private file, for they can't be read from the database again.
        """
        if self._accounts is None:
            path = self.layout.state / f"accounts-{self.db}.json"
            self._accounts = self._read_accounts(path)
            if self._accounts is None:
                self._accounts = self.odoo.evaluate(self.db, LOGINS_CODE)
                self._accounts["identity"] = self._identity()
                write_private(path, json.dumps(self._accounts, indent=1))
        return self._accounts

    def start(self, wait=180):
        """Start the mail sink and Odoo, and wait until it answers.

        :param int wait: seconds after which to give up
        """
        if not self.sink.process:
            self.sink.start()
        self.odoo.write_conf(
            http_port=self.port,
            http_interface=self.host,
            gevent_port=free_port(),
            db_name=self.db,
            dbfilter=f"^{self.db}$",
            max_cron_threads=self.crons,
            workers=0,
            smtp_server="127.0.0.1",
            smtp_port=self.sink.smtp_port,
            smtp_ssl=False,
            smtp_user=False,
            smtp_password=False,
        )
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.odoo.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.layout.root,
                env=self.odoo.environ(),
                start_new_session=True,
            )
        self._wait(wait)
        return self

    def stop(self, hard=False):
        """Stop Odoo; the mail sink stays.

        :param bool hard: as a crash would (SIGKILL), instead of properly
        """
        if not self.process:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL if hard else signal.SIGTERM)
            try:
                self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def close(self):
        """Stop Odoo and the mail sink."""
        self.stop()
        self.sink.stop()

    def mails(self):
        """The mails that have arrived, oldest first, as
        :class:`email.message.EmailMessage`."""
        from suite.mail_sink import Mailbox

        box = Mailbox(self.mail_dir)
        return [box.read(name) for name in reversed(box.names())]

    def deliver(self, content):
        """Hand a raw mail to Odoo as its mail server does.

        :param bytes content: the mail, RFC 5322
        """
        from suite.mail_gateway import deliver

        account = self.accounts()["mail"]
        return deliver(self.url, self.db, account["uid"], account["key"], content)

    def _identity(self):
        """Tells this database from another of the same name."""
        rows = self._databases_query()
        return [rows[0][0], rows[0][1]] if rows else None

    def _databases_query(self):
        connection = self.odoo.server.connect(self.db)
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT oid::bigint, (SELECT value FROM ir_config_parameter "
                    "WHERE key = 'database.uuid') FROM pg_database "
                    "WHERE datname = current_database()"
                )
                return cursor.fetchall()
        finally:
            connection.close()

    def _read_accounts(self, path):
        try:
            accounts = json.loads(path.read_text(encoding="utf-8"))
            age = time.time() - path.stat().st_mtime
        except (OSError, ValueError):
            return None
        if age > KEY_DAYS * 86400 or accounts.get("identity") != self._identity():
            return None
        return accounts

    def _wait(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.process.poll() is not None:
                break
            if answers(self.port, self.host):
                return
            time.sleep(0.2)
        self.stop(hard=True)
        last = self.log.read_text(errors="replace").splitlines()[-5:]
        raise Failure(
            "Odoo did not start:\n    " + "\n    ".join(last), f"read {self.log}."
        )


def answers(port, host="127.0.0.1"):
    """Whether an Odoo answers on a port."""
    if host in ("0.0.0.0", "::", ""):
        host = "127.0.0.1"
    try:
        with urllib.request.urlopen(
            f"http://{host}:{port}/web/health", timeout=10
        ) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def serve_until_signal(process):
    """Wait for a process, passing on the signals that ask us to stop.

    :return: its exit status; 0 when it was asked to stop
    """
    asked = threading.Event()

    def stop(number, frame):
        asked.set()
        if process.poll() is None:
            os.kill(process.pid, signal.SIGTERM)

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGHUP, stop)
    status = process.wait()
    return 0 if asked.is_set() else status
