# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Service tickets: customers write mails, the agent answers, promises are kept or not.

Mails come in through the gateway like real ones; answers are written by the agent.
"""

from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

from markupsafe import Markup

from odoo.fields import Command

from . import accounting
from .customers import CUSTOMERS, buyer
from .sales import validate
from .texts import ANSWERS, MAILS, SOLUTIONS

DESK = "support@hanbit.example.com"
WARRANTIES = {"HM200": 24, "HL350": 24, "HP80": 24, "HC15": 12}  # months
STAGE = "helpdesk_mgmt.helpdesk_ticket_stage_"
CHANNEL = "helpdesk_mgmt.helpdesk_ticket_channel_"
KOREAN_STAGES = {
    "new": "신규",
    "in_progress": "처리 중",
    "awaiting": "대기",
    "done": "완료",
    "cancelled": "취소됨",
    "rejected": "반려",
}
KOREAN_CHANNELS = {"web": "웹", "email": "이메일", "phone": "전화", "other": "기타"}

# customer, days ago, kind of mail (see texts.py), priority, what became of it:
#   quick: answered in an hour, solved the next day      (promises kept)
#   usual: answered the same day, solved after two days  (kept)
#   slow: answered after two days, solved after nine     (both broken)
#   new: nobody has looked yet     late: nobody looked in time
#   working, waiting: answered, in work or waiting for the customer
#   asked: answered, and the customer asked again        (next answer is due)
#   overdue: answered in time, in work for too long
#   cancelled, rejected   reopened: solved, then opened again
#   returned: the machine is taken back and credited
TICKETS = (
    ("garam", 655, "noise", "1", "quick"),
    ("redwood", 610, "leak", "1", "usual"),
    ("ara", 560, "parts", "0", "usual"),
    ("harbor", 530, "error", "2", "slow"),
    ("feinwerk", 500, "noise", "1", "quick"),
    ("daesungp", 455, "error", "2", "usual"),
    ("prairie", 430, "leak", "1", "slow"),
    ("lakeside", 395, "invoice", "0", "usual"),
    ("mirgi", 370, "error", "1", "slow"),
    ("garam", 340, "parts", "0", "quick"),
    ("nordlicht", 315, "training", "0", "usual"),
    ("cascade", 290, "leak", "1", "quick"),
    ("costa", 265, "error", "2", "slow"),
    ("rousseau", 240, "invoice", "0", "cancelled"),
    ("daesunge", 215, "noise", "1", "usual"),
    ("mesa", 190, "training", "0", "rejected"),
    ("cascade", 165, "error", "2", "returned"),
    ("saebyeok", 140, "leak", "1", "usual"),
    ("granite", 118, "parts", "0", "quick"),
    ("vandijk", 97, "noise", "1", "usual"),
    ("daesungp", 81, "parts", "0", "quick"),
    ("lakeside", 66, "invoice", "1", "slow"),
    ("feinwerk", 52, "error", "2", "quick"),
    ("daon", 44, "leak", "1", "usual"),
    ("alpen", 37, "training", "0", "cancelled"),
    ("garam", 31, "error", "2", "quick"),
    ("narae", 26, "noise", "1", "reopened"),
    ("redwood", 21, "parts", "0", "usual"),
    ("iberia", 17, "leak", "1", "waiting"),
    ("mirgi", 15, "error", "2", "overdue"),
    ("costa", 12, "invoice", "0", "late"),
    ("cascade", 9, "training", "0", "waiting"),
    ("nordlicht", 7, "noise", "1", "working"),
    ("haedam", 5, "training", "0", "asked"),
    ("daesungp", 3, "error", "2", "late"),
    ("garam", 2, "leak", "1", "working"),
    ("redwood", 1, "noise", "2", "asked"),
    ("granite", 0, "parts", "0", "new"),
    ("daesunge", 0, "error", "1", "new"),
)


def make_desk(story):
    """Two teams, policies of promised times, warranties, mail addresses."""
    env = story.env
    _open_mailboxes(story)
    for key, months in WARRANTIES.items():
        story.records[f"product_{key}"].service_warranty_months = months
    members = story.records["user_agent"] | env.ref("base.user_admin")
    for key, name, korean, alias in (
        ("machines", "Machine service", "기계 서비스", "support"),
        ("parts", "Parts and questions", "부품 및 문의", "parts"),
    ):
        team = env["helpdesk.ticket.team"].create(
            {
                "name": name,
                "alias_name": alias,
                "company_id": story.company.id,
                "user_id": story.records["user_agent"].id,
                "user_ids": [Command.set(members.ids)],
                "service_ask_rating": key == "machines",
            }
        )
        team.update_field_translations("name", {"ko_KR": korean})
        story.name(f"team_{key}", team)
    awaiting = env.ref(f"{STAGE}awaiting")
    awaiting.service_clock = "paused"
    env.ref(f"{STAGE}cancelled").service_clock = "cancelled"
    env.ref(f"{STAGE}rejected").service_clock = "cancelled"
    for place, names in ((STAGE, KOREAN_STAGES), (CHANNEL, KOREAN_CHANNELS)):
        for key, korean in names.items():
            env.ref(f"{place}{key}").update_field_translations(
                "name", {"ko_KR": korean}
            )
    _make_policies(story)


def _open_mailboxes(story):
    """The company's mail domain; leads come to info@, tickets to support@.

    The address ``help`` that comes with the helpdesk belongs to no team: it is closed,
    so that every mail to the desk has somebody who answers for it.
    """
    env = story.env
    env["mail.alias.domain"].create(
        {
            "name": "hanbit.example.com",
            "company_ids": [Command.set(story.company.ids)],
        }
    )
    env.ref("helpdesk_mgmt.mail_alias_lead_info_helpdesk").alias_name = False
    employees = env.ref("base.group_user")
    employees.implied_ids |= env.ref("crm.group_use_lead")
    team = env.ref("sales_team.team_sales_department")
    team.write({"use_leads": True, "alias_name": "info"})


def _make_policies(story):
    """Urgent tickets are promised more, and customers with Maintenance Plus most.

    Times count in the office's hours.
    """
    policies = story.env["service.sla.policy"]
    for sequence, name, korean, priority, hours in (
        (10, "Express", "긴급", "2", (2, 4, 16)),
        (20, "Standard", "표준", False, (8, 8, 40)),
        (30, "Plus", "플러스", False, (1, 4, 12)),
    ):
        policy = policies.create(
            {
                "sequence": sequence,
                "name": name,
                "company_id": story.company.id,
                "minimum_priority": priority,
                "first_response_hours": hours[0],
                "next_response_hours": hours[1],
                "resolution_hours": hours[2],
                "by_entitlement": name == "Plus",
                "calendar_id": story.company.resource_calendar_id.id,
            }
        )
        policy.update_field_translations("name", {"ko_KR": korean})
        story.name(f"policy_{name.lower()}", policy)
    for code in ("MAINT", "MAINTPLUS"):
        story.records[f"product_{code}"].service_entitles = True
    plus = story.records["policy_plus"]
    story.records["product_MAINTPLUS"].service_sla_policy_id = plus


def plan_tickets(story):
    """Each ticket comes in on its day, at working hours of the desk."""
    for number, row in enumerate(TICKETS):
        moment = story.ago(row[1], hour=9, minute=5 + number % 50)
        if row[1] == 0:  # this morning, or just now if it is still night
            moment = story.now - timedelta(minutes=12 * (number % 3 + 1))
        story.at(moment, open_ticket, story, number, *row)


def _serial(story, customer):
    """The newest machine that the customer has got and still has, or none."""
    lines = story.env["stock.move.line"].search(
        [
            ("picking_id.partner_id", "child_of", story.records[customer.key].id),
            ("picking_code", "=", "outgoing"),
            ("state", "=", "done"),
            ("lot_id", "!=", False),
        ],
        order="date desc, id desc",
    )
    return lines.lot_id.filtered(
        lambda lot: "customer"
        in lot.quant_ids.filtered("quantity").location_id.mapped("usage")
    )[:1]


def write_mail(story, sender, subject, text, reference=None):
    """A raw mail of a customer to the desk, as bytes."""
    mail = EmailMessage()
    mail["From"] = f'"{sender.name}" <{sender.email}>'
    mail["To"] = DESK
    mail["Subject"] = subject
    mail["Date"] = format_datetime(datetime.now())
    number = story.records["mail_number"] = story.records.get("mail_number", 0) + 1
    mail["Message-Id"] = f"<{number}.{sender.id}@mail.{sender.email.split('@')[1]}>"
    if reference:
        mail["In-Reply-To"] = mail["References"] = reference
    mail.set_content(text)
    return mail.as_bytes()


def open_ticket(story, number, key, days, kind, priority, fate):
    """The customer's mail arrives; what follows depends on the fate."""
    customer = next(c for c in CUSTOMERS if c.key == key)
    korean = customer.lang == "ko_KR"
    subject, text = MAILS[kind][korean]
    lot = _serial(story, customer)
    text = text.format(serial=lot.name or "-")
    raw = write_mail(story, buyer(story, customer), subject, text)
    gateway = story.env["mail.thread"].with_context(mail_create_nosubscribe=False)
    ticket_id = gateway.message_process("helpdesk.ticket", raw)
    ticket = story.as_user("agent")["helpdesk.ticket"].browse(ticket_id)
    story.name(f"ticket_{key}_{days}", ticket)
    story.count("tickets")
    if priority != "0":  # who is on duty sorts the mail at once
        ticket.with_env(story.env).priority = priority
    FATES[fate](story, ticket, korean, lot)


