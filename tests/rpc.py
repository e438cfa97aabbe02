# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The clients that the stories use: XML-RPC, mail and a browserless portal session.

Nothing here knows the suite: an integrator would write the same few lines.
"""

import email
import email.policy
import re
import time
import uuid
import xmlrpc.client
from email.message import EmailMessage
from pathlib import Path

import requests

TIMEOUT = 60  # seconds


class Refused(Exception):
    """The server refused a call.

    :ivar int code: 1 application error, 2 user error, 3 access denied, 4 access error
    :ivar str text: the message
    """

    def __init__(self, code, text):
        super().__init__(f"Fault {code}: {text}")
        self.code, self.text = code, text


class Client:
    """One person's (or program's) XML-RPC session with a server.

    :param str url: ``http://localhost:8069``
    :param str db: name of the database
    :param str login: login of the user
    :param str password: password or API key
    """

    def __init__(self, url, db, login, password):
        self.url, self.db, self.login, self.password = url, db, login, password
        self._object = xmlrpc.client.ServerProxy(f"{url}/xmlrpc/2/object")
        common = xmlrpc.client.ServerProxy(f"{url}/xmlrpc/2/common")
        self.uid = common.authenticate(db, login, password, {})
        if not self.uid:
            raise PermissionError(f"{login} cannot log in to {db}")

    def call(self, model, method, *args, **kwargs):
        """Call a public method; return what it answers."""
        try:
            return self._object.execute_kw(
                self.db, self.uid, self.password, model, method, list(args), kwargs
            )
        except xmlrpc.client.Fault as fault:
            # a traceback of the server in one line is of no use to a reader
            text = fault.faultString.strip()
            raise Refused(fault.faultCode, text.splitlines()[-1]) from None

    def create(self, model, **vals):
        """Create one record; return its id."""
        return self.call(model, "create", vals)

    def read(self, model, ids, *fields):
        """Return the rows of ``ids`` (int or list); one dict when ids is an int."""
        if isinstance(ids, int):
            return self.call(model, "read", [ids], list(fields))[0]
        return self.call(model, "read", ids, list(fields))

    def search(self, model, domain, **options):
        """Return the ids that the domain selects."""
        return self.call(model, "search", domain, **options)

    def find(self, model, domain, *fields, **options):
        """Return the rows that the domain selects."""
        return self.call(model, "search_read", domain, list(fields), **options)

    def wizard(self, model, method, context, **vals):
        """Create a wizard in a context and press its button; return the answer.

        Some of core's buttons answer with an action that holds None, which XML-RPC
        cannot carry: the work is done and committed, only the answer is lost. That
        fault, and no other, is taken as an answer (False).
        """
        wizard = self.call(model, "create", vals, context=context)
        try:
            return self.call(model, method, [wizard], context=context)
        except Refused as fault:
            if "cannot marshal None" not in fault.text:
                raise
            return False

    def ref(self, xmlid):
        """Return the id behind an XML id."""
        module, _dot, name = xmlid.partition(".")
        [row] = self.find(
            "ir.model.data", [("module", "=", module), ("name", "=", name)], "res_id"
        )
        return row["res_id"]

    def run_cron(self, xmlid):
        """Run a scheduled action now; only administrators may."""
        self.call("ir.cron", "method_direct_trigger", [self.ref(xmlid)])


class Portal:
    """A customer's session in the portal: cookies, CSRF token, no JavaScript."""

    def __init__(self, url, db, login, password):
        self.url = url
        self.http = requests.Session()
        page = self.get(f"/web/login?db={db}")
        answer = self.post(
            "/web/login", {"login": login, "password": password, "db": db}, page.text
        )
        if "o_portal_my_home" not in self.get("/my").text:
            raise PermissionError(f"{login} cannot log in: {answer.status_code}")

    def get(self, path, **params):
        """Return the response to a GET request."""
        return self.http.get(self.url + path, params=params, timeout=TIMEOUT)

    def post(self, path, data, page):
        """Post a form; ``page`` is the HTML that holds the form's CSRF token."""
        return self.http.post(
            self.url + path,
            data=dict(data, csrf_token=csrf_token(page)),
            timeout=TIMEOUT,
        )

    def json(self, path, **params):
        """Call a JSON-RPC route of the web site; return its result."""
        body = {"jsonrpc": "2.0", "method": "call", "params": params, "id": 1}
        answer = self.http.post(self.url + path, json=body, timeout=TIMEOUT).json()
        if "error" in answer:
            raise RuntimeError(answer["error"]["data"]["message"])
        return answer["result"]


def csrf_token(page):
    """Return the CSRF token in the HTML of a page."""
    found = re.search(r"csrf_token['\"]?\s*[:=]\s*['\"]([0-9a-f]+o\d+)['\"]", page)
    found = found or re.search(r"name=['\"]csrf_token['\"] value=['\"]([^'\"]+)", page)
    if not found:
        raise AssertionError("the page holds no CSRF token")
    return found.group(1)


def mail(sender, to, subject, text, **headers):
    """Return a raw mail (bytes) as a mail program would send it."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message["Message-Id"] = f"<{uuid.uuid4()}@mail.example.com>"
    message["Date"] = email.utils.formatdate(localtime=False)
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


def sent_to(mail_dir, address, after, contains="", seconds=30):
    """Wait for mails in the sink; return the parsed mails to an address.

    :param mail_dir: folder of ``.eml`` files
    :param str address: address of the receiver
    :param float after: only files written after this ``time.time()``
    :param str contains: text that the subject must contain
    :param seconds: how long to wait for the first one
    """
    deadline = time.time() + seconds
    while True:
        found = [
            message
            for path in sorted(Path(mail_dir).glob("*.eml"))
            if path.stat().st_mtime >= after
            for message in [
                email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            ]
            if address in str(message["To"]) and contains in str(message["Subject"])
        ]
        if found or time.time() > deadline:
            return found
        time.sleep(0.5)
