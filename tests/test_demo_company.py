# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The demo company has a past that hangs together, and its people can log in."""

import datetime

import pytest
from rpc import Client, Refused

ROLES = (
    "administrator",
    "accountant",
    "salesperson",
    "agent",
    "stock",
    "billing",
    "portal_1",
    "portal_2",
)
CUSTOMERS = [("ref", "=like", "C-1__"), ("parent_id", "=", False)]
MONTHS = 24
# field with the day on which something happened; none may lie in the future
HAPPENED = (
    ("sale.order", "date_order"),
    ("sale.order", "create_date"),
    ("stock.picking", "date_done"),
    ("stock.move.line", "date"),
    ("account.move", "invoice_date"),
    ("account.move", "date"),
    ("account.move", "create_date"),
    ("account.payment", "date"),
    ("contract.period", "create_date"),
    ("helpdesk.ticket", "create_date"),
    ("helpdesk.ticket", "closed_date"),
    ("crm.lead", "create_date"),
    ("crm.lead", "date_closed"),
    ("mail.message", "date"),
)


@pytest.fixture(scope="module")
def admin(demo_server):
    """The administrator, by the API key."""
    login, _password = demo_server.login("administrator")
    return Client(demo_server.url, demo_server.db, login, demo_server.api_key)


@pytest.fixture(scope="module")
def today():
    return datetime.datetime.now(datetime.timezone.utc).date()


def _sums(client, model, domain, groupby, aggregate):
    rows = client.call(
        model, "formatted_read_group", domain, groupby, [aggregate], limit=500
    )
    return [row[aggregate] for row in rows]


# === PEOPLE === #


@pytest.mark.parametrize("role", ROLES)
def test_everybody_can_log_in(demo_server, role):
    """Each login that the start script prints works."""
    login, password = demo_server.login(role)
    assert Client(demo_server.url, demo_server.db, login, password).uid


def test_only_the_administrator_lists_the_logins(demo_server, admin):
    """The passwords and the key are for whoever administrates the demo."""
    rows = admin.call("crm.suite.demo", "get_logins")
    assert [row["role"] for row in rows] == list(ROLES)
    assert [bool(row["api_key"]) for row in rows] == [True] + [False] * 7
    for role in ROLES[1:]:
        login, password = demo_server.login(role)
        client = Client(demo_server.url, demo_server.db, login, password)
        with pytest.raises(Refused) as refusal:
            client.call("crm.suite.demo", "get_logins")
        assert refusal.value.code == 4, role


@pytest.mark.parametrize(
    ("role", "reads", "refused"),
    [
        ("accountant", "account.move", "crm.lead"),
        ("salesperson", "sale.order", "account.payment"),
        ("agent", "helpdesk.ticket", "sale.order"),
        ("agent", "helpdesk.ticket", "account.move"),
        ("agent", "helpdesk.ticket", "stock.picking"),
        ("stock", "stock.picking", "account.move"),
        ("billing", "account.payment", "crm.lead"),
    ],
)
def test_roles_see_what_is_theirs(demo_server, role, reads, refused):
    """Each role reads its own records and is refused the others'."""
    login, password = demo_server.login(role)
    client = Client(demo_server.url, demo_server.db, login, password)
    assert client.call(reads, "search_count", [])
    with pytest.raises(Refused) as refusal:
        client.find(refused, [], "display_name", limit=1)
    assert refusal.value.code == 4


def test_portal_customers_are_of_different_companies(demo_server, admin):
    logins = [demo_server.login(role)[0] for role in ("portal_1", "portal_2")]
    rows = admin.find(
        "res.users", [("login", "in", logins)], "commercial_partner_id", "share"
    )
    assert len({row["commercial_partner_id"][0] for row in rows}) == 2
    assert all(row["share"] for row in rows)


# === THE PAST === #


