# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Goods of a customer are repaired, under warranty or quoted."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.crm_service_desk.tests.test_exchange import ExchangeCase


@tagged("post_install", "-at_install")
class TestRepair(ExchangeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.part = cls.env["product.product"].create(
            {
                "name": "Bearing",
                "type": "consu",
                "list_price": 30.0,
                "taxes_id": False,
            }
        )

    def _repair(self, ticket, lot=0, user=None, **options):
        answer = ticket.with_user(user or self.stock_user).create_repair(
            self._line(lot), options
        )
        return self.env["service.claim"].browse(answer["claim_id"])

    def test_under_warranty_with_the_goods_that_come_back(self):
        ticket = self._ticket()
        answer = ticket.with_user(self.stock_user).create_return(self._line())
        back = self.env["stock.picking"].browse(answer["picking_id"])
        claim = self._repair(
            ticket, parts=[{"product_id": self.part.id, "quantity": 2}], wait=True
        )
        repair = claim.repair_id
        self.assertRecordValues(
            repair,
            [
                {
                    "lot_id": self.serials[0].id,
                    "product_qty": 1,
                    "under_warranty": True,
                    "picking_id": back.id,
                    "partner_id": self.contact.id,
                    "service_ticket_id": ticket.id,
                    "sale_order_id": False,
                }
            ],
        )
        self.assertEqual(repair.move_ids.product_uom_qty, 2)
        self.assertEqual((claim.free, claim.step), (True, "in_transit"))
        self._done(back)
        self.assertEqual(claim.told_step, "received")
        self.assertEqual(ticket.stage_id.service_clock, "paused")
        repair.action_validate()
        self.assertEqual(claim.told_step, "repairing")
        repair.action_repair_start()
        repair.action_repair_end()
        self.assertEqual(claim.told_step, "repaired")
        self.assertEqual(ticket.stage_id.service_clock, "counts")
        # It lies apart all the time: it is the customer's, and no stock of ours.
        place = self.company.service_faulty_location_id
        quants = self.serials[0].quant_ids.filtered("quantity")
        self.assertEqual(quants.location_id & place, place)
        self.assertNotIn(self.stock_location, quants.location_id)
        self.assertEqual(repair.with_user(self.stock_user).service_ticket_ids, ticket)
        found = self.env["repair.order"].search(
            [("service_ticket_ids", "in", ticket.ids)]
        )
        self.assertEqual(found, repair)

    def test_quoted_without_warranty(self):
        self._age(self.serials[0], 30)
        self.stock_user.group_ids |= self.env.ref("sales_team.group_sale_salesman")
        parts = [{"product_id": self.part.id, "quantity": 2}]
        claim = self._repair(self._ticket(), parts=parts)
        order = claim.repair_id.sale_order_id
        self.assertFalse(claim.free or claim.repair_id.under_warranty)
        self.assertEqual((order.state, order.require_signature), ("sent", True))
        self.assertEqual(order.amount_untaxed, 60)
        self.assertEqual(claim.step, "quoted")

    def test_who_may_not_sell_asks_for_the_quotation(self):
        self._age(self.serials[0], 30)
        claim = self._repair(self._ticket())
        self.assertFalse(claim.repair_id.sale_order_id)
        activity = claim.repair_id.activity_ids
        self.assertTrue(activity.user_id.has_group("sales_team.group_sale_salesman"))

    def test_not_twice_at_a_time(self):
        ticket = self._ticket()
        claim = self._repair(ticket)
        with self.assertRaisesRegex(UserError, "1.0 in repair already"):
            self._repair(ticket)
        claim.repair_id.action_repair_cancel()
        self.assertEqual(claim.told_step, "cancelled")
        self._repair(ticket)

    def test_overdue_customer_is_flagged(self):
        self.invoice.line_ids.filtered("date_maturity").date_maturity = "2020-01-01"
        ticket = self._ticket()
        with self.assertRaisesRegex(UserError, "overdue"):
            self._repair(ticket)
        self.assertTrue(self._repair(ticket, confirm_overdue=True).free)

    def test_agent_requests_and_the_workshop_grants(self):
        ticket = self._ticket()
        claim = self._repair(ticket, user=self.agent)
        self.assertEqual(claim.step, "requested")
        claim.with_user(self.stock_user).action_grant()
        self.assertEqual(claim.repair_id.create_uid, self.stock_user)
        with self.assertRaises(AccessError):
            self._repair(ticket, lot=1, user=self.employee)

    def test_refuses_nonsense(self):
        ticket = self._ticket().with_user(self.stock_user)
        line = self._line()
        for lines, options in (
            (line * 2, None),
            (self._line(2), None),
            (line, {"parts": [{"product_id": "x"}]}),
            (line, {"parts": [{"product_id": self.part.id, "quantity": 0}]}),
            (line, {"parts": [{"quantity": 1}]}),
            (line, {"parts": "x"}),
            ([{"lot_id": self.serials[0].id, "quantity": 2}], None),
        ):
            with self.assertRaises(UserError):
                ticket.create_repair(lines, options)

    def test_life_shows_the_repair(self):
        claim = self._repair(self._ticket(service_lot_id=self.serials[0].id))
        (life,) = self.serials[0].with_user(self.stock_user).get_service_life()
        kinds = [event["kind"] for event in life["events"]]
        for kind in ("repair", "settlement", "ticket", "delivered"):
            self.assertIn(kind, kinds)
        (event,) = [e for e in life["events"] if e["kind"] == "repair"]
        self.assertEqual(event["res_id"], claim.repair_id.id)

    def test_dialog(self):
        ticket = self._ticket(service_lot_id=self.serials[0].id)
        action = (
            ticket.with_user(self.stock_user)
            .with_context(service_kind="repair")
            .action_settle()
        )
        dialog = self.env["service.settle"].with_user(self.stock_user)
        made = dialog.browse(action["res_id"]).action_settle()
        self.assertEqual(made["res_model"], "repair.order")

    def test_credit_exchange_and_repair_of_the_same_piece(self):
        """Whatever comes first, the customer is made good once."""
        ticket = self._ticket()
        biller = ticket.with_user(self.biller)
        self._take_back(ticket, self.stock_user, self.serials[0])
        repair = self._repair(ticket).repair_id
        with self.assertRaisesRegex(UserError, "is in repair"):
            biller.request_credit(self._line())
        (told,) = ticket.with_user(self.agent).get_settlement_options()
        rows = {row["lot_id"]: row["open"] for row in told["invoices"]}
        self.assertEqual(rows, {self.serials[0].id: 0})
        repair.action_repair_cancel()
        biller.request_credit(self._line())
        with self.assertRaisesRegex(UserError, "1.0 credited already"):
            self._repair(ticket)
        self._exchange(ticket, 1)
        with self.assertRaisesRegex(UserError, "1.0 replaced already"):
            self._repair(ticket, 1)

    def test_repaired_and_sent_back_is_not_credited(self):
        ticket = self._ticket()
        back = self._take_back(ticket, self.stock_user, self.serials[0])
        repair = self._repair(ticket).repair_id
        repair.action_validate()
        repair.action_repair_start()
        repair.action_repair_end()
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=back.id, active_model="stock.picking")
            .create({"picking_id": back.id})
        )
        wizard.product_return_moves.quantity = 1
        again = self.env["stock.picking"].browse(
            wizard.action_create_returns()["res_id"]
        )
        self._done(again)
        for lines in (self._line(), [{"product_id": self.machine.id}]):
            with self.assertRaises(UserError):
                ticket.with_user(self.biller).request_credit(lines)

    def test_client_key(self):
        ticket = self._ticket()
        user = ticket.with_user(self.stock_user)
        options = {"client_key": "repair-1"}
        made = user.create_repair(self._line(), options)
        self.assertEqual(user.create_repair(self._line(), options), made)
        for lines, other in (
            (self._line(1), options),
            (self._line(), dict(options, quoted=True)),
        ):
            with self.assertRaisesRegex(UserError, "repair-1"):
                user.create_repair(lines, other)
        self.assertEqual(len(ticket.service_repair_ids), 1)
