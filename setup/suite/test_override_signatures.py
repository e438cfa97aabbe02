# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Odoo's own lint test of overriding methods, for our addons alone.

Run by ``./setup/lint``. The core test also fails on what OCA's addons do, which is not
for us to mend.
"""

from contextlib import contextmanager
from pathlib import Path

from odoo.addons.test_lint.tests import test_override_signatures as core

from suite.addons import Addons


class TestOverrideSignatures(core.TestLintOverrideSignatures):
    @contextmanager
    def subTest(self, msg=None, **params):  # noqa: N802
        """Collect what the core test finds in our addons."""
        self.seen.add(params["module"])
        try:
            yield
        except TypeError as error:
            if params["module"] in self.ours:
                self.findings.append(str(error))

    def test_lint_override_signature(self):
        """Our overrides take what the methods take that they override."""
        self.ours = set(Addons(Path(__file__).resolve().parents[2]).manifests)
        self.seen, self.findings = set(), []
        super().test_lint_override_signature()
        self.assertTrue(self.seen, "the core test looked at no method")
        self.failureException = AssertionError
        self.assertFalse(self.findings, "\n\n".join(self.findings))
