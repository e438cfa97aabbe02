# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A customer's figures over XML-RPC."""

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
    "res.partner",
    "search_read",
    [("ref", "=", "C-104")],
    ["name"],
    limit=1,
)
[answer] = call(
    "res.partner",
    "get_customer_360",
    [customer["id"]],
    {"sections": ["finance", "sales"], "timeline_limit": 0},
)
print(f"{customer['name']}, {answer['scope']}, in {answer['currency']}")
for section in answer["sections"].values():
    print(section["label"])
    for metric in section["metrics"].values():
        print(f"  {metric['label']}: {metric['value']} ({metric['unit']})")

# every figure says which records it sums: the list behind it has the same total
metric = answer["sections"]["finance"]["metrics"]["open_invoices"]
field = metric["aggregate"].split(":")[0]
rows = call(metric["model"], "search_read", metric["domain"], [field])
total = metric["sign"] * sum(row[field] for row in rows)
print(f"{metric['label']}: {len(rows)} items sum up to {total:.2f}")
assert abs(total - metric["value"]) < 0.005

# what the page draws of one customer can be asked for too
[page] = call(
    "res.partner",
    "get_customer_360",
    [customer["id"]],
    {"sections": ["finance"], "include": ["charts", "tables"], "timeline_limit": 0},
)
for chart in page["sections"]["finance"]["charts"]:
    print(chart["label"])
    values = zip(chart["labels"], chart["datasets"][0]["values"], strict=True)
    for label, value in values:
        print(f"  {label}: {value:.2f}")
for table in page["sections"]["finance"]["tables"]:
    print(f"{table['label']}: {table['count']}")
    for row in table["rows"]:
        print("  ", *(row[column["key"]] for column in table["columns"]))
