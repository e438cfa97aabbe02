# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What all tests share. They are run by ``./setup/test``; see ``setup/suite``.

Fixtures for the tests in ``tests/``:

``demo_server``
    A running Odoo (:class:`suite.server.DemoServer`) on a copy of the demo company's
    database, for the whole session, with a mail sink: ``url``, ``db``, ``mail_dir``,
    ``mails()``, ``deliver(raw_mail)``, ``login(role)`` -> (login, password),
    ``api_key``, ``stop(hard=True)`` and ``start()`` to see what a crash does.
    Crons do not run by themselves: a story triggers those it is about.
``suite_templates``
    The template databases (:class:`suite.templates.Templates`) for tests that install,
    update or uninstall addons in databases of their own.

Odoo's own test classes (``TransactionCase``, ``HttpCase``) see the database that
``./setup/test`` copied for this run. Imports of ``odoo.addons`` belong into the tests
or fixtures, not here: Odoo's configuration is not read yet.
"""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# how fast examples are made depends on the machine's load: no reason to fail
settings.register_profile(
    "suite", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("suite")

ROOT = Path(__file__).resolve().parent
# tests/test_oca_reports.py runs it, in a database that has these reports
collect_ignore = ["crm_extension/tests/test_oca_reports.py"]
sys.path.insert(0, str(ROOT / "setup"))
# Seconds that a browser's request waits for the cursor of its test
LOCK_TIMEOUT = 120


def pytest_configure(config):
    """Point those who type ``pytest`` to the command that prepares what tests need."""
    if not os.environ.get("ODOO_RC") and not config.getoption("--odoo-database", None):
        raise pytest.UsageError(
            "the tests need a database and a configuration: run them with "
            "./setup/test [pytest arguments]"
        )


@pytest.hookimpl(tryfirst=True, wrapper=True)
def pytest_cmdline_main(config):
    """Choose the worker's database before pytest-odoo reads Odoo's configuration."""
    if hasattr(config, "workerinput"):
        _use_own_database(config)
    return (yield)


def _use_own_database(config):
    """Give a worker of pytest-xdist the database that was copied for it.

    ``./setup/test`` copies and drops them; without the variable pytest-odoo makes no
    copies of its own, which would take PostgreSQL's programs in ``PATH``.
    """
    worker = os.environ.pop("PYTEST_XDIST_WORKER")
    config.option.odoo_database += f"_{worker}"
    for name in ("PGDATABASE", "CRM_SUITE_DB"):
        os.environ[name] = config.option.odoo_database


def pytest_pycollect_makeitem(collector, name, obj):
    """Give Odoo's test classes outside of addons the marks that addons' ones get.

    Odoo marks a test class by the addon that its module lies in; a class without marks
    would end the session with an AttributeError.

    The requests of a browser share one cursor. Who waits longer for it than 20 s gets
    an error page, which the web client cannot read ("Unexpected token '<'"); on a busy
    machine the first page, which makes all bundles, holds it longer.
    """
    if isinstance(obj, type) and hasattr(obj, "get_method_additional_tags"):
        obj.test_cursor_lock_timeout = LOCK_TIMEOUT
        if getattr(obj, "test_tags", None) is None:
            obj.test_tags = {"post_install"}
        if getattr(obj, "test_module", None) is None:
            obj.test_module = obj.__module__


def pytest_collection_modifyitems(items):
    """Run Odoo's test classes first, in the order they have.

    They terminate the child processes that they find when they end: the servers that
    other tests start, for the whole session, must come after them.
    """

    def is_plain(item):
        cls = getattr(item, "cls", None)
        return not hasattr(cls, "get_method_additional_tags")

    items.sort(key=is_plain)


@pytest.fixture(scope="session")
def suite_server():
    """The database server of the tests (:mod:`suite.postgres`)."""
    from suite.layout import Layout
    from suite.postgres import open_server

    server = open_server(Layout().make(), testing=True)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def suite_templates(suite_server):
    """The template databases (:class:`suite.templates.Templates`)."""
    from suite.layout import Layout
    from suite.templates import Templates

    return Templates(Layout().make(), suite_server)


@pytest.fixture(scope="session")
def demo_server(suite_templates):
    """A running Odoo on a copy of the demo company's database."""
    from suite.odoo_process import Odoo
    from suite.server import DemoServer

    if not suite_templates.addons.has_demo:
        pytest.skip("there is no demo company")
    db = f"{suite_templates.prefix}_demo_copy_{os.getpid()}"
    suite_templates.copy("demo", db)
    layout = suite_templates.layout
    odoo = Odoo(layout, suite_templates.server, f"test-demo-{os.getpid()}")
    server = DemoServer(odoo, db)
    try:
        yield server.start()
    finally:
        server.close()
        suite_templates.databases.drop(db)
        odoo.conf.unlink(missing_ok=True)
