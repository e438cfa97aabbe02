# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import SubscriptionCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-04-21")
class TestChanges(SubscriptionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.list_price = 60.0
        cls.contract = cls._subscribe("2026-04-01")
        cls.line = cls.contract.contract_line_ids
        cls.contract.run_billing()

    def _change(self, **change):
        return {"line_id": self.line.id, **change}

    def _apply(self, **change):
        contract = self.contract.with_user(self.manager)
        change = self._change(**change)
        return contract.apply_change(change, contract.preview_change(change)["total"])

    def test_published_example_60_to_30_on_21_april(self):
        preview = self.contract.preview_change(
            self._change(type="price", price_unit=30.0)
        )
        self.assertEqual(preview["total"], -10.0)
        self.assertEqual(
            [
                (row["kind"], row["days"], row["days_in_period"], row["amount"])
                for row in preview["lines"]
            ],
            [("credit", 10, 30, -20.0), ("charge", 10, 30, 10.0)],
        )
        self.assertEqual(preview["next_invoice_date"], "2026-05-01")
        self.assertEqual(len(self.contract.period_ids), 1)

    def test_downgrade_makes_a_credit_note(self):
        answer = self._apply(type="price", price_unit=30.0)
        move = self.env["account.move"].browse(answer["invoice_ids"])
        self.assertEqual(move.move_type, "out_refund")
        self.assertEqual(move.state, "posted")
        self.assertEqual(move.amount_untaxed, 10.0)
        rows = self.env["contract.period"].browse(answer["period_ids"])
        self.assertEqual(set(rows.mapped("state")), {"billed"})
        self.assertEqual(set(rows.mapped("kind")), {"correction"})
        self.assertEqual(self.line.price_unit, 30.0)

    def test_upgrade_makes_an_invoice_and_the_next_period_is_full(self):
        answer = self._apply(type="quantity", quantity=3.0)
        move = self.env["account.move"].browse(answer["invoice_ids"])
        self.assertEqual((move.move_type, move.amount_untaxed), ("out_invoice", 40.0))
        with freeze_time("2026-05-01"):
            self.contract.run_billing()
        self.assertEqual(self.contract.period_ids[0].amount, 180.0)

    def test_change_and_undo_cost_nothing(self):
        first = self._apply(type="quantity", quantity=2.0)
        second = self._apply(type="quantity", quantity=1.0)
        self.assertEqual(first["total"] + second["total"], 0.0)

    def test_earlier_change_than_one_in_force_is_refused(self):
        self._apply(type="quantity", quantity=2.0)
        with self.assertRaisesRegex(UserError, "2026-04-21"):
            self.contract.preview_change(
                self._change(
                    type="price", price_unit=1.0, effective="date", date="2026-04-10"
                )
            )

    def test_carried_to_the_next_invoice(self):
        answer = self._apply(type="quantity", quantity=2.0, settle="carry")
        self.assertFalse(answer["invoice_ids"])
        rows = self.env["contract.period"].browse(answer["period_ids"])
        self.assertEqual(set(rows.mapped("state")), {"parked"})
        with freeze_time("2026-05-01"):
            result = self.contract.run_billing()
        move = self.env["account.move"].browse(result["invoice_ids"])
        self.assertEqual(move.amount_untaxed, 140.0)
        self.assertEqual(rows.move_id, move)
        self.assertEqual(set(rows.mapped("state")), {"billed"})

    def test_carried_credit_never_makes_a_bill_negative(self):
        self._apply(type="price", price_unit=1.0, settle="carry")
        with freeze_time("2026-05-01"):
            result = self.contract.run_billing()
        self.assertFalse(result["parked"])
        move = self.env["account.move"].browse(result["invoice_ids"])
        self.assertEqual(move.amount_untaxed, 1.0)

    def test_change_from_the_next_period_on_costs_nothing_now(self):
        answer = self._apply(
            type="price", price_unit=99.0, effective="date", date="2026-05-01"
        )
        self.assertEqual((answer["total"], answer["invoice_ids"]), (0.0, []))
        self.assertFalse(self.line.successor_contract_line_id)
        self.assertEqual(self.line.price_unit, 99.0)

    def test_change_inside_of_a_later_period_divides_the_line(self):
        self._apply(type="quantity", quantity=2.0, effective="date", date="2026-05-16")
        successor = self.line.successor_contract_line_id
        self.assertEqual(str(self.line.date_end), "2026-05-15")
        self.assertEqual(
            (successor.quantity, str(successor.date_start)), (2.0, "2026-05-16")
        )
        with freeze_time("2026-06-01"):
            self.contract.run_billing()
        amounts = self.contract.period_ids.sorted("period_start").mapped("amount")
        self.assertEqual(amounts, [60.0, 29.03, 61.94, 120.0])

    def test_cancel_credits_and_ends(self):
        answer = self._apply(type="cancel")
        self.assertEqual(answer["total"], -20.0)
        self.assertFalse(answer["next_invoice_date"])
        self.assertEqual(str(self.line.date_end), "2026-04-20")
        self.assertEqual(self.contract.mrr, 0.0)
        with freeze_time("2026-06-01"):
            self.assertEqual(self.contract.run_billing()["billed"], 0)

    def test_cancel_at_the_end_of_the_period(self):
        answer = self._apply(type="cancel", effective="date", date="2026-05-01")
        self.assertEqual(answer["total"], 0.0)
        self.assertEqual(str(self.line.date_end), "2026-04-30")

    def test_cancel_of_the_whole_contract_in_the_future(self):
        contract = self.contract.with_user(self.manager)
        change = {"type": "cancel", "effective": "date", "date": "2026-06-15"}
        contract.apply_change(change, contract.preview_change(change)["total"])
        with freeze_time("2026-08-01"):
            self.contract.run_billing()
        self.assertEqual(self._periods(self.contract)[-1], ("2026-06-01", "2026-06-14"))
        self.assertEqual(self.contract.period_ids[0].amount, 28.0)

    def test_what_was_cancelled_is_not_renewed(self):
        self.contract.renewal_policy = "automatic"
        self._apply(type="cancel", effective="date", date="2026-05-01")
        self.assertFalse(self.contract.renewal_date)
        for day in ("2026-04-30", "2026-05-02", "2027-01-01"):
            with freeze_time(day):
                self.assertEqual(self.contract._run_renewal_steps(), [])
                with self.assertRaisesRegex(UserError, "cancelled"):
                    self.contract.with_user(self.manager).renew()
        self.assertEqual(self.contract.contract_line_ids, self.line)
        self.assertNotEqual(self.contract.subscription_state, "to_renew")

    def test_cancelling_withdraws_the_renewal_quotation(self):
        contract = self.contract.with_user(self.manager)
        answer = contract.renew({"mode": "quotation"})[0]
        order = self.env["sale.order"].browse(answer["sale_order_id"])
        self._apply(type="cancel")
        self.assertEqual(order.state, "cancel")
        self.assertFalse(self.line.successor_contract_line_id)

    def test_cancelling_ends_a_term_that_is_renewed_already(self):
        self.contract.with_user(self.manager).renew({"mode": "automatic"})
        successor = self.line.successor_contract_line_id
        self._apply(type="cancel")
        self.assertTrue(successor.is_canceled)
        with freeze_time("2027-06-01"):
            self.assertEqual(self.contract.run_billing()["billed"], 0)
        self.assertEqual(self.contract.mrr, 0.0)

    def test_quantity_goes_on_in_a_term_that_is_renewed_already(self):
        self.contract.with_user(self.manager).renew({"mode": "automatic"})
        successor = self.line.successor_contract_line_id
        price = successor.price_unit
        self._apply(type="quantity", quantity=5.0)
        self.assertEqual((successor.quantity, successor.price_unit), (5.0, price))

    def test_nothing_is_carried_to_an_invoice_that_never_comes(self):
        with self.assertRaisesRegex(UserError, "settle"):
            self._apply(type="cancel", settle="carry")
        self.assertFalse(self.line.cancelled_from)

    def test_a_credited_correction_is_not_credited_again(self):
        answer = self._apply(type="quantity", quantity=2.0)
        move = self.env["account.move"].browse(answer["invoice_ids"])
        refund = move._reverse_moves(
            [{"invoice_date": "2026-04-21", "date": "2026-04-21"}]
        )
        refund.action_post()
        preview = self.contract.preview_change({"type": "cancel"})
        # only the ten days of the one unit that is still paid for
        self.assertEqual(preview["total"], -20.0)

    def test_a_carried_credit_outlives_its_invoice(self):
        self.plan.invoice_mode = "draft"
        self._apply(type="price", price_unit=30.0, settle="carry")
        with freeze_time("2026-05-01"):
            first = self.contract.run_billing()["invoice_ids"]
            move = self.env["account.move"].browse(first)
            self.assertEqual(move.amount_untaxed, 20.0)
            move.unlink()
            second = self.contract.run_billing()["invoice_ids"]
        move = self.env["account.move"].browse(second)
        self.assertEqual(move.amount_untaxed, 20.0)

    def test_a_carried_credit_follows_a_cancelled_invoice_back(self):
        self.plan.invoice_mode = "draft"
        self._apply(type="price", price_unit=30.0, settle="carry")
        with freeze_time("2026-05-01"):
            ids = self.contract.run_billing()["invoice_ids"]
            move = self.env["account.move"].browse(ids)
            move.button_cancel()
            move.button_draft()
            self.assertEqual(self.contract.run_billing()["billed"], 0)
        self.assertNotIn("parked", self.contract.period_ids.mapped("state"))

    def test_change_after_billing_ahead(self):
        self.contract.run_billing({"date": "2026-06-01"})
        self._apply(type="quantity", quantity=2.0)
        with freeze_time("2026-04-25"):
            self.assertTrue(self._apply(type="price", price_unit=30.0)["total"])

    def test_cancel_before_the_start_credits_all(self):
        contract = self._subscribe("2026-05-01")
        contract.run_billing({"date": "2026-05-01"})
        answer = contract.apply_change({"type": "cancel"}, -60.0)
        self.assertEqual(answer["total"], -60.0)
        self.assertTrue(contract.contract_line_ids.is_canceled)

    def test_apply_refuses_another_total(self):
        with self.assertRaisesRegex(UserError, "expected_total"):
            self.contract.apply_change(
                self._change(type="price", price_unit=30.0), -9.0
            )
        change = self._change(type="price", price_unit=30.0)
        for value in ("ten", float("nan"), float("inf"), 10**400):
            with self.assertRaisesRegex(UserError, "expected_total"):
                self.contract.apply_change(change, value)
        self.assertEqual(self.line.price_unit, 60.0)

    def test_what_is_not_possible_is_refused_by_name(self):
        for change, name in (
            ({"type": "plan", "plan_id": 1}, "plan_id"),
            ({"type": "upgrade"}, "upgrade"),
            ({"type": "price", "price_unit": 1.0, "until": "2026-05-01"}, "until"),
            ({"type": "pause", "until": "2026-04-01"}, "until"),
            ({"type": "pause", "effective": "renewal"}, "effective"),
            ({"type": "resume"}, "paused"),
            ({"type": "anchor", "anchor_day": 32}, "anchor_day"),
            ({"type": "product", "product_id": 2**31 - 1}, "product_id"),
            ({"type": "price"}, "price_unit"),
            ({"type": "quantity", "quantity": -1.0}, "quantity"),
            ({"type": "price", "price_unit": 1.0, "settle": "credit"}, "settle"),
            ({"type": "price", "price_unit": 1.0, "effective": "date"}, "date"),
            ({"type": "price", "price_unit": 1.0, "date": "2026-05-01"}, "date"),
            ({"type": "price", "price_unit": 1.0, "line_id": 0}, "line_id"),
            ({"price_unit": 1.0}, "type"),
        ):
            with self.subTest(change=change), self.assertRaisesRegex(UserError, name):
                self.contract.preview_change(self._change(**change))

    def test_line_of_another_contract_is_refused(self):
        other = self._subscribe("2026-04-01").contract_line_ids
        with self.assertRaisesRegex(UserError, "line_id"):
            self.contract.preview_change(
                {"type": "price", "price_unit": 1.0, "line_id": other.id}
            )
        with self.assertRaisesRegex(UserError, "one contract"):
            (self.contract | other.contract_id).preview_change({"type": "cancel"})

    def test_only_managers_change(self):
        change = self._change(type="price", price_unit=1.0)
        for user in (self.user, self.salesman, self.reader, self.portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.contract.with_user(user).apply_change(change, 0.0)
        with self.assertRaises(AccessError):
            self.contract.with_user(self.other_portal).preview_change(change)

    def test_chatter_tells_it_without_amounts(self):
        self._apply(type="price", price_unit=30.0)
        body = self.contract.message_ids[0].body
        self.assertIn("Price changed", body)
        self.assertNotIn("30", body.replace("2026-04-30", ""))
