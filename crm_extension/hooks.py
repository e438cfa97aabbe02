# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).


def post_init_hook(env):
    """Let the first pass over the figures begin at once, and show that it has not.

    Until it ends lists compute what they show and filter (decision 0055).
    """
    env["crm.customer.snapshot.status"]._found_companies()
    env.ref("crm_extension.ir_cron_stored_figures")._trigger()
