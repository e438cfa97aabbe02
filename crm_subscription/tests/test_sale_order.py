# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .common import TODAY, SubscriptionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSaleOrder(SubscriptionCommon):
    def test_line_with_plan_becomes_contract_line(self):
        order = self._sell(self.product, self.machine, start="2026-01-31", quantity=2)
        contract = order._get_contracts()
        self.assertRecordValues(
            contract,
            [
                {
                    "partner_id": self.customer.id,
                    "subscription_plan_id": self.plan.id,
                    "renewal_policy": "quotation",
                    "renewal_uplift_percent": 5.0,
                    "user_id": self.salesman.id,
                    "date_end": self._day("2027-01-30"),
                    "next_bill_date": self._day("2026-01-31"),
                    "next_bill_amount": 200.0,
                    "mrr": 200.0,
                    "subscription_state": "active",
                }
            ],
        )
        self.assertRecordValues(
            contract.contract_line_ids,
            [
                {
                    "product_id": self.product.id,
                    "quantity": 2.0,
                    "price_unit": 100.0,
                    "anchor_date": self._day("2026-01-31"),
                    "line_root_id": contract.contract_line_ids.id,
                    "subscription_sale_line_id": order.order_line[0].id,
                }
            ],
        )

    def test_start_defaults_to_the_day_of_confirmation(self):
        contract = self._subscribe(None)
        self.assertEqual(str(contract.contract_line_ids.date_start), TODAY)

    def test_order_shows_recurring_and_one_off_apart(self):
        order = self._sell(self.product, self.machine)
        self.assertEqual(order.recurring_total, 100.0)
        self.assertEqual(order.recurring_monthly, 100.0)
        self.assertEqual(order.onetime_total, 1000.0)

    def test_recurring_total_per_month_of_a_weekly_plan(self):
        weekly = self._make_product("Weekly", 12.0, self._make_plan(unit="week"))
        order = self._sell(weekly)
        self.assertEqual(order.recurring_total, 12.0)
        self.assertEqual(order.recurring_monthly, 52.0)

    def test_order_never_invoices_the_subscription(self):
        order = self._sell(self.product, self.machine)
        recurring, one_off = order.order_line
        self.assertEqual(recurring.qty_to_invoice, 0.0)
        self.assertEqual(recurring.untaxed_amount_to_invoice, 0.0)
        self.assertEqual(recurring.amount_to_invoice, 0.0)
        self.assertEqual(order.invoice_status, "to invoice")
        invoice = order._create_invoices()
        self.assertEqual(invoice.invoice_line_ids.sale_line_ids, one_off)
        self.assertEqual(order.invoice_status, "invoiced")
        order._get_contracts().run_billing()
        self.assertEqual(recurring.qty_invoiced, 0.0)

    def _pay_down(self, order, **vals):
        wizard = self.env["sale.advance.payment.inv"].create(
            {"sale_order_ids": order.ids, **vals}
        )
        wizard.create_invoices()
        return order.invoice_ids.sorted("id")[-1]

    def test_down_payment_is_of_what_the_order_bills(self):
        order = self._sell(self.product, self.machine)
        half = {"advance_payment_method": "percentage", "amount": 50.0}
        down = self._pay_down(order, **half)
        self.assertEqual(down.amount_untaxed, 500.0)
        down.action_post()
        rest = self._pay_down(order, advance_payment_method="delivered")
        self.assertEqual(rest.amount_untaxed, 500.0)
        for only in (half, {"advance_payment_method": "fixed", "fixed_amount": 9.0}):
            with self.assertRaisesRegex(UserError, "down payment"):
                self._pay_down(self._sell(self.product), **only)

    def test_order_of_subscriptions_only_has_nothing_to_invoice(self):
        order = self._sell(self.product)
        self.assertEqual(order.invoice_status, "no")
        with self.assertRaises(UserError):
            order._create_invoices()

    def test_services_make_no_delivery(self):
        self.assertFalse(self._sell(self.product).picking_ids)

    def test_line_without_plan_stays_one_off(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [
                    Command.create(
                        {"product_id": self.product.id, "subscription_plan_id": False}
                    )
                ],
            }
        )
        order.action_confirm()
        self.assertFalse(order._get_contracts())

    def test_every_plan_of_an_order_has_its_contract(self):
        yearly = self._make_product("Licence", 1200.0, self._make_plan(unit="year"))
        second = self._make_product("Hotline", 50.0, self.plan)
        contracts = self._sell(self.product, second, yearly)._get_contracts()
        self.assertEqual(
            sorted(len(contract.contract_line_ids) for contract in contracts), [1, 2]
        )
        self.assertEqual(sum(contracts.mapped("mrr")), 250.0)

    def test_plan_that_groups_joins_the_running_contract(self):
        plan = self._make_plan(name="Grouped", group_lines=True)
        product = self._make_product("Grouped Service", 31.0, plan)
        first = self._subscribe("2026-03-01", product)
        second = self._subscribe("2026-03-11", product)
        self.assertEqual(first, second)
        old, new = first.contract_line_ids
        self.assertEqual(new.anchor_date, old.anchor_date)
        self.assertEqual(new.date_end, old.date_end)
        period = new._get_next_period()
        self.assertEqual((period.days, period.full_days), (21, 31))
        self.assertEqual(new._get_period_amount(period), 21.0)
        self.assertNotEqual(
            self._subscribe("2026-03-11", product, partner=self.other_customer), first
        )

    def test_what_joins_follows_the_cycle_that_holds_by_then(self):
        plan = self._make_plan(name="Grouped", group_lines=True)
        product = self._make_product("Grouped Service", 31.0, plan)
        contract = self._subscribe("2026-02-15", product)
        contract.run_billing()
        change = {"type": "anchor", "anchor_day": 1, "effective": "now"}
        change["line_id"] = contract.contract_line_ids.id
        contract.apply_change(change, contract.preview_change(change)["total"])
        with freeze_time("2026-05-11"):
            contract.run_billing()
            self.assertEqual(self._subscribe("2026-05-11", product), contract)
            line = contract.contract_line_ids.sorted("id")[-1]
            period = line._get_next_period()
            # 11 to 31 May; counted from the old day it would end on 14 May.
            self.assertEqual(str(period.end), "2026-05-31")
            self.assertEqual(line._get_period_amount(period), 21.0)

    def test_cancelled_contract_is_not_joined(self):
        plan = self._make_plan(name="Grouped", group_lines=True)
        product = self._make_product("Grouped Service", 31.0, plan)
        first = self._subscribe("2026-03-01", product)
        first.run_billing()
        options = {
            "reason_id": self.env.ref("crm_subscription.reason_price").id,
            "end_of_service": "2026-03-31",
        }
        total = first.preview_cancellation(options)["total"]
        first.cancel_subscription(options, total)
        second = self._subscribe("2026-03-15", product)
        self.assertNotEqual(first, second)
        self.assertEqual(str(second.contract_line_ids.date_end), "2027-03-14")

    def test_contract_in_the_currency_of_the_order(self):
        currency = self.env.ref("base.KRW")
        currency.active = True
        pricelist = self.env["product.pricelist"].create(
            {"name": "Won", "currency_id": currency.id}
        )
        contract = self._subscribe(None, pricelist_id=pricelist.id)
        self.assertEqual(contract.currency_id, currency)
        self.assertEqual(contract.contract_line_ids.currency_id, currency)

    def test_salesperson_without_subscription_rights_confirms(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "user_id": self.salesman.id,
                "order_line": [Command.create({"product_id": self.product.id})],
            }
        )
        order.with_user(self.salesman).action_confirm()
        self.assertEqual(order.subscription_contract_count, 1)
        action = order.with_user(self.salesman).action_view_subscription_contracts()
        self.assertEqual(action["res_id"], order._get_contracts().id)

    def test_one_order_line_is_one_contract_line(self):
        order = self._sell(self.product)
        line = order.order_line.subscription_line_ids
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            with self.env.cr.savepoint():
                line.copy({"subscription_sale_line_id": order.order_line.id})

    def test_cancelled_order_cancels_what_is_not_billed(self):
        order = self._sell(self.product)
        line = order.order_line.subscription_line_ids
        order._action_cancel()
        self.assertTrue(line.is_canceled)
        self.assertEqual(line.contract_id.mrr, 0.0)
        self.assertEqual(line.contract_id.run_billing()["billed"], 0)
        order.action_draft()
        order.action_confirm()
        self.assertTrue(order.order_line.subscription_line_ids - line)

    def test_cancelled_order_cancels_what_changes_made_of_it(self):
        order = self._sell(self.product, start="2026-04-01")
        contract = order._get_contracts()
        change = {
            "type": "quantity",
            "line_id": contract.contract_line_ids.id,
            "quantity": 3.0,
            "effective": "date",
            "date": "2026-05-01",
        }
        contract.apply_change(change, contract.preview_change(change)["total"])
        self.assertEqual(len(contract.contract_line_ids), 2)
        order._action_cancel()
        self.assertTrue(all(contract.contract_line_ids.mapped("is_canceled")))
        with freeze_time("2026-07-01"):
            self.assertEqual(contract.run_billing()["billed"], 0)

    def test_order_with_a_billed_subscription_is_not_cancelled(self):
        order = self._sell(self.product)
        contract = order._get_contracts()
        contract.run_billing()
        with self.assertRaisesRegex(UserError, contract.name):
            order._action_cancel()

    def test_a_combo_is_no_subscription(self):
        choice = self.env["product.combo"].create(
            {
                "name": "Part",
                "combo_item_ids": [Command.create({"product_id": self.machine.id})],
            }
        )
        combo = self.env["product.product"].create(
            {"name": "Set", "type": "combo", "combo_ids": choice.ids}
        )
        with self.assertRaisesRegex(ValidationError, "Set"):
            combo.write({"subscription_ok": True, "subscription_plan_id": self.plan.id})
        with self.assertRaisesRegex(ValidationError, "choose its plan"):
            self.machine.subscription_ok = True

    def test_a_copy_of_a_contract_does_not_bill_the_past_again(self):
        contract = self._subscribe("2025-01-31")
        copy = contract.copy()
        line = copy.contract_line_ids
        self.assertEqual(str(line.date_start), TODAY)
        self.assertEqual(str(line.recurring_next_date), TODAY)
        self.assertNotEqual(line.line_root_id, contract.contract_line_ids)

    def test_order_that_is_taken_back_and_confirmed_again_at_once(self):
        order = self._sell(self.product)
        first = order._get_contracts()
        order._action_cancel()
        order.action_draft()
        order.action_confirm()
        self.assertEqual((first.mrr, order._get_contracts().mrr), (0.0, 100.0))
        self.assertNotEqual(order._get_contracts(), first)

    def test_a_copy_has_each_service_once(self):
        """Not once for each term and change of it, nor what was cancelled."""
        order = self._sell(self.product, self.product, self.product, start="2025-04-01")
        contract = order._get_contracts()
        contract.run_billing({"limit": 12})
        changed, cancelled, _same = contract.contract_line_ids
        for change in (
            {"type": "quantity", "line_id": changed.id, "quantity": 3.0},
            {"type": "cancel", "line_id": cancelled.id},
        ):
            change.update(effective="date", date="2026-03-05")
            total = contract.preview_change(change)["total"]
            contract.apply_change(change, total)
        contract.renew({"mode": "automatic"})
        self.assertEqual(len(contract.contract_line_ids), 5)
        copy = contract.copy()
        self.assertEqual(copy.contract_line_ids.mapped("quantity"), [3.0, 1.0])
        self.assertEqual(set(copy.contract_line_ids.mapped("price_unit")), {100.0})
        with freeze_time("2028-01-01"):
            self.assertEqual(len(contract.copy().contract_line_ids), 2)

    def test_line_added_to_a_confirmed_order_is_billed_by_the_contract(self):
        order = self._sell(self.product)
        order.order_line = [Command.create({"product_id": self.product.id})]
        lines = order.order_line.subscription_line_ids
        self.assertEqual(len(lines), 2)

    def test_line_added_later_is_not_billed_for_the_time_before(self):
        with freeze_time("2026-01-01"):
            order = self._sell(self.product, start="2026-01-01")
        order.order_line = [Command.create({"product_id": self.product.id})]
        starts = order.order_line.subscription_line_ids.sorted("id")
        self.assertEqual(
            starts.mapped("date_start"), [self._day("2026-01-01"), self._day(TODAY)]
        )

    def test_agreed_line_is_changed_in_the_contract(self):
        order = self._sell(self.product, self.machine)
        contract = order._get_contracts()
        sold = order.order_line[0]
        for vals in (
            {"product_uom_qty": 3},
            {"price_unit": 1.0},
            {"discount": 50.0},
            {"subscription_plan_id": False},
        ):
            with self.subTest(**vals), self.assertRaisesRegex(UserError, contract.name):
                sold.write(vals)
        sold.write({"product_uom_qty": 1.0, "name": "Wording"})
        order.order_line[1].product_uom_qty = 2


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestContractOfOrder(SubscriptionCommon):
    """Which contract takes the lines of an order."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls._subscribe("2026-03-01")

    def test_customers_contract_by_choice(self):
        joined = self._subscribe("2026-03-11", subscription_contract_choice="existing")
        self.assertEqual(joined, self.first)
        old, new = joined.contract_line_ids
        self.assertEqual(new.anchor_date, old.anchor_date)
        self.assertEqual(new.date_end, old.date_end)
        self.assertEqual(new._get_period_amount(new._get_next_period()), 67.74)
        self.assertEqual(new._get_next_period().full_days, 31)

    def test_new_contract_by_choice(self):
        self.plan.group_lines = True
        self.assertEqual(self._subscribe("2026-03-11"), self.first)
        new = self._subscribe("2026-03-11", subscription_contract_choice="new")
        self.assertNotEqual(new, self.first)

    def test_named_contract(self):
        second = self._subscribe("2026-03-05")
        joined = self._subscribe(
            None,
            subscription_contract_choice="existing",
            subscription_contract_id=self.first.id,
        )
        self.assertEqual(joined, self.first)
        newest = self._subscribe(None, subscription_contract_choice="existing")
        self.assertEqual(newest, second)

    def test_contract_that_does_not_fit_is_refused_by_name(self):
        foreign = self._subscribe("2026-03-05", partner=self.other_customer)
        elsewhere = self.env["res.partner"].create(
            {"name": "Elsewhere", "type": "invoice", "parent_id": self.customer.id}
        )
        won = self.env.ref("base.KRW")
        won.active = True
        pricelist = self.env["product.pricelist"].create(
            {"name": "Won", "currency_id": won.id}
        )
        yearly = self._make_product("Yearly", 9.0, self._make_plan(unit="year"))
        for reason, product, vals in (
            ("customer", self.product, {"subscription_contract_id": foreign.id}),
            ("address", self.product, {"partner_invoice_id": elsewhere.id}),
            ("currency", self.product, {"pricelist_id": pricelist.id}),
            ("plan", yearly, {"subscription_contract_id": self.first.id}),
        ):
            with self.subTest(reason=reason):
                with self.assertRaisesRegex(UserError, "can't take lines of the plan"):
                    self._sell(product, subscription_contract_choice="existing", **vals)

    # === WHAT THE SALESPERSON CAN'T READ === #
    def _sell_as(self, user, *products, price=None, **vals):
        """Return the order that ``user`` made, not yet confirmed."""
        order = self.env["sale.order"].with_user(user)
        return order.create(
            {
                "partner_id": self.customer.id,
                "user_id": user.id,
                "order_line": [
                    Command.create(
                        {"product_id": product.id}
                        | ({} if price is None else {"price_unit": price})
                    )
                    for product in products
                ],
                **vals,
            }
        )

    def test_hidden_contract_is_not_joined_by_itself(self):
        self.first.user_id = self.manager
        self.plan.group_lines = True
        order = self._sell_as(self.salesman, self.product)
        order.action_confirm()
        self.assertNotEqual(order.sudo()._get_contracts(), self.first)
        self.assertEqual(len(self.first.contract_line_ids), 1)
        self.first.user_id = self.salesman
        order = self._sell_as(self.salesman, self.product)
        # The customer who signs it sees less than the salesperson who made it.
        order.with_user(self.portal).sudo().action_confirm()
        self.assertIn(order.sudo()._get_contracts().user_id, self.salesman)

    def test_hidden_contract_is_not_joined_by_name(self):
        self.first.user_id = self.manager
        values = {"subscription_contract_choice": "existing"}
        named = {**values, "subscription_contract_id": self.first.id}
        with self.assertRaises(AccessError):
            self._sell_as(self.salesman, self.product, **named)
        order = self._sell_as(self.salesman, self.product, **values)
        with self.assertRaises(AccessError):
            order.subscription_contract_id = self.first.id
        with self.assertRaisesRegex(UserError, "can't take lines") as refusal:
            order.action_confirm()
        self.assertNotIn(self.first.name, str(refusal.exception))
        # Whoever may read it may let the order join; its author still may not.
        order.sudo().subscription_contract_id = self.first
        with self.assertRaises(UserError):
            order.with_user(self.manager).sudo().action_confirm()

    def test_negative_line_on_a_running_contract(self):
        self.first.user_id = self.salesman
        values = {"subscription_contract_choice": "existing", "price": -40.0}
        order = self._sell_as(self.salesman, self.product, **values)
        with self.assertRaisesRegex(UserError, "less than nothing"):
            with self.env.cr.savepoint():
                order.action_confirm()
        self.assertEqual(len(self.first.contract_line_ids), 1)
        self.salesman.group_ids |= self.env.ref(
            "crm_subscription.group_subscription_manager"
        )
        order.action_confirm()
        self.assertEqual(len(self.first.contract_line_ids), 2)

    def test_ended_contract_is_not_joined(self):
        with freeze_time("2027-06-01"), self.assertRaises(UserError):
            self._sell(self.product, subscription_contract_choice="existing")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSetupFee(SubscriptionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fee = cls.env["product.product"].create(
            {"name": "Set-up", "type": "service", "list_price": 49.0}
        )
        cls.fee.invoice_policy = "order"
        cls.product.subscription_setup_product_id = cls.fee

    def _quote(self, *lines):
        return self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [Command.create(vals) for vals in lines],
            }
        )

    def test_fee_is_on_the_quotation_and_billed_once_by_the_order(self):
        order = self._quote({"product_id": self.product.id, "product_uom_qty": 5})
        sold, fee = order.order_line
        self.assertRecordValues(
            fee,
            [
                {
                    "product_id": self.fee.id,
                    "product_uom_qty": 1.0,
                    "price_unit": 49.0,
                    "subscription_setup_of_id": sold.id,
                    "subscription_plan_id": False,
                }
            ],
        )
        self.assertEqual((order.recurring_total, order.onetime_total), (500.0, 49.0))
        order.action_confirm()
        lines = order._get_contracts().contract_line_ids
        self.assertEqual(lines.product_id, self.product)
        invoice = order._create_invoices()
        self.assertEqual(invoice.invoice_line_ids.sale_line_ids, fee)

    def test_fee_typed_by_hand_or_copied_is_not_doubled(self):
        order = self._quote(
            {"product_id": self.product.id},
            {"product_id": self.fee.id, "price_unit": 10.0},
        )
        self.assertEqual(len(order.order_line), 2)
        fee = order.order_line[1]
        self.assertEqual(fee.subscription_setup_of_id, order.order_line[0])
        copy = order.copy()
        self.assertEqual(copy.order_line.product_id, order.order_line.product_id)
        self.assertEqual(len(copy.order_line), 2)
        self.assertEqual(copy.order_line[1].price_unit, 10.0)

    def test_every_new_subscription_has_its_fee(self):
        order = self._quote(
            {"product_id": self.product.id}, {"product_id": self.product.id}
        )
        fees = order.order_line.filtered("subscription_setup_of_id")
        self.assertEqual(fees.subscription_setup_of_id, order.order_line - fees)
        self.assertEqual(len(fees), 2)

    def test_fee_goes_with_its_line_and_its_product(self):
        order = self._quote({"product_id": self.product.id})
        order.order_line[0].subscription_plan_id = False
        self.assertEqual(len(order.order_line), 1)
        order.order_line.subscription_plan_id = self.plan
        self.assertEqual(len(order.order_line), 2)
        order.order_line[0].unlink()
        self.assertFalse(order.order_line)
        self.assertEqual(order.amount_untaxed, 0.0)

    def test_fee_may_be_waived(self):
        order = self._quote({"product_id": self.product.id})
        order.order_line[1].unlink()
        order.order_line.product_uom_qty = 2
        order.action_confirm()
        self.assertEqual(len(order.order_line), 1)

    def test_renewal_costs_no_fee(self):
        order = self._quote({"product_id": self.product.id})
        order.action_confirm()
        contract = order._get_contracts()
        contract.renew()
        self.assertEqual(contract.renewal_order_id.order_line.product_id, self.product)

    def test_fee_that_recurs_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "set-up fee"):
            self.product.subscription_setup_product_id = self.product


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestStartOnDelivery(SubscriptionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.subscription_start = "delivery"
        cls.goods = cls.env["product.product"].create(
            {"name": "Purifier", "type": "consu", "list_price": 500.0}
        )
        cls.stock_user = new_test_user(cls.env, "sub_stock", "stock.group_stock_user")

    def _deliver(self, order, quantity=None):
        """Deliver the order's goods as a warehouse worker; return the picking."""
        picking = order.picking_ids.filtered(
            lambda p: p.state not in ("done", "cancel")
        )
        picking = picking.with_user(self.stock_user)
        picking.move_ids.quantity = quantity or picking.move_ids.product_uom_qty
        picking.move_ids.picked = True
        picking._action_done()
        return picking

    def test_begins_on_the_day_of_delivery(self):
        order = self._sell(self.product, self.goods)
        self.assertFalse(order._get_contracts())
        self.assertTrue(order.subscription_waiting)
        with freeze_time("2026-03-24 10:00:00"):
            picking = self._deliver(order)
            contract = order._get_contracts()
            self.assertEqual(str(contract.contract_line_ids.date_start), "2026-03-24")
            self.assertEqual(contract.date_end, self._day("2027-03-23"))
        self.assertFalse(order.subscription_waiting)
        self.assertEqual(picking.subscription_contract_names, contract.name)

    def test_day_in_the_companys_time_zone(self):
        self.env.company.partner_id.tz = "Asia/Seoul"
        order = self._sell(self.product, self.goods)
        with freeze_time("2026-03-24 20:00:00"):
            self._deliver(order)
        line = order._get_contracts().contract_line_ids
        self.assertEqual(str(line.date_start), "2026-03-25")

    def test_last_goods_count(self):
        order = self._sell(self.product, self.goods, quantity=2)
        with freeze_time("2026-03-12"):
            self._deliver(order, 1.0)
        self.assertFalse(order._get_contracts())
        with freeze_time("2026-03-20"):
            self._deliver(order)
        line = order._get_contracts().contract_line_ids
        self.assertEqual(str(line.date_start), "2026-03-20")

    def test_cancelled_backorder_ends_the_waiting(self):
        order = self._sell(self.product, self.goods, quantity=2)
        with freeze_time("2026-03-12"):
            self._deliver(order, 1.0)
        with freeze_time("2026-03-30"):
            order.picking_ids.filtered(lambda p: p.state != "done").action_cancel()
        line = order._get_contracts().contract_line_ids
        self.assertEqual(str(line.date_start), "2026-03-12")

    def test_cancelled_order_starts_nothing(self):
        order = self._sell(self.product, self.goods, quantity=2)
        order._action_cancel()
        self.assertFalse(order._get_contracts())
        with self.assertRaisesRegex(UserError, "no subscription to start"):
            order.action_start_subscriptions()

    def test_order_without_goods_starts_at_once(self):
        self.assertTrue(self._sell(self.product, self.machine)._get_contracts())

    def test_what_fails_is_parked_and_started_by_hand(self):
        order = self._sell(
            self.product, self.goods, subscription_contract_choice="existing"
        )
        with self.assertRaisesRegex(UserError, "when the goods are delivered"):
            order.action_start_subscriptions()
        picking = self._deliver(order)
        self.assertEqual(picking.state, "done")
        incident = self.env["crm.suite.incident"].search(
            [("res_model", "=", "sale.order"), ("res_id", "=", order.id)]
        )
        self.assertRegex(incident.reason, order.name)
        self.assertTrue(order.subscription_to_start)
        order.subscription_contract_choice = "new"
        order.with_user(self.salesman).action_start_subscriptions()
        self.assertTrue(order._get_contracts())
        self.assertEqual(incident.state, "settled")


