# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import test_section
from . import test_steps
from . import test_stored
from . import test_tours
