# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The same figures of several customers over JSON-2, in one call."""

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


customers = call(
    "res.partner",
    "search_read",
    domain=[("ref", "in", ["C-101", "C-104", "C-111"])],
    fields=["name"],
)
answers = call(
    "res.partner",
    "get_customer_360",
    ids=[customer["id"] for customer in customers],
    options={"sections": ["finance"], "timeline_limit": 0},
)
for customer, answer in zip(customers, answers, strict=True):
    metrics = answer["sections"]["finance"]["metrics"]
    print(customer["name"])
    for key in ("revenue", "revenue_previous", "receivable", "overdue"):
        print(f"  {metrics[key]['label']}: {metrics[key]['value']:.2f}")
        print(f"    {metrics[key]['basis']}")
