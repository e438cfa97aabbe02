# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "CRM Suite: demo company",
    "summary": "A machine dealer with two years of history; never for production",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Hidden/Tools",
    "website": "https://github.com/OCA/crm",
    "author": "CRM Suite, Odoo Community Association (OCA)",
    "license": "AGPL-3",
    "depends": [
        "calendar",
        "crm_extension",
        "crm_service_desk",
        "crm_subscription",
        "crm_subscription_service_desk",
        "portal",
    ],
    "external_dependencies": {"python": ["freezegun"]},
    "pre_init_hook": "pre_init_hook",
    "post_init_hook": "post_init_hook",
}
