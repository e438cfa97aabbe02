# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Subscriptions: Billing by Queue",
    "summary": "The billing run of subscriptions by several workers",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Sales/Subscriptions",
    "website": "https://github.com/OCA/crm",
    "author": "CRM Suite, Odoo Community Association (OCA)",
    "license": "AGPL-3",
    "depends": ["crm_subscription", "queue_job"],
    "data": ["data/queue_job_data.xml"],
    "auto_install": True,
}
