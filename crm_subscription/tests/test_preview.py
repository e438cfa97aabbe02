# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import TODAY, SubscriptionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPreviewSchedule(SubscriptionCommon):
    def test_taxes_are_in_the_total(self):
        tax = self.env["account.tax"].create({"name": "Ten", "amount": 10.0})
        self.product.taxes_id = tax
        contract = self._subscribe(TODAY)
        row = contract.preview_schedule(limit=1)[0]
        self.assertEqual((row["amount"], row["amount_total"]), (100.0, 110.0))
        contract.run_billing()
        self.assertEqual(contract.period_ids.move_id.amount_total, 110.0)

    def test_until_and_limit(self):
        contract = self._subscribe("2026-01-31")
        self.assertEqual(len(contract.preview_schedule(limit=5)), 5)
        self.assertEqual(len(contract.preview_schedule("2026-02-28")), 2)
        self.assertEqual(len(contract.preview_schedule("2030-01-01", 500)), 12)

    def test_arguments_are_checked(self):
        contract = self._subscribe(TODAY)
        for args, name in (
            (("tomorrow", 5), "until"),
            (("2026-05-01 zzz", 5), "until"),
            ((False, 0), "limit"),
            ((False, True), "limit"),
            ((False, "5"), "limit"),
            ((False, 501), "limit"),
        ):
            with self.subTest(args=args), self.assertRaisesRegex(UserError, name):
                contract.preview_schedule(*args)

    def test_salesperson_previews_his_own_contracts(self):
        contract = self._subscribe(TODAY)
        self.assertTrue(contract.with_user(self.salesman).preview_schedule())
        contract.user_id = self.manager
        with self.assertRaises(AccessError):
            contract.with_user(self.salesman).preview_schedule()
