# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import test_engine_cancellation
from . import test_engine_delivery
from . import test_engine_money
from . import test_engine_recurrence
from . import test_engine_renewal
from . import test_sale_order
from . import test_pricelist
from . import test_goods
from . import test_billing
from . import test_cancellation
from . import test_ledger
from . import test_parked
from . import test_changes
from . import test_change_types
from . import test_plans
from . import test_preview
from . import test_mrr
from . import test_renewal
from . import test_renewal_price
from . import test_renewal_report
from . import test_renewal_steps
from . import test_security
from . import test_untaxed
from . import test_concurrency
from . import test_install
from . import test_portal
