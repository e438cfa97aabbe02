# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import test_engine_ageing
from . import test_engine_lifecycle
from . import test_engine_payment
from . import test_engine_periods
from . import test_engine_rates
from . import test_engine_steps
from . import test_engine_timeline
from . import test_engine_trend
from . import test_accountant
from . import test_api
from . import test_drilldown
from . import test_finance
from . import test_finance_more
from . import test_ledger_properties
from . import test_lifecycle
from . import test_reconciliation
from . import test_rights
from . import test_scope
from . import test_sections
from . import test_steps
from . import test_timeline
from . import test_tours
from . import test_stored
from . import test_portfolio
from . import test_stored_past
