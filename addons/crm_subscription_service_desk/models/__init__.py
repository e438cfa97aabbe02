# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import contract_invoice_pattern
from . import contract_line
from . import contract_renewal_report
from . import helpdesk_ticket
from . import product_template
