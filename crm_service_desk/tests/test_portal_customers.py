# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Whose a ticket is when its contact goes to another company, or its customer was
mistaken."""

from odoo.tests import HttpCase, tagged

from .common import MachineCase
from .common_portal import PortalUsers


@tagged("post_install", "-at_install")
class TestPortalCustomers(PortalUsers, MachineCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Beta has somebody who sees all tickets of his company, too.
        cls.users["mate"].partner_id.parent_id = cls.other
        cls.users["mate"].partner_id.service_portal_scope = "company"
        cls.ann = cls.users["a"].partner_id
        cls.ticket = cls._make("a", "Pump of Alpha", service_lot_id=cls.serials[0].id)
        cls.ticket.message_subscribe(cls.ann.ids)

    def _sees(self, key):
        self.env.invalidate_all()
        tickets = self.env["helpdesk.ticket"].with_user(self.users[key])
        return bool(tickets.search_count([("id", "=", self.ticket.id)]))

    def test_who_changes_companies_leaves_the_tickets_behind(self):
        self.ann.parent_id = self.other
        self.assertEqual(self.ticket.commercial_partner_id, self.customer)
        self.assertEqual(
            {key: self._sees(key) for key in ("a", "mate", "boss", "b")},
            {"a": False, "mate": False, "boss": True, "b": False},
        )
        self.assertNotIn(self.ann, self.ticket.message_partner_ids)
        (context,) = self.ticket.with_user(self.agent).get_context()
        self.assertIn("SN-1001", [row["name"] for row in context["serials"]])
        self.assertEqual(context["customer"]["commercial_partner_id"], self.customer.id)
        new = self._make("a", "Mill of Beta")
        self.assertEqual(new.commercial_partner_id, self.other)

    def test_who_gets_a_company_brings_his_tickets(self):
        alone = self.env["res.partner"].create(
            {"name": "Carl", "email": "carl@alpha.example.com"}
        )
        ticket = self.ticket = self._make(None, "Fan of Carl", partner_id=alone.id)
        self.assertEqual(ticket.commercial_partner_id, alone)
        self.assertFalse(self._sees("boss"))
        alone.parent_id = self.customer
        self.assertEqual(ticket.commercial_partner_id, self.customer)
        self.assertTrue(self._sees("boss"))

    def test_contacts_that_become_one(self):
        """He wrote from home, and was made a contact of his own."""
        home = self.env["res.partner"].create(
            {"name": "Ann", "email": "ann@home.example.com"}
        )
        ticket = self.ticket = self._make(None, "From home", partner_id=home.id)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((home | self.ann).ids, self.ann, extra_checks=False)
        self.env.invalidate_all()
        self.assertEqual(ticket.partner_id, self.ann)
        self.assertEqual(ticket.commercial_partner_id, self.customer)
        self.assertTrue(self._sees("a"))
        self.assertTrue(self._sees("boss"))

    def test_company_that_becomes_a_part_of_another(self):
        """Beta was entered as a company and is a department of Alpha."""
        self.other.write({"is_company": False, "parent_id": self.customer.id})
        ticket = self.ticket = self._make("b", "Before")
        self.assertEqual(ticket.commercial_partner_id, self.customer)
        self.assertTrue(self._sees("boss"))

    def test_customer_was_mistaken(self):
        """The agent took Ann for the customer: she sees nothing of Beta's ticket."""
        ticket = self._make("a", "Caller of Beta")
        ticket.message_subscribe(self.ann.ids)
        self.ticket = ticket
        rating = ticket._service_rating_of(self.ann)
        link, rated = ticket.get_portal_url(), rating.access_token
        self.assertIn("Caller of Beta", self.url_open(link).text)
        ticket.with_user(self.agent).partner_id = self.users["b"].partner_id
        self.assertFalse(self._sees("a"))
        self.assertTrue(self._sees("b"))
        self.assertNotIn(self.ann, ticket.message_partner_ids)
        self.assertNotIn("Caller of Beta", self.url_open(link).text)
        self.assertEqual(self.url_open(f"/ticket/rate/{rated}").status_code, 404)

    def test_who_writes_goes_on_writing(self):
        """He wrote from an address that the agent then finds to be a customer's."""
        alone = self.env["res.partner"].create(
            {"name": "ann@home", "email": "ann@home.example.com"}
        )
        ticket = self._make(
            None, "Mail", partner_id=alone.id, partner_email="ann@home.example.com"
        )
        ticket.message_subscribe(alone.ids)
        link = ticket.get_portal_url()
        ticket.with_user(self.agent).partner_id = self.ann
        self.assertIn(alone, ticket.message_partner_ids)
        self.assertIn("Mail", self.url_open(link).text)
