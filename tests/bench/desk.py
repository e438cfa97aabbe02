# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Tickets with SLA targets in batch, and intake of mails: ours beside OCA's helpdesk.

Arguments: number of tickets (default 1000), then ``profile`` (of our create and intake,
to standard error).

Each ticket has a customer; once it is for an agent, who is told by mail that it is his.
Three runs in one database: ``helpdesk_mgmt`` alone; with ``helpdesk_mgmt_sla`` and
three SLAs; then that one is uninstalled and ours is installed, with a policy of three
targets in the same working time. What core's mail costs is what creating costs with
OCA alone less what it costs without any mail. Changes of stage: where no mail goes out
(to a stage without template), and where one does (*Done*). All through commit, with
notifications; mails are queued, not sent. Then mails, one transaction each, as a
fetching server does. Deadlines and states are compared ticket by ticket.
"""

import cProfile
import pstats
import sys
import time

from odoo import SUPERUSER_ID, Command, api

TEMPLATE = "core"
HOURS = (2, 4, 8)
RAW = """Return-Path: <{name}@customers.example>
To: {to}
Message-ID: <{name}-{run}@customers.example>
Date: Fri, 20 Nov 2026 15:00:00 +0000
From: {name} <{name}@customers.example>
MIME-Version: 1.0
Subject: Machine of {name} stands
Content-Type: text/plain; charset=utf-8

The spindle makes noise and the machine stands. Please call us.
"""
# Mails are queued, as for many recipients; sending them is the mail server's time.
QUEUED = {"mail_notify_force_send": False}
QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_auto_subscribe_no_notify": True,
    "mail_notrack": True,
}
STAGES = ("in_progress", "awaiting", "done")


def main(env, arguments):
    """Measure the three on the same work; see ``suite.commands.bench``."""
    size = int(next((word for word in arguments if word.isdigit()), 1000))
    profile = "profile" in arguments
    prepare(env, size)
    runs = {"alone": run(env, "alone", size)}
    env = install(env, "helpdesk_mgmt_sla")
    make_slas(env)
    runs["oca"] = run(env, "oca", size)
    env = uninstall(env, "helpdesk_mgmt_sla")
    env = install(env, "crm_service_desk")
    make_policy(env)
    run(env, "warm", 3)
    runs["ours"] = run(env, "ours", size, profile)
    compare(runs["oca"]["facts"], runs["ours"]["facts"])
    return report(runs, size)


def report(runs, size):
    """Return the rows of the table: times beside OCA's with SLAs, and queries."""
    result = {}
    mail = (runs["alone"]["create"][1] - runs["alone"]["quiet"][1]) / size
    for key, peers in (
        ("create", ("oca", "alone")),
        ("assigned", ("oca", "alone")),
        ("in_progress", ("oca", "alone")),
        ("awaiting", ("oca", "alone")),
        ("done", ("oca", "alone")),
        ("mail", ("oca", "alone")),
    ):
        for peer in peers:
            ours, other = runs["ours"][key], runs[peer][key]
            title = f"{key}, {size} tickets, beside {peer}"
            result[title] = {
                "ours": ours[0] / size * 1000,
                "peer": other[0] / size * 1000,
                "unit": "ms",
            }
            result[f"{title}: queries"] = {
                "ours": ours[1] / size,
                "peer": other[1] / size,
                "unit": "a ticket",
            }
    result["queries of core's mail on create"] = {
        "ours": mail,
        "peer": None,
        "unit": "a ticket",
    }
    return result


def run(env, name, size, profile=False):
    """Return ``{job: (seconds, queries)}`` of one run, and its facts to compare."""
    result = {}
    result["quiet"], _tickets = create(env, f"{name} quiet", size, QUIET)
    result["assigned"], _tickets = create(env, f"{name} a", size, QUEUED, assign=True)
    result["create"], tickets = create(env, name, size, QUEUED, profile)
    facts = {"create": get_facts(tickets)}
    for key in STAGES:
        stage = env.ref(f"helpdesk_mgmt.helpdesk_ticket_stage_{key}")
        work = tickets.with_context(**QUEUED)
        result[key] = measure(
            env, lambda work=work, stage=stage: work.write({"stage_id": stage.id})
        )
        facts[key] = get_facts(tickets)
    result["mail"] = take_in(env, name, size, profile)
    result["facts"] = facts
    return result


