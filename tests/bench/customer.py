# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The 360 payload of one customer beside core's partner form, in queries and time.

Arguments: numbers of invoices that customers have (default 10 100 1000), and
``items=1000000`` for that many journal items of other customers around them. Both are
asked by the administrator in turns, with a cold cache; the median of the repetitions
counts, the fastest says what the machine's other work left out.
Also measured: the first whole pass of the stored figures, one without changes, and a
page of the portfolio list.

The documents are copies, made in SQL, of an invoice with its payment and an order that
Odoo itself made: accounts balance, residuals agree with the reconciliations.
"""

import math
import statistics
import time
from datetime import timedelta

from odoo import Command, fields
from odoo.tests import Form
from odoo.tools import SQL

TEMPLATE = "suite"
DEFAULT_SIZES = (10, 100, 1000)
DOCUMENTS_EACH = 100  # of a customer in the crowd
REPEAT = 5
TURNS = 21  # of customers of a usual size
SMALL = 1000
PAGE = 80  # customers on a page of the list
FIRST = ["metrics", "header", "steps"]  # what the page waits for, with its timeline


def main(env, arguments):
    """Measure both pages for customers of each size; see ``suite.commands.bench``."""
    sizes, items = _arguments(arguments)
    results = {}
    source = Documents(env)
    if items:
        start = time.perf_counter()
        _crowd(env, source, items)
        results[f"making of {items} journal items"] = _alone(start, "s")
    customers = {}
    for size in sizes:
        customers[size] = env["res.partner"].create(
            {"name": f"Customer of {size}", "is_company": True}
        )
        source.copy(size, customers[size].ids)
    _settle(env)
    for size, partner in customers.items():
        results.update(_pages(env, partner, size))
    results.update(_stored(env))
    for title, row in results.items():
        print(title, row, flush=True)
    return results


def _arguments(arguments):
    """Return (sizes, number of journal items around them)."""
    items = [a.partition("=")[2] for a in arguments if a.startswith("items=")]
    sizes = [int(text) for text in arguments if not text.startswith("items=")]
    return sizes or list(DEFAULT_SIZES), int(items[0]) if items else 0


def _alone(start, unit):
    return {"ours": time.perf_counter() - start, "unit": unit}


# === MEASURING === #


def _pages(env, partner, size):
    """Return the results of one customer's page and form, asked in turns.

    By the administrator with his rights: a superuser would skip the record rules.
    """
    env = env(user=env.ref("base.user_admin"))
    spec = _form_specification(env)
    asked = {
        "peer": lambda p: p.web_read(spec),
        "page": lambda p: p.get_customer_360({"include": FIRST}),
        "payload": lambda p: p.get_customer_360({}),
        "figures": lambda p: p.get_customer_360({"timeline_limit": 0}),
    }
    seconds, queries = {name: [] for name in asked}, {}
    for turn in range(TURNS if size <= SMALL else REPEAT):
        for name, ask in asked.items():
            elapsed, queries[name] = _measure(env, ask, partner.with_env(env), 1)
            if turn:  # the first one warms the database's cache
                seconds[name].append(elapsed)
    results = {}
    for name in list(asked)[1:]:
        key = f"{name}, {size} invoices"
        for kind, pick in (("time", statistics.median), ("fastest", min)):
            results[f"{key}: {kind}"] = {
                "ours": pick(seconds[name]) * 1000,
                "peer": pick(seconds["peer"]) * 1000,
                "unit": "ms",
            }
        results[f"{key}: queries"] = {
            "ours": queries[name],
            "peer": queries["peer"],
            "unit": "queries",
        }
    return results


def _form_specification(env):
    """Return what the web client asks for when it opens the partner form."""
    found = Form(env["res.partner"])._view["fields"]
    spec = {}
    for name, field in found.items():
        if field.get("type") == "properties":
            continue
        named = field.get("type") == "many2one"
        spec[name] = {"fields": {"display_name": {}}} if named else {}
    return spec


def _measure(env, ask, partner, times=REPEAT):
    """Return (median seconds, queries) of a cold call."""
    seconds = []
    queries = 0
    for _index in range(times):
        env.flush_all()
        env.invalidate_all()
        before = env.cr.sql_log_count
        start = time.perf_counter()
        ask(partner)
        seconds.append(time.perf_counter() - start)
        queries = env.cr.sql_log_count - before
    return statistics.median(seconds), queries


def _stored(env):
    """Return the results of the stored figures' job and of the list that shows them."""
    status = env["crm.customer.snapshot.status"].sudo()
    results = {}
    for name in ("first pass", "pass without changes"):
        env.cr.commit()  # pylint: disable=invalid-commit
        start = time.perf_counter()
        status._cron_refresh()
        results[f"stored figures, {name}"] = _alone(start, "s")
        # changes of the last minutes are asked for again: let them be older
        env["crm.customer.snapshot.status"].sudo().search([]).write(
            {"watermark": fields.Datetime.now() + timedelta(hours=1)}
        )
    rows = env["crm.customer.snapshot"].sudo().search_count([])
    results["stored figures, customers"] = {"ours": rows, "unit": "customers"}
    partners = env["res.partner"]
    names = [n for n in partners._fields if n.startswith("portfolio_")]
    spec = {n: {} for n in partners.fields_get(names) if n != "portfolio_currency_id"}
    seconds, queries = _measure(
        env,
        lambda p: p.web_search_read(
            [("is_company", "=", True)],
            spec,
            limit=PAGE,
            order="portfolio_overdue desc",
        ),
        partners,
    )
    results[f"list of {PAGE} by overdue: time"] = {"ours": seconds * 1000, "unit": "ms"}
    results[f"list of {PAGE} by overdue: queries"] = {
        "ours": queries,
        "unit": "queries",
    }
    return results