def test_every_customer_has_a_story(admin):
    """Orders, deliveries and invoices for every customer; a group among them."""
    rows = admin.find(
        "res.partner", [("ref", "=like", "C-1__")], "name", "lang", "is_company"
    )
    assert len(rows) == 26
    assert {row["lang"] for row in rows} == {"ko_KR", "en_US"}
    assert [row["is_company"] for row in rows].count(False) == 1
    for row in rows:
        for model, field, domain in (
            ("sale.order", "partner_id", [("state", "=", "sale")]),
            ("stock.picking", "partner_id", [("state", "=", "done")]),
            ("account.move", "partner_id", [("state", "=", "posted")]),
        ):
            mine = [(field, "child_of", row["id"])]
            assert admin.call(model, "search_count", mine + domain), (row, model)
    [group] = admin.search("res.partner", [("ref", "=", "C-100")])
    assert (
        admin.call(
            "res.partner",
            "search_count",
            [("parent_id", "=", group), ("is_company", "=", True)],
        )
        == 3
    )


def test_charts_have_something_to_show(admin, today):
    """Revenue in at least 20 of the last 24 months, in two currencies."""
    first = (today - datetime.timedelta(days=int(MONTHS * 30.44))).isoformat()
    posted = [
        ("move_id.state", "=", "posted"),
        ("account_id.internal_group", "=", "income"),
        ("date", ">=", first),
    ]
    months = _sums(admin, "account.move.line", posted, ["date:month"], "balance:sum")
    assert len([balance for balance in months if balance < 0]) >= 20
    invoices = [("move_type", "=", "out_invoice"), ("state", "=", "posted")]
    for currency in ("USD", "EUR"):
        found = admin.call(
            "account.move",
            "search_count",
            [*invoices, ("currency_id.name", "=", currency)],
        )
        assert found > 20, currency


def test_growth_and_decline(admin, today):
    """Some customers bought more in the second year than in the first, some less."""
    middle = (today - datetime.timedelta(days=365)).isoformat()

    def revenue(ref, operator):
        domain = [
            ("partner_id.ref", "=", ref),
            ("move_id.state", "=", "posted"),
            ("account_id.internal_group", "=", "income"),
            ("date", operator, middle),
        ]
        return -sum(_sums(admin, "account.move.line", domain, [], "balance:sum") or [0])

    refs = [f"C-{number}" for number in range(100, 126)]
    changes = {ref: revenue(ref, ">=") - revenue(ref, "<") for ref in refs}
    assert len([ref for ref in refs if changes[ref] > 0]) >= 5
    assert len([ref for ref in refs if changes[ref] < 0]) >= 5


def test_the_ledger_is_balanced_and_paid_in_part(admin, today):
    """Debit equals credit; invoices are paid, half paid, overdue, credited."""
    [balance] = _sums(
        admin, "account.move.line", [("parent_state", "=", "posted")], [], "balance:sum"
    )
    assert abs(balance) < 0.005
    invoices = [("move_type", "=", "out_invoice"), ("state", "=", "posted")]
    count = lambda *domain: admin.call(  # noqa: E731
        "account.move", "search_count", [*invoices, *domain]
    )
    assert count() > 180
    assert count(("payment_state", "in", ("paid", "in_payment"))) > 120
    assert count(("payment_state", "=", "partial")) >= 2
    assert (
        count(
            ("payment_state", "in", ("not_paid", "partial")),
            ("invoice_date_due", "<", today.isoformat()),
        )
        >= 5
    )
    refunds = [("move_type", "=", "out_refund"), ("state", "=", "posted")]
    assert admin.call("account.move", "search_count", refunds) >= 4
    disputes = [("summary", "like", "Disputed")]
    assert admin.call("mail.activity", "search_count", disputes)


def test_deliveries_are_late_partial_and_returned(admin):
    """Done after the promised day, in two parts, and taken back."""
    done = [("picking_type_code", "=", "outgoing"), ("state", "=", "done")]
    rows = admin.find(
        "stock.picking", done, "date_done", "date_deadline", "backorder_id"
    )
    assert len(rows) > 90
    late = [
        r for r in rows if r["date_deadline"] and r["date_done"] > r["date_deadline"]
    ]
    assert 5 <= len(late) < len(rows) / 2
    assert len([row for row in rows if row["backorder_id"]]) >= 5
    returns = [("return_id", "!=", False), ("state", "=", "done")]
    assert admin.call("stock.picking", "search_count", returns) >= 3
    serials = [("product_id.default_code", "=like", "H%"), ("name", "=like", "H%-%-%")]
    assert admin.call("stock.lot", "search_count", serials) > 50


