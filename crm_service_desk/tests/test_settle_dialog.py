# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is possible is shown, in the dialog and to integrators, without amounts."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .test_exchange import ExchangeCase


@tagged("post_install", "-at_install")
class TestSettleDialog(ExchangeCase):
    def _open(self, ticket, user, kind):
        ticket = ticket.with_user(user).with_context(service_kind=kind)
        action = ticket.action_settle()
        self.assertEqual(action["target"], "new")
        return self.env["service.settle"].with_user(user).browse(action["res_id"])

    def test_what_is_possible(self):
        ticket = self._ticket()
        self._take_back(ticket, self.stock_user, self.serials[0])
        (told,) = ticket.with_user(self.agent).get_settlement_options()
        rows = {row["lot"]: row for row in told["deliveries"]}
        self.assertEqual(set(rows), {"SN-1001", "SN-1002"})
        for lot, returned in (("SN-1001", 1), ("SN-1002", 0)):
            row = rows[lot]
            self.assertEqual(
                (row["delivered"], row["returned"], row["open"]),
                (1, returned, 1 - returned),
            )
        self.assertEqual(rows["SN-1002"]["warranty"]["state"], "covered")
        (row,) = told["invoices"]
        self.assertEqual(
            (row["lot"], row["invoiced"], row["credited"], row["returned"]),
            ("SN-1001", 2, 0, 1),
        )
        self.assertEqual((row["open"], told["overdue"]), (1, False))
        self.assertNotIn("1000", str(told))
        ticket.with_user(self.biller).request_credit(self._line())
        (told,) = ticket.with_user(self.agent).get_settlement_options()
        self.assertEqual(told["invoices"][0]["open"], 0)
        with self.assertRaises(AccessError):
            ticket.with_user(self.employee).get_settlement_options()

    def test_linked_serial_comes_first_and_is_chosen(self):
        ticket = self._ticket(service_lot_id=self.serials[1].id)
        dialog = self._open(ticket, self.stock_user, "return")
        self.assertEqual(dialog.line_ids[0].serial, "SN-1002")
        self.assertEqual(dialog.line_ids.mapped("quantity"), [1, 0])
        action = dialog.action_settle()
        picking = self.env["stock.picking"].browse(action["res_id"])
        self.assertEqual(picking.move_line_ids.lot_id, self.serials[1])
        # A second click on the same dialog opens the same transfer.
        self.assertEqual(dialog.action_settle(), action)

    def test_whole_delivery(self):
        dialog = self._open(self._ticket(), self.stock_user, "return")
        dialog.line_ids.quantity = 1
        dialog.reason = "Both broken"
        picking = self.env["stock.picking"].browse(dialog.action_settle()["res_id"])
        self.assertEqual(picking.move_line_ids.lot_id, self.serials[:2])
        self._done(picking)
        self.assertEqual(self.order.order_line.qty_delivered, 0)

    def test_every_kind(self):
        ticket = self._ticket(service_lot_id=self.serials[0].id)
        made = self._open(ticket, self.salesman, "replacement").action_settle()
        self.assertEqual(made["res_model"], "sale.order")
        self.env["sale.order"].browse(made["res_id"])._action_cancel()
        made = self._open(ticket, self.stock_user, "exchange").action_settle()
        picking = self.env["stock.picking"].browse(made["res_id"])
        self.assertTrue(picking.return_id)
        ticket = self._ticket(service_lot_id=self.serials[1].id)
        self._take_back(ticket, self.stock_user, self.serials[1])
        dialog = self._open(ticket, self.biller, "credit")
        dialog.line_ids[0].amount = 600
        made = dialog.action_settle()
        credit = self.env["account.move"].browse(made["res_id"])
        self.assertEqual(credit.amount_untaxed, 600)

    def test_agent_is_told_who_is_asked(self):
        ticket = self._ticket(service_lot_id=self.serials[0].id)
        told = self._open(ticket, self.agent, "return").action_settle()
        self.assertEqual(told["tag"], "display_notification")
        form = Form(self._open(ticket, self.agent, "exchange"))
        form.reason = "Noise"
        self.assertEqual(form.save().reason, "Noise")

    def test_nothing_chosen_and_nonsense(self):
        ticket = self._ticket()
        with self.assertRaisesRegex(UserError, "at least one"):
            self._open(ticket, self.stock_user, "return").action_settle()
        with self.assertRaises(UserError):
            self._open(ticket, self.stock_user, "gift")
        with self.assertRaises(AccessError):
            self._open(ticket, self.employee, "return")
