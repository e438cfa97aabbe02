# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""In the browser: the agent asks for a return, logistics grants it, the serial number
tells its life; stock, ledger and ticket are checked afterwards."""

from odoo.tests import HttpCase, new_test_user, tagged

from .common import STOCK
from .test_exchange import ExchangeCase


@tagged("post_install", "-at_install")
class TestSettlementTour(HttpCase, ExchangeCase):
    def test_asked_granted_received(self):
        self.agent.password = "sd-agent-password"
        self.stock_user.password = "sd-stock-password"
        storeman = new_test_user(
            self.env, login="sd-tour", password="sd-tour-password", groups=STOCK
        )
        ticket = self._ticket(service_lot_id=self.serials[0].id)
        stage = ticket.stage_id
        self.start_tour(
            f"/odoo/helpdesk-tickets/{ticket.id}",
            "crm_service_desk_settlement",
            login="sd-agent",
        )
        claim = ticket.service_claim_ids
        self.assertEqual((claim.kind, claim.step), ("return", "requested"))
        self.assertIn("Makes noise", claim.note)
        self.assertEqual(ticket.stage_id.service_clock, "paused")
        self.start_tour(
            f"/odoo/service-claims/{claim.id}",
            "crm_service_desk_grant",
            login=storeman.login,
        )
        picking = claim.picking_id
        self.assertEqual(picking.create_uid, storeman)
        self.assertEqual(picking.move_line_ids.lot_id, self.serials[0])
        self._done(picking)
        self.env.invalidate_all()
        self.assertEqual(self.order.order_line.qty_delivered, 1)
        self.assertEqual(self.serials[0].location_id, picking.location_dest_id)
        self.assertEqual(ticket.stage_id, stage)
        action = self.env.ref("stock.action_production_lot_form").id
        self.start_tour(
            f"/odoo/action-{action}/{self.serials[0].id}",
            "crm_service_desk_serial_life",
            login="sd-stock",
        )

    def test_exchange_for_another_product(self):
        """The agent asks for both documents at once; stock and sales make theirs."""
        self.agent.password = "sd-agent-password"
        self._machine("Mill of the new series", list_price=1200.0)
        ticket = self._ticket(service_lot_id=self.serials[0].id)
        self.start_tour(
            f"/odoo/helpdesk-tickets/{ticket.id}",
            "crm_service_desk_switch",
            login="sd-agent",
        )
        out, back = ticket.service_claim_ids.sorted("id")
        self.assertEqual((out.kind, back.kind), ("replacement", "return"))
        out.with_user(self.salesman).action_grant()
        back.with_user(self.stock_user).action_grant()
        self.assertEqual((out.step, out.order_id.amount_untaxed), ("quoted", 1200))
        self._done(back.picking_id)
        out.order_id.action_confirm()
        credit = ticket.service_claim_ids - out - back
        self.assertEqual((credit.kind, credit.step), ("credit", "requested"))
