# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models
from odoo.tools import SQL


class ContractMrrMovement(models.Model):
    """What changed the monthly recurring revenue, when and why; written at the change.

    For any span of days and any set of contracts of one currency, closing = opening +
    movements, because the revenue of a day is the sum of the movements up to it.
    """

    _name = "contract.mrr.movement"
    _description = "MRR Movement"
    _order = "date desc, id desc"
    _rec_name = "kind"

    contract_id = fields.Many2one(
        "contract.contract", required=True, ondelete="cascade", index=True
    )
    line_root_id = fields.Many2one(
        "contract.line", string="First Line", required=True, ondelete="cascade"
    )
    line_id = fields.Many2one(
        "contract.line", string="Contract Line", ondelete="set null"
    )
    date = fields.Date(required=True, help="The first day on which the change counts.")
    kind = fields.Selection(
        [
            ("opening", "Opening"),
            ("new", "New"),
            ("reactivation", "Reactivation"),
            ("expansion", "Expansion"),
            ("price", "Price"),
            ("renewal", "Renewal"),
            ("currency", "Currency"),
            ("contraction", "Contraction"),
            ("churn", "Churn"),
        ],
        required=True,
    )
    amount = fields.Monetary(
        required=True, help="Change per month, in the contract's currency."
    )
    currency_id = fields.Many2one("res.currency", required=True)
    company_id = fields.Many2one("res.company", required=True, index=True)
    partner_id = fields.Many2one(
        related="contract_id.commercial_partner_id", store=True, string="Customer"
    )
    user_id = fields.Many2one(
        related="contract_id.user_id", store=True, string="Salesperson"
    )
    product_id = fields.Many2one(related="line_root_id.product_id", store=True)

    _root_date_idx = models.Index("(line_root_id, date)")

    def _sum_per_root(self, roots):
        """Return {root id: (sum of the movements, whether there is any)}.

        Raw SQL because it is asked within writes of lines, whose pending values a
        read_group over the related fields would flush and compute again.
        """
        if not roots:
            return {}
        self.flush_model(["line_root_id", "amount"])
        rows = self.env.execute_query(
            SQL(
                """SELECT line_root_id, SUM(amount) FROM contract_mrr_movement
                    WHERE line_root_id IN %s GROUP BY line_root_id""",
                tuple(roots.ids),
            )
        )
        return {root_id: float(total) for root_id, total in rows}
