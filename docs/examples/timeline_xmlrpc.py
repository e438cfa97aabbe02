# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""All that happened with a customer, page by page, over XML-RPC."""

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


[partner_id] = call("res.partner", "search", [("ref", "=", "C-104")], limit=1)
cursor, pages, seen = False, 0, []
while pages == 0 or cursor:
    options = {"sections": [], "timeline_limit": 25}
    if cursor:
        options["timeline_cursor"] = cursor
    [answer] = call("res.partner", "get_customer_360", [partner_id], options)
    rows, cursor = answer["timeline"]["rows"], answer["timeline"]["next"]
    pages += 1
    seen += [(row["model"], row["res_id"], row["kind"], row["date"]) for row in rows]
    for row in rows[:5]:
        print(row["date"], row["kind"], row["title"], row["state"] or "")
    print(f"... page {pages}: {len(rows)} rows")
assert len(seen) == len(set(seen)), "no row comes twice"
assert [date for *_row, date in seen] == sorted(
    (date for *_row, date in seen), reverse=True
), "newest first"
print(f"{len(seen)} rows on {pages} pages")
