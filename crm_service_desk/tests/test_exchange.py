# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Goods are exchanged or sent again: once, and never besides a credit."""

from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import AGENT_ALL, MachineCase

SALES = "sales_team.group_sale_salesman"


class ExchangeCase(MachineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.salesman = new_test_user(
            cls.env, login="sd-sell", groups=f"{SALES},{AGENT_ALL}", tz="UTC"
        )
        cls.spare = cls._more("SN-3001")

    @classmethod
    def _more(cls, name):
        """Put one more machine in stock; return its serial number."""
        lot = cls.env["stock.lot"].create({"name": name, "product_id": cls.machine.id})
        cls.env["stock.quant"]._update_available_quantity(
            cls.machine, cls.stock_location, 1, lot_id=lot
        )
        return lot

    def _line(self, lot=0):
        return [{"lot_id": self.serials[lot].id}]

    def _done(self, pickings):
        for picking in pickings.filtered(lambda p: p.state not in ("done", "cancel")):
            picking.action_assign()
            picking.move_ids.picked = True
            picking.button_validate()
            self.assertEqual(picking.state, "done")

    def _exchange(self, ticket, lot=0, **options):
        answer = ticket.with_user(self.stock_user).create_exchange(
            self._line(lot), options
        )
        return self.env["service.claim"].browse(answer["claim_id"])

    def _replace(self, ticket, lines=None, **options):
        answer = ticket.with_user(self.salesman).create_replacement(
            lines or self._line(), options
        )
        return self.env["service.claim"].browse(answer["claim_id"])

    def _core_exchange(self, move, quantity=1, lots=()):
        """Exchange what a move delivered with Odoo's own wizard, outside of the desk.

        :param lots: that come back; else those that Odoo takes
        :return: (return, delivery of what is sent for it)
        """
        picking = move.picking_id
        known = self.env["stock.picking"].search([])
        wizard = (
            self.env["stock.return.picking"]
            .with_context(
                active_id=picking.id, active_ids=picking.ids, active_model=picking._name
            )
            .create({"picking_id": picking.id})
        )
        for row in wizard.product_return_moves:
            row.quantity = quantity if row.move_id == move else 0
        action = wizard.action_create_exchanges()
        came = self.env["stock.picking"].browse(action["res_id"])
        if lots:
            came.move_ids.move_line_ids.unlink()
            came.move_ids.lot_ids = self.env["stock.lot"].union(*lots)
        return came, self.env["stock.picking"].search([]) - known - came

    def _age(self, lot, months):
        """Make the delivery of a serial number older."""
        rows = self.env["stock.move.line"].search([("lot_id", "=", lot.id)])
        for row in rows.filtered(lambda row: row.state == "done"):
            row.date -= relativedelta(months=months)
        self.env.invalidate_all()

    def _pay(self, invoice):
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({})._create_payments()


@tagged("post_install", "-at_install")
class TestExchange(ExchangeCase):
    def test_back_and_forth_on_the_same_order_line(self):
        claim = self._exchange(self._ticket())
        self.assertEqual((claim.step, claim.free), ("in_transit", True))
        self.assertEqual(claim.picking_id.return_id, self.delivery)
        self.assertEqual(claim.picking_id.move_line_ids.lot_id, self.serials[0])
        out = claim.move_ids.picking_id
        self.assertEqual(out.picking_type_code, "outgoing")
        self.assertEqual(out.service_ticket_id, claim.ticket_id)
        self._done(claim.picking_id)
        self.assertEqual(claim.step, "received")
        self.assertEqual(self.order.order_line.qty_delivered, 1)
        self._done(out)
        self.assertEqual(claim.step, "replaced")
        line = self.order.order_line
        self.assertEqual((line.qty_delivered, line.qty_invoiced), (2, 2))
        self.assertEqual(line.qty_to_invoice, 0)

    def test_remaining_warranty(self):
        self._age(self.serials[0], 20)
        ends_on = self.serials[0].service_warranty_ends_on
        claim = self._exchange(self._ticket())
        self._done(claim.picking_id)
        self._done(claim.move_ids.picking_id)
        new = claim.move_ids.move_line_ids.lot_id
        self.env.invalidate_all()
        self.assertNotEqual(new, self.serials[0])
        self.assertEqual(new.service_replaces_id, self.serials[0])
        self.assertEqual(self.serials[0].service_replaced_by_ids, new)
        self.assertEqual(new.service_warranty_ends_on, ends_on)
        self.assertIn("left of the one", new.service_warranty_reason)
        self.assertEqual(self.serials[0].service_warranty_state, "excluded")

    def test_new_term_by_policy(self):
        self.team.service_exchange_warranty = "new"
        self._age(self.serials[0], 20)
        claim = self._exchange(self._ticket())
        self._done(claim.picking_id)
        self._done(claim.move_ids.picking_id)
        new = claim.move_ids.move_line_ids.lot_id
        self.assertEqual(new.service_replaces_id, self.serials[0])
        today = fields.Date.context_today(new)
        self.assertEqual(new.service_warranty_ends_on, today + relativedelta(months=24))

    def test_carried_warranty_ends_when_it_is_sold_again(self):
        self._age(self.serials[0], 20)
        ticket = self._ticket()
        claim = self._exchange(ticket)
        self._done(claim.picking_id)
        self._done(claim.move_ids.picking_id)
        new = claim.move_ids.move_line_ids.lot_id
        answer = ticket.with_user(self.stock_user).create_return(
            [{"lot_id": new.id}],
            {"picking_id": claim.move_ids.picking_id.id, "as_new": True},
        )
        self._done(self.env["stock.picking"].browse(answer["picking_id"]))
        self._age(new, 1)
        new.service_carried_on -= relativedelta(months=1)
        self._sell(self.other, new)
        today = fields.Date.context_today(new)
        self.assertEqual(new.service_warranty_ends_on, today + relativedelta(months=24))

    def test_exchanged_is_not_credited(self):
        ticket = self._ticket()
        claim = self._exchange(ticket)
        self._done(claim.picking_id)
        wanted = ([{"product_id": self.machine.id}], self._line())
        for lines in wanted:
            with self.assertRaisesRegex(UserError, "1.0 replaced"):
                ticket.with_user(self.biller).request_credit(lines)
        self._done(claim.move_ids.picking_id)
        for lines in wanted:
            with self.assertRaises(UserError):
                ticket.with_user(self.biller).request_credit(lines)
        # The second machine comes back for good: it is credited, and only it.
        self._take_back(ticket, self.stock_user, self.serials[1])
        ticket.with_user(self.biller).request_credit(self._line(1))
        with self.assertRaises(UserError):
            ticket.with_user(self.biller).request_credit(wanted[0])

    def test_credited_is_not_replaced(self):
        ticket = self._ticket()
        self._take_back(ticket, self.stock_user, self.serials[0])
        ticket.with_user(self.biller).request_credit(self._line())
        with self.assertRaisesRegex(UserError, "1.0 credited already"):
            self._replace(ticket)

    def test_credited_without_serial_is_not_replaced_beyond(self):
        ticket = self._ticket()
        self._take_back(ticket, self.stock_user, self.serials[:2])
        biller = ticket.with_user(self.biller)
        product = [{"product_id": self.machine.id, "quantity": 2}]
        biller.request_credit(product)
        with self.assertRaisesRegex(UserError, "2.0 credited already"):
            self._replace(ticket, [{"product_id": self.machine.id}])

    def test_replaced_and_kept_leaves_the_other_to_credit(self):
        """SN-1001 was replaced and stays there; SN-1002 comes back: it is credited."""
        ticket = self._ticket()
        self._done(self._replace(ticket).order_id.picking_ids)
        self._take_back(ticket, self.stock_user, self.serials[1])
        biller = ticket.with_user(self.biller)
        biller.request_credit(self._line(1))
        self._take_back(ticket, self.stock_user, self.serials[0])
        for lines in (self._line(), [{"product_id": self.machine.id}]):
            with self.assertRaises(UserError):
                biller.request_credit(lines)

    def test_not_exchanged_twice(self):
        ticket = self._ticket()
        self._exchange(ticket)
        for call in (self._exchange, self._replace):
            with self.assertRaises(UserError):
                call(ticket)
        with self.assertRaisesRegex(UserError, "SN-1001.*can still be"):
            ticket.with_user(self.stock_user).create_return(self._line())

    def test_cancelled_exchange_frees_the_goods(self):
        ticket = self._ticket()
        claim = self._exchange(ticket)
        claim.picking_id.action_cancel()
        claim.move_ids.picking_id.action_cancel()
        self.assertEqual(claim.step, "cancelled")
        self.assertEqual(self._exchange(ticket).step, "in_transit")

    def test_without_warranty(self):
        self.machine.service_warranty_months = 0
        ticket = self._ticket()
        with self.assertRaisesRegex(UserError, "no warranty"):
            self._exchange(ticket)
        with self.assertRaises(AccessError):
            self._exchange(ticket, goodwill=True)
        self.stock_user.group_ids |= self.env.ref(
            "helpdesk_mgmt.group_helpdesk_manager"
        )
        self.assertTrue(self._exchange(ticket, goodwill=True).free)

    def test_excluded_serial(self):
        self.serials[0].service_warranty_void = "Dropped"
        with self.assertRaisesRegex(UserError, "excluded"):
            self._exchange(self._ticket())
        (context,) = self._ticket().with_user(self.agent).get_context()
        (row,) = [row for row in context["serials"] if row["name"] == "SN-1001"]
        self.assertEqual(row["warranty"]["state"], "excluded")
        self.assertIn("Dropped", row["warranty"]["reason"])

    def test_overdue_customer_is_flagged(self):
        ticket = self._ticket()
        self.invoice.invoice_line_ids.move_id.line_ids.filtered(
            "date_maturity"
        ).date_maturity = "2020-01-01"
        with self.assertRaisesRegex(UserError, "overdue") as caught:
            self._exchange(ticket)
        self.assertNotIn("000", str(caught.exception))
        with self.assertRaisesRegex(UserError, "overdue"):
            self._replace(ticket)
        # What is paid for needs no confirmation.
        self.assertFalse(self._replace(ticket, quoted=True).free)
        self.assertTrue(self._exchange(ticket, confirm_overdue=True).free)


@tagged("post_install", "-at_install")
class TestReplacement(ExchangeCase):
    def test_free_under_warranty(self):
        claim = self._replace(self._ticket())
        order = claim.order_id
        self.assertTrue(claim.free)
        self.assertEqual((order.state, order.amount_total), ("sale", 0))
        self.assertEqual(order.partner_id, self.order.partner_id)
        self.assertEqual(
            order.with_user(self.salesman).service_ticket_ids.ids, claim.ticket_id.ids
        )
        self.assertEqual(claim.step, "in_transit")
        self._done(order.picking_ids)
        self.assertEqual(claim.step, "replaced")
        self.assertEqual(order.picking_ids.service_ticket_id, claim.ticket_id)
        self.assertEqual(
            order.picking_ids.move_line_ids.lot_id.service_replaces_id,
            self.serials[0],
        )

    def test_quotation_without_warranty(self):
        self._age(self.serials[0], 30)
        claim = self._replace(self._ticket())
        order = claim.order_id
        self.assertFalse(claim.free)
        self.assertEqual((order.state, order.require_signature), ("sent", True))
        self.assertEqual(order.amount_untaxed, 1000)
        self.assertEqual(claim.step, "quoted")
        order.action_confirm()
        self.assertEqual(claim.told_step, "in_transit")
        order._action_cancel()
        self.assertEqual(claim.told_step, "cancelled")

    def test_spare_part(self):
        part = self.env["product.product"].create(
            {"name": "Blade", "type": "consu", "list_price": 7, "taxes_id": False}
        )
        line = [{"lot_id": self.serials[0].id, "part_id": part.id, "quantity": 3}]
        ticket = self._ticket()
        claim = self._replace(ticket, line)
        self.assertEqual(claim.order_id.order_line.product_id, part)
        self.assertEqual(claim.order_id.order_line.product_uom_qty, 3)
        self.assertEqual(claim.order_id.amount_total, 0)
        self._done(claim.order_id.picking_ids)
        # A part is no replacement of the machine.
        self.assertTrue(self._replace(ticket).free)
        self.assertEqual(
            self._replace(ticket, line, quoted=True).order_id.amount_untaxed, 21
        )

    def test_part_that_is_not_sold_or_unknown(self):
        part = self.env["product.product"].create({"name": "Tool", "sale_ok": False})
        for part_id in (part.id, 2**31 - 1):
            with self.assertRaises(UserError):
                self._replace(
                    self._ticket(),
                    [{"lot_id": self.serials[0].id, "part_id": part_id}],
                )

    def test_not_replaced_twice(self):
        ticket = self._ticket()
        claim = self._replace(ticket)
        with self.assertRaisesRegex(UserError, "1.0 replaced already"):
            self._replace(ticket)
        claim.order_id._action_cancel()
        self.assertTrue(self._replace(ticket).free)

    def test_replaced_is_not_credited_until_the_replacement_is_back(self):
        ticket = self._ticket()
        claim = self._replace(ticket)
        self._done(claim.order_id.picking_ids)
        self._take_back(ticket, self.stock_user, self.serials[0])
        product = [{"product_id": self.machine.id}]
        with self.assertRaises(UserError):
            ticket.with_user(self.biller).request_credit(product)
        new = claim.order_id.picking_ids.move_line_ids.lot_id
        answer = ticket.with_user(self.stock_user).create_return(
            [{"lot_id": new.id}], {"picking_id": claim.order_id.picking_ids.id}
        )
        self._done(self.env["stock.picking"].browse(answer["picking_id"]))
        ticket.with_user(self.biller).request_credit(product)

    def test_goods_that_came_back_for_the_ticket_are_under_warranty(self):
        ticket = self._ticket()
        self._take_back(ticket, self.stock_user, self.serials[0])
        self.assertTrue(self._replace(ticket).free)

    def test_no_other_customers_goods(self):
        ticket = self._ticket()
        for call in (self._exchange, lambda t, lot: self._replace(t, self._line(lot))):
            with self.assertRaises(UserError):
                call(ticket, 2)

    def test_client_key(self):
        ticket = self._ticket().with_user(self.salesman)
        options = {"client_key": "x-1"}
        first = ticket.create_replacement(self._line(), options)
        self.assertEqual(ticket.create_replacement(self._line(), options), first)
        with self.assertRaises(UserError):
            ticket.create_replacement(self._line(1), options)

    def test_refuses_nonsense(self):
        ticket = self._ticket().with_user(self.salesman)
        for lines, options in (
            ([], None),
            (self._line(), {"speed": 1}),
            (self._line(), {"goodwill": "yes"}),
            (self._line(), "x"),
            ([{"lot_id": self.serials[0].id, "part_id": "x"}], None),
        ):
            for call in (ticket.create_replacement, ticket.create_exchange):
                with self.assertRaises(UserError):
                    call(lines, options)
