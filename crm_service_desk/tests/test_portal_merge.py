# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the customer of a merged ticket finds in the portal."""

from odoo.tests import HttpCase, tagged

from .common import DeskCase
from .common_portal import PortalUsers


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

    def test_reopening_ends_with_the_days_of_the_team(self):
        self.ticket.stage_id = self.stages["done"]
        self.assertTrue(self.ticket._portal_may_reopen())
        self.team.service_reopen = "follow_up"
        self.assertFalse(self.ticket._portal_may_reopen())
