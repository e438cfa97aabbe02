# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import SubscriptionCommon


class ChangeCommon(SubscriptionCommon):
    """A line of 60.00 a month from 1 April 2026, billed for April, on the 21st."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.list_price = 60.0
        cls.contract = cls._subscribe("2026-04-01")
        cls.line = cls.contract.contract_line_ids
        cls.contract.run_billing()

    def _apply(self, contract=None, **change):
        """Apply a change at its previewed total; what is done is what was previewed."""
        contract = (contract or self.contract).with_user(self.manager)
        preview = contract.preview_change(change)
        answer = contract.apply_change(change, preview["total"])
        for key in preview:
            self.assertEqual(answer[key], preview[key], key)
        rows = self.env["contract.period"].browse(answer["period_ids"])
        self.assertEqual(
            contract.currency_id.round(sum(rows.mapped("amount"))), preview["total"]
        )
        return answer

    def _bill(self, day, contract=None):
        with freeze_time(day):
            answer = (contract or self.contract).run_billing()
        self.assertFalse(answer["parked"])
        return answer

    def _billed(self, contract=None):
        """Return [(first day, last day, amount)] of the regular rows, by day."""
        rows = (contract or self.contract).period_ids.filtered(
            lambda row: row.kind == "regular"
        )
        return [
            (str(row.period_start), str(row._get_last_day()), row.amount)
            for row in rows.sorted(lambda row: (row.period_start, row.id))
        ]


@tagged("post_install", "-at_install")
@freeze_time("2026-04-21")
class TestProductAndPlan(ChangeCommon):
    def test_product(self):
        better = self._make_product("Premium", 90.0, self.plan)
        answer = self._apply(type="product", line_id=self.line.id, product_id=better.id)
        self.assertEqual([row["amount"] for row in answer["lines"]], [-20.0, 30.0])
        move = self.env["account.move"].browse(answer["invoice_ids"])
        lines = move.invoice_line_ids.sorted("price_subtotal")
        self.assertEqual(lines.product_id.ids, [self.product.id, better.id])
        successor = self.line.successor_contract_line_id
        self.assertEqual(successor.product_id, better)
        self.assertEqual(successor.line_root_id, self.line)
        self._bill("2026-05-01")
        self.assertEqual(self._billed()[-1], ("2026-05-01", "2026-05-31", 90.0))
        self.assertEqual(self.contract.mrr, 90.0)

    def test_product_on_the_first_day_of_the_line(self):
        with freeze_time("2026-04-01"):
            better = self._make_product("Premium", 90.0, self.plan)
            answer = self._apply(
                type="product", line_id=self.line.id, product_id=better.id
            )
        self.assertEqual(answer["total"], 30.0)
        self.assertTrue(self.line.is_canceled)
        self._bill("2026-05-01")
        self.assertEqual(len(self._billed()), 2)

    def test_plan_bills_anew_from_the_day_of_the_change(self):
        yearly = self._make_plan(name="Yearly", unit="year")
        answer = self._apply(type="plan", plan_id=yearly.id)
        self.assertEqual(answer["total"], -20.0)
        self.assertEqual(answer["next_invoice_date"], "2026-04-21")
        self.assertEqual(self.contract.subscription_plan_id, yearly)
        self._bill("2026-04-21")
        self.assertEqual(
            self._billed(),
            [
                ("2026-04-01", "2026-04-20", 60.0),
                # The term ends on 31 March: 345 of 365 days of 720.00.
                ("2026-04-21", "2027-03-31", 680.55),
            ],
        )
        self.assertEqual(self.contract.mrr, 60.0)

    def test_plan_with_a_price_rule_of_its_own(self):
        yearly = self._make_plan(name="Yearly", unit="year")
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "Ours",
                "item_ids": [
                    (
                        0,
                        0,
                        {
                            "compute_price": "fixed",
                            "fixed_price": 600.0,
                            "subscription_plan_id": yearly.id,
                        },
                    )
                ],
            }
        )
        self.contract.pricelist_id = pricelist
        self._apply(type="plan", plan_id=yearly.id)
        successor = self.line.successor_contract_line_id
        self.assertEqual(successor.price_unit, 600.0)

    def test_plan_of_a_price_finer_than_the_cent(self):
        """0.0125 a month are 0.15 a year, and back; cut to the cent a call would cost
        a fifth less."""
        self.env.ref("product.decimal_price").digits = 4
        yearly = self._make_plan(name="Yearly", unit="year")
        product = self._make_product("Call", 0.15, yearly)
        contract = self._subscribe("2026-03-01", product, quantity=1000.0)
        change = {"type": "plan", "plan_id": self.plan.id}
        contract.apply_change(change, contract.preview_change(change)["total"])
        line = contract._get_service_lines()[-1:]
        self.assertEqual(line.price_unit, 0.0125)
        self.assertEqual(contract.mrr, 12.5)

    def test_plan_on_the_first_day_of_a_billed_period(self):
        weekly = self._make_plan(name="Weekly", unit="week")
        with freeze_time("2026-05-01"):
            self.contract.run_billing()
            answer = self._apply(type="plan", plan_id=weekly.id, price_unit=15.0)
        self.assertEqual(answer["total"], -60.0)
        self._bill("2026-05-14")
        self.assertEqual(
            self._billed()[1:],
            [
                ("2026-05-01", "2026-04-30", 60.0),
                ("2026-05-01", "2026-05-07", 15.0),
                ("2026-05-08", "2026-05-14", 15.0),
            ],
        )

    def test_plan_without_proration_waits_for_the_end_of_the_period(self):
        plan = self._make_plan(proration="none")
        product = self._make_product("Flat", 60.0, plan)
        contract = self._subscribe("2026-04-01", product=product)
        contract.run_billing()
        weekly = self._make_plan(name="Weekly", unit="week")
        answer = self._apply(contract, type="plan", plan_id=weekly.id, price_unit=14.0)
        self.assertEqual(
            (answer["total"], answer["next_invoice_date"]), (0.0, "2026-05-01")
        )
        self._bill("2026-05-01", contract)
        self.assertEqual(self._billed(contract)[-1], ("2026-05-01", "2026-05-07", 14.0))

    def test_day_of_the_month(self):
        answer = self._apply(type="anchor", line_id=self.line.id, anchor_day=15)
        self.assertEqual(
            (answer["total"], answer["next_invoice_date"]), (0.0, "2026-05-01")
        )
        self._bill("2026-06-20")
        self.assertEqual(
            self._billed()[1:],
            [
                # 15 April to 14 May has 30 days, of which 14 are left.
                ("2026-05-01", "2026-05-14", 28.0),
                ("2026-05-15", "2026-06-14", 60.0),
                ("2026-06-15", "2026-07-14", 60.0),
            ],
        )

    def test_contract_of_the_past_gets_an_anchor(self):
        contract = self._make_oca_contract()
        with freeze_time("2026-02-01"):
            contract.run_billing()
            line = contract.contract_line_ids
            self._apply(contract, type="anchor", line_id=line.id, anchor_day=31)
        successor = line.successor_contract_line_id
        self.assertEqual(
            [str(period.end) for period in successor._preview_periods(None, 3)],
            ["2026-03-30", "2026-04-29", "2026-05-30"],
        )

    def test_what_is_divided_in_arrears_bills_on_the_day_of_the_change(self):
        plan = self._make_plan(timing="arrears")
        product = self._make_product("Arrears", 60.0, plan)
        contract = self._subscribe("2026-04-01", product=product)
        line = contract.contract_line_ids
        answer = self._apply(contract, type="quantity", line_id=line.id, quantity=2.0)
        self.assertEqual(answer["next_invoice_date"], "2026-04-21")
        self._bill("2026-05-01", contract)
        self.assertEqual([row[2] for row in self._billed(contract)], [40.0, 40.0])

    def test_nothing_is_left_to_change_in_a_term_that_is_billed(self):
        yearly = self._make_plan(unit="year")
        product = self._make_product("Yearly", 60.0, yearly)
        contract = self._subscribe("2026-04-01", product=product)
        contract.run_billing()
        change = {
            "type": "anchor",
            "line_id": contract.contract_line_ids.id,
            "anchor_day": 15,
        }
        with self.assertRaisesRegex(UserError, "renewal"):
            contract.preview_change(change)

    def test_a_product_of_the_term_in_force_has_its_price_in_the_next_one(self):
        """What was agreed for the next term was the price of another product."""
        better = self._make_product("Premium", 90.0, self.plan)
        self.contract.renew({"mode": "automatic"})
        renewed = self.line.successor_contract_line_id
        self.assertEqual(renewed.price_unit, 63.0)
        self._apply(type="product", line_id=self.line.id, product_id=better.id)
        self.assertEqual(renewed.product_id, better)
        self.assertEqual((renewed.price_unit, renewed.quantity), (90.0, 1.0))

    def test_quantity_is_as_fine_as_invoices_have_it(self):
        self._apply(type="quantity", line_id=self.line.id, quantity=0.333)
        self.assertEqual(self.line.quantity, 0.33)
        self._bill("2026-05-01")
        row = self.contract.period_ids.sorted("period_start")[-1]
        self.assertEqual((row.amount, row.move_line_id.price_subtotal), (19.8, 19.8))

    def test_plan_of_a_line_without_product(self):
        """Its price follows the length of the period."""
        line = self.line.copy(
            {"product_id": False, "name": "Typed", "specific_price": 5.0}
        )
        yearly = self._make_plan(name="Yearly", unit="year")
        self._apply(type="plan", plan_id=yearly.id)
        prices = (line._get_line_on(self._day("2026-04-21")) | line).mapped(
            "price_unit"
        )
        self.assertIn(60.0, prices)

    def test_cycle_that_was_moved_by_hand_leaves_billed_days_alone(self):
        """10 of the 30 days of April come back, whatever the line's cycle is by now."""
        for vals in (
            {"anchor_day": 15},
            {"anchor_date": "2026-03-20"},
            {"recurring_rule_type": "weekly"},
        ):
            with self.subTest(**vals), self.cr.savepoint() as savepoint:
                self.line.with_user(self.manager).write(vals)
                answer = self._apply(type="cancel")
                self.assertEqual(answer["total"], -20.0)
                savepoint.rollback()
                self.env.invalidate_all()

    def test_cancelled_from_before_an_earlier_change(self):
        """The days before it are another line's by now: it is refused, not done for a
        part of the days."""
        product = self._make_product("Used", 60.0, self._make_plan(timing="arrears"))
        contract = self._subscribe("2026-04-01", product)
        quantity = {"type": "quantity", "line_id": contract.contract_line_ids.id}
        day = {"effective": "date", "date": "2026-04-10"}
        self._apply(contract, **quantity, **day, quantity=2.0)
        cancel = {"type": "cancel", "effective": "date"}
        with self.assertRaisesRegex(UserError, "2026-04-10 holds already"):
            self._apply(contract, **cancel, date="2026-04-05")
        self._apply(contract, **cancel, date="2026-04-10")
        self._bill("2026-05-01", contract)
        self.assertEqual(self._billed(contract), [("2026-04-01", "2026-04-09", 18.0)])

    def test_goods_are_not_settled_unless_asked(self):
        self.product.type = "consu"
        change = {"type": "quantity", "line_id": self.line.id, "quantity": 2.0}
        self.assertEqual(self.contract.preview_change(change)["total"], 0.0)
        change["prorate"] = True
        self.assertEqual(self.contract.preview_change(change)["total"], 20.0)
        self._apply(type="quantity", line_id=self.line.id, quantity=2.0)
        self._bill("2026-05-01")
        self.assertEqual(self._billed()[-1][2], 120.0)

    def test_change_from_the_first_unbilled_day_on(self):
        self._apply(
            type="price",
            line_id=self.line.id,
            price_unit=99.0,
            effective="period_end",
        )
        self._bill("2026-05-01")
        self.assertEqual([row[2] for row in self._billed()], [60.0, 99.0])

    def test_a_later_change_goes_on_in_the_next_term(self):
        self.contract.renew({"mode": "automatic"})
        renewed = self.line.successor_contract_line_id
        better = self._make_product("Premium", 90.0, self.plan)
        self._apply(type="product", line_id=self.line.id, product_id=better.id)
        middle = self.line.successor_contract_line_id
        self.assertEqual(middle.successor_contract_line_id, renewed)
        self.assertEqual(renewed.product_id, better)
        self.assertFalse(self.contract._get_planned_steps())

    def test_unbilled_rest_of_a_divided_line_is_cancelled_with_it(self):
        self._apply(
            type="quantity",
            line_id=self.line.id,
            quantity=2.0,
            effective="date",
            date="2026-05-16",
        )
        self._apply(type="cancel", effective="date", date="2026-05-20")
        self._bill("2026-07-01")
        self.assertEqual(
            self._billed()[1:],
            [
                ("2026-05-01", "2026-05-15", 29.03),
                ("2026-05-16", "2026-05-19", 15.49),
            ],
        )


