# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command
from odoo.tests import new_test_user

from odoo.addons.base.tests.common import BaseCommon

AGENT_OWN = "helpdesk_mgmt.group_helpdesk_user_own"
AGENT_TEAM = "helpdesk_mgmt.group_helpdesk_user_team"
AGENT_ALL = "helpdesk_mgmt.group_helpdesk_user"
MANAGER = "helpdesk_mgmt.group_helpdesk_manager"
STOCK = "stock.group_stock_user"
BILLING = "account.group_account_invoice"

MAIL = """Return-Path: <{sender}>
To: {to}
Message-ID: {message_id}
Date: Fri, 20 Nov 2026 15:00:00 +0000
From: {name} <{sender}>
MIME-Version: 1.0
Subject: {subject}
{headers}Content-Type: text/plain; charset=utf-8

{body}
"""


def week(days, blocks):
    """Return the commands that give a calendar the same hours on each of the days.

    :param blocks: (from, to, ``day_period``) of each, hours as numbers
    """
    return [Command.clear()] + [
        Command.create(
            {
                "name": f"{day} {start}",
                "dayofweek": str(day),
                "hour_from": start,
                "hour_to": end,
                "day_period": period,
            }
        )
        for day in days
        for start, end, period in blocks
    ]


def make_desk(cls):
    """Give a test class a team with an alias, a policy in Paris hours and users."""
    env = cls.env
    cls.company = env.company
    domain = env["mail.alias.domain"].search([], limit=1) or env[
        "mail.alias.domain"
    ].create({"name": "desk.example.com"})
    cls.company.alias_domain_id = domain
    cls.agent = new_test_user(env, login="sd-agent", groups=AGENT_ALL, tz="UTC")
    cls.agent_own = new_test_user(env, login="sd-own", groups=AGENT_OWN, tz="UTC")
    cls.agent_team = new_test_user(env, login="sd-team", groups=AGENT_TEAM, tz="UTC")
    cls.manager = new_test_user(env, login="sd-manager", groups=MANAGER, tz="UTC")
    cls.employee = new_test_user(env, login="sd-employee", groups="base.group_user")
    cls.team = env["helpdesk.ticket.team"].create(
        {
            "name": "Machines",
            "alias_name": "machines-desk",
            "alias_domain_id": domain.id,
            "alias_contact": "everyone",
            "user_ids": [Command.set((cls.agent | cls.agent_team).ids)],
            "user_id": cls.manager.id,
        }
    )
    cls.calendar = env["resource.calendar"].create(
        {
            "name": "Paris 8-12 and 13-17",
            "tz": "Europe/Paris",
            "company_id": cls.company.id,
            "attendance_ids": week(
                range(5), ((8, 12, "morning"), (13, 17, "afternoon"))
            ),
        }
    )
    cls.policy = env["service.sla.policy"].create(
        {
            "name": "Standard",
            "team_ids": [Command.set(cls.team.ids)],
            "calendar_id": cls.calendar.id,
            "first_response_hours": 2,
            "next_response_hours": 4,
            "resolution_hours": 8,
        }
    )
    stages = {
        key: env.ref(f"helpdesk_mgmt.helpdesk_ticket_stage_{key}")
        for key in ("new", "in_progress", "awaiting", "done", "cancelled", "rejected")
    }
    cls.stages = stages
    cls.customer = env["res.partner"].create(
        {"name": "Alpha Works", "is_company": True, "email": "info@alpha.example.com"}
    )
    cls.contact = env["res.partner"].create(
        {
            "name": "Ann Alpha",
            "parent_id": cls.customer.id,
            "email": "ann@alpha.example.com",
        }
    )
    cls.other = env["res.partner"].create(
        {"name": "Beta Mills", "is_company": True, "email": "info@beta.example.com"}
    )


