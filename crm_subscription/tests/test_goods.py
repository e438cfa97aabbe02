# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .common import TODAY, SubscriptionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestGoods(SubscriptionCommon):
    """Filters every month: ordered and delivered once per period, billed once by the
    contract."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.filter = cls._make_goods("Water Filter")
        cls.stock_user = new_test_user(cls.env, "sub_stock", "stock.group_stock_user")
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.env.company.id)], limit=1
        )
        cls.contract = cls._subscribe("2026-03-10", cls.filter, quantity=3.0)
        cls.line = cls.contract.contract_line_ids

    @classmethod
    def _make_goods(cls, name, **vals):
        return cls.env["product.product"].create(
            {
                "name": name,
                "type": "consu",
                "is_storable": True,
                "list_price": 20.0,
                "taxes_id": [Command.clear()],
                "invoice_policy": "order",
                "subscription_ok": True,
                "subscription_plan_id": cls.plan.id,
                **vals,
            }
        )

    @classmethod
    def _stock(cls, quantity, product=None):
        cls.env["stock.quant"]._update_available_quantity(
            product or cls.filter, cls.warehouse.lot_stock_id, quantity
        )

    def _deliver(self, order, quantity=None):
        picking = order.picking_ids.filtered(
            lambda p: p.state not in ("done", "cancel")
        ).with_user(self.stock_user)
        picking.move_ids.quantity = quantity or picking.move_ids.product_uom_qty
        picking.move_ids.picked = True
        picking._action_done()
        return picking

    def _orders(self, contract=None):
        return (contract or self.contract).delivery_ids.sale_order_id.sorted("id")

    # === ONCE PER PERIOD === #
    def test_first_order_delivers_nothing_itself(self):
        sold = self.line.subscription_sale_line_id.order_id
        self.assertFalse(sold.picking_ids)
        self.assertEqual(str(self.line.delivery_from), "2026-03-10")
        self.assertEqual(str(self.contract.next_delivery_date), "2026-03-10")

    def test_each_period_is_ordered_once(self):
        result = self.contract.run_deliveries()
        self.assertEqual(result["ordered"], 1)
        order = self._orders()
        self.assertEqual(result["order_ids"], order.ids)
        self.assertRecordValues(
            order,
            [
                {
                    "state": "sale",
                    "partner_id": self.customer.id,
                    "origin": self.contract.name,
                    "user_id": self.salesman.id,
                    "amount_untaxed": 60.0,
                    "invoice_status": "no",
                    "amount_to_invoice": 0.0,
                }
            ],
        )
        self.assertEqual(order.picking_ids.move_ids.product_uom_qty, 3.0)
        again = self.contract.run_deliveries()
        self.assertEqual((again["ordered"], again["order_ids"]), (0, []))
        self.assertEqual(again["already"][0]["next_delivery_date"], "2026-04-10")
        with freeze_time("2026-05-09"):
            with self.enter_registry_test_mode():
                self.env.ref(
                    "crm_subscription.ir_cron_delivery"
                ).method_direct_trigger()
        self.assertEqual(len(self._orders()), 2)

    def test_the_database_refuses_a_second_delivery(self):
        self.contract.run_deliveries()
        row = self.contract.delivery_ids
        vals = self.line._prepare_delivery_vals(row.period_start, row.period_end)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            with self.env.cr.savepoint():
                row.create(vals)

    def test_missed_periods_are_all_ordered(self):
        with freeze_time("2026-06-15"):
            self.assertEqual(self.contract.run_deliveries()["ordered"], 4)
            days = self._orders().mapped("commitment_date")
            self.assertEqual(
                [str(day) for day in days],
                [f"2026-0{month}-10 12:00:00" for month in (3, 4, 5, 6)],
            )

    def test_days_ahead_by_plan(self):
        self.plan.delivery_lead_days = 10
        self.contract.run_deliveries()
        with freeze_time("2026-03-30"):
            self.assertEqual(self.contract.run_deliveries()["ordered"], 0)
        with freeze_time("2026-03-31"):
            self.assertEqual(self.contract.run_deliveries()["ordered"], 1)

    def test_lines_of_one_day_and_address_share_an_order(self):
        cartridge = self._make_goods("Cartridge")
        contract = self._sell(self.filter, cartridge, start=TODAY)._get_contracts()
        result = contract.run_deliveries()
        self.assertEqual((result["ordered"], len(result["order_ids"])), (2, 1))

    def test_delivery_address_of_the_order(self):
        site = self.env["res.partner"].create(
            {"name": "Site", "type": "delivery", "parent_id": self.customer.id}
        )
        contract = self._subscribe(None, self.filter, partner_shipping_id=site.id)
        contract.run_deliveries()
        self.assertEqual(self._orders(contract).partner_shipping_id, site)
        self.assertEqual(self._orders(contract).picking_ids.partner_id, site)

    # === BILLED ONCE === #
    def test_contract_bills_and_the_order_never(self):
        for timing in ("prepaid", "arrears"):
            with self.subTest(timing=timing):
                plan = self._make_plan(name=timing, timing=timing)
                product = self._make_goods(timing, subscription_plan_id=plan.id)
                contract = self._subscribe(TODAY, product)
                contract.run_deliveries()
                order = self._orders(contract)
                self._deliver(order)
                self.assertEqual(order.invoice_status, "no")
                self.assertEqual(order.order_line.qty_to_invoice, 0.0)
                with self.assertRaises(UserError):
                    order._create_invoices()
                with freeze_time("2026-04-09"):
                    contract.run_billing()
                billed = len(contract.period_ids)
                self.assertEqual(billed, 1 if timing == "prepaid" else 0)
                with freeze_time("2026-04-10"):
                    contract.run_billing()
                    contract.run_deliveries()
                self.assertEqual(len(contract.period_ids), billed + 1)
                self.assertEqual(len(self._orders(contract)), 2)
                invoices = contract.period_ids.move_id
                self.assertFalse(invoices.invoice_line_ids.sale_line_ids)

    # === CHANGES === #
    def test_change_in_mid_period_delivers_from_the_next_period_on(self):
        self.contract.run_billing()
        self.contract.run_deliveries()
        with freeze_time("2026-03-20"):
            change = {"type": "quantity", "line_id": self.line.id, "quantity": 5.0}
            total = self.contract.preview_change(change)["total"]
            self.contract.with_user(self.manager).apply_change(change, total)
            self.assertEqual(self.contract.run_deliveries()["ordered"], 0)
        with freeze_time("2026-04-10"):
            self.contract.run_deliveries()
        quantities = self._orders().order_line.mapped("product_uom_qty")
        self.assertEqual(quantities, [3.0, 5.0])

    def test_renewed_line_goes_on_delivering(self):
        with freeze_time("2027-03-09"):
            self.contract.run_deliveries()
            self.contract.renew({"mode": "automatic"})
            delivered = len(self.contract.delivery_ids)
            self.assertEqual(delivered, 12)
        with freeze_time("2027-03-10"):
            self.assertEqual(self.contract.run_deliveries()["ordered"], 1)
        self.assertEqual(self.contract.delivery_ids.line_root_id, self.line)

    def test_paused_contract_delivers_again_when_it_goes_on(self):
        self.contract.run_deliveries()
        manager = self.contract.with_user(self.manager)
        with freeze_time("2026-04-01"):
            pause = {"type": "pause", "until": "2026-06-09"}
            manager.apply_change(pause, manager.preview_change(pause)["total"])
        for day, ordered in (("2026-05-20", 0), ("2026-06-10", 1), ("2026-07-09", 0)):
            with self.subTest(day=day), freeze_time(day):
                self.assertEqual(manager.run_deliveries()["ordered"], ordered)

    def test_free_period_is_delivered(self):
        plan = self._make_plan(name="Free", intro_discount=100.0, intro_periods=1)
        product = self._make_goods("Free Filter", subscription_plan_id=plan.id)
        contract = self._subscribe(TODAY, product)
        contract.run_billing()
        self.assertFalse(contract.period_ids.move_id)
        self.assertEqual(contract.run_deliveries()["ordered"], 1)

    def test_cancelled_contract_delivers_no_more(self):
        self.contract.run_deliveries()
        with freeze_time("2026-03-20"):
            change = {"type": "cancel", "effective": "date", "date": "2026-04-01"}
            total = self.contract.preview_change(change)["total"]
            self.contract.with_user(self.manager).apply_change(change, total)
        with freeze_time("2026-06-10"):
            self.assertEqual(self.contract.run_deliveries()["ordered"], 0)
        self.assertFalse(self.contract.next_delivery_date)

    def test_as_many_are_brought_as_are_billed(self):
        self.contract.run_deliveries()
        line = self._orders().order_line
        with self.assertRaisesRegex(UserError, self.contract.name):
            line.product_uom_qty = 10.0
        self.assertEqual(line.move_ids.product_uom_qty, 3.0)

    # === ORDERED AHEAD === #
    def _order_ahead(self):
        """Order the goods of the period from 10 April on 31 March; return the row."""
        self.plan.delivery_lead_days = 10
        self.contract.run_billing()
        self.contract.run_deliveries()
        self.contract.run_deliveries({"date": "2026-04-10"})
        return self.contract.delivery_ids.sorted("period_start")[-1]

    def _change(self, **change):
        total = self.contract.preview_change(change)["total"]
        self.contract.with_user(self.manager).apply_change(change, total)

    def test_goods_ordered_ahead_of_a_cancellation_are_taken_back(self):
        row = self._order_ahead()
        with freeze_time("2026-04-01"):
            self._change(type="cancel", effective="date", date="2026-04-10")
            self.assertEqual(
                (row.state, row.sale_order_id.state), ("released", "cancel")
            )
            self.assertEqual(row.sale_order_id.picking_ids.state, "cancel")
            self.assertIn(row.sale_order_id.name, self.contract.message_ids[0].body)
        first = self.contract.delivery_ids - row
        self.assertEqual(first.sale_order_id.state, "sale")
        with freeze_time("2026-06-10"):
            self.assertEqual(self.contract.run_deliveries()["ordered"], 0)
            self.assertEqual(self.contract.run_billing()["billed"], 0)

    def test_goods_ordered_ahead_of_a_pause_come_when_it_ends(self):
        row = self._order_ahead()
        with freeze_time("2026-04-01"):
            self._change(
                type="pause", effective="date", date="2026-04-10", until="2026-05-09"
            )
        self.assertEqual(row.state, "released")
        with freeze_time("2026-05-10"):
            self.contract.run_billing()
            self.contract.run_deliveries()
        rows = self.contract.delivery_ids.filtered(lambda row: not row.is_released)
        self.assertEqual(
            sorted(str(row.period_start) for row in rows), ["2026-03-10", "2026-05-10"]
        )
        self.assertEqual(
            [start for start, _end in self._periods(self.contract)],
            ["2026-03-10", "2026-05-10"],
        )

    def test_goods_ordered_ahead_are_as_many_as_are_billed(self):
        row = self._order_ahead()
        with freeze_time("2026-04-01"):
            self._change(
                type="quantity",
                line_id=self.line.id,
                quantity=5.0,
                effective="date",
                date="2026-04-10",
            )
            self.assertEqual(row.state, "released")
            self.contract.run_deliveries()
        with freeze_time("2026-04-10"):
            self.contract.run_billing()
        [new] = self.contract.delivery_ids.filtered(
            lambda own: str(own.period_start) == "2026-04-10" and not own.is_released
        )
        self.assertEqual(new.sale_order_id.picking_ids.move_ids.product_uom_qty, 5.0)
        self.assertEqual(
            self.contract.period_ids.sorted("period_start")[-1].amount, 100.0
        )

    def test_goods_that_have_left_are_told(self):
        row = self._order_ahead()
        self._stock(10.0)
        self._deliver(row.sale_order_id)
        with freeze_time("2026-04-01"):
            self._change(type="cancel", effective="date", date="2026-04-10")
        self.assertEqual((row.state, row.is_released), ("done", False))
        self.assertIn("fetch them back", self.contract.message_ids[0].body)

    def test_goods_that_are_paid_are_brought(self):
        row = self._order_ahead()
        with freeze_time("2026-04-10"):
            self.contract.run_billing()
            self._change(type="cancel", effective="date", date="2026-04-10")
        self.assertEqual(len(self._periods(self.contract)), 2)
        self.assertFalse(row.is_released)
        self.assertEqual(row.sale_order_id.state, "sale")

    def test_of_a_shared_order_the_rest_is_brought(self):
        cartridge = self._make_goods("Cartridge")
        contract = self._sell(self.filter, cartridge, start=TODAY)._get_contracts()
        contract.run_deliveries({"date": "2026-04-10"})
        rows = contract.delivery_ids.filtered(
            lambda row: str(row.period_start) == "2026-04-10"
        )
        first, second = contract.contract_line_ids
        change = {
            "type": "cancel",
            "line_id": first.id,
            "effective": "date",
            "date": "2026-04-10",
        }
        total = contract.preview_change(change)["total"]
        contract.apply_change(change, total)
        gone = rows.filtered(lambda row: row.line_id == first)
        kept = rows - gone
        self.assertEqual((gone.is_released, kept.is_released), (True, False))
        self.assertEqual(gone.sale_line_ids.move_ids.state, "cancel")
        self.assertNotEqual(kept.sale_line_ids.move_ids.state, "cancel")

    def test_cancelled_order_takes_its_goods_back(self):
        self.contract.run_deliveries()
        row = self.contract.delivery_ids
        self.line.subscription_sale_line_id.order_id._action_cancel()
        self.assertTrue(self.line.is_canceled)
        self.assertEqual((row.state, row.sale_order_id.state), ("released", "cancel"))

    def test_order_that_has_brought_goods_is_not_cancelled(self):
        self._stock(3.0)
        self.contract.run_deliveries()
        self._deliver(self._orders())
        order = self.line.subscription_sale_line_id.order_id
        with self.assertRaisesRegex(UserError, "delivered already"):
            order._action_cancel()
        self.assertFalse(self.line.is_canceled)

    def test_a_contract_without_start_of_deliveries_only_bills(self):
        self.line.delivery_from = False
        self.assertEqual(self.contract.run_deliveries()["ordered"], 0)
        self.assertEqual(self.contract.run_billing()["billed"], 1)
        contract = self._make_oca_contract(product_id=self.filter.id)
        self.assertFalse(contract.next_delivery_date)

    # === AVAILABILITY AND LATENESS === #
    def test_availability_and_lateness_on_the_contract(self):
        contract = self.contract.with_user(self.salesman)
        self.assertEqual(contract.delivery_state, "short")
        self.contract.run_deliveries()
        row = self.contract.delivery_ids
        self.assertEqual((row.state, contract.delivery_state), ("waiting", "waiting"))
        self._stock(3.0)
        row.sale_order_id.picking_ids.action_assign()
        self.assertEqual(row.state, "ready")
        self.assertEqual(contract.delivery_state, "short")
        self._stock(10.0)
        self.env.invalidate_all()
        self.assertEqual(contract.delivery_state, "ready")
        with freeze_time("2026-03-11"):
            self.env.invalidate_all()
            self.assertEqual((row.state, contract.delivery_state), ("late", "late"))
            found = contract.search([("delivery_state", "in", ("late",))])
            self.assertIn(contract, found)
            self._deliver(row.sale_order_id)
            self.env.invalidate_all()
            self.assertEqual((row.state, contract.delivery_state), ("done", "planned"))
            self.assertEqual(str(row.date_done), "2026-03-11 00:00:00")
            self.assertNotIn(
                contract, contract.search([("delivery_state", "in", ("late",))])
            )

    def test_part_delivery_stays_open(self):
        self._stock(1.0)
        self.contract.run_deliveries()
        row = self.contract.delivery_ids
        self._deliver(row.sale_order_id, 1.0)
        self.assertEqual(row.state, "waiting")

    def test_serial_number_of_a_delivery(self):
        serial = self._make_goods("Device", tracking="serial")
        lot = self.env["stock.lot"].create({"name": "SN-1", "product_id": serial.id})
        self.env["stock.quant"]._update_available_quantity(
            serial, self.warehouse.lot_stock_id, 1.0, lot_id=lot
        )
        contract = self._subscribe(TODAY, serial)
        contract.run_deliveries()
        picking = self._orders(contract).picking_ids
        picking.action_assign()
        picking.move_ids.picked = True
        picking._action_done()
        self.assertEqual(contract.delivery_ids.state, "done")
        self.assertEqual(picking.move_line_ids.lot_id, lot)

    # === LINKS === #
    def test_order_contract_invoice_and_delivery_know_each_other(self):
        self.contract.run_deliveries()
        self.contract.run_billing()
        picking = self._orders().picking_ids
        invoice = self.contract.period_ids.move_id
        sold = self.line.subscription_sale_line_id.order_id
        for document in (sold, self._orders(), picking, invoice):
            with self.subTest(model=document._name):
                self.assertEqual(
                    document.subscription_contract_names, self.contract.name
                )
                action = document.with_user(
                    self.salesman
                ).action_view_subscription_contracts()
                self.assertEqual(action["res_id"], self.contract.id)
        named = picking.with_user(self.stock_user)
        self.assertEqual(named.subscription_contract_names, self.contract.name)
        action = self.contract.with_user(self.salesman).action_view_deliveries()
        self.assertEqual(self.env["stock.picking"].search(action["domain"]), picking)
        row = self.contract.delivery_ids
        self.assertEqual(row.action_open_order()["res_id"], self._orders().id)

    # === FAILURES === #
    def test_cancelled_order_is_ordered_again_only_when_taken_back(self):
        self.contract.run_deliveries()
        row = self.contract.delivery_ids.with_user(self.manager)
        with self.assertRaisesRegex(UserError, "cancel its order"):
            row.action_release()
        self._orders()._action_cancel()
        self.assertEqual(row.state, "cancelled")
        self.assertEqual(self.contract.run_deliveries()["ordered"], 0)
        with self.assertRaises(AccessError):
            row.with_user(self.user).action_release()
        row.action_release()
        self.assertEqual(self.contract.run_deliveries()["ordered"], 1)
        self.assertEqual(row.state, "released")

    def test_failure_is_parked_and_the_others_are_delivered(self):
        other = self._subscribe(TODAY, self.filter, partner=self.other_customer)
        bad = self._subscribe(TODAY, self.filter)
        bad.pricelist_id = False
        bad.manual_currency_id = self.env["res.currency"].create(
            {"name": "XQQ", "symbol": "Q"}
        )
        result = (bad | other).run_deliveries()
        self.assertEqual([row["contract_id"] for row in result["parked"]], bad.ids)
        self.assertRegex(result["parked"][0]["reason"], "pricelist")
        self.assertEqual(result["ordered"], 1)
        incident = self.env["crm.suite.incident"].search(
            [("kind", "=", "crm_subscription.delivery"), ("res_id", "=", bad.id)]
        )
        self.assertEqual(incident.state, "open")
        bad.manual_currency_id = self.env.company.currency_id
        bad.run_deliveries()
        self.assertEqual(incident.state, "settled")

    def test_archived_product_is_neither_billed_nor_brought(self):
        self.filter.active = False
        for result in (self.contract.run_deliveries(), self.contract.run_billing()):
            self.assertRegex(result["parked"][0]["reason"], "is archived")
        self.assertFalse(self.contract.delivery_ids)
        self.filter.active = True
        self.assertEqual(self.contract.run_deliveries()["ordered"], 1)
        self.assertEqual(self.contract.run_billing()["billed"], 1)

    # === RIGHTS === #
    def test_who_orders_goods(self):
        self.contract.with_user(self.manager).run_deliveries()
        for user in (self.user, self.salesman, self.reader, self.portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.contract.with_user(user).run_deliveries()
        for options in ({"date": "soon"}, {"x": 1}, {"date": "2030-01-01"}):
            with self.subTest(options=options), self.assertRaises(UserError):
                self.contract.with_user(self.manager).run_deliveries(options)

    def test_nobody_forges_the_line_of_a_delivery(self):
        self.contract.run_deliveries()
        row = self.contract.delivery_ids
        order = self.env["sale.order"].with_user(self.salesman)
        with self.assertRaises(AccessError):
            order.create(
                {
                    "partner_id": self.customer.id,
                    "order_line": [
                        Command.create(
                            {
                                "product_id": self.filter.id,
                                "subscription_delivery_id": row.id,
                            }
                        )
                    ],
                }
            )
        with self.assertRaises(AccessError):
            row.with_user(self.manager).write({"is_released": True})
        with self.assertRaises(UserError):
            row.unlink()

    def test_copy_of_a_delivery_order_is_an_ordinary_order(self):
        self.contract.run_deliveries()
        copy = self._orders().copy()
        copy.action_confirm()
        self.assertFalse(copy._get_contracts())
        self.assertEqual(copy.order_line.qty_to_invoice, 3.0)
        self.assertEqual(copy.invoice_status, "to invoice")

    # === INTRODUCTORY DISCOUNT === #
    def test_discount_for_n_periods_sold_on_the_order(self):
        plan = self._make_plan(name="Intro", intro_discount=50.0, intro_periods=2)
        product = self._make_product("Intro Service", 100.0, plan)
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "subscription_start_date": TODAY,
                "order_line": [Command.create({"product_id": product.id})],
            }
        )
        line = order.order_line
        self.assertEqual((line.intro_discount, line.intro_periods), (50.0, 2))
        line.intro_periods = 1
        order.action_confirm()
        amounts = [
            row["amount"] for row in order._get_contracts().preview_schedule(limit=3)
        ]
        self.assertEqual(amounts, [50.0, 100.0, 100.0])
