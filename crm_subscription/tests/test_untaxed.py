# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import freeze_time, tagged

from .common import TODAY, SubscriptionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestUntaxed(SubscriptionCommon):
    """A price of 110.00 with a tax of 10 % inside is 100.00 of revenue, everywhere."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.included = cls.env["account.tax"].create(
            {"name": "Inside", "amount": 10.0, "price_include_override": "tax_included"}
        )
        cls.product.list_price = 110.0
        cls.product.taxes_id = cls.included
        cls.contract = cls._subscribe("2026-03-01")
        cls.line = cls.contract.contract_line_ids

    def test_ledger_preview_and_mrr_are_untaxed(self):
        preview = self.contract.preview_schedule(limit=1)[0]
        self.assertEqual((preview["amount"], preview["amount_total"]), (100.0, 110.0))
        self.assertEqual(self.contract.next_bill_amount, 100.0)
        self.assertEqual(self.contract.mrr, 100.0)
        self.contract.run_billing()
        row = self.contract.period_ids
        self.assertEqual(row.amount, 100.0)
        self.assertEqual(row.move_line_id.price_subtotal, 100.0)
        self.assertEqual(row.move_id.amount_total, 110.0)

    def test_partial_period_and_correction_take_the_tax_out_once(self):
        self.contract.run_billing()
        change = {
            "type": "cancel",
            "line_id": self.line.id,
            "effective": "date",
            "date": "2026-03-17",
        }
        preview = self.contract.preview_change(change)
        # 15 of 31 days are given back.
        self.assertEqual(preview["total"], -48.39)
        answer = self.contract.apply_change(change, preview["total"])
        refund = self.env["account.move"].browse(answer["invoice_ids"])
        self.assertEqual(refund.amount_untaxed, 48.39)
        self.assertEqual(refund.amount_total, 53.23)

    def test_tax_of_the_account_where_the_product_has_none(self):
        """As core takes it, for lines without a product too; but not where the order
        that agreed the line had none."""
        account = self.line._get_income_account().copy({"code": "ZX1"})
        account.tax_ids = self.included
        self.contract._get_journal().default_account_id.tax_ids = self.included
        product = self._make_product("By Account", 110.0, self.plan)
        product.property_account_income_id = account
        agreed = self._subscribe("2026-03-01", product).contract_line_ids
        self.assertEqual((agreed.keeps_taxes, agreed.monthly_amount), (True, 110.0))
        lines = self.line.copy({"product_id": product.id})
        lines |= self.line.copy({"product_id": False})
        lines.write({"date_start": "2026-03-01", "anchor_date": "2026-03-01"})
        self.assertEqual(lines.mapped("monthly_amount"), [100.0, 100.0])
        preview = self.contract.preview_schedule(limit=1)
        self.contract.run_billing()
        for line in lines:
            row = line.period_ids
            self.assertEqual((row.amount, row.full_amount), (100.0, 100.0))
        agreed.contract_id.run_billing()
        self.assertEqual(agreed.period_ids.move_id.amount_total, 110.0)
        self.assertFalse(agreed.period_ids.move_id.amount_tax)
        total = sum(row["amount_total"] for row in preview)
        self.assertEqual(lines.period_ids.move_id.amount_total, total)
        cancel = {"type": "cancel", "effective": "date", "date": "2026-03-01"}
        total = self.contract.preview_change(cancel)["total"]
        refund = self.env["account.move"].browse(
            self.contract.apply_change(cancel, total)["invoice_ids"]
        )
        self.assertEqual(refund.amount_total, lines.period_ids.move_id[:1].amount_total)

    def test_tax_that_the_fiscal_position_adds_is_not_in_the_price(self):
        position = self.env["account.fiscal.position"].create({"name": "Abroad"})
        self.included.copy(
            {
                "name": "On top",
                "price_include_override": "tax_excluded",
                "original_tax_ids": [(6, 0, self.included.ids)],
                "fiscal_position_ids": [(6, 0, position.ids)],
            }
        )
        self.contract.fiscal_position_id = position
        preview = self.contract.preview_schedule(limit=1)[0]
        self.contract.run_billing()
        move = self.contract.period_ids.move_id
        self.assertEqual(preview["amount"], move.amount_untaxed)
        self.assertEqual(preview["amount_total"], move.amount_total)