@tagged("post_install", "-at_install")
@freeze_time("2026-04-21")
class TestPause(ChangeCommon):
    def test_pause_inside_of_the_billed_period(self):
        answer = self._apply(type="pause", until="2026-04-25")
        self.assertEqual(answer["total"], -10.0)
        self.assertEqual(self.contract.subscription_state, "paused")
        with freeze_time("2026-04-26"):
            self.contract.invalidate_recordset()
            self.assertEqual(self.contract.subscription_state, "active")
        self._bill("2026-05-01")
        self.assertEqual([row[2] for row in self._billed()], [60.0, 60.0])

    def test_pause_over_several_periods_is_never_billed_later(self):
        answer = self._apply(type="pause", until="2026-06-15")
        self.assertEqual(
            (answer["total"], answer["next_invoice_date"]), (-20.0, "2026-06-16")
        )
        self._bill("2026-07-01")
        self.assertEqual(
            self._billed(),
            [
                ("2026-04-01", "2026-04-30", 60.0),
                ("2026-06-16", "2026-06-30", 30.0),
                ("2026-07-01", "2026-07-31", 60.0),
            ],
        )
        self.assertEqual(self._bill("2026-07-01")["billed"], 0)

    def test_pause_until_it_is_resumed(self):
        self._apply(type="pause")
        self.assertEqual(self.contract.subscription_state, "paused")
        self.assertEqual(self.contract.mrr, 0.0)
        self.assertEqual(self._bill("2026-06-10")["billed"], 0)
        self.assertFalse(self.contract._get_planned_steps())
        with freeze_time("2026-06-16"):
            answer = self._apply(type="resume")
            self.assertEqual(answer["next_invoice_date"], "2026-06-16")
            self.assertEqual(self.contract.mrr, 60.0)
            self.assertEqual(self.contract.subscription_state, "active")
        self._bill("2026-07-01")
        self.assertEqual([row[2] for row in self._billed()], [60.0, 30.0, 60.0])
        self.assertEqual(
            str(self.line.successor_contract_line_id.date_end), "2027-03-31"
        )

    def test_resumed_on_the_same_day_costs_nothing(self):
        first = self._apply(type="pause")
        second = self._apply(type="resume")
        self.assertEqual(first["total"] + second["total"], 0.0)
        self._bill("2026-05-01")
        self.assertEqual([row[2] for row in self._billed()], [60.0, 60.0])

    def test_resumed_inside_of_the_billed_period(self):
        self._apply(type="pause")
        with freeze_time("2026-04-26"):
            answer = self._apply(type="resume")
        self.assertEqual(
            [(row["kind"], row["days"], row["amount"]) for row in answer["lines"]],
            [("charge", 5, 10.0)],
        )
        self.assertEqual(answer["next_invoice_date"], "2026-05-01")
        self._bill("2026-05-01")
        self.assertEqual(self._billed()[-1], ("2026-05-01", "2026-05-31", 60.0))

    def test_resumed_before_the_planned_end(self):
        self._apply(type="pause", until="2026-06-15")
        with freeze_time("2026-04-26"):
            answer = self._apply(type="resume")
            self.assertEqual(answer["total"], 10.0)
        self._bill("2026-06-01")
        self.assertEqual([row[2] for row in self._billed()], [60.0, 60.0, 60.0])

    def test_resumed_where_the_next_term_is_made_already(self):
        """The pause lies within billed days and divides nothing: the line that follows
        is the next term, and stays where it is."""
        self.contract.renew({"mode": "automatic"})
        renewed = self.line.successor_contract_line_id
        with freeze_time("2027-03-02"):
            self.contract.run_billing()
            self._apply(type="pause", until="2027-03-20")
        with freeze_time("2027-03-11"):
            answer = self._apply(type="resume")
        self.assertEqual(
            [(row["kind"], row["days"]) for row in answer["lines"]], [("charge", 10)]
        )
        self.assertEqual(self.line.successor_contract_line_id, renewed)
        self.assertEqual(str(renewed.date_start), "2027-04-01")
        self._bill("2027-04-01")
        self.assertEqual(self._billed()[-1][:2], ("2027-04-01", "2027-04-30"))

    def test_what_is_paused_may_be_cancelled_and_is_not_renewed(self):
        self._apply(type="pause")
        with freeze_time("2026-05-10"):
            self._apply(type="cancel")
            with self.assertRaisesRegex(UserError, "not paused"):
                self.contract.preview_change({"type": "resume"})
        self.assertEqual(str(self.line.date_end), "2026-04-20")
        with freeze_time("2027-04-01"):
            self.assertEqual(self.contract._run_renewal_steps(), [])

    def test_what_is_taken_back_costs_what_was_agreed_for_it(self):
        """60.00 until the 22nd, 30.00 from the 23rd, 90.00 from the 28th; paused from
        the 22nd to the 26th, and resumed on the 22nd and on the 24th."""
        self._apply(
            type="pause", effective="date", date="2026-04-22", until="2026-04-26"
        )
        price = {"type": "price", "line_id": self.line.id, "effective": "date"}
        with self.assertRaisesRegex(UserError, "paused from 2026-04-22 to 2026-04-26"):
            self._apply(**price, date="2026-04-23", price_unit=30.0)
        self._apply(**price, date="2026-04-28", price_unit=90.0)
        answer = self._apply(type="resume", effective="date", date="2026-04-24")
        self.assertEqual([row["amount"] for row in answer["lines"]], [6.0])

    def test_price_that_changes_before_a_pause_holds_when_it_is_resumed(self):
        self._apply(
            type="pause", effective="date", date="2026-04-23", until="2026-04-26"
        )
        self._apply(type="price", line_id=self.line.id, price_unit=30.0)
        with freeze_time("2026-04-25"):
            answer = self._apply(type="resume")
        self.assertEqual(answer["total"], 2.0)

    def test_quantity_that_changes_before_a_hold_holds_when_it_is_resumed(self):
        self._apply(type="pause", effective="date", date="2026-05-10")
        quantity = {"type": "quantity", "line_id": self.line.id, "quantity": 2.0}
        self._apply(**quantity, effective="date", date="2026-05-04")
        self.assertEqual(self.contract.subscription_state, "active")
        with freeze_time("2026-05-12"):
            self.contract.invalidate_recordset()
            self.assertEqual(self.contract.subscription_state, "paused")
            with self.assertRaisesRegex(UserError, "no running customer line|paused"):
                self._apply(type="quantity", line_id=self.line.id, quantity=3.0)
        with freeze_time("2026-05-22"):
            self._apply(type="resume")
        self._bill("2026-06-01")
        # 3 of 31 days of 60.00; 6 days and, from the 22nd on, 10 days of 120.00.
        amounts = [row[2] for row in self._billed()]
        self.assertEqual(amounts, [60.0, 5.81, 23.23, 38.71, 120.0])

    def test_days_before_a_pause_are_billed_first_when_it_is_resumed(self):
        """In arrears; the preview tells the same day as the contract does then."""
        product = self._make_product("Used", 60.0, self._make_plan(timing="arrears"))
        contract = self._subscribe("2026-04-01", product)
        for until in ({}, {"until": "2026-05-20"}):
            pause = {"type": "pause", "effective": "date", "date": "2026-04-25"}
            self._apply(contract, **pause, **until)
            self.assertEqual(str(contract.next_bill_date), "2026-04-25")
            answer = self._apply(
                contract, type="resume", effective="date", date="2026-04-28"
            )
            self.assertEqual(answer["next_invoice_date"], "2026-04-25")
            contract = self._subscribe("2026-04-01", product)

    def test_another_plan_does_not_bill_the_days_of_a_pause(self):
        self._apply(
            type="pause", effective="date", date="2026-04-23", until="2026-04-26"
        )
        yearly = self._make_plan(name="Yearly", unit="year")
        with self.assertRaisesRegex(UserError, "paused from 2026-04-23"):
            self.contract.preview_change({"type": "plan", "plan_id": yearly.id})

    def test_pauses_that_can_not_be_are_refused(self):
        for change, why in (
            ({"until": "2027-03-31"}, "until"),
            ({"until": "2026-04-20"}, "until"),
            ({"settle": "carry"}, "settle"),
        ):
            with self.subTest(change=change), self.assertRaisesRegex(UserError, why):
                self.contract.preview_change({"type": "pause", **change})
        self._apply(type="pause")
        with freeze_time("2027-04-02"), self.assertRaisesRegex(UserError, "term"):
            self.contract.preview_change({"type": "resume"})

    def test_price_change_leaves_paused_days_alone(self):
        self._apply(
            type="pause", effective="date", date="2026-04-23", until="2026-04-24"
        )
        answer = self._apply(type="price", line_id=self.line.id, price_unit=30.0)
        # 8 of the 10 days that are left are paid for.
        self.assertEqual(answer["total"], -8.0)


