# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import HttpCase, tagged

from odoo.addons.crm_service_desk.tests.common import DeskCase


@tagged("post_install", "-at_install")
class TestTours(DeskCase, HttpCase):
    def test_a_ticket_from_the_page(self):
        """An agent begins a ticket of the customer whose page is open."""
        self.customer.name = "Northwind"
        self.start_tour(
            f"/odoo/customer-360/{self.customer.id}",
            "crm_extension_service_desk_ticket_tour",
            login=self.agent.login,
        )
