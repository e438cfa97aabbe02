# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Two tickets about one matter become one, and nothing is lost or shown to others."""

import base64

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, new_test_user, tagged

from .common import MachineCase


@tagged("post_install", "-at_install")
@freeze_time("2026-11-02 09:00:00")
class TestMerge(MachineCase):
    def _asks(self, ticket, body="And now?", partner=None):
        """The customer writes by mail (no answer of ours)."""
        return ticket.message_post(
            body=body,
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            author_id=(partner or self.contact).id,
        )

    def _merge(self, source, target, **options):
        return source.with_user(self.agent).merge_into(target.id, options)

    def _target(self, ticket, kind):
        return ticket.service_target_ids.filtered(
            lambda t: t.kind == kind and t.phase != "not_applicable"
        )[-1:]

    # --- what moves --- #

    def test_conversation_files_followers_activities(self):
        source, target = self._ticket(), self._ticket(name="The pump again")
        follower = self.env["res.partner"].create({"name": "Bob"})
        source.message_subscribe(follower.ids)
        public = self._asks(source)
        note = source.message_post(body="Careful.", message_type="comment")
        loose = self.env["ir.attachment"].create(
            {
                "name": "pump.txt",
                "datas": base64.b64encode(b"drip"),
                "res_model": source._name,
                "res_id": source.id,
            }
        )
        source.activity_schedule("mail.mail_activity_data_todo", summary="Call Ann")
        tag = self.env["helpdesk.ticket.tag"].create({"name": "leak"})
        source.write({"tag_ids": [Command.link(tag.id)], "priority": "3"})
        answer = self._merge(source, target)
        self.assertEqual(
            answer,
            {
                "ticket_id": target.id,
                "number": target.number,
                "merged_ids": source.ids,
                "already": [],
            },
        )
        self.assertIn(public, target.message_ids)
        self.assertIn(note, target.message_ids)
        self.assertTrue(note.subtype_id.internal)
        self.assertFalse(public.is_internal)
        self.assertEqual(loose.res_id, target.id)
        self.assertIn(follower, target.message_partner_ids)
        self.assertEqual(target.activity_ids.summary, "Call Ann")
        self.assertEqual((target.tag_ids, target.priority), (tag, "3"))

    def test_merged_is_closed_and_points_to_the_target(self):
        source, target = self._ticket(), self._ticket()
        self._merge(source, target)
        self.assertTrue(source.closed)
        self.assertEqual(source.stage_id.service_clock, "cancelled")
        self.assertEqual(source.service_merged_into_id, target)
        self.assertEqual(source.service_sla_state, "cancelled")
        self.assertTrue(source.closed_date)
        with self.assertRaisesRegex(UserError, "was merged and stays closed"):
            source.stage_id = self.stages["new"]
        self.assertFalse(
            self.env["mail.mail"].search([("subject", "ilike", "has been closed")])
        )

    def test_links_and_documents(self):
        source, target = self._ticket(), self._ticket()
        source.with_user(self.agent).link_document("stock.lot", self.serials[0].id)
        source.with_user(self.agent).link_document("sale.order", self.order.id)
        target.with_user(self.agent).link_document("stock.lot", self.serials[1].id)
        picking = self._take_back(source, self.stock_user, self.serials[0])
        self._merge(source, target)
        self.assertEqual(target.service_lot_id, self.serials[1])
        self.assertEqual(target.service_order_id, self.order)
        self.assertEqual(picking.service_ticket_id, target)

    def test_again_changes_nothing(self):
        source, target = self._ticket(), self._ticket()
        self._merge(source, target)
        messages = len(target.message_ids)
        answer = self._merge(source, target)
        self.assertEqual((answer["merged_ids"], answer["already"]), ([], source.ids))
        self.assertEqual(len(target.message_ids), messages)

    def test_chain(self):
        first, second, third = (self._ticket() for _number in range(3))
        self._merge(first, second)
        with self.assertRaisesRegex(UserError, second.number):
            self._merge(third, first)
        self._merge(second, third)
        self.assertEqual(first.service_merged_into_id, third)
        self.assertEqual(self._receive(9, subject=f"Re: {first.number}"), third)

    # --- what is refused --- #

    def test_refused(self):
        ticket = self._ticket()
        second = self.env["res.company"].create({"name": "Second"})
        elsewhere = self.env["helpdesk.ticket"].create(
            {"name": "x", "description": "x", "company_id": second.id}
        )
        for target_id, message in (
            (ticket.id, "into itself"),
            (elsewhere.id, "no ticket with the id"),
            (10**8, "no ticket with the id"),
            ("7", "target_id"),
            (None, "target_id"),
        ):
            with self.assertRaisesRegex(UserError, message):
                ticket.with_user(self.agent).merge_into(target_id)
        with self.assertRaisesRegex(UserError, "different companies"):
            ticket.merge_into(elsewhere.id)
        with self.assertRaisesRegex(UserError, "colour"):
            self._merge(ticket, self._ticket(), colour="red")

    def test_pointer_is_no_field_to_write(self):
        source, target = self._ticket(), self._ticket()
        desk = self.env["helpdesk.ticket"].with_user(self.manager)
        with self.assertRaises(AccessError):
            source.with_user(self.manager).service_merged_into_id = target
        with self.assertRaises(AccessError):
            desk.with_context(default_service_merged_into_id=target.id).create(
                {"name": "x", "description": "x"}
            )
        self._merge(source, target)
        with self.assertRaises(AccessError):
            source.with_user(self.manager).service_merged_into_id = False

    def test_rights(self):
        own = self._ticket(user_id=False, team_id=False)
        mine = self._ticket(team_id=False)
        mine.user_id = self.agent_own
        with self.assertRaises(AccessError):
            own.with_user(self.agent_own).merge_into(mine.id)
        with self.assertRaisesRegex(UserError, "no ticket with the id"):
            mine.with_user(self.agent_own).merge_into(own.id)
        for user in (self.employee, self.env.ref("base.public_user")):
            with self.assertRaises(AccessError):
                mine.with_user(user).merge_into(own.id)
        self.assertFalse((own | mine).service_merged_into_id)

    # --- another customer --- #

    def test_other_customer(self):
        source = self._ticket(partner_id=self.other.id, description="Beta's secret")
        target = self._ticket()
        portal_b = new_test_user(self.env, "sd-merge-b", groups="base.group_portal")
        portal_b.partner_id.parent_id = self.other
        source.message_subscribe(portal_b.partner_id.ids)
        secret = self._asks(source, "Beta pays 5", self.other)
        loose = self.env["ir.attachment"].create(
            {"name": "b.txt", "res_model": source._name, "res_id": source.id}
        )
        source.service_lot_id = self.serials[2]
        with self.assertRaisesRegex(UserError, "different customers"):
            self._merge(source, target)
        self.assertNotIn(secret, target.message_ids)
        self._merge(source, target, other_customer=True)
        self.assertIn(secret, target.message_ids)
        self.assertTrue(secret.is_internal)
        self.assertTrue(secret.subtype_id.internal)
        self.assertNotIn(portal_b.partner_id, target.message_partner_ids)
        self.assertFalse(target.service_lot_id)
        self.assertEqual(loose.res_id, source.id)
        portal_a = new_test_user(self.env, "sd-merge-a", groups="base.group_portal")
        portal_a.partner_id.parent_id = self.customer
        portal_a.partner_id.service_portal_scope = "company"
        seen = self.env["mail.message"].with_user(portal_a)
        found = seen.search([("model", "=", target._name), ("res_id", "=", target.id)])
        self.assertNotIn("Beta", " ".join(found.mapped("body")))
        # And what he writes later lands there, unseen by the other customer.
        late = self._receive(
            3,
            subject=f"Re: {source.number}",
            sender="info@beta.example.com",
            body="Beta pays 6",
        )
        newest = target.message_ids.filtered(lambda m: "pays 6" in (m.body or ""))
        self.assertTrue(newest.is_internal)
        self.assertIn(late, source | target)

    def test_unknown_sender_needs_confirmation_and_is_one_party_then(self):
        source = self._ticket(
            partner_id=False, partner_email="ann@private.example", partner_name="Ann"
        )
        target = self._ticket()
        message = self._asks(source, partner=self.env["res.partner"])
        with self.assertRaisesRegex(UserError, "different customers"):
            self._merge(source, target)
        self._merge(source, target, other_customer=True)
        self.assertFalse(message.is_internal)
        again = self._receive(
            4, subject=f"Re: {source.number}", sender="ann@private.example"
        )
        self.assertEqual(again, target)
        self.assertFalse(target.service_has_stranger)

    def test_same_address_is_the_same_customer(self):
        source = self._ticket(partner_id=False, partner_email="Ann@Alpha.example.com")
        target = self._ticket()
        self._merge(source, target)
        self.assertEqual(source.service_merged_into_id, target)

    # --- later replies --- #

    def test_replies_land_in_the_target(self):
        source = self._receive(1)
        target = self._ticket()
        sent = self._answer(source, self.agent)
        self._merge(source, target)
        for number, parts in (
            (2, {"headers": f"References: {sent.message_id}\n"}),
            (3, {"headers": "References: <1-TestMerge@alpha.example.com>\n"}),
            (4, {"subject": f"Re: [{source.number}]"}),
        ):
            self.assertEqual(
                self._receive(number, body=f"Reply {number}", **parts), target, number
            )
            self.assertIn(f"Reply {number}", target.message_ids[0].body)
            self.assertFalse(target.message_ids[0].is_internal)
        receipts = self.env["service.mail.receipt"].search([], order="id")
        self.assertEqual(receipts[1:].ticket_id, target)
        self.assertTrue(source.closed)

    def test_what_is_posted_to_the_merged_ticket(self):
        """By the portal, by its link with a token (as the public user), by an agent."""
        source, target = self._ticket(), self._ticket()
        portal = new_test_user(self.env, "sd-merge-p", groups="base.group_portal")
        portal.partner_id.parent_id = self.customer
        portal.partner_id.service_portal_scope = "company"
        self._merge(source, target)
        post = {"message_type": "comment", "subtype_xmlid": "mail.mt_comment"}
        mine = source.with_user(portal).message_post(body="From the portal", **post)
        linked = (
            source.with_user(self.env.ref("base.public_user"))
            .sudo()
            .message_post(body="By the link", author_id=self.contact.id, **post)
        )
        note = source.with_user(self.agent).message_post(
            body="A note", message_type="comment"
        )
        for message in (mine, linked, note):
            self.assertEqual(message.sudo().res_id, target.id)
        self.assertEqual(mine.sudo().author_id, portal.partner_id)
        stranger = new_test_user(self.env, "sd-merge-s", groups="base.group_portal")
        with self.assertRaises(AccessError):
            source.with_user(stranger).message_post(body="x", **post)

    def test_automatic_mail_joins_and_moves_no_clock(self):
        source, target = self._receive(1), self._ticket()
        sent = self._answer(target, self.agent)
        self._merge(source, target)
        self._receive(
            2,
            headers=f"References: {sent.message_id}\nAuto-Submitted: auto-replied\n",
        )
        self.assertFalse(target.service_waiting_since)

    def test_customer_is_told(self):
        source, target = self._ticket(), self._ticket()
        self._merge(source, target, notify=True)
        [told] = target.message_ids.filtered(lambda m: "together with" in m.body)
        self.assertIn(source.number, told.body)
        self.assertIn(self.contact, told.notified_partner_ids)
        self.assertFalse(target.service_first_response_on)

    # --- clocks --- #

    def test_the_promise_runs_from_the_first_request(self):
        with freeze_time("2026-11-02 08:00:00"):
            source = self._ticket()
        target = self._ticket()
        self._merge(source, target)
        self.assertEqual(str(target.service_opened_on), "2026-11-02 08:00:00")
        resolution = self._target(target, "resolution")
        self.assertEqual(str(resolution.started_on), "2026-11-02 08:00:00")
        # 8 working hours in Paris from 9:00 on Monday: 9-12, 13-17, 8-9.
        self.assertEqual(str(resolution.due), "2026-11-03 08:00:00")
        self.assertEqual(
            str(self._target(target, "first_response").due), "2026-11-02 10:00:00"
        )

    def test_answered_in_one_waits_in_the_other(self):
        with freeze_time("2026-11-02 08:00:00"):
            source = self._ticket()
        with freeze_time("2026-11-02 08:30:00"):
            self._answer(source, self.agent)
        target = self._ticket()
        self._merge(source, target)
        first = self._target(target, "first_response")
        self.assertEqual(
            (first.state, str(first.ended_on)), ("met", "2026-11-02 08:30:00")
        )
        self.assertEqual(str(target.service_waiting_since), "2026-11-02 09:00:00")
        follow = self._target(target, "next_response")
        self.assertEqual(
            (follow.state, str(follow.started_on)), ("running", "2026-11-02 09:00:00")
        )

    def test_answered_later_in_the_other_waits_no_more(self):
        with freeze_time("2026-11-02 08:00:00"):
            source = self._ticket()
            target = self._ticket()
        self._answer(target, self.agent)
        self._merge(source, target)
        self.assertFalse(target.service_waiting_since)
        self.assertFalse(self._target(target, "next_response"))
        self.assertFalse(
            source.service_target_ids.filtered(lambda t: t.phase == "running")
        )

    def test_open_ticket_into_a_closed_one(self):
        source, target = self._ticket(), self._ticket()
        target.stage_id = self.stages["done"]
        self._merge(source, target)
        self.assertFalse(target.closed)
        self.assertFalse(target.closed_date)
        self.assertEqual(target.service_reopen_count, 1)

    def test_closed_ticket_keeps_its_history(self):
        source, target = self._ticket(), self._ticket()
        source.stage_id = self.stages["done"]
        closed = source.closed_date
        with freeze_time("2026-11-04 09:00:00"):
            self._merge(source, target)
        self.assertEqual(source.stage_id, self.stages["done"])
        self.assertEqual(source.closed_date, closed)
        self.assertFalse(target.closed)

    # --- by the wizard --- #

    def test_wizard(self):
        with freeze_time("2026-11-02 08:00:00"):
            first = self._ticket()
        second, foreign = self._ticket(), self._ticket(partner_id=self.other.id)
        wizard = Form(
            self.env["service.ticket.merge.wizard"]
            .with_user(self.agent)
            .with_context(active_ids=(first | second).ids)
        )
        self.assertEqual(wizard.target_id, first)
        self.assertFalse(wizard.is_other_customer)
        wizard.target_id = foreign
        self.assertTrue(wizard.is_other_customer)
        wizard.target_id = first
        action = wizard.save().action_merge()
        self.assertEqual(action["res_id"], first.id)
        self.assertEqual(second.service_merged_into_id, first)
