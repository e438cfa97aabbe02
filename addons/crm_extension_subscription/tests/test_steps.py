# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import fields
from odoo.tests import new_test_user, tagged

from odoo.addons.crm_subscription.tests.common import SubscriptionCommon


@tagged("post_install", "-at_install")
class TestRenewalStep(SubscriptionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.env.user)
        cls.contract = cls._subscribe(cls.today - timedelta(days=40))
        cls.line = cls.contract.contract_line_ids
        cls.env.flush_all()

    def _steps(self, user=None):
        partner = self.customer.with_user(user or self.env.user)
        [answer] = partner.get_next_steps()
        steps = {step["key"]: step for step in answer["steps"]}
        # The page spares searches where its figures are empty, and has the same.
        options = {"include": ["steps"], "timeline_limit": 0}
        page = partner.get_customer_360(options)[0]["steps"]
        self.assertEqual({step["key"]: step for step in page}, steps)
        return steps

    def test_a_term_that_ends_soon(self):
        """The step comes so many days before the end as the company chose."""
        left = (self.contract.date_end - self.today).days
        self.env.company.crm_step_renewal_days = left - 1
        self.assertNotIn("renewal", self._steps())
        self.env.company.crm_step_renewal_days = left
        step = self._steps()["renewal"]
        self.assertEqual(step["since"], str(self.contract.date_end))
        lines = self.env[step["model"]].search(step["domain"])
        self.assertEqual(lines, self.line)
        self.assertEqual(step["action"]["kind"], "list")
        self.env.company.crm_step_renewal = False
        self.assertNotIn("renewal", self._steps())

    def test_who_cannot_read_contracts_is_told_nothing(self):
        self.env.company.crm_step_renewal_days = 1000
        user = new_test_user(self.env, "stock_renewal", groups="stock.group_stock_user")
        self.assertIn("renewal", self._steps())
        self.assertNotIn("renewal", self._steps(user))
