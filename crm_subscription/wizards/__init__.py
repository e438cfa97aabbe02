# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import contract_cancellation_wizard
from . import contract_change_wizard
from . import contract_manually_create_invoice
from . import account_move_reversal
