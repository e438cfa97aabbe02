# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Opportunities, calls, meetings and mails of the sales team."""

from datetime import datetime, timedelta

from markupsafe import Markup

from odoo.fields import Command

from .customers import CUSTOMERS, buyer

# customer, days ago, title, dollars, what became of it
OPPORTUNITIES = (
    ("granite", 560, "Second vertical mill", 19450, "won"),
    ("garam", 480, "HL-350 for the new line", 28850, "won"),
    ("feinwerk", 430, "Press replacement", 10750, "won"),
    ("ara", 400, "Retrofit of line 2", 46000, "lost"),
    ("harbor", 380, "Compressor station", 12600, "lost"),
    ("daesunge", 300, "Gumi plant, phase 1", 74000, "won"),
    ("prairie", 260, "Press with automatic feed", 15400, "lost"),
    ("redwood", 190, "Two presses for Sacramento", 19600, "won"),
    ("costa", 150, "Used HM-200, trade-in", 14000, "lost"),
    ("haedam", 120, "First machine of the laboratory", 28850, "won"),
    ("mesa", 75, "Five-axis evaluation", 62000, "open"),
    ("vandijk", 60, "Filter contract for three sites", 8400, "open"),
    ("daesungp", 48, "Changwon line 4", 112000, "open"),
    ("nordlicht", 40, "HL-350 with bar feeder", 33500, "open"),
    ("alpen", 33, "Compressor before the season", 5150, "open"),
    ("narae", 26, "Coolant system upgrade", 9900, "open"),
    ("cascade", 19, "Mould cleaning press", 10750, "open"),
    ("saebyeok", 12, "Maintenance of four mills", 5800, "open"),
    ("iberia", 6, "Second compressor", 4200, "open"),
    ("whitaker", 2, "Garage lathe?", 2500, "open"),
)


def plan_pipeline(story):
    """Opportunities of two years, calls and meetings around today."""
    for row in OPPORTUNITIES:
        story.at(story.ago(row[1], hour=13), open_opportunity, story, *row)
    for customer in CUSTOMERS:
        rng = story.rng("calls", customer.key)
        for days in rng.sample(range(10, 690), 3):
            story.at(story.ago(days, hour=18), call, story, customer)
        for days in rng.sample(range(5, 600), 2):
            story.at(story.ago(days, hour=13), exchange_mails, story, customer, days)
    for key, days in (("garam", 95), ("feinwerk", 62), ("redwood", 20), ("mesa", 8)):
        story.at(story.ago(days, hour=13), meet, story, key, 7)
    # meetings and calls of the coming days, arranged yesterday
    for key, ahead in (("daesungp", 4), ("nordlicht", 8), ("redwood", 13)):
        story.at(story.ago(1), meet, story, key, ahead)
    for key, ahead in (("ara", -3), ("harbor", 0), ("narae", 2), ("costa", 6)):
        story.at(story.ago(7), plan_call, story, key, 7 + ahead)


def open_opportunity(story, key, days, title, amount, fate):
    """An opportunity; old ones are won or lost after five weeks, others advance."""
    customer = next(c for c in CUSTOMERS if c.key == key)
    env = story.as_user("salesperson")
    lead = env["crm.lead"].create(
        {
            "name": title,
            "type": "opportunity",
            "partner_id": buyer(story, customer).id,
            "expected_revenue": amount,
            "user_id": env.uid,
            "date_deadline": datetime.now().date() + timedelta(days=70),
        }
    )
    story.count("opportunities")
    story.later(10, advance, story, lead)
    story.later(24, advance, story, lead)
    if fate == "won":
        story.later(36, lead.action_set_won_rainbowman)
    elif fate == "lost":
        reason = env["crm.lost.reason"].search([], limit=1)
        story.later(36, lose, lead, reason)


def advance(story, lead):
    """To the next stage before "won", with a call planned for next week."""
    stages = lead.env["crm.stage"].search([("is_won", "=", False)], order="sequence")
    following = stages.filtered(lambda s: s.sequence > lead.stage_id.sequence)[:1]
    if lead.active and following:
        lead.stage_id = following
        lead.activity_schedule(
            "mail.mail_activity_data_call",
            date_deadline=datetime.now().date() + timedelta(days=7),
            summary="Ask for the decision",
            user_id=lead.user_id.id,
        )
        story.later(7, finish_activities, lead)


def finish_activities(lead):
    """The salesperson does the calls that were planned on the opportunity."""
    for activity in lead.activity_ids:
        activity.action_feedback(feedback="Talked to the customer.")


def lose(lead, reason):
    """The opportunity is lost, with the first reason of the list."""
    lead.action_set_lost(lost_reason_id=reason.id)


def call(story, customer):
    """A call that was planned and made on the same day, logged on the customer."""
    partner = story.records[customer.key].with_env(story.as_user("salesperson"))
    activity = partner.activity_schedule(
        "mail.mail_activity_data_call",
        summary="How do the machines run?",
        user_id=partner.env.uid,
    )
    activity.action_feedback(feedback="All machines run; asks for new filters.")
    story.count("calls")


def plan_call(story, key, days):
    """A call that is still to be made (or overdue)."""
    partner = story.records[key].with_env(story.as_user("salesperson"))
    partner.activity_schedule(
        "mail.mail_activity_data_call",
        date_deadline=datetime.now().date() + timedelta(days=days),
        summary="Win the customer back" if days < 8 else "Offer maintenance",
        user_id=partner.env.uid,
    )
    story.count("planned calls")


def exchange_mails(story, customer, days):
    """The salesperson writes; the customer answers the next day."""
    contact = buyer(story, customer).with_env(story.as_user("salesperson"))
    korean = customer.lang == "ko_KR"
    text = (
        "부품 재고와 납기를 안내해 드립니다."
        if korean
        else "Please find our delivery times for spare parts of this month."
    )
    contact.message_post(
        body=text,
        subject="납기 안내" if korean else "Delivery times",
        message_type="comment",
        subtype_xmlid="mail.mt_comment",
        partner_ids=contact.ids,
    )
    story.count("mails")
    story.later(1, answer, story, contact, korean)


def answer(story, contact, korean):
    """The customer's answer, as it comes in by mail."""
    text = "감사합니다. 다음 주에 주문하겠습니다." if korean else "Thank you, noted."
    contact.with_env(story.env).message_post(
        body=Markup("<p>%s</p>") % text,
        author_id=contact.id,
        email_from=contact.email_formatted,
        message_type="email",
        subtype_xmlid="mail.mt_comment",
    )
    story.count("mails")


def meet(story, key, days):
    """A visit, arranged some days ahead."""
    customer = next(c for c in CUSTOMERS if c.key == key)
    env = story.as_user("salesperson")
    start = datetime.now() + timedelta(days=days)
    partner = buyer(story, customer)
    env["calendar.event"].create(
        {
            "name": f"Visit: {story.records[key].name}",
            "start": start,
            "stop": start + timedelta(hours=2),
            "partner_ids": [Command.set((partner | env.user.partner_id).ids)],
            "res_model_id": env["ir.model"]._get_id("res.partner"),
            "res_id": story.records[key].id,
        }
    )
    story.count("meetings")
