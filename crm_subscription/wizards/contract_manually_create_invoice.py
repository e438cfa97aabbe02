# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.exceptions import UserError


class ContractManuallyCreateInvoice(models.TransientModel):
    _inherit = "contract.manually.create.invoice"

    def _create_invoices(self):
        """OCA's wizard bills through the run, up to the date it asks for."""
        answer = self.contract_to_invoice_ids.run_billing({"date": self.invoice_date})
        if answer["parked"] and not answer["invoice_ids"]:
            raise UserError("\n".join(row["reason"] for row in answer["parked"]))
        return self.env["account.move"].browse(answer["invoice_ids"])
