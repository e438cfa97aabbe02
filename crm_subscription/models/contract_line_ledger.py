# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models


class ContractLineLedger(models.AbstractModel):
    """A ledger of what was done for which days of a line, written by the machine.

    The line's *root*, the first line of a chain of successors, is what days may not
    overlap for: a renewal can't do them again. The constraint that forbids it is the
    ledger's own, because each says which of its rows hold days.
    """

    _name = "contract.line.ledger"
    _description = "Ledger of a Contract Line"

    contract_id = fields.Many2one(
        "contract.contract",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    line_id = fields.Many2one(
        "contract.line",
        string="Contract Line",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    line_root_id = fields.Many2one(
        "contract.line",
        string="First Line",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    product_id = fields.Many2one(related="line_id.product_id")
    period_start = fields.Date(required=True, readonly=True)
    period_end = fields.Date(required=True, readonly=True)
    quantity = fields.Float(readonly=True, digits="Product Unit")
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )

    @api.depends("period_start", "period_end", "contract_id")
    def _compute_display_name(self):
        for row in self:
            row.display_name = (
                f"{row.contract_id.name} {row.period_start} – {row.period_end}"
            )
