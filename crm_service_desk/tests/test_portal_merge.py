# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the customer of a merged ticket finds in the portal."""

import json

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger

from .common import DeskCase
from .common_portal import PASSWORD, PortalUsers


@tagged("post_install", "-at_install")
class TestPortalMerge(PortalUsers, DeskCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls._make("a", "Pump of Ann")
        cls.target = cls._make("a", "Pump of Ann, again")
        cls.foreign = cls._make("b", "Beta's secret mill")

    def _path(self, ticket, **kw):
        answer = self.url_open(f"/my/ticket/{ticket.id}", allow_redirects=False, **kw)
        return answer.status_code, answer.headers.get("Location", "")

    @mute_logger("odoo.http")
    def test_nobody_hands_in_mail_by_rpc(self):
        """What a mail to a merged ticket changes, it changes in the other one: neither
        customers nor employees call the gateway's methods."""
        self.ticket.merge_into(self.target.id)
        self.target._portal_ensure_token()
        token = self.target.access_token
        mail = {"email_from": "x@web.example.com", "is_internal": True}
        values = {"access_token": "known", "partner_id": self.other.id}
        calls = (
            ("message_update", [self.ticket.ids, mail, values]),
            ("message_update", [self.target.ids, mail, values]),
            ("message_new", [mail, {"team_id": self.team.id}]),
        )
        self.employee.password = PASSWORD
        for login in ("sd-web-a", "sd-web-b", "sd-employee"):
            self.authenticate(login, PASSWORD)
            for method, args in calls:
                with self.assertRaises(JsonRpcException):
                    self.make_jsonrpc_request(
                        "/web/dataset/call_kw",
                        {
                            "model": "helpdesk.ticket",
                            "method": method,
                            "args": args,
                            "kwargs": {},
                        },
                    )
        self.env.invalidate_all()
        self.assertEqual(self.target.access_token, token)
        self.assertEqual(self.target.partner_id, self.users["a"].partner_id)
        self.assertFalse(self.target.service_has_stranger)

    def test_page_leads_to_the_target(self):
        self.ticket.merge_into(self.target.id)
        self._login("a")
        status, place = self._path(self.ticket)
        self.assertIn(status, (302, 303))
        self.assertTrue(place.endswith(f"/my/ticket/{self.target.id}"))
        self._login("b")
        self.assertTrue(self._path(self.ticket)[1].endswith("/my"))

    def test_link_with_a_token(self):
        link = self.ticket.get_portal_url()
        self.ticket.merge_into(self.target.id)
        self._login(None)
        page = self.url_open(link)
        self.assertEqual(page.status_code, 200)
        self.assertIn("Pump of Ann, again", page.text)

    def test_another_customers_ticket_is_not_named(self):
        self.ticket.merge_into(self.foreign.id, {"other_customer": True})
        self._login("a")
        page = self.url_open(f"/my/ticket/{self.ticket.id}")
        self.assertEqual(page.status_code, 200)
        self.assertIn("Pump of Ann", page.text)
        for secret in ("Beta", self.foreign.number):
            self.assertNotIn(secret, page.text)

    def test_strangers_link_opens_no_customers_ticket(self):
        """A stranger's words were merged: his link shows his ticket, as before."""
        stranger = self._make(
            None, "Pump of nobody", partner_email="eve@nowhere.example.com"
        )
        link = stranger.get_portal_url()
        stranger.merge_into(self.target.id, {"other_customer": True})
        self._login(None)
        page = self.url_open(link)
        self.assertIn("Pump of nobody", page.text)
        for secret in ("Pump of Ann", self.target.number):
            self.assertNotIn(secret, page.text)

    def test_answer_to_a_post_names_no_other_customers_ticket(self):
        self.ticket.merge_into(self.foreign.id, {"other_customer": True})
        self._login("a")
        answer = self.make_jsonrpc_request(
            "/mail/message/post",
            {
                "thread_model": "helpdesk.ticket",
                "thread_id": self.ticket.id,
                "post_data": {
                    "body": "Well?",
                    "message_type": "comment",
                    "subtype_xmlid": "mail.mt_comment",
                },
            },
        )
        text = json.dumps(answer)
        for secret in ("Beta", self.foreign.number, f'"id": {self.foreign.id},'):
            self.assertNotIn(secret, text)
        self.assertIn(self.ticket.number, text)
        message = self.env["mail.message"].browse(answer["message_id"])
        self.assertEqual(message.res_id, self.foreign.id)

    # --- writing to a merged ticket over RPC --- #

    def _write(self, ticket, **kwargs):
        """Post to a ticket as its customer does over RPC, with any arguments."""
        context = {"mail_post_autofollow": True, "default_author_id": 1}
        tickets = ticket.with_user(self.users["a"]).with_context(**context)
        values = {"message_type": "comment", "subtype_xmlid": "mail.mt_comment"}
        return tickets.message_post(body="Well?", **dict(values, **kwargs)).sudo()

    def _check_in_his_name(self, ticket):
        """Nothing that core lets only the superuser say is taken from the customer."""
        file = self.env["ir.attachment"].create(
            {"name": "secret", "raw": b"Beta", "res_model": "helpdesk.ticket"}
        )
        file.res_id = self.foreign.id
        with self.assertRaises(AccessError):
            self._write(ticket, attachment_ids=file.ids)
        agent = self.agent.partner_id
        other = self.foreign.message_post(body="Beta's")
        message = self._write(
            ticket,
            author_id=agent.id,
            email_from=agent.email,
            child_ids=[Command.link(other.id)],
            partner_ids=(self.users["a"] | self.users["b"]).partner_id.ids,
        )
        self.assertEqual(message.author_id, self.users["a"].partner_id)
        self.assertNotEqual(message.email_from, agent.email)
        self.assertFalse(message.partner_ids, "customers address nobody")
        self.assertNotEqual(other.parent_id, message)
        return message

    def test_message_to_a_merged_ticket_is_in_his_name(self):
        self.ticket.merge_into(self.target.id)
        message = self._check_in_his_name(self.ticket)
        self.assertEqual(message.res_id, self.target.id)
        self.assertFalse(self.target.service_first_response_on)

    def test_message_to_another_customers_ticket_lets_nobody_in(self):
        self.ticket.merge_into(self.foreign.id, {"other_customer": True})
        message = self._check_in_his_name(self.ticket)
        self.assertEqual(message.res_id, self.foreign.id)
        self.assertTrue(message.is_internal)
        user = self.users["a"]
        self.assertNotIn(user.partner_id, self.foreign.message_partner_ids)
        self.assertFalse(self.foreign.with_user(user).has_access("read"))

    def test_what_follows_another_customers_ticket_is_his_own(self):
        self.ticket.merge_into(self.foreign.id, {"other_customer": True})
        self.foreign.stage_id = self.stages["done"]
        self.team.service_reopen = "follow_up"
        message = self._check_in_his_name(self.ticket)
        follow = self.env["helpdesk.ticket"].browse(message.res_id)
        self.assertEqual(follow.partner_id, self.users["a"].partner_id)
        self.assertFalse(follow.with_user(self.users["b"]).has_access("read"))
        self.assertNotIn("Beta", follow.name)

    def test_agents_message_changes_no_other(self):
        self.ticket.merge_into(self.target.id)
        other = self.foreign.message_post(body="Beta's")
        message = self.ticket.with_user(self.agent).message_post(
            body="Noted", message_type="comment", child_ids=[Command.link(other.id)]
        )
        self.assertEqual(message.res_id, self.target.id)
        self.assertEqual(message.author_id, self.agent.partner_id)
        self.assertNotEqual(other.parent_id, message)

    def test_reopening_ends_with_the_days_of_the_team(self):
        self.ticket.stage_id = self.stages["done"]
        self.assertTrue(self.ticket._portal_may_reopen())
        self.team.service_reopen = "follow_up"
        self.assertFalse(self.ticket._portal_may_reopen())
