# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The CDNOW purchase history as customers and posted invoices.

What is it?
    CDNOW sold compact discs. Its file lists every purchase that the 23,570 customers
    who first bought in the first quarter of 1997 made until June 1998: 69,659 of them.
    The usual 1/10 sample has 2,357 of these customers and 6,919 purchases.

Where does it come from?
    The text files lie inside the wheel ``lifetimes`` on the package index. The wheel is
    downloaded for tests only, kept in the user's cache, and read as a zip file: the
    package itself is neither installed nor imported.

How is it loaded?
    One partner per customer and one customer invoice per purchase, on the purchase's
    real date, created and posted through ``account.move`` like any other invoice. Its
    one line has quantity 1 and the file's dollar value, without tax: the file gives the
    value of the whole purchase, and value / number of discs is rarely whole cents.
    8 purchases of the sample cost nothing: they are posted as invoices over 0.00.

From the command line, in the environment that ``./setup/run`` made (the invoices go
into a company of their own in that database)::

    ./setup/odoo --version                                      # makes it if need be
    .suite/venv/bin/python tests/cdnow.py --database DATABASE          # the sample
    .suite/venv/bin/python tests/cdnow.py --database DATABASE --all    # everybody

It then asks the 360 answer of every customer, compares it with the file, prints the
rates and the differences, and ends with status 1 if there is one.
"""

import argparse
import logging
import os
import subprocess
import sys
import time
import zipfile
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path

_logger = logging.getLogger(__name__)

WHEEL = "Lifetimes-0.11.3-py3-none-any.whl"
REQUIREMENT = "lifetimes==0.11.3"
SAMPLE = "lifetimes/datasets/CDNOW_sample.txt"
MASTER = "lifetimes/datasets/CDNOW_master.txt"
CHUNK = 500  # invoices that are created and posted together
BATCH = 250  # customers asked in one call
# a bulk load writes no chatter: nobody followed these purchases in 1997
QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
}


@dataclass(frozen=True)
class Purchase:
    """One line of the file: who bought when, how many discs, for how many dollars."""

    customer: str
    date: date
    quantity: int
    amount: Decimal


@dataclass(frozen=True)
class Summary:
    """What the file says about one customer; amounts in dollars."""

    purchases: int
    revenue: Decimal
    first: date
    last: date


def cache_dir():
    """Folder of the downloaded wheel: ``$CRM_SUITE_CACHE`` or the user's cache."""
    base = os.environ.get("CRM_SUITE_CACHE")
    if not base:
        xdg = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        base = Path(xdg) / "crm-suite"
    return Path(base) / "cdnow"


def wheel():
    """Path of the wheel, downloaded with pip if the cache has none.

    :raises RuntimeError: pip could not download it; the text is pip's
    """
    path = cache_dir() / WHEEL
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--only-binary", ":all:", "--dest", str(path.parent), REQUIREMENT]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode or not path.exists():
            raise RuntimeError(f"{REQUIREMENT} cannot be downloaded: {done.stderr}")
    return path


def read(everyone=False):
    """All purchases of the file in its order, which is by customer and date.

    The sample's lines have a second column, the customer's number in the sample; the
    whole file has a line of titles and no such column.
    """
    with zipfile.ZipFile(wheel()) as archive:
        lines = archive.read(MASTER if everyone else SAMPLE).decode("ascii")
    for line in lines.splitlines():
        if not line[:6].strip().isdigit():
            continue
        customer, *__, day, quantity, amount = line.split()
        yield Purchase(
            customer,
            datetime.strptime(day, "%Y%m%d").date(),
            int(quantity),
            Decimal(amount),
        )


def summarise(purchases):
    """``{customer: Summary}``, summed with decimals so that cents stay cents."""
    per_customer = defaultdict(list)
    for purchase in purchases:
        per_customer[purchase.customer].append(purchase)
    return {
        customer: Summary(
            len(rows),
            sum(row.amount for row in rows),
            min(row.date for row in rows),
            max(row.date for row in rows),
        )
        for customer, rows in per_customer.items()
    }


def make_company(env):
    """A dollar company of its own, so that the shop mixes with nobody's ledger.

    :return: the company, with the generic chart of accounts, allowed for the user
    """
    # no country: writing one makes Odoo install that country's localisation
    company = env["res.company"].create(
        {"name": "CDNOW", "currency_id": env.ref("base.USD").id}
    )
    env.user.company_ids |= company
    chart = env["account.chart.template"]
    chart.try_loading("generic_coa", company=company, install_demo=False)
    return company


def _chunks(rows, size):
    iterator = iter(rows)
    while chunk := list(islice(iterator, size)):
        yield chunk


def _invoice_vals(purchase, partner, journal, currency, account):
    """A real-dated invoice over exactly the file's amount."""
    name = f"{purchase.quantity} compact discs"
    line = {
        "name": name,
        "quantity": 1,
        "price_unit": float(purchase.amount),
        "account_id": account.id,
        "tax_ids": [],
    }
    return {
        "move_type": "out_invoice",
        "partner_id": partner.id,
        "journal_id": journal.id,
        "currency_id": currency.id,
        "invoice_date": purchase.date,
        "date": purchase.date,
        "invoice_date_due": purchase.date,
        "invoice_line_ids": [(0, 0, line)],
    }


