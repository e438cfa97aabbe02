# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Installed alone, in another order, upgraded twice, uninstalled: nothing in the log,
and the pages of the other apps open."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from suite.addons import Addons
from suite.layout import Layout

ADDONS = Addons(Layout().root)
# Opens every window action as the web client does: the views of its model
OPEN_ALL = """
failed = []
for action in env["ir.actions.act_window"].search([]):
    if action.res_model not in env or env[action.res_model]._abstract:
        continue
    modes = [mode.strip() for mode in action.view_mode.split(",")]
    views = [(False, mode) for mode in modes] + [(False, "search")]
    try:
        env[action.res_model].get_views(views)
    except Exception as error:
        failed.append(f"{action.xml_id}: {error}"[:500])
result = {"failed": failed, "count": env["ir.actions.act_window"].search_count([])}
"""
# What uninstalled addons must not leave behind
LEFTOVERS = """
names = %r
env.cr.execute("SELECT name FROM ir_model_data WHERE module = ANY(%%s)", [names])
data = [row[0] for row in env.cr.fetchall()]
env.cr.execute(
    "SELECT tablename FROM pg_tables WHERE tablename LIKE ANY(%%s)",
    [[name + "%%" for name in names]],
)
result = {"data": data, "tables": [row[0] for row in env.cr.fetchall()]}
"""


class Workbench:
    """A database of its own to install, upgrade and uninstall in."""

    def __init__(self, templates, kind, purpose):
        self.odoo = templates.odoo
        self.databases = templates.databases
        self.db = f"{templates.prefix}_{purpose}_{os.getpid()}"
        templates.copy(kind, self.db)
        self.trouble = []
        self.seconds = {}

    def do(self, action, modules):
        """``install``, ``upgrade`` or ``uninstall``; collects what is logged."""
        started = time.monotonic()
        log = self.odoo.layout.logs / f"{self.db}-{action}.log"
        if action == "uninstall":
            found = self.odoo.uninstall(self.db, modules, log)
        elif action == "upgrade":
            found = self.odoo.update(self.db, update=modules, log=log)
        else:
            found = self.odoo.update(self.db, install=modules, log=log)
        self.trouble += [f"{action} {','.join(modules)}: {line}" for line in found]
        self.seconds[action] = time.monotonic() - started

    def views_that_fail(self):
        """Open the views of all window actions."""
        found = self.odoo.evaluate(self.db, OPEN_ALL)
        assert found["count"] > 50
        return found["failed"]

    def leftovers(self, modules):
        """What is left of uninstalled modules."""
        return self.odoo.evaluate(self.db, LEFTOVERS % (modules,))

    def drop(self):
        """Drop the database."""
        self.databases.drop(self.db)


def _alone(templates, product):
    """Install one product on an empty database and take it away again."""
    bench = Workbench(templates, "base", f"alone_{product}")
    try:
        bench.do("install", [product])
        installed = bench.databases.installed(bench.db, ADDONS.manifests)
        with_it = bench.views_that_fail()
        bench.do("uninstall", [product])
        without = bench.views_that_fail()
        leftovers = bench.leftovers([product])
        return {
            "installed": installed,
            "views": with_it + without,
            "leftovers": leftovers,
            "trouble": bench.trouble,
        }
    finally:
        bench.drop()


@pytest.fixture(scope="module")
def alone(suite_templates):
    """What happened to each product alone; two at a time."""
    suite_templates.ensure("base")
    with ThreadPoolExecutor(2) as pool:
        done = {
            product: pool.submit(_alone, suite_templates, product)
            for product in ADDONS.products
        }
        return {product: future.result() for product, future in done.items()}


@pytest.mark.parametrize("product", ADDONS.products)
def test_alone(alone, product):
    told = alone[product]
    assert product in told["installed"]
    others = set(ADDONS.products) - {product}
    assert not others & set(told["installed"]), "a product brings no other"
    assert told["trouble"] == []
    assert told["views"] == []
    assert told["leftovers"] == {"data": [], "tables": []}


@pytest.fixture(scope="module")
def together(suite_templates):
    """One database: products installed one after the other, last first."""
    bench = Workbench(suite_templates, "core", "together")
    try:
        for product in reversed(ADDONS.products):
            bench.do("install", [product])
        yield bench
    finally:
        bench.drop()


def test_in_another_order(together):
    installed = together.databases.installed(together.db, ADDONS.manifests)
    glue = [
        name
        for name, manifest in ADDONS.manifests.items()
        if manifest.get("auto_install") is True
        and set(manifest["depends"]) <= set(ADDONS.products)
    ]
    assert set(installed) >= {*ADDONS.products, *glue}
    assert together.trouble == []
    assert together.views_that_fail() == []


def test_upgraded_twice(together):
    together.trouble.clear()
    for _round in range(2):
        together.do("upgrade", ADDONS.products)
    assert together.trouble == []
    assert together.views_that_fail() == []


def test_uninstalled_one_by_one(together):
    together.trouble.clear()
    for product in ADDONS.products:
        together.do("uninstall", [product])
        assert together.views_that_fail() == [], product
    assert together.trouble == []
    assert together.databases.installed(together.db, ADDONS.products) == []
    assert together.leftovers(ADDONS.products) == {"data": [], "tables": []}
