# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The preview of a change is what is made, to the cent, however the company rounds
taxes: line by line, or the document as a whole."""

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import freeze_time, tagged

from .common import SubscriptionCommon
from .test_money_law import few_examples

BILLED, CHANGED = "2026-03-01", "2026-03-17"
METHODS = ("round_per_line", "round_globally")
PRICES = st.integers(1, 40_000).map(lambda cents: cents / 100)
# Rate and whether it is inside of the price; two at once are one base for both.
TAXES = st.sampled_from(
    (
        (),
        ((10.0, False),),
        ((5.5, True),),
        ((10.0, True),),
        ((19.0, True),),
        ((21.0, True),),
        ((10.0, True), (10.0, True)),
        ((19.0, True), (3.0, False)),
    )
)
CHANGES = st.one_of(
    st.tuples(st.just("price"), PRICES),
    st.tuples(st.just("quantity"), st.sampled_from((0.0, 2.0, 3.0))),
    st.tuples(st.just("pause"), st.none()),
    st.tuples(st.just("cancel"), st.none()),
)


class MoneyRoundingCommon(SubscriptionCommon):
    """Contracts of lines with any taxes, in a company that rounds in either way."""

    def _sign(self, method, lines, start=BILLED, **vals):
        """Return a contract of lines of (price, taxes), not billed yet."""
        self.env.company.tax_calculation_rounding_method = method
        products = self.env["product.product"]
        for number, (price, taxes) in enumerate(lines):
            product = self._make_product(f"Service {number}", price, self.plan)
            product.taxes_id = self._get_taxes(taxes)
            products |= product
        with freeze_time(start):
            return self._sell(*products, start=start, **vals)._get_contracts()

    def _get_taxes(self, taxes):
        """Return a tax for each (rate, whether it is inside), the same for the same."""
        found = self.env["account.tax"]
        for number, (rate, inside) in enumerate(taxes):
            name = f"{rate} {'inside' if inside else 'on top'} {number}"
            tax = found.search([("name", "=", name)])
            included = f"tax_{'in' if inside else 'ex'}cluded"
            found |= tax or found.create(
                {"name": name, "amount": rate, "price_include_override": included}
            )
        return found


@tagged("post_install", "-at_install")
class TestMoneyRounding(MoneyRoundingCommon):
    def _begin(self, method, lines, **vals):
        """Return a contract of lines of (price, taxes), billed for March."""
        contract = self._sign(method, lines, **vals)
        with freeze_time(BILLED):
            contract.run_billing()
        return contract

    def _change(self, contract, day=CHANGED, **change):
        """Do a change of ``day``, check it against its preview, return its document."""
        with freeze_time(day):
            preview = contract.preview_change(change)
            answer = contract.apply_change(change, preview["total"])
        self.assertEqual(answer["lines"], preview["lines"])
        amounts = sum(line["amount"] for line in preview["lines"])
        self.assertAlmostEqual(amounts, preview["total"], 6)
        move = self.env["account.move"].browse(answer["invoice_ids"])
        self.assertLessEqual(len(move), 1)
        sign = -1 if move.move_type == "out_refund" else 1
        self.assertEqual(sign * move.amount_untaxed, preview["total"])
        self._assert_rows_are_the_journal(move)
        return move

    def _assert_rows_are_the_journal(self, move):
        rows = self.env["contract.period"].search([("move_id", "in", move.ids)])
        made = sum(-line.amount_currency for line in move.invoice_line_ids)
        kept = sum(rows.mapped("amount")) + sum(rows.mapped("rounding"))
        self.assertAlmostEqual(made, kept, 6)

    # === BY HAND === #
    def test_more_for_half_a_month(self):
        """119.00 are 100.00 and 19 % of tax. Twice as much for 15 of 31 days: 57.58 are
        given back and 115.16 charged, 57.58 more. Without tax, line by line: 96.77 less
        48.39. As a whole: 57.58 / 1.19 = 48.387."""
        for method, untaxed in zip(METHODS, (48.38, 48.39), strict=True):
            with self.subTest(method=method):
                contract = self._begin(method, [(119.0, ((19.0, True),))])
                line = contract.contract_line_ids
                move = self._change(
                    contract, type="quantity", line_id=line.id, quantity=2.0
                )
                self.assertEqual(move.amount_untaxed, untaxed)
                self.assertEqual(move.amount_total, 57.58)

    def test_three_lines_given_back(self):
        """21.53 are 17.79 and 21 % of tax; three of them, 64.59, are 53.38 and not
        53.37."""
        for method, untaxed in zip(METHODS, (53.37, 53.38), strict=True):
            with self.subTest(method=method):
                contract = self._begin(method, [(21.53, ((21.0, True),))] * 3)
                move = self._change(contract, BILLED, type="cancel")
                self.assertEqual(move.move_type, "out_refund")
                self.assertEqual(move.amount_untaxed, untaxed)
                self.assertEqual(move.amount_total, 64.59)
                # Nothing is left of the month, in no document.
                self.assertFalse(contract.period_ids.filtered("is_balance"))

    def test_withdrawn_cancellation_charges_what_was_given_back(self):
        """22 of 31 days of 21.53 are 15.28, 12.63 without tax; three of them, 45.84,
        are 37.88 and not 37.89."""
        reason = self.env.ref("crm_subscription.reason_price").id
        for method, untaxed in zip(METHODS, (37.89, 37.88), strict=True):
            with self.subTest(method=method), freeze_time("2026-03-09"):
                contract = self._begin(method, [(21.53, ((21.0, True),))] * 3)
                end = {"end_of_service": "2026-03-09"}
                told = contract.preview_cancellation(end)
                answer = contract.cancel_subscription(
                    dict(end, reason_id=reason), told["total"]
                )
                refund = self.env["account.move"].browse(answer["invoice_ids"])
                self.assertEqual(told["credited"], -refund.amount_untaxed)
                preview = contract.preview_withdrawal()
                answer = contract.withdraw_cancellation(preview["total"])
                move = refund.browse(answer["invoice_ids"])
                self.assertEqual(preview["total"], move.amount_untaxed)
                self.assertEqual(move.amount_untaxed, untaxed)
                self.assertEqual(refund.amount_untaxed, untaxed)
                self.assertEqual(move.amount_total, refund.amount_total)

    def test_settlement_cancelled_and_made_again(self):
        """The document that takes its place rounds as the first did."""
        contract = self._begin("round_globally", [(21.53, ((21.0, True),))] * 3)
        refund = self._change(contract, BILLED, type="cancel")
        with freeze_time(BILLED):
            refund.button_draft()
            refund.button_cancel()
            contract.run_billing()
        rows = contract.period_ids.filtered(lambda row: row.kind == "correction")
        again = rows.move_id
        self.assertNotEqual(again, refund)
        self.assertEqual(again.amount_untaxed, refund.amount_untaxed)
        self._assert_rows_are_the_journal(again)
        self.assertFalse(rows.filtered("is_balance"))

    # === ANY === #
    @few_examples
    @given(
        method=st.sampled_from((*METHODS, "round_globally")),
        prices=st.lists(PRICES, min_size=1, max_size=3),
        taxes=st.tuples(TAXES, TAXES),
        mixed=st.booleans(),
        changes=st.lists(st.tuples(st.integers(0, 2), CHANGES), min_size=1, max_size=3),
        discount=st.sampled_from((0.0, 12.5)),
    )
    def test_preview_is_what_is_made(
        self, method, prices, taxes, mixed, changes, discount
    ):
        lines = [
            (price, taxes[mixed and number % 2]) for number, price in enumerate(prices)
        ]
        with self.env.cr.savepoint() as savepoint:
            contract = self._begin(method, lines)
            roots = contract.contract_line_ids
            roots.discount = discount
            for number, (index, (kind, value)) in enumerate(changes):
                root = roots[index % len(roots)]
                line = contract.contract_line_ids.filtered(
                    lambda line, root=root: line.line_root_id == root
                    and line.date_end > self._day("2026-04-01")
                )[-1:]
                if not line or line.cancelled_from or line.pause_start:
                    continue
                change = {"type": kind, "line_id": line.id}
                if value is not None:
                    change["price_unit" if kind == "price" else kind] = value
                self._change(contract, f"2026-03-{17 + number}", **change)
            savepoint.rollback()
        self.env.invalidate_all()
