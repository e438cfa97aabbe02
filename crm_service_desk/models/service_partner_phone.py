# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from ..engine import phone
from .groups import AGENT


class ResPartner(models.Model):
    """By which number a contact is recognised when he calls."""

    _inherit = "res.partner"

    service_phone_key = fields.Char(
        string="Number as Dialled",
        compute="_compute_service_phone_key",
        store=True,
        index="btree_not_null",
        groups=AGENT,
        help="The telephone number as +82212345678, however it was written.",
    )

    @api.depends("phone", "country_id", "company_id")
    def _compute_service_phone_key(self):
        for partner in self:
            country = (
                partner.country_id
                or partner.company_id.country_id
                or self.env.company.country_id
            )
            partner.service_phone_key = (
                phone.canonical(partner.phone, country.phone_code) or False
            )
