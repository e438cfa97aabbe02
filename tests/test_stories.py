# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A customer's story, from the mail of a lead to the credit for a broken machine.

Each actor works over XML-RPC with an own login, the customer by mail and in the
portal; the administrator only triggers scheduled actions. The chapters are the
fixtures of ``story_chapters``; the tests look at what each of the people then sees.
"""

import time

import pytest
from dateutil.relativedelta import relativedelta
from rpc import Refused, mail
from story_chapters import (
    CRON_BILLING,
    CRON_OCA,
    CRON_RENEWALS,
    HANGUL,
    MACHINE_PRICE,
    SERVICE_PRICE,
    UPLIFT,
    sender,
    text_of,
)
from story_steps import confirm, customer_360, listed, metric, quote

# === 1. FROM A MAIL TO HALF A PAYMENT === #


def test_the_lead_ends_in_a_half_paid_invoice(company, order, delivery, invoice):
    """Story 1: machine delivered with its serial, invoiced, half of it paid."""
    picking = company.stock.read("stock.picking", delivery.id, "state", "move_line_ids")
    assert picking["state"] == "done"
    lines = company.stock.read("stock.move.line", picking["move_line_ids"], "lot_id")
    assert [line["lot_id"][0] for line in lines] == [delivery.lot]
    move = company.accountant.read(
        "account.move", invoice, "state", "amount_total", "amount_residual"
    )
    assert move["state"] == "posted"
    # the maintenance is not on it: the subscription bills that
    assert move["amount_total"] == MACHINE_PRICE
    assert move["amount_residual"] == MACHINE_PRICE / 2


# === 2. THE SUBSCRIPTION BILLS ONCE === #


def test_the_order_line_became_an_anchored_contract_line(company, order, contract):
    """Story 2: the order's maintenance line is a contract line with an anchor."""
    assert contract.line["anchor_date"] == order.begin.isoformat()
    assert contract.line["price_unit"] == SERVICE_PRICE
    end = order.begin + relativedelta(months=6, days=-1)
    assert contract.line["date_end"] == end.isoformat()


def test_two_periods_are_billed_and_no_more(company, order, contract):
    """Story 2: four runs at once bill two periods; one more bills nothing more."""
    assert sorted(answer["billed"] for answer in contract.answers) == [0, 0, 0, 2]
    assert [answer["parked"] for answer in contract.answers] == [[]] * 4
    again = company.billing.call("contract.contract", "run_billing", [contract.id], {})
    assert (again["billed"], again["invoice_ids"]) == (0, [])
    assert again["already"][0]["contract_id"] == contract.id
    for cron in (CRON_BILLING, CRON_OCA):
        company.admin.run_cron(cron)
    moves = company.accountant.find(
        "account.move",
        [("line_ids.contract_line_id.contract_id", "=", contract.id)],
        "invoice_date",
        "amount_untaxed",
        "state",
        order="invoice_date",
    )
    second = order.begin + relativedelta(months=3)
    assert [move["invoice_date"] for move in moves] == [
        order.begin.isoformat(),
        second.isoformat(),
    ]
    assert {move["amount_untaxed"] for move in moves} == {SERVICE_PRICE}
    assert {move["state"] for move in moves} == {"posted"}


# === 3. THE RENEWAL === #


def test_notice_activity_and_quotation_are_made_once(company, contract, renewal):
    """Story 3: each step is done once, however often the job runs."""
    notices = [m for m in renewal.mails if "/web/signup" not in text_of(m)]
    assert len(notices) == 1
    assert HANGUL.search(str(notices[0]["Subject"]))
    assert HANGUL.search(text_of(notices[0]))
    [order] = renewal.orders
    assert order["amount_untaxed"] == pytest.approx(SERVICE_PRICE * (1 + UPLIFT / 100))
    activities = company.sales.find(
        "mail.activity",
        [("res_model", "=", "contract.contract"), ("res_id", "=", contract.id)],
        "user_id",
    )
    assert [row["user_id"][0] for row in activities] == [company.sales.uid]


def test_accepted_renewal_goes_on_the_day_after_at_the_new_price(
    company, contract, accepted
):
    """Story 3: accepted in the portal, the contract goes on, exactly once."""
    lines = company.sales.find(
        "contract.line",
        [("contract_id", "=", contract.id)],
        "date_start",
        "date_end",
        "price_unit",
        order="date_start",
    )
    assert len(lines) == 2
    old, new = lines
    day_after = company.date(old["date_end"]) + relativedelta(days=1)
    assert new["date_start"] == day_after.isoformat()
    assert new["price_unit"] == pytest.approx(SERVICE_PRICE * (1 + UPLIFT / 100))
    [again] = company.sales.call("contract.contract", "renew", [contract.id], {})
    # the next term's renewal is another one; that of this term exists
    assert again["sale_order_id"] != accepted or not again["created"]
    company.admin.run_cron(CRON_RENEWALS)
    count = company.sales.call(
        "contract.line", "search_count", [("contract_id", "=", contract.id)]
    )
    assert count == 2


