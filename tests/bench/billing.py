# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Create and post the invoices of due contracts: ours beside OCA's cron.

Arguments: number of due contracts (default 1000), then ``profile`` (of our
second run, to standard error).

Each contract has three taxed lines and a customer of its own; its first period was due
a month ago, its second is due today. The peer is OCA's ``contract`` alone, in a
database without our addon: its cron, then ``action_post`` on what it made. Then our
addon is installed on top, the same contracts are made anew, and our cron's chunks bill
and post them. Both through commit, with notifications as in real use. Two figures:
the first bill of each contract, and the next one, of which nothing changed.
"""

import cProfile
import pstats
import resource
import sys
import time

from dateutil.relativedelta import relativedelta

from odoo import SUPERUSER_ID, Command, api, fields
from odoo.tools import split_every

TEMPLATE = "core"
CHUNK = 500  # contracts per commit while they are made
CRON_CHUNK = 50  # as the cron


def main(env, arguments):
    """Measure both on the same contracts; see ``suite.commands.bench``."""
    size = int(arguments[0]) if arguments else 1000
    today = fields.Date.context_today(env.user)
    days = (today - relativedelta(months=1), today)
    make_contracts(env, size, "Peer", days[0])
    peer = [measure(env, lambda day=day: run_peer(env, day)) for day in days]
    check_posted(env, "Peer", 2 * size)
    env = install(env)
    plan = make_plan(env)
    # What the first run of a new process loads is no part of either's work.
    make_contracts(env, 2, "Warm", days[0], plan)
    for day in days:
        run_ours(env, day)
    make_contracts(env, size, "Ours", days[0], plan)
    before = peak_memory()
    profile = (False, "profile" in arguments)
    ours = [
        measure(env, lambda day=day: run_ours(env, day), shown)
        for day, shown in zip(days, profile, strict=True)
    ]
    check_posted(env, "Ours", 2 * size)
    titles = ("first bill", "next bill, unchanged")
    result = {
        f"{title}, each of {size}": {
            "ours": mine / size * 1000,
            "peer": other / size * 1000,
            "unit": "ms",
        }
        for title, mine, other in zip(titles, ours, peer, strict=True)
    }
    result[f"memory added by both runs of {size}"] = {
        "ours": peak_memory() - before,
        "peer": None,
        "unit": "MB",
    }
    return result


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


def make_contracts(env, size, name, start, plan=None):
    """Make ``size`` contracts of three taxed lines, due on ``start``, and commit."""
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
    for first in range(0, size, CHUNK):
        numbers = range(first, min(first + CHUNK, size))
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
                _prepare_contract(partner, products, term, start, plan)
                for partner in partners
            ]
        )
        env.cr.commit()  # pylint: disable=invalid-commit
        env.invalidate_all()


def _prepare_contract(partner, products, term, start, plan):
    own = {"subscription_plan_id": plan.id} if plan else {}
    anchor = {"anchor_date": start} if plan else {}
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
                    "date_start": start,
                    "recurring_next_date": start,
                    **anchor,
                }
            )
            for number, product in enumerate(products)
        ],
        **own,
    }


def run_peer(env, day):
    """What a company does with OCA alone: the cron, then posting its drafts."""
    env["contract.contract"].cron_recurring_create_invoice(day)
    moves = env["account.move"].search(
        [
            ("line_ids.contract_line_id", "!=", False),
            ("move_type", "=", "out_invoice"),
            ("state", "=", "draft"),
        ]
    )
    moves.action_post()


def run_ours(env, day):
    """Our cron's work up to ``day``: each chunk billed, posted and committed."""
    contracts = env["contract.contract"]
    ids = contracts.search(contracts._get_due_domain(day)).ids
    for chunk in split_every(CRON_CHUNK, ids):
        contracts._run_chunk(chunk, day)
        env.cr.commit()  # pylint: disable=invalid-commit
        env.invalidate_all()


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
