# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A worker process of its own for tests: it bills the contracts it is told, in chunks.

Usage: ``python billing_worker.py DATABASE CHUNK ID...``, in the environment of the
tests (``ODOO_RC``, ``PG*``). It prints ``ready``. For each line on standard input,
``go`` or a day (``YYYY-MM-DD``) up to which is billed, it prints after each committed
chunk the number of contracts left and the megabytes that the process holds.
"""

# pylint: disable=print-used
import sys
from datetime import date

import psutil

import odoo
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry


def main(database, size, *ids):
    """Bill ``ids`` in chunks of ``size``, each in a transaction of its own."""
    odoo.tools.config.parse_config(["--log-level=warn", "--max-cron-threads=0"])
    registry = Registry(database)
    process = psutil.Process()
    print("ready", flush=True)
    for order in sys.stdin:
        text = order.strip()
        day = None if text == "go" else date.fromisoformat(text)
        left = [int(text) for text in ids]
        while left:
            with registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                env["contract.contract"]._run_chunk(left[: int(size)], day)
            left = left[int(size) :]
            print(len(left), process.memory_info().rss >> 20, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
