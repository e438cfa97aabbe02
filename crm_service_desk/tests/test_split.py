# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A second matter gets a ticket of its own; related tickets show each other."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from .frozen_mail import FrozenMailCase


@tagged("post_install", "-at_install")
@freeze_time("2026-11-02 09:00:00")
class TestSplit(FrozenMailCase):
    def _talk(self):
        """Ann asks, the agent answers, Ann asks about something else."""
        with freeze_time("2026-11-02 08:00:00"):
            ticket = self._receive(1)
        with freeze_time("2026-11-02 08:30:00"):
            sent = self._answer(ticket, self.agent)
        self._receive(
            2,
            subject="Invoice wrong",
            body="The invoice is wrong too.",
            headers=f"References: {sent.message_id}\n",
        )
        asked = ticket.message_ids.filtered(lambda m: "invoice" in (m.body or ""))
        return ticket, asked

    def _split(self, ticket, messages, user=None, **options):
        answer = ticket.with_user(user or self.agent).split_messages(
            messages.ids, options
        )
        return ticket.browse(answer["ticket_id"])

    def test_split(self):
        ticket, asked = self._talk()
        self.assertEqual(str(ticket.service_waiting_since), "2026-11-02 09:00:00")
        new = self._split(ticket, asked)
        self.assertEqual((new.name, new.partner_id), ("Invoice wrong", self.contact))
        self.assertEqual(new.team_id, ticket.team_id)
        self.assertIn(asked, new.message_ids)
        self.assertNotIn(asked, ticket.message_ids)
        self.assertEqual(new.service_related_ids, ticket)
        self.assertEqual(ticket.service_related_ids, new)
        self.assertIn(self.contact, new.message_partner_ids)
        # Nobody waits in the old one; the new one's promise runs since he asked.
        self.assertFalse(ticket.service_waiting_since)
        self.assertNotIn("running", self._states(ticket, "next_response"))
        self.assertEqual(str(new.service_opened_on), "2026-11-02 09:00:00")
        self.assertEqual(self._states(new, "first_response"), ["running"])
        self.assertTrue(ticket.service_first_response_on)

    def _states(self, ticket, kind):
        return ticket.service_target_ids.filtered(lambda t: t.kind == kind).mapped(
            "state"
        )

    def test_replies_to_what_moved_reach_the_new_ticket(self):
        ticket, asked = self._talk()
        new = self._split(ticket, asked, name="Invoice")
        self.assertEqual(new.name, "Invoice")
        reply = self._receive(
            3, body="Well?", headers=f"References: {asked.message_id}\n"
        )
        self.assertEqual(reply, new)

    def test_answers_go_along(self):
        ticket, asked = self._talk()
        with freeze_time("2026-11-02 09:30:00"):
            answer = self._answer(ticket, self.agent)
        new = self._split(ticket, asked | answer)
        self.assertEqual(str(new.service_first_response_on), "2026-11-02 09:30:00")
        self.assertFalse(new.service_waiting_since)

    def test_internal_note_is_not_shown_as_the_description(self):
        """The customer reads the new ticket's title and description."""
        ticket, asked = self._talk()
        note = ticket.with_user(self.agent).message_post(
            body="He is a bad payer",
            subject="Bad payer",
            message_type="comment",
            subtype_xmlid="mail.mt_note",
        )
        alone = self._split(ticket, note)
        self.assertNotIn("payer", f"{alone.name} {alone.description}")
        self.assertIn(note, alone.message_ids)
        note = ticket.with_user(self.agent).message_post(
            body="He is a bad payer", message_type="comment"
        )
        note.sudo().date = "2026-11-02 07:00:00"
        new = self._split(ticket, note | asked)
        self.assertIn("The invoice is wrong too", new.description)

    def test_refused(self):
        ticket, asked = self._talk()
        other = self._receive(5, subject="Other", body="Other")
        ticket._message_log(body="Noted by the system")
        log = ticket.message_ids.filtered(lambda m: m.message_type == "notification")
        for messages in (other.message_ids[-1:], log[:1]):
            with self.assertRaisesRegex(UserError, "nobody wrote the message"):
                self._split(ticket, messages)
        with self.assertRaisesRegex(UserError, "message_ids"):
            ticket.with_user(self.agent).split_messages([])
        with self.assertRaisesRegex(UserError, "one ticket at a time"):
            (ticket | other).with_user(self.agent).split_messages(asked.ids)
        ticket.user_id = self.agent
        for user in (self.employee, self.agent_own):
            with self.assertRaises(AccessError):
                self._split(ticket, asked, user)
        ticket.with_user(self.agent).merge_into(other.id)
        with self.assertRaisesRegex(UserError, "was merged"):
            self._split(ticket, asked)

    def test_wizard(self):
        ticket, asked = self._talk()
        ticket = ticket.with_user(self.agent)
        form = Form(
            self.env["service.ticket.split.wizard"]
            .with_user(self.agent)
            .with_context(active_id=ticket.id)
        )
        said = []
        for number in range(len(form.line_ids)):
            with form.line_ids.edit(number) as line:
                said.append((line.author, line.preview))
                line.taken = line.message_id == asked
        self.assertEqual(len(said), 3)
        self.assertEqual(said[0], (self.contact.display_name, asked.preview))
        action = form.save().action_split()
        self.assertEqual(ticket.service_related_ids.id, action["res_id"])

    def test_wizard_needs_a_choice_and_tells_no_other_message(self):
        ticket, asked = self._talk()
        ticket.user_id = self.agent
        own = self._ticket(user_id=self.agent_own.id)
        wizard = self.env["service.ticket.split.wizard"].with_user(self.agent_own)
        wizard = wizard.with_context(active_id=own.id).create({})
        with self.assertRaisesRegex(UserError, "at least one message"):
            wizard.action_split()
        line = self.env["service.ticket.split.line"].with_user(self.agent_own)
        line = line.create(
            {"wizard_id": wizard.id, "message_id": asked.id, "taken": True}
        )
        self.env.invalidate_all()
        [row] = line.read(["preview", "author", "date"])
        self.assertEqual((row["preview"], row["author"], row["date"]), (False,) * 3)
        with self.assertRaisesRegex(UserError, "nobody wrote"):
            wizard.action_split()

    def test_related_both_ways(self):
        first, second, third = (self._ticket() for _number in range(3))
        first.service_related_ids = second | third
        self.assertEqual(second.service_related_ids, first)
        second.service_related_ids = third
        self.assertEqual(first.service_related_ids, third)
        self.assertEqual(third.service_related_ids, first | second)
