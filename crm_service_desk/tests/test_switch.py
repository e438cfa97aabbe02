# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Goods are exchanged for another product: what is sent has its price, what comes back
is credited, and each piece is made good once."""

from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import AGENT_ALL, MANAGER, STOCK
from .test_exchange import ExchangeCase

ALL_SALES = "sales_team.group_sale_salesman_all_leads"


@tagged("post_install", "-at_install")
class TestSwitch(ExchangeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model = cls._machine("Mill of the new series", list_price=1200.0)
        cls.new = cls.env["stock.lot"].create(
            [{"name": f"NEW-{n}", "product_id": cls.model.id} for n in range(4)]
        )
        for lot in cls.new:
            cls.env["stock.quant"]._update_available_quantity(
                cls.model, cls.stock_location, 1, lot_id=lot
            )
        groups = ",".join((STOCK, ALL_SALES, AGENT_ALL))
        cls.all_in_one = new_test_user(
            cls.env, login="sd-switch", groups=groups, tz="UTC"
        )

    def _other(self, lot=0, **values):
        return [dict(self._line(lot)[0], part_id=self.model.id, **values)]

    def _switch(self, ticket, lot=0, user=None, **options):
        """Exchange a machine for the other product; return (return, order's claim)."""
        answer = ticket.with_user(user or self.all_in_one).create_switch(
            self._other(lot), options
        )
        claims = self.env["service.claim"].browse(
            [answer[kind]["claim_id"] for kind in ("return", "replacement")]
        )
        self.assertEqual(answer["free"], claims[1].free)
        return claims

    def _credits(self, ticket):
        claims = ticket.service_claim_ids
        return claims.filtered(lambda claim: claim.kind == "credit")

    def _refused(self, call, *args):
        with self.assertRaises(UserError):
            call(*args)
        self.env.invalidate_all()

    def _check_made_good(self, ticket):
        """Neither the money nor another one for the first machine."""
        biller = ticket.with_user(self.biller)
        for line in (self._line(), [{"product_id": self.machine.id}]):
            self._refused(biller.request_credit, line)
        self._refused(self._replace, ticket)
        self._refused(self._switch, ticket)

    # === AT ITS PRICE === #

    def test_at_its_price(self):
        """Signed, sent and invoiced at 1200; what came back is credited at 1000."""
        ticket = self._ticket()
        back, out = self._switch(ticket)
        order = out.order_id
        self.assertEqual((back.step, out.step), ("in_transit", "quoted"))
        self.assertEqual((order.state, order.require_signature), ("sent", True))
        self.assertEqual(order.amount_untaxed, 1200)
        self.assertEqual(out.switch_id, back)
        self._done(back.picking_id)
        self.assertEqual(
            self.serials[0].location_id, self.company._service_faulty_location()
        )
        # Nobody has signed: nothing is credited yet.
        self.assertFalse(self._credits(ticket))
        order.action_confirm()
        claim = self._credits(ticket)
        self.assertEqual((claim.step, claim.switch_id), ("requested", back))
        self.assertEqual(claim.user_id, claim.activity_id.user_id)
        claim.with_user(self.biller).action_grant()
        credit = claim.credit_id
        self.assertEqual((credit.state, credit.amount_untaxed), ("draft", 1000))
        self.assertEqual(credit.reversed_entry_id, self.invoice)
        credit.action_post()
        self._done(order.picking_ids)
        self.env.invalidate_all()
        self.assertEqual(out.step, "replaced")
        sent = order.picking_ids.move_line_ids.lot_id
        self.assertEqual(
            (sent.product_id, sent.service_owner_id), (self.model, self.customer)
        )
        # Bought, not replaced: it has a term of its own.
        self.assertFalse(sent.service_replaces_id)
        invoice = order._create_invoices()
        invoice.action_post()
        self.assertEqual(invoice.amount_untaxed - credit.amount_untaxed, 200)
        lines = (self.invoice | credit | invoice).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        self.assertEqual(sum(lines.mapped("amount_residual")), 2200)
        line = self.order.order_line
        self.assertEqual((line.qty_delivered, line.qty_invoiced), (1, 1))
        self._check_made_good(ticket)

    def test_signed_before_the_goods_are_back(self):
        ticket = self._ticket()
        back, out = self._switch(ticket, reason="Too slow")
        out.order_id.action_confirm()
        self._done(out.order_id.picking_ids)
        self.assertFalse(self._credits(ticket))
        self._done(back.picking_id)
        claim = self._credits(ticket)
        self.assertEqual(claim.step, "requested")
        self.assertIn("Too slow", claim.note)
        # Looked at again: asked for once.
        (back | out).told_step = False
        (back | out)._service_progressed()
        self.assertEqual(self._credits(ticket), claim)

    def test_the_customer_declines(self):
        """He gets no credit by itself; what came back may be credited by hand."""
        ticket = self._ticket()
        back, out = self._switch(ticket)
        out.order_id._action_cancel()
        self._done(back.picking_id)
        self.assertFalse(self._credits(ticket))
        ticket.with_user(self.biller).request_credit(self._line())
        self._refused(ticket.with_user(self.biller).request_credit, self._line())

    def test_replaced_before_it_comes_back(self):
        """Another agent made it good meanwhile: the ticket says why it is no credit."""
        ticket = self._ticket()
        back, out = self._switch(ticket)
        self._done(self._replace(ticket).order_id.picking_ids)
        out.order_id.action_confirm()
        self._done(back.picking_id)
        self.assertFalse(self._credits(ticket))
        said = "".join(str(body) for body in ticket.message_ids.mapped("body"))
        self.assertIn("could not be asked for", said)
        self.assertTrue(back.switch_credited)

    # === FREE OF CHARGE === #

    def test_free_under_warranty_by_policy(self):
        self.team.service_switch = "warranty"
        ends_on = self.serials[0].service_warranty_ends_on
        ticket = self._ticket()
        back, out = self._switch(ticket)
        self.assertEqual((out.free, out.order_id.state), (True, "sale"))
        self.assertEqual(out.order_id.amount_untaxed, 0)
        self._done(back.picking_id)
        self._done(out.order_id.picking_ids)
        self.env.invalidate_all()
        sent = out.order_id.picking_ids.move_line_ids.lot_id
        self.assertEqual(sent.service_replaces_id, self.serials[0])
        self.assertEqual(sent.service_warranty_ends_on, ends_on)
        self.assertFalse(self._credits(ticket))
        self._check_made_good(ticket)

    def test_not_free_without_warranty(self):
        self.team.service_switch = "warranty"
        self._age(self.serials[0], 30)
        out = self._switch(self._ticket())[1]
        self.assertEqual((out.free, out.order_id.state), (False, "sent"))

    def test_at_its_price_if_he_asks_for_it(self):
        self.team.service_switch = "warranty"
        self.assertFalse(self._switch(self._ticket(), quoted=True)[1].free)

    def test_goodwill_is_for_managers(self):
        ticket = self._ticket()
        with self.assertRaises(AccessError):
            self._switch(ticket, goodwill=True)
        groups = ",".join((STOCK, ALL_SALES, MANAGER))
        boss = new_test_user(self.env, login="sd-sw-boss", groups=groups, tz="UTC")
        back, out = self._switch(ticket, user=boss, goodwill=True)
        self.assertTrue(out.free)
        self._done(back.picking_id)
        self.assertFalse(self._credits(ticket))

    def test_overdue_is_confirmed_where_it_is_free(self):
        self.team.service_switch = "warranty"
        yesterday = fields.Date.subtract(fields.Date.context_today(self.team), days=1)
        self.invoice.line_ids.filtered("date_maturity").date_maturity = yesterday
        ticket = self._ticket()
        with self.assertRaisesRegex(UserError, "confirm_overdue"):
            self._switch(ticket)
        self.assertTrue(self._switch(ticket, confirm_overdue=True)[1].free)

    # === WHO MAY === #

    def test_who_lacks_the_groups_asks(self):
        """Each document is asked of who makes it."""
        ticket = self._ticket()
        back, out = self._switch(ticket, user=self.agent)
        self.assertEqual(back.step, "requested")
        self.assertEqual(out.step, "requested")
        self.assertIn(self.model.name, out.note)
        again = self._switch(ticket, user=self.agent)
        self.assertEqual(again, back | out)
        with self.assertRaises(AccessError):
            back.with_user(self.salesman).action_grant()
        out.with_user(self.salesman).action_grant()
        self.assertEqual(out.step, "quoted")
        back.with_user(self.stock_user).action_grant()
        self._done(back.picking_id)
        out.order_id.action_confirm()
        self.assertEqual(self._credits(ticket).step, "requested")

    def test_the_ticket_waits(self):
        ticket = self._ticket()
        back, out = self._switch(ticket, wait=True)
        self.assertEqual(ticket.stage_id.service_clock, "paused")
        self._done(back.picking_id)
        out.order_id.action_confirm()
        self._done(out.order_id.picking_ids)
        self.assertEqual(ticket.stage_id.service_clock, "paused")
        claim = self._credits(ticket)
        claim.with_user(self.biller).action_grant()
        claim.credit_id.action_post()
        self.assertEqual(ticket.stage_id.service_clock, "counts")

    def test_client_key(self):
        ticket = self._ticket().with_user(self.all_in_one)
        key = {"client_key": "one"}
        made = ticket.create_switch(self._other(), key)
        self.assertEqual(ticket.create_switch(self._other(), key), made)
        self.assertEqual(len(ticket.sudo().service_claim_ids), 2)
        for lines, options in (
            (self._other(1), key),
            (self._other(), dict(key, quoted=True)),
        ):
            with self.assertRaisesRegex(UserError, "client_key"):
                ticket.create_switch(lines, options)

    # === WHAT IS REFUSED === #

    def test_refused(self):
        ticket = self._ticket().with_user(self.all_in_one)
        metre = self.env.ref("uom.product_uom_meter")
        belt = self._machine("Belt", tracking="none", uom_id=metre.id)
        foreign = [{"lot_id": self.serials[2].id, "part_id": self.model.id}]
        for lines, words in (
            (self._line(), "part_id"),
            ([dict(self._line()[0], part_id=self.machine.id)], "for the same"),
            ([dict(self._line()[0], part_id=belt.id)], "unit of measure"),
            (foreign, str(self.serials[2].id)),
            (self._other(quantity=2), "2"),
        ):
            with self.subTest(words=words), self.assertRaisesRegex(UserError, words):
                ticket.create_switch(lines)
        self.assertFalse(ticket.sudo().service_claim_ids)

    def test_all_or_nothing(self):
        """No order where the return is refused."""
        ticket = self._ticket().with_user(self.all_in_one)
        orders = self.env["sale.order"].search_count([])
        with (
            self.assertRaises(ValueError),
            self.env.cr.savepoint(),
            patch.object(
                type(ticket), "_service_make_return", side_effect=ValueError("no")
            ),
        ):
            ticket.create_switch(self._other())
        self.assertEqual(self.env["sale.order"].search_count([]), orders)

    def test_made_good_already(self):
        ticket = self._ticket()
        self._replace(ticket)
        self._refused(self._switch, ticket)
        self._take_back(ticket, self.stock_user, self.serials[1])
        ticket.with_user(self.biller).request_credit(self._line(1))
        self._refused(self._switch, ticket, 1)

    def test_exchanged_without_the_desk(self):
        came, sent = self._core_exchange(self.delivery.move_ids, lots=self.serials[0])
        self._done(came)
        self._done(sent)
        self._refused(self._switch, self._ticket())

    # === IN THE DIALOG === #

    def _open(self, ticket, user):
        ticket = ticket.with_user(user).with_context(service_kind="exchange")
        action = ticket.action_settle()
        return self.env["service.settle"].with_user(user).browse(action["res_id"])

    def test_dialog(self):
        ticket = self._ticket(service_lot_id=self.serials[0].id)
        dialog = self._open(ticket, self.all_in_one)
        dialog.line_ids[0].part_id = self.model
        action = dialog.action_settle()
        self.assertEqual(action["res_model"], "sale.order")
        self.assertEqual(
            set(ticket.service_claim_ids.mapped("kind")), {"return", "replacement"}
        )
        # A second click opens the same.
        self.assertEqual(dialog.action_settle(), action)
        told = self._open(self._ticket(service_lot_id=self.serials[1].id), self.agent)
        told.line_ids[0].part_id = self.model
        self.assertEqual(told.action_settle()["tag"], "display_notification")

    def test_dialog_is_for_the_same_or_for_another(self):
        dialog = self._open(self._ticket(), self.all_in_one)
        dialog.line_ids.quantity = 1
        dialog.line_ids[0].part_id = self.model
        self._refused(dialog.action_settle)
