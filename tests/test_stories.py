# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A customer's story, from the mail of a lead to the credit for a broken machine.

Each actor works over XML-RPC with an own login, the customer by mail and in the
portal; the administrator only triggers scheduled actions. A fixture is a chapter: it
does what people do, and the tests after it look at what each of them then sees.
"""

import re
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from dateutil.relativedelta import relativedelta
from rpc import Portal, Refused, mail, sent_to
from story_steps import (
    Company,
    confirm,
    convert_lead,
    customer_360,
    deliver_serial,
    grant_portal,
    invoice_order,
    listed,
    metric,
    pay,
    quote,
    receive_serials,
    set_serials,
    sign_up,
    validate,
)

HANGUL = re.compile("[\uac00-\ud7a3]")
# One black pixel: what a signature pad sends.
SIGNATURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGD4DwABBAEAX+XDSwAAAABJ"
    "RU5ErkJggg=="
)
MACHINE_PRICE = 9800.0
SERVICE_PRICE = 600.0  # per quarter
UPLIFT = 5.0  # percent
CRON_RENEWALS = "crm_subscription.ir_cron_renewal"
CRON_BILLING = "crm_subscription.ir_cron_billing"
CRON_OCA = "contract.contract_cron_for_invoice"
CRON_MAIL = "mail.ir_cron_mail_scheduler_action"


@pytest.fixture(scope="module")
def company(demo_server):
    """The demo company's people."""
    return Company(demo_server)


@pytest.fixture(scope="module")
def who():
    """Names and addresses that no earlier run has used."""
    tag = uuid.uuid4().hex[:8]
    return SimpleNamespace(
        tag=tag,
        name="김지원",
        address=f"jiwon.{tag}@daehan.example.com",
        serial=f"STORY-{tag.upper()}",
    )


def _sender(who):
    return f'"{who.name}" <{who.address}>'


# === 1. FROM A MAIL TO HALF A PAYMENT === #


@pytest.fixture(scope="module")
def opportunity(company, who):
    """A lead that came in by mail and was converted."""
    lead = company.receive_mail(
        mail(
            _sender(who),
            company.alias("crm.lead"),
            f"Press for our workshop {who.tag}",
            "We need one hydraulic press, with maintenance.",
        )
    )
    assert company.sales.read("crm.lead", lead, "type")["type"] == "lead"
    convert_lead(company.sales, lead)
    row = company.sales.read("crm.lead", lead, "type", "partner_id")
    assert row["type"] == "opportunity"
    partner = row["partner_id"][0]
    company.sales.call("res.partner", "write", [partner], {"lang": "ko_KR"})
    return SimpleNamespace(id=lead, partner=partner)


@pytest.fixture(scope="module")
def plans(company, who):
    """Two plans of the subscription manager: one renews by quotation, one by itself."""
    vals = {
        "interval": 1,
        "unit": "quarter",
        "timing": "prepaid",
        "term_count": 6,
        "term_unit": "month",
        "notice_days": 31,
        "uplift_percent": UPLIFT,
        "invoice_mode": "posted",
    }
    make = company.billing.create
    steps = [
        (0, 0, {"days": -31, "action": action})
        for action in ("quotation", "notice", "activity")
    ]
    return SimpleNamespace(
        quotation=make(
            "contract.plan",
            name=f"Quarterly {who.tag}",
            renewal_policy="quotation",
            step_ids=steps,
            **vals,
        ),
        automatic=make(
            "contract.plan",
            name=f"Quarterly, renews {who.tag}",
            renewal_policy="automatic",
            step_ids=[],
            **vals,
        ),
    )


@pytest.fixture(scope="module")
def order(company, opportunity, plans, who):
    """A confirmed order: a machine, and maintenance that began five months ago."""
    [machine] = company.sales.find(
        "product.product", [("default_code", "=", "HP80")], "id"
    )
    [service] = company.sales.find(
        "product.product",
        [("subscription_ok", "=", True), ("type", "=", "service")],
        "id",
        limit=1,
        order="id",
    )
    begin = company.today() - relativedelta(months=5)
    order_id = quote(
        company.sales,
        opportunity.partner,
        [
            {
                "product_id": machine["id"],
                "product_uom_qty": 1,
                "price_unit": MACHINE_PRICE,
                "tax_ids": [(5, 0, 0)],
            },
            {
                "product_id": service["id"],
                "product_uom_qty": 1,
                "price_unit": SERVICE_PRICE,
                "subscription_plan_id": plans.quotation,
            },
        ],
        opportunity_id=opportunity.id,
        subscription_start_date=begin.isoformat(),
    )
    confirm(company.sales, order_id)
    name = company.sales.read("sale.order", order_id, "name")["name"]
    return SimpleNamespace(
        id=order_id,
        name=name,
        machine=machine["id"],
        service=service["id"],
        begin=begin,
    )


@pytest.fixture(scope="module")
def delivery(company, order, who):
    """The machine, delivered with its serial number."""
    receive_serials(company.stock, order.machine, [who.serial])
    [lot] = company.stock.search("stock.lot", [("name", "=", who.serial)])
    picking = deliver_serial(company.stock, order.name, order.machine, lot)
    return SimpleNamespace(id=picking, lot=lot)


@pytest.fixture(scope="module")
def invoice(company, order, delivery):
    """The machine's posted invoice, half of it paid."""
    invoice_id = invoice_order(company.sales, company.billing, order.id)
    pay(company.billing, invoice_id, MACHINE_PRICE / 2)
    return invoice_id


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


