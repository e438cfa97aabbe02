# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What comes back is not sent to the next customer before somebody has looked at it."""

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .test_exchange import ExchangeCase


@tagged("post_install", "-at_install")
class TestGoodsBack(ExchangeCase):
    def _free(self):
        self.env.invalidate_all()
        return self.machine.free_qty, self.machine.virtual_available

    def _return(self, **options):
        answer = (
            self._ticket()
            .with_user(self.stock_user)
            .create_return(self._line(), options)
        )
        picking = self.env["stock.picking"].browse(answer["picking_id"])
        self._done(picking)
        return picking

    def test_exchanged_piece_is_not_available(self):
        self.assertEqual(self._free(), (1, 1))
        claim = self._exchange(self._ticket())
        # One is promised to the customer; the faulty one is not expected in stock.
        self.assertEqual(self._free(), (0, 0))
        self._done(claim.picking_id | claim.move_ids.picking_id)
        self.assertEqual(self._free(), (0, 0))
        place = self.company.service_faulty_location_id
        self.assertEqual((place.usage, place.warehouse_id.id), ("internal", False))
        faulty = self.env["stock.quant"].search([("location_id", "=", place.id)])
        self.assertRecordValues(
            faulty, [{"lot_id": self.serials[0].id, "quantity": 1, "company_id": 1}]
        )
        # Nobody gets it: what is ordered next waits.
        order = self.order.copy()
        order.order_line.product_uom_qty = 1
        order.action_confirm()
        self.assertFalse(order.picking_ids.move_line_ids)
        self.assertEqual(self.order.order_line.qty_delivered, 2)

    def test_returned_goods_too(self):
        picking = self._return()
        self.assertEqual(
            picking.location_dest_id, self.company.service_faulty_location_id
        )
        self.assertEqual(self._free(), (1, 1))
        self.assertEqual(self.order.order_line.qty_delivered, 1)

    def test_as_new(self):
        picking = self._return(as_new=True)
        self.assertEqual(picking.location_dest_id, self.stock_location)
        self.assertEqual(self._free(), (2, 2))
        claim = self._exchange(self._ticket(), lot=1, as_new=True)
        self._done(claim.picking_id)
        self.assertEqual(claim.picking_id.location_dest_id, self.stock_location)
        # 2 + 1 come back - 1 promised
        self.assertEqual(self._free()[1], 2)

    def test_who_grants_follows_the_agent(self):
        answer = (
            self._ticket()
            .with_user(self.agent)
            .create_return(self._line(), {"as_new": True})
        )
        claim = self.env["service.claim"].browse(answer["claim_id"])
        claim.with_user(self.stock_user).action_grant()
        self.assertEqual(claim.picking_id.location_dest_id, self.stock_location)

    def test_policy_of_the_team(self):
        self.team.service_goods_back = "stock"
        self.assertEqual(self._return().location_dest_id, self.stock_location)
        self.assertFalse(self.company.service_faulty_location_id)
        self.team.service_goods_back = "apart"
        bench = self.env["stock.location"].create(
            {"name": "Bench", "usage": "internal", "company_id": self.company.id}
        )
        self.team.service_faulty_location_id = bench
        claim = self._exchange(self._ticket(), lot=1)
        self.assertEqual(claim.picking_id.location_dest_id, bench)

    def test_one_place_for_a_company(self):
        first = self.company._service_faulty_location()
        self.assertEqual(self.company._service_faulty_location(), first)
        self.assertEqual(first.company_id, self.company)

    def test_no_place_that_counts_as_available(self):
        scrap = self.env["stock.location"].search(
            [("usage", "=", "inventory"), ("company_id", "=", self.company.id)], limit=1
        )
        for place in (self.stock_location, scrap):
            with self.assertRaisesRegex(ValidationError, "outside of all warehouses"):
                self.team.service_faulty_location_id = place

    def test_core_return_goes_where_it_did(self):
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=self.delivery.id, active_model="stock.picking")
            .create({"picking_id": self.delivery.id})
        )
        wizard.product_return_moves.quantity = 1
        made = self.env["stock.picking"].browse(
            wizard.action_create_returns()["res_id"]
        )
        self.assertEqual(made.location_dest_id, self.stock_location)

    def test_dialog(self):
        ticket = self._ticket(service_lot_id=self.serials[0].id)
        ticket = ticket.with_user(self.stock_user)
        for kind in ("return", "exchange", "replacement"):
            action = ticket.with_context(service_kind=kind).action_settle()
            dialog = self.env["service.settle"].browse(action["res_id"])
            self.assertTrue(dialog.apart)
        action = ticket.with_context(service_kind="return").action_settle()
        dialog = self.env["service.settle"].with_user(self.stock_user)
        dialog = dialog.browse(action["res_id"])
        dialog.as_new = True
        picking = self.env["stock.picking"].browse(dialog.action_settle()["res_id"])
        self.assertEqual(picking.location_dest_id, self.stock_location)

    def test_nonsense(self):
        ticket = self._ticket().with_user(self.stock_user)
        for call in (ticket.create_return, ticket.create_exchange):
            with self.assertRaisesRegex(UserError, "as_new"):
                call(self._line(), {"as_new": "yes"})
        with self.assertRaisesRegex(UserError, "as_new"):
            self._replace(self._ticket(), as_new=True)
