# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command
from odoo.tests import freeze_time, new_test_user, tagged

from .common import TODAY, SubscriptionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestTaxChange(SubscriptionCommon):
    """A price of 110.00 with the tax inside: another rate is other revenue, and a
    movement of the kind price; the customer pays what he paid."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = new_test_user(
            cls.env, "tax_accountant", "account.group_account_manager"
        )
        cls.tax = cls.env["account.tax"].create(
            {"name": "Inside", "amount": 10.0, "price_include_override": "tax_included"}
        )
        cls.product.list_price = 110.0
        cls.product.taxes_id = cls.tax
        cls.contract = cls._subscribe("2026-03-01")
        cls.line = cls.contract.contract_line_ids
        # A customer whose price has no tax inside.
        cls.machine.taxes_id = False

    def _assert_moved(self, mrr, *amounts):
        self.assertEqual(self.contract.mrr, mrr)
        self.assertEqual(self.line.monthly_recurring, mrr)
        rows = self.contract.mrr_movement_ids.sorted("id")
        self.assertEqual(
            [(row.kind, row.amount) for row in rows],
            [("new", 100.0), *(("price", amount) for amount in amounts)],
        )

    def test_another_rate(self):
        """110.00 / 1.25 = 88.00."""
        other = self._subscribe("2026-03-01", partner=self.other_customer)
        other.contract_line_ids.keeps_taxes = True
        before = len(other.mrr_movement_ids)
        self.tax.with_user(self.accountant).amount = 25.0
        self._assert_moved(88.0, -12.0)
        self.assertEqual(len(other.mrr_movement_ids), before)
        self.tax.name = "Another name"
        self._assert_moved(88.0, -12.0)
        self.tax.amount = 10.0
        self._assert_moved(100.0, -12.0, 12.0)

    def test_tax_that_comes_out_of_the_price(self):
        self.tax.price_include_override = "tax_excluded"
        self._assert_moved(110.0, 10.0)

    def test_rate_of_a_tax_on_top_moves_nothing(self):
        self.tax.price_include_override = "tax_excluded"
        self.tax.amount = 20.0
        self._assert_moved(110.0, 10.0)

    def test_agreed_tax_of_the_line(self):
        agreed = self.tax.copy({"name": "Agreed", "amount": 10.0})
        self.line.write(
            {"keeps_taxes": True, "subscription_tax_ids": [Command.set(agreed.ids)]}
        )
        self._assert_moved(100.0)
        self.tax.amount = 25.0
        self._assert_moved(100.0)
        agreed.amount = 25.0
        self._assert_moved(88.0, -12.0)

    def test_tax_by_fiscal_position(self):
        position = self.env["account.fiscal.position"].create({"name": "Abroad"})
        abroad = self.tax.copy(
            {
                "name": "Abroad",
                "amount": 25.0,
                "original_tax_ids": [Command.set(self.tax.ids)],
                "fiscal_position_ids": [Command.set(position.ids)],
            }
        )
        self.contract.fiscal_position_id = position
        self._assert_moved(88.0, -12.0)
        abroad.amount = 10.0
        self._assert_moved(100.0, -12.0, 12.0)

    def test_other_taxes_of_the_product(self):
        self.product.taxes_id = self.tax.copy({"name": "Other", "amount": 25.0})
        self._assert_moved(88.0, -12.0)

    def test_part_of_a_group(self):
        part = self.tax.copy({"name": "Part", "type_tax_use": "none"})
        group = self.env["account.tax"].create(
            {
                "name": "Group",
                "amount_type": "group",
                "children_tax_ids": [Command.set(part.ids)],
            }
        )
        self.product.taxes_id = group
        self._assert_moved(100.0)
        part.amount = 25.0
        self._assert_moved(88.0, -12.0)

    def test_ended_and_cancelled_lines_stay_as_they_were(self):
        ended = self._subscribe("2026-03-01", partner=self.other_customer)
        ended.apply_change({"type": "cancel"}, 0.0)
        before = ended.mrr_movement_ids.mapped("amount")
        self.tax.amount = 25.0
        self.assertEqual(ended.mrr_movement_ids.mapped("amount"), before)

    # === WHOSE TAXES THEY ARE === #
    def _make_abroad(self, **vals):
        """Return (position, tax of 25 % that it puts in the place of ours)."""
        position = self.env["account.fiscal.position"].create(
            {
                "name": "Abroad",
                "auto_apply": True,
                "country_id": self.env.ref("base.fr").id,
                **vals,
            }
        )
        tax = self.tax.copy(
            {
                "name": "Abroad",
                "amount": 25.0,
                "original_tax_ids": [Command.set(self.tax.ids)],
                "fiscal_position_ids": [Command.set(position.ids)],
            }
        )
        return position, tax

    def _assert_billed(self, untaxed):
        """The bill says what ledger and preview said."""
        [row] = self.contract.preview_schedule(limit=1)
        self.contract.run_billing()
        period = self.contract.period_ids
        self.assertEqual(period.move_id.amount_untaxed, untaxed)
        self.assertEqual(period.move_id.amount_total, 110.0)
        self.assertEqual((row["amount"], row["amount_total"]), (untaxed, 110.0))
        self.assertEqual(period.amount, untaxed)

    def test_customer_moves(self):
        self._make_abroad()
        self._assert_moved(100.0)
        self.customer.phone = "1"
        self.customer.country_id = self.env.ref("base.de")
        self._assert_moved(100.0)
        self.customer.with_user(self.salesman).country_id = self.env.ref("base.fr")
        self._assert_moved(88.0, -12.0)
        self._assert_billed(88.0)
        self.customer.country_id = False
        self._assert_moved(100.0, -12.0, 12.0)

    def test_customer_gets_a_position(self):
        position, _tax = self._make_abroad(auto_apply=False)
        self.customer.country_id = self.env.ref("base.fr")
        self._assert_moved(100.0)
        self.customer.property_account_position_id = position
        self._assert_moved(88.0, -12.0)

    def test_goods_go_elsewhere(self):
        """The bill follows the delivery address, as core's bills do."""
        self._make_abroad()
        self.customer.country_id = self.env.ref("base.de")
        address = self.env["res.partner"].create(
            {
                "name": "Plant",
                "type": "delivery",
                "parent_id": self.customer.id,
                "country_id": self.env.ref("base.fr").id,
            }
        )
        self._assert_moved(88.0, -12.0)
        self._assert_billed(88.0)
        address.country_id = self.env.ref("base.de")
        self._assert_moved(100.0, -12.0, 12.0)

    def test_agreed_position_stays(self):
        agreed = self.env["account.fiscal.position"].create(
            {"name": "Agreed", "tax_ids": [Command.set(self.tax.ids)]}
        )
        self.contract.fiscal_position_id = agreed
        self._make_abroad()
        self.customer.country_id = self.env.ref("base.fr")
        self._assert_moved(100.0)

    def test_position_changes(self):
        position, tax = self._make_abroad(country_id=self.env.ref("base.be").id)
        self.customer.country_id = self.env.ref("base.fr")
        self._assert_moved(100.0)
        position.with_user(self.accountant).country_id = self.env.ref("base.fr")
        self._assert_moved(88.0, -12.0)
        position.auto_apply = False
        self._assert_moved(100.0, -12.0, 12.0)
        position.auto_apply = True
        tax.original_tax_ids = False
        self._assert_moved(100.0, -12.0, 12.0, -12.0, 12.0)

    def test_tax_on_top_in_the_base_of_the_one_inside(self):
        """A fee of 1.00 a piece on top is taxed, too: of 3 x 110.00 with 10 % inside
        of 330.00 + 3.00 the tax is 333.00 / 11 = 30.27, and 299.73 are revenue."""
        fee = self.env["account.tax"].create(
            {
                "name": "Fee",
                "amount_type": "fixed",
                "amount": 1.0,
                "sequence": 1,
                "include_base_amount": True,
                "price_include_override": "tax_excluded",
            }
        )
        self.tax.sequence = 2
        self.product.taxes_id = fee | self.tax
        self.line.quantity = 3.0
        self.assertEqual(self.contract.mrr, 299.73)
        [row] = self.contract.preview_schedule(limit=1)
        self.contract.run_billing()
        period = self.contract.period_ids
        self.assertEqual(period.move_id.amount_untaxed, 299.73)
        self.assertEqual(period.amount, 299.73)
        self.assertEqual(row["amount"], 299.73)
        self.assertEqual(row["amount_total"], period.move_id.amount_total)
        fee.amount = 12.0
        self.assertEqual(self.contract.mrr, 296.73)
        closing = sum(self.contract.mrr_movement_ids.mapped("amount"))
        self.assertEqual(round(closing, 2), 296.73)

    def test_fee_inside_of_each_piece(self):
        """5.00 of each 110.00 are a fee: 3 x 105.00 are revenue. 15 of 31 days given
        back are one line at its exact price, less one fee."""
        fee = self.env["account.tax"].create(
            {
                "name": "Fee inside",
                "amount_type": "fixed",
                "amount": 5.0,
                "price_include_override": "tax_included",
            }
        )
        self.product.taxes_id = fee
        self.line.quantity = 3.0
        self.assertEqual(self.contract.mrr, 315.0)
        self.contract.run_billing()
        period = self.contract.period_ids
        self.assertEqual((period.amount, period.move_id.amount_untaxed), (315.0, 315.0))
