# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import resource_calendar
from . import helpdesk_ticket_stage
from . import helpdesk_ticket_team
from . import service_sla_policy
from . import service_sla_target
from . import service_mail_quarantine
from . import service_mail_receipt
from . import mail_alias
from . import mail_thread
from . import service_settlement
from . import service_ticket_sla
from . import service_ticket_mail
from . import service_ticket_context
from . import service_ticket_return
from . import service_ticket_credit
from . import service_ticket_rating
from . import service_ticket_portal
from . import res_partner
from . import helpdesk_ticket
from . import rating_rating
from . import product_template
from . import service_document_mixin
from . import stock_lot
from . import stock_picking
from . import account_move
