# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Mend what the versions before left: by which order line goods were sent for
    others, and links to customers' answers in the conversations."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["service.claim"]._service_link_order_lines()
    env["rating.rating"]._service_hide_links()
