# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import clock
from . import criteria
from . import form_text
from . import mail_charset
from . import mail_text
from . import owned
from . import progress
from . import warranty
