# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""``./setup/lint``: all checks of style; zero findings are wanted."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from suite.addons import Addons
from suite.commands.test import run_pytest
from suite.console import Failure, loud, say
from suite.postgres import open_server
from suite.process import clean_environ, run_logged
from suite.templates import Templates

NODE_PACKAGES = {
    "prettier": "3.6.2",
    "@prettier/plugin-xml": "3.4.2",
    "eslint": "9.35.0",
    "eslint-plugin-jsdoc": "57.0.8",
    "globals": "16.0.0",
}
OLDEST_NODE = 18
PRETTIER_FILES = (".xml", ".js", ".cjs", ".css", ".scss", ".json", ".yml", ".yaml")


def main(layout, options):
    """Run all checks, go on after a failure, and name those that failed."""
    lint = _Lint(layout)
    for title, check in lint.checks():
        say(f"--- {title}")
        if not check():
            lint.failed.append(title)
    if lint.failed:
        raise Failure(
            "checks with findings: " + "; ".join(lint.failed), "mend them, see above."
        )
    say("--- no findings")
    return 0


class _Lint:
    """The checks; each tells whether it found nothing."""

    def __init__(self, layout):
        self.layout = layout
        self.failed = []
        self.addons = Addons(layout.root)
        self.folders = [
            str(path.relative_to(layout.root)) for path in self.addons.paths.values()
        ]
        self.files = list(self._tracked())

    def checks(self):
        """The checks, as (title, function)."""
        series = ["-d", ".", "-d", "addons", "--odoo-series", "19.0"]
        po = [str(name) for name in self.files if name.match("i18n/*.po*")]
        return [
            ("ruff check", lambda: self._call("ruff", "check", "--no-fix", ".")),
            # ruff reads the syntax only; what the oldest Python lacks is in its library
            (
                "vermin (CPython 3.10)",
                lambda: self._call(
                    "vermin",
                    "-t=3.10-",
                    "--no-tips",
                    "--violations",
                    "-q",
                    *[str(name) for name in self.files if name.suffix == ".py"],
                ),
            ),
            ("ruff format", lambda: self._call("ruff", "format", "--check", ".")),
            ("pylint-odoo", self._pylint),
            (
                "oca-checks-odoo-module",
                lambda: self._call("oca-checks-odoo-module", *self.folders),
            ),
            (
                "oca-checks-po",
                # as OCA does: the wrapping of lines is the exporting tool's affair
                lambda: (
                    not po
                    or self._call("oca-checks-po", "--disable=po-pretty-format", *po)
                ),
            ),
            (
                "manifestoo check-licenses",
                lambda: self._call("manifestoo", *series, "check-licenses"),
            ),
            (
                "manifestoo check-dev-status",
                lambda: self._call(
                    "manifestoo",
                    *series,
                    "check-dev-status",
                    "--default-dev-status=Beta",
                ),
            ),
            ("prettier and eslint", self._node),
            ("signatures of overriding methods", self._overrides),
        ]

    def _tracked(self):
        """The files of the repository, relative to its root."""
        listed = subprocess.run(
            ["git", "ls-files", "-z", "-c", "-o", "--exclude-standard"],
            cwd=self.layout.root,
            capture_output=True,
            text=True,
        )
        if listed.returncode:
            raise Failure(
                "git does not list the files of the clone.",
                "run ./setup/lint in a clone made by git, with git installed.",
            )
        for name in sorted(filter(None, listed.stdout.split("\0"))):
            if (self.layout.root / name).is_file():
                yield Path(name)

    def _call(self, program, *arguments, **environ):
        """Run a program of the environment; its output is the findings."""
        sys.stdout.flush()
        path = self.layout.venv / "bin" / program
        command = [str(path if path.exists() else program), *arguments]
        environ = clean_environ(**environ)
        environ["PATH"] = f"{self.layout.venv / 'bin'}:{environ['PATH']}"
        return not subprocess.run(
            command, cwd=self.layout.root, env=environ, stdin=subprocess.DEVNULL
        ).returncode

    def _pylint(self):
        # Models that others made and we extend widely lie in several files, one for
        # each concern (contract_billing, contract_change ...): no finding for us
        disabled = "--disable=consider-merging-classes-inherited"
        return self._call(
            "pylint", "--rcfile=.pylintrc", disabled, "-j2", *self.folders
        )

    def _node(self):
        version = _node_version()
        if version < OLDEST_NODE or not shutil.which("npm"):
            found = f"node {version}" if version else "no node"
            loud(f"{found} on this machine: XML and JS formatting is not checked")
            loud(f"(it takes node {OLDEST_NODE} or newer with npm)")
            return True
        folder = self._node_modules()
        environ = {"NODE_PATH": folder / "node_modules"}
        tools = folder / "node_modules" / ".bin"
        shown = [
            str(name)
            for name in self.files
            if name.suffix in PRETTIER_FILES and "lib" not in name.parts
        ]
        scripts = [name for name in shown if name.endswith((".js", ".cjs"))]
        formatted = not shown or self._call(
            str(tools / "prettier"), "--check", "--log-level=warn", *shown, **environ
        )
        clean = not scripts or self._call(
            str(tools / "eslint"), "--max-warnings=0", *scripts, **environ
        )
        return formatted and clean

    def _node_modules(self):
        """The folder with the JavaScript tools, installed when they are not."""
        folder = self.layout.suite / "node"
        marker = folder / "installed.json"
        wanted = json.dumps(NODE_PACKAGES, sort_keys=True)
        if not marker.exists() or marker.read_text() != wanted:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            package = {"private": True, "devDependencies": NODE_PACKAGES}
            (folder / "package.json").write_text(json.dumps(package))
            log = self.layout.logs / "npm.log"
            run_logged(
                ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"],
                log,
                explain=lambda tail: Failure(
                    "the JavaScript tools could not be installed by npm.",
                    "check the network connection and npm's settings (npm config "
                    f"list);\nthe details are in {log}",
                ),
                cwd=folder,
            )
            marker.write_text(wanted)
        return folder

    def _overrides(self):
        """Odoo's own test that overriding methods keep the signature."""
        server = open_server(self.layout, testing=True)
        try:
            templates = Templates(self.layout, server)
            test = self.layout.setup / "suite" / "test_override_signatures.py"
            arguments = [str(test), "-q", "-p", "no:cacheprovider"]
            return not run_pytest(templates, arguments)
        finally:
            server.stop()


def _node_version():
    """The major version of node on this machine; 0 when there is none."""
    if not shutil.which("node"):
        return 0
    asked = subprocess.run(["node", "--version"], capture_output=True, text=True)
    number = re.match(r"v(\d+)", asked.stdout)
    return int(number.group(1)) if number else 0
