# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Kits: with the Manufacturing app, which the other tests do without, a kit is taken
back as its components and credited as one."""

import os

import pytest

SCRIPT = """
from odoo import Command
from odoo.exceptions import UserError

env = env(user=env.ref("base.user_admin").id)
if not env.company.chart_template:
    env["account.chart.template"].try_loading("generic_coa", company=env.company)
env.user.group_ids |= (
    env.ref("helpdesk_mgmt.group_helpdesk_manager")
    | env.ref("account.group_account_invoice")
    | env.ref("stock.group_stock_user")
    | env.ref("sales_team.group_sale_manager")
)
company = env.company
blade, screw, kit = env["product.product"].create(
    [
        {
            "name": name,
            "is_storable": name != "Kit",
            "type": "consu",
            "list_price": 90.0,
            "invoice_policy": "delivery",
            "service_warranty_months": 12,
            "taxes_id": [Command.clear()],
        }
        for name in ("Blade", "Screw", "Kit")
    ]
)
env["mrp.bom"].create(
    {
        "product_tmpl_id": kit.product_tmpl_id.id,
        "type": "phantom",
        "product_qty": 1,
        "bom_line_ids": [
            Command.create({"product_id": blade.id, "product_qty": 1}),
            Command.create({"product_id": screw.id, "product_qty": 4}),
        ],
    }
)
stock = env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
for product in (blade, screw):
    env["stock.quant"]._update_available_quantity(product, stock.lot_stock_id, 100)
partner = env["res.partner"].create({"name": "Kit Works", "is_company": True})
order = env["sale.order"].create(
    {
        "partner_id": partner.id,
        "order_line": [
            Command.create({"product_id": kit.id, "product_uom_qty": 3}),
        ],
    }
)
order.action_confirm()


def finish(picking):
    picking.move_ids.picked = True
    picking.button_validate()
    assert picking.state == "done"


finish(order.picking_ids)
invoice = order._create_invoices()
invoice.action_post()
ticket = env["helpdesk.ticket"].create(
    {"name": "Kit", "description": "x", "partner_id": partner.id}
)


def refused(call, *args):
    try:
        with env.cr.savepoint():
            call(*args)
    except UserError as error:
        return str(error)
    return ""


wanted = [{"product_id": kit.id, "quantity": 1}]
result = {"early": refused(ticket.request_credit, wanted)}
answer = ticket.create_return(wanted)
picking = env["stock.picking"].browse(answer["picking_id"])
result["moves"] = sorted(
    (move.product_id.name, move.product_uom_qty) for move in picking.move_ids
)
result["too much"] = refused(
    ticket.create_return, [{"product_id": kit.id, "quantity": 3}]
)
finish(picking)
result["delivered"] = order.order_line.qty_delivered
result["two"] = refused(
    ticket.request_credit, [{"product_id": kit.id, "quantity": 2}]
)
credit = env["account.move"].browse(ticket.request_credit(wanted)["move_id"])
credit.action_post()
result["credit"] = [credit.amount_untaxed, credit.invoice_line_ids.product_id.name]
result["residual"] = invoice.amount_residual
result["again"] = refused(ticket.request_credit, wanted)
# one blade of another kit is exchanged: that kit is made good
exchange = ticket.create_exchange([{"product_id": blade.id, "quantity": 1}])
claim = env["service.claim"].browse(exchange["claim_id"])
finish(claim.picking_id)
finish(claim.move_ids.picking_id)
result["exchange"] = [claim.step, order.order_line.qty_delivered]
# its four screws and the new blade come back: now the kit is credited, and only one
back = ticket.create_return([{"product_id": screw.id, "quantity": 4}])
finish(env["stock.picking"].browse(back["picking_id"]))
result["exchanged"] = refused(ticket.request_credit, wanted)
result["facts"] = ticket.get_settlement_options()[0]["invoices"][0]
"""


@pytest.fixture(scope="module")
def told(suite_templates):
    """What happened in a database of its own that has kits."""
    db = f"{suite_templates.prefix}_kits_{os.getpid()}"
    suite_templates.copy("suite", db)
    odoo = suite_templates.odoo
    try:
        log = odoo.layout.logs / f"{db}.log"
        assert odoo.update(db, install=["sale_mrp"], log=log) == []
        yield odoo.evaluate(db, SCRIPT)
    finally:
        suite_templates.databases.drop(db)


def test_a_kit_comes_back_as_its_components(told):
    assert told["moves"] == [["Blade", 1.0], ["Screw", 4.0]]
    assert "can still be" in told["too much"]
    assert told["delivered"] == 2


def test_a_kit_is_credited_as_one_when_all_of_it_is_back(told):
    assert "0 returned" in told["early"]
    assert "1.0 returned" in told["two"]
    assert told["credit"] == [90.0, "Kit"]
    assert told["residual"] == 180
    assert "1.0 credited already" in told["again"]


def test_an_exchanged_component_is_not_credited_with_its_kit(told):
    assert told["exchange"][0] == "replaced"
    assert "replaced" in told["exchanged"]
    assert told["facts"]["open"] == 0
