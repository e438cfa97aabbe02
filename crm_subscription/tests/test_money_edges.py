# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Corrections that wait for a bill: on which line of it, beside which taxes, in which
currency. Each was wrong once, found by reckoning with a calculator."""

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import TODAY, SubscriptionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestMoneyEdges(SubscriptionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.included = cls.env["account.tax"].create(
            {"name": "Inside", "amount": 10.0, "price_include_override": "tax_included"}
        )
        for name, rate in (("KRW", 1300.0), ("EUR", 0.5)):
            currency = cls.env.ref(f"base.{name}")
            currency.active = True
            cls.env["res.currency.rate"].create(
                {
                    "currency_id": currency.id,
                    "company_id": cls.env.company.id,
                    "name": "2026-01-01",
                    "rate": rate,
                }
            )

    def _change(self, contract, **change):
        total = contract.preview_change(change)["total"]
        answer = contract.apply_change(change, total)
        return self.env["account.move"].browse(answer["invoice_ids"])

    def _assert_lines_are_their_rows(self, rows):
        self.assertTrue(rows)
        for row in rows:
            sign = -1 if row.move_id.move_type == "out_refund" else 1
            with self.subTest(row=row.display_name, amount=row.amount):
                self.assertEqual(row.move_line_id.contract_line_id, row.line_id)
                self.assertEqual(sign * row.move_line_id.price_subtotal, row.amount)

    # === EACH CORRECTION AND ITS INVOICE LINE === #
    def test_carried_corrections_of_two_lines(self):
        """Posting the draft finds every amount as it was: nothing was given by hand."""
        self.plan.invoice_mode = "draft"
        hotline = self._make_product("Hotline", 50.0, self.plan)
        order = self._sell(self.product, hotline, start="2026-03-01")
        contract = order._get_contracts()
        contract.run_billing()
        first, second = contract.contract_line_ids
        carried = {"settle": "carry"}
        self._change(
            contract, type="quantity", line_id=first.id, quantity=3.0, **carried
        )
        self._change(
            contract, type="price", line_id=second.id, price_unit=75.0, **carried
        )
        with freeze_time("2026-04-01"):
            contract.run_billing()
            rows = contract.period_ids.filtered(lambda row: row.kind == "correction")
            self._assert_lines_are_their_rows(rows)
            # 22 of 31 days: 200 more and 25 more a month.
            self.assertEqual(rows.move_id.amount_untaxed, 534.68)
            rows.move_id.action_post()
        self.assertFalse(contract.period_ids.filtered("is_balance"))

    def test_waiting_corrections_settled_on_their_own(self):
        contract = self._subscribe("2026-03-01")
        contract.run_billing()
        line = contract.contract_line_ids
        moves = self._change(contract, type="quantity", line_id=line.id, quantity=3.0)
        moves |= self._change(
            contract,
            type="cancel",
            line_id=line.id,
            effective="date",
            date="2026-03-21",
        )
        moves.button_draft()
        moves.button_cancel()
        contract.run_billing()
        rows = contract.period_ids.filtered(lambda row: row.kind == "correction")
        self._assert_lines_are_their_rows(rows)
        self.assertFalse(rows.move_id & moves)

    # === TAXES INSIDE OF PRICES === #
    def test_credit_between_net_and_gross_of_the_next_bill_waits(self):
        """1,096.77 of credit do not fit on a bill of 1,000.00, though with its taxes
        it is 1,100.00: an invoice below nothing could not be posted."""
        self.product.list_price = 1100.0
        self.product.taxes_id = self.included
        contract = self._subscribe("2026-03-01", quantity=3)
        contract.run_billing()
        line = contract.contract_line_ids
        change = {"type": "quantity", "line_id": line.id, "quantity": 1.0}
        with freeze_time("2026-03-15"):
            total = contract.preview_change(change)["total"]
            # 17 of 31 days of 2,000.00 are given back.
            self.assertEqual(total, -1096.77)
            contract.apply_change(dict(change, settle="carry"), total)
        with freeze_time("2026-04-01"):
            answer = contract.run_billing()
        self.assertEqual((answer["billed"], answer["parked"]), (1, []))
        waiting = contract.period_ids.filtered(lambda row: row.state == "parked")
        self.assertEqual(round(sum(waiting.mapped("amount")), 2), -1096.77)

    def test_whole_period_given_back_gives_back_what_was_paid(self):
        """50,000 won are 45,455 and 4,545 of tax, yet 10 % of 45,455 are 4,546."""
        self.product.taxes_id = self.included
        for name, price in (("KRW", 50_000.0), ("EUR", 0.05), ("EUR", 10.94)):
            with self.subTest(currency=name, price=price):
                contract = self._subscribe(TODAY)
                contract.manual_currency_id = self.env.ref(f"base.{name}")
                line = contract.contract_line_ids
                line.price_unit = price
                contract.run_billing()
                invoice = contract.period_ids.move_id
                self.assertEqual(invoice.amount_total, price)
                refund = self._change(contract, type="cancel", line_id=line.id)
                self.assertEqual(refund.amount_untaxed, invoice.amount_untaxed)
                self.assertEqual(refund.amount_total, price)

    def test_days_given_back_have_the_taxes_of_their_bill(self):
        """Taxes agreed on the order line; and a rate that changed in between."""
        old = self.included.copy({"name": "Old", "amount": 20.0})
        agreed = self.included.copy({"name": "Agreed", "amount": 5.0})
        for agree in (False, True):
            with self.subTest(agreed_on_the_order=agree):
                self.product.taxes_id = old
                order = self._sell(self.product, start=TODAY)
                contract = order._get_contracts()
                line = contract.contract_line_ids
                if agree:
                    line.keeps_taxes = True
                    line.subscription_tax_ids = agreed
                contract.run_billing()
                invoice = contract.period_ids.move_id
                self.product.taxes_id = self.included
                more = self._change(
                    contract, type="quantity", line_id=line.id, quantity=2.0
                )
                credit, charge = more.invoice_line_ids.sorted("price_subtotal")
                self.assertEqual(credit.tax_ids, agreed if agree else old)
                self.assertEqual(charge.tax_ids, agreed if agree else self.included)
                self.assertEqual(credit.price_total, -invoice.amount_total)
                self.assertEqual(charge.price_total, 200.0)
                refund = self._change(contract, type="cancel", line_id=line.id)
                self.assertEqual(refund.invoice_line_ids.tax_ids, charge.tax_ids)
                self.assertEqual(refund.amount_total, 200.0)

    # === A CONTRACT THAT CHANGES ITS CURRENCY === #
    def test_days_billed_in_another_currency_are_not_settled_in_this_one(self):
        contract = self._subscribe("2026-03-01")
        contract.run_billing()
        line = contract.contract_line_ids
        contract.manual_currency_id = self.env.ref("base.KRW")
        change = {"type": "cancel", "line_id": line.id}
        old = self.env.company.currency_id.name
        with self.assertRaisesRegex(UserError, f"was billed in {old}"):
            contract.preview_change(change)
        # What costs nothing is possible.
        change["effective"] = "period_end"
        self.assertEqual(contract.preview_change(change)["total"], 0.0)

    def test_what_waits_in_the_old_currency_is_settled_in_it(self):
        contract = self._subscribe("2026-03-01")
        contract.run_billing()
        line = contract.contract_line_ids
        self._change(
            contract, type="quantity", line_id=line.id, quantity=3.0, settle="carry"
        )
        contract.manual_currency_id = self.env.ref("base.KRW")
        with freeze_time("2026-04-01"):
            contract.run_billing()
        rows = contract.period_ids.filtered(lambda row: row.kind == "correction")
        self._assert_lines_are_their_rows(rows)
        self.assertEqual(rows.move_id.currency_id, self.env.company.currency_id)
        self.assertEqual(rows.move_id.amount_untaxed, 141.93)
        april = contract.period_ids.filtered(
            lambda row: str(row.period_start) == "2026-04-01"
        )
        self.assertEqual(april.move_id.currency_id.name, "KRW")
        self.assertEqual(april.move_id.amount_untaxed, 300.0)

    # === NOTHING TO BILL === #
    def test_prices_that_add_up_to_nothing_make_no_invoice(self):
        """0.1 + 0.2 - 0.3 is no zero for a computer."""
        products = [
            self._make_product(name, price, self.plan)
            for name, price in (("A", 0.1), ("B", 0.2), ("Discount", -0.3))
        ]
        contract = self._sell(*products, start=TODAY)._get_contracts()
        contract.run_billing()
        self.assertEqual(set(contract.period_ids.mapped("state")), {"skipped"})
        self.assertFalse(contract.period_ids.move_id)
