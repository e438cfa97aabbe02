# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Who sees and changes what: agents of three levels, manager, others, customers."""

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import MANAGER, DeskCase


@tagged("post_install", "-at_install")
class TestRights(DeskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.foreign_team = cls.env["helpdesk.ticket.team"].create({"name": "Foreign"})
        cls.policy.team_ids = [Command.link(cls.foreign_team.id)]
        cls.team.user_ids = [Command.link(cls.agent_own.id)]
        cls.tickets = {
            "own": cls._ticket(user_id=cls.agent_own.id),
            "unassigned": cls._ticket(user_id=False),
            "colleague": cls._ticket(user_id=cls.agent.id),
            "foreign": cls._ticket(team_id=cls.foreign_team.id, user_id=False),
            "stranger": cls._ticket(
                team_id=cls.foreign_team.id, user_id=False, partner_id=False
            ),
        }
        cls.portal_a, cls.portal_b = (
            new_test_user(cls.env, login=login, groups="base.group_portal")
            for login in ("sd-portal-a", "sd-portal-b")
        )
        cls.portal_a.partner_id.parent_id = cls.customer
        cls.portal_b.partner_id.parent_id = cls.other
        (cls.portal_a | cls.portal_b).partner_id.service_portal_scope = "company"
        cls.salesman, cls.sales_lead = (
            new_test_user(cls.env, login=f"sd-{group[-3:]}", groups=group)
            for group in (
                "sales_team.group_sale_salesman",
                "sales_team.group_sale_salesman_all_leads",
            )
        )
        cls.env.flush_all()

    def _seen(self, user, operation="read"):
        self.env.invalidate_all()
        return {
            key
            for key, ticket in self.tickets.items()
            if ticket.with_user(user).has_access(operation)
        }

    def test_who_reads_tickets(self):
        everything = set(self.tickets)
        for user, expected in (
            (self.agent_own, {"own", "unassigned"}),
            (self.agent_team, {"own", "unassigned", "colleague"}),
            (self.agent, everything),
            (self.manager, everything),
            (self.employee, set()),
            (self.salesman, everything - {"stranger"}),
            (self.sales_lead, everything - {"stranger"}),
            (self.portal_a, everything - {"stranger"}),
            (self.portal_b, set()),
            (self.env.ref("base.public_user"), set()),
        ):
            self.assertEqual(self._seen(user), expected, user.login)

    def test_salesperson_of_another_customer(self):
        self.customer.user_id = self.agent
        self.assertEqual(self._seen(self.salesman), set())
        self.assertTrue(self._seen(self.sales_lead))

    def test_who_writes_tickets(self):
        for user in (
            self.employee,
            self.salesman,
            self.sales_lead,
            self.portal_a,
            self.portal_b,
        ):
            self.assertEqual(self._seen(user, "write"), set(), user.login)
        self.assertEqual(self._seen(self.agent_own, "write"), {"own", "unassigned"})

    def test_handing_a_ticket_over(self):
        """The agent loses sight of it by his own write; that is no error."""
        ticket = self.tickets["own"].with_user(self.agent_own)
        ticket.write({"user_id": self.agent.id, "stage_id": self.stages["done"].id})
        self.assertFalse(ticket.has_access("read"))
        self.assertTrue(ticket.sudo().closed_date)

    def test_targets_are_seen_with_the_ticket(self):
        targets = self.env["service.sla.target"]
        for user in (self.agent_own, self.agent_team, self.agent, self.manager):
            found = targets.with_user(user).search([]).sudo().ticket_id
            seen = self._seen(user)
            self.assertEqual(
                {key for key, ticket in self.tickets.items() if ticket in found}, seen
            )
        for user in (
            self.employee,
            self.salesman,
            self.portal_a,
            self.portal_b,
            self.env.ref("base.public_user"),
        ):
            with self.assertRaises(AccessError):
                targets.with_user(user).search([])

    def test_nobody_writes_clocks(self):
        target = self.tickets["own"].service_target_ids[:1]
        for user in (self.agent, self.manager):
            with self.assertRaises(AccessError):
                target.with_user(user).write({"due": "2030-01-01 00:00:00"})

    def test_agents_do_not_write_what_clocks_are_made_of(self):
        values = {
            "service_opened_on": "2030-01-01 00:00:00",
            "service_clock_log": [["2030-01-01 00:00:00", "paused", "x"]],
            "service_first_response_on": "2026-01-01 00:00:00",
            "service_waiting_since": False,
            "service_sla_policy_id": False,
        }
        new = {"name": "x", "description": "x", "team_id": self.team.id}
        for field, value in values.items():
            ticket = self.tickets["own"].with_user(self.agent)
            with self.assertRaisesRegex(AccessError, field):
                ticket.write({field: value})
            with self.assertRaisesRegex(AccessError, field):
                ticket.create(dict(new, **{field: value}))
        moment = "2020-01-01 00:00:00"
        fresh = ticket.with_context(
            default_service_opened_on=moment, default_service_first_response_on=moment
        ).create(new)
        self.assertGreater(fresh.service_opened_on.year, 2020)
        self.assertFalse(fresh.service_first_response_on)
        fresh.with_user(self.manager).service_opened_on = moment
        self.assertEqual(fresh.service_opened_on.year, 2020)

    def test_policies(self):
        self.policy.with_user(self.agent).read(["name"])
        with self.assertRaises(AccessError):
            self.policy.with_user(self.agent).name = "x"
        self.policy.with_user(self.manager).name = "x"
        for user in (self.employee, self.portal_a):
            with self.assertRaises(AccessError):
                self.policy.with_user(user).read(["name"])

    def test_fields_hidden_from_customers(self):
        """Over RPC a customer reads of his ticket what the page shows, no more."""
        (values,) = self.tickets["own"].with_user(self.portal_a).read()
        ours = {name for name in values if name.startswith("service_")}
        self.assertEqual(ours, set())
        for domain in (
            [("service_due", "!=", False)],
            [("service_lot_id", "!=", False)],
        ):
            with self.assertRaises(AccessError):
                self.env["helpdesk.ticket"].with_user(self.portal_a).search(domain)

    def test_customers_do_not_search_by_what_is_late(self):
        tickets = self.env["helpdesk.ticket"].with_user(self.portal_a)
        for state in ("running", "warned", "breached", "met"):
            try:
                found = tickets.search([("service_sla_state", "=", state)])
            except AccessError:
                continue
            self.assertFalse(found, state)

    def test_employee_sees_the_summary_only(self):
        ticket = self.tickets["own"]
        ticket.message_subscribe(partner_ids=self.employee.partner_id.ids)
        (values,) = ticket.with_user(self.employee).read()
        ours = {name for name in values if name.startswith("service_")}
        self.assertEqual(
            ours,
            {
                "service_csat",
                "service_due",
                "service_kind",
                "service_merged",
                "service_opened_on",
                "service_sla_state",
            },
        )
        self.assertTrue(values["service_sla_state"])
        found = ticket.with_user(self.employee).search(
            [("service_sla_state", "=", values["service_sla_state"])]
        )
        self.assertEqual(found, ticket)

    def test_health_of_the_desk_only(self):
        incidents = self.env["crm.suite.incident"]
        mine = incidents._report(self.policy, "crm_service_desk.calendar", "x")
        other = incidents._report(self.policy, "crm_subscription.parked", "x")
        found = incidents.with_user(self.manager).search([])
        self.assertIn(mine, found)
        self.assertNotIn(other, found)
        with self.assertRaises(AccessError):
            incidents.with_user(self.agent).search([])

    def test_two_companies(self):
        second = self.env["res.company"].create({"name": "Second"})
        boss = new_test_user(
            self.env,
            login="sd-second",
            groups=MANAGER,
            company_id=second.id,
            company_ids=[Command.set(second.ids)],
        )
        for model in ("helpdesk.ticket", "service.sla.target", "service.sla.policy"):
            records = self.env[model].with_user(boss).search([])
            self.assertFalse(records.sudo().company_id - second, model)
        self.env["service.mail.quarantine"]._keep(self._mail(), "failed", "x")
        self.assertFalse(self.env["service.mail.quarantine"].with_user(boss).search([]))
        with self.assertRaises(AccessError):
            self.tickets["own"].with_user(boss).get_sla_status()

    def test_contacts_and_users_are_made_by_who_is_no_agent(self):
        """What a contact sees in the portal is the desk's matter, not his maker's."""
        seller = new_test_user(
            self.env,
            "sd-maker",
            "sales_team.group_sale_salesman,base.group_partner_manager",
        )
        partner = self.env["res.partner"].with_user(seller).create({"name": "Made"})
        self.assertNotEqual(partner.sudo().service_portal_scope, "company")
        with self.assertRaises(AccessError):
            partner.write({"service_portal_scope": "company"})
        admin = new_test_user(
            self.env, "sd-erp", "base.group_erp_manager,base.group_partner_manager"
        )
        user = self.env["res.users"].with_user(admin)
        user = user.create({"name": "Hired", "login": "sd-hired"})
        self.assertNotEqual(user.partner_id.sudo().service_portal_scope, "company")
        made = (
            self.env["res.partner"].with_user(self.agent).sudo().create({"name": "A"})
        )
        self.assertEqual(made.service_portal_scope, "own")