def test_another_contract_renews_by_itself(company, opportunity, plans, order):
    """Story 3: with the automatic policy the next term is there without anyone."""
    order_id = quote(
        company.sales,
        opportunity.partner,
        [
            {
                "product_id": order.service,
                "product_uom_qty": 1,
                "price_unit": 300.0,
                "subscription_plan_id": plans.automatic,
            }
        ],
        subscription_start_date=order.begin.isoformat(),
    )
    confirm(company.sales, order_id)
    for _run in range(2):
        company.admin.run_cron(CRON_RENEWALS)
    lines = company.sales.find(
        "contract.line",
        [("contract_id.subscription_plan_id", "=", plans.automatic)],
        "date_start",
        "price_unit",
        order="date_start",
    )
    assert [line["price_unit"] for line in lines] == [300.0, pytest.approx(315.0)]
    next_term = order.begin + relativedelta(months=6)
    assert lines[1]["date_start"] == next_term.isoformat()


# === 4. THE TICKET === #


def test_the_mail_became_a_ticket_with_a_deadline(company, ticket, opportunity):
    """Story 4: right team, right customer, and an SLA deadline that explains itself."""
    row = company.agent.read("helpdesk.ticket", ticket, "team_id", "partner_id")
    assert row["partner_id"][0] == opportunity.partner
    alias = company.alias("helpdesk.ticket")
    [team] = company.agent.find(
        "helpdesk.ticket.team", [("id", "=", row["team_id"][0])], "alias_name"
    )
    assert alias.startswith(team["alias_name"])
    # a clock that began in this very second has no interval to explain yet
    time.sleep(1.1)
    [status] = company.agent.call("helpdesk.ticket", "get_sla_status", [ticket])
    running = [t for t in status["targets"] if t["state"] in ("running", "warned")]
    assert {t["kind"] for t in running} >= {"resolution"}
    assert all(t["due"] and t["explanation"] for t in running)


def test_the_serial_number_is_read_from_the_mail(company, ticket, delivery, who):
    """Story 4: the sender's company owns the machine, so the mail's number links it."""
    row = company.agent.read("helpdesk.ticket", ticket, "service_lot_id")
    assert row["service_lot_id"][0] == delivery.lot
    [context] = company.agent.call("helpdesk.ticket", "get_context", [ticket])
    [serial] = [s for s in context["serials"] if s["id"] == delivery.lot]
    assert serial["name"] == who.serial
    assert serial["warranty"]["state"] == "covered"
    assert serial["warranty"]["reason"]
    assert context["entitlement"]["covered"] is True
    assert context["entitlement"]["reason"]


def test_a_foreign_serial_links_nothing_and_the_agent_picks(
    company, ticket, delivery, who
):
    """Story 4: another customer's number tells nothing; one click links the right."""
    [foreign] = company.stock.find(
        "stock.lot", [("id", "!=", delivery.lot)], "name", limit=1, order="id"
    )
    second = company.receive_mail(
        mail(
            sender(who),
            company.alias("helpdesk.ticket"),
            f"Another question {who.tag}",
            f"And {foreign['name']} is loud.",
        )
    )
    row = company.agent.read("helpdesk.ticket", second, "service_lot_id")
    assert not row["service_lot_id"]
    [context] = company.agent.call("helpdesk.ticket", "get_context", [second])
    assert [s["id"] for s in context["serials"]] == [delivery.lot]
    company.agent.call(
        "helpdesk.ticket", "link_document", [second], "stock.lot", delivery.lot
    )
    row = company.agent.read("helpdesk.ticket", second, "service_lot_id")
    assert row["service_lot_id"][0] == delivery.lot


# === 5. TAKEN BACK AND CREDITED === #


def test_the_agent_sees_the_documents_without_money(
    company, ticket, order, delivery, invoice
):
    """Story 5: order, delivery, invoice and payment state, and no amount."""
    [context] = company.agent.call("helpdesk.ticket", "get_context", [ticket])
    assert order.id in [row["id"] for row in context["orders"]]
    assert delivery.id in [row["id"] for row in context["deliveries"]]
    [row] = [row for row in context["invoices"] if row["id"] == invoice]
    assert row["payment_state"] == "partial"
    assert "amount" not in str(context)
    assert str(int(MACHINE_PRICE)) not in str(context)


def test_serial_is_kept_and_credit_is_what_came_back(
    company, returned, credit, delivery, ticket
):
    """Story 5: the return has the serial, the credit the invoiced price, once."""
    picking = company.stock.read("stock.picking", returned, "state", "move_line_ids")
    assert picking["state"] == "done"
    lines = company.stock.read("stock.move.line", picking["move_line_ids"], "lot_id")
    assert [line["lot_id"][0] for line in lines] == [delivery.lot]
    move = company.accountant.read("account.move", credit, "amount_total", "state")
    assert (move["amount_total"], move["state"]) == (MACHINE_PRICE, "posted")
    lines = [{"lot_id": delivery.lot, "quantity": 1}]
    for actor, method in (
        (company.stock, "create_return"),
        (company.billing, "request_credit"),
    ):
        with pytest.raises(Refused, match="Fault 2"):
            actor.call("helpdesk.ticket", method, [ticket], lines)


