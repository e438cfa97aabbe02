#!/usr/bin/env python3
# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Make pictures of every screen of the service desk from a running demo.

Start the demo (``./setup/run``), then::

    .suite/venv/bin/python docs/screenshots_desk.py --database DATABASE FOLDER

Each screen is opened by who works with it (agent, warehouse, manager, customer), at
1440 and 390 pixels, in English and Korean. A page that scrolls sideways is reported,
and then the command fails. ``--only WORD`` makes the screens whose name has the word;
``--documentation`` remakes the pictures of the documentation.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import NamedTuple

from screenshots import FOLDER, QUIET, WAIT, WIDTHS, Browser, Demo

LANGUAGES = {"": "en_US", "_ko": "ko_KR"}
STAFF = {"agent": "agent", "stock": "stock", "manager": "admin"}
# Customers of the demo, who read one language each.
CUSTOMERS = {"": "portal.redwood@example.com", "_ko": "portal.garam@example.com"}
DOCUMENTED = {
    "desk_ticket": tuple(LANGUAGES),
    "desk_queue": ("",),
    "desk_dashboard": ("",),
    "desk_return": ("",),
    "desk_portal": tuple(LANGUAGES),
}
SIDEWAYS = "document.scrollingElement.scrollWidth > innerWidth"
# One of the buttons on top of a form; on a phone they are behind a menu.
BUTTON = """
(() => {
    const button = [...document.querySelectorAll("button[name=%(name)s]")].find(
        (one) => (one.getAttribute("context") || one.textContent) && one.offsetParent
            && %(nth)s === [...document.querySelectorAll("button[name=%(name)s]")]
                .filter((other) => other.offsetParent).indexOf(one)
    );
    if (button) { button.click(); return true; }
    document.querySelector(".o_statusbar_buttons .o-dropdown")?.click();
    return false;
})()
"""
ACTION = """
(() => {
    odoo.__WOWL_DEBUG__.root.env.services.action.doAction(
        "%(action)s",
        {additionalContext: {active_model: "helpdesk.ticket", active_id: %(id)s,
                             active_ids: %(ids)s, default_ticket_id: %(id)s}}
    );
    return true;
})()
"""
TAB = """
(() => {
    const tab = document.querySelector(".o_notebook .nav-link[name=%s]");
    tab?.click();
    tab?.scrollIntoView();
    return Boolean(tab);
})()
"""
SCROLL = """
(() => {
    const found = document.querySelector("%s");
    found?.scrollIntoView();
    return Boolean(found);
})()
"""
CLICK = """
(() => {
    const found = document.querySelector("%s");
    found?.click();
    return Boolean(found);
})()
"""


class Screen(NamedTuple):
    """One screen.

    ``role``: who opens it, ``customer`` or ``None`` for a stranger; ``path``: of the
    page; ``shows``: selector of what the finished page shows; ``acts``: pairs of an
    expression, repeated until it is true, and the selector of what it leads to.
    """

    role: str | None
    path: str
    shows: str
    acts: tuple = ()


def button(name, nth=0, shows=".modal .o_form_view"):
    """Click on a button of the form that is open."""
    return (BUTTON % {"name": name, "nth": nth}, shows)


def action(name, *tickets):
    """Open a dialog about tickets."""
    values = {"action": f"crm_service_desk.{name}", "id": tickets[0]}
    return (ACTION % {**values, "ids": json.dumps(tickets)}, ".modal .o_form_view")


# The composer in a window of its own.
COMPOSER = (
    (CLICK % ".o-mail-Chatter-sendMessage", ".o-mail-Composer"),
    (CLICK % "[name=open-full-composer]", ".modal .o_mail_composer_form"),
)
# What is shown of one record that the past of the demo has, if it has one: model,
# domain, path and who opens it.
RECORDS = {
    "desk_claim": (
        "service.claim",
        [("state", "=", "requested")],
        "odoo/service-claims",
        "stock",
    ),
    "desk_claim_made": (
        "service.claim",
        [("state", "=", "made")],
        "odoo/service-claims",
        "stock",
    ),
    "desk_quarantine_form": (
        "service.mail.quarantine",
        [],
        "odoo/service-mail-quarantine",
        "manager",
    ),
}


def record_screens(demo):
    """``{name: Screen}`` of single records."""
    screens = {}
    for name, (model, domain, path, role) in RECORDS.items():
        for number in demo.call(model, "search", domain, limit=1):
            screens[name] = Screen(
                role, f"{path}/{number}", ".o_form_view .o_form_sheet"
            )
    return screens


