# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a subscription will bill, and billing what is due, over XML-RPC."""

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


[contract] = call(
    "contract.contract",
    "search_read",
    [("next_bill_date", "!=", False), ("subscription_plan_id", "!=", False)],
    ["name", "subscription_state", "next_bill_date"],
    order="next_bill_date, id",
    limit=1,
)
print(contract["name"], contract["subscription_state"], contract["next_bill_date"])
for row in call("contract.contract", "preview_schedule", [contract["id"]], False, 4):
    print(
        f"  {row['invoice_date']}: {row['period_start']} to {row['period_end']}, "
        f"{row['amount']:.2f} {row['currency']} untaxed"
    )

# bills nothing twice: the second call tells what is billed already
first = call("contract.contract", "run_billing", [contract["id"]], {})
second = call("contract.contract", "run_billing", [contract["id"]], {})
print(f"billed {first['billed']} periods, invoices {first['invoice_ids']}")
print(f"again: {second['billed']}; {second['already'][0]['reason']}")
assert second["billed"] == 0