def create(env, name, size, context, profile=False, assign=False):
    """Return (measurement, tickets) of one batch, each told to an agent if assigned."""
    user = env.ref("base.user_admin")
    team = env["helpdesk.ticket.team"].search([("name", "=", "Bench")])
    agents = team.user_ids.sorted("id")
    partners = env["res.partner"].search(
        [("ref", "=", "bench-customer")], order="id", limit=size
    )
    vals_list = [
        {
            "name": f"{name} {number}",
            "description": "<p>The machine stands.</p>",
            "team_id": team.id,
            "partner_id": partner.id,
            "partner_email": partner.email,
            "user_id": agents[number % len(agents)].id if assign else False,
        }
        for number, partner in enumerate(partners)
    ]
    model = env["helpdesk.ticket"].with_user(user).with_context(**context)
    made = []
    measured = measure(env, lambda: made.append(model.create(vals_list)), profile)
    return measured, made[0].with_context({})


def take_in(env, name, size, profile):
    """Return the measurement of mails, each processed and committed."""
    team = env["helpdesk.ticket.team"].search([("name", "=", "Bench")])
    gateway = env["mail.thread"].with_context(**QUEUED)
    address = team.alias_id.alias_full_name
    raws = [
        RAW.format(name=f"c{number}", run=name, to=address).encode()
        for number in range(size)
    ]

    def work():
        for raw in raws:
            if not gateway.message_process(None, raw):
                raise RuntimeError(f"{name}: a mail became no ticket")
            env.cr.commit()  # pylint: disable=invalid-commit

    return measure(env, work, profile)


def measure(env, work, profile=False):
    """Return (seconds, queries) of ``work`` from a cold cache through commit."""
    env.cr.commit()  # pylint: disable=invalid-commit
    env.invalidate_all()
    profiler = cProfile.Profile()
    queries, start = env.cr.sql_log_count, time.perf_counter()
    if profile:
        profiler.runcall(work)
        profiler.runcall(env.cr.commit)
    else:
        work()
        env.cr.commit()  # pylint: disable=invalid-commit
    seconds = time.perf_counter() - start
    if profile:
        pstats.Stats(profiler, stream=sys.stderr).sort_stats("cumtime").print_stats(120)
    return seconds, env.cr.sql_log_count - queries


