# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The phone rings: who is it, what is open, and a ticket in one step."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import DeskCase


@tagged("post_install", "-at_install")
class TestCall(DeskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        korea = cls.env.ref("base.kr")
        cls.company.country_id = korea
        cls.contact.write({"phone": "010-1234-5678", "country_id": korea.id})
        cls.other.write({"phone": "+1 212 555 0123", "country_id": False})
        cls.desk = cls.env["helpdesk.ticket"].with_user(cls.agent)

    def _found(self, phone):
        return [row["partner_id"] for row in self.desk.find_caller(phone)["partners"]]

    def test_ways_to_write_a_number(self):
        for phone in (
            "010-1234-5678",
            "01012345678",
            "010 1234 5678",
            "+82 10-1234-5678",
            "+821012345678",
            "0082 10 1234 5678",
            "(010) 1234-5678",
        ):
            self.assertEqual(self._found(phone), self.contact.ids, phone)
            answer = self.desk.find_caller(phone)
            self.assertEqual(answer["phone"], "+821012345678")
        for phone in ("+1 212-555-0123", "001 212 555 0123", "+12125550123"):
            self.assertEqual(self._found(phone), self.other.ids, phone)
        self.assertEqual(self._found("02-9999-9999"), [])

    def test_number_of_the_house(self):
        """An extension is no number of the world; its digits are compared."""
        self.contact.phone = "47 11"
        self.assertEqual(self._found("4711"), self.contact.ids)

    def test_open_tickets_of_the_caller_and_his_company(self):
        colleague = self._ticket(partner_id=self.customer.id)
        mine, closed = self._ticket(), self._ticket()
        closed.stage_id = self.stages["done"]
        self._ticket(partner_id=self.other.id)
        [row] = self.desk.find_caller("01012345678")["partners"]
        self.assertEqual(
            [ticket["ticket_id"] for ticket in row["open_tickets"]],
            [mine.id, colleague.id],
        )
        self.assertEqual(row["commercial_name"], "Alpha Works")
        self.assertEqual(row["open_tickets"][0]["number"], mine.number)

    def test_in_one_step(self):
        answer = self.desk.create_from_call(
            {
                "name": "Pump is loud",
                "phone": "010-1234-5678",
                "team_id": self.team.id,
                "kind": "fault",
                "priority": "2",
            }
        )
        ticket = self.env["helpdesk.ticket"].browse(answer["ticket_id"])
        self.assertRecordValues(
            ticket,
            [
                {
                    "number": answer["number"],
                    "partner_id": self.contact.id,
                    "partner_email": "ann@alpha.example.com",
                    "service_phone": "+821012345678",
                    "service_kind": "fault",
                    "priority": "2",
                    "team_id": self.team.id,
                }
            ],
        )
        channel = self.env.ref("helpdesk_mgmt.helpdesk_ticket_channel_phone")
        self.assertEqual(ticket.channel_id, channel)
        self.assertTrue(ticket.service_target_ids)

    def test_the_same_key_is_the_same_ticket(self):
        values = {"name": "Loud", "phone": "010-1234-5678"}
        first = self.desk.create_from_call(values, "call-1")
        self.assertEqual(self.desk.create_from_call(values, "call-1"), first)
        with self.assertRaisesRegex(UserError, "another request"):
            self.desk.create_from_call(dict(values, name="Else"), "call-1")

    def test_two_have_the_number(self):
        self.customer.write({"phone": "+82 10 1234 5678"})
        self.assertEqual(self._found("01012345678"), (self.contact | self.customer).ids)
        values = {"name": "Who?", "phone": "01012345678"}
        ticket = self.desk.browse(self.desk.create_from_call(values)["ticket_id"])
        self.assertFalse(ticket.partner_id)
        values["partner_id"] = self.customer.id
        ticket = self.desk.browse(self.desk.create_from_call(values)["ticket_id"])
        self.assertEqual(ticket.partner_id, self.customer)

    def test_refused(self):
        for phone in (None, False, 1012345678, "", "ab", "1" * 41, ["010"]):
            with self.assertRaisesRegex(UserError, "phone"):
                self.desk.find_caller(phone)
        for values, message in (
            ({}, "name"),
            ({"name": "x", "colour": "red"}, "colour"),
            ({"name": "x", "partner_id": 10**8}, "partner_id"),
            ({"name": "x", "team_id": 10**8}, "team_id"),
            ({"name": "x", "kind": "gossip"}, "kind"),
            ("x", "values"),
        ):
            with self.assertRaisesRegex(UserError, message):
                self.desk.create_from_call(values)
        for user in (self.employee, self.env.ref("base.public_user")):
            desk = self.env["helpdesk.ticket"].with_user(user)
            with self.assertRaises(AccessError):
                desk.find_caller("010-1234-5678")
            with self.assertRaises(AccessError):
                desk.create_from_call({"name": "x"})

    def test_agent_sees_his_tickets_only(self):
        self._ticket(user_id=self.agent.id)
        own = self._ticket(user_id=self.agent_own.id)
        desk = self.env["helpdesk.ticket"].with_user(self.agent_own)
        [row] = desk.find_caller("01012345678")["partners"]
        self.assertEqual([t["ticket_id"] for t in row["open_tickets"]], own.ids)

    def test_form(self):
        known = self._ticket()
        form = Form(self.env["service.ticket.call.wizard"].with_user(self.agent))
        self.assertEqual(form.team_id, self.team)
        form.phone = "01012345678"
        self.assertEqual(form.partner_id, self.contact)
        self.assertEqual(form.open_ticket_ids.ids, known.ids)
        form.name = "Loud"
        dialog = form.save()
        action = dialog.action_create()
        self.assertEqual(dialog.action_create(), action, "a second click")
        ticket = self.env["helpdesk.ticket"].browse(action["res_id"])
        self.assertEqual((ticket.name, ticket.partner_id), ("Loud", self.contact))
