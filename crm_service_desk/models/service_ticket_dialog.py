# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command, models
from odoo.exceptions import UserError


class ServiceTicketDialog(models.AbstractModel):
    """The buttons of a ticket that open the dialog to settle it."""

    _name = "service.ticket.dialog"
    _inherit = "service.ticket.possible"
    _description = "Dialogs of a Ticket"

    def action_settle(self):
        """Open the dialog of the kind in the context key ``service_kind``.

        :return: an action
        :raise UserError: no such kind; not exactly one ticket
        :raise AccessError: no helpdesk user, or a ticket that he may not change
        """
        ticket = self._check_desk("write")._service_one()
        kind = self.env.context.get("service_kind", "return")
        if kind not in ticket._service_makers():
            raise UserError(
                self.env._("%(kind)s: there is no such settlement.", kind=kind)
            )
        dialog = self.env["service.settle"].create(
            {
                "ticket_id": ticket.id,
                "kind": kind,
                "overdue": ticket._service_has_overdue(),
                # One word of the policy, of a ticket that he may change.
                "apart": ticket.sudo().team_id.service_goods_back != "stock",
                "line_ids": [
                    Command.create(values) for values in ticket._service_dialog(kind)
                ],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": dict(dialog._fields["kind"]._description_selection(self.env))[kind],
            "res_model": "service.settle",
            "res_id": dialog.id,
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    def _service_dialog(self, kind):
        """Return the values of the dialog's lines; the linked serial number first."""
        if kind == "credit":
            rows = self._service_invoiced_rows()
        else:
            rows = self._service_delivered_rows()
        linked = self.sudo().service_lot_id.id
        rows.sort(key=lambda row: not linked or row["lot_id"] != linked)
        return [self._service_dialog_line(row, linked) for row in rows]

    def _service_dialog_line(self, row, linked):
        warranty = row.get("warranty", {})
        mine = bool(linked) and row["lot_id"] == linked
        return {
            "document": row.get("picking") or row.get("move"),
            "product": row["product"],
            "serial": row["lot"],
            "delivered": row.get("delivered", 0.0),
            "invoiced": row.get("invoiced", 0.0),
            "returned": row["returned"],
            "credited": row.get("credited", 0.0),
            "replaced": row["replaced"],
            "left": row["open"],
            "warranty": warranty.get("reason", ""),
            "warranty_state": warranty.get("state", ""),
            "quantity": min(row["open"], 1.0) if mine else 0.0,
            "picking_res_id": row.get("picking_id", 0),
            "invoice_line_res_id": row.get("invoice_line_id", 0),
            "product_res_id": row["product_id"],
            "lot_res_id": row["lot_id"],
        }
