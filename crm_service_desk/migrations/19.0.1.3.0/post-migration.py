# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import SUPERUSER_ID, api
from odoo.tools import SQL, convert_file


def migrate(cr, version):
    """Let the customers' rule say that a ticket stays with its company: OCA's record is
    not updated by itself. Promises that were void stay void: of them it counts now
    whether they were late.

    Raw SQL: the ORM would date the rows anew.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    env.cr.execute(
        SQL("UPDATE service_sla_target SET late = FALSE WHERE phase = 'not_applicable'")
    )
    name = "security/helpdesk_mgmt_hardening.xml"
    convert_file(env, "crm_service_desk", name, {}, mode="init")
