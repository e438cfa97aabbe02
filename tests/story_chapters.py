# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The chapters of the customer's story: each fixture does what people do.

They are told once in a session, in the order in which they need each other.
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
    deliver_serial,
    grant_portal,
    invoice_order,
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


@pytest.fixture(scope="session")
def company(demo_server):
    """The demo company's people."""
    return Company(demo_server)


@pytest.fixture(scope="session")
def who():
    """Names and addresses that no earlier run has used."""
    tag = uuid.uuid4().hex[:8]
    return SimpleNamespace(
        tag=tag,
        name="김지원",
        address=f"jiwon.{tag}@daehan.example.com",
        serial=f"STORY-{tag.upper()}",
    )


def sender(who):
    return f'"{who.name}" <{who.address}>'


# === 1. FROM A MAIL TO HALF A PAYMENT === #


@pytest.fixture(scope="session")
def opportunity(company, who):
    """A lead that came in by mail and was converted."""
    lead = company.receive_mail(
        mail(
            sender(who),
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


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="session")
def delivery(company, order, who):
    """The machine, delivered with its serial number."""
    receive_serials(company.stock, order.machine, [who.serial])
    [lot] = company.stock.search("stock.lot", [("name", "=", who.serial)])
    picking = deliver_serial(company.stock, order.name, order.machine, lot)
    return SimpleNamespace(id=picking, lot=lot)


@pytest.fixture(scope="session")
def invoice(company, order, delivery):
    """The machine's posted invoice, half of it paid."""
    invoice_id = invoice_order(company.sales, company.billing, order.id)
    pay(company.billing, invoice_id, MACHINE_PRICE / 2)
    return invoice_id


# === 2. THE SUBSCRIPTION BILLS ONCE === #


@pytest.fixture(scope="session")
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


# === 3. THE RENEWAL === #


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="session")
def portal(company, opportunity, who):
    """The customer's portal session: invited by the salesperson, signed up by mail."""
    began = time.time() - 1
    grant_portal(company.sales, opportunity.partner)
    company.admin.run_cron(CRON_MAIL)
    mails = sent_to(company.mail_dir, who.address, began)
    invitation = [m for m in mails if "/web/signup" in text_of(m)][-1]
    password = f"secret-{who.tag}"
    sign_up(company, text_of(invitation), password)
    return Portal(company.url, company.db, who.address, password)


@pytest.fixture(scope="session")
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


def text_of(message):
    """Return all text of a mail."""
    parts = [p for p in message.walk() if p.get_content_maintype() == "text"]
    return "\n".join(part.get_content() for part in parts)


# === 4. THE TICKET === #


@pytest.fixture(scope="session")
def ticket(company, who, invoice, accepted):
    """A ticket from a mail that names the serial number."""
    ticket_id = company.receive_mail(
        mail(
            sender(who),
            company.alias("helpdesk.ticket"),
            f"Press leaks oil {who.tag}",
            f"Our press with serial number {who.serial} leaks oil. Please help.",
        )
    )
    assert ticket_id
    return ticket_id


# === 5. TAKEN BACK AND CREDITED === #


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="session")
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
