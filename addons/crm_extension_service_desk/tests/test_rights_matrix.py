# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command
from odoo.tests import HttpCase, tagged

from odoo.addons.crm_extension.tests.rights_common import (
    LEDGER,
    OPEN,
    SCOPES,
    SECRET,
    RightsMatrixCommon,
)
from odoo.addons.crm_extension.tests.test_page_parts import READY, SOURCE
from odoo.addons.crm_service_desk.tests.common import (
    AGENT_ALL,
    AGENT_OWN,
    AGENT_TEAM,
    MANAGER,
)

DESK = {"service", "contact"}
TICKETS = {"open_tickets", "breached_tickets"}
ROOMS = {"ordered", "pipeline", "deliveries_due", "serials_owned", "credit_limit"}
MONEY = OPEN | LEDGER | ROOMS | {"margin"}

#: role: (groups, sections, figures told, figures not told)
MATRIX = {
    "agent_own": ([AGENT_OWN], DESK, TICKETS, MONEY),
    "agent_team": ([AGENT_TEAM], DESK, TICKETS, MONEY),
    "agent": ([AGENT_ALL], DESK, TICKETS, MONEY),
    "desk_manager": ([MANAGER], DESK, TICKETS, MONEY),
}


class AgentCommon(RightsMatrixCommon):
    """Agents of the desk who have no right in sales, accounting or stock."""

    roles = MATRIX

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids |= cls.env.ref(MANAGER)
        team = cls.env["helpdesk.ticket.team"].create(
            {
                "name": "Machines",
                "user_ids": [Command.set(cls.users["agent_team"].ids)],
            }
        )
        values = {
            "name": "Pump leaks",
            "description": "It leaks.",
            "partner_id": cls.contact.id,
        }
        owners = (False, cls.users["agent_own"].id, cls.users["agent"].id)
        cls.env["helpdesk.ticket"].create(
            [{**values, "team_id": team.id, "user_id": owner} for owner in owners]
        )


@tagged("post_install", "-at_install")
class TestAgentRights(AgentCommon):
    """The rights matrix of the page, for agents: service and contact, and no money."""

    def test_sections_and_figures_of_each_agent(self):
        self.assertSectionsAndFigures()

    def test_no_scope_and_no_part_raises_and_lists_agree(self):
        self.assertNothingRaises(*SCOPES)

    def test_no_amount_of_any_document_is_told(self):
        self.assertNowhere(MATRIX, SECRET)
        for role in MATRIX:
            for section in self._page(role)["sections"].values():
                shown = (*section["metrics"].values(), *section["charts"])
                self.assertNotIn("currency", [figure["unit"] for figure in shown])
                columns = [c for t in section["tables"] for c in t["columns"]]
                self.assertNotIn("currency", [column["unit"] for column in columns])

    def test_timeline_of_an_agent(self):
        """Tickets, and none of the documents that he may not open."""
        kinds = {row["kind"] for row in self._page("agent")["timeline"]["rows"]}
        self.assertIn("ticket", kinds)
        documents = {"invoice", "credit_note", "payment", "order", "quotation"}
        documents |= {"opportunity", "delivery", "return"}
        self.assertFalse(kinds & documents)

    def test_own_tickets_are_a_part_and_say_so(self):
        told = {}
        for role in MATRIX:
            metric = self._page(role)["sections"]["service"]["metrics"]["open_tickets"]
            told[role] = (metric["value"], metric["partial"])
        self.assertEqual(told.pop("agent_own"), (1, True))
        self.assertEqual(set(told.values()), {(3, False)})

    def test_parts_asked_alone_are_those_of_the_whole(self):
        for role in MATRIX:
            whole = self._page(role)["sections"]
            for part in ("metrics", "charts", "tables"):
                alone = self._page(role, include=[part])["sections"]
                for key, section in alone.items():
                    self.assertEqual(section[part], whole[key][part], (role, key))


@tagged("post_install", "-at_install")
class TestAgentPage(AgentCommon, HttpCase):
    """An agent's page in the browser."""

    def test_every_tile_opens_its_list(self):
        for role in ("agent_own", "agent"):
            with self.subTest(role):
                self.start_tour(
                    f"/odoo/customer-360/{self.customer.id}",
                    "crm_extension_service_desk_tiles_tour",
                    login=f"{role}360",
                )

    def test_no_amount_is_in_what_the_browser_has_of_the_page(self):
        for role in ("agent", "desk_manager"):
            with self.subTest(role):
                self.browser_js(
                    f"/odoo/customer-360/{self.customer.id}",
                    SOURCE % "false",
                    READY,
                    login=f"{role}360",
                )