@tagged("post_install", "-at_install")
@freeze_time("2026-04-21")
class TestChangeAtRenewal(ChangeCommon):
    def _plan_change(self, **change):
        return self._apply(effective="renewal", **change)

    def test_values_wait_for_the_next_term(self):
        answer = self._plan_change(type="quantity", line_id=self.line.id, quantity=3.0)
        self._plan_change(type="price", line_id=self.line.id, price_unit=55.0)
        self.assertEqual((answer["total"], answer["period_ids"]), (0.0, []))
        self.assertEqual(self.line.quantity, 1.0)
        planned = self.contract.change_ids
        self.assertEqual(set(planned.mapped("state")), {"planned"})
        self.contract.renew({"mode": "automatic"})
        successor = self.line.successor_contract_line_id
        self.assertEqual((successor.quantity, successor.price_unit), (3.0, 55.0))
        self.assertEqual(set(planned.mapped("state")), {"done"})

    def test_the_renewal_quotation_shows_them(self):
        better = self._make_product("Premium", 90.0, self.plan)
        self._plan_change(
            type="product", line_id=self.line.id, product_id=better.id, quantity=2.0
        )
        self.contract.renew({"mode": "quotation"})
        order = self.contract.renewal_order_id
        line = order.order_line
        self.assertEqual(line.product_id, better)
        self.assertEqual((line.product_uom_qty, line.price_unit), (2.0, 90.0))
        order.action_confirm()
        successor = self.line.successor_contract_line_id
        self.assertEqual(successor.product_id, better)
        self.assertEqual((successor.quantity, successor.price_unit), (2.0, 90.0))

    def test_an_open_renewal_quotation_follows(self):
        self.contract.renew({"mode": "quotation"})
        line = self.contract.renewal_order_id.order_line
        better = self._make_product("Premium", 90.0, self.plan)
        self._plan_change(type="quantity", line_id=self.line.id, quantity=4.0)
        self.assertEqual(line.product_uom_qty, 4.0)
        self._plan_change(
            type="product", line_id=self.line.id, product_id=better.id, price_unit=80.0
        )
        self.assertEqual(line.product_id, better)
        self.assertEqual((line.product_uom_qty, line.price_unit), (4.0, 80.0))

    def test_the_plan_of_the_next_term(self):
        quarterly = self._make_plan(
            name="Quarterly", unit="quarter", term_count=2, anchor="calendar"
        )
        self.contract.renewal_uplift_percent = 0.0
        self._plan_change(type="plan", plan_id=quarterly.id)
        self.assertEqual(self.contract.subscription_plan_id, self.plan)
        self.contract.renew({"mode": "automatic"})
        successor = self.line.successor_contract_line_id
        self.assertEqual(successor.recurring_rule_type, "quarterly")
        self.assertEqual(successor.price_unit, 180.0)
        self.assertEqual(str(successor.date_end), "2029-03-31")
        self.assertEqual(self.contract.subscription_plan_id, quarterly)

    def test_planned_anew_the_first_is_dropped(self):
        for quantity in (3.0, 4.0):
            self._plan_change(type="quantity", line_id=self.line.id, quantity=quantity)
        self.assertEqual(
            self.contract.change_ids.sorted("id").mapped("state"),
            ["dropped", "planned"],
        )

    def test_a_term_that_is_made_already_is_changed_itself(self):
        self.contract.renew({"mode": "automatic"})
        successor = self.line.successor_contract_line_id
        self._plan_change(type="quantity", line_id=self.line.id, quantity=3.0)
        self.assertEqual((self.line.quantity, successor.quantity), (1.0, 3.0))
        self.assertEqual(self.contract.change_ids.state, "done")

    def test_cancelled_at_the_end_of_the_term(self):
        answer = self._plan_change(type="cancel")
        self.assertEqual(answer["total"], 0.0)
        self.assertEqual(str(self.line.date_end), "2027-03-31")
        self.assertFalse(self.contract.renewal_date)
        with freeze_time("2027-03-31"):
            self.assertEqual(self.contract._run_renewal_steps(), [])

    def test_an_open_end_has_no_renewal(self):
        plan = self._make_plan(term_count=0)
        product = self._make_product("Open", 10.0, plan)
        contract = self._subscribe("2026-04-01", product=product)
        with self.assertRaisesRegex(UserError, "effective"):
            contract.preview_change({"type": "cancel", "effective": "renewal"})


