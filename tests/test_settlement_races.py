# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Two people settle the same goods at once, each in a call of his own to a running
server: one of them is told that it is done."""

import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest
from rpc import Client, Refused


@pytest.fixture(scope="module")
def stock(demo_server):
    return Client(demo_server.url, demo_server.db, *demo_server.login("stock"))


@pytest.fixture(scope="module")
def agent(demo_server):
    return Client(demo_server.url, demo_server.db, *demo_server.login("agent"))


@pytest.fixture(scope="module")
def machines(stock, agent):
    """(ticket, serial number) of customers whose machines are under warranty."""
    rows = stock.call(
        "stock.picking",
        "search_read",
        [("state", "=", "done"), ("picking_type_code", "=", "outgoing")],
        ["partner_id"],
    )
    [team] = stock.call("helpdesk.ticket.team", "search", [], limit=1)
    found = []
    for partner in dict.fromkeys(row["partner_id"][0] for row in rows):
        vals = {"name": "Race", "description": "Race", "partner_id": partner}
        ticket = agent.call("helpdesk.ticket", "create", vals | {"team_id": team})
        [told] = agent.call("helpdesk.ticket", "get_settlement_options", [ticket])
        covered = [
            row["lot_id"]
            for row in told["deliveries"]
            if row["lot_id"]
            and row["open"] == 1
            and not row["replaced"]
            and row["warranty"]["state"] == "covered"
        ]
        found += [(ticket, lot) for lot in covered[:1]]
        if len(found) == 3:
            return itertools.cycle(found)
    raise AssertionError("the demo company has too few machines under warranty")


def both(server, login, calls):
    """Make two calls at the same time; return the answers and the refusals."""

    def one(call):
        client = Client(server.url, server.db, *login)
        try:
            return client.call(*call)
        except Refused as refusal:
            return refusal

    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(one, calls))
    refused = [answer for answer in told if isinstance(answer, Refused)]
    return [answer for answer in told if answer not in refused], refused


@pytest.mark.parametrize("second", ["create_return", "create_exchange"])
def test_the_same_machine_is_taken_back_once(demo_server, machines, stock, second):
    ticket, lot = next(machines)
    lines, confirmed = [{"lot_id": lot}], {"confirm_overdue": True}
    calls = [
        ("helpdesk.ticket", "create_return", [ticket], lines),
        ("helpdesk.ticket", second, [ticket], lines)
        + ((confirmed,) if second == "create_exchange" else ()),
    ]
    done, refused = both(demo_server, demo_server.login("stock"), calls)
    assert len(done) == len(refused) == 1, [refusal.text for refusal in refused]
    assert refused[0].code == 2, refused[0].text
    rows = stock.call(
        "stock.move.line",
        "search_read",
        [("lot_id", "=", lot), ("state", "not in", ("done", "cancel"))],
        ["picking_id", "quantity"],
    )
    assert [row["picking_id"][0] for row in rows] == [done[0]["picking_id"]]


def test_a_request_is_granted_once(demo_server, machines, stock, agent):
    ticket, lot = next(machines)
    asked = agent.call("helpdesk.ticket", "create_return", [ticket], [{"lot_id": lot}])
    assert asked["requested"]
    call = ("service.claim", "action_grant", [asked["claim_id"]])
    done, refused = both(demo_server, demo_server.login("stock"), [call, call])
    assert len(done) == len(refused) == 1, [refusal.text for refusal in refused]
    assert refused[0].code == 2, refused[0].text
    [picking] = stock.call(
        "stock.picking", "search", [("service_ticket_id", "=", ticket)]
    )
    assert picking == done[0]["res_id"]
