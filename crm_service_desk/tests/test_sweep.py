# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Every route and every readable model, as strangers and other customers use them.

The routes come from the routing map: a new one is swept without being named here.
"""

import re
import threading
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import SQL, mute_logger

from .common import MachineCase
from .common_portal import PASSWORD, PortalUsers

MODULES = ("odoo.addons.crm_service_desk.", "odoo.addons.helpdesk_mgmt.")
TABLES = (
    "helpdesk_ticket",
    "helpdesk_ticket_stage",
    "helpdesk_ticket_team",
    "mail_message",
    "mail_followers",
    "mail_mail",
    "rating_rating",
    "res_partner",
    "crm_suite_client_key",
    "service_mail_quarantine",
    "service_sla_target",
    "service_web_limit",
)
BAD_IDS = (10**8, 2**31, -1, "x", "1 OR 1=1")
# Texts where an address has a token: none of them is one.
BAD_TOKENS = ("wrong", "%00", "a%00b", "%01", "-1", "x" * 3000, "%F0%9F%98%80", "%FF")
# Strings that nobody but the customer may see, by who they belong to.
SECRET = re.compile(r"(?:ALPHA|ANN|MATE|BETA)-[A-Z]+")
ALLOWED = {
    "a": ("ANN-", "ALPHA-"),
    "mate": ("MATE-", "ALPHA-"),
    "boss": ("ANN-", "MATE-", "ALPHA-"),
    "b": ("BETA-",),
}
# A stranger, customers with their own tickets, with their company's, and a follower.
EVERYBODY = (None, "a", "mate", "boss", "b", "f")
# What core's conversation routes are asked of a ticket, and of a message.
CONVERSATION = {
    "/mail/chatter_fetch": {},
    "/mail/data": {"fetch_params": True},
    "/mail/message/post": {"post_data": {"body": "Sweep", "message_type": "comment"}},
    "/mail/thread/messages": {},
    "/mail/thread/recipients": {},
    "/mail/thread/recipients/get_suggested_recipients": {"partner_ids": []},
    "/mail/thread/subscribe": {"partner_ids": []},
    "/mail/thread/unsubscribe": {"partner_ids": []},
    "/portal/chatter_init": {},
}
MESSAGES = {
    "/mail/link_preview": {},
    "/mail/message/reaction": {"content": "x", "action": "add"},
    "/mail/message/translate": {},
    "/mail/message/update_content": {"update_data": {"body": "Sweep"}},
    "/mail/update_is_internal": {"is_internal": True},
}
# The tickets that a customer must not find, by customer; the rest must find none.
FOREIGN = {
    "a": ("mate", "b"),
    "mate": ("a", "b"),
    "boss": ("b",),
    "b": ("a", "mate"),
}


def is_ours(endpoint):
    """Say whether a method of a route is defined or extended by the desk's addons."""
    method = endpoint.func
    return any(
        method.__name__ in vars(cls) and cls.__module__.startswith(MODULES)
        for cls in type(method.__self__).__mro__
    )


