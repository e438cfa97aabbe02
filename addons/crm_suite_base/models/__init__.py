# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import crm_suite_client_key
from . import crm_suite_incident
from . import ir_http
