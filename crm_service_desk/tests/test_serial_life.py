# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The life of a serial number, by the rights of who reads it."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import STOCK
from .test_exchange import ExchangeCase


@tagged("post_install", "-at_install")
class TestSerialLife(ExchangeCase):
    def _life(self, lot, user):
        (life,) = lot.with_user(user).get_service_life()
        return life["events"]

    def _exchanged(self):
        ticket = self._ticket(service_lot_id=self.serials[0].id)
        claim = self._exchange(ticket)
        self._done(claim.picking_id)
        self._done(claim.move_ids.picking_id)
        return claim, claim.move_ids.move_line_ids.lot_id

    def test_life_of_both_machines(self):
        claim, new = self._exchanged()
        events = self._life(self.serials[0], self.stock_user)
        by_kind = {event["kind"]: event for event in events}
        self.assertEqual(
            set(by_kind),
            {"delivered", "returned", "ticket", "settlement", "replacement"},
        )
        self.assertEqual(by_kind["delivered"]["res_id"], self.delivery.id)
        self.assertIn("Alpha Works", by_kind["delivered"]["detail"])
        self.assertEqual(by_kind["returned"]["res_id"], claim.picking_id.id)
        self.assertIn(claim.ticket_id.number, by_kind["ticket"]["title"])
        self.assertIn(new.name, by_kind["replacement"]["title"])
        dates = [event["date"] for event in events]
        self.assertEqual(dates, sorted(dates, reverse=True))
        events = self._life(new, self.stock_user)
        (sent,) = [e for e in events if e["kind"] == "replacement"]
        self.assertIn("SN-1001", sent["title"])

    def test_received_from_the_supplier(self):
        lot = self.env["stock.lot"].create(
            {"name": "SN-4001", "product_id": self.machine.id}
        )
        move = self.env["stock.move"].create(
            {
                "product_id": self.machine.id,
                "product_uom_qty": 1,
                "location_id": self.env.ref("stock.stock_location_suppliers").id,
                "location_dest_id": self.stock_location.id,
            }
        )
        move._action_confirm()
        move.move_line_ids = [
            Command.clear(),
            Command.create(
                {"lot_id": lot.id, "quantity": 1, "product_id": self.machine.id}
            ),
        ]
        move.picked = True
        move._action_done()
        (event,) = self._life(lot, self.stock_user)
        self.assertEqual(event["kind"], "received")

    def test_only_what_the_reader_may_read(self):
        self._exchanged()
        storeman = new_test_user(self.env, login="sd-life", groups=STOCK)
        kinds = {e["kind"] for e in self._life(self.serials[0], storeman)}
        self.assertNotIn("ticket", kinds)
        self.assertLessEqual({"delivered", "returned", "settlement"}, kinds)
        for user in (self.employee, self.agent):
            with self.assertRaises(AccessError):
                self._life(self.serials[0], user)
        with self.assertRaises(UserError):
            self.env["stock.lot"].browse(2**31 - 1).get_service_life()

    def test_read_without_field_list(self):
        self._exchanged()
        (values,) = self.serials[0].with_user(self.stock_user).read()
        self.assertTrue(values["service_life"])