@pytest.fixture(scope="module")
def contract(company, order, delivery):
    """The contract of the order, its due periods billed by four clicks at once."""
    rows = company.sales.find(
        "contract.line",
        [("subscription_sale_line_id.order_id", "=", order.id)],
        "contract_id",
        "anchor_date",
        "date_end",
        "price_unit",
    )
    [line] = rows
    contract_id = line["contract_id"][0]

    def click(_number):
        # a client of its own: one HTTP connection carries one call at a time
        client = company.client("billing")
        return client.call("contract.contract", "run_billing", [contract_id], {})

    with ThreadPoolExecutor(4) as clicks:
        answers = list(clicks.map(click, range(4)))
    return SimpleNamespace(id=contract_id, line=line, answers=answers)


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


@pytest.fixture(scope="module")
def renewal(company, contract, who):
    """What the renewal job did, run three times, and the mails that it sent."""
    began = time.time() - 1
    for _run in range(3):
        company.admin.run_cron(CRON_RENEWALS)
        company.admin.run_cron(CRON_MAIL)
    orders = company.sales.find(
        "sale.order",
        [("renewal_contract_id", "=", contract.id)],
        "amount_untaxed",
        "state",
        "access_token",
    )
    return SimpleNamespace(
        orders=orders, mails=sent_to(company.mail_dir, who.address, began)
    )


@pytest.fixture(scope="module")
def portal(company, opportunity, who):
    """The customer's portal session: invited by the salesperson, signed up by mail."""
    began = time.time() - 1
    grant_portal(company.sales, opportunity.partner)
    company.admin.run_cron(CRON_MAIL)
    mails = sent_to(company.mail_dir, who.address, began)
    invitation = [m for m in mails if "/web/signup" in _text(m)][-1]
    password = f"secret-{who.tag}"
    sign_up(company, _text(invitation), password)
    return Portal(company.url, company.db, who.address, password)


@pytest.fixture(scope="module")
def accepted(company, renewal, portal, contract):
    """The renewal quotation, accepted in the portal."""
    order_id = renewal.orders[0]["id"]
    page = portal.get(f"/my/orders/{order_id}")
    assert page.status_code == 200
    answer = portal.json(
        f"/my/orders/{order_id}/accept", name="Kim Jiwon", signature=SIGNATURE
    )
    assert "error" not in answer
    return order_id


def _text(message):
    """Return all text of a mail."""
    parts = [p for p in message.walk() if p.get_content_maintype() == "text"]
    return "\n".join(part.get_content() for part in parts)


def test_notice_activity_and_quotation_are_made_once(company, contract, renewal):
    """Story 3: each step is done once, however often the job runs."""
    notices = [m for m in renewal.mails if "/web/signup" not in _text(m)]
    assert len(notices) == 1
    assert HANGUL.search(str(notices[0]["Subject"]))
    assert HANGUL.search(_text(notices[0]))
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


@pytest.fixture(scope="module")
def ticket(company, who, invoice, accepted):
    """A ticket from a mail that names the serial number."""
    ticket_id = company.receive_mail(
        mail(
            _sender(who),
            company.alias("helpdesk.ticket"),
            f"Press leaks oil {who.tag}",
            f"Our press with serial number {who.serial} leaks oil. Please help.",
        )
    )
    assert ticket_id
    return ticket_id


def test_the_mail_became_a_ticket_with_a_deadline(company, ticket, opportunity):
    """Story 4: right team, right customer, and an SLA deadline that explains itself."""
    row = company.agent.read("helpdesk.ticket", ticket, "team_id", "partner_id")
    assert row["partner_id"][0] == opportunity.partner
    alias = company.alias("helpdesk.ticket")
    [team] = company.agent.find(
        "helpdesk.ticket.team", [("id", "=", row["team_id"][0])], "alias_name"
    )
    assert alias.startswith(team["alias_name"])
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
            _sender(who),
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


@pytest.fixture(scope="module")
def returned(company, ticket, delivery):
    """The machine, asked back by the agent and taken back by logistics."""
    lines = [{"lot_id": delivery.lot, "quantity": 1}]
    asked = company.agent.call("helpdesk.ticket", "create_return", [ticket], lines)
    assert asked["requested"] and asked["activity_id"] and not asked["picking_id"]
    key = {"client_key": f"return-{delivery.lot}"}
    made = company.stock.call("helpdesk.ticket", "create_return", [ticket], lines, key)
    again = company.stock.call("helpdesk.ticket", "create_return", [ticket], lines, key)
    assert made["picking_id"] == again["picking_id"]
    return made["picking_id"]


@pytest.fixture(scope="module")
def credit(company, ticket, returned, delivery, order):
    """The credit note, after the goods are back."""
    lines = [{"lot_id": delivery.lot, "quantity": 1}]
    # invoiced, but not back yet: nothing to credit
    with pytest.raises(Refused, match="0(.0)? (returned|회수|반품)"):
        company.billing.call("helpdesk.ticket", "request_credit", [ticket], lines)
    set_serials(company.stock, returned, order.machine, [delivery.lot], key="lot_id")
    validate(company.stock, returned)
    asked = company.agent.call("helpdesk.ticket", "request_credit", [ticket], lines)
    assert asked["requested"] and asked["activity_id"] and not asked["move_id"]
    made = company.billing.call("helpdesk.ticket", "request_credit", [ticket], lines)
    company.billing.call("account.move", "action_post", [made["move_id"]])
    return made["move_id"]


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
