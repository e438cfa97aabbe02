# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What an exchange does to the value of the stock and to the ledger."""

from odoo import Command
from odoo.tests import tagged

from .test_exchange import ExchangeCase


@tagged("post_install", "-at_install")
class TestExchangeValue(ExchangeCase):
    """Two pumps came in at 60 and at 90; the first was sold, and is exchanged."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.env["account.account"].create(
            {
                "name": "Pumps in stock",
                "code": "110999",
                "account_type": "asset_current",
            }
        )

    def _pumps(self, method):
        """Have a product with automated valuation by a cost method; sell one."""
        category = self.env["product.category"].create(
            {
                "name": method,
                "property_cost_method": method,
                "property_valuation": "real_time",
                "property_stock_valuation_account_id": self.account.id,
            }
        )
        pump = self.env["product.product"].create(
            {
                "name": "Pump",
                "type": "consu",
                "is_storable": True,
                "categ_id": category.id,
                "list_price": 200.0,
                "invoice_policy": "delivery",
                "service_warranty_months": 24,
                "taxes_id": [Command.clear()],
            }
        )
        for value in (60.0, 90.0):
            self._receive_goods(pump, value)
        self.assertEqual(pump.total_value, 150.0)
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [
                    Command.create({"product_id": pump.id, "product_uom_qty": 1})
                ],
            }
        )
        order.action_confirm()
        self._done(order.picking_ids)
        order._create_invoices().action_post()
        return pump, order

    def _receive_goods(self, product, value):
        move = self.env["stock.move"].create(
            {
                "product_id": product.id,
                "product_uom_qty": 1,
                "location_id": self.env.ref("stock.stock_location_suppliers").id,
                "location_dest_id": self.stock_location.id,
            }
        )
        move._action_confirm()
        move.write({"quantity": 1, "picked": True})
        move._action_done()
        move.value_manual = value
        self.env.invalidate_all()

    def _posted(self, order):
        """Return what the invoices of an order say in the ledger."""
        lines = order.invoice_ids.line_ids.sorted("id")
        return lines.mapped(lambda line: (line.id, line.balance, line.amount_residual))

    def _exchange_pump(self, pump, send_first):
        answer = (
            self._ticket()
            .with_user(self.stock_user)
            .create_exchange([{"product_id": pump.id}])
        )
        claim = self.env["service.claim"].browse(answer["claim_id"])
        back, out = claim.picking_id, claim.move_ids.picking_id
        for picking in (out, back) if send_first else (back, out):
            self._done(picking)
        self.assertEqual(claim.step, "replaced")
        self.env.invalidate_all()
        return back.move_ids, out.move_ids

    def _check_value(self, method, sold, sent, left, send_first=False):
        pump, order = self._pumps(method)
        first = order.picking_ids.move_ids
        self.assertEqual(first.value, sold)
        cost = order.invoice_ids.line_ids.filtered(lambda x: x.display_type == "cogs")
        self.assertEqual(sum(cost.filtered(lambda x: x.debit).mapped("debit")), sold)
        before = self._posted(order)
        back, out = self._exchange_pump(pump, send_first)
        # It comes back at what it left with; the other leaves at its own cost.
        self.assertEqual((back.value, out.value), (sold, sent))
        # What came back lies apart, and is the company's all the same.
        place = self.company.service_faulty_location_id
        apart = pump.with_context(location=place.ids).qty_available
        self.assertEqual((pump.qty_available, apart, pump.total_value), (0, 1, left))
        self.assertEqual(150.0 - sold + back.value - out.value, left)
        # The order and its invoice stand: nothing to invoice, nothing credited.
        line = order.order_line
        self.assertEqual((line.qty_delivered, line.qty_invoiced), (1, 1))
        self.assertEqual((line.qty_to_invoice, order.invoice_status), (0, "invoiced"))
        self.assertEqual(order.invoice_ids.mapped("move_type"), ["out_invoice"])
        self.assertEqual(self._posted(order), before)
        # The closing entry brings the ledger to the value of the stock.
        self.company.action_close_stock_valuation(auto_post=True)
        self.assertEqual(self.company.stock_value()[self.account], left)
        self.assertEqual(self.company.stock_accounting_value()[self.account], left)

    def test_fifo(self):
        self._check_value("fifo", sold=60.0, sent=90.0, left=60.0)

    def test_fifo_sent_before_the_other_is_back(self):
        self._check_value("fifo", sold=60.0, sent=90.0, left=60.0, send_first=True)

    def test_average_cost(self):
        self._check_value("average", sold=75.0, sent=75.0, left=75.0)

    def test_return_and_credit(self):
        """The cost of what was sold is taken back with the credit."""
        pump, order = self._pumps("fifo")
        ticket = self._ticket()
        answer = ticket.with_user(self.stock_user).create_return(
            [{"product_id": pump.id}]
        )
        self._done(self.env["stock.picking"].browse(answer["picking_id"]))
        answer = ticket.with_user(self.biller).request_credit([{"product_id": pump.id}])
        self.env["account.move"].browse(answer["move_id"]).action_post()
        self.env.invalidate_all()
        self.assertEqual((pump.qty_available, pump.total_value), (1, 150.0))
        cost = order.invoice_ids.line_ids.filtered(lambda x: x.display_type == "cogs")
        self.assertEqual(len(cost), 4)
        self.assertEqual(
            sum(
                cost.filtered(lambda x: x.account_id == self.account).mapped("balance")
            ),
            0.0,
        )
        self.assertEqual(order.order_line.qty_to_invoice, 0)
