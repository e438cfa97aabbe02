# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Installed over years of documents, the suite changes none and shows them all."""

import os
from pathlib import Path

import pytest
from snapshots import changes, snapshot

PAST = Path(__file__).parent / "existing_past.py"
# What a company calls its records. Tables of Odoo's own bookkeeping (views, fields,
# access rules, scheduled actions) are what an installation is there to change.
TABLES = (
    "account_account",
    "account_full_reconcile",
    "account_move",
    "account_move_line",
    "account_partial_reconcile",
    "account_payment",
    "contract_contract",
    "contract_line",
    "crm_lead",
    "helpdesk_ticket",
    "helpdesk_ticket_stage",
    "helpdesk_ticket_team",
    "mail_activity",
    "product_product",
    "product_template",
    "res_company",
    "res_currency_rate",
    "res_partner",
    "sale_order",
    "sale_order_line",
    "stock_lot",
    "stock_move",
    "stock_move_line",
    "stock_picking",
    "stock_quant",
)
ASK_360 = """
partner = env["res.partner"].search([("name", "=", "Old Customer")])
accountant = env["res.users"].create({
    "name": "Reader", "login": "reader",
    "group_ids": [(6, 0, [env.ref("account.group_account_readonly").id])],
})
answer = partner.with_user(accountant).get_customer_360({"timeline_limit": 100})[0]
finance = answer["sections"]["finance"]["metrics"]
rows = answer["timeline"]["rows"]
ledger = sum(env["account.move.line"].search([
    ("partner_id", "=", partner.id), ("parent_state", "=", "posted"),
    ("account_id.internal_group", "=", "income"),
]).mapped("balance"))
result = {
    "revenue": finance["revenue_total"]["value"], "ledger": -ledger,
    "receivable": finance["receivable"]["value"], "credit": partner.credit,
    "invoices": len([r for r in rows if r["model"] == "account.move"]),
}
"""
BILL = """
contract = env["contract.contract"].search([("name", "=", "Old Contract")])
line = contract.contract_line_ids
before = line.last_date_invoiced
opening = env["contract.period"].search([("line_id", "=", line.id)])
first = opening.mapped(lambda row: [str(row.period_end), row.state])
next_date = str(line.recurring_next_date)
answer = contract.run_billing({})
again = contract.run_billing({})
periods = env["contract.period"].search([
    ("line_id", "=", line.id), ("state", "=", "billed"),
], order="period_start")
result = {
    "last": str(before), "opening": first, "next_date": next_date,
    "billed": answer["billed"], "again": again["billed"],
    "periods": [[str(p.period_start), str(p.period_end)] for p in periods],
}
"""


@pytest.fixture(scope="module")
def existing(suite_templates):
    """A database with a past on which our products are installed, and its snapshots."""
    db = f"{suite_templates.prefix}_existing_{os.getpid()}"
    suite_templates.copy("core", db)
    odoo = suite_templates.odoo
    odoo.evaluate(db, PAST.read_text(encoding="utf-8"))
    snapshots = []
    for install in (None, suite_templates.addons.products):
        if install:
            assert odoo.update(db, install=install) == []
        connection = suite_templates.server.connect(db)
        snapshots.append(snapshot(connection, TABLES))
        connection.close()
    yield lambda code: odoo.evaluate(db, code), *snapshots
    suite_templates.databases.drop(db)


def test_no_business_record_changes(existing):
    """Every column of every document is what it was; the one repair is stated."""
    _evaluate, before, after = existing
    assert all(before[table] for table in ("account_move", "contract_line"))
    found = changes(before, after)
    repaired = [c for c in found if c[0] == "helpdesk_ticket" and c[2] == "number"]
    assert [c for c in found if c not in repaired] == []
    # of two tickets with one number the later gets a new one
    assert len(repaired) == 1
    numbers = [row["number"] for row in after["helpdesk_ticket"].values()]
    assert len(numbers) == len(set(numbers))


def test_history_is_visible_at_once(existing):
    """The 360 answer holds the years before the installation, equal to the ledger."""
    evaluate, before, _after = existing
    answer = evaluate(ASK_360)
    assert answer["revenue"] == pytest.approx(answer["ledger"], abs=0.005)
    assert answer["receivable"] == pytest.approx(answer["credit"], abs=0.005)
    posted = [m for m in before["account_move"].values() if m["state"] == "posted"]
    assert answer["invoices"] >= len(posted) > 0


def test_old_contracts_keep_their_dates_and_bill_on(existing):
    """An opening row holds what OCA billed; the next bills follow it, once each."""
    answer = existing[0](BILL)
    assert answer["opening"] == [[answer["last"], "opening"]]
    assert answer["billed"] >= 1
    assert answer["again"] == 0
    assert answer["periods"][0][0] > answer["last"]
    starts, ends = zip(*answer["periods"], strict=True)
    assert all(start > end for start, end in zip(starts[1:], ends, strict=False))
