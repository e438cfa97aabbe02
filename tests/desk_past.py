# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a service desk did, as version 19.0.1.0.0 left it in the database.

Run by ``odoo shell``: ``env`` is the shell's. Each step has a transaction of its own.
"""

from odoo import Command

admin = env.ref("base.user_admin")  # noqa: F821
env = env(user=admin, context=dict(env.context, tracking_disable=True))  # noqa: F821
# The columns that came later, by table.
LATER = {
    "service_claim_line": ("order_line_id", "came_before"),
    "service_mail_quarantine": ("reason_code", "reason_values"),
    "stock_move": ("service_return_move_id",),
    "stock_return_picking": ("service_made_id",),
}


def commit():
    env.cr.commit()  # pylint: disable=invalid-commit


def done(pickings):
    """Let transfers be done, in a transaction of their own."""
    for picking in pickings.filtered(lambda one: one.state != "done"):
        picking.action_assign()
        picking.move_ids.picked = True
        picking.button_validate()
    commit()


customer = env["res.partner"].create(
    {"name": "Upgraded Customer", "is_company": True, "email": "up@customer.example"}
)
machine = env["product.product"].create(
    {
        "name": "Upgraded Machine",
        "is_storable": True,
        "tracking": "serial",
        "list_price": 900.0,
        "invoice_policy": "delivery",
        "service_warranty_months": 24,
        "taxes_id": [Command.clear()],
    }
)
warehouse = env["stock.warehouse"].search([("company_id", "=", env.company.id)])[0]
lots = env["stock.lot"].create(
    [{"name": f"UP-{number}", "product_id": machine.id} for number in range(6)]
)
for lot in lots:
    env["stock.quant"].sudo()._update_available_quantity(
        machine, warehouse.lot_stock_id, 1, lot_id=lot
    )
commit()
order = env["sale.order"].create(
    {
        "partner_id": customer.id,
        "order_line": [
            Command.create({"product_id": machine.id, "product_uom_qty": 3})
        ],
    }
)
order.action_confirm()
delivery = order.picking_ids
delivery.move_ids.move_line_ids.unlink()
delivery.move_ids.lot_ids = lots[:3]
done(delivery)
order._create_invoices().action_post()
commit()

# The first is replaced from a ticket.
team = env["helpdesk.ticket.team"].create(
    {"name": "Upgraded Team", "service_ask_rating": True}
)
ticket = env["helpdesk.ticket"].create(
    {
        "name": "It broke",
        "description": "It broke.",
        "partner_id": customer.id,
        "team_id": team.id,
    }
)
answer = ticket.create_replacement([{"lot_id": lots[0].id}])
claim = env["service.claim"].browse(answer["claim_id"])
done(claim.order_id.picking_ids)

# The second is exchanged with Odoo's own wizard.
wizard = (
    env["stock.return.picking"]
    .with_context(active_id=delivery.id, active_model=delivery._name)
    .create({"picking_id": delivery.id})
)
wizard.product_return_moves.quantity = 1
came = env["stock.picking"].browse(wizard.action_create_exchanges()["res_id"])
came.move_ids.move_line_ids.unlink()
came.move_ids.lot_ids = lots[1]
commit()
done(came)
done(order.picking_ids)

# The third has come back.
wizard = wizard.create({"picking_id": delivery.id})
wizard.product_return_moves.quantity = 1
back = env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
back.move_ids.move_line_ids.unlink()
back.move_ids.lot_ids = lots[2]
commit()
done(back)

# The link to the customer's answer stands in the conversation; a mail waits.
ticket.stage_id = env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
rating = env["rating.rating"].sudo().search([("res_id", "=", ticket.id)])[:1]
message = ticket.message_post(body="How was it?")
message.flush_recordset()
env.cr.execute(
    "UPDATE mail_message SET body = %s WHERE id = %s",
    [f"<p>/ticket/rate/{rating.access_token}?rate=5</p>", message.id],
)
env["service.mail.quarantine"]._keep(b"Subject: Old\n\nOld", "failed", "As it was.")
commit()

for table, columns in LATER.items():
    model = table.replace("_", ".")
    for column in columns:
        env.cr.execute(f"ALTER TABLE {table} DROP COLUMN {column} CASCADE")
        env.cr.execute(
            "DELETE FROM ir_model_data WHERE model = 'ir.model.fields' AND name = %s",
            [f"field_{table}__{column}"],
        )
        env.cr.execute(
            "DELETE FROM ir_model_fields WHERE model = %s AND name = %s",
            [model, column],
        )
env.cr.execute(
    "UPDATE ir_module_module SET latest_version = '19.0.1.0.0'"
    " WHERE name = 'crm_service_desk'"
)
commit()
result = {
    "ticket": ticket.id,
    "token": rating.access_token,
    "lots": lots.ids,
    "message": message.id,
}
