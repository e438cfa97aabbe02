# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class ContractPlan(models.Model):
    """What the billing run does with periods that something went wrong with."""

    _inherit = "contract.plan"  # pylint: disable=consider-merging-classes-inherited

    catch_up = fields.Selection(
        [
            ("own", "Billed on their own dates"),
            ("today", "Billed, dated today"),
            ("skip", "Not billed"),
        ],
        string="Missed Periods",
        default="own",
        required=True,
        help="A period is missed when the next one is due too and it is not billed"
        " yet: after a standstill, or when the contract was entered late.",
    )
    rebill = fields.Selection(
        [("again", "Billed again"), ("leave", "Not billed again")],
        string="Cancelled Invoices",
        default="again",
        required=True,
        help="What the next run does with a period whose invoice was cancelled or"
        " deleted while it was a draft. A credited period is not billed again by"
        " itself.",
    )