def answer(story, ticket, korean, take=True):
    """The agent takes the ticket and answers the customer."""
    ticket = ticket.with_env(story.as_user("agent"))
    if take:
        progress = ticket.env.ref(f"{STAGE}in_progress")
        ticket.write({"user_id": ticket.env.uid, "stage_id": progress.id})
    ticket.message_post(
        body=Markup("<p>%s</p>") % ANSWERS[korean],
        message_type="comment",
        subtype_xmlid="mail.mt_comment",
        partner_ids=ticket.partner_id.ids,
    )
    story.count("answers")


def move(story, ticket, stage):
    """To another stage."""
    ticket = ticket.with_env(story.as_user("agent"))
    ticket.stage_id = ticket.env.ref(f"{STAGE}{stage}")


def solve(story, ticket, korean, rate=5):
    """The agent tells what was done and closes; the customer rates the next day."""
    ticket = ticket.with_env(story.as_user("agent"))
    ticket.message_post(
        body=Markup("<p>%s</p>") % SOLUTIONS[korean],
        message_type="comment",
        subtype_xmlid="mail.mt_comment",
        partner_ids=ticket.partner_id.ids,
    )
    move(story, ticket, "done")
    story.count("tickets solved")
    if rate:
        story.later(1, rate_ticket, story, ticket, rate)


