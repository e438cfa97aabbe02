# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Previewing and billing a subscription over JSON-2."""

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


[contract_id] = call(
    "contract.contract",
    "search",
    domain=[("next_bill_date", "!=", False), ("subscription_plan_id", "!=", False)],
    order="next_bill_date desc, id",
    limit=1,
)
schedule = call("contract.contract", "preview_schedule", ids=[contract_id], limit=3)
for row in schedule:
    print(f"{row['invoice_date']}: {row['amount_total']:.2f} {row['currency']}")
answer = call("contract.contract", "run_billing", ids=[contract_id], options={})
print(f"{answer['billed']} periods billed, {len(answer['parked'])} parked")
for row in answer["already"]:
    print(row["reason"])