def test_subscriptions_renew_end_and_wait(admin, today):
    """Some renewed, some ended, and renewals are due in the next weeks."""
    contracts = admin.find(
        "contract.contract",
        [("subscription_plan_id", "!=", False), ("name", "like", "SUB")],
        "subscription_state",
        "renewal_date",
        "mrr",
    )
    states = [row["subscription_state"] for row in contracts]
    assert states.count("ended") >= 2
    assert states.count("active") >= 8
    assert states.count("to_renew") >= 2
    soon = (today + datetime.timedelta(days=31)).isoformat()
    due = [
        row
        for row in contracts
        if row["renewal_date"] and today.isoformat() <= row["renewal_date"] <= soon
    ]
    assert len(due) >= 2
    assert sum(row["mrr"] for row in contracts) > 1000
    renewed = [("successor_contract_line_id", "!=", False)]
    assert admin.call("contract.line", "search_count", renewed) >= 4
    parked = [("kind", "=like", "crm_subscription.%"), ("state", "=", "open")]
    assert not admin.call("crm.suite.incident", "search_count", parked)


def test_tickets_in_every_state(admin):
    """Each stage, each state of a promise, met and breached ones, in two languages."""
    stages = admin.search("helpdesk.ticket.stage", [])
    for stage in stages:
        assert admin.call(
            "helpdesk.ticket", "search_count", [("stage_id", "=", stage)]
        ), admin.read("helpdesk.ticket.stage", stage, "name")
    for state in ("running", "paused", "met", "breached", "cancelled"):
        assert admin.call(
            "service.sla.target", "search_count", [("state", "=", state)]
        ), state
    lots = [("service_lot_id", "!=", False)]
    assert admin.call("helpdesk.ticket", "search_count", lots) > 15
    assert not admin.call("service.mail.quarantine", "search_count", [])
    rated = [("res_model", "=", "helpdesk.ticket"), ("consumed", "=", True)]
    assert admin.call("rating.rating", "search_count", rated) >= 5


def test_pipeline(admin, today):
    """Opportunities open, won and lost; meetings ahead; activities planned."""
    for state in ("won", "lost", "pending"):
        assert admin.call(
            "crm.lead",
            "search_count",
            [("won_status", "=", state), ("active", "in", (True, False))],
        ), state
    ahead = [("start", ">", today.isoformat())]
    assert admin.call("calendar.event", "search_count", ahead)
    assert admin.call("mail.activity", "search_count", [])


@pytest.mark.parametrize(("model", "field"), HAPPENED)
def test_nothing_happened_in_the_future(admin, model, field):
    """What is done has a moment in the past, and the first one is two years old."""
    kind = admin.call(model, "fields_get", [field], ["type"])[field]["type"]
    now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=5)
    # an entry of tonight may carry tomorrow's date in the user's time zone, or not
    value = now.strftime("%Y-%m-%d %H:%M:%S" if kind == "datetime" else "%Y-%m-%d")
    done = [(field, ">", value)]
    if model == "account.move":
        done.append(("state", "=", "posted"))
    elif model == "stock.move.line":
        done.append(("state", "=", "done"))
    assert not admin.find(model, done, "display_name", field, limit=3)


def test_numbers_follow_the_dates(admin):
    """Invoices were posted in the order of time: higher number, later day."""
    rows = admin.find(
        "account.move",
        [("move_type", "=", "out_invoice"), ("state", "=", "posted")],
        "sequence_prefix",
        "sequence_number",
        "create_date",
        order="sequence_prefix, sequence_number",
    )
    last = {}
    for row in rows:
        before = last.get(row["sequence_prefix"])
        assert not before or before <= row["create_date"], row
        last[row["sequence_prefix"]] = row["create_date"]


def test_nothing_of_the_past_goes_out(admin):
    """No mail of the two years waits to be sent."""
    waiting = [("state", "=", "outgoing"), ("mail_message_id.date", "<", _days_ago(1))]
    assert not admin.call("mail.mail", "search_count", waiting)


def _days_ago(days):
    moment = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(
        days=days
    )
    return moment.strftime("%Y-%m-%d %H:%M:%S")