def test_documents_show_their_ticket(company, returned, credit, delivery, ticket):
    """Story 5: picking, credit note and serial number show the ticket."""
    for client, model, record in (
        (company.stock, "stock.picking", returned),
        (company.billing, "account.move", credit),
    ):
        row = client.read(model, record, "service_ticket_id")
        assert row["service_ticket_id"][0] == ticket
    row = company.stock.read("stock.lot", delivery.lot, "service_ticket_count")
    assert row["service_ticket_count"] >= 1


# === 6. THE CUSTOMER'S PAGE === #


def test_the_accountants_page_equals_the_ledger(
    company, opportunity, credit, contract, invoice
):
    """Story 6: revenue, receivable and overdue are what the journal items say."""
    answer = customer_360(company.accountant, opportunity.partner)
    revenue = metric(answer, "finance", "revenue")
    assert revenue == pytest.approx(2 * SERVICE_PRICE)  # the machine is credited
    receivable = metric(answer, "finance", "receivable")
    [ledger] = company.accountant.call(
        "account.move.line",
        "formatted_read_group",
        [
            ("partner_id", "=", opportunity.partner),
            ("parent_state", "=", "posted"),
            ("account_id.account_type", "=", "asset_receivable"),
        ],
        aggregates=["amount_residual:sum"],
    )
    assert receivable == pytest.approx(ledger["amount_residual:sum"])
    bills = company.accountant.find(
        "account.move",
        [("line_ids.contract_line_id.contract_id", "=", contract.id)],
        "amount_total",
    )
    billed = sum(bill["amount_total"] for bill in bills)
    assert receivable == pytest.approx(billed - MACHINE_PRICE / 2)
    metrics = answer["sections"]["finance"]["metrics"]
    for key in ("revenue", "receivable", "open_invoices", "overdue", "net_invoiced"):
        assert listed(company.accountant, metrics[key]) == pytest.approx(
            metrics[key]["value"]
        ), key


def test_the_salesperson_sees_subscription_margin_and_tickets(
    company, opportunity, accepted, ticket, credit
):
    """Story 6: MRR, renewal date, margin, open tickets and the timeline of all."""
    answer = customer_360(company.sales, opportunity.partner, timeline_limit=100)
    # two contracts: 600 and 300 a quarter
    assert metric(answer, "subscription", "mrr") == pytest.approx(300.0)
    assert metric(answer, "subscription", "renewal_date")
    assert metric(answer, "service", "open_tickets") == 2
    assert "margin" in answer["sections"]["finance"]["metrics"]
    models = {row["model"] for row in answer["timeline"]["rows"]}
    assert models >= {
        "crm.lead",
        "sale.order",
        "account.move",
        "helpdesk.ticket",
        "contract.contract",
    }


def test_the_agents_page_has_no_money(company, opportunity, ticket, credit):
    """Story 6: the service agent's answer carries no revenue and no margin."""
    answer = customer_360(company.agent, opportunity.partner)
    assert metric(answer, "service", "open_tickets") == 2
    assert "finance" not in answer["sections"]
    text = str(answer)
    for word in ("revenue", "margin", "receivable", str(int(MACHINE_PRICE))):
        assert word not in text


@pytest.mark.parametrize(
    ("path", "model", "who_sees"),
    [
        ("/my/contracts/%s", "contract.contract", "contract"),
        ("/my/invoices/%s", "account.move", "invoice"),
        ("/my/ticket/%s", "helpdesk.ticket", "ticket"),
    ],
)
def test_the_portal_shows_the_customers_own(
    request, company, portal, path, model, who_sees, opportunity
):
    """Story 6: own subscription, invoice and ticket, and nobody else's."""
    own = request.getfixturevalue(who_sees)
    own_id = getattr(own, "id", own)
    page = portal.get(path % own_id)
    assert page.status_code == 200
    assert page.url.split("?")[0].rstrip("/").endswith(str(own_id))
    domain = [("partner_id", "!=", opportunity.partner)]
    if model == "account.move":
        domain += [("move_type", "=", "out_invoice"), ("state", "=", "posted")]
    foreign = company.admin.search(model, domain, limit=1)[0]
    missing = 2**31 - 2
    answers = [portal.get(path % wrong) for wrong in (foreign, missing)]
    assert answers[0].status_code == answers[1].status_code
    assert str(foreign) not in answers[0].url.rsplit("/", 1)[-1]
    [name] = company.admin.find(model, [("id", "=", foreign)], "display_name")
    assert name["display_name"] not in answers[0].text


def test_the_portal_user_gets_no_customer_view(company, opportunity, portal):
    """Story 6: the 360 answer is for the staff."""
    with pytest.raises(RuntimeError):
        portal.json(
            "/web/dataset/call_kw/res.partner/get_customer_360",
            model="res.partner",
            method="get_customer_360",
            args=[[opportunity.partner]],
            kwargs={},
        )
