# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "CRM Extension: 360 Degree Customer View",
    "summary": "One page per customer that agrees with the ledger",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Sales/CRM",
    "website": "https://github.com/OCA/crm",
    "author": "CRM Suite, Odoo Community Association (OCA)",
    "license": "AGPL-3",
    "application": True,
    "depends": [
        "account",
        "contacts",
        "crm",
        "crm_suite_base",
        "sale_crm",
        "sale_management",
        "sale_margin",
        "sale_stock",
        "sales_team",
    ],
    "data": [
        "security/ir.model.access.csv",
        "security/customer_reconciliation_security.xml",
        "security/customer_step_decision_security.xml",
        "views/crm_extension_actions.xml",
        "views/res_partner_views.xml",
        "views/account_move_views.xml",
        "views/account_customer_views.xml",
        "views/account_reconciliation_views.xml",
        "views/customer_step_decision_views.xml",
        "views/res_config_settings_views.xml",
        "security/stored_figures_security.xml",
        "data/ir_cron_data.xml",
        "views/stored_figures_views.xml",
        "views/portfolio_views.xml",
        "views/crm_extension_menus.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "crm_extension/static/src/**/*",
        ],
        "web.assets_tests": [
            "crm_extension/static/tests/tours/**/*",
        ],
    },
}