@tagged("post_install", "-at_install")
@freeze_time("2026-04-21")
class TestChangeLog(ChangeCommon):
    def test_each_step_is_told_in_plain_words_without_amounts(self):
        yearly = self._make_plan(name="Yearly", unit="year")
        for change, text in (
            ({"type": "quantity", "quantity": 2.0}, "Quantity changed to 2"),
            ({"type": "price", "price_unit": 71.5}, "Price changed"),
            ({"type": "pause", "until": "2026-04-23"}, "Paused"),
            ({"type": "anchor", "anchor_day": 12}, "on day 12 of the month"),
            (
                {
                    "type": "plan",
                    "plan_id": yearly.id,
                    "effective": "date",
                    "date": "2026-05-01",
                },
                "Plan changed to Yearly",
            ),
            ({"type": "cancel"}, "Cancelled"),
        ):
            change = dict(change)
            if change["type"] in ("quantity", "price", "anchor"):
                change["line_id"] = self.line.id
            with self.subTest(change=change):
                self._apply(**change)
                body = self.contract.message_ids[0].body
                self.assertIn(text, body)
                self.assertNotIn("71", body)

    def test_the_log_says_who_when_and_what_it_cost(self):
        answer = self._apply(type="price", line_id=self.line.id, price_unit=30.0)
        log = self.env["contract.change.log"].browse(answer["log_id"])
        self.assertRecordValues(
            log,
            [
                {
                    "contract_id": self.contract.id,
                    "kind": "price",
                    "state": "done",
                    "total": -10.0,
                    "price_unit": 30.0,
                    "user_id": self.manager.id,
                }
            ],
        )
        self.assertEqual(log.period_ids.ids, answer["period_ids"])

    def test_who_reads_the_contract_reads_its_log_and_nobody_writes_it(self):
        self._apply(type="price", line_id=self.line.id, price_unit=30.0)
        log = self.contract.change_ids
        for user in (self.salesman, self.reader, self.user, self.manager):
            self.contract.user_id = user
            with self.subTest(user=user.login):
                self.assertTrue(log.with_user(user).read())
                with self.assertRaises(AccessError):
                    log.with_user(user).write({"total": 0.0})
        self.contract.user_id = self.manager
        for user in (self.salesman, self.portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                log.with_user(user).read()
