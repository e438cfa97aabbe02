# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A ticket, its promises and its context over JSON-2."""

import os

import requests

URL, DB = os.environ["ODOO_URL"], os.environ["ODOO_DB"]
HEADERS = {
    "Authorization": f"bearer {os.environ['ODOO_API_KEY']}",
    "X-Odoo-Database": DB,
}


def call(model, method, **named):
    """Call a public method; JSON-2 takes named arguments, the records as ``ids``."""
    url = f"{URL}/json/2/{model}/{method}"
    answer = requests.post(url, json=named, headers=HEADERS, timeout=60)
    if not answer.ok:
        raise SystemExit(f"{answer.status_code}: {answer.json()['message']}")
    return answer.json()


[customer] = call(
    "res.partner", "search_read", domain=[("ref", "=", "C-111")], fields=["name"]
)
[team_id] = call("helpdesk.ticket.team", "search", domain=[], limit=1)
[ticket_id] = call(
    "helpdesk.ticket",
    "create",
    vals_list=[
        {
            "name": "Press stops with E-214",
            "description": "<p>After twenty minutes.</p>",
            "partner_id": customer["id"],
            "team_id": team_id,
        }
    ],
)
[status] = call("helpdesk.ticket", "get_sla_status", ids=[ticket_id])
for target in status["targets"]:
    hours = target["remaining_minutes"] / 60
    print(f"{target['kind']}: {hours:.1f} working hours left, due {target['due']} UTC")
[context] = call("helpdesk.ticket", "get_context", ids=[ticket_id])
for key in ("orders", "deliveries", "invoices", "serials"):
    print(f"{key}: {len(context[key])}")

# what can be returned, replaced and credited: quantities, no amounts
[possible] = call("helpdesk.ticket", "get_settlement_options", ids=[ticket_id])
for row in possible["deliveries"]:
    name = row["lot"] or row["product"]
    print(f"{name}: {row['open']:g} of {row['delivered']:g} can be returned")