def rate_ticket(story, ticket, rate):
    """The customer follows the link of the mail that asks for a rating."""
    ticket = ticket.with_env(story.env)
    if ticket.team_id.service_ask_rating:
        ticket.rating_apply(rate, token=ticket._rating_get_access_token())
        story.count("ratings")


def ask_again(story, ticket, korean):
    """The customer answers to the last mail of the desk."""
    ticket = ticket.with_env(story.env)
    text = "언제 방문하실 수 있나요?" if korean else "When can you come by?"
    last = ticket.message_ids.filtered(lambda m: m.message_type == "comment")[:1]
    subject = f"Re: {ticket.name}"
    raw = write_mail(story, ticket.partner_id, subject, text, last.message_id)
    story.env["mail.thread"].message_process("helpdesk.ticket", raw)


def reopen(story, ticket, korean):
    """The customer says that it is not solved: back to work."""
    ask_again(story, ticket, korean)
    move(story, ticket, "in_progress")


def _minutes(story, minutes, action, *args):
    story.at(datetime.now() + timedelta(minutes=minutes), action, *args)


def _quick(story, ticket, korean, lot):
    _minutes(story, 55, answer, story, ticket, korean)
    story.later(1, solve, story, ticket, korean)


def _usual(story, ticket, korean, lot):
    _minutes(story, 100, answer, story, ticket, korean)
    _minutes(story, 26 * 60, ask_again, story, ticket, korean)
    _minutes(story, 27 * 60, answer, story, ticket, korean, False)
    story.later(2, solve, story, ticket, korean, 4, hour=14)


