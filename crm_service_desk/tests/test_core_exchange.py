# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Goods exchanged with Odoo's own wizard, outside of the desk, are made good, too."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import MANAGER
from .test_exchange import ExchangeCase


@tagged("post_install", "-at_install")
class TestCoreExchange(ExchangeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Who grants free work in any case, so that no warranty decides.
        cls.salesman.group_ids |= cls.env.ref(MANAGER)

    def _replace(self, ticket, lines=None, **options):
        return super()._replace(ticket, lines, goodwill=True, **options)

    def _swapped(self, move, quantity=1, lots=()):
        """Exchange with Odoo's wizard and let both transfers be done."""
        came, sent = self._core_exchange(move, quantity, lots)
        self._done(came)
        self._done(sent)
        self.env.invalidate_all()
        return sent.move_ids

    def _refused(self, call, *args):
        with self.assertRaises(UserError):
            call(*args)
        self.env.invalidate_all()

    def _credit(self, ticket, line):
        return ticket.with_user(self.biller).request_credit([line])

    def _exchanged(self, ticket, line):
        answer = ticket.with_user(self.stock_user).create_exchange([line])
        claim = self.env["service.claim"].browse(answer["claim_id"])
        self._done(claim.picking_id)
        self._done(claim.move_ids.picking_id)
        return claim

    def _back(self, ticket, line):
        answer = ticket.with_user(self.stock_user).create_return([line])
        self._done(self.env["stock.picking"].browse(answer["picking_id"]))
        self.env.invalidate_all()

    def _belts(self, ordered, delivered=None):
        """Sell belts, which have no numbers; deliver and invoice so many."""
        belt = self.env["product.product"].create(
            {
                "name": "Belt",
                "type": "consu",
                "is_storable": True,
                "list_price": 50.0,
                "invoice_policy": "delivery",
                "service_warranty_months": 12,
                "taxes_id": [Command.clear()],
            }
        )
        self.env["stock.quant"]._update_available_quantity(
            belt, self.stock_location, 100
        )
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [
                    Command.create({"product_id": belt.id, "product_uom_qty": ordered})
                ],
            }
        )
        order.action_confirm()
        picking = order.picking_ids
        if delivered:
            picking.move_ids.quantity = delivered
            picking.move_ids.picked = True
            picking.with_context(skip_backorder=True).button_validate()
        while not delivered and order.picking_ids.filtered(
            lambda one: one.state != "done"
        ):
            self._done(order.picking_ids)
        order._create_invoices().action_post()
        return belt, order

    # === FIRST WITHOUT THE DESK, THEN WITH IT === #

    def test_exchanged_is_not_made_good_again(self):
        sent = self._swapped(self.delivery.move_ids, lots=self.serials[0])
        self.assertNotIn(sent.lot_ids, self.serials)
        ticket = self._ticket()
        machine = {"product_id": self.machine.id}
        for line in (self._line()[0], machine):
            self._refused(self._credit, ticket, line)
        self._refused(self._replace, ticket)
        self._refused(self._exchange, ticket)
        # What was sent stands in its place: it may break, and it is paid back once.
        self._back(ticket, {"lot_id": sent.lot_ids.id})
        self._credit(ticket, {"lot_id": sent.lot_ids.id})
        self._refused(self._credit, ticket, machine)
        for lot in (sent.lot_ids, self.serials[0]):
            self._refused(self._replace, ticket, [{"lot_id": lot.id}])
        self.assertTrue(self._replace(ticket, self._line(1)).free)

    def test_what_was_sent_is_exchanged_again(self):
        """By the desk, and then without it, and again: one machine was paid for."""
        for name in ("SN-8001", "SN-8002"):
            self._more(name)
        ticket = self._ticket()
        first = self._swapped(self.delivery.move_ids, lots=self.serials[0])
        claim = self._exchanged(ticket, {"lot_id": first.lot_ids.id})
        second = claim.move_ids
        self._refused(self._replace, ticket, [{"lot_id": first.lot_ids.id}])
        third = self._swapped(second, lots=second.lot_ids)
        # What the desk sent stays what it was; the claim does not follow the other.
        self.assertEqual(claim.step, "replaced")
        machine = {"product_id": self.machine.id}
        self._refused(self._credit, ticket, machine)
        self._back(ticket, {"lot_id": third.lot_ids.id})
        self._credit(ticket, machine)
        self._refused(self._credit, ticket, machine)

    def test_it_is_shown(self):
        self._swapped(self.delivery.move_ids, lots=self.serials[0])
        ticket = self._ticket()
        (told,) = ticket.with_user(self.agent).get_settlement_options()
        rows = {row["lot"]: row["replaced"] for row in told["deliveries"]}
        self.assertEqual((rows["SN-1001"], rows["SN-1002"]), (1, 0))
        self.assertEqual({row["open"] for row in told["invoices"]}, {0})
        self.assertEqual({row["replaced"] for row in told["invoices"]}, {1})

    def test_goods_without_numbers(self):
        belt, order = self._belts(3)
        move = order.picking_ids.move_ids
        self._swapped(move, 2)
        ticket, line = self._ticket(), {"product_id": belt.id}
        self.assertEqual(order.order_line.qty_delivered, 3)
        self._refused(self._credit, ticket, line)
        self._refused(self._replace, ticket, [dict(line, quantity=4)])
        # Of the three that he has one comes back for good, then one is exchanged.
        self._back(ticket, line)
        self._swapped(move, 1)
        self._credit(ticket, line)
        self._refused(self._credit, ticket, line)
        self.assertTrue(self._replace(ticket, [dict(line, quantity=1)]).free)

    def test_two_lines_of_one_order(self):
        """Exchanged on one, credited on the other."""
        lots = [self._more(f"SN-81{number:02}") for number in range(6)]
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [
                    Command.create({"product_id": self.machine.id}) for _n in range(2)
                ],
            }
        )
        order.action_confirm()
        moves = order.picking_ids.move_ids.sorted("id")
        for move, lot in zip(moves, lots, strict=False):
            move.move_line_ids.unlink()
            move.lot_ids = lot
        self._done(order.picking_ids)
        order._create_invoices().action_post()
        ticket = self._ticket(service_order_id=order.id)
        sent = self._swapped(moves[0], lots=lots[0])
        self._back(ticket, {"lot_id": lots[1].id})
        self._refused(self._credit, ticket, {"lot_id": lots[0].id})
        self._credit(ticket, {"lot_id": lots[1].id})
        self._refused(self._credit, ticket, {"product_id": self.machine.id})
        self._back(ticket, {"lot_id": sent.lot_ids.id})
        self._credit(ticket, {"lot_id": sent.lot_ids.id})

    # === FIRST THE DESK === #

    def test_replaced_by_the_desk_and_exchanged_without(self):
        """He has two for one: nothing more until all of them are back."""
        self._more("SN-8201")
        ticket, machine = self._ticket(), {"product_id": self.machine.id}
        claim = self._replace(ticket)
        self._done(claim.order_id.picking_ids)
        first = claim.order_id.picking_ids.move_line_ids.lot_id
        second = self._swapped(self.delivery.move_ids, lots=self.serials[0]).lot_ids
        self._refused(self._credit, ticket, machine)
        for lot in (first, second, self.serials[0]):
            self._refused(self._replace, ticket, [{"lot_id": lot.id}])
        self._back(ticket, {"lot_id": first.id})
        self._refused(self._credit, ticket, machine)
        self._back(ticket, {"lot_id": second.id})
        self._credit(ticket, machine)
        self._refused(self._credit, ticket, machine)

    def test_credited_by_the_desk_and_exchanged_without(self):
        """The other machine is exchanged: what was paid back stays paid back."""
        ticket, machine = self._ticket(), {"product_id": self.machine.id}
        self._back(ticket, self._line()[0])
        self._credit(ticket, self._line()[0])
        sent = self._swapped(self.delivery.move_ids, lots=self.serials[1]).lot_ids
        self._refused(self._credit, ticket, machine)
        for lot in self.serials[:2]:
            self._refused(self._replace, ticket, [{"lot_id": lot.id}])
        self._back(ticket, {"lot_id": sent.id})
        self._credit(ticket, machine)
        self._refused(self._credit, ticket, machine)

    # === UNDER WAY AND CANCELLED === #

    def test_what_is_to_be_sent_counts(self):
        ticket, machine = self._ticket(), {"product_id": self.machine.id}
        came, sent = self._core_exchange(self.delivery.move_ids, lots=self.serials[0])
        self._refused(self._replace, ticket)
        self._done(came)
        self._refused(self._credit, ticket, machine)
        self._refused(self._replace, ticket)
        # It is not sent after all: the machine came back for good.
        sent.action_cancel()
        self._credit(ticket, machine)
        self._refused(self._replace, ticket)

    def test_sent_and_never_came_back(self):
        """The return is cancelled: one is still owed, whichever comes."""
        ticket, machine = self._ticket(), {"product_id": self.machine.id}
        came, sent = self._core_exchange(self.delivery.move_ids, lots=self.serials[0])
        self._done(sent)
        came.action_cancel()
        self._back(ticket, self._line()[0])
        self._refused(self._credit, ticket, machine)
        self._back(ticket, {"lot_id": sent.move_line_ids.lot_id.id})
        self._credit(ticket, machine)
        self._refused(self._credit, ticket, machine)

    def test_it_stays_apart_from_what_is_still_to_be_delivered(self):
        belt, order = self._belts(5, delivered=3)
        done = order.picking_ids.filtered(lambda one: one.state == "done")
        rest = order.picking_ids - done
        came, _sent = self._core_exchange(done.move_ids)
        self._done(came)
        ticket, line = self._ticket(), {"product_id": belt.id}
        self._refused(self._credit, ticket, line)
        self._done(rest)
        for picking in order.picking_ids:
            self._done(picking)
        self.env.invalidate_all()
        self.assertEqual(order.order_line.qty_delivered, 5)
        self._refused(self._credit, ticket, line)

    def test_two_steps(self):
        """What is picked is to be sent, and is followed."""
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", self.company.id)], limit=1
        )
        warehouse.delivery_steps = "pick_ship"
        belt, order = self._belts(1)
        move = order.picking_ids.move_ids.filtered(
            lambda one: one.location_dest_id.usage == "customer"
        )
        came, picked = self._core_exchange(move)
        ticket, line = self._ticket(), {"product_id": belt.id}
        self._done(came)
        self._refused(self._credit, ticket, line)
        self._done(picked)
        self._refused(self._credit, ticket, line)
        self._done(order.picking_ids)
        self.env.invalidate_all()
        self._refused(self._credit, ticket, line)
        sent = order.picking_ids.move_ids.filtered("service_return_move_id")
        (sent,) = sent.filtered(lambda one: one.location_dest_id.usage == "customer")
        self._back(ticket, line)
        self._credit(ticket, line)
        self._refused(self._credit, ticket, line)

    def test_delivered_without_an_order(self):
        lot = self._more("SN-8301")
        picking = self.env["stock.picking"].create(
            {
                "partner_id": self.customer.id,
                "picking_type_id": self.delivery.picking_type_id.id,
                "location_id": self.stock_location.id,
                "location_dest_id": self.delivery.location_dest_id.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.machine.id,
                            "product_uom_qty": 1,
                            "location_id": self.stock_location.id,
                            "location_dest_id": self.delivery.location_dest_id.id,
                        }
                    )
                ],
            }
        )
        picking.action_confirm()
        picking.move_ids.lot_ids = lot
        self._done(picking)
        sent = self._swapped(picking.move_ids, lots=lot)
        ticket = self._ticket()
        self._refused(self._replace, ticket, [{"lot_id": lot.id}])
        self._more("SN-8302")
        self.assertTrue(self._replace(ticket, [{"lot_id": sent.lot_ids.id}]).free)
        self._refused(self._replace, ticket, [{"lot_id": sent.lot_ids.id}])

    # === FROM BEFORE === #

    def test_exchanges_of_before_are_noted(self):
        """Of the time before this was noted: made in one transaction by the wizard."""
        sent = self._swapped(self.delivery.move_ids, lots=self.serials[0])
        came = sent.service_return_move_id
        self.assertEqual(came.origin_returned_move_id, self.delivery.move_ids)
        self._back(self._ticket(), {"lot_id": sent.lot_ids.id})
        again = self.env["stock.move"].search(
            [("origin_returned_move_id", "=", sent.id)]
        )
        self.assertFalse(again.service_return_move_id)
        sent.service_return_move_id = False
        self.env.flush_all()
        # Another transaction brought it back.
        self.env.cr.execute(
            "UPDATE stock_move SET create_date = create_date + interval '1 h'"
            " WHERE id = %s",
            [again.id],
        )
        self.env["stock.move"]._service_mark_exchanges()
        self.assertEqual(sent.service_return_move_id, came)
        noted = self.env["stock.move"].search(
            [("service_return_move_id", "=", came.id)]
        )
        self.assertEqual(noted, sent)
