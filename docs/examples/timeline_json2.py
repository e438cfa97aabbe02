# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Only the invoices and deliveries of a customer's timeline, over JSON-2."""

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


[partner_id] = call("res.partner", "search", domain=[("ref", "=", "C-111")], limit=1)
[answer] = call(
    "res.partner",
    "get_customer_360",
    ids=[partner_id],
    options={"sections": [], "timeline_limit": 10},
)
kinds = answer["timeline"]["kinds"]
print(f"kinds of rows: {kinds}")
wanted = sorted({row["kind"] for row in answer["timeline"]["rows"]})[:2]
[answer] = call(
    "res.partner",
    "get_customer_360",
    ids=[partner_id],
    options={"sections": [], "timeline_limit": 10, "timeline_kinds": wanted},
)
for row in answer["timeline"]["rows"]:
    print(row["date"], row["kind"], row["title"], row["amount"] or "")
    assert row["kind"] in wanted
