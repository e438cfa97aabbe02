# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What was agreed with a customer is changed by managers; the rest says the machine."""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import SubscriptionCommon


@tagged("post_install", "-at_install")
class TestGuard(SubscriptionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._subscribe("2026-01-01")
        cls.line = cls.contract.contract_line_ids
        cls.contract.user_id = cls.user

    def test_terms_of_a_billed_contract_are_the_managers(self):
        own = self.contract.with_user(self.user)
        other_plan = self.plan.copy({"name": "Another"})
        own.renewal_notice_days = 15
        self.contract.run_billing()
        self.assertTrue(self.line.period_ids)
        for vals in (
            {"renewal_notice_days": 0},
            {"renewal_uplift_percent": -100.0},
            {"subscription_plan_id": other_plan.id},
            {"line_recurrence": False},
            {"contract_type": "purchase"},
            {"partner_id": self.other_customer.id},
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError) as caught:
                own.write(vals)
            self.assertIn(next(iter(vals)), str(caught.exception))
        own.note = "What he may write."
        self.contract.with_user(self.manager).renewal_notice_days = 20
        self.assertEqual(self.contract.renewal_notice_days, 20)

    def test_nobody_forges_a_cancellation(self):
        for user in (self.user, self.manager):
            contract = self.contract.with_user(user)
            for vals in (
                {"service_end_date": "2026-01-31"},
                {"cancelled_on": "2026-01-01"},
                {"cancelled_by_customer": True},
                {"cancel_comment": "We go."},
                {"mrr": 1000.0},
            ):
                with (
                    self.subTest(user=user.login, vals=vals),
                    self.assertRaises(AccessError),
                ):
                    contract.write(vals)

    def test_another_price_of_the_next_term_is_the_managers(self):
        own = self.contract.with_user(self.user)
        for mode in ("automatic", "quotation"):
            with self.assertRaisesRegex(AccessError, "uplift_percent"):
                own.renew({"mode": mode, "uplift_percent": -100.0})
        self.assertFalse(self.line.successor_contract_line_id)
        self.assertTrue(own.renew({"mode": "automatic"})[0]["created"])
