# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import base_partner_merge
from . import service_settle
from . import stock_return_picking
from . import stock_return_picking_line
from . import service_ticket_call_wizard
from . import service_ticket_merge_wizard
from . import service_ticket_split_wizard