@tagged("post_install", "-at_install")
class TestPlan(SubscriptionCommon):
    def test_new_plan_has_steps(self):
        self.assertEqual(
            self.plan.step_ids.sorted("id").mapped("action"),
            ["quotation", "notice", "activity", "opportunity", "escalation"],
        )

    def test_interval_out_of_range_is_refused(self):
        for vals in ({"interval": 0}, {"interval": 367}, {"term_count": -1}):
            with self.subTest(**vals), mute_logger("odoo.sql_db"):
                with self.assertRaises(IntegrityError), self.env.cr.savepoint():
                    self._make_plan(**vals)

    def test_one_quotation_per_term(self):
        with self.assertRaisesRegex(ValidationError, "Renewal quotation, not 2"):
            self.plan.step_ids = [Command.create({"action": "quotation", "days": -5})]

    def test_cycle_of_a_sold_plan_does_not_move(self):
        self._subscribe("2026-01-01")
        with self.assertRaisesRegex(ValidationError, "make a new plan"):
            self.plan.unit = "year"
        self.plan.name = "Monthly, new name"

    def test_term(self):
        self.assertEqual(
            self.plan._get_term_end(self._day("2026-01-31")), self._day("2027-01-30")
        )
        self.plan.term_count = 0
        self.assertFalse(self.plan._get_term_end(self._day("2026-01-31")))

    def test_action_lists_the_contracts(self):
        contract = self._subscribe("2026-01-01")
        action = self.plan.action_view_contracts()
        self.assertEqual(
            self.env["contract.contract"].search(action["domain"]), contract
        )
