# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A desk that has been in use is upgraded: what the versions before left is mended."""

import os
from pathlib import Path

import pytest
from snapshots import changes, snapshot

PAST = Path(__file__).parent / "desk_past.py"
DESK = "crm_service_desk"
TABLES = (
    "account_move",
    "account_move_line",
    "helpdesk_ticket",
    "product_template",
    "rating_rating",
    "res_company",
    "res_partner",
    "sale_order",
    "sale_order_line",
    "service_claim",
    "service_claim_line",
    "service_mail_quarantine",
    "stock_lot",
    "stock_move",
    "stock_move_line",
    "stock_picking",
)
LOOK = """
past = %r
ticket = env["helpdesk.ticket"].browse(past["ticket"])
first, second, third = env["stock.lot"].browse(past["lots"][:3])
(sent,) = env["stock.move"].search([("service_return_move_id", "!=", False)])
row = env["service.mail.quarantine"].search([("subject", "=", "Old")])
admin = env.ref("base.user_admin")


def credited(lot):
    try:
        ticket.with_user(admin).request_credit([{"lot_id": lot.id}])
    except Exception:
        return False
    return True


line = ticket.service_claim_ids.line_ids
result = {
    "order_line": line.order_line_id == line.claim_id.order_id.order_line,
    "came": sent.service_return_move_id.lot_ids.mapped("name"),
    "sent": sent.lot_ids.mapped("name"),
    "body": env["mail.message"].browse(past["message"]).body,
    "rating": env["rating.rating"].search_count(
        [("access_token", "=", past["token"])]
    ),
    "reason": row.reason_told,
    "credited": [credited(lot) for lot in (first, second, third, third)],
    "version": env["ir.module.module"].search([("name", "=", "crm_service_desk")])
    .latest_version,
}
"""


@pytest.fixture(scope="module")
def upgraded(suite_templates):
    """What was left, what the upgrade logged, and what is there then."""
    db = f"{suite_templates.prefix}_upgrade_{os.getpid()}"
    suite_templates.copy("suite", db)
    odoo = suite_templates.odoo
    try:
        past = odoo.evaluate(db, PAST.read_text(encoding="utf-8"))
        rows = []
        for upgrade in (False, True):
            if upgrade:
                trouble = odoo.update(db, update=[DESK])
            connection = suite_templates.server.connect(db)
            rows.append(snapshot(connection, TABLES))
            connection.close()
        yield trouble, rows, odoo.evaluate(db, LOOK % (past,)), past
    finally:
        suite_templates.databases.drop(db)


def test_nothing_else_changes(upgraded):
    trouble, (before, after), found, _past = upgraded
    assert trouble == []
    assert all(before[table] for table in TABLES)
    assert changes(before, after) == []
    assert found["version"] > "19.0.1.0.0"


def test_what_was_sent_is_noted(upgraded):
    """By which order line the desk sent it (19.0.1.1.0), and for which return Odoo's
    own wizard did (19.0.1.2.0): of three machines only what came back is paid back."""
    found = upgraded[2]
    assert found["order_line"]
    assert found["came"] == ["UP-1"]
    assert len(found["sent"]) == 1
    assert found["credited"] == [False, False, True, False]


def test_links_to_answers_are_hidden(upgraded):
    _trouble, _rows, found, past = upgraded
    assert past["token"] not in found["body"]
    assert "/ticket/rate/-?rate=5" in found["body"]
    assert found["rating"] == 1


def test_reasons_keep_their_text(upgraded):
    assert upgraded[2]["reason"] == "As it was."
