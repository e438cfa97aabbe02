# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""An agent's day in the browser: queue, ticket, call, dashboard."""

from odoo.tests import HttpCase, tagged

from .common import MachineCase


@tagged("post_install", "-at_install")
class TestAgentTour(HttpCase, MachineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Every hour counts, so that the clock runs whenever this test does.
        cls.policy.calendar_id = False
        cls.agent.write({"password": "sd-agent-password"})
        cls.env["helpdesk.ticket"].search([]).stage_id = cls.stages["done"]
        cls.first = cls._ticket(name="Due first", user_id=cls.agent.id)
        cls.first.service_lot_id = cls.serials[0]
        cls._ticket(name="Not promised", team_id=False)

    def test_queue_and_ticket(self):
        self.start_tour(
            "/odoo/service-queue", "crm_service_desk_agent", login="sd-agent"
        )
        self.assertEqual(self.first.stage_id, self.stages["done"])
        states = [row[1] for row in self.first.service_clock_log]
        self.assertEqual(states, ["counts", "paused", "solved"])

    def test_call(self):
        self.company.country_id = self.env.ref("base.kr")
        self.contact.phone = "+82 10-1234-5678"
        self.start_tour("/odoo/service-call", "crm_service_desk_call", login="sd-agent")
        made = self.env["helpdesk.ticket"].search([("name", "=", "Pump is loud")])
        self.assertEqual(made.partner_id, self.contact)
        self.assertEqual(made.service_phone, "+821012345678")

    def test_analysis(self):
        self.start_tour(
            "/odoo/service-dashboard", "crm_service_desk_analysis", login="sd-agent"
        )

    def test_dashboard(self):
        self.env["helpdesk.ticket"].search([("closed", "=", True)]).unlink()
        self.start_tour(
            "/odoo/service-dashboard", "crm_service_desk_dashboard", login="sd-agent"
        )
