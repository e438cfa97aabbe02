# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Every model of the addon by every role: read, write, create, delete."""

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import MANAGER, DeskCase

OPERATIONS = ("read", "write", "create", "unlink")
NOTHING = ()
READ = ("read",)
ALL = OPERATIONS
# Model -> (agents of all levels, manager). Nobody else has any right on them.
MATRIX = {
    "service.sla.policy": (READ, ALL),
    "service.sla.target": (READ, READ),
    "service.mail.quarantine": (NOTHING, ("read", "unlink")),
    "service.mail.receipt": (NOTHING, READ),
    "service.settlement": (NOTHING, READ),
    "service.web.limit": (NOTHING, READ),
    "service.claim": (READ, READ),
    "service.claim.line": (READ, READ),
    "service.claim.step": (READ, ALL),
    "service.team.turn": (NOTHING, READ),
    "service.ticket.report": (READ, READ),
    "helpdesk.ticket": (("read", "write", "create"), ALL),
    "helpdesk.ticket.stage": (READ, ALL),
    "helpdesk.ticket.team": (READ, ALL),
    "helpdesk.ticket.tag": (READ, ALL),
    "helpdesk.ticket.category": (READ, ALL),
    "helpdesk.ticket.channel": (READ, ALL),
}
# What customers and visitors may read (OCA's), always by record rules or public facts.
SHARED = {
    "portal": {
        "helpdesk.ticket",
        "helpdesk.ticket.stage",
        "helpdesk.ticket.team",
        "helpdesk.ticket.category",
    },
    "public": {"helpdesk.ticket.stage", "helpdesk.ticket.category"},
}


@tagged("post_install", "-at_install")
class TestRightsMatrix(DeskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portals = {
            key: new_test_user(cls.env, login=f"m-{key}", groups="base.group_portal")
            for key in ("a", "b")
        }
        cls.portals["a"].partner_id.parent_id = cls.customer
        cls.portals["b"].partner_id.parent_id = cls.other
        cls.public = cls.env.ref("base.public_user")

    def _may(self, user, model):
        records = self.env[model].with_user(user)
        return tuple(op for op in OPERATIONS if records.has_access(op))

    def _models(self, transient=False):
        """Return the stored models that this addon defines, or its dialogs."""
        return [
            name
            for name, model in self.env.items()
            if model._original_module == "crm_service_desk"
            and not model._abstract
            and model._transient == transient
        ]

    def test_roles(self):
        for model, (agent, manager) in MATRIX.items():
            for user in (self.agent_own, self.agent_team, self.agent):
                self.assertEqual(self._may(user, model), agent, (model, user.login))
            self.assertEqual(self._may(self.manager, model), manager, model)

    def test_every_model_has_a_row(self):
        self.assertFalse(set(self._models()) - set(MATRIX))

    def test_wizards(self):
        """Dialogs are the agents', each his own; nobody else can open one."""
        wizards = self._models(transient=True)
        self.assertGreaterEqual(len(wizards), 5)
        for model in wizards:
            for user in (self.agent_own, self.agent_team, self.agent, self.manager):
                self.assertEqual(self._may(user, model), ALL, (model, user.login))
            for user in (*self.portals.values(), self.public, self.employee):
                self.assertEqual(self._may(user, model), NOTHING, (model, user.login))

    def test_nobody_else(self):
        """Also of models that the matrix does not name: a new one is closed first."""
        for model in {*self._models(), *MATRIX}:
            ours = model in self._models()
            for user in (*self.portals.values(), self.public, self.employee):
                may = self._may(user, model)
                self.assertLessEqual(set(may), {"read"}, (model, user.login))
                if ours:
                    self.assertFalse(may, (model, user.login))
            for user in self.portals.values():
                self.assertEqual(
                    bool(self._may(user, model)), model in SHARED["portal"], model
                )
            self.assertEqual(
                bool(self._may(self.public, model)), model in SHARED["public"], model
            )

    def test_agents_delete_nothing(self):
        for model in self._models():
            for user in (self.agent_own, self.agent_team, self.agent):
                self.assertNotIn("unlink", self._may(user, model), model)

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_companies_do_not_mix(self):
        """Rows of another company are hidden from managers."""
        second = self.env["res.company"].create({"name": "Second"})
        boss = new_test_user(
            self.env,
            login="m-second",
            groups=MANAGER,
            company_id=second.id,
            company_ids=[Command.set(second.ids)],
        )
        ticket = self._ticket(partner_id=self.portals["a"].partner_id.id)
        self.team.service_ask_rating = True
        ticket.stage_id = self.stages["done"]
        self.env["service.mail.quarantine"]._keep(self._mail(), "failed", "x")
        for name in [*self._models(), "helpdesk.ticket", "rating.rating"]:
            model = self.env[name]
            field = next(
                (
                    path
                    for path in ("company_id", "service_ticket_id.company_id")
                    if path.partition(".")[0] in model._fields
                ),
                None,
            )
            if not field or not model.with_user(boss).has_access("read"):
                continue
            found = model.with_user(boss).search([(field, "!=", False)])
            self.assertFalse(found.sudo().mapped(field) - second, name)
        self.assertTrue(
            self.env["rating.rating"].search([("service_ticket_id", "=", ticket.id)])
        )
        self.assertFalse(ticket.with_user(boss).has_access("read"))

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_customers_of_two_companies(self):
        tickets = {
            key: self._ticket(partner_id=user.partner_id.id)
            for key, user in self.portals.items()
        }
        for key, user in self.portals.items():
            seen = self.env["helpdesk.ticket"].with_user(user).search([])
            self.assertEqual(seen.sudo(), tickets[key])
            for other in tickets.values():
                for operation in ("write", "create", "unlink"):
                    self.assertFalse(other.with_user(user).has_access(operation))
            with self.assertRaises(AccessError):
                tickets[key].with_user(user).write({"name": "x"})
