# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""``./setup/test [pytest arguments]``: all tests, or those that pytest is told."""

import os
import re
import signal
import subprocess
import sys

from suite.browser import ensure_browser
from suite.checks import free_port
from suite.console import Failure, Steps
from suite.postgres import open_server
from suite.templates import Templates

# Options of pytest that make sense in one process only
ALONE = ("-n", "--numprocesses", "--pdb", "--trace", "-s", "--capture=no", "--co")


def main(layout, options):
    """Copy the template database, run pytest on it, drop it."""
    steps = Steps(5)
    server = open_server(layout, testing=True)
    try:
        with steps.step("Test databases") as note:
            note(server.describe())
            ensure_browser(layout, note)
            templates = Templates(layout, server)
            templates.ensure("suite")
        return run_pytest(templates, options.arguments, steps)
    finally:
        server.stop()


def run_pytest(templates, arguments, steps=None):
    """Run pytest on a fresh copy of the template ``suite``.

    :return: pytest's exit status
    """
    layout = templates.layout
    db = f"{templates.prefix}_test_{os.getpid()}"
    drop_leftovers(templates)
    workers = count_workers(arguments)
    # each worker of pytest-xdist has a database of its own, see conftest.py
    copies = [f"{db}_gw{number}" for number in range(workers)] or [db]
    for name in copies:
        templates.copy("suite", name)
    if steps:
        shared = f", {workers} at a time" if workers else ""
        steps.skip("Tests", f"pytest on a copy of the template{shared}")
    odoo = type(templates.odoo)(
        layout, templates.server, f"test-{os.getpid()}", http_port=free_port()
    )
    command = [str(layout.python), "-s", "-m", "pytest"]
    command += [f"--odoo-database={db}", "--odoo-http", *arguments]
    if workers:
        # files stay in their order: Odoo's test classes come first
        command += [f"-n{workers}", "--dist=loadfile", "--no-loadscope-reorder"]
    environ = {
        **odoo.environ(),
        "PGDATABASE": db,
        "CRM_SUITE_DB": db,
        "CRM_SUITE_TESTS": "1",
        "PYTHONPATH": str(layout.setup),
    }
    sys.stdout.flush()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        child = subprocess.Popen(
            command, cwd=layout.root, env=environ, preexec_fn=_default_signals
        )
        signal.signal(signal.SIGTERM, lambda *args: child.terminate())
        status = child.wait()
        return status if status >= 0 else 128 - status
    finally:
        for name in copies:
            templates.databases.drop(name)
        odoo.conf.unlink(missing_ok=True)


def count_workers(arguments):
    """How many processes share the tests; 0 for one process that is pytest itself.

    A run of everything is shared, unless ``CRM_SUITE_TEST_WORKERS`` says 0; whoever
    names files, or asks for one process (``-n0``, ``--pdb``, ``-s``), gets one.
    """
    if any(not argument.startswith("-") for argument in arguments):
        return 0
    if any(argument.startswith(ALONE) for argument in arguments):
        return 0
    wanted = os.environ.get("CRM_SUITE_TEST_WORKERS", "2")
    if not wanted.isdigit():
        raise Failure(
            f"CRM_SUITE_TEST_WORKERS={wanted!r} is no number.",
            "set it to how many processes share the tests, 0 for one.",
        )
    workers = min(int(wanted), os.cpu_count() or 1)
    return workers if workers > 1 else 0


def drop_leftovers(templates):
    """Drop the test databases of processes that are gone."""
    for name in templates.databases.names(f"{templates.prefix}_"):
        number = re.fullmatch(r"[a-z_]+_(\d+)\w*", name[len(templates.prefix) :])
        if number and not _alive(int(number.group(1))):
            templates.databases.drop(name)


def _alive(number):
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _default_signals():
    signal.signal(signal.SIGINT, signal.SIG_DFL)
