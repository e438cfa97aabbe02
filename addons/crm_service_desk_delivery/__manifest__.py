# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "CRM Service Desk: Tracking",
    "summary": "Tickets know the carrier's tracking numbers",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Services/Helpdesk",
    "website": "https://github.com/OCA/crm",
    "author": "CRM Suite, Odoo Community Association (OCA)",
    "license": "AGPL-3",
    "depends": ["crm_service_desk", "stock_delivery"],
    "data": ["security/ir.model.access.csv"],
    "assets": {
        "web.assets_backend": ["crm_service_desk_delivery/static/src/**/*"],
        "web.assets_tests": ["crm_service_desk_delivery/static/tests/tours/**/*"],
    },
    "auto_install": True,
}
