# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Several machines of one order, in any order of what happens to them.

A model with one place for each machine that was paid for, which adds nothing up, says
what is possible; everything else must be refused. ``CRM_SUITE_SLOW=1`` tries many more
histories.
"""

import os
from collections import Counter
from contextlib import contextmanager

from hypothesis import HealthCheck, Phase, example, given, seed, settings
from hypothesis import strategies as st

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import MANAGER
from .test_exchange import ExchangeCase

SLOW = bool(os.environ.get("CRM_SUITE_SLOW"))
ACTIONS = ("exchange", "replace", "return", "credit", "credit_any", "core")
SPARES = 12
histories = st.lists(
    st.tuples(st.sampled_from(ACTIONS), st.integers(0, 11)), min_size=6, max_size=12
)
# The machines by order line.
orders = st.sampled_from(((3,), (2, 1), (1, 1)))


def few(test):
    """Run a property on the same few examples each time, on many when asked."""
    chosen = settings(
        max_examples=150 if SLOW else 8,
        deadline=None,
        # Each try moves goods: shrinking a failure takes minutes.
        phases=tuple(Phase) if SLOW else (Phase.explicit, Phase.generate),
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    return chosen(seed(2026)(test))


class Places:
    """What a person would write down: who stands in which place, and where it is."""

    def __init__(self, lines):
        self.line_of = [n for n, count in enumerate(lines) for _one in range(count)]
        self.pieces = []  # [place, with the customer, replaced, credited by name]
        self.credited = Counter()  # by order line
        for place in range(len(self.line_of)):
            self.pieces.append([place, True, False, False])

    def line(self, number):
        return self.line_of[self.pieces[number][0]]

    def left(self, line):
        """Return how many empty places of an order line were not paid back."""
        empty = sum(
            not there and not replaced
            for number, (_p, there, replaced, _c) in enumerate(self.pieces)
            if self.line(number) == line
        )
        return empty - self.credited[line]

    def may(self, action, number):
        _place, there, replaced, credited = self.pieces[number]
        if action == "return":
            return there
        if action == "credit_any":
            return any(self.left(line) > 0 for line in set(self.line_of))
        if action in ("exchange", "core"):
            return there and not replaced
        if replaced or credited:
            return False
        if action == "replace" and there:
            return True
        return not there and self.left(self.line(number)) > 0

    def act(self, action, number):
        piece = self.pieces[number]
        if action in ("exchange", "replace", "core"):
            piece[2] = True
            self.pieces.append([piece[0], True, False, False])
        if action in ("exchange", "return", "core"):
            piece[1] = False
        if action == "credit":
            piece[3] = True
            self.credited[self.line(number)] += 1
        if action == "credit_any":
            open_lines = [one for one in sorted(set(self.line_of)) if self.left(one)]
            self.credited[open_lines[0]] += 1

    def given(self):
        """Return how many machines the customer has, or was paid back, by line; what
        he has still to send back for another one is not his."""
        given = Counter(self.credited)
        for number, (_place, there, replaced, _credited) in enumerate(self.pieces):
            given[self.line(number)] += there and not replaced
        return given


@tagged("post_install", "-at_install")
class TestExchangePlaces(ExchangeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Who grants free work in any case: what is in its place decides alone.
        cls.salesman.group_ids |= cls.env.ref(MANAGER)

    @contextmanager
    def _rolled_back(self):
        """Undo what happens within, so that each history begins anew."""
        with self.env.cr.savepoint(flush=True) as savepoint:
            yield
            savepoint.rollback()
        self.env.invalidate_all()

    def _machines(self, lines):
        """Sell, deliver and invoice machines on several order lines."""
        lots = self._put_in_stock(f"P-{number}" for number in range(sum(lines)))
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [
                    Command.create(
                        {"product_id": self.machine.id, "product_uom_qty": count}
                    )
                    for count in lines
                ],
            }
        )
        order.action_confirm()
        left = list(lots)
        for move in order.picking_ids.move_ids.sorted("id"):
            move.move_line_ids.unlink()
            count = int(move.product_uom_qty)
            move.lot_ids = self.env["stock.lot"].union(*left[:count])
            del left[:count]
        self._done(order.picking_ids)
        order._create_invoices().action_post()
        self._put_in_stock(f"S-{number}" for number in range(SPARES))
        return order, list(lots)

    def _put_in_stock(self, names):
        return self.env["stock.lot"].union(*(self._more(name) for name in names))

    @few
    @given(lines=orders, history=histories)
    # One was replaced, came back and was credited; another one breaks twice.
    @example(
        lines=(3,),
        history=[
            ("replace", 0),
            ("return", 3),
            ("credit_any", 0),
            ("replace", 1),
            ("replace", 4),
            ("exchange", 5),
            ("return", 0),
            ("credit", 0),
            ("replace", 2),
            ("replace", 3),
        ],
    )
    # A replacement that was replaced comes back late: no place is empty by it.
    @example(
        lines=(3,),
        history=[
            ("replace", 0),
            ("replace", 3),
            ("return", 3),
            ("return", 1),
            ("credit_any", 0),
            ("replace", 1),
            ("credit", 1),
        ],
    )
    # Of two lines, that one is credited whose machine came back.
    @example(
        lines=(1, 1),
        history=[
            ("return", 0),
            ("return", 1),
            ("credit", 1),
            ("replace", 1),
            ("replace", 0),
            ("credit_any", 0),
        ],
    )
    # What was sent for it by an order of its own is credited by its number.
    @example(
        lines=(2, 1),
        history=[
            ("replace", 2),
            ("exchange", 3),
            ("return", 4),
            ("credit", 4),
            ("credit", 4),
            ("replace", 4),
            ("exchange", 0),
        ],
    )
    # Exchanged without the desk: what was sent is replaced and credited, once each.
    @example(
        lines=(2, 1),
        history=[
            ("core", 0),
            ("credit", 0),
            ("credit_any", 0),
            ("replace", 0),
            ("exchange", 3),
            ("core", 4),
            ("return", 5),
            ("credit", 5),
            ("credit_any", 0),
            ("replace", 1),
            ("core", 2),
        ],
    )
    # Of two lines, one by the desk and one without; what the desk sent is exchanged.
    @example(
        lines=(1, 1),
        history=[
            ("replace", 0),
            ("core", 2),
            ("return", 0),
            ("credit", 0),
            ("core", 1),
            ("return", 4),
            ("credit", 1),
            ("credit", 4),
            ("return", 3),
            ("credit_any", 0),
        ],
    )
    def test_each_machine_is_made_good_once(self, lines, history):
        with self._rolled_back():
            order, lots = self._machines(lines)
            model, ticket = Places(lines), self._ticket(service_order_id=order.id)
            for action, number in history:
                number %= len(lots)
                if action == "core" and not model.may(action, number):
                    # Odoo's own wizard refuses nothing.
                    continue
                told = f"{action} {number} of {lines} after {model.pieces}"
                if not model.may(action, number):
                    with self.assertRaises(UserError, msg=told):
                        self._act(ticket, action, lots[number])
                    self.env.invalidate_all()
                    continue
                lots += self._act(ticket, action, lots[number])
                model.act(action, number)
                self.env.invalidate_all()
                self._check(model, order, lots, told)

    def _act(self, ticket, action, lot):
        """Do it and let the transfers be done; return what was sent."""
        line = [{"lot_id": lot.id}]
        claims = self.env["service.claim"]
        if action.startswith("credit"):
            if action == "credit_any":
                line = [{"product_id": self.machine.id}]
            ticket.with_user(self.biller).request_credit(line)
            return []
        if action == "core":
            rows = self.env["stock.move.line"].search(
                [("lot_id", "=", lot.id), ("location_dest_id.usage", "=", "customer")],
                order="id desc",
                limit=1,
            )
            came, sent = self._core_exchange(rows.move_id, lots=lot)
            self._done(came)
            # It lies in the stock: scrapped, so that nobody gets it again.
            self.env["stock.quant"]._update_available_quantity(
                self.machine, came.location_dest_id, -1, lot_id=lot
            )
            self._done(sent)
            return list(sent.move_line_ids.lot_id)
        if action == "replace":
            claim = self._replace(ticket, line, goodwill=True)
            self.assertTrue(claim.free)
            self._done(claim.order_id.picking_ids)
            return list(claim.order_id.picking_ids.move_line_ids.lot_id)
        call = {"return": "create_return", "exchange": "create_exchange"}[action]
        answer = getattr(ticket.with_user(self.stock_user), call)(line)
        claim = claims.browse(answer["claim_id"])
        self._done(claim.picking_id)
        self._done(claim.move_ids.picking_id)
        return list(claim.move_ids.move_line_ids.lot_id)

    def _check(self, model, order, lots, told):
        """Stock and credit notes are as the model has them, and none too much."""
        self.assertEqual(len(lots), len(model.pieces), told)
        self.assertEqual(
            [lot.location_id.usage == "customer" for lot in lots],
            [piece[1] for piece in model.pieces],
            told,
        )
        given, paid = model.given(), Counter(model.line_of)
        for number, line in enumerate(order.order_line.sorted("id")):
            refunds = line.invoice_lines.filtered(
                lambda one: one.move_id.move_type == "out_refund"
            )
            self.assertEqual(
                sum(refunds.mapped("quantity")), model.credited[number], told
            )
            self.assertLessEqual(given[number], paid[number], told)
