# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A worker process of its own for tests: it bills the contracts it is told, in chunks.

Usage: ``python billing_worker.py DATABASE CHUNK ID...``, in the environment of the
tests (``ODOO_RC``, ``PG*``). It prints ``ready``, waits for a line on standard input,
and then the number of contracts left after each committed chunk.
"""

# pylint: disable=print-used
import sys

import odoo
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry


def main(database, size, *ids):
    """Bill ``ids`` in chunks of ``size``, each in a transaction of its own."""
    odoo.tools.config.parse_config(["--log-level=warn", "--max-cron-threads=0"])
    registry = Registry(database)
    print("ready", flush=True)
    sys.stdin.readline()
    left = [int(text) for text in ids]
    size = int(size)
    while left:
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["contract.contract"]._run_chunk(left[:size])
        left = left[size:]
        print(len(left), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
