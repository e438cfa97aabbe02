# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import freeze_time, new_test_user, tagged

from odoo.addons.crm_service_desk.tests.common import DeskCase


@tagged("post_install", "-at_install")
class TestBreachStep(DeskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time("2026-11-02 09:00:00"):
            cls.late = cls._ticket()
        cls.fresh = cls._ticket(name="Fresh")

    def _steps(self, user):
        [answer] = self.customer.with_user(user).get_next_steps()
        steps = {step["key"]: step for step in answer["steps"]}
        # The page spares searches where its figures are empty, and has the same.
        options = {"include": ["steps"], "timeline_limit": 0}
        page = self.customer.with_user(user).get_customer_360(options)[0]["steps"]
        self.assertEqual({step["key"]: step for step in page}, steps)
        return steps

    def test_late_tickets(self):
        step = self._steps(self.agent)["breach"]
        self.assertEqual(step["count"], 1)
        tickets = self.env[step["model"]].with_user(self.agent).search(step["domain"])
        self.assertEqual(tickets, self.late)
        self.late.stage_id = self.stages["done"]
        self.assertNotIn("breach", self._steps(self.agent))

    def test_switched_off_or_not_readable(self):
        stock = new_test_user(self.env, "stock_breach", groups="stock.group_stock_user")
        self.assertNotIn("breach", self._steps(stock))
        self.env.company.crm_step_breach = False
        self.assertNotIn("breach", self._steps(self.agent))
