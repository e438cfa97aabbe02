# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Revenue and receivable of a customer are those of OCA's trial balance and statement.

They run in a database of their own, by Odoo's own test runner: what the other tests
see has none of these reports.
"""

import os
import re
import socket
import subprocess

REPORTS = ["account_financial_report", "partner_statement"]
TESTS = "/crm_extension:TestOcaReports"


def _free_port():
    """A port for the web server that Odoo starts with its tests."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _run_tests(odoo, db):
    """What Odoo tells while it runs the tests on a database."""
    options = ["-d", db, "--stop-after-init", "--max-cron-threads=0", "--logfile="]
    options += [f"--http-port={_free_port()}", f"--test-tags={TESTS}"]
    done = subprocess.run(
        odoo.command(*options),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=odoo.layout.root,
        env=odoo.environ(),
    )
    return done.stdout


def test_customers_agree_with_oca_reports(suite_templates):
    db = f"{suite_templates.prefix}_oca_reports_{os.getpid()}"
    suite_templates.copy("suite", db)
    try:
        suite_templates.odoo.update(db, install=REPORTS)
        log = _run_tests(suite_templates.odoo, db)
    finally:
        suite_templates.databases.drop(db)
    told = re.search(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests", log)
    assert told, log[-3000:]
    assert told.groups() == ("0", "0", "2"), log[-6000:]
    assert "is not installed" not in log, "a test was skipped"
