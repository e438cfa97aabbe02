# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tools import SQL

# What of OCA is switched off while we are installed: its invoice and renewal crons
# would run beside ours, without committing or isolating, and its portal rule shows
# the contracts of another company to whoever follows them.
REPLACED = (
    "contract.contract_cron_for_invoice",
    "contract_line_successor.contract_line_cron_for_renew",
    "contract.rule_contract_contract_portal",
)
PARAMETER = "crm_subscription.replaced"
CHUNK = 1000


def post_init_hook(env):
    """Open the ledger of contracts that exist already; their dates don't move."""
    _replace(env)
    _set_roots(env)
    lines = env["contract.line"].with_context(active_test=False).search([])
    lines.invalidate_recordset()
    lines._recompute_mrr()
    for start in range(0, len(lines), CHUNK):
        chunk = lines[start : start + CHUNK]
        chunk._open_ledger()
        chunk.with_context(crm_subscription_opening=True)._sync_mrr()


def uninstall_hook(env):
    """Give OCA's crons and rule back what we had switched off."""
    parameters = env["ir.config_parameter"].sudo()
    for xmlid in (parameters.get_param(PARAMETER) or "").split(","):
        record = xmlid and env.ref(xmlid, raise_if_not_found=False)
        if record:
            record.active = True
    parameters.set_param(PARAMETER, False)


def _replace(env):
    found = []
    for xmlid in REPLACED:
        record = env.ref(xmlid, raise_if_not_found=False)
        if record and record.active:
            record.active = False
            found.append(xmlid)
    env["ir.config_parameter"].sudo().set_param(PARAMETER, ",".join(found))


def _set_roots(env):
    """Set the first line of each chain of successors.

    Raw SQL because the ORM would write line by line, and has no recursion.
    """
    env.cr.execute(
        SQL(
            """
            WITH RECURSIVE chain(id, root) AS (
                SELECT id, id FROM contract_line
                 WHERE predecessor_contract_line_id IS NULL
                UNION
                SELECT line.id, chain.root
                  FROM contract_line line
                  JOIN chain ON line.predecessor_contract_line_id = chain.id
            )
            UPDATE contract_line SET line_root_id = chain.root
              FROM chain
             WHERE chain.id = contract_line.id
               AND contract_line.line_root_id IS NULL
            """
        )
    )
