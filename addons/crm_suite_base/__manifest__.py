# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "CRM Suite Base",
    "summary": "What the products of the CRM suite share: metrics, options, keys",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Hidden",
    "website": "https://github.com/OCA/crm",
    "author": "CRM Suite, Odoo Community Association (OCA)",
    "license": "AGPL-3",
    "depends": ["mail"],
    "data": [
        "security/ir.model.access.csv",
        "security/crm_suite_incident_security.xml",
        "views/crm_suite_incident_views.xml",
    ],
    "assets": {
        "web.assets_tests": ["crm_suite_base/static/tests/phone.js"],
    },
}
