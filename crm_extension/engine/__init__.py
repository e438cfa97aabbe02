# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import ageing
from . import lifecycle
from . import payment
from . import periods
from . import rates
from . import reorder
from . import scope
from . import steps
from . import timeline
from . import trend
