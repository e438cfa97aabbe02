# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Create and post the invoices of due contracts: ours beside OCA's cron.

Arguments: number of due contracts (default 1000), then any of ``draft`` (measure the
making of drafts too), ``profile`` (of ours, to standard error).

Each contract has three taxed lines that are due today and a customer of its own. The
peer is OCA's ``contract`` alone, in a database without our addon: its cron, then
``action_post`` on what it made. Then our addon is installed on top, the same contracts
are made anew, and our cron bills and posts them in its chunks. Both through commit,
with tracking and notifications as in real use. Memory is the peak of the process.
"""

import cProfile
import pstats
import resource
import sys
import time

from odoo import SUPERUSER_ID, Command, api, fields

TEMPLATE = "core"
CHUNK = 500


def main(env, arguments):
    """Measure both on the same contracts; see ``suite.commands.bench``."""
    size = int(arguments[0]) if arguments else 1000
    make_contracts(env, size, "Peer")
    peer = measure(env, lambda: run_peer(env))
    check_posted(env, "Peer", size)
    env = install(env)
    plan = make_plan(env)
    # What the first run of a new process loads is no part of either's work.
    make_contracts(env, 2, "Warm", plan)
    run_ours(env)
    make_contracts(env, size, "Ours", plan)
    before = peak_memory()
    ours = measure(env, lambda: run_ours(env), "profile" in arguments)
    check_posted(env, "Ours", size)
    return {
        f"create + post, {size} contracts": {
            "ours": ours,
            "peer": peer,
            "unit": "s",
        },
        f"each of {size}": {
            "ours": ours / size * 1000,
            "peer": peer / size * 1000,
            "unit": "ms",
        },
        f"memory added by the run of {size}": {
            "ours": peak_memory() - before,
            "peer": None,
            "unit": "MB",
        },
    }


def peak_memory():
    """Return the peak resident size of this process (int, MB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def measure(env, work, profile=False):
    """Return the seconds that ``work`` takes, from a cold cache through commit."""
    env.cr.commit()  # pylint: disable=invalid-commit
    env.invalidate_all()
    profiler = cProfile.Profile() if profile else None
    start = time.perf_counter()
    if profiler:
        profiler.runcall(work)
        pstats.Stats(profiler, stream=sys.stderr).sort_stats("cumtime").print_stats(150)
    else:
        work()
    env.cr.commit()  # pylint: disable=invalid-commit
    return time.perf_counter() - start


def install(env):
    """Install our addon on top; return the environment of the new registry."""
    env["ir.module.module"].update_list()
    module = env["ir.module.module"].search([("name", "=", "crm_subscription")])
    module.button_immediate_install()
    env.transaction.reset()
    return api.Environment(env.cr, SUPERUSER_ID, {})


def make_plan(env):
    """Return a plan whose invoices are posted."""
    return env["contract.plan"].create(
        {"name": "Monthly", "unit": "month", "invoice_mode": "posted", "term_count": 0}
    )


def make_contracts(env, size, name, plan=None):
    """Make ``size`` contracts of three taxed lines, due today, and commit."""
    if not env["account.journal"].search([("type", "=", "sale")], limit=1):
        env["account.chart.template"].try_loading("generic_coa", company=env.company)
    taxes = env["account.tax"].create(
        [
            {"name": f"{name} {rate}%", "amount": rate, "type_tax_use": "sale"}
            for rate in (10.0, 5.5)
        ]
    )
    products = env["product.product"].create(
        [
            {
                "name": f"{name} Service {number}",
                "type": "service",
                "list_price": 10.0,
                "taxes_id": [Command.set(taxes[: 1 + number % 2].ids)],
            }
            for number in range(3)
        ]
    )
    term = env.ref("account.account_payment_term_30days")
    today = fields.Date.context_today(env.user)
    for start in range(0, size, CHUNK):
        numbers = range(start, min(start + CHUNK, size))
        partners = env["res.partner"].create(
            [
                {
                    "name": f"{name} {number}",
                    "is_company": True,
                    "email": f"{name.lower()}{number}@example.com",
                    "property_payment_term_id": term.id,
                }
                for number in numbers
            ]
        )
        env["contract.contract"].create(
            [
                _prepare_contract(partner, products, term, today, plan)
                for partner in partners
            ]
        )
        env.cr.commit()  # pylint: disable=invalid-commit
        env.invalidate_all()


def _prepare_contract(partner, products, term, today, plan):
    own = {"subscription_plan_id": plan.id} if plan else {}
    anchor = {"anchor_date": today} if plan else {}
    return {
        "name": partner.name,
        "code": partner.name,
        "partner_id": partner.id,
        "payment_term_id": term.id,
        "line_recurrence": True,
        "contract_line_ids": [
            Command.create(
                {
                    "name": f"{product.name} #START# - #END#",
                    "product_id": product.id,
                    "quantity": 1 + number,
                    "price_unit": 10.0 + partner.id % 89 + number / 4,
                    "discount": 5.0 if number == 2 else 0.0,
                    "recurring_rule_type": "monthly",
                    "recurring_interval": 1,
                    "recurring_invoicing_type": "pre-paid",
                    "date_start": today,
                    "recurring_next_date": today,
                    **anchor,
                }
            )
            for number, product in enumerate(products)
        ],
        **own,
    }


def run_peer(env):
    """What a company does with OCA alone: the cron, then posting its drafts."""
    env["contract.contract"].cron_recurring_create_invoice()
    moves = env["account.move"].search(
        [
            ("line_ids.contract_line_id", "!=", False),
            ("move_type", "=", "out_invoice"),
            ("state", "=", "draft"),
        ]
    )
    moves.action_post()


def run_ours(env):
    """Our cron, which bills and posts chunk by chunk."""
    env["contract.contract"]._cron_run_billing()


def check_posted(env, name, size):
    """Refuse a measurement of a run that did not do its work."""
    count = env["account.move"].search_count(
        [
            ("line_ids.contract_line_id.contract_id.name", "like", f"{name} %"),
            ("state", "=", "posted"),
        ]
    )
    if count != size:
        raise RuntimeError(f"{name}: {count} of {size} invoices were posted")
