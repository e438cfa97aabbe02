# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from odoo import Command
from odoo.tests import freeze_time, new_test_user, tagged

from odoo.addons.crm_service_desk.tests.common import MachineCase

TODAY = "2026-03-10"


@tagged("post_install", "-at_install")
class TestEntitlement(MachineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gold = cls.policy.copy(
            {"name": "Gold", "by_entitlement": True, "resolution_hours": 4}
        )
        cls.maintenance = cls.env["product.product"].create(
            {
                "name": "Maintenance",
                "type": "service",
                "service_entitles": True,
                "service_sla_policy_id": cls.gold.id,
            }
        )

    @classmethod
    def _contract(cls, partner=None, **line):
        values = {
            "product_id": cls.maintenance.id,
            "name": "Maintenance",
            "quantity": 1,
            "price_unit": 50,
            "recurring_rule_type": "monthly",
            "recurring_interval": 1,
            "date_start": "2026-01-01",
            "date_end": "2026-12-31",
        }
        return cls.env["contract.contract"].create(
            {
                "name": "Mill care",
                "partner_id": (partner or cls.customer).id,
                "line_recurrence": True,
                "contract_line_ids": [Command.create(dict(values, **line))],
            }
        )

    def _entitlement(self, ticket):
        (context,) = ticket.with_user(self.agent).get_context()
        return context["entitlement"]

    @freeze_time(TODAY)
    def test_covered_with_the_sla_that_follows(self):
        contract = self._contract()
        ticket = self._ticket()
        self.assertEqual(ticket.service_sla_policy_id, self.gold)
        entitlement = self._entitlement(ticket)
        self.assertEqual(
            (entitlement["covered"], entitlement["source_id"]), (True, contract.id)
        )
        self.assertIn("2026-12-31", entitlement["reason"])
        self.assertNotIn("50", entitlement["reason"])

    def test_not_before_nor_after_the_term(self):
        self._contract()
        for day, covered in (
            ("2025-12-31", False),
            ("2026-01-01", True),
            ("2026-12-31", True),
            ("2027-01-01", False),
        ):
            with freeze_time(day):
                entitlement = self._entitlement(self._ticket())
            self.assertEqual(entitlement["covered"], covered, day)

    @freeze_time(TODAY)
    def test_another_customers_contract_covers_nothing(self):
        self._contract(partner=self.other)
        ticket = self._ticket()
        self.assertFalse(self._entitlement(ticket)["covered"])
        self.assertEqual(ticket.service_sla_policy_id, self.policy)

    @freeze_time(TODAY)
    def test_product_that_entitles_to_nothing(self):
        self.maintenance.service_entitles = False
        self._contract()
        self.assertFalse(self._entitlement(self._ticket())["covered"])

    @freeze_time(TODAY)
    def test_only_the_serials_that_the_line_names(self):
        contract = self._contract(service_lot_ids=[Command.set(self.serials[0].ids)])
        ticket = self._ticket()
        self.assertFalse(self._entitlement(ticket)["covered"])
        ticket.with_user(self.agent).link_document("stock.lot", self.serials[1].id)
        entitlement = self._entitlement(ticket)
        self.assertIn(contract.display_name, entitlement["reason"])
        self.assertEqual(ticket.service_sla_policy_id, self.policy)
        ticket.with_user(self.agent).link_document("stock.lot", self.serials[0].id)
        self.assertTrue(self._entitlement(ticket)["covered"])
        self.assertEqual(ticket.service_sla_policy_id, self.gold)

    @freeze_time(TODAY)
    def test_successor_covers_the_same_serials(self):
        contract = self._contract(service_lot_ids=[Command.set(self.serials[0].ids)])
        line = contract.contract_line_ids
        user = new_test_user(
            self.env,
            "sd-renew",
            "crm_subscription.group_subscription_manager",
        )
        successor = line.with_user(user).plan_successor(
            date(2027, 1, 1), date(2027, 12, 31), False
        )
        self.assertEqual(successor.sudo()._get_covered_lots(), self.serials[0])
        ticket = self._ticket(service_lot_id=self.serials[0].id)
        with freeze_time("2027-03-10"):
            self.assertTrue(self._entitlement(ticket)["covered"])
            ticket.service_lot_id = self.serials[1]
            self.assertFalse(self._entitlement(ticket)["covered"])

    @freeze_time(TODAY)
    def test_batch_asks_once(self):
        self._contract()
        tickets = self.env["helpdesk.ticket"].concat(
            *(self._ticket() for _number in range(8))
        )

        def count(records):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            records._get_service_entitlements()
            return self.env.cr.sql_log_count - before

        count(tickets)
        self.assertLessEqual(count(tickets), count(tickets[:1]) + 1)