def _slow(story, ticket, korean, lot):
    story.later(3, answer, story, ticket, korean)
    story.later(11, solve, story, ticket, korean, 1)


def _nothing(story, ticket, korean, lot):
    """Nobody has looked at it."""


def _working(story, ticket, korean, lot):
    _minutes(story, 70, answer, story, ticket, korean)


def _waiting(story, ticket, korean, lot):
    _minutes(story, 70, answer, story, ticket, korean)
    _minutes(story, 180, move, story, ticket, "awaiting")


def _asked(story, ticket, korean, lot):
    _minutes(story, 50, answer, story, ticket, korean)
    asked = story.now - timedelta(minutes=40)
    story.at(asked, ask_again, story, ticket, korean)


def _cancelled(story, ticket, korean, lot):
    _minutes(story, 90, answer, story, ticket, korean)
    story.later(1, move, story, ticket, "cancelled")


def _rejected(story, ticket, korean, lot):
    _minutes(story, 90, answer, story, ticket, korean)
    story.later(1, move, story, ticket, "rejected")


def _reopened(story, ticket, korean, lot):
    _minutes(story, 60, answer, story, ticket, korean)
    story.later(1, solve, story, ticket, korean, 0)
    story.later(4, reopen, story, ticket, korean)
    story.later(5, answer, story, ticket, korean, False)
    story.later(20, solve, story, ticket, korean, 2)


def _returned(story, ticket, korean, lot):
    _minutes(story, 60, answer, story, ticket, korean)
    story.later(2, take_machine_back, story, ticket, korean, lot)


def take_machine_back(story, ticket, korean, lot):
    """The agent asks for it, the warehouse takes the machine back."""
    lines = [{"lot_id": lot.id, "quantity": 1}]
    ticket.with_env(story.as_user("agent")).create_return(lines)
    env = story.as_user("stock")
    made = ticket.with_env(env).create_return(lines)
    env["mail.activity"].search(
        [("user_id", "=", env.uid), ("res_model", "=", "stock.picking")]
    ).action_feedback(feedback="Return made.")
    story.later(6, receive_machine, story, ticket, korean, lot, made["picking_id"])


def receive_machine(story, ticket, korean, lot, picking_id):
    """It arrives; billing credits it the next day and the ticket is solved."""
    picking = story.as_user("stock")["stock.picking"].browse(picking_id)
    picking.move_ids.picked = True
    validate(picking)
    story.count("returns")
    story.later(1, credit_machine, story, ticket, korean, lot)


def credit_machine(story, ticket, korean, lot):
    """A credit note over what was invoiced for this serial number."""
    env = story.as_user("billing")
    lines = [{"lot_id": lot.id, "quantity": 1}]
    answer_ = ticket.with_env(env).request_credit(lines)
    credit = env["account.move"].browse(answer_["move_id"])
    if credit.state == "draft":
        credit.action_post()
    accounting.settle(credit)
    story.count("credit notes")
    solve(story, ticket, korean, 3)


FATES = {
    "quick": _quick,
    "usual": _usual,
    "slow": _slow,
    "new": _nothing,
    "late": _nothing,
    "working": _working,
    "waiting": _waiting,
    "asked": _asked,
    "overdue": _working,
    "cancelled": _cancelled,
    "rejected": _rejected,
    "reopened": _reopened,
    "returned": _returned,
}
