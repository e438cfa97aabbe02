# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The addons of the clone and the state of their sources."""

import ast
import hashlib
from pathlib import Path

# Files that do not change what is in a database: Odoo reads them when it serves
_NO_DATA = ("tests", "__pycache__", "readme", "static")
DEMO, SHIM = "crm_suite_demo", "crm_suite_shim"


class Addons:
    """The addons in the root of the clone (products) and in ``addons/`` (others).

    :param root: the clone
    """

    def __init__(self, root):
        self.root = Path(root)
        self.manifests = {}
        self.paths = {}
        for manifest in sorted(self.root.glob("*/__manifest__.py")) + sorted(
            self.root.glob("addons/*/__manifest__.py")
        ):
            content = ast.literal_eval(manifest.read_text(encoding="utf-8"))
            if content.get("installable", True):
                self.manifests[manifest.parent.name] = content
                self.paths[manifest.parent.name] = manifest.parent

    @property
    def products(self):
        """The addons that people install by name."""
        return [name for name, path in self.paths.items() if path.parent == self.root]

    @property
    def tested(self):
        """All but the demo company: what the tests' database has."""
        return [name for name in self.manifests if name != DEMO]

    @property
    def shipped(self):
        """All that a company may install: neither demo company nor test helpers."""
        return [name for name in self.manifests if name not in (DEMO, SHIM)]

    @property
    def has_demo(self):
        """Whether there is a demo company to install."""
        return DEMO in self.manifests

    def outside(self, names):
        """The addons of Odoo and OCA that the named ones depend on."""
        needed = {
            other
            for name in names
            for other in self.manifests[name].get("depends", ["base"])
        }
        return sorted(needed - set(self.manifests))

    def state(self, names):
        """A hash of the sources of each named addon (not of tests and documents)."""
        return {name: self._hash(self.paths[name]) for name in sorted(names)}

    @staticmethod
    def _hash(folder):
        digest = hashlib.sha256()
        for path in sorted(folder.rglob("*")):
            parts = path.relative_to(folder).parts
            if parts[0] in _NO_DATA or "__pycache__" in parts or not path.is_file():
                continue
            if path.suffix in (".md", ".rst", ".pyc", ".toml"):
                continue
            digest.update("/".join(parts).encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()[:16]
