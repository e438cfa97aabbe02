# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Maintenance subscriptions: sold by orders, billed each period, renewed or ended."""

from dataclasses import dataclass
from datetime import timedelta

from odoo import fields
from odoo.fields import Command

from . import accounting
from .customers import CUSTOMERS, buyer

PLANS = {
    "monthly": {
        "name": "Monthly, one year, renewal by quotation",
        "unit": "month",
        "renewal_policy": "quotation",
        "uplift_percent": 3,
    },
    "quarterly": {
        "name": "Quarterly, one year, renews by itself",
        "unit": "quarter",
        "renewal_policy": "automatic",
        "uplift_percent": 2,
    },
    "yearly": {
        "name": "Yearly, renewal by quotation",
        "unit": "year",
        "renewal_policy": "quotation",
        "uplift_percent": 4,
    },
}
KOREAN_PLANS = {
    "monthly": "월별, 1년, 견적으로 갱신",
    "quarterly": "분기별, 1년, 자동 갱신",
    "yearly": "연간, 견적으로 갱신",
}
# code: (name, Korean name, price per period in dollars, plan)
SERVICES = {
    "MAINT": ("Maintenance Basic", "기본 유지보수", 140, "monthly"),
    "MAINTPLUS": ("Maintenance Plus", "플러스 유지보수", 690, "quarterly"),
    "REMOTE": ("Remote monitoring", "원격 모니터링", 1250, "yearly"),
}


@dataclass(frozen=True)
class Subscription:
    """What a customer subscribed to some days ago, and what became of it.

    ``fate``: goes on (renewals are accepted), lapses (the renewal quotation is not
    accepted), grows (one more machine after five months), cancelled.
    """

    customer: str
    service: str
    quantity: int
    days: int
    fate: str = "goes on"


SUBSCRIPTIONS = (
    # ended
    Subscription("harbor", "MAINT", 1, 640, "lapses"),
    Subscription("ara", "MAINTPLUS", 1, 610, "cancelled"),
    # renewed in the past
    Subscription("garam", "MAINTPLUS", 2, 700),
    Subscription("feinwerk", "MAINTPLUS", 1, 560),
    Subscription("alpen", "REMOTE", 1, 500),
    Subscription("nordlicht", "MAINT", 2, 430),
    Subscription("daesungp", "REMOTE", 2, 390),
    # the renewal is due in the next weeks
    Subscription("daesunge", "MAINT", 2, 351),
    Subscription("redwood", "MAINT", 3, 343),
    Subscription("cascade", "MAINTPLUS", 1, 338),
    Subscription("vandijk", "REMOTE", 2, 346),
    Subscription("lakeside", "MAINT", 1, 320),
    # in their first term
    Subscription("garam", "REMOTE", 1, 280),
    Subscription("granite", "MAINT", 1, 215, "grows"),
    Subscription("redwood", "REMOTE", 1, 180),
    Subscription("narae", "MAINTPLUS", 1, 130),
    Subscription("prairie", "MAINT", 1, 190, "cancelled"),
    Subscription("haedam", "MAINTPLUS", 1, 40),
    Subscription("whitaker", "MAINT", 1, 12),
)


def make_plans(story):
    """Plans with the usual three steps a month before the end, and their services."""
    for key, values in PLANS.items():
        plan = story.env["contract.plan"].create(
            {
                "term_count": 1,
                "term_unit": "year",
                "notice_days": 30,
                "invoice_mode": "posted",
                "portal_cancel": True,
                **values,
            }
        )
        plan.update_field_translations("name", {"ko_KR": KOREAN_PLANS[key]})
        story.name(f"plan_{key}", plan)
    for code, (name, korean, price, plan) in SERVICES.items():
        product = story.env["product.product"].create(
            {
                "name": name,
                "default_code": code,
                "type": "service",
                "list_price": price,
                "standard_price": price * 0.35,
                "company_id": story.company.id,
                "subscription_ok": True,
                "subscription_plan_id": story.records[f"plan_{plan}"].id,
            }
        )
        product.product_tmpl_id.update_field_translations("name", {"ko_KR": korean})
        story.name(f"product_{code}", product)
        story.count("subscription products")


def plan_subscriptions(story):
    """Each subscription begins on its day."""
    for row in SUBSCRIPTIONS:
        story.at(story.ago(row.days, hour=15), subscribe, story, row)


def subscribe(story, row):
    """An order with one subscription, confirmed at once; its contract bills today."""
    customer = next(c for c in CUSTOMERS if c.key == row.customer)
    env = story.as_user("salesperson")
    order = env["sale.order"].create(
        {
            "partner_id": buyer(story, customer).id,
            "order_line": [
                Command.create(
                    {
                        "product_id": story.records[f"product_{row.service}"].id,
                        "product_uom_qty": row.quantity,
                    }
                )
            ],
        }
    )
    order.action_confirm()
    contract = order.order_line.subscription_line_ids.contract_id
    story.name(f"contract_{row.customer}_{row.service.lower()}", contract)
    story.count("contracts")
    bill(story, customer, contract)
    plan_renewal(story, row, customer, contract)
    if row.fate == "grows":
        story.later(150, grow, story, customer, contract)
    elif row.fate == "cancelled":
        story.later(120, cancel, story, contract)


