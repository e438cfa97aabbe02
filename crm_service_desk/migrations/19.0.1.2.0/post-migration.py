# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Note what Odoo's own wizard sent in exchange while nobody noted it."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["stock.move"]._service_mark_exchanges()
