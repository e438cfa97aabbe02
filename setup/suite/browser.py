# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The browser of the tests."""

import os
import shutil

from suite.console import loud
from suite.process import clean_environ, run_logged

NAMES = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")


def find_browser():
    """The path of a Chromium that Odoo's tests can use, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def ensure_browser(layout, steps_note):
    """Install Chromium where we may; else tell loudly that its tests are skipped."""
    if find_browser():
        return
    if os.getuid() == 0 and shutil.which("apt-get"):
        environ = clean_environ(DEBIAN_FRONTEND="noninteractive")
        log = layout.logs / "chromium.log"
        install = ["apt-get", "-q", "-y", "--no-install-recommends", "install"]
        for command in (["apt-get", "-q", "update"], [*install, "chromium"]):
            run_logged(command, log, check=False, env=environ)
        if find_browser():
            steps_note("Chromium installed")
            return
        loud(f"Chromium could not be installed (see {log}): browser tests are skipped")
        return
    loud("no Chromium on this machine: browser tests are skipped; to run them install")
    loud("it (on Debian as root: apt-get install chromium) and repeat the command")
