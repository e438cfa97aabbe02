# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What can be settled of a large order is looked up as fast as of a small one."""

import logging
import os
import time

from odoo import Command
from odoo.tests import tagged

from .test_exchange import ExchangeCase

_logger = logging.getLogger(__name__)

FEW, MANY = 10, 200
# As large as one likes: ``CRM_SUITE_PIECES=1000`` measures.
PIECES = int(os.environ.get("CRM_SUITE_PIECES", MANY))


@tagged("post_install", "-at_install")
class TestSettleSize(ExchangeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.belt = cls._machine("Belt", tracking="none")

    def _large(self, count):
        """Sell so many machines on one line, and belts on a third as many lines. A part
        comes back, is credited, replaced, or exchanged without the desk.

        :return: a ticket of the customer
        """
        customer = self.env["res.partner"].create({"name": f"Buyer of {count}"})
        lots = self.env["stock.lot"].create(
            [
                {"name": f"L{count}-{number}", "product_id": self.machine.id}
                for number in range(count)
            ]
        )
        quants = self.env["stock.quant"].with_context(inventory_mode=True)
        quants.create(
            [
                {
                    "product_id": self.machine.id,
                    "lot_id": lot.id,
                    "location_id": self.stock_location.id,
                    "inventory_quantity": 1,
                }
                for lot in lots
            ]
        ).action_apply_inventory()
        self.env["stock.quant"]._update_available_quantity(
            self.belt, self.stock_location, 10 * count
        )
        lines = [{"product_id": self.machine.id, "product_uom_qty": count}]
        lines += [{"product_id": self.belt.id}] * (count // 3)
        order = self.env["sale.order"].create(
            {
                "partner_id": customer.id,
                "order_line": [Command.create(line) for line in lines],
            }
        )
        order.action_confirm()
        move = order.order_line[0].move_ids
        move.move_line_ids.unlink()
        move.lot_ids = lots
        self._done(order.picking_ids)
        order._create_invoices().action_post()
        ticket = self._ticket(partner_id=customer.id, service_order_id=order.id)
        back = [{"lot_id": lot.id} for lot in lots[: count // 2]]
        for start in range(0, len(back), 200):
            some = back[start : start + 200]
            answer = ticket.with_user(self.stock_user).create_return(some)
            self._done(self.env["stock.picking"].browse(answer["picking_id"]))
        part = max(count // 10, 2)
        ticket.with_user(self.biller).request_credit(back[:part])
        ticket.with_user(self.salesman).create_replacement(
            [{"lot_id": lot.id} for lot in lots[-part:]]
        )
        came, _sent = self._core_exchange(move, lots=lots[count // 2])
        self._done(came)
        return ticket

    def _queries(self, ticket):
        """Return how many queries each page takes from a cold cache."""
        found = {}
        for kind, user in (
            (None, self.agent),
            ("return", self.stock_user),
            ("replacement", self.salesman),
            ("credit", self.biller),
        ):
            self.env.flush_all()
            self.env.invalidate_all()
            one = ticket.with_user(user).with_context(service_kind=kind)
            before, began = self.env.cr.sql_log_count, time.monotonic()
            if kind:
                one.action_settle()
            else:
                one.get_settlement_options()
            self.env.flush_all()
            found[kind] = self.env.cr.sql_log_count - before
            _logger.info(
                "%s: %s queries, %.2f s", kind, found[kind], time.monotonic() - began
            )
        return found

    def test_queries_do_not_grow_with_the_order(self):
        few, many = (self._queries(self._large(count)) for count in (FEW, PIECES))
        for kind, queries in few.items():
            with self.subTest(kind=kind):
                self.assertLessEqual(many[kind], queries + 10, (few, many))