def make_partners(env, customers, company):
    """``{customer: res.partner}``, one stand-alone partner per number of the file."""
    partners = (
        env["res.partner"]
        .with_context(**QUIET)
        .create(
            [
                {
                    "name": f"CDNOW customer {customer}",
                    "ref": f"CDNOW-{customer}",
                    "company_id": company.id,
                }
                for customer in customers
            ]
        )
    )
    return dict(zip(customers, partners, strict=True))


def load(env, purchases, company, commit=None):
    """Create the customers and post one invoice per purchase.

    :param env: environment of a user who may post invoices
    :param purchases: iterable of :class:`Purchase`
    :param company: the dollar company that sold the discs
    :param commit: called after each chunk of 500; leave it out inside a test
    :return: ``({customer: res.partner}, number of invoices, seconds)``
    """
    env = env(context=dict(env.context, allowed_company_ids=company.ids, **QUIET))
    company = company.with_env(env)
    journal = env["account.journal"].search(
        [("type", "=", "sale"), ("company_id", "=", company.id)], limit=1
    )
    account = company.income_account_id
    purchases = list(purchases)
    partners = make_partners(env, dict.fromkeys(p.customer for p in purchases), company)
    start, count = time.monotonic(), 0
    for chunk in _chunks(purchases, CHUNK):
        moves = env["account.move"].create(
            [
                _invoice_vals(
                    row, partners[row.customer], journal, company.currency_id, account
                )
                for row in chunk
            ]
        )
        if count in (0, CHUNK, 4 * CHUNK):
            # raw SQL: inside one transaction the planner believes that the tables are
            # empty until they are analysed, and the ORM has no word for that
            env.flush_all()
            env.cr.execute("ANALYZE account_move, account_move_line")
        moves.action_post()
        count += len(moves)
        env.flush_all()
        if commit:
            commit()
        env.invalidate_all()
        rate = count / (time.monotonic() - start)
        _logger.info("%s of %s invoices, %.0f/s", count, len(purchases), rate)
    return partners, count, time.monotonic() - start


def ask(env, partners):
    """``{customer: finance metrics}`` of the 360 answer, asked in batches.

    :param env: environment of the user who asks
    :param partners: ``{customer: res.partner}`` as :func:`load` returns them
    """
    found = {}
    for batch in _chunks(partners, BATCH):
        ids = [partners[customer].id for customer in batch]
        answers = (
            env["res.partner"]
            .browse(ids)
            .get_customer_360({"sections": ["finance"], "timeline_limit": 0})
        )
        for customer, partner_id, answer in zip(batch, ids, answers, strict=True):
            assert answer["partner_id"] == partner_id
            found[customer] = answer["sections"]["finance"]["metrics"]
    return found


def differences(answers, expected):
    """Where the 360 answer and the file disagree, to the cent and the day.

    :param answers: what :func:`ask` returned
    :param expected: what :func:`summarise` returned
    :return: list of ``(customer, file's Summary, Summary of the answer or None)``
    """
    wrong = []
    for customer, wanted in expected.items():
        metrics = answers.get(customer)
        found = metrics and Summary(
            metrics["purchases"]["value"],
            Decimal(str(metrics["revenue_total"]["value"])),
            date.fromisoformat(metrics["first_purchase"]["value"]),
            date.fromisoformat(metrics["last_purchase"]["value"]),
        )
        if found != wanted or metrics["revenue_total"]["partial"]:
            wrong.append((customer, wanted, found))
    return wrong


def main(arguments=None):
    """Command line: load the file, compare the answers, print rates and differences.

    :return: exit status, 1 where an answer differs from the file
    """
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--database", required=True, help="an existing database")
    parser.add_argument(
        "--all", action="store_true", help="all 23,570 customers, not the 1/10 sample"
    )
    parser.add_argument(
        "--config", default=os.environ.get("ODOO_RC"), help="Odoo's configuration file"
    )
    options = parser.parse_args(arguments)

    import odoo
    from odoo.modules.registry import Registry
    from odoo.tools import config

    chosen = ["-c", options.config] if options.config else []
    config.parse_config([*chosen, "-d", options.database, "--log-level=warn"])
    _logger.setLevel(logging.INFO)
    with Registry(options.database).cursor() as cr:
        env = odoo.api.Environment(cr, odoo.SUPERUSER_ID, {})
        company = make_company(env)
        purchases = list(read(everyone=options.all))
        partners, count, seconds = load(env, purchases, company, commit=cr.commit)
        # a new environment: the figures are read from the database, not from its cache
        env = env(context={"allowed_company_ids": company.ids})
        start = time.monotonic()
        wrong = differences(ask(env, partners), summarise(purchases))
        asked = time.monotonic() - start
    print(  # pylint: disable=print-used
        f"{len(partners)} customers, {count} invoices in {seconds:.0f} s: "
        f"{count / seconds:.1f} invoices/s\n"
        f"asked in {asked:.0f} s: {len(partners) / asked:.0f} customers/s, "
        f"{len(wrong)} differ from the file"
    )
    for line in wrong[:20]:
        print(*line)  # pylint: disable=print-used
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
