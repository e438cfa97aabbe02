# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""An agent opens a ticket in the browser and links the serial number."""

from odoo.tests import HttpCase, tagged

from .common import MachineCase


@tagged("post_install", "-at_install")
class TestTour(HttpCase, MachineCase):
    def test_context_panel(self):
        self.agent.write({"password": "sd-agent-password"})
        ticket = self._ticket()
        self.start_tour(
            f"/odoo/helpdesk-tickets/{ticket.id}",
            "crm_service_desk_context_panel",
            login="sd-agent",
        )
        self.assertEqual(ticket.service_lot_id, self.serials[0])