class DeskCase(BaseCommon):
    """A desk: team, policy, stages, users, two customers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        make_desk(cls)

    @classmethod
    def _ticket(cls, **vals):
        values = {
            "name": "Pump leaks",
            "description": "It leaks.",
            "team_id": cls.team.id,
            "partner_id": cls.contact.id,
        }
        return cls.env["helpdesk.ticket"].create(dict(values, **vals))

    @classmethod
    def _mail(cls, number=1, **parts):
        values = {
            "to": cls.team.alias_id.alias_full_name,
            "sender": "ann@alpha.example.com",
            "name": "Ann",
            "subject": "Pump leaks",
            "body": "It leaks.",
            "headers": "",
            "message_id": f"<{number}-{cls.__name__}@alpha.example.com>",
        }
        values.update(parts)
        return MAIL.format(**values).encode()

    @classmethod
    def _receive(cls, number=1, **parts):
        """Hand a mail to the gateway as a fetching server does; return the ticket."""
        tickets = cls.env["helpdesk.ticket"]
        thread_id = cls.env["mail.thread"].message_process(
            None, cls._mail(number, **parts)
        )
        return tickets.browse(thread_id or [])

    @classmethod
    def _answer(cls, ticket, user, **values):
        values = dict(
            {
                "body": "We look into it.",
                "message_type": "comment",
                "subtype_xmlid": "mail.mt_comment",
            },
            **values,
        )
        return ticket.with_user(user).message_post(**values)


class MachineCase(DeskCase):
    """And a machine with serial numbers, sold, delivered and invoiced."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not cls.company.chart_template:
            cls.env["account.chart.template"].try_loading(
                "generic_coa", company=cls.company, install_demo=False
            )
        cls.machine = cls._machine("Mill")
        cls.serials = cls.env["stock.lot"].create(
            [
                {"name": name, "product_id": cls.machine.id}
                for name in ("SN-1001", "SN-1002", "SN-2001")
            ]
        )
        cls.stock_location = (
            cls.env["stock.warehouse"]
            .search([("company_id", "=", cls.company.id)], limit=1)
            .lot_stock_id
        )
        for lot in cls.serials:
            cls.env["stock.quant"]._update_available_quantity(
                cls.machine, cls.stock_location, 1, lot_id=lot
            )
        cls.order = cls._sell(cls.customer, cls.serials[:2])
        cls.other_order = cls._sell(cls.other, cls.serials[2])
        cls.delivery = cls.order.picking_ids
        cls.invoice = cls.order.invoice_ids
        cls.other_delivery = cls.other_order.picking_ids
        cls.other_invoice = cls.other_order.invoice_ids
        cls.stock_user = new_test_user(
            cls.env, login="sd-stock", groups=f"{STOCK},{AGENT_ALL}", tz="UTC"
        )
        cls.biller = new_test_user(
            cls.env, login="sd-bill", groups=f"{BILLING},{AGENT_ALL}", tz="UTC"
        )

    @classmethod
    def _machine(cls, name, **vals):
        """Return a product like the machine."""
        values = {
            "name": name,
            "type": "consu",
            "is_storable": True,
            "tracking": "serial",
            "list_price": 1000.0,
            "invoice_policy": "delivery",
            "service_warranty_months": 24,
            "taxes_id": [Command.clear()],
        }
        return cls.env["product.product"].create(dict(values, **vals))

    @classmethod
    def _sell(cls, partner, lots):
        """Sell, deliver and invoice the serial numbers; return the order."""
        order = cls.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": cls.machine.id,
                            "product_uom_qty": len(lots),
                            "price_unit": 1000.0,
                        }
                    )
                ],
            }
        )
        order.action_confirm()
        picking = order.picking_ids
        picking.move_ids.move_line_ids.unlink()
        for lot in lots:
            cls.env["stock.move.line"].create(
                {
                    "move_id": picking.move_ids.id,
                    "picking_id": picking.id,
                    "product_id": cls.machine.id,
                    "lot_id": lot.id,
                    "quantity": 1,
                    "location_id": picking.location_id.id,
                    "location_dest_id": picking.location_dest_id.id,
                }
            )
        picking.move_ids.picked = True
        picking.button_validate()
        order._create_invoices().action_post()
        return order

    @classmethod
    def _take_back(cls, ticket, user, lots, **options):
        """Make a return for the serial numbers and finish it; return the transfer."""
        answer = ticket.with_user(user).create_return(
            [{"lot_id": lot.id} for lot in lots], options
        )
        picking = cls.env["stock.picking"].browse(answer["picking_id"])
        picking.move_ids.picked = True
        picking.button_validate()
        return picking
