# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Goods by the lot and by the dozen: quantities in units that differ."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import MachineCase


@tagged("post_install", "-at_install")
class TestLots(MachineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.unit = cls.env.ref("uom.product_uom_unit")
        cls.dozen = cls.env.ref("uom.product_uom_dozen")
        cls.filter = cls.env["product.product"].create(
            {
                "name": "Filter",
                "type": "consu",
                "is_storable": True,
                "tracking": "lot",
                "uom_id": cls.unit.id,
                "invoice_policy": "delivery",
                "taxes_id": [Command.clear()],
                "service_warranty_months": 6,
            }
        )
        cls.lot = cls.env["stock.lot"].create(
            {"name": "LOT-7", "product_id": cls.filter.id}
        )
        cls.env["stock.quant"]._update_available_quantity(
            cls.filter, cls.stock_location, 100, lot_id=cls.lot
        )
        cls.lot_order = cls.env["sale.order"].create(
            {
                "partner_id": cls.customer.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": cls.filter.id,
                            "product_uom_qty": 2,
                            "product_uom_id": cls.dozen.id,
                            "price_unit": 120.0,
                        }
                    )
                ],
            }
        )
        cls.lot_order.action_confirm()
        picking = cls.lot_order.picking_ids
        picking.move_ids.picked = True
        picking.button_validate()
        cls.lot_order._create_invoices().action_post()
        cls.lot_delivery = picking

    def _return(self, ticket, quantity):
        answer = ticket.with_user(self.stock_user).create_return(
            [{"lot_id": self.lot.id, "quantity": quantity}]
        )
        picking = self.env["stock.picking"].browse(answer["picking_id"])
        picking.move_ids.picked = True
        picking.button_validate()
        return picking

    def test_delivered_by_the_dozen(self):
        (context,) = self._ticket().with_user(self.agent).get_context()
        (row,) = [row for row in context["serials"] if row["id"] == self.lot.id]
        self.assertEqual((row["name"], row["quantity"]), ("LOT-7", 24))
        self.assertEqual(row["warranty"]["state"], "covered")

    def test_part_of_a_lot_comes_back(self):
        ticket = self._ticket()
        picking = self._return(ticket, 6)
        line = picking.move_line_ids
        self.assertEqual((line.lot_id, line.quantity_product_uom), (self.lot, 6))
        self.assertEqual(self.lot_order.order_line.qty_delivered, 1.5)
        (context,) = ticket.with_user(self.agent).get_context()
        (row,) = [row for row in context["serials"] if row["id"] == self.lot.id]
        self.assertEqual(row["quantity"], 18)
        with self.assertRaises(UserError):
            self._return(ticket, 19)
        self._return(ticket, 18)
        with self.assertRaises(UserError):
            self._return(ticket, 1)

    def test_credited_in_the_invoices_unit(self):
        """Six of 24 came back: half a dozen of two, 60 of 240."""
        ticket = self._ticket()
        self._return(ticket, 6)
        lines = [{"lot_id": self.lot.id, "quantity": 6}]
        answer = ticket.with_user(self.biller).request_credit(lines)
        credit = self.env["account.move"].browse(answer["move_id"])
        self.assertEqual(credit.invoice_line_ids.quantity, 0.5)
        self.assertEqual(credit.amount_untaxed, 60)
        with self.assertRaises(UserError):
            ticket.with_user(self.biller).request_credit(
                [{"product_id": self.filter.id, "quantity": 1}]
            )

    def test_two_kinds_of_goods_of_two_deliveries(self):
        ticket = self._ticket().with_user(self.stock_user)
        with self.assertRaisesRegex(UserError, "no one delivery"):
            ticket.create_return(
                [{"lot_id": self.lot.id}, {"lot_id": self.serials[0].id}]
            )

    def test_two_invoices_of_one_order(self):
        """What came back of the order limits the credits of all its invoices."""
        ticket = self._ticket()
        self._take_back(ticket, self.stock_user, self.serials[0], as_new=True)
        line = self.order.order_line
        line.product_uom_qty = 3
        fourth = self.env["stock.lot"].create(
            {"name": "SN-1003", "product_id": self.machine.id}
        )
        self.env["stock.quant"]._update_available_quantity(
            self.machine, self.stock_location, 1, lot_id=fourth
        )
        picking = self.order.picking_ids.filtered(lambda p: p.state != "done")
        picking.action_assign()
        picking.move_ids.picked = True
        picking.button_validate()
        wanted = [{"product_id": self.machine.id, "quantity": 1}]
        biller = ticket.with_user(self.biller)
        answer = biller.request_credit(wanted, {"invoice_id": self.invoice.id})
        self.env["account.move"].browse(answer["move_id"]).action_post()
        second = self.order._create_invoices()
        second.action_post()
        with self.assertRaises(UserError):
            biller.request_credit(wanted, {"invoice_id": second.id})

    def test_serial_sold_again(self):
        """It comes back and goes to the other customer: it is his, with a new term."""
        ticket = self._ticket()
        self._take_back(ticket, self.stock_user, self.serials[0], as_new=True)
        self._sell(self.other, self.serials[0])
        (mine,) = ticket.with_user(self.agent).get_context()
        self.assertNotIn("SN-1001", [row["name"] for row in mine["serials"]])
        (his,) = (
            self._ticket(partner_id=self.other.id).with_user(self.agent).get_context()
        )
        self.assertIn("SN-1001", [row["name"] for row in his["serials"]])
        self.assertEqual(self.serials[0].service_owner_id, self.other)
