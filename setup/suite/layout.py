# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Where things lie."""

import hashlib
import os
import sys
from pathlib import Path


class Layout:
    """The paths of one clone.

    :param root: the clone, by default the one that this file belongs to
    """

    def __init__(self, root=None):
        self.root = Path(root or Path(__file__).resolve().parents[2])
        self.setup = self.root / "setup"
        self.suite = self.root / ".suite"
        self.venv = self.suite / "venv"
        self.tmp = self.suite / "tmp"
        self.logs = self.suite / "log"
        self.etc = self.suite / "etc"
        self.state = self.suite / "state"
        self.mail = self.suite / "mail"

    @property
    def python(self):
        """The virtual environment's interpreter."""
        return self.venv / "bin" / "python"

    @property
    def site_packages(self):
        """The virtual environment's site-packages (of the running version)."""
        version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        return self.venv / "lib" / version / "site-packages"

    @property
    def cache(self):
        """Downloads, outside the clone."""
        base = os.environ.get("XDG_CACHE_HOME") or ""
        if not base.startswith("/"):
            base = Path.home() / ".cache"
        return Path(base) / "crm-suite"

    @property
    def short(self):
        """Six characters that tell this clone from others on the machine."""
        return hashlib.sha256(str(self.root).encode()).hexdigest()[:6]

    def make(self):
        """Make the folders that every command needs."""
        for path in (self.suite, self.tmp, self.logs, self.etc, self.state):
            path.mkdir(parents=True, exist_ok=True)
        # what is in there (keys, mail, logs) is the user's own business
        self.etc.chmod(0o700)
        self.state.chmod(0o700)
        return self


def write_private(path, text):
    """Write ``text`` to ``path`` at once, readable by the owner only."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    temporary.replace(path)
