# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Who can log in: the staff and two portal customers. Passwords equal logins."""

from odoo.fields import Command

ADMIN_ROLE = "administrator"

# role: (login, name, groups). Warehouse and billing see the desk's tickets, because
# they make the returns and credits that the agent asks for.
STAFF_ROLES = {
    "accountant": (
        "accountant",
        "Grace Okafor",
        ["account.group_account_readonly"],
    ),
    "salesperson": (
        "sales",
        "Daniel Reyes",
        [
            "sales_team.group_sale_salesman_all_leads",
            "base.group_partner_manager",
            "crm_subscription.group_subscription_user_all",
        ],
    ),
    "agent": (
        "agent",
        "Hana Lee",
        ["helpdesk_mgmt.group_helpdesk_user"],
    ),
    "stock": (
        "stock",
        "Tom Becker",
        ["stock.group_stock_user", "helpdesk_mgmt.group_helpdesk_user"],
    ),
    "billing": (
        "billing",
        "Ines Moreau",
        [
            "account.group_account_invoice",
            "crm_subscription.group_subscription_manager",
            "helpdesk_mgmt.group_helpdesk_user",
        ],
    ),
}

# role: key of the contact (see customers.py)
PORTAL_ROLES = {
    "portal_1": "garam_1",
    "portal_2": "redwood_1",
}


def make_staff(story):
    """Users with the groups of their role, and a helpdesk or sales team is theirs."""
    users = story.env["res.users"].with_context(no_reset_password=True)
    for role, (login, name, xmlids) in STAFF_ROLES.items():
        groups = [story.env.ref(xmlid) for xmlid in ("base.group_user", *xmlids)]
        user = users.create(
            {
                "name": name,
                "login": login,
                "password": login,
                "email": f"{login}@hanbit.example.com",
                "tz": "America/New_York",
                "company_id": story.company.id,
                "company_ids": [Command.set(story.company.ids)],
                "group_ids": [Command.link(group.id) for group in groups],
            }
        )
        story.name(f"user_{role}", user)
        story.count("users")
    story.env.ref("base.user_admin").email = "admin@hanbit.example.com"
    story.env.ref("sales_team.team_sales_department").member_ids |= story.records[
        "user_salesperson"
    ]


def make_portal_users(story):
    """Two customers of different companies may log in, granted like in the wizard."""
    portal = story.env.ref("base.group_portal")
    users = story.env["res.users"].with_context(no_reset_password=True)
    for role, contact in PORTAL_ROLES.items():
        partner = story.records[contact]
        login = f"portal.{contact.split('_')[0]}@example.com"
        user = users.create(
            {
                "login": login,
                "password": login,
                "partner_id": partner.id,
                "email": partner.email,
                "lang": partner.lang,
                "company_id": story.company.id,
                "company_ids": [Command.set(story.company.ids)],
                "group_ids": [Command.set(portal.ids)],
            }
        )
        story.name(f"user_{role}", user)
        story.count("users")
