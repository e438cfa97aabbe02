# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What customers see and do in the portal: list, page, reply, reopen, new tickets."""

import json
import re

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger

from .common import MachineCase
from .common_portal import PortalUsers


@tagged("post_install", "-at_install")
class TestPortalPages(PortalUsers, MachineCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls._make("a", "Pump of Ann")
        cls.mates = cls._make("mate", "Mill of Mate")
        cls.foreign = cls._make("b", "Beta's secret mill")

    def _seen(self, key):
        tickets = self.env["helpdesk.ticket"].with_user(self.users[key])
        self.env.invalidate_all()
        return tickets.search([("team_id", "=", self.team.id)]).sudo()

    # --- whose tickets --- #

    def test_own_tickets_or_the_companys_by_role(self):
        self.assertEqual(self._seen("a"), self.ticket)
        self.assertEqual(self._seen("mate"), self.mates)
        self.assertEqual(self._seen("boss"), self.ticket | self.mates)
        self.assertEqual(self._seen("b"), self.foreign)
        self._login("boss")
        page = self.url_open("/my/tickets").text
        self.assertIn("Pump of Ann", page)
        self.assertIn("Mill of Mate", page)
        self._login("a")
        self.assertNotIn("Mill of Mate", self.url_open("/my/tickets").text)
        places = {
            self.url_open(f"/my/ticket/{number}", allow_redirects=False).headers[
                "Location"
            ]
            for number in (self.mates.id, self.foreign.id, self.foreign.id + 10**6)
        }
        self.assertEqual(len(places), 1)

    def test_agent_gives_the_role(self):
        partner = self.users["a"].partner_id
        for user in (self.employee, self.users["a"], self.users["boss"]):
            with self.assertRaises(AccessError):
                partner.with_user(user).set_service_portal_scope("company")
        with self.assertRaises(AccessError):
            partner.with_user(self.users["a"]).write({"service_portal_scope": "own"})
        self._seen("a")
        self.assertTrue(partner.with_user(self.agent).action_service_portal_company())
        self.assertEqual(self._seen("a"), self.ticket | self.mates, "at once")
        partner.with_user(self.agent).action_service_portal_own()
        self.assertEqual(self._seen("a"), self.ticket)
        with self.assertRaisesRegex(UserError, "everything"):
            partner.with_user(self.agent).set_service_portal_scope("everything")
        with self.assertRaisesRegex(UserError, "employee"):
            self.agent.partner_id.with_user(self.manager).set_service_portal_scope(
                "company"
            )

    def test_customer_cannot_give_himself_the_role(self):
        self._login("a")
        partner = self.users["a"].partner_id
        self._post(
            "/my/address/submit",
            partner_id=partner.id,
            address_type="billing",
            name="Ann",
            email="a@web.example.com",
            phone="1",
            street="x",
            city="x",
            zip="1",
            country_id=self.env.ref("base.be").id,
            service_portal_scope="company",
            callback="/my",
        )
        self.env.invalidate_all()
        self.assertEqual(partner.service_portal_scope, "own")

    def test_who_leaves_the_company_sees_nothing_of_it(self):
        self.assertEqual(self._seen("boss"), self.ticket | self.mates)
        self.users["boss"].partner_id.parent_id = self.other
        self.assertEqual(self._seen("boss"), self.foreign)

    # --- the list --- #

    def test_list_filters_searches_sorts_and_pages(self):
        done = self._make("a", "Old fan", stage_id=self.stages["done"].id)
        waiting = self._make("a", "Belt", stage_id=self.stages["awaiting"].id)
        self._login()
        names = ("Pump of Ann", "Old fan", "Belt")

        def shown(query):
            page = self.url_open(f"/my/tickets?{query}")
            self.assertEqual(page.status_code, 200, query)
            found = re.findall("|".join(names), page.text)
            return list(dict.fromkeys(found))

        for query, expected in (
            ("filterby=all", {*names}),
            ("filterby=open", {"Pump of Ann", "Belt"}),
            ("filterby=closed", {"Old fan"}),
            ("filterby=waiting", {"Belt"}),
            ("filterby=x", {*names}),
            (f"search={done.number}&search_in=number", {"Old fan"}),
            ("search=pump&search_in=name", {"Pump of Ann"}),
            ("search=%25&search_in=all", set()),
            ("search=secret", set()),
            ("date_begin=2000-01-01&date_end=2000-01-02", set()),
        ):
            self.assertEqual(set(shown(query)), expected, query)
        self.assertEqual(shown("sortby=name"), sorted(names))
        grouped = self.url_open("/my/tickets?groupby=stage").text
        self.assertIn("Tickets in stage", grouped)
        self.assertTrue(waiting.number in grouped and done.number in grouped)
        # each ticket once, below the stage that it is in
        rows = re.findall("|".join((*names, "Tickets in stage")), grouped)
        self.assertEqual(sorted(row for row in rows if row in names), sorted(names))
        self.assertEqual(rows.count("Tickets in stage"), 3)
        # no column that nothing stands in
        self.assertNotIn("th_category", self.url_open("/my/tickets").text)
        done.category_id = self.env["helpdesk.ticket.category"].create({"name": "Air"})
        self.assertIn("th_category", self.url_open("/my/tickets").text)

    def test_pages(self):
        self.env["helpdesk.ticket"].create(
            [
                {
                    "name": f"Many {number:03d}",
                    "description": "x",
                    "team_id": self.team.id,
                    "partner_id": self.users["b"].partner_id.id,
                }
                for number in range(85)
            ]
        )
        self._login("b")
        found = set()
        for page in (1, 2):
            text = self.url_open(f"/my/tickets/page/{page}?sortby=name").text
            found |= set(re.findall(r"Many \d{3}", text))
        self.assertEqual(len(found), 85)
        last = self.url_open("/my/tickets/page/999999?sortby=name").text
        self.assertIn("Many 084", last)

    # --- the promise --- #

    def test_promise_in_the_customers_zone_and_language(self):
        with freeze_time("2026-11-20 08:00:00"):
            ticket = self._make("a", "Pump")
        user = self.users["a"]
        user.tz = "Asia/Seoul"
        with freeze_time("2026-11-20 08:05:00"):
            self.env.invalidate_all()
            texts = ticket.with_user(user)._get_portal_promises()
            self.assertIn("We will answer you by", texts[0])
            # Two working hours from 9:00 in Paris: 10:00 UTC, 19:00 in Seoul.
            self.assertRegex(texts[0], r"7:00.PM \(Asia/Seoul\)")
            self.env["res.lang"]._activate_lang("ko_KR")
            korean = ticket.with_user(user).with_context(lang="ko_KR")
            self.assertRegex(korean._get_portal_promises()[0], "답변")
        with freeze_time("2026-11-30 08:05:00"):
            self.env.invalidate_all()
            self.assertEqual(
                ticket.with_user(user)._get_portal_promises(),
                ["We are working on it."],
                "nothing about what is late",
            )

    def test_promise_while_it_waits_and_when_it_ends(self):
        ticket = self._make("a", "Pump")
        ticket.stage_id = self.stages["awaiting"]
        (text,) = ticket._get_portal_promises()
        self.assertIn("waiting for someone else", text)
        self._answer(ticket, self.agent)
        (text,) = ticket._get_portal_promises()
        self.assertIn("waiting for your answer", text)
        with freeze_time("2026-11-20 08:00:00"):
            ticket.stage_id = self.stages["done"]
        self.assertRegex(ticket._get_portal_promises()[0], "Solved on 11/20/26")
        ticket.stage_id = self.stages["cancelled"]
        self.assertRegex(ticket._get_portal_promises()[0], "Closed on")

    def test_page_tells_no_internals(self):
        ticket = self._make("a", "Pump", service_kind="complaint")
        ticket.with_user(self.agent).message_post(
            body="internal-words", subtype_xmlid="mail.mt_note"
        )
        self._login()
        page = self.url_open(f"/my/ticket/{ticket.id}").text
        for word in ("internal-words", "Standard", "breach", "complaint"):
            self.assertNotIn(word, page)

    # --- reply --- #

    def _upload(self, ticket, name, content):
        answer = self._post(
            "/mail/attachment/upload",
            files={"ufile": (name, content, "text/plain")},
            thread_id=ticket.id,
            thread_model="helpdesk.ticket",
            is_pending="true",
        )
        return json.loads(answer.text) if answer.status_code == 200 else {}

    def _reply(self, ticket, body, files=()):
        data = {
            "thread_model": "helpdesk.ticket",
            "thread_id": ticket.id,
            "post_data": {
                "body": body,
                "message_type": "comment",
                "subtype_xmlid": "mail.mt_comment",
                "attachment_ids": [file["id"] for file in files],
                "attachment_tokens": [file["ownership_token"] for file in files],
            },
        }
        return self.make_jsonrpc_request("/mail/message/post", data)

    def test_reply_with_a_file(self):
        self._login()
        uploaded = self._upload(self.ticket, "photo.txt", b"drip")["data"]
        token = uploaded["attachment_id"], uploaded["store_data"]["ir.attachment"]
        file = {"id": token[0], "ownership_token": token[1][0]["ownership_token"]}
        self._reply(self.ticket, "It still drips.", [file])
        self.env.invalidate_all()
        message = self.ticket.message_ids[0]
        self.assertIn("still drips", message.body)
        self.assertEqual(message.author_id, self.users["a"].partner_id)
        self.assertEqual(message.attachment_ids.raw, b"drip")
        page = self.url_open(f"/my/ticket/{self.ticket.id}").text
        self.assertIn("photo.txt", page)

    @mute_logger("odoo.http")
    def test_no_reply_to_what_is_not_his(self):
        self._login()
        before = len(self.foreign.message_ids)
        for ticket in (self.foreign, self.mates, self.foreign.browse(10**8)):
            self.assertFalse(self._upload(ticket, "x.txt", b"x"))
            with self.assertRaises(JsonRpcException):
                self._reply(ticket, "x")
        self.env.invalidate_all()
        self.assertEqual(len(self.foreign.message_ids), before)

    # --- reopening, rating --- #

    def test_reopen(self):
        self.ticket.stage_id = self.stages["done"]
        self._login()
        self.assertIn(
            "/ticket/reopen", self.url_open(f"/my/ticket/{self.ticket.id}").text
        )
        answer = self.url_open(
            f"/ticket/reopen?ticket_id={self.ticket.id}", allow_redirects=False
        )
        self.assertEqual(answer.status_code, 405)
        self.assertTrue(self.ticket.closed)
        self._post("/ticket/reopen", ticket_id=self.ticket.id)
        self.env.invalidate_all()
        self.assertEqual(self.ticket.stage_id, self.stages["in_progress"])
        self.assertFalse(self.ticket.closed_date)

    def test_reopening_by_the_teams_policy(self):
        """``stay`` and ``follow_up``: no button, no reopening by a form of one's own;
        a message stays in the closed ticket, or makes a new one."""
        self._login()
        for policy in ("stay", "follow_up"):
            self.team.service_reopen = policy
            self.ticket.stage_id = self.stages["done"]
            page = self.url_open(f"/my/ticket/{self.ticket.id}").text
            self.assertNotIn("/ticket/reopen", page, policy)
            self._post("/ticket/reopen", ticket_id=self.ticket.id)
            self._reply(self.ticket, f"Again: {policy}")
            self.env.invalidate_all()
            self.assertTrue(self.ticket.closed, policy)
            message = self.env["mail.message"].search(
                [("body", "like", f"Again: {policy}")]
            )
            place = self.ticket.browse(message.res_id)
            follows = self.ticket if policy == "follow_up" else self.ticket.browse()
            self.assertEqual(place.service_follow_up_of_id, follows)
            self.assertEqual(place.partner_id, self.users["a"].partner_id)
            self.assertIn(
                f"/my/ticket/{place.id}", self.url_open("/my/tickets").text, policy
            )

    def test_nobody_else_reopens_or_rates(self):
        self.team.service_ask_rating = True
        tickets = self.ticket | self.mates | self.foreign
        tickets.stage_id = self.stages["done"]
        self._login("mate")
        places = set()
        for url in ("/ticket/reopen", "/ticket/rate"):
            for number in (self.ticket.id, self.foreign.id, 10**8, "x", ""):
                answer = self._post(url, ticket_id=number)
                places.add((answer.status_code, answer.headers["Location"]))
        self.assertEqual(len(places), 1, places)
        self.env.invalidate_all()
        self.assertTrue(self.ticket.closed and self.foreign.closed)

    def test_rate_from_the_page(self):
        self.team.service_ask_rating = True
        self.ticket.stage_id = self.stages["done"]
        self._login()
        self.assertIn(
            "Rate our service", self.url_open(f"/my/ticket/{self.ticket.id}").text
        )
        place = self._post("/ticket/rate", ticket_id=self.ticket.id).headers["Location"]
        self.assertIn(self.ticket.rating_ids.access_token, place)
        self._login("boss")
        other = self._post("/ticket/rate", ticket_id=self.ticket.id).headers["Location"]
        self.assertNotEqual(place, other, "each answers for himself")

    # --- new tickets --- #

    def _new(self, **data):
        return self._post(
            "/submitted/ticket", **dict({"subject": "New", "description": "y"}, **data)
        )

    def test_form_offers_what_he_owns(self):
        self._login()
        page = self.url_open("/new/ticket").text
        for name in ("SN-1001", "SN-1002", self.order.name, self.invoice.name):
            self.assertIn(name, page)
        for name in ("SN-2001", self.other_invoice.name, self.other_delivery.name):
            self.assertNotIn(name, page)

    def test_ticket_about_a_document(self):
        self._login()
        for field, document in (
            ("service_lot_id", self.serials[0]),
            ("service_order_id", self.order),
            ("service_picking_id", self.delivery),
            ("service_invoice_id", self.invoice),
        ):
            answer = self._new(about=f"{document._name},{document.id}")
            ticket = self.env["helpdesk.ticket"].browse(
                int(answer.headers["Location"].rpartition("/")[2])
            )
            self.assertEqual(ticket[field], document)
            self.assertEqual(ticket.partner_id, self.users["a"].partner_id)
            page = self.url_open(f"/my/ticket/{ticket.id}").text
            self.assertIn(document.name, page)

    def test_foreign_document_is_a_missing_one(self):
        self._login()
        before = self.env["helpdesk.ticket"].search_count([])
        answers = set()
        for about in (
            f"stock.lot,{self.serials[2].id}",
            "stock.lot,99999999",
            f"account.move,{self.other_invoice.id}",
            "res.users,1",
            "stock.lot,-1",
            "stock.lot,",
            "stock.lot,1e3",
            "x" * 64,
            f"stock.picking,{2**40}",
        ):
            answer = self._new(about=about, subject="Kept words")
            self.assertIn("Kept words", answer.text)
            text = re.sub(r'(csrf_token|client_key)[^>]*>|"\d+o?\w*"', "", answer.text)
            found = re.search(r"alert-danger[^>]*>([^<]*)", text)
            answers.add((answer.status_code, found.group(1)))
        self.assertEqual(len(answers), 1, answers)
        self.assertEqual(self.env["helpdesk.ticket"].search_count([]), before)

    def test_form_sent_twice_makes_one_ticket(self):
        self._login()
        places = {
            self._new(client_key="k-1").headers["Location"] for _number in range(2)
        }
        self.assertEqual(len(places), 1)
        changed = self._new(client_key="k-1", description="z").headers["Location"]
        self.assertNotIn(changed, places)
        self._login("mate")
        self.assertNotIn(self._new(client_key="k-1").headers["Location"], places)

    def test_files_of_the_form(self):
        """Names become one line; too many files are refused, what was typed stays."""
        self._login()
        names = ("../a\x01b\u202egpj.txt", "n" * 3000 + ".txt", "안녕.txt")
        files = [("attachment", (name, b"x", "text/plain")) for name in names]
        data = {"subject": "Files", "description": "y", "attachment": "1"}
        answer = self._post("/submitted/ticket", files=files, **data)
        self.assertEqual(answer.status_code, 303)
        ticket = self.env["helpdesk.ticket"].search([("name", "=", "Files")])
        stored = ticket.attachment_ids.mapped("name")
        self.assertEqual(len(stored), 3)
        for name in stored:
            self.assertLessEqual(len(name), 100)
            self.assertTrue(name.isprintable() or "\u202e" in name, name)
        many = [("attachment", (f"{n}.txt", b"x", "text/plain")) for n in range(11)]
        answer = self._post(
            "/submitted/ticket", files=many, **dict(data, subject="Too many")
        )
        self.assertEqual(answer.status_code, 422)
        self.assertIn("At most 10 files", answer.text)
        self.assertIn("Too many", answer.text)
        self.assertFalse(ticket.search([("name", "=", "Too many")]))
