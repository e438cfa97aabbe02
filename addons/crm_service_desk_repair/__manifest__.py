# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "CRM Service Desk: Repairs",
    "summary": "Repair orders from tickets, under warranty or quoted",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Services/Helpdesk",
    "website": "https://github.com/OCA/crm",
    "author": "CRM Suite, Odoo Community Association (OCA)",
    "license": "AGPL-3",
    "depends": ["crm_service_desk", "repair"],
    "data": [
        "views/helpdesk_ticket_views.xml",
        "views/repair_order_views.xml",
    ],
    "auto_install": True,
}