def staff_screens(demo):
    """``{name: Screen}`` of those who work at the desk."""
    number = demo.ref("ticket_redwood_1")
    ticket = f"odoo/helpdesk-tickets/{number}"
    returned = f"odoo/helpdesk-tickets/{demo.ref('ticket_cascade_165')}"
    form = ".o_form_view .o_form_sheet"
    # a list, or cards on a phone
    rows = ".o_list_view .o_data_row, .o_kanban_record:not(.o_kanban_ghost)"
    [context] = demo.call("helpdesk.ticket", "get_context", [number])
    serial = context["serials"][0]["id"]
    lots = "odoo/action-stock.action_production_lot_form"
    policy = demo.ref("policy_express")
    team = demo.ref("team_machines")
    kinds = ("return", "exchange", "replacement", "credit", "repair")
    settle = {
        f"desk_{kind}": Screen("agent", ticket, form, (button("action_settle", nth),))
        for nth, kind in enumerate(kinds)
    }
    settle |= record_screens(demo)
    return settle | {
        "desk_ticket": Screen("agent", ticket, form),
        "desk_ticket_stock": Screen("stock", returned, form),
        "desk_ticket_manager": Screen("manager", ticket, form),
        "desk_ticket_context": Screen(
            "agent", ticket, form, ((SCROLL % ".o_service_context", form),)
        ),
        "desk_ticket_facts": Screen(
            "agent", ticket, form, ((SCROLL % ".o_service_facts", form),)
        ),
        "desk_ticket_sla": Screen(
            "agent", ticket, form, ((TAB % "service_sla", form),)
        ),
        "desk_ticket_settled": Screen(
            "agent", returned, form, ((TAB % "service_settlement", form),)
        ),
        "desk_queue": Screen("agent", "odoo/service-queue", rows),
        "desk_kanban": Screen(
            "agent", "odoo/service-queue?view_type=kanban", ".o_kanban_record"
        ),
        "desk_call": Screen("agent", "odoo/service-call", ".o_service_call"),
        "desk_merge": Screen(
            "agent",
            "odoo/service-queue",
            rows,
            (action("service_ticket_merge_wizard_action", number, number + 1),),
        ),
        "desk_split": Screen(
            "agent",
            ticket,
            form,
            (action("service_ticket_split_wizard_action", number),),
        ),
        "desk_composer": Screen("agent", ticket, form, COMPOSER),
        "desk_dashboard": Screen(
            "agent", "odoo/service-dashboard", ".o_service_dashboard [data-figure]"
        ),
        "desk_pivot": Screen("manager", "odoo/service-analysis", ".o_pivot table"),
        "desk_graph": Screen(
            "manager",
            "odoo/service-analysis?view_type=graph",
            ".o_graph_view canvas",
        ),
        "desk_targets": Screen(
            "manager",
            "odoo/action-crm_service_desk.service_sla_target_action",
            ".o_action_manager .o_view_controller",
        ),
        "desk_claims": Screen(
            "stock",
            "odoo/service-claims",
            ".o_list_view .o_list_renderer, .o_kanban_view",
        ),
        "desk_policies": Screen("manager", "odoo/service-sla-policies", rows),
        "desk_policy": Screen("manager", f"odoo/service-sla-policies/{policy}", form),
        "desk_team": Screen("manager", f"odoo/helpdesk-teams/{team}", form),
        "desk_quarantine": Screen(
            "manager",
            "odoo/service-mail-quarantine",
            ".o_list_view, .o_kanban_view",
        ),
        "desk_received": Screen("manager", "odoo/service-mail-receipts", rows),
        "desk_health": Screen(
            "manager",
            "odoo/action-crm_service_desk.crm_suite_incident_action",
            ".o_list_view, .o_kanban_view",
        ),
        "desk_serial": Screen("stock", f"{lots}/{serial}", ".o_service_serial_life"),
    }


