# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class AccountPayment(models.Model):
    _inherit = "account.payment"

    # In the order of the timeline.
    _crm_partner_idx = models.Index(
        "(partner_id, date, id) INCLUDE (company_id, partner_type, state)"
    )
