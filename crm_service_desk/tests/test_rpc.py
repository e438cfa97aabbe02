# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The external API as integrators call it: real XML-RPC, with real logins."""

import json
import xmlrpc.client
from datetime import datetime, timedelta

from odoo import Command
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import AGENT_ALL, MachineCase
from .test_exchange import SALES

PASSWORD = "sd-rpc-password"
USER_ERROR, ACCESS_ERROR = 2, 4


@tagged("post_install", "-at_install")
class TestRpc(HttpCase, MachineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in (cls.agent, cls.stock_user, cls.biller, cls.employee):
            user.password = PASSWORD
        cls.ticket = cls._ticket()

    def _call(self, user, method, *args, model="helpdesk.ticket"):
        return self.xmlrpc_object.execute_kw(
            self.env.cr.dbname, user.id, PASSWORD, model, method, list(args)
        )

    def _fault(self, user, method, *args, model="helpdesk.ticket"):
        with mute_logger("odoo.http", "odoo.addons.rpc.controllers.xmlrpc"):
            with self.assertRaises(xmlrpc.client.Fault) as caught:
                self._call(user, method, *args, model=model)
        return caught.exception

    def test_reading_calls_carry_plain_types(self):
        ids = self.ticket.ids
        (status,) = self._call(self.agent, "get_sla_status", ids)
        self.assertEqual(status["ticket_id"], self.ticket.id)
        for target in status["targets"]:
            self.assertRegex(target["due"], r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$")
            self.assertEqual(target["policy_id"], self.policy.id)
            self.assertIsInstance(target["remaining_minutes"], int)
        (context,) = self._call(self.agent, "get_context", ids)
        self.assertEqual(len(context["serials"]), 2)
        (preview,) = self._call(
            self.agent,
            "preview_deadline",
            self.policy.ids,
            "2026-11-20 15:00:00",
            model="service.sla.policy",
        )
        self.assertEqual(preview["targets"]["resolution"]["due"], "2026-11-23 15:00:00")

    def test_create_ticket_over_rpc(self):
        """Other systems: the same key makes the same ticket, foreign documents none."""
        values = {
            "name": "Order 17 <b>broken</b>",
            "description": "a < b",
            "team_id": self.team.id,
            "partner_id": self.contact.id,
            "service_lot_id": self.serials[0].id,
        }
        key = {"client_key": "xmlrpc-1"}
        made = self._call(self.agent, "create_ticket", values, key)
        self.assertTrue(made["created"])
        again = self._call(self.agent, "create_ticket", values, key)
        self.assertEqual(again, dict(made, created=False))
        (row,) = self._call(
            self.agent, "read", [made["ticket_id"]], ["number", "service_lot_id"]
        )
        self.assertEqual(row["number"], made["number"])
        self.assertEqual(row["service_lot_id"][0], self.serials[0].id)
        faults = {
            self._fault(
                self.agent, "create_ticket", dict(values, service_lot_id=number)
            ).faultString.replace(str(number), "N")
            for number in (self.serials[2].id, 10**8)
        }
        self.assertEqual(len(faults), 1, "foreign and missing are the same")
        fault = self._fault(self.agent, "create_ticket", dict(values, stage_id=1))
        self.assertIn("stage_id", fault.faultString)
        self.assertEqual(fault.faultCode, USER_ERROR)
        fault = self._fault(self.employee, "create_ticket", values)
        self.assertEqual(fault.faultCode, ACCESS_ERROR)

    def test_settling_over_rpc(self):
        ids, lines = self.ticket.ids, [{"lot_id": self.serials[0].id, "quantity": 1}]
        asked = self._call(self.agent, "create_return", ids, lines)
        self.assertTrue(asked["requested"])
        key = {"client_key": "rpc-1", "reason": "broken"}
        made = self._call(self.stock_user, "create_return", ids, lines, key)
        self.assertEqual(
            self._call(self.stock_user, "create_return", ids, lines, key), made
        )
        self.assertIn(
            "0 returned",
            self._fault(self.biller, "request_credit", ids, lines).faultString,
        )
        self._call(
            self.stock_user,
            "button_validate",
            [made["picking_id"]],
            model="stock.picking",
        )
        credit = self._call(self.biller, "request_credit", ids, lines)
        self._call(
            self.biller, "action_post", [credit["move_id"]], model="account.move"
        )
        self.env.invalidate_all()
        self.assertEqual(
            self.env["account.move"].browse(credit["move_id"]).amount_untaxed, 1000
        )
        self.assertEqual(self.ticket.service_lot_id, self.serials[0])

    def test_settlements_are_checked_in_stock_and_ledger(self):
        """Exchange one machine, credit the other: quantities, residual, warranty."""
        ids = self.ticket.ids
        one, two = ([{"lot_id": lot.id, "quantity": 1}] for lot in self.serials[:2])
        spare = self.env["stock.lot"].create(
            {"name": "SN-5001", "product_id": self.machine.id}
        )
        self.env["stock.quant"]._update_available_quantity(
            self.machine, self.stock_location, 1, lot_id=spare
        )
        (possible,) = self._call(self.agent, "get_settlement_options", ids)
        self.assertEqual([r["open"] for r in possible["deliveries"]], [1.0, 1.0])
        asked = self._call(self.agent, "create_exchange", ids, one, {"wait": True})
        self.assertTrue(asked["requested"])
        claim = [asked["claim_id"]]
        fault = self._fault(self.biller, "action_grant", claim, model="service.claim")
        self.assertEqual(fault.faultCode, ACCESS_ERROR)
        self._call(self.stock_user, "action_grant", claim, model="service.claim")
        (told,) = self._call(
            self.agent, "read", claim, ["step", "document_name"], model="service.claim"
        )
        self.assertEqual(told["step"], "in_transit")
        pickings = self._call(
            self.stock_user,
            "search",
            [["service_ticket_id", "in", ids]],
            model="stock.picking",
        )
        self.assertEqual(len(pickings), 2)
        for picking_id in sorted(pickings):
            self._call(
                self.stock_user, "button_validate", [picking_id], model="stock.picking"
            )
        back = self._call(self.stock_user, "create_return", ids, two)
        self._call(
            self.stock_user,
            "button_validate",
            [back["picking_id"]],
            model="stock.picking",
        )
        self.assertIn(
            "1.0 replaced",
            self._fault(self.biller, "request_credit", ids, one).faultString,
        )
        credit = self._call(self.biller, "request_credit", ids, two)
        for lines in (one, two, [{"product_id": self.machine.id}]):
            self._fault(self.biller, "request_credit", ids, lines)
        self._call(
            self.biller, "action_post", [credit["move_id"]], model="account.move"
        )
        self.env.invalidate_all()
        line = self.order.order_line
        self.assertEqual((line.qty_delivered, line.qty_invoiced), (1, 1))
        self.assertEqual(self.invoice.amount_residual, 1000)
        self.assertEqual(spare.service_owner_id, self.customer)
        self.assertEqual(spare.service_replaces_id, self.serials[0])
        self.assertEqual(self.ticket.stage_id.service_clock, "counts")
        (life,) = self._call(
            self.stock_user, "get_service_life", spare.ids, model="stock.lot"
        )
        self.assertIn("replacement", [event["kind"] for event in life["events"]])

    def _check_client_key(self, user, method, ids, lines, others, **options):
        """The same key answers the same; with anything else in the call it is refused.

        :param others: other lines
        :return: the answer
        """
        options = {"client_key": "key-1", **options}
        claims = self.env["service.claim"].sudo()
        before = claims.search_count([])
        made = self._call(user, method, ids, lines, options)
        for _again in range(2):
            self.assertEqual(self._call(user, method, ids, lines, options), made)
        for other in (
            (ids, others, options),
            (ids, lines, dict(options, reason="another")),
            (self._ticket().ids, lines, options),
        ):
            fault = self._fault(user, method, *other)
            self.assertEqual(fault.faultCode, USER_ERROR)
            self.assertIn("key-1", fault.faultString)
        self.assertEqual(claims.search_count([]), before + 1, method)
        return made

    def test_client_keys_of_settlements(self):
        """Each kind has keys of its own: the same key is another's elsewhere."""
        seller = new_test_user(
            self.env,
            login="sd-rpc-sell",
            password=PASSWORD,
            groups=f"{SALES},{AGENT_ALL}",
        )
        ids = self.ticket.ids
        one, two = ([{"lot_id": lot.id}] for lot in self.serials[:2])
        made = self._check_client_key(self.stock_user, "create_return", ids, one, two)
        picking = self.env["stock.picking"].browse(made["picking_id"])
        picking.move_ids.picked = True
        picking.button_validate()
        made = self._check_client_key(self.biller, "request_credit", ids, one, two)
        credit = self.env["account.move"].browse(made["move_id"])
        self.assertEqual(credit.amount_untaxed, 1000)
        self._check_client_key(self.stock_user, "create_exchange", ids, two, one)
        made = self._check_client_key(
            seller, "create_replacement", ids, two, one, quoted=True
        )
        self.assertEqual(len(self.ticket.sudo().service_claim_ids), 4)
        # What is asked for is asked for once, too, and granted it stays the answer.
        other = self._ticket(partner_id=self.other.id)
        third = [{"lot_id": self.serials[2].id}]
        asked = self._call(
            self.agent, "create_return", other.ids, third, {"client_key": "key-2"}
        )
        self.assertTrue(asked["requested"])
        self._call(
            self.stock_user, "action_grant", [asked["claim_id"]], model="service.claim"
        )
        again = self._call(
            self.agent, "create_return", other.ids, third, {"client_key": "key-2"}
        )
        self.assertEqual(again["claim_id"], asked["claim_id"])
        self.assertFalse(again["requested"])
        for key in ("", 7, "x" * 181, ["x"]):
            options = {"client_key": key}
            fault = self._fault(self.agent, "create_return", other.ids, third, options)
            self.assertIn("client_key", fault.faultString)

    def test_exchange_for_another_product(self):
        """Over XML-RPC, asked once for each key, of each who makes a document."""
        other = self._machine("Mill 2", list_price=1200.0)
        lines = [{"lot_id": self.serials[0].id, "part_id": other.id}]
        options = {"client_key": "other", "reason": "Too slow"}
        ids = self.ticket.ids
        asked = self._call(self.agent, "create_switch", ids, lines, options)
        for kind in ("return", "replacement"):
            self.assertTrue(asked[kind]["requested"])
        self.assertEqual(
            self._call(self.agent, "create_switch", ids, lines, options), asked
        )
        fault = self._fault(
            self.agent, "create_switch", ids, lines, {"client_key": "other"}
        )
        self.assertIn("client_key", fault.faultString)
        self.assertEqual(len(self.ticket.sudo().service_claim_ids), 2)

    def test_client_keys_are_of_one_company(self):
        """In another company the same key makes another record."""
        second = self.env["res.company"].create({"name": "Second"})
        self.env["account.chart.template"].try_loading(
            "generic_coa", company=second, install_demo=False
        )
        self.stock_user.company_ids |= second
        lot = self.env["stock.lot"].create(
            {"name": "SN-9001", "product_id": self.machine.id, "company_id": False}
        )
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", second.id)], limit=1
        )
        here = self.env(context={"allowed_company_ids": [second.id, self.company.id]})
        here["stock.quant"]._update_available_quantity(
            self.machine.with_env(here), warehouse.lot_stock_id, 1, lot_id=lot
        )
        order = here["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "company_id": second.id,
                "order_line": [
                    Command.create(
                        {"product_id": self.machine.id, "product_uom_qty": 1}
                    )
                ],
            }
        )
        order.action_confirm()
        order.picking_ids.move_ids.picked = True
        order.picking_ids.button_validate()
        ticket = here["helpdesk.ticket"].create(
            {
                "name": "x",
                "description": "x",
                "company_id": second.id,
                "partner_id": self.contact.id,
            }
        )
        self.assertEqual(ticket.company_id, second)
        key = {"client_key": "one"}
        made = [
            self._call(
                self.stock_user, "create_return", one.ids, [{"lot_id": lot}], key
            )
            for one, lot in ((self.ticket, self.serials[0].id), (ticket, lot.id))
        ]
        pickings = self.env["stock.picking"].browse(
            [answer["picking_id"] for answer in made]
        )
        self.assertEqual(pickings.mapped("company_id"), self.company | second)
        rows = self.env["crm.suite.client.key"].search([("key", "=", "return:one")])
        self.assertEqual(rows.company_id, self.company | second)

    def _json2(self, user, method, ids, model="helpdesk.ticket", **arguments):
        """Call a method over JSON-2 with an API key of the user."""
        key = (
            self.env(user=user)["res.users.apikeys"]
            .with_user(user)
            ._generate("rpc", "settlements", datetime.now() + timedelta(days=1))
        )
        response = self.url_open(
            f"/json/2/{model}/{method}",
            data=json.dumps(dict(arguments, ids=ids)),
            headers={
                "Content-Type": "application/json",
                "Authorization": f"Bearer {key}",
            },
        )
        return response.status_code, response.json()

    def test_settling_over_json_2(self):
        ids, lines = self.ticket.ids, [{"lot_id": self.serials[0].id}]
        status, asked = self._json2(self.agent, "create_return", ids, lines=lines)
        self.assertEqual((status, asked["requested"]), (200, True))
        claim = [asked["claim_id"]]
        with mute_logger("odoo.http"):
            status, refusal = self._json2(
                self.biller, "action_grant", claim, model="service.claim"
            )
        self.assertEqual(status, 403)
        self.assertNotIn("Traceback", refusal["message"])
        status, action = self._json2(
            self.stock_user, "action_grant", claim, model="service.claim"
        )
        self.assertEqual((status, action["res_model"]), (200, "stock.picking"))
        with mute_logger("odoo.http"):
            status, refusal = self._json2(
                self.stock_user, "create_exchange", ids, lines=lines
            )
        self.assertEqual(status, 422)
        self.assertIn("can still be", refusal["message"])

    def test_faults_say_what_is_wrong(self):
        missing = self.ticket.id + 100000
        for args, words in (
            (("get_sla_status", [missing]), str(missing)),
            (("get_context", []), "ids"),
            (("link_document", self.ticket.ids, "res.users", 1), "res.users"),
            (("create_return", self.ticket.ids, [{"lot": 1}]), "lot"),
            (("request_credit", self.ticket.ids, {}), "lines"),
        ):
            fault = self._fault(self.agent, *args)
            self.assertEqual(fault.faultCode, USER_ERROR, args)
            self.assertIn(words, fault.faultString)
            self.assertNotIn("Traceback", fault.faultString)

    def test_only_the_desk(self):
        for method, *args in (
            ("get_sla_status",),
            ("get_context",),
            ("link_document", "stock.lot", self.serials[0].id),
            ("create_return", [{"lot_id": self.serials[0].id}]),
            ("request_credit", [{"lot_id": self.serials[0].id}]),
            ("create_exchange", [{"lot_id": self.serials[0].id}]),
            ("create_replacement", [{"lot_id": self.serials[0].id}]),
            ("create_switch", [{"lot_id": self.serials[0].id}]),
            ("get_settlement_options",),
            ("action_settle",),
            ("action_return_serial",),
            ("action_credit_serial",),
        ):
            fault = self._fault(self.employee, method, self.ticket.ids, *args)
            self.assertEqual(fault.faultCode, ACCESS_ERROR, method)

    def test_machinery_cannot_be_called(self):
        for method in ("_service_sync", "_service_moment", "_service_holdings"):
            fault = self._fault(self.agent, method, self.ticket.ids)
            self.assertIn("Private", fault.faultString)

    def test_nobody_turns_back_the_clock(self):
        with mute_logger("odoo.http"):
            ticket_id = self.xmlrpc_object.execute_kw(
                self.env.cr.dbname,
                self.agent.id,
                PASSWORD,
                "helpdesk.ticket",
                "create",
                [{"name": "x", "description": "x", "team_id": self.team.id}],
                {"context": {"service_moment": "2020-01-01 00:00:00"}},
            )
        ticket = self.env["helpdesk.ticket"].browse(ticket_id)
        self.assertGreater(ticket.service_opened_on.year, 2020)