def portal_screens(demo, suffix):
    """``{name: Screen}`` of the customer who reads the language."""
    number = demo.ref("ticket_garam_2" if suffix else "ticket_redwood_1")
    solved = demo.ref("ticket_garam_31" if suffix else "ticket_redwood_21")
    [row] = demo.call("helpdesk.ticket", "read", [solved], ["rating_ids"])
    rating = demo.call("rating.rating", "read", row["rating_ids"], ["access_token"])
    page = "#helpdesk_ticket_content .o-mail-Thread, #helpdesk_ticket_content"
    screens = {
        "desk_portal_list": Screen("customer", "my/tickets", "table"),
        "desk_portal_grouped": Screen("customer", "my/tickets?groupby=stage", "table"),
        "desk_portal_none": Screen("customer", "my/tickets?search=zzz", "#wrap"),
        "desk_portal": Screen("customer", f"my/ticket/{number}", page),
        "desk_portal_solved": Screen("customer", f"my/ticket/{solved}", page),
        "desk_portal_new": Screen("customer", "new/ticket", "#about, #subject"),
        "desk_web_thanks": Screen(None, "ticket/web/thanks", ".container h1"),
    }
    if rating:
        path = f"ticket/rate/{rating[0]['access_token']}"
        screens["desk_rating"] = Screen(None, path, ".o_service_rating")
    for row in demo.call(
        "rating.rating",
        "search_read",
        [("res_model", "=", "helpdesk.ticket"), ("consumed", "=", False)],
        ["access_token"],
        limit=1,
    ):
        path = f"ticket/rate/{row['access_token']}"
        screens["desk_rating_asked"] = Screen(None, path, ".o_service_rating form")
    if demo.call("helpdesk.ticket.team", "search", [("service_web_form", "=", True)]):
        screens["desk_web_form"] = Screen(None, "ticket/web", ".o_service_web_form")
    return screens


class Shooter:
    """Make pictures of every screen of the service desk from a running demo."""

    documented = DOCUMENTED

    def __init__(self, options, browser):
        self.options = options
        self.browser = browser
        self.demo = Demo(options.url, options.database, "admin", "admin")
        self.sideways = []

    def session(self, role, suffix):
        """The session of who opens a screen, in the language, or an empty one."""
        if role is None:
            return ""
        login = CUSTOMERS[suffix] if role == "customer" else STAFF[role]
        return Demo(self.demo.url, self.demo.database, login, login).session()

    def screens(self, suffix):
        """``{name: Screen}`` in a language."""
        return staff_screens(self.demo) | portal_screens(self.demo, suffix)

    def speak(self, suffix):
        """Let the staff read a language."""
        users = self.demo.call(
            "res.users", "search", [("login", "in", list(STAFF.values()))]
        )
        self.demo.call("res.users", "write", users, {"lang": LANGUAGES[suffix]})

    def act(self, expression, shows):
        """Repeat an expression until it is true, and wait for what it leads to."""
        deadline = time.monotonic() + WAIT
        while not self.browser.evaluate(expression):
            time.sleep(0.5)
            if time.monotonic() > deadline:
                raise SystemExit(f"In vain: {expression}")
        while not self.browser.evaluate(QUIET % json.dumps(shows)):
            time.sleep(0.5)
            if time.monotonic() > deadline:
                raise SystemExit(f"{shows} is not shown.")
        time.sleep(0.8)

    def shoot(self, name, screen, suffix):
        """One screen at every width."""
        for width, height in WIDTHS.items():
            path = screen.path
            self.browser.size(width, height)
            self.browser.open(f"{self.demo.url}/{path}", screen.shows)
            for expression, shows in screen.acts:
                self.act(expression, shows)
            target = self.options.folder / f"{name}_{width}{suffix}.png"
            self.browser.picture(target)
            print(target)
            if self.browser.evaluate(SIDEWAYS):
                self.sideways.append(target.name)

    def all(self):
        """All screens that are asked for, role by role."""
        for suffix in LANGUAGES:
            self.speak(suffix)
            chosen = {
                name: screen
                for name, screen in self.screens(suffix).items()
                if self.options.only in name
                and (
                    not self.options.documentation
                    or suffix in self.documented.get(name, ())
                )
            }
            for role in dict.fromkeys(screen.role for screen in chosen.values()):
                self.browser.log_in(
                    self.demo.url,
                    self.session(role, suffix),
                    LANGUAGES[suffix] if role is None else None,
                )
                for name, screen in chosen.items():
                    if screen.role == role:
                        self.shoot(name, screen, suffix)
        self.speak("")


def main(shooter=Shooter):
    """Command line."""
    parser = argparse.ArgumentParser(description=shooter.__doc__)
    parser.add_argument("--url", default="http://localhost:8069")
    parser.add_argument("--database", default="crm_suite")
    parser.add_argument("--only", default="", metavar="WORD")
    parser.add_argument("--documentation", action="store_true")
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    options = parser.parse_args()
    options.folder.mkdir(exist_ok=True, parents=True)
    with Browser() as browser:
        found = shooter(options, browser)
        found.all()
    if found.sideways:
        sys.exit("Scrolls sideways: " + ", ".join(found.sideways))


if __name__ == "__main__":
    main()
