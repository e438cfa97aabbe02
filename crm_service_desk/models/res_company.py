# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models

from .groups import STOCK_USER


class ResCompany(models.Model):
    _inherit = "res.company"

    service_faulty_location_id = fields.Many2one(
        "stock.location",
        string="Faulty Goods",
        check_company=True,
        groups=STOCK_USER,
        help="What comes back from customers lies here until it has been looked at.",
    )

    def _service_faulty_location(self):
        """Return the place (sudo) of faulty goods, made when first needed.

        Outside of all warehouses: neither available nor reserved, but the company's.
        Of two transactions that make it at once the second one is retried, since both
        write the company.
        """
        self.ensure_one()
        # A place holds nothing yet and is no right; called for checked returns only.
        company = self.sudo()
        if not company.service_faulty_location_id:
            company.service_faulty_location_id = company.env["stock.location"].create(
                {
                    "name": self.env._("Faulty Goods"),
                    "usage": "internal",
                    "company_id": company.id,
                }
            )
        return company.service_faulty_location_id