@tagged("post_install", "-at_install")
class TestSweep(PortalUsers, MachineCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Ids of tickets are given to every route: none may be that of a team by chance.
        cls.env.cr.execute("SELECT setval('helpdesk_ticket_id_seq', 1000000)")
        cls.team.write({"service_ask_rating": True, "service_web_form": True})
        cls.follower = new_test_user(
            cls.env, login="sd-web-f", password=PASSWORD, groups="base.group_portal"
        )
        cls.tickets = {
            key: cls._secret(key, name)
            for key, name in (("a", "ANN"), ("mate", "MATE"), ("b", "BETA"))
        }
        cls.other.name = "BETA-COMPANY"
        cls.customer.name = "ALPHA-COMPANY"
        cls.serials[0].name = "ALPHA-SERIAL"
        cls.serials[2].name = "BETA-SERIAL"
        for name in ("web_max_per_address", "web_max_per_sender"):
            cls.env["ir.config_parameter"].set_param(f"crm_service_desk.{name}", 10**6)
        cls.env.flush_all()

    @classmethod
    def _secret(cls, key, name):
        """Make a ticket with all that hangs on one: messages, files, rating, link."""
        ticket = cls._make(key, f"{name}-TITLE", stage_id=cls.stages["new"].id)
        lot = cls.serials[2] if name == "BETA" else cls.serials[0]
        ticket.service_lot_id = lot
        for body, subtype in (
            (f"{name}-NOTE", "mail.mt_note"),
            (f"{name}-ANSWER", "mail.mt_comment"),
        ):
            file = cls.env["ir.attachment"].create(
                {
                    "name": f"{body}.txt",
                    "raw": f"{body}-FILE".encode(),
                    "res_model": "helpdesk.ticket",
                    "res_id": ticket.id,
                }
            )
            ticket.with_user(cls.agent).message_post(
                body=body,
                attachment_ids=file.ids,
                message_type="comment",
                subtype_xmlid=subtype,
            )
        rating = ticket.sudo()._service_rating_of(ticket.partner_id)
        rating.feedback = f"{name}-FEEDBACK"
        ticket._portal_ensure_token()
        return ticket

    def _rules(self):
        """Return the rules of the routing map that are the desk's or OCA's."""
        # Odoo asks the thread of a request for its database.
        thread = threading.current_thread()
        with patch.object(thread, "dbname", self.env.cr.dbname, create=True):
            rules = list(self.env["ir.http"].routing_map().iter_rules())
        return [rule for rule in rules if is_ours(rule.endpoint)]

    def _routes(self):
        """Return [(path, methods)] of the desk's and OCA's routes."""
        found = {}
        for rule in self._rules():
            methods = set(rule.methods or ("GET", "POST")) & {"GET", "POST"}
            found[rule.rule] = found.get(rule.rule, set()) | methods
        return list(found.items())

    def _state(self, tickets=None):
        """Return a digest of the desk's tables, or of some tickets' rows alone."""
        self.env.flush_all()
        parts = []
        for table in TABLES:
            where = SQL("TRUE")
            if tickets is not None:
                ids = tuple(tickets.ids)
                columns = {
                    "helpdesk_ticket": SQL("id IN %s", ids),
                    "mail_message": SQL(
                        "model = 'helpdesk.ticket' AND res_id IN %s", ids
                    ),
                    "mail_followers": SQL(
                        "res_model = 'helpdesk.ticket' AND res_id IN %s", ids
                    ),
                    "rating_rating": SQL("service_ticket_id IN %s", ids),
                    "service_sla_target": SQL("ticket_id IN %s", ids),
                }
                where = columns.get(table, SQL("FALSE"))
            rows = self.env.execute_query(
                SQL(
                    "SELECT md5(string_agg((to_jsonb(t) - 'access_token')::text, '|'"
                    " ORDER BY id)) FROM %s t WHERE %s",
                    SQL.identifier(table),
                    where,
                )
            )
            parts.append((table, rows[0][0]))
        return parts

    def _fill(self, path, value, token):
        """Return a route's path with ``value`` for ids and ``token`` for texts."""

        def put(match):
            kind, name = match.group(1) or "", match.group(2)
            if name == "page":
                return "1"
            if name == "rate":
                return "5"
            return str(value) if kind.startswith("int") else token

        return re.sub(r"<(?:([^:<>]+):)?([^<>]+)>", put, path)

    def _params(self, value):
        """Return what forms of the desk carry, each with the value."""
        return {
            "ticket_id": value,
            "stage_id": self.stages["done"].id,
            "team": value,
            "category": value,
            "about": f"stock.lot,{value}",
            "id": value,
            "subject": "Sweep",
            "description": "Sweep",
            "name": "Sweep",
            "email": "sweep@example.com",
            "rate": 5,
            "search": "-",
            "filterby": value,
        }

    def _leaked(self, key, text):
        """Return the secrets in a text that this user may not see."""
        return {
            word
            for word in SECRET.findall(text)
            if not word.startswith(ALLOWED.get(key, ())) or word.endswith("-NOTE")
        }

    def _check_answer(self, key, url, answer):
        self.assertLess(answer.status_code, 500, (key, url))
        self.assertFalse(self._leaked(key, answer.text), (key, url))

    def test_routes_are_found(self):
        paths = {path for path, _methods in self._routes()}
        for path in ("/ticket/close", "/my/tickets", "/ticket/web", "/new/ticket"):
            self.assertIn(path, paths)
        self.assertGreater(len(paths), 15)
        for rule in self._rules():
            routing = rule.endpoint.routing
            self.assertIn(routing["auth"], ("user", "public"), rule.rule)
            self.assertNotEqual(routing.get("csrf"), False, rule.rule)

    def _get_urls(self, path, others):
        """Return a route's addresses: with ids, tokens and parameters of all kinds."""
        values = (*others, 0, -1, 10**8, 2**31, 10**30, "x", "%00")
        values = values if "<int" in path else (0,)
        tokens = BAD_TOKENS if "token" in path else ("",)
        urls = [self._fill(path, value, tokens[0]) for value in values]
        urls += [self._fill(path, values[0], token) for token in tokens[1:]]
        for value in (others[0], "x"):
            query = "&".join(f"{k}={v}" for k, v in self._params(value).items())
            urls.append(f"{self._fill(path, others[0], 'wrong')}?{query}")
        return urls

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_get_changes_nothing_and_tells_nothing(self):
        for key in EVERYBODY:
            self._login(key)
            # His own too: what he may read he does not change by reading either.
            foreign = [name for name in self.tickets if name in FOREIGN.get(key, "")]
            order = sorted(self.tickets, key=lambda name: name not in foreign)
            others = [self.tickets[name].id for name in order]
            before = self._state()
            for path, methods in self._routes():
                for url in self._get_urls(path, others):
                    answer = self.url_open(url, allow_redirects=False)
                    self._check_answer(key, url, answer)
                    if "GET" not in methods:
                        self.assertIn(answer.status_code, (303, 404, 405), url)
            self.assertEqual(self._state(), before, key)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_post_changes_nothing_of_others_nor_without_a_token(self):
        for key in EVERYBODY:
            self._login(key)
            owner = FOREIGN.get(key, self.tickets)
            foreign = self.env["helpdesk.ticket"].union(
                *(self.tickets[name] for name in owner)
            )
            before = self._state(foreign)
            everything = self._state()
            posts = [path for path, methods in self._routes() if "POST" in methods]
            for path in posts:
                url = self._fill(path, foreign[0].id, "wrong")
                answer = self.url_open(
                    url, data=self._params(foreign[0].id), allow_redirects=False
                )
                self._check_answer(key, url, answer)
            self.assertEqual(self._state(), everything, (key, "without a token"))
            csrf = self._token()
            for path in posts:
                for value in (foreign[0].id, *BAD_IDS):
                    url = self._fill(path, value, "wrong")
                    answer = self.url_open(
                        url,
                        data=dict(self._params(value), csrf_token=csrf),
                        allow_redirects=False,
                    )
                    self._check_answer(key, url, answer)
            self.assertEqual(self._state(foreign), before, key)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_foreign_is_missing(self):
        """Same status, same place, same text but for the number that was asked."""
        for key in (None, "a", "mate", "boss", "b"):
            self._login(key)
            foreign = self.tickets[FOREIGN.get(key, "a")[0]].id
            csrf = self._token()
            for path, methods in self._routes():
                answers = {}
                for value in (foreign, 10**8):
                    url = self._fill(path, value, "wrong")
                    found = []
                    if "GET" in methods and "<int" in path:
                        found.append(self.url_open(url, allow_redirects=False))
                    if "POST" in methods:
                        found.append(
                            self.url_open(
                                url,
                                data=dict(
                                    self._params(value),
                                    subject=f"{path}",
                                    client_key=f"{key}{path}",
                                    team="",
                                    csrf_token=csrf,
                                ),
                                allow_redirects=False,
                            )
                        )
                    answers[value] = [self._shape(one, value) for one in found]
                self.assertEqual(answers[foreign], answers[10**8], (key, path))

    def _shape(self, answer, value):
        """Return an answer without what differs between any two requests."""
        number = rf"(?<![\w]){value}(?![\w])"
        place = re.sub(number, "N", answer.headers.get("Location", ""))
        text = ""
        if answer.status_code == 200:
            text = re.sub(r'[0-9a-f]{32,}(o\d+)?|"\d+"', "", answer.text)
            text = re.sub(number, "N", text)
        return (answer.status_code, place, text)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_token_of_another_ticket(self):
        """A right token opens its ticket, and says nothing of another one."""
        paths = [
            (path, methods)
            for path, methods in self._routes()
            if "<int" in path and "token" in path
        ]
        self.assertGreaterEqual(len(paths), 2)
        for name in self.tickets:
            self.tickets[name].service_confirm_token = f"confirm-{name}"
        before = self._state()
        for key in EVERYBODY:
            self._login(key)
            csrf = self._token()
            foreign = self.tickets[FOREIGN.get(key, "a")[0]]
            for other in self.tickets.values():
                if other == foreign:
                    continue
                for token in (other.access_token, other.service_confirm_token):
                    for path, methods in paths:
                        answers = {}
                        for value in (foreign.id, 10**8):
                            url = self._fill(path, value, token)
                            found = [self.url_open(url, allow_redirects=False)]
                            if "POST" in methods:
                                data = dict(self._params(value), csrf_token=csrf)
                                found.append(
                                    self.url_open(url, data=data, allow_redirects=False)
                                )
                            for answer in found:
                                self._check_answer(key, url, answer)
                            answers[value] = [self._shape(one, value) for one in found]
                        self.assertEqual(
                            answers[foreign.id], answers[10**8], (key, path)
                        )
        self.assertEqual(self._state(), before)

    def _call(self, url, params):
        """Ask a route of core in JSON; return the answer and what it says."""
        answer = self.url_open(url, json={"jsonrpc": "2.0", "params": params})
        self.assertLess(answer.status_code, 500, url)
        said = answer.json() if answer.status_code == 200 else {}
        error = said.get("error") or {}
        # How a refusal is worded, but for the traceback; of an answer all.
        told = (error.get("data") or {}).get("name") or error.get("code")
        return answer, (answer.status_code, told or said.get("result"))

    def _ask(self, url, value):
        """Return the parameters of a conversation route for a ticket's id."""
        params = dict(CONVERSATION[url])
        thread = {"thread_model": "helpdesk.ticket", "thread_id": value}
        if "partner_ids" in params and "recipients" not in url:
            return dict(params, res_model="helpdesk.ticket", res_id=value)
        if params.pop("fetch_params", False):
            wanted = ["attachments", "followers", "suggestedRecipients"]
            call = ["mail.thread", dict(thread, request_list=wanted)]
            return {"fetch_params": [call]}
        return dict(params, **thread)

    def _said(self, said, value):
        return re.sub(rf"(?<![\w]){value}(?![\w])", "N", repr(said))

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_conversation_of_a_foreign_ticket_is_missing(self):
        """Core's routes of a conversation, which serve the page of a ticket."""
        for key in EVERYBODY:
            self._login(key)
            foreign = self.tickets[FOREIGN.get(key, "a")[0]]
            before = self._state()
            for url in CONVERSATION:
                answers = set()
                for value in (foreign.id, 10**8):
                    answer, said = self._call(url, self._ask(url, value))
                    self.assertFalse(self._leaked(key, answer.text), (key, url))
                    answers.add(self._said(said, value))
                with self.subTest(key=key, url=url):
                    self.assertEqual(len(answers), 1, answers)
                for value in (*BAD_IDS, False, [foreign.id]):
                    answer, _said = self._call(url, self._ask(url, value))
                    self.assertFalse(self._leaked(key, answer.text), (key, url))
            self.assertEqual(self._state(), before, key)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_messages_of_a_foreign_ticket_are_missing(self):
        for key in EVERYBODY:
            self._login(key)
            foreign = self.tickets[FOREIGN.get(key, "a")[0]]
            before = self._state()
            for url, params in MESSAGES.items():
                answers = set()
                for value in (*foreign.message_ids.ids, 10**8):
                    call = dict(params, message_id=value)
                    answer, said = self._call(url, call)
                    self.assertFalse(self._leaked(key, answer.text), (key, url))
                    answers.add(self._said(said, value))
                with self.subTest(key=key, url=url):
                    self.assertEqual(len(answers), 1, answers)
            self.assertEqual(self._state(), before, key)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_files_and_reports(self):
        files = self.env["ir.attachment"].search(
            [("name", "=like", "%-NOTE.txt")]
        ) | self.env["ir.attachment"].search([("name", "=like", "%-ANSWER.txt")])
        self.assertEqual(len(files), 6)
        reports = self.env["ir.actions.report"].search([("model", "like", "helpdesk")])
        for key in EVERYBODY:
            self._login(key)
            foreign = [self.tickets[name].id for name in FOREIGN.get(key, self.tickets)]
            for file in files:
                # The files of internal notes are nobody's, whoever's the ticket is.
                if file.res_id not in foreign and "-NOTE" not in file.name:
                    continue
                for url in (
                    f"/web/content/{file.id}",
                    f"/web/content/{file.id}?access_token=wrong",
                    f"/web/image/{file.id}",
                    f"/mail/attachment/zip?file_ids={file.id}",
                ):
                    answer = self.url_open(url, allow_redirects=False)
                    self.assertNotIn("-FILE", answer.text, (key, url))
                    self.assertLess(answer.status_code, 500, (key, url))
            for report in reports:
                url = f"/report/html/{report.report_name}/{self.tickets['a'].id}"
                self._check_answer(key, url, self.url_open(url))

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_no_model_tells_a_customer_of_another(self):
        """Whatever a customer may read over RPC, field by field, with its domains."""
        for key in ("a", "boss", "b", "f"):
            user = self.follower if key == "f" else self.users[key]
            for model in self._readable(user):
                self._check_fields(key, model)

    def _readable(self, user):
        for name in sorted(self.env):
            model = self.env[name].with_user(user)
            if (
                not model._abstract
                and not model._transient
                and model.has_access("read")
            ):
                yield model

    def _check_fields(self, key, model):
        fields = [
            name
            for name, field in model._fields.items()
            if field.type in ("char", "text", "html")
            and field.store
            and model._has_field_access(field, "read")
        ]
        records = model.search([], limit=300, order="id desc")
        for row in records.read(fields) if fields else []:
            leaked = self._leaked(key, str(row))
            self.assertFalse(leaked, (key, model._name, row["id"]))
        for name, field in model._fields.items():
            if field.relational and field.comodel_name == "helpdesk.ticket":
                self._check_domain(key, model, name)

    def _check_domain(self, key, model, name):
        """Guess by a field that leads to tickets what a foreign one is called."""
        foreign = self.tickets[FOREIGN.get(key, "a")[0]]
        for domain in (
            [(f"{name}.name", "=", foreign.name)],
            [(f"{name}.message_ids.body", "ilike", "-NOTE")],
        ):
            try:
                found = model.search(domain)
            except (AccessError, UserError, ValueError):
                continue
            self.assertFalse(found, (key, model._name, domain))

    def test_domains_of_a_ticket_reveal_nothing(self):
        """Guessing by domains on hidden fields finds nothing."""
        tickets = self.env["helpdesk.ticket"].with_user(self.users["b"])
        for domain in (
            [("message_ids.body", "ilike", "BETA-NOTE")],
            [("rating_ids.feedback", "ilike", "BETA")],
            [("service_lot_id.name", "ilike", "BETA")],
            [("service_target_ids.due", "!=", False)],
            [("service_confirm_token", "!=", False)],
            [("attachment_ids.name", "ilike", "BETA-NOTE")],
            [("activity_ids.summary", "!=", False)],
        ):
            try:
                found = tickets.search(domain)
            except AccessError:
                continue
            self.assertFalse(found, domain)

    def test_right_token_shows_one_ticket(self):
        self._login(None)
        ticket = self.tickets["a"]
        page = self.url_open(f"/my/ticket/{ticket.id}/{ticket.access_token}")
        self.assertIn("ANN-TITLE", page.text)
        self.assertNotIn("ANN-NOTE", page.text)
        self.assertNotIn("BETA", page.text)
        for form in ("/ticket/close", "/ticket/reopen", "/ticket/rate"):
            self.assertNotIn(form, page.text, "a link reads and writes, no more")
        wrong = self.url_open(
            f"/my/ticket/{self.tickets['b'].id}/{ticket.access_token}",
            allow_redirects=False,
        )
        self.assertNotIn("BETA", wrong.text)
