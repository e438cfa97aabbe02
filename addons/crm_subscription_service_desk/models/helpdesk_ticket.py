# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models
from odoo.fields import Domain


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    def _get_service_entitlements(self):
        """Add the contract line that covers a ticket; see crm_service_desk.

        A line covers when it runs today, belongs to the ticket's commercial entity
        and company, and names no serial number or the ticket's. Of several, one that
        names the serial number and one with a service level come first.
        """
        result = super()._get_service_entitlements()
        lines = self._service_entitling_lines()
        for ticket in self:
            # See _service_entitling_lines.
            own = ticket.sudo()
            running = lines.filtered(
                lambda line, own=own: line.contract_id.commercial_partner_id
                == own.commercial_partner_id
                and line.contract_id.company_id == own.company_id
            )
            covering = running.filtered(
                lambda line, own=own: not line._get_covered_lots()
                or own.service_lot_id in line._get_covered_lots()
            ).sorted(
                lambda line: (
                    not line._get_covered_lots(),
                    not line.product_id.service_sla_policy_id,
                    line.id,
                )
            )
            if covering:
                result[ticket.id] = self._service_covered_by(covering[0])
            elif running:
                result[ticket.id]["reason"] = self.env._(
                    "%(contract)s covers other serial numbers, not this one.",
                    contract=running[0].contract_id.display_name,
                )
        return result

    def _service_entitling_lines(self):
        """Return the contract lines (sudo) of the tickets' customers that run today."""
        today = fields.Date.context_today(self)
        # The desk need not read contracts: that one covers the ticket, and until
        # when, is all that is told; prices are not.
        entities = self.sudo().commercial_partner_id
        return (
            self.env["contract.line"]
            .sudo()
            .search(
                Domain("product_id.service_entitles", "=", True)
                & Domain("contract_id.contract_type", "=", "sale")
                & Domain("contract_id.commercial_partner_id", "in", entities.ids)
                & Domain("is_canceled", "=", False)
                & Domain("date_start", "<=", today)
                & (Domain("date_end", "=", False) | Domain("date_end", ">=", today))
            )
        )

    def _service_covered_by(self, line):
        """Return the entitlement of a covering line."""
        values = {
            "product": line.product_id.display_name,
            "contract": line.contract_id.display_name,
        }
        if line.date_end:
            reason = self.env._(
                "Covered by %(product)s (%(contract)s) until %(end)s.",
                end=line.date_end,
                **values,
            )
        else:
            reason = self.env._("Covered by %(product)s (%(contract)s).", **values)
        policy = line.product_id.service_sla_policy_id
        if policy.company_id != line.contract_id.company_id:
            policy = policy.browse()
        return {
            "covered": True,
            "reason": reason,
            "policy_id": policy.id,
            "source_model": "contract.contract",
            "source_id": line.contract_id.id,
            "source_name": line.contract_id.display_name,
        }