# === MAKING DOCUMENTS === #


def _crowd(env, source, items):
    """Make customers with ``DOCUMENTS_EACH`` invoices until there are so many items."""
    count = math.ceil(items / source.items_per_invoice)
    partners = env["res.partner"].create(
        [
            {"name": f"Crowd {index}", "is_company": True}
            for index in range(math.ceil(count / DOCUMENTS_EACH))
        ]
    )
    source.copy(count, partners.ids)


def _settle(env):
    """Vacuum the filled tables and count their rows, as the database's daemon does.

    Without, indexes cannot be read alone: the database looks at each row whether it
    is visible.
    """
    env.cr.commit()  # pylint: disable=invalid-commit
    with env.registry.cursor() as cr:
        cr.connection.autocommit = True  # no transaction: VACUUM refuses one
        for table in Documents.TABLES:
            cr.execute(SQL("VACUUM (ANALYZE) %s", SQL.identifier(table)))
        cr.connection.autocommit = False


class Documents:
    """A paid invoice, an open one and an order, to be copied as often as wanted."""

    TABLES = (
        "account_move",
        "account_move_line",
        "account_payment",
        "account_partial_reconcile",
        "sale_order",
        "sale_order_line",
        "mail_message",
    )

    def __init__(self, env):
        self.env = env
        self.partner = env["res.partner"].create({"name": "Pattern"})
        self.product = env["product.product"].create(
            {"name": "Part", "list_price": 10.0, "invoice_policy": "order"}
        )
        paid, unpaid = self._invoice(), self._invoice()
        payment = self._pay(paid)
        order = self._order()
        env.flush_all()
        moves = paid | unpaid | payment.move_id
        lines = moves.line_ids
        partials = lines.matched_debit_ids | lines.matched_credit_ids
        self.sources = {
            "account_move": moves,
            "account_payment": payment,
            "account_move_line": lines,
            "account_partial_reconcile": partials,
            "sale_order": order,
            "sale_order_line": order.order_line,
            "mail_message": (paid | unpaid).message_ids | order.message_ids,
        }
        self.items_per_invoice = len(lines) / 2  # a copy has two invoices
        self.made = 0

    def _invoice(self):
        """Return a posted invoice of two lines."""
        line = {"product_id": self.product.id, "quantity": 1, "price_unit": 10}
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.partner.id,
                "invoice_date": fields.Date.today(),
                "invoice_line_ids": [Command.create(line), Command.create(line)],
            }
        )
        move.action_post()
        return move

    def _pay(self, move):
        """Return the payment of an invoice."""
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=move.ids
        )
        payment = wizard.create({})._create_payments()
        if not payment.move_id:
            payment._generate_journal_entry()
            payment.move_id.action_post()
            (move.line_ids | payment.move_id.line_ids).filtered(
                lambda line: line.account_id.account_type == "asset_receivable"
            ).reconcile()
        return payment

    def _order(self):
        """Return a confirmed order of two lines."""
        line = Command.create({"product_id": self.product.id, "product_uom_qty": 1})
        order = self.env["sale.order"].create(
            {"partner_id": self.partner.id, "order_line": [line, line]}
        )
        order.action_confirm()
        return order

    def copy(self, invoices, partner_ids):
        """Make so many invoices, every second one paid, spread over the partners.

        Raw SQL, because a million items by the ORM take a day.
        """
        self.env.flush_all()
        copies = math.ceil(invoices / 2)
        for table, records in self.sources.items():
            self._map(table, records.ids, copies, partner_ids)
        for table in self.sources:
            self._insert(table)
        # a move and its payment know each other: the second link comes afterwards
        self.env.cr.execute(
            "UPDATE account_move move SET origin_payment_id = payment.id"
            "  FROM account_payment payment"
            "  JOIN bench_account_payment map ON map.new = payment.id"
            " WHERE move.id = payment.move_id"
        )
        self.made += copies
        for table in self.sources:
            self.env.cr.execute(  # pylint: disable=sql-injection
                f"DROP TABLE bench_{table}"
            )
        self.env.cr.commit()  # pylint: disable=invalid-commit
        self.env.invalidate_all()

    def _map(self, table, ids, copies, partner_ids):
        """Make the table of new ids: (i, old, new, partner, age in days)."""
        self.env.cr.execute(  # pylint: disable=sql-injection
            f"""
            CREATE TEMP TABLE bench_{table} AS
            SELECT i, old, nextval('{table}_id_seq')::integer AS new,
                   (%(partners)s)[1 + (i / %(each)s) %% %(count)s] AS partner,
                   (i * 7919 %% 1095)::integer AS age
              FROM generate_series(%(first)s, %(last)s) AS i, unnest(%(ids)s) AS old
            """,
            {
                "partners": list(partner_ids),
                "count": len(partner_ids),
                "each": max(1, DOCUMENTS_EACH // 2),
                "first": self.made,
                "last": self.made + copies - 1,
                "ids": list(ids),
            },
        )
        self.env.cr.execute(  # pylint: disable=sql-injection
            f"CREATE INDEX ON bench_{table} (i, old); ANALYZE bench_{table}"
        )

    def _insert(self, table):
        """Insert the copies of a table's rows, with what differs in a copy."""
        self.env.cr.execute(
            "SELECT column_name, data_type, is_generated"
            "  FROM information_schema.columns"
            " WHERE table_schema = current_schema AND table_name = %s",
            [table],
        )
        columns = {
            name: kind
            for name, kind, generated in self.env.cr.fetchall()
            if generated == "NEVER"
        }
        values = {
            name: self._expression(table, name, kind) for name, kind in columns.items()
        }
        self.env.cr.execute(  # pylint: disable=sql-injection
            f"INSERT INTO {table} ({', '.join(values)})"
            f" SELECT {', '.join(values.values())}"
            f" FROM bench_{table} map JOIN {table} source ON source.id = map.old"
        )

    def _expression(self, table, name, kind):
        """Return SQL of a column's value in a copy."""
        links = {
            ("account_move_line", "move_id"): "account_move",
            ("account_payment", "move_id"): "account_move",
            ("account_move_line", "payment_id"): "account_payment",
            ("account_partial_reconcile", "debit_move_id"): "account_move_line",
            ("account_partial_reconcile", "credit_move_id"): "account_move_line",
            ("sale_order_line", "order_id"): "sale_order",
        }
        target = links.get((table, name))
        if name == "id":
            return "map.new"
        if target:
            return (
                f"(SELECT new FROM bench_{target} link"
                f" WHERE link.i = map.i AND link.old = source.{name})"
            )
        if (table, name) == ("mail_message", "res_id"):
            return (
                "COALESCE((SELECT new FROM bench_account_move link WHERE link.i = map.i"
                " AND link.old = source.res_id AND source.model = 'account.move'),"
                " (SELECT new FROM bench_sale_order link WHERE link.i = map.i"
                " AND link.old = source.res_id AND source.model = 'sale.order'))"
            )
        if name in ("full_reconcile_id", "origin_payment_id"):
            return "NULL"
        return self._changed(table, name, kind)

    def _changed(self, table, name, kind):
        """Return SQL of a column that is no link: partner, day, name, or as it is."""
        customers = ("partner_id", "commercial_partner_id", "partner_shipping_id")
        customers += ("partner_invoice_id",)
        if name in customers:
            return (
                f"CASE WHEN source.{name} = {self.partner.id} THEN map.partner"
                f" ELSE source.{name} END"
            )
        dated = table in ("account_move", "account_move_line", "account_payment")
        if kind == "date" and (dated or table == "sale_order"):
            return f"source.{name} - map.age"
        if kind.startswith("timestamp") and name in ("date", "date_order"):
            return f"source.{name} - map.age * interval '1 day'"
        if table in ("account_move", "account_payment", "sale_order"):
            if name == "name":
                return f"'{table[:3].upper()}/BENCH/' || map.new"
            if name == "sequence_prefix":
                return f"'{table[:3].upper()}/BENCH/'"
            if name == "sequence_number":
                return "map.new"
        if name in ("access_token", "message_id"):
            return "NULL"
        return f"source.{name}"
