# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A neutralised copy of a database mails, bills, renews and charges nobody."""

import os
import subprocess

import pytest

LOOK = """
crons = env["ir.cron"].search([("active", "=", True)])
servers = env["ir.mail_server"].search([("active", "=", True)])
result = {
    "crons": sorted(crons.mapped(lambda c: c.get_external_id()[c.id])),
    "mail": servers.mapped("smtp_host"),
    "fetch": env["fetchmail.server"].search_count([("active", "=", True)])
    if "fetchmail.server" in env else 0,
    "waiting": env["mail.mail"].search_count([
        ("state", "=", "outgoing"),
        ("mail_message_id.model", "in", ["contract.contract", "helpdesk.ticket"]),
    ]),
    "due": env["contract.line"].search_count([
        ("recurring_next_date", "<=", "2100-01-01"), ("is_canceled", "=", False),
    ]),
    "senders": env["contract.plan"].search_count([("invoice_mode", "=", "sent")]),
    "providers": env["payment.provider"].search([]).mapped("state")
    if "payment.provider" in env else [],
}
"""


@pytest.fixture(scope="module")
def neutralised(suite_templates):
    """What a neutralised copy of the demo company has switched on."""
    if not suite_templates.addons.has_demo:
        pytest.skip("there is no demo company")
    db = f"{suite_templates.prefix}_neutral_{os.getpid()}"
    suite_templates.copy("demo", db)
    odoo = suite_templates.odoo
    before = odoo.evaluate(db, LOOK)
    subprocess.run(
        odoo.command("neutralize", "-c", odoo.conf, "-d", db),
        cwd=odoo.layout.root,
        env=odoo.environ(),
        check=True,
        capture_output=True,
    )
    yield before, odoo.evaluate(db, LOOK)
    suite_templates.databases.drop(db)


def test_the_original_works(neutralised):
    """The copy was made of a company whose jobs run: else this shows nothing."""
    before, _after = neutralised
    assert any(name.startswith("crm_subscription.") for name in before["crons"])
    assert any(name.startswith("crm_service_desk.") for name in before["crons"])
    assert before["due"]


def test_no_job_of_ours_or_of_ocas_runs(neutralised):
    """Nothing bills, renews, warns or sends by itself."""
    _before, after = neutralised
    ours = ("crm_", "contract", "helpdesk", "mail.")
    assert [name for name in after["crons"] if name.startswith(ours)] == []


def test_nothing_is_mailed_or_charged(neutralised):
    """No mail server, no mail that waits, no plan that sends, no payment provider."""
    _before, after = neutralised
    assert after["mail"] in ([], ["invalid"])
    assert after["fetch"] == 0
    assert after["waiting"] == 0
    assert after["senders"] == 0
    assert set(after["providers"]) <= {"disabled", "test"}
