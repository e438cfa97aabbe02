# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Customer View: Mailing Lists",
    "summary": "Puts customers chosen in the portfolio list on a mailing list",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Sales/CRM",
    "website": "https://github.com/OCA/crm",
    "author": "CRM Suite, Odoo Community Association (OCA)",
    "license": "AGPL-3",
    "depends": ["crm_extension", "mass_mailing"],
    "data": [
        "security/ir.model.access.csv",
        "views/customer_portfolio_mailing_views.xml",
        "views/res_partner_views.xml",
    ],
    "assets": {
        "web.assets_tests": ["crm_extension_mass_mailing/static/tests/tours/**/*"],
    },
    "auto_install": True,
}
