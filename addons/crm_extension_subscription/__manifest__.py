# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Customer View: Subscriptions",
    "summary": "MRR, renewal date and subscription events on the customer's page",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Sales/CRM",
    "website": "https://github.com/OCA/crm",
    "author": "CRM Suite, Odoo Community Association (OCA)",
    "license": "AGPL-3",
    "depends": ["crm_extension", "crm_subscription"],
    "data": [
        "views/contract_line_views.xml",
        "views/portfolio_views.xml",
        "views/res_config_settings_views.xml",
    ],
    "assets": {
        "web.assets_backend": ["crm_extension_subscription/static/src/**/*"],
        "web.assets_tests": ["crm_extension_subscription/static/tests/tours/**/*"],
    },
    "auto_install": True,
}
