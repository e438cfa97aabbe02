# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The 360 payload of one customer beside core's partner form, in queries and time.

Arguments: numbers of posted invoices that a customer has (default 10 1000). Both are
asked by the administrator, five times with a cold cache; the median counts.
"""

import statistics
import time

from odoo import Command
from odoo.tests import Form

TEMPLATE = "suite"
CHUNK = 200
REPEAT = 5


def main(env, arguments):
    """Measure both pages for customers of each size; see ``suite.commands.bench``."""
    results = {}
    for size in [int(text) for text in arguments] or [10, 1000]:
        partner = _customer(env, size)
        ours = _measure(env, lambda p: p.get_customer_360({}), partner)
        bare = _measure(
            env, lambda p: p.get_customer_360({"timeline_limit": 0}), partner
        )
        spec = _form_specification(env)
        peer = _measure(env, lambda p, s=spec: p.web_read(s), partner)
        for name, mine in (("page", ours), ("page without timeline", bare)):
            key = f"{name}, {size} invoices"
            results[f"{key}: time"] = {
                "ours": mine[0] * 1000,
                "peer": peer[0] * 1000,
                "unit": "ms",
            }
            results[f"{key}: queries"] = {
                "ours": mine[1],
                "peer": peer[1],
                "unit": "queries",
            }
    return results


def _customer(env, size):
    """Return a customer with so many posted invoices."""
    partner = env["res.partner"].create({"name": f"Customer {size}"})
    product = env["product.product"].create({"name": "Part", "list_price": 10.0})
    line = Command.create({"product_id": product.id, "quantity": 1, "price_unit": 10})
    for start in range(0, size, CHUNK):
        moves = env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": partner.id,
                    "invoice_date": f"2025-{1 + index % 12:02d}-15",
                    "invoice_line_ids": [line],
                }
                for index in range(start, min(start + CHUNK, size))
            ]
        )
        moves.action_post()
        env.cr.commit()  # pylint: disable=invalid-commit
        env.invalidate_all()
    return partner


def _form_specification(env):
    """Return what the web client asks for when it opens the partner form."""
    form = Form(env["res.partner"])
    return {
        name: {}
        for name in form._view["fields"]
        if form._view["fields"][name].get("type") != "properties"
    }


def _measure(env, ask, partner):
    """Return (median seconds, queries) of a cold call."""
    seconds = []
    queries = 0
    for _index in range(REPEAT):
        env.flush_all()
        env.invalidate_all()
        before = env.cr.sql_log_count
        start = time.perf_counter()
        ask(partner)
        seconds.append(time.perf_counter() - start)
        queries = env.cr.sql_log_count - before
    return statistics.median(seconds), queries
