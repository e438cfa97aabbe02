# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command
from odoo.tests import new_test_user, tagged

from odoo.addons.crm_service_desk.tests.common import MachineCase


@tagged("post_install", "-at_install")
class TestRenewalRisk(MachineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls.env["contract.contract"].create(
            {
                "name": "Mill care",
                "partner_id": cls.customer.id,
                "line_recurrence": True,
                "contract_line_ids": [
                    Command.create(
                        {
                            "name": "Maintenance",
                            "quantity": 1,
                            "price_unit": 50,
                            "recurring_rule_type": "monthly",
                            "recurring_interval": 1,
                            "date_start": "2026-01-01",
                            "date_end": "2036-12-31",
                        }
                    )
                ],
            }
        )

    def _note(self, user=None):
        self.env.flush_all()
        report = self.env["contract.renewal.report"].with_user(user or self.env.user)
        report.invalidate_model()
        return report.search([("contract_id", "=", self.contract.id)]).risk_note

    def test_open_ticket_is_a_risk_until_it_is_closed(self):
        self.assertEqual(self._note(), "")
        ticket = self._ticket()
        self.assertEqual(self._note(), "open tickets: 1")
        done = self.env["helpdesk.ticket.stage"].search(
            [("closed", "=", True)], limit=1
        )
        ticket.stage_id = done
        self.assertEqual(self._note(), "")

    def test_who_may_not_read_tickets_is_told_nothing(self):
        self._ticket()
        user = new_test_user(
            self.env, "pure_subscriber", "crm_subscription.group_subscription_user_all"
        )
        self.assertEqual(self._note(user), "")
