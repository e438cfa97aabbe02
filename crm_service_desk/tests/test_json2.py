# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Whatever a client sends over JSON-2, he gets one clear answer.

The methods come from the registry, their options from what the refusal of an unknown
one tells: a new method or option is attacked without being named here.
"""

import inspect
import json
import re
from datetime import datetime, timedelta

from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import BILLING, MANAGER, STOCK, MachineCase
from .test_exchange import SALES

MODULES = "odoo.addons.crm_service_desk"
MAX_MESSAGE = 3000  # characters of an answer that refuses


def deep(levels):
    """Return a list in a list in a list."""
    nested = []
    for _level in range(levels):
        nested = [nested]
    return nested


BAD = (
    *(None, True, 7, -1, 2**31, 10**30, 1.5, float("nan"), float("inf")),
    *("x", "\x00", "\ud800", "9999-12-31", "0001-01-01 00:00:00"),
    *([], [None], [[1]], [{}], {}, {"x": 1}, {"\x00": "\x00"}, deep(200)),
)
BAD_IDS = ([], ["x"], [1.5], [True], [None], [0], [-1], [10**8], [2**31], [10**30])


@tagged("post_install", "-at_install")
class TestJson2(HttpCase, MachineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Who may do everything, so that no right stands before the check.
        groups = ",".join((MANAGER, STOCK, BILLING, SALES))
        cls.boss = new_test_user(cls.env, login="sd-json2", groups=groups, tz="UTC")
        cls.ticket = cls._ticket()
        cls.good = {
            "lines": [{"lot_id": cls.serials[0].id}],
            "options": {},
            "values": {"name": "x"},
            "start": "2026-11-20 15:00:00",
            "model": "stock.lot",
            "res_id": cls.serials[0].id,
            "phone": "+82 2 1234 5678",
            "target_id": cls._ticket(name="Other").id,
            "message_ids": cls.ticket.message_ids.ids[:1],
            "reason": "x",
            "scope": "own",
        }
        cls.records = {
            "helpdesk.ticket": cls.ticket,
            "stock.lot": cls.serials[0],
            "service.sla.policy": cls.policy,
            "res.partner": cls.contact,
            "service.claim": cls.env["service.claim"].browse(
                cls.ticket.with_user(cls.agent).create_return(cls.good["lines"])[
                    "claim_id"
                ]
            ),
        }
        keys = cls.env(user=cls.boss)["res.users.apikeys"].with_user(cls.boss)
        tomorrow = datetime.now() + timedelta(days=1)
        cls.key = keys._generate("rpc", "attacks", tomorrow)

    def _send(self, model, method, /, **arguments):
        """Call a method; return (status, message of a refusal, answer)."""
        with mute_logger("odoo.http", "odoo.sql_db"):
            response = self.url_open(
                f"/json/2/{model}/{method}",
                data=json.dumps(arguments),
                headers={
                    "Content-Type": "application/json",
                    "Authorization": f"Bearer {self.key}",
                },
            )
        answer = response.json()
        refused = response.status_code != 200
        return response.status_code, answer["message"] if refused else "", answer

    def _attack(self, model, method, /, **arguments):
        """Call a method; check that the answer is clear; return whether it was 200."""
        said = f"{model}.{method}({str(arguments)[:300]})"
        status, message, _answer = self._send(model, method, **arguments)
        self.assertIn(status, (200, 400, 403, 404, 422), f"{said}: {message[:500]}")
        self.assertNotIn("Traceback", message, said)
        self.assertLess(len(message), MAX_MESSAGE, said)
        return status == 200

    def _methods(self):
        """Return [(model, method, parameters, whether it takes ids)] of the desk."""
        found = []
        for name in sorted(self.env.registry):
            cls = type(self.env[name])
            ours = [one for one in cls.__mro__ if one.__module__.startswith(MODULES)]
            if not ours or cls._abstract or cls._transient:
                continue
            for attribute in sorted({key for one in ours for key in vars(one)}):
                function = getattr(cls, attribute)
                if attribute.startswith("_") or not inspect.isfunction(function):
                    continue
                owners = [one for one in cls.__mro__ if attribute in vars(one)]
                if getattr(function, "_api_private", False):
                    continue
                if all(one.__module__.startswith(MODULES) for one in owners):
                    names = list(inspect.signature(function).parameters)[1:]
                    takes_ids = not hasattr(function, "_api_model")
                    found.append((name, attribute, names, takes_ids))
        # What makes a ticket vanish comes last.
        return sorted(found, key=lambda row: row[1] in ("merge_into", "split_messages"))

    def _ids(self, model, takes_ids):
        if not takes_ids:
            return {}
        record = self.records.get(model) or self.env[model].search([], limit=1)
        return {"ids": record.ids or [1]}

    def _known(self, model, method, ids, given, name, wrap):
        """Return the keys that an argument may hold, as the refusal tells them."""
        asked = dict(given, **{name: wrap({"zzz": 1})}, **ids)
        message = self._send(model, method, **asked)[1]
        known = re.search(r"zzz is not known\. Known are: ([\w, ]+)\.", message)
        return known.group(1).split(", ") if known else []

    def _counts(self):
        self.env.invalidate_all()
        return [
            self.env[model].search_count([])
            for model in (
                *("helpdesk.ticket", "service.claim", "stock.picking", "sale.order"),
                *("account.move", "crm.suite.client.key", "mail.message"),
            )
        ]

    def test_methods_are_found(self):
        found = {method for _model, method, _names, _ids in self._methods()}
        self.assertLess(
            {"create_return", "request_credit", "create_ticket", "get_service_life"},
            found,
        )
        self.assertGreater(len(found), 25)

    def test_wrong_arguments(self):
        for model, method, names, takes_ids in self._methods():
            ids = self._ids(model, takes_ids)
            given = {key: self.good[key] for key in names if key in self.good}
            before = self._counts()
            made = self._attack(model, method, zzz=1, **given, **ids)
            self.assertFalse(made, f"{method}: an unknown argument")
            for name in names:
                for value in BAD:
                    arguments = dict(given, **ids, **{name: value})
                    made |= self._attack(model, method, **arguments)
            if not made:
                self.assertEqual(self._counts(), before, f"{method}: half written")

    def test_wrong_ids(self):
        for model, method, names, takes_ids in self._methods():
            given = {key: self.good[key] for key in names if key in self.good}
            for ids in BAD_IDS if takes_ids else ():
                self._attack(model, method, ids=ids, **given)

    def test_wrong_options(self):
        """Each key that an argument may hold, with each wrong value."""
        attacked = set()
        for model, method, names, takes_ids in self._methods():
            ids = self._ids(model, takes_ids)
            given = {key: self.good[key] for key in names if key in self.good}
            for name in names:
                for wrap in (lambda value: value, lambda value: [value]):
                    base = given.get(name) or {}
                    base = base[0] if isinstance(base, list) and base else base
                    base = base if isinstance(base, dict) else {}
                    for key in self._known(model, method, ids, given, name, wrap):
                        attacked.add(key)
                        for value in BAD:
                            bad = wrap(dict(base, **{key: value}))
                            arguments = dict(given, **ids, **{name: bad})
                            self._attack(model, method, **arguments)
        self.assertLess({"client_key", "lot_id", "quantity", "date_from"}, attacked)

    def test_giant_bodies(self):
        """Ten megabytes in every place: refused at once, in a few words."""
        text, rows = "x" * 10**7, [{"lot_id": self.serials[0].id}] * 300_000
        before = self._counts()
        ids = {"ids": self.ticket.ids}
        for method, arguments in (
            ("create_ticket", {"values": {"name": text}}),
            ("create_ticket", {"values": {"name": "x", "description": text}}),
            ("create_ticket", {"values": {"name": "x", text: 1}}),
            ("create_from_call", {"values": {"name": "x"}, "client_key": text}),
            ("find_caller", {"phone": text}),
            ("create_return", {"lines": text, **ids}),
            ("create_return", {"lines": rows, **ids}),
            ("create_return", {"lines": rows[:1], "options": {"reason": text}, **ids}),
            ("create_return", {"lines": [{"lot_id": text}], **ids}),
            ("link_document", {"model": text, "res_id": 1, **ids}),
            ("split_messages", {"message_ids": [1] * 10**6, **ids}),
            ("get_context", {"ids": list(range(1, 10**6))}),
            ("get_sla_status", {"ids": [text]}),
        ):
            with self.subTest(method=method, keys=sorted(arguments)[:2]):
                made = self._attack("helpdesk.ticket", method, **arguments)
                self.assertFalse(made)
        self.assertEqual(self._counts(), before)

    def test_bodies_that_are_no_json(self):
        for body in (b"", b"{", b"[1]", b"\xff", b"null", b'{"a": NaN'):
            with mute_logger("odoo.http"):
                response = self.url_open(
                    "/json/2/helpdesk.ticket/get_context",
                    data=body,
                    headers={
                        "Content-Type": "application/json",
                        "Authorization": f"Bearer {self.key}",
                    },
                )
            # Without a body no records are named: core finds nothing.
            self.assertIn(response.status_code, (400, 404, 422), body[:20])
            self.assertNotIn("Traceback", response.json()["message"])
