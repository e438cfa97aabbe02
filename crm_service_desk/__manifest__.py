# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "CRM Service Desk",
    "summary": "Tickets that know invoice, delivery and serial, with right clocks",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Services/Helpdesk",
    "website": "https://github.com/OCA/crm",
    "author": "CRM Suite, Odoo Community Association (OCA)",
    "license": "AGPL-3",
    "application": True,
    "depends": [
        "helpdesk_mgmt",
        "resource",
        "rating",
        "account",
        "sale_stock",
        "crm_suite_base",
    ],
    "data": [
        "security/helpdesk_mgmt_hardening.xml",
        "security/ir.model.access.csv",
        "security/service_desk_security.xml",
        "data/ir_cron_data.xml",
        "data/mail_template_data.xml",
        "views/service_sla_policy_views.xml",
        "views/service_sla_target_views.xml",
        "views/service_mail_quarantine_views.xml",
        "views/service_mail_receipt_views.xml",
        "views/helpdesk_ticket_views.xml",
        "views/helpdesk_ticket_stage_views.xml",
        "views/helpdesk_ticket_team_views.xml",
        "views/product_template_views.xml",
        "views/stock_lot_views.xml",
        "views/stock_picking_views.xml",
        "views/account_move_views.xml",
        "views/portal_templates.xml",
        "views/crm_service_desk_menus.xml",
    ],
    "demo": [
        "demo/service_sla_policy_demo.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "crm_service_desk/static/src/components/**/*",
        ],
        "web.assets_tests": [
            "crm_service_desk/static/tests/tours/**/*",
        ],
    },
    "pre_init_hook": "pre_init_hook",
    "post_init_hook": "post_init_hook",
}
