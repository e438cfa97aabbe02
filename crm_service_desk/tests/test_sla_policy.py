# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which policy fits, that promises stand, and what happens at the breach."""

from datetime import datetime

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import DeskCase, MachineCase

FRIDAY = "2026-11-20 15:00:00"
BREACHED = "2026-11-23 15:10:00"


@tagged("post_install", "-at_install")
class TestCriteria(MachineCase):
    def _special(self, **vals):
        return self.policy.copy(dict(vals, name="Special", sequence=1))

    def test_kind(self):
        special = self._special(ticket_kind="complaint")
        self.assertEqual(self._ticket().service_sla_policy_id, self.policy)
        ticket = self._ticket(service_kind="complaint")
        self.assertEqual(ticket.service_sla_policy_id, special)
        ticket.with_user(self.agent).service_kind = "question"
        self.assertEqual(ticket.service_sla_policy_id, self.policy)

    def test_product_and_category(self):
        lot = self.serials[0]
        parent = self.env["product.category"].create({"name": "All machines"})
        lot.product_id.categ_id = self.env["product.category"].create(
            {"name": "Mills", "parent_id": parent.id}
        )
        other = self.env["product.product"].create({"name": "Something else"})
        for vals, fits in (
            (
                {"product_tmpl_ids": [Command.set(lot.product_id.product_tmpl_id.ids)]},
                1,
            ),
            ({"product_category_ids": [Command.set(parent.ids)]}, 1),
            ({"product_tmpl_ids": [Command.set(other.product_tmpl_id.ids)]}, 0),
        ):
            special = self._special(**vals)
            wanted = special if fits else self.policy
            ticket = self._ticket(service_lot_id=lot.id)
            self.assertEqual(ticket.service_sla_policy_id, wanted, vals)
            self.assertEqual(self._ticket().service_sla_policy_id, self.policy)
            special.active = False


@tagged("post_install", "-at_install")
class TestVersions(DeskCase):
    def _opened(self, **vals):
        with freeze_time(FRIDAY):
            return self._ticket(**vals)

    def _resolution(self, ticket):
        return ticket.service_target_ids.filtered(lambda t: t.kind == "resolution")[-1:]

    def test_a_promise_stands(self):
        ticket = self._opened()
        due = self._resolution(ticket).due
        policy = self.policy.with_user(self.manager)
        policy.write({"resolution_hours": 2, "calendar_id": False})
        target = self._resolution(ticket)
        self.assertEqual((target.due, target.target_seconds), (due, 8 * 3600))
        self.assertEqual(target.policy_id, policy.version_ids)
        self.assertRecordValues(
            policy.version_ids,
            [
                {
                    "version": 1,
                    "resolution_hours": 8,
                    "calendar_id": self.calendar.id,
                    "active": False,
                    "display_name": "Standard (version 1)",
                }
            ],
        )
        # The clock goes on in the working time of the promise.
        for stage, moment in (
            ("awaiting", "2026-11-23 09:00:00"),
            ("in_progress", "2026-11-23 10:00:00"),
        ):
            with freeze_time(moment):
                ticket.with_user(self.agent).stage_id = self.stages[stage]
        self.assertEqual(self._resolution(ticket).due, datetime(2026, 11, 23, 16))
        new = self._opened()
        self.assertEqual(self._resolution(new).due, datetime(2026, 11, 20, 17))
        self.assertEqual(self._resolution(new).policy_id, self.policy)
        self.assertEqual(policy.version, 2)

    def test_no_version_without_a_change_or_a_promise(self):
        self.policy.resolution_hours = 9
        self._opened()
        self.policy.write({"resolution_hours": 9, "name": "Gold"})
        self.assertFalse(self.policy.version_ids)
        self.policy.resolution_hours = 10
        self.policy.resolution_hours = 11
        self.assertEqual(self.policy.version_ids.mapped("version"), [1])

    def test_history_is_not_rewritten(self):
        self._opened()
        self.policy.resolution_hours = 9
        with self.assertRaisesRegex(UserError, "version 1"):
            self.policy.version_ids.with_user(self.manager).resolution_hours = 1
        with self.assertRaises(AccessError):
            self.policy.with_user(self.agent).resolution_hours = 1

    def test_version_is_no_policy(self):
        self._opened()
        self.policy.resolution_hours = 9
        self.policy.active = False
        self.assertFalse(self._opened().service_sla_policy_id)

    # --- escalation --- #

    def _escalate(self, moment):
        cron = self.env.ref("crm_service_desk.ir_cron_escalate")
        with freeze_time(moment), self.enter_registry_test_mode():
            cron.method_direct_trigger()

    def test_breach_raises_and_hands_over_once(self):
        self.policy.write(
            {
                "first_response_hours": 0,
                "breach_raise_priority": True,
                "breach_user_id": self.agent_team.id,
            }
        )
        ticket = self._opened(user_id=self.agent.id, priority="1")
        self._escalate(BREACHED)
        self.assertEqual((ticket.priority, ticket.user_id), ("2", self.agent_team))
        self.assertEqual(ticket.activity_ids.user_id, self.agent_team)
        self._escalate("2026-11-23 15:20:00")
        self.assertEqual((ticket.priority, len(ticket.activity_ids)), ("2", 1))

    def test_highest_priority_stays_and_strangers_get_nothing(self):
        self.policy.write(
            {
                "first_response_hours": 0,
                "breach_raise_priority": True,
                "breach_user_id": self.agent_own.id,
            }
        )
        ticket = self._opened(user_id=self.agent.id, priority="3")
        self._escalate(BREACHED)
        # agent_own is not in the team
        self.assertEqual((ticket.priority, ticket.user_id), ("3", self.agent))

    def test_nobody_is_woken(self):
        """The server was down; at 23:00 in Paris the morning is waited for."""
        self.policy.first_response_hours = 0
        ticket = self._opened(user_id=self.agent.id)
        self._escalate("2026-11-23 22:00:00")
        self.assertFalse(ticket.activity_ids)
        self._escalate("2026-11-24 06:59:00")
        self.assertFalse(ticket.activity_ids)
        self._escalate("2026-11-24 07:01:00")
        self.assertEqual(len(ticket.activity_ids), 1)

    def test_end_of_the_day_is_told_today(self):
        self.policy.write({"first_response_hours": 0, "resolution_hours": 1})
        ticket = self._opened(user_id=self.agent.id)
        self._escalate("2026-11-20 16:05:00")
        self.assertEqual(len(ticket.activity_ids), 1)
