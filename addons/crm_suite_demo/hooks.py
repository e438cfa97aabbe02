# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import UserError

BUILT = "crm_suite_demo.built"  # parameter: the day the past was made, ISO


def pre_init_hook(env):
    """Refuse a database in which somebody works.

    The demo company renames the main company and fills its ledger: that must never
    happen to real books. A database whose past this module made earlier is accepted.

    :raises UserError: posted invoices or orders exist that this module did not make
    """
    if env["ir.config_parameter"].sudo().get_param(BUILT):
        return
    moves = env["account.move"].sudo().search_count([("state", "=", "posted")])
    orders = env["sale.order"].sudo().search_count([])
    if moves or orders:
        raise UserError(
            env._(
                "The demo company needs an empty database. This one has %(moves)s "
                "posted journal entries and %(orders)s sales orders. Install "
                "crm_suite_demo in a new database without demo data.",
                moves=moves,
                orders=orders,
            )
        )


def post_init_hook(env):
    """Build the past once; installing again over it changes nothing."""
    if not env["ir.config_parameter"].sudo().get_param(BUILT):
        env["crm.suite.demo"]._build()
