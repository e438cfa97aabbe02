# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import contract_invoice_pattern
from . import customer_figure_current
from . import customer_section_subscription
from . import customer_section_watch
from . import customer_step
from . import res_company
from . import res_config_settings
from . import res_partner