def get_facts(tickets):
    """Return ``[(minutes to the first deadline, to the last, states)]`` by ticket."""
    tickets.invalidate_recordset()
    facts = []
    for ticket in tickets:
        rows = []
        if "ticket_sla_ids" in ticket:
            rows = [
                (row.sla_id.hours, row.deadline, row.state)
                for row in ticket.ticket_sla_ids
                if row.sla_id.hours in (HOURS[0], HOURS[-1])
            ]
        elif "service_target_ids" in ticket:
            rows = [
                (row.target_seconds // 3600, row.due, row.phase)
                for row in ticket.service_target_ids
            ]
        facts.append((ticket.create_date, sorted(rows, key=lambda row: row[0])))
    return facts


def compare(oca, ours):
    """Refuse a run in which the two promise something else.

    OCA's deadlines are right for new tickets and for the changes made here, which take
    no working time: the deadlines lie equally far from the creation in working time of
    a calendar that always works. Its states have other names.
    """
    states = {"in_progress": "running", "on_hold": "paused", "accomplished": "met"}
    for key, theirs in oca.items():
        for (made, rows), (created, targets) in zip(theirs, ours[key], strict=True):
            if len(rows) != 2 or len(targets) != 2:
                raise RuntimeError(f"{key}: {rows} / {targets}")
            for row, target in zip(rows, targets, strict=True):
                same = states.get(row[2]) == target[2] and row[0] == target[0]
                if same and target[2] == "running":
                    gap = (row[1] - made) - (target[1] - created)
                    same = abs(gap.total_seconds()) < 120
                if not same:
                    raise RuntimeError(f"{key}: OCA {row}, ours {target}")


def prepare(env, size):
    """Make a team with an alias, agents and customers, and a calendar; commit."""
    domain = env["mail.alias.domain"].search([], limit=1)
    domain = domain or env["mail.alias.domain"].create({"name": "desk.example"})
    env.company.alias_domain_id = domain
    group = env.ref("helpdesk_mgmt.group_helpdesk_user")
    env.ref("base.user_admin").group_ids += env.ref(
        "helpdesk_mgmt.group_helpdesk_manager"
    )
    agents = env["res.users"].create(
        [
            {
                "name": f"Agent {number}",
                "login": f"bench-agent-{number}",
                "email": f"agent{number}@desk.example",
                "group_ids": [Command.link(group.id)],
            }
            for number in range(5)
        ]
    )
    env["helpdesk.ticket.team"].create(
        {
            "name": "Bench",
            "alias_name": "bench",
            "alias_contact": "everyone",
            "user_ids": [Command.set(agents.ids)],
        }
    )
    env["res.partner"].create(
        [
            {
                "name": f"c{number}",
                "email": f"c{number}@customers.example",
                "ref": "bench-customer",
            }
            for number in range(size)
        ]
    )
    env["resource.calendar"].create(
        {
            "name": "Bench",
            "tz": "Europe/Paris",
            "attendance_ids": [Command.clear()]
            + [
                Command.create(
                    {
                        "name": f"{day} {start}",
                        "dayofweek": str(day),
                        "hour_from": start,
                        "hour_to": end,
                        "day_period": period,
                    }
                )
                for day in range(7)
                for start, end, period in ((0, 12, "morning"), (12, 24, "afternoon"))
            ],
        }
    )
    env.cr.commit()  # pylint: disable=invalid-commit


def make_slas(env):
    """Give OCA's team three SLAs in the calendar, held while a ticket waits."""
    team = env["helpdesk.ticket.team"].search([("name", "=", "Bench")])
    calendar = env["resource.calendar"].search([("name", "=", "Bench")])
    team.write({"use_sla": True, "resource_calendar_id": calendar.id})
    waiting = env.ref("helpdesk_mgmt.helpdesk_ticket_stage_awaiting")
    env["helpdesk.sla"].create(
        [
            {
                "name": f"{hours} h",
                "team_ids": [Command.set(team.ids)],
                "hours": hours,
                "stage_id": env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done").id,
                "ignore_stage_ids": [Command.set(waiting.ids)],
            }
            for hours in HOURS
        ]
    )
    env.cr.commit()  # pylint: disable=invalid-commit


def make_policy(env):
    """Give our team a policy of three targets in the same calendar."""
    team = env["helpdesk.ticket.team"].search([("name", "=", "Bench")])
    calendar = env["resource.calendar"].search([("name", "=", "Bench")])
    env["service.sla.policy"].create(
        {
            "name": "Bench",
            "team_ids": [Command.set(team.ids)],
            "calendar_id": calendar.id,
            "first_response_hours": HOURS[0],
            "next_response_hours": HOURS[1],
            "resolution_hours": HOURS[2],
        }
    )
    env.cr.commit()  # pylint: disable=invalid-commit


def install(env, name):
    """Install an addon; return the environment of the new registry."""
    env["ir.module.module"].update_list()
    module = env["ir.module.module"].search([("name", "=", name)])
    if not module:
        raise RuntimeError(f"{name} is not in the environment")
    module.button_immediate_install()
    env.transaction.reset()
    return api.Environment(env.cr, SUPERUSER_ID, {})


def uninstall(env, name):
    """Uninstall an addon; return the environment of the new registry."""
    module = env["ir.module.module"].search([("name", "=", name)])
    module.button_immediate_uninstall()
    env.transaction.reset()
    return api.Environment(env.cr, SUPERUSER_ID, {})
