# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import subscription_link_mixin
from . import contract_plan
from . import contract_plan_step
from . import contract_period
from . import contract_mrr_movement
from . import contract_renewal_step
from . import contract_line
from . import contract_line_mrr
from . import contract_line_price
from . import contract_line_tax
from . import contract_contract
from . import contract_billing
from . import contract_cancellation
from . import contract_change
from . import contract_renewal
from . import contract_term
from . import account_move
from . import product_template
from . import product_pricelist
from . import sale_order
from . import sale_order_contract
from . import sale_order_line
from . import stock_move
from . import stock_picking
