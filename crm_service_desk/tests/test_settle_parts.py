# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Goods that came and were invoiced in parts, by the dozen, or are somebody else's."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .common import AGENT_ALL, BILLING, STOCK, MachineCase


@tagged("post_install", "-at_install")
class TestParts(MachineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.both = new_test_user(
            cls.env, login="sd-both", groups=f"{STOCK},{BILLING},{AGENT_ALL}", tz="UTC"
        )
        cls.tax = cls.env["account.tax"].create({"name": "9 %", "amount": 9.0})
        cls.bolt = cls.env["product.product"].create(
            {
                "name": "Bolt",
                "type": "consu",
                "is_storable": True,
                "invoice_policy": "delivery",
                "service_warranty_months": 12,
                "taxes_id": [Command.set(cls.tax.ids)],
            }
        )
        cls.env["stock.quant"]._update_available_quantity(
            cls.bolt, cls.stock_location, 100
        )

    def _order(self, quantity, **vals):
        line = {
            "product_id": self.bolt.id,
            "product_uom_qty": quantity,
            "price_unit": 10.0,
        }
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [Command.create(dict(line, **vals))],
            }
        )
        order.action_confirm()
        return order

    def _done(self, picking, quantity=None):
        """Finish a transfer, or a part of it with the rest to come."""
        picking.action_assign()
        if quantity:
            picking.move_ids.quantity = quantity
        picking.move_ids.picked = True
        picking.with_context(skip_backorder=True).button_validate()
        return picking

    def _deliver(self, order, quantity=None):
        picking = order.picking_ids.filtered(lambda one: one.state != "done")
        return self._done(picking, quantity)

    def _invoice(self, order):
        invoice = order._create_invoices()
        invoice.action_post()
        return invoice

    def _line(self, quantity=1.0):
        return [{"product_id": self.bolt.id, "quantity": quantity}]

    def _back(self, ticket, lines, **options):
        answer = ticket.with_user(self.both).create_return(lines, options)
        return self._done(self.env["stock.picking"].browse(answer["picking_id"]))

    def _credit(self, ticket, lines, **options):
        answer = ticket.with_user(self.both).request_credit(lines, options)
        return self.env["account.move"].browse(answer["move_id"])

    # === UNITS === #

    def test_pieces_of_a_dozen(self):
        """120 for a dozen: one piece is 10, twelve are the dozen, and no more."""
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self._order(
            1,
            product_uom_id=dozen.id,
            price_unit=120.0,
            tax_ids=[Command.clear()],
        )
        self._deliver(order)
        self._invoice(order)
        ticket, amounts = self._ticket(), []
        for quantity in (1, 1, 3, 7):
            self._back(ticket, self._line(quantity))
            credit = self._credit(ticket, self._line(quantity))
            amounts.append(credit.amount_total)
            # Taxes are those of the invoice, not the product's.
            self.assertFalse(credit.invoice_line_ids.tax_ids)
        self.assertEqual(amounts, [10.0, 10.0, 30.0, 70.0])
        with self.assertRaises(UserError):
            self._credit(ticket, self._line())

    def test_amount_for_a_piece_of_a_dozen(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self._order(2, product_uom_id=dozen.id, price_unit=120.0)
        self._deliver(order)
        self._invoice(order)
        ticket = self._ticket()
        self._back(ticket, self._line(7))
        lines = [dict(self._line(7)[0], amount=33.33)]
        credit = self._credit(ticket, lines)
        self.assertEqual(credit.amount_untaxed, 33.33)
        self.assertEqual(credit.invoice_line_ids.tax_ids, self.tax)
        self.assertEqual(sum(credit.invoice_line_ids.mapped("quantity")), 7)

    # === PARTS === #

    def test_from_the_delivery_that_has_so_many(self):
        order = self._order(5)
        first, second = self._deliver(order, 3), self._deliver(order)
        back = self._back(self._ticket(), self._line(3))
        self.assertEqual(back.return_id, first)
        back = self._back(self._ticket(), self._line(2))
        self.assertEqual(back.return_id, second)
        with self.assertRaisesRegex(UserError, "0.0 can still be"):
            self._back(self._ticket(), self._line())

    def test_on_the_invoice_that_has_so_many(self):
        order = self._order(2)
        invoices = []
        for _part in range(2):
            self._deliver(order, 1)
            invoices.append(self._invoice(order))
        ticket = self._ticket()
        credited = []
        for picking in order.picking_ids.filtered(lambda one: one.state == "done"):
            self._back(ticket, self._line(), picking_id=picking.id)
            credited.append(self._credit(ticket, self._line()).reversed_entry_id)
        self.assertEqual(credited, invoices[::-1])
        with self.assertRaises(UserError):
            self._credit(ticket, self._line())

    def test_a_return_in_two_parts(self):
        """The ticket waits for all of it; what comes later is made for it, too."""
        order = self._order(2)
        self._deliver(order)
        ticket = self._ticket(stage_id=self.stages["in_progress"].id)
        answer = ticket.with_user(self.both).create_return(
            self._line(2), {"wait": True}
        )
        claim = self.env["service.claim"].browse(answer["claim_id"])
        self._done(claim.picking_id, 1)
        rest = claim.picking_id.backorder_ids
        self.assertEqual(rest.service_ticket_id, ticket)
        self.assertEqual((claim.step, claim.told_step), ("in_transit", "in_transit"))
        self.assertEqual(ticket.stage_id, self.stages["awaiting"])
        self.assertIn(rest.name, claim.document_name)
        self._done(rest)
        self.assertEqual((claim.step, claim.told_step), ("received", "received"))
        self.assertEqual(ticket.stage_id, self.stages["in_progress"])

    def test_the_rest_does_not_come(self):
        order = self._order(2)
        self._deliver(order)
        ticket = self._ticket()
        answer = ticket.with_user(self.both).create_return(self._line(2))
        claim = self.env["service.claim"].browse(answer["claim_id"])
        self._done(claim.picking_id, 1)
        claim.picking_id.backorder_ids.action_cancel()
        self.assertEqual((claim.step, claim.told_step), ("received", "received"))

    # === WHAT GOODS DO NOT TELL OF === #

    def test_discount_of_the_order(self):
        """Two for 1,000 each less 200: not more than 1,800 is paid back."""
        discount = self.env["product.product"].create(
            {"name": "Discount", "type": "service", "invoice_policy": "order"}
        )
        order = self._order(2, price_unit=1000.0)
        order.order_line = [
            Command.create({"product_id": discount.id, "price_unit": -200.0})
        ]
        self._deliver(order)
        self._invoice(order)
        ticket = self._ticket()
        self._back(ticket, self._line(2))
        # Who may not bill is told at once, too.
        for user in (self.both, self.agent):
            with self.assertRaisesRegex(UserError, "discounts"), self.cr.savepoint():
                ticket.with_user(user).request_credit(self._line(2))
        self._credit(ticket, self._line())
        with self.assertRaisesRegex(UserError, "discounts"), self.cr.savepoint():
            self._credit(ticket, self._line())
        rest = self._credit(ticket, [dict(self._line()[0], amount=800.0)])
        self.assertEqual(rest.amount_untaxed, 800.0)

    def test_down_payment(self):
        """Goods for 1,000, of which 300 were paid before: 1,000 are paid back."""
        order = self._order(1, price_unit=1000.0)
        self.env["sale.advance.payment.inv"].with_context(
            active_model="sale.order", active_ids=order.ids, active_id=order.id
        ).create(
            {"advance_payment_method": "percentage", "amount": 30}
        ).create_invoices()
        before = order.invoice_ids
        before.action_post()
        self._deliver(order)
        final = order._create_invoices(final=True)
        final.action_post()
        self.assertEqual((before.amount_untaxed, final.amount_untaxed), (300, 700))
        ticket = self._ticket()
        self._back(ticket, self._line())
        self.assertEqual(self._credit(ticket, self._line()).amount_untaxed, 1000)
        line = before.invoice_line_ids.filtered(lambda one: one.price_unit == 300)
        with self.assertRaisesRegex(UserError, "down payments"):
            self._credit(ticket, [{"invoice_line_id": line.id}])

    def test_nothing_of_what_was_free(self):
        order = self._order(1, price_unit=0.0)
        self._deliver(order)
        self._invoice(order)
        ticket = self._ticket()
        self._back(ticket, self._line())
        with self.assertRaisesRegex(UserError, "more than was invoiced"):
            self._credit(ticket, [dict(self._line()[0], amount=50.0)])

    # === MERGED === #

    def test_not_from_a_ticket_that_was_merged(self):
        """A form that was open makes nothing there; what was made is answered."""
        order = self._order(2)
        self._deliver(order)
        ticket, target = self._ticket(), self._ticket()
        mine = ticket.with_user(self.both)
        key = {"client_key": "once"}
        answer = mine.create_return(self._line(), key)
        mine.merge_into(target.id)
        self.assertEqual(mine.create_return(self._line(), key), answer)
        with self.assertRaisesRegex(UserError, "points to"):
            mine.create_return(self._line())
        claim = self.env["service.claim"].browse(answer["claim_id"])
        self.assertEqual(claim.ticket_id, target)

    # === CONSIGNMENT === #

    def test_goods_of_somebody_else_stay_his(self):
        """The second of two machines comes back: core would have taken the first."""
        vendor = self.env["res.partner"].create({"name": "Vendor"})
        lots = self.env["stock.lot"].create(
            [{"name": f"V-{n}", "product_id": self.machine.id} for n in (1, 2)]
        )
        for lot in lots:
            self.env["stock.quant"]._update_available_quantity(
                self.machine, self.stock_location, 1, lot_id=lot, owner_id=vendor
            )
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [
                    Command.create(
                        {"product_id": self.machine.id, "product_uom_qty": 2}
                    )
                ],
            }
        )
        order.action_confirm()
        picking = order.picking_ids
        picking.move_ids.move_line_ids.unlink()
        self.env["stock.move.line"].create(
            [
                {
                    "move_id": picking.move_ids.id,
                    "picking_id": picking.id,
                    "product_id": self.machine.id,
                    "lot_id": lot.id,
                    "quantity": 1,
                    "owner_id": vendor.id,
                    "location_id": picking.location_id.id,
                    "location_dest_id": picking.location_dest_id.id,
                }
                for lot in lots
            ]
        )
        self._done(picking)
        for lot in lots[::-1]:
            back = self._back(self._ticket(), [{"lot_id": lot.id}])
            self.assertEqual(back.move_line_ids.lot_id, lot)
            self.assertEqual(back.move_line_ids.owner_id, vendor)
            quant = self.env["stock.quant"].search(
                [
                    ("lot_id", "=", lot.id),
                    ("location_id", "=", back.location_dest_id.id),
                ]
            )
            self.assertEqual((quant.owner_id, quant.quantity), (vendor, 1))
