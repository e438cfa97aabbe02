# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The customer beside the conversation: his stage and the way to his page."""

from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.crm_service_desk.tests.common import AGENT_ALL, MachineCase

ALL_DOCUMENTS = "sales_team.group_sale_salesman_all_leads"
BILLING = "account.group_account_manager"


@tagged("post_install", "-at_install")
class TestContextBadge(HttpCase, MachineCase):
    def _open(self, tour, user):
        ticket = self._ticket()
        self.start_tour(f"/odoo/helpdesk-tickets/{ticket.id}", tour, login=user.login)

    def test_stage_and_page(self):
        user = new_test_user(
            self.env,
            login="sd-badge",
            groups=f"{AGENT_ALL},{ALL_DOCUMENTS},{BILLING}",
            tz="UTC",
        )
        self._open("crm_extension_service_desk_badge_tour", user)

    def test_no_stage_for_who_may_not_see_it(self):
        self._open("crm_extension_service_desk_no_badge_tour", self.agent)