def bill(story, customer, contract):
    """Billing runs the contract when it is due, and again on its next date."""
    contract = contract.with_env(story.as_user("billing"))
    answer = contract.run_billing()
    moves = contract.env["account.move"].browse(answer["invoice_ids"])
    for move in moves:
        accounting.plan_payment(story, customer, move)
    story.count("billed periods", answer["billed"])
    if answer["billed"]:
        plan_bill(story, customer, contract)


def plan_bill(story, customer, contract):
    """Come back on the contract's next bill date, if it has one."""
    if contract.next_bill_date:
        moment = story.moment(contract.next_bill_date, hour=15, minute=30)
        story.at(moment, bill, story, customer, contract)


def plan_renewal(story, row, customer, contract):
    """The nightly job looks at the contract a month before the end of its term."""
    end = contract.contract_line_ids[-1:].date_end
    if end:
        due = story.moment(end - timedelta(days=30), hour=13)
        story.at(due, renew, story, row, customer, contract)


def renew(story, row, customer, contract):
    """Do the renewal steps that are due: quotation, notice, activity, or renewal.

    This is the function that the nightly job calls for each chunk of contracts. The
    job itself commits, which an installation must not.
    """
    if contract.is_terminated:
        return
    lines = contract.contract_line_ids
    contract.with_env(story.env)._renew_isolated()
    story.count("renewal steps", len(contract.sudo().renewal_step_ids))
    if contract.contract_line_ids - lines:  # it renewed by itself
        continue_term(story, row, customer, contract)
    elif row.fate != "lapses":
        story.later(17, accept, story, row, customer, contract)
    else:
        story.later(12, decline, story, contract)


def accept(story, row, customer, contract):
    """The customer agrees to the renewal quotation; the salesperson's task is done."""
    contract = contract.with_env(story.as_user("salesperson"))
    order = contract.renewal_order_id
    if order.state != "sent":
        return
    order.action_confirm()
    contract.activity_ids.action_feedback(feedback="Agreed on the phone.")
    story.count("renewals by quotation")
    continue_term(story, row, customer, contract)


def decline(story, contract):
    """The customer does not want to go on; the contract ends with its term."""
    contract = contract.with_env(story.as_user("salesperson"))
    contract.renewal_order_id.action_cancel()
    contract.activity_ids.action_feedback(feedback="The customer closes the plant.")


def continue_term(story, row, customer, contract):
    """The next term is billed and renewed like the first one."""
    contract.invalidate_recordset()
    plan_bill(story, customer, contract)
    plan_renewal(story, row, customer, contract)


def grow(story, customer, contract):
    """One more machine is covered from today on; what that costs is billed now."""
    contract = contract.with_env(story.env)
    line = contract.contract_line_ids[-1:]
    change = {"type": "quantity", "line_id": line.id, "quantity": line.quantity + 1}
    total = contract.preview_change(change)["total"]
    answer = contract.apply_change(change, total)
    moves = story.as_user("billing")["account.move"].browse(answer["invoice_ids"])
    moves.filtered(lambda move: move.state == "draft").action_post()
    for move in moves:
        accounting.plan_payment(story, customer, move)
    story.count("contract changes")


def cancel(story, contract):
    """The customer cancels from today on: the rest of the period is credited, and the
    contract is terminated with the reason, so that nothing renews it.
    """
    env = story.as_manager()
    contract = contract.with_env(env)
    change = {"type": "cancel"}
    total = contract.preview_change(change)["total"]
    answer = contract.apply_change(change, total)
    reason = env["contract.terminate.reason"].search([], limit=1)
    if not reason:
        reason = reason.create({"name": "The plant is closed"})
    wizard = contract.action_terminate_contract()
    env[wizard["res_model"]].with_context(**wizard["context"]).create(
        {"terminate_reason_id": reason.id, "terminate_date": fields.Date.today()}
    ).terminate_contract()
    moves = story.as_user("billing")["account.move"].browse(answer["invoice_ids"])
    moves.filtered(lambda move: move.state == "draft").action_post()
    accounting.settle(moves.filtered(lambda move: move.move_type == "out_refund"))
    story.count("contract changes")


def sync_mrr(story):
    """Bring movements and revenue of all contracts up to today, like the daily job."""
    lines = story.env["contract.line"].search(
        [("contract_id.contract_type", "=", "sale"), ("display_type", "=", False)]
    )
    lines._sync_mrr()
    lines._recompute_mrr()
    today = fields.Date.today()
    movements = story.env["contract.mrr.movement"].search([("date", "<=", today)])
    story.count("MRR movements", len(movements))
