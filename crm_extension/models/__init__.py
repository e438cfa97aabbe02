# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import customer_figures
from . import customer_charts
from . import customer_timeline
from . import customer_section
from . import customer_section_finance
from . import customer_section_finance_payment
from . import customer_section_finance_page
from . import customer_section_sales
from . import customer_section_logistics
from . import customer_section_contact
from . import customer_lifecycle
from . import customer_step
from . import customer_step_rules
from . import customer_step_decision
from . import account_move
from . import res_company
from . import res_config_settings
from . import res_partner
from . import customer_step_partner
from . import stock_lot
from . import sale_order
