# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class ContractTerminateReason(models.Model):
    """Customers choose a reason in the portal, in their language."""

    _inherit = "contract.terminate.reason"

    name = fields.Char(translate=True)
