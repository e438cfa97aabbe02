# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "CRM Subscription: Service Desk",
    "summary": "Tickets know the maintenance contract that covers them",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Services/Helpdesk",
    "website": "https://github.com/OCA/crm",
    "author": "CRM Suite, Odoo Community Association (OCA)",
    "license": "AGPL-3",
    "depends": ["crm_service_desk", "crm_subscription"],
    "data": [
        "views/contract_line_views.xml",
        "views/product_template_views.xml",
    ],
    "auto_install": True,
}
