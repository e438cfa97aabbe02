# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Years of documents of a company that knows only core and OCA.

Run by ``odoo shell`` in a database without the suite: ``env`` is the shell's.
"""

import datetime

from dateutil.relativedelta import relativedelta

from odoo import Command

today = datetime.date.today()
customer = env["res.partner"].create(  # noqa: F821
    {"name": "Old Customer", "is_company": True, "email": "old@customer.example.com"}
)
contact = env["res.partner"].create(  # noqa: F821
    {"name": "Old Contact", "parent_id": customer.id, "email": "c@customer.example.com"}
)
machine = env["product.product"].create(  # noqa: F821
    {
        "name": "Old Machine",
        "is_storable": True,
        "tracking": "serial",
        "list_price": 900.0,
        "taxes_id": [Command.clear()],
    }
)
service = env["product.product"].create(  # noqa: F821
    {"name": "Old Service", "type": "service", "list_price": 50.0}
)


def sell(months):
    """Sell, deliver and invoice one machine so many months ago."""
    date = today - relativedelta(months=months)
    order = env["sale.order"].create(  # noqa: F821
        {
            "partner_id": customer.id,
            "date_order": date,
            "order_line": [Command.create({"product_id": machine.id})],
        }
    )
    order.action_confirm()
    picking = order.picking_ids
    lot = env["stock.lot"].create(  # noqa: F821
        {"name": f"OLD-{months}", "product_id": machine.id}
    )
    picking.move_ids.move_line_ids = [
        Command.clear(),
        Command.create({"product_id": machine.id, "lot_id": lot.id, "quantity": 1}),
    ]
    picking.move_ids.picked = True
    picking.button_validate()
    invoice = order._create_invoices()
    invoice.invoice_date = date
    invoice.action_post()


for months in (40, 25, 13, 2):
    sell(months)

contract = env["contract.contract"].create(  # noqa: F821
    {
        "name": "Old Contract",
        "partner_id": customer.id,
        "line_recurrence": True,
        "contract_line_ids": [
            Command.create(
                {
                    "product_id": service.id,
                    "name": "Service",
                    "quantity": 1,
                    "price_unit": 50.0,
                    "recurring_rule_type": "monthly",
                    "recurring_interval": 1,
                    "date_start": today - relativedelta(months=3, day=31),
                    "recurring_next_date": today - relativedelta(months=3, day=31),
                }
            )
        ],
    }
)
contract.recurring_create_invoice()
contract.recurring_create_invoice()
env["contract.contract"].create(  # noqa: F821
    {
        "name": "Old Header Contract",
        "partner_id": customer.id,
        "line_recurrence": False,
        "recurring_rule_type": "yearly",
        "recurring_interval": 1,
        "date_start": today - relativedelta(years=1, days=10),
        "contract_line_ids": [
            Command.create(
                {
                    "product_id": service.id,
                    "name": "Yearly",
                    "quantity": 1,
                    "price_unit": 500.0,
                }
            )
        ],
    }
)
team = env["helpdesk.ticket.team"].create({"name": "Old Team"})  # noqa: F821
stages = env["helpdesk.ticket.stage"].search([])  # noqa: F821
tickets = env["helpdesk.ticket"].create(  # noqa: F821
    [
        {
            "name": f"Old ticket {index}",
            "description": "It broke.",
            "partner_id": contact.id,
            "team_id": team.id,
            "stage_id": stages[index % len(stages)].id,
        }
        for index in range(6)
    ]
)
# OCA lets two tickets have one number; such databases exist.
tickets[1].number = tickets[0].number
env.cr.commit()  # noqa: F821  # pylint: disable=invalid-commit
