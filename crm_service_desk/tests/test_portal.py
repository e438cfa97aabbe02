# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The desk's routes as customers of two companies and strangers use them."""

import re
from unittest.mock import patch

from odoo.tests import HttpCase, JsonRpcException, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.base.tests.common import DISABLED_MAIL_CONTEXT
from odoo.addons.helpdesk_mgmt.controllers.main import HelpdeskTicketController
from odoo.addons.mail.models.mail_message import MailMessage as CoreMessage

from ..models.mail_message import MailMessage
from .common import make_desk

PASSWORD = "sd-portal-password"


@tagged("post_install", "-at_install")
class TestPortal(HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, **DISABLED_MAIL_CONTEXT))
        make_desk(cls)
        cls.users = {}
        for key, partner in (("a", cls.customer), ("b", cls.other)):
            user = new_test_user(
                cls.env,
                login=f"sd-web-{key}",
                password=PASSWORD,
                groups="base.group_portal",
            )
            user.partner_id.parent_id = partner
            cls.users[key] = user
        cls.follower = new_test_user(
            cls.env, login="sd-web-f", password=PASSWORD, groups="base.group_portal"
        )
        cls.ticket = cls._make(cls.users["a"].partner_id, "Alpha's secret pump")
        cls.foreign = cls._make(cls.users["b"].partner_id, "Beta's secret mill")
        cls.ticket.message_subscribe(partner_ids=cls.follower.partner_id.ids)
        cls.missing = cls.foreign.id + 100000

    @classmethod
    def _make(cls, partner, name):
        return cls.env["helpdesk.ticket"].create(
            {
                "name": name,
                "description": name,
                "partner_id": partner.id,
                "team_id": cls.team.id,
            }
        )

    def _login(self, key="a"):
        login = "sd-web-f" if key == "f" else f"sd-web-{key}"
        self.authenticate(login, PASSWORD)

    def _token(self):
        page = self.url_open("/my/tickets").text
        return re.search(r'csrf_token"?\s*[:=]?\s*(?:value=)?"([^"]+)"', page).group(1)

    def _post(self, url, **data):
        return self.url_open(
            url, data=dict(data, csrf_token=self._token()), allow_redirects=False
        )

    def _close(self, ticket_id, stage="done"):
        stage_id = self.stages[stage].id if stage in self.stages else stage
        return self._post("/ticket/close", ticket_id=ticket_id, stage_id=stage_id)

    # --- closing --- #

    def test_get_closes_nothing(self):
        """OCA's route takes GET; ours answers 405 and changes nothing."""
        routing = HelpdeskTicketController.support_ticket_close.original_routing
        self.assertNotIn("methods", routing, "OCA has closed this")
        self._login()
        answer = self.url_open(
            f"/ticket/close?ticket_id={self.ticket.id}"
            f"&stage_id={self.stages['done'].id}",
            allow_redirects=False,
        )
        self.assertEqual(answer.status_code, 405)
        self.assertFalse(self.ticket.closed)

    @mute_logger("odoo.http")
    def test_post_without_token(self):
        self._login()
        answer = self.url_open(
            "/ticket/close",
            data={"ticket_id": self.ticket.id, "stage_id": self.stages["done"].id},
            allow_redirects=False,
        )
        self.assertEqual(answer.status_code, 400)
        self.assertFalse(self.ticket.closed)

    def test_own_ticket(self):
        self._login()
        answer = self._close(self.ticket.id)
        self.assertIn(f"/my/ticket/{self.ticket.id}", answer.headers["Location"])
        self.assertEqual(self.ticket.stage_id, self.stages["done"])

    def test_only_into_offered_stages(self):
        self._login()
        for stage in ("awaiting", "rejected", "x", "0", ""):
            answer = self._close(self.ticket.id, stage)
            self.assertEqual(answer.status_code, 302, stage)
            self.assertFalse(self.ticket.closed, stage)

    def test_foreign_missing_and_malformed_get_the_same_answer(self):
        self._login()
        answers = set()
        for ticket_id in (
            self.foreign.id,
            self.missing,
            "x",
            "",
            "-1",
            "1e3",
            "9" * 30,
            "1 OR 1=1",
        ):
            answer = self._close(ticket_id)
            answers.add((answer.status_code, answer.headers.get("Location")))
        self.assertEqual(len(answers), 1, answers)
        self.assertFalse(self.foreign.closed)

    def test_follower_reads_but_does_not_close(self):
        self._login("f")
        page = self.url_open(f"/my/ticket/{self.ticket.id}")
        self.assertIn("Alpha&#39;s secret pump", page.text)
        self._close(self.ticket.id)
        self.assertFalse(self.ticket.closed)

    def test_anonymous(self):
        self.authenticate(None, None)
        for url in (f"/my/ticket/{self.ticket.id}", "/my/tickets"):
            answer = self.url_open(url)
            self.assertNotIn("secret", answer.text)

    # --- pages --- #

    def test_own_page_shows_the_promise(self):
        self._login()
        page = self.url_open(f"/my/ticket/{self.ticket.id}").text
        self.assertIn("We will answer you by", page)
        self.assertIn('method="POST"', page)
        self.assertNotIn('method="GET" action="/ticket/close"', page)

    def test_no_page_of_another_company(self):
        self._login("b")
        locations = set()
        for ticket_id in (self.ticket.id, self.missing, -1, 2**31, 10**30):
            for tail in ("", "/wrong-token", "?access_token=wrong"):
                answer = self.url_open(
                    f"/my/ticket/{ticket_id}{tail}", allow_redirects=False
                )
                self.assertNotIn("secret", answer.text)
                locations.add((answer.status_code, answer.headers.get("Location")))
        self.assertEqual(len(locations), 1, locations)
        self.assertNotIn("Alpha", self.url_open("/my/tickets").text)
        self.assertNotIn(
            "Alpha", self.url_open("/my/tickets?search=secret&search_in=all").text
        )

    def test_malformed_lists_are_no_server_error(self):
        self._login()
        for query in (
            "sortby=x",
            "groupby=x",
            "filterby=x",
            "search_in=x&search=pump",
            "date_begin=x&date_end=y",
            "date_begin=2026-01-01&date_end=2026-13-99",
            "date_begin=0001-01-01&date_end=9999-12-31",
        ):
            answer = self.url_open(f"/my/tickets?{query}")
            self.assertEqual(answer.status_code, 200, query)
        for path in ("/my/ticket/x", "/my/tickets/page/x"):
            self.assertEqual(self.url_open(path).status_code, 404, path)

    def test_file_of_an_internal_note_is_not_listed(self):
        file = self.env["ir.attachment"].create(
            {
                "name": "internal-file.txt",
                "raw": b"x",
                "res_model": "helpdesk.ticket",
                "res_id": self.ticket.id,
            }
        )
        self.ticket.with_user(self.agent).message_post(
            body="internal", attachment_ids=file.ids, subtype_xmlid="mail.mt_note"
        )
        public = file.copy({"name": "public-file.txt"})
        self.ticket.with_user(self.agent).message_post(
            body="public",
            attachment_ids=public.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self._login()
        page = self.url_open(f"/my/ticket/{self.ticket.id}").text
        self.assertNotIn("internal-file.txt", page)
        self.assertIn("public-file.txt", page)
        self.env.invalidate_all()
        self.assertFalse(file.access_token)
        answer = self.url_open(f"/web/content/{file.id}", allow_redirects=False)
        self.assertNotEqual(answer.status_code, 200)

    # --- what customers say over RPC --- #

    def _rpc(self, method, *args, **kwargs):
        """Call a method of tickets as who is logged in; return the answer, or what is
        refused."""
        params = {"model": "helpdesk.ticket", "method": method}
        try:
            with mute_logger("odoo.http", "odoo.addons.base.models.ir_rule"):
                return self.make_jsonrpc_request(
                    "/web/dataset/call_kw", dict(params, args=args, kwargs=kwargs)
                )
        except JsonRpcException as error:
            return str(error)

    def test_customers_choose_no_addresses(self):
        """Nor what kind of message it is: their words go no farther than ours."""
        self._login()
        victims = {
            "outgoing_email_to": "victim@nowhere.example",
            "incoming_email_cc": "victim@nowhere.example",
            "mail_headers": {"Bcc": "victim@nowhere.example"},
            "email_layout_xmlid": "mail.mail_notification_light",
            "reply_to": "victim@nowhere.example",
            "message_type": "notification",
        }
        for name, value in victims.items():
            posted = self._rpc(
                "message_post",
                self.ticket.ids,
                body="Buy here",
                subtype_xmlid="mail.mt_comment",
                **{name: value},
            )
            message = self.env["mail.message"].browse(posted)
            self.assertEqual(message.message_type, "comment", name)
            self.assertEqual(message.author_id, self.users["a"].partner_id)
            self.assertNotIn("victim", str(message.read()))
        mails = self.env["mail.mail"].search([("email_to", "ilike", "victim")])
        self.assertFalse(mails)

    def test_duplicates_of_others_are_not_named(self):
        other = self._make(self.users["b"].partner_id, "Beta's secret mill")
        self.ticket.duplicate_id = other
        self._login()
        for fields in (["duplicate_id"], ["duplicate_ids"], ["duplicate_count"]):
            self.assertIn("AccessError", self._told("read", self.ticket.ids, fields))
        self.assertNotIn("Beta", str(self._rpc("read", self.ticket.ids)))
        self.assertNotIn("Beta", self.url_open(f"/my/ticket/{self.ticket.id}").text)

    def _told(self, method, *args):
        """Return how a refusal is called, with its text."""
        params = {"model": "helpdesk.ticket", "method": method, "args": args}
        with mute_logger("odoo.http", "odoo.addons.base.models.ir_rule"):
            answer = self.url_open(
                "/web/dataset/call_kw",
                json={"jsonrpc": "2.0", "params": dict(params, kwargs={})},
            ).json()
        data = answer.get("error", {}).get("data", {})
        return f"{data.get('name')} {data.get('message', answer.get('result'))}"

    def test_calls_tell_no_foreign_ticket_from_a_missing_one(self):
        foreign = self._make(self.users["b"].partner_id, "Beta's secret mill")
        self._login()
        mine = self.users["a"].partner_id.ids
        for method, *args in (
            ("get_context",),
            ("get_sla_status",),
            ("get_settlement_options",),
            ("action_service_solve",),
            ("assign_to_me",),
            ("merge_into", self.ticket.id),
            ("split_messages", [1]),
            ("create_return", []),
            ("request_credit", []),
            ("link_document", "sale.order", 1),
            ("message_subscribe",),
            ("message_subscribe", []),
            ("message_subscribe", mine),
            ("message_subscribe", self.other.ids),
            ("message_unsubscribe", mine),
        ):
            told = [
                self._told(method, [number], *args).replace(str(number), "N")
                for number in (foreign.id, 10**8)
            ]
            self.assertEqual(told[0], told[1], method)
            self.assertIn("AccessError", told[0], method)

    # --- internal notes --- #

    def _message(self, subtype):
        return self.ticket.with_user(self.agent).message_post(
            body="Said", message_type="comment", subtype_xmlid=subtype
        )

    def _react(self, message, **kwargs):
        """React to a message; return whether that was possible."""
        arguments = {"message_id": message.id, "content": "+1", "action": "add"}
        try:
            with mute_logger("odoo.http"):
                self.make_jsonrpc_request(
                    "/mail/message/reaction", dict(arguments, **kwargs)
                )
        except JsonRpcException:
            self.assertFalse(message.sudo().reaction_ids)
            return False
        return bool(message.sudo().reaction_ids)

    def test_no_reaction_to_an_internal_note(self):
        """Neither by the customer nor by who has the link of the ticket."""
        token = {"token": self.ticket._portal_ensure_token()}
        for key, kwargs in (("a", {}), ("f", {}), (None, token)):
            if key:
                self._login(key)
            else:
                self.authenticate(None, None)
            note, answer = map(self._message, ("mail.mt_note", "mail.mt_comment"))
            self.assertFalse(self._react(note, **kwargs), key)
            self.assertTrue(self._react(answer, **kwargs), key)
            with patch.object(
                MailMessage, "_get_with_access", CoreMessage._get_with_access
            ):
                self.assertTrue(
                    self._react(note, **kwargs), "core has closed this: drop ours"
                )

    def test_agents_react_to_notes(self):
        note = self._message("mail.mt_note")
        self.agent.password = PASSWORD
        self.authenticate(self.agent.login, PASSWORD)
        self.assertTrue(self._react(note))

    # --- the form --- #

    def test_form_by_get_makes_nothing(self):
        self._login()
        before = self.env["helpdesk.ticket"].search_count([])
        answer = self.url_open(
            "/submitted/ticket?subject=x&description=y", allow_redirects=False
        )
        self.assertEqual(answer.status_code, 405)
        self.assertEqual(self.env["helpdesk.ticket"].search_count([]), before)

    def test_form(self):
        self._login()
        for category in ("", "x", "9" * 30):
            answer = self._post(
                "/submitted/ticket",
                subject="From the form",
                description="y",
                category=category,
                team="x",
            )
            self.assertIn(answer.status_code, (302, 303), category)
        ticket = self.env["helpdesk.ticket"].search([], limit=1, order="id desc")
        self.assertEqual(ticket.name, "From the form")
        self.assertEqual(ticket.commercial_partner_id, self.customer)
        self.assertEqual(self._post("/submitted/ticket", subject="").status_code, 400)
