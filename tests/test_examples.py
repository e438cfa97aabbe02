# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The examples of the documentation run as they are printed there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).parents[1] / "docs" / "examples").glob("*.py"))


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda path: path.stem)
def test_example(demo_server, script):
    """Run one script in a process of its own, configured by the environment only."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONIOENCODING": "utf-8",
        "ODOO_URL": demo_server.url,
        "ODOO_DB": demo_server.db,
        "ODOO_LOGIN": demo_server.login("administrator")[0],
        "ODOO_API_KEY": demo_server.api_key,
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip(), "an example shows something"
    assert not done.stderr


def test_there_are_examples_in_both_protocols():
    """Each subject is shown with xmlrpc.client and with JSON-2."""
    subjects = {}
    for path in EXAMPLES:
        subject, _underscore, protocol = path.stem.rpartition("_")
        subjects.setdefault(subject, set()).add(protocol)
    assert set(subjects) == {"customer_360", "timeline", "subscription", "ticket"}
    assert all(found == {"xmlrpc", "json2"} for found in subjects.values()), subjects
