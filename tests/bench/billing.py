# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Create and post the invoices of due contracts: ours beside OCA's cron.

Arguments: number of due contracts (default 1000), ``peer=N`` (how many of them the peer
bills, default all), ``workers=N`` (how many are billed once by one and once by two
processes, default all, 0: none), ``profile`` (where our runs alone spend their time, to
the file ``.suite/bench/billing.txt``).

Each contract has three taxed lines and a customer of its own; its first period was due
a month ago, its second is due today. The peer is OCA's ``contract`` alone, in a
database without our addon: its cron, then ``action_post`` on what it made. Then our
addon is installed on top, as many contracts of the same kind are made, and a process of
its own bills and posts them in our cron's chunks. Both from a cold start, through
commit, with notifications as in real use. Two figures: the first bill of each contract,
and the next one, of which nothing changed. What one and two processes do, they do on
the same journal.
"""

import cProfile
import pstats
import time
from pathlib import Path

from _billing_workers import Workers, split
from dateutil.relativedelta import relativedelta

from odoo import SUPERUSER_ID, Command, api, fields
from odoo.tools import split_every

TEMPLATE = "core"
CHUNK = 500  # contracts per commit while they are made
CRON_CHUNK = 50  # as the cron
SOME = 2000  # contracts after which the memory is read, to be compared with the end
TITLES = ("first bill", "next bill, unchanged")


def main(env, arguments):
    """Measure both on the same contracts; see ``suite.commands.bench``."""
    size, options = read_arguments(arguments)
    today = fields.Date.context_today(env.user)
    days = (today - relativedelta(months=1), today)
    if "profile" in arguments:
        env = install(env)
        show_profile(env, size, days, make_plan(env))
        return {}
    peer = measure_peer(env, options["peer"], days)
    env = install(env)
    plan = make_plan(env)
    ours, memory = measure_ours(env, size, days, plan)
    result = {}
    for title, mine, other in zip(TITLES, ours, peer, strict=True):
        result[f"{title}, {size}; peer {options['peer']}"] = {
            "ours": mine / size * 1000,
            "peer": other and other / options["peer"] * 1000,
            "unit": "ms",
        }
    result.update(memory)
    if options["workers"]:
        result.update(measure_workers(env, options["workers"], days, plan))
    return result


def read_arguments(arguments):
    """Return (number of contracts, {"peer", "workers": numbers})."""
    size = next((int(text) for text in arguments if text.isdigit()), 1000)
    given = dict(text.split("=") for text in arguments if "=" in text)
    options = {name: int(given.pop(name, size)) for name in ("peer", "workers")}
    if given:
        raise ValueError(f"unknown: {', '.join(given)}")
    return size, options


def measure_peer(env, size, days):
    """Return the seconds of OCA's two runs (list), or Nones where it has none to do."""
    if not size:
        return [None, None]
    make_contracts(env, size, "Peer", days[0])
    seconds = [measure(env, lambda day=day: run_peer(env, day)) for day in days]
    check_posted(env, "Peer", 2 * size)
    return seconds


def measure_ours(env, size, days, plan):
    """Return (seconds of our two runs, what memory the process held)."""
    ids = make_contracts(env, size, "Ours", days[0], plan)
    workers = Workers(env.cr.dbname, [ids], CRON_CHUNK)
    seconds = [workers.bill(day) for day in days]
    workers.stop()
    check_posted(env, "Ours", 2 * size)
    return seconds, describe_memory(workers.get_memory(), size)


def describe_memory(held, size):
    """Return rows about the megabytes held after some and after all contracts."""
    chunks = len(held) // 2
    rows = {}
    for title, run in zip(TITLES, (held[:chunks], held[chunks:]), strict=True):
        for count in sorted({min(SOME, size), size}):
            megabytes = max(run[: -(-count // CRON_CHUNK)])
            rows[f"memory, {title}, {count} contracts"] = {
                "ours": megabytes,
                "peer": None,
                "unit": "MB",
            }
    return rows


def measure_workers(env, size, days, plan):
    """Return rows that set two processes ("ours") beside one ("peer")."""
    seconds = {}
    for count in (1, 2):
        ids = make_contracts(env, size, f"Shared{count}", days[0], plan)
        workers = Workers(env.cr.dbname, split(ids, count, CRON_CHUNK), CRON_CHUNK)
        seconds[count] = [workers.bill(day) for day in days]
        workers.stop()
        check_posted(env, f"Shared{count}", 2 * size)
    rows = {}
    for number, title in enumerate(TITLES):
        rows[f"two processes beside one, {title}, {size}"] = {
            "ours": seconds[2][number] / size * 1000,
            "peer": seconds[1][number] / size * 1000,
            "unit": "ms",
        }
        rows[f"two processes waiting for each other, {title}"] = {
            "ours": workers.waits[number],
            "peer": None,
            "unit": "% of their time",
        }
    return rows


def show_profile(env, size, days, plan):
    """Write down where our runs spend their time, in this process."""
    make_contracts(env, 2, "Warm", days[0], plan)
    run_ours(env, days[1])
    make_contracts(env, size, "Ours", days[0], plan)
    path = Path(".suite", "bench", "billing.txt")
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8") as stream:
        for day in days:
            profiler = cProfile.Profile()
            env.invalidate_all()
            profiler.runcall(run_ours, env, day)
            stats = pstats.Stats(profiler, stream=stream)
            stats.sort_stats("cumtime").print_stats(300)
    check_posted(env, "Ours", 2 * size)


def measure(env, work):
    """Return the seconds that ``work`` takes, from a cold cache through commit."""
    env.cr.commit()  # pylint: disable=invalid-commit
    env.invalidate_all()
    start = time.perf_counter()
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
    """Make ``size`` contracts of three taxed lines, due on ``start``, and commit.

    :return: their ids (list)
    """
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
    term, ids = env.ref("account.account_payment_term_30days"), []
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
        contracts = env["contract.contract"].create(
            [
                _prepare_contract(partner, products, term, start, plan)
                for partner in partners
            ]
        )
        ids += contracts.ids
        env.cr.commit()  # pylint: disable=invalid-commit
        env.invalidate_all()
    # A company's server knows its tables; one that came by minutes ago does not, and
    # whether its autovacuum came before or in the middle of a run was chance.
    env.cr.execute("ANALYZE")
    env.cr.commit()  # pylint: disable=invalid-commit
    return ids


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
