# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import test_calendar
from . import test_context
from . import test_engine_clock
from . import test_engine_form_text
from . import test_engine_mail_text
from . import test_engine_warranty
from . import test_hardening
from . import test_intake
from . import test_lots
from . import test_portal
from . import test_portal_pages
from . import test_rating
from . import test_rights
from . import test_rights_matrix
from . import test_rpc
from . import test_settle
from . import test_settlement_race
from . import test_sla
from . import test_sweep
from . import test_tour
from . import test_web_form
from . import test_web_limit_race
