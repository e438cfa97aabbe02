# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A ticket, its promises, its context and a return, over XML-RPC."""

import os
import xmlrpc.client

URL, DB = os.environ["ODOO_URL"], os.environ["ODOO_DB"]
LOGIN, KEY = os.environ["ODOO_LOGIN"], os.environ["ODOO_API_KEY"]

common = xmlrpc.client.ServerProxy(f"{URL}/xmlrpc/2/common")
uid = common.authenticate(DB, LOGIN, KEY, {})
odoo = xmlrpc.client.ServerProxy(f"{URL}/xmlrpc/2/object")


def call(model, method, *args, **kwargs):
    """Call a public method with positional and named arguments."""
    return odoo.execute_kw(DB, uid, KEY, model, method, list(args), kwargs)


[customer] = call(
    "res.partner", "search_read", [("ref", "=", "C-104")], ["name"], limit=1
)
[team_id] = call("helpdesk.ticket.team", "search", [], limit=1)
ticket_id = call(
    "helpdesk.ticket",
    "create",
    {
        "name": "Spindle makes noise",
        "description": "<p>Reported by the machine itself.</p>",
        "partner_id": customer["id"],
        "team_id": team_id,
        "priority": "2",
    },
)
[status] = call("helpdesk.ticket", "get_sla_status", [ticket_id])
for target in status["targets"]:
    print(target["kind"], target["state"], "due", target["due"])

[context] = call("helpdesk.ticket", "get_context", [ticket_id])
print(context["customer"]["commercial_name"], context["entitlement"]["reason"])
for serial in context["serials"]:
    print(f"  {serial['name']}: {serial['warranty']['reason']}")

# with a key of your own a repeated call answers the same return
lines = [{"lot_id": context["serials"][0]["id"], "quantity": 1}]
options = {"client_key": f"example-{ticket_id}", "reason": "Spindle broken"}
first = call("helpdesk.ticket", "create_return", [ticket_id], lines, options)
again = call("helpdesk.ticket", "create_return", [ticket_id], lines, options)
print(f"return {first['picking_id']}, asked again {again['picking_id']}")
assert first == again
call("stock.picking", "action_cancel", [first["picking_id"]])  # it was an example

# a quotation for the same again; under warranty it is free without "quoted"
options = {"client_key": f"example-quote-{ticket_id}", "quoted": True}
quoted = call("helpdesk.ticket", "create_replacement", [ticket_id], lines, options)
if quoted["requested"]:
    print("somebody who sells has been asked, claim", quoted["claim_id"])
else:
    print("quotation", quoted["order_id"])
    call("sale.order", "action_cancel", [quoted["order_id"]])
