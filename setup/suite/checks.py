# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Checks made before the work that would fail without them."""

import errno
import shutil
import socket

from suite.console import Failure

GIB = 1024**3
# Measured: environment with Odoo 2.0, unpacking 1.4, downloads 0.3, databases 0.4
FRESH_BYTES = 4.5 * GIB
READY_BYTES = 0.5 * GIB


def check_disk(path, needed):
    """Refuse when the file system of ``path`` has less than ``needed`` bytes free."""
    while not path.exists():
        path = path.parent
    free = shutil.disk_usage(path).free
    if free < needed:
        raise Failure(
            f"the disk is nearly full: {free / GIB:.1f} GB are free at {path}, "
            f"{needed / GIB:.1f} GB are needed.",
            "free some space, or clone to a larger disk, and run the command again.",
        )


def check_port(port, command="./setup/run", host="127.0.0.1"):
    """Refuse when nobody could listen on ``port``."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EACCES:
                reason = f"port {port} is for the root user only."
            elif error.errno == errno.EADDRNOTAVAIL:
                raise Failure(
                    f"{host} is no address of this machine.", "choose another --host."
                ) from None
            else:
                reason = f"port {port} is taken by another program."
            raise Failure(
                reason, f"choose another: {command} --port {free_port()}"
            ) from None


def free_port(host="127.0.0.1"):
    """A TCP port that was free a moment ago."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]
