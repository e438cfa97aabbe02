# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""``./setup/odoo ARGS...``: Odoo's own command in the suite's environment.

Without ``-d`` it works on the demo's database.
"""

import signal
import subprocess

from suite.checks import free_port
from suite.odoo_process import Odoo
from suite.postgres import open_server


def main(layout, options):
    """Run it with the given arguments and return its exit status."""
    server = open_server(layout)
    try:
        odoo = Odoo(
            layout, server, "run-shell", db_name="crm_suite", http_port=free_port()
        )
        # Ctrl-C is for Odoo
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        child = subprocess.Popen(
            odoo.command(*options.arguments),
            cwd=layout.root,
            env=odoo.environ(),
            preexec_fn=_default_signals,
        )
        signal.signal(signal.SIGTERM, lambda *args: child.terminate())
        status = child.wait()
        return status if status >= 0 else 128 - status
    finally:
        server.stop()


def _default_signals():
    signal.signal(signal.SIGINT, signal.SIG_DFL)
