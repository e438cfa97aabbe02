# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import portal
from . import portal_ticket
from . import portal_merge
from . import ticket_rating
from . import web_form
