# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Odoo's own command, with this clone's configuration."""

import configparser
import json
import re
import subprocess
import sys

from suite.console import Failure, progress
from suite.layout import write_private
from suite.odoo_source import OdooSource
from suite.postgres_settings import read_odoo_conf
from suite.process import clean_environ, run_logged

_LOADING = re.compile(r"Loading module (\S+) \((\d+)/(\d+)\)")
_TROUBLE = re.compile(r"^\S+ \S+ \d+ (WARNING|ERROR|CRITICAL) ")
_RESULT = "crm-suite-result:"


class Odoo:
    """Runs ``odoo`` against one server, with one configuration file.

    The file is the clone's ``odoo.conf`` with what only this machine knows put over it.

    :param layout: the clone's :class:`suite.layout.Layout`
    :param server: a started server (:mod:`suite.postgres`)
    :param str name: name of the configuration: runs of the same name share its
        folder for files
    :param settings: more options for the file
    """

    def __init__(self, layout, server, name, **settings):
        self.layout = layout
        self.server = server
        self.name = name
        self.data = layout.suite / "data" / name.split("-")[0]
        self.conf = layout.etc / f"{name}.conf"
        self.write_conf(**settings)

    def write_conf(self, **settings):
        """Write the configuration file anew with ``settings``."""
        options = read_odoo_conf(self.layout)
        self.data.mkdir(parents=True, exist_ok=True)
        options.update(addons_path=self.addons_path(), data_dir=str(self.data))
        options.update({key: str(value) for key, value in settings.items()})
        parser = configparser.RawConfigParser()
        parser["options"] = options
        lines = [f"{key} = {value}" for key, value in parser["options"].items()]
        write_private(self.conf, "[options]\n" + "\n".join(lines) + "\n")

    def addons_path(self):
        """The suite's folders, then those of an Odoo that lies elsewhere."""
        folders = [self.layout.root / "addons", self.layout.root]
        state = json.loads((self.layout.venv / "state.json").read_text())
        if state["odoo"].startswith("/"):
            folders += OdooSource(state["odoo"]).addons
            folders.append(self.layout.site_packages / "odoo" / "addons")
        return ",".join(str(folder) for folder in folders)

    def command(self, *arguments):
        """The command line of ``odoo`` with these arguments."""
        return [str(self.layout.python), "-s", "-m", "odoo", *map(str, arguments)]

    def environ(self):
        """The environment to run it in."""
        tools = {}
        binaries = getattr(self.server, "binaries", None)
        environ = clean_environ(
            ODOO_RC=self.conf, VIRTUAL_ENV=self.layout.venv, **self.server.environ()
        )
        path = [str(self.layout.venv / "bin"), environ.get("PATH", "")]
        if binaries:
            path.insert(1, str(binaries))
        tools["PATH"] = ":".join(path)
        return {**environ, **tools}

    def update(self, database, install=(), update=(), languages=(), log=None):
        """Install or update modules and stop.

        :param list languages: codes of languages to load
        :return: the lines of warnings and errors in the log
        """
        options = ["-d", database, "--stop-after-init", "--no-http"]
        options += ["--max-cron-threads=0"]
        if install:
            options += ["-i", ",".join(install)]
        if update:
            options += ["-u", ",".join(update)]
        if languages:
            options += ["--load-language", ",".join(languages)]
        command = self.command(*options, "--logfile=")
        return self._follow(command, log or self.layout.logs / f"{database}.log")

    def uninstall(self, database, modules, log=None):
        """Uninstall modules and stop.

        :return: the lines of warnings and errors in the log
        """
        command = self.command("module", "uninstall", "-d", database, *modules)
        return self._follow(command, log or self.layout.logs / f"{database}.log")

    def _follow(self, command, log):
        """Run ``odoo``, show its progress and collect the trouble it logs."""
        trouble = []

        def follow(line):
            loading = _LOADING.search(line)
            if loading:
                name, number, total = loading.groups()
                progress(f"    {number}/{total} {name}")
            elif _TROUBLE.match(line):
                trouble.append(line.strip())

        run_logged(
            command,
            log,
            on_line=follow,
            explain=lambda tail: _explain(tail, trouble, log),
            cwd=self.layout.root,
            env=self.environ(),
        )
        return trouble

    def evaluate(self, database, code, show=False):
        """Run Python code in Odoo's shell.

        :param str code: Python; ``env`` is the environment; what it assigns to
            ``result`` (plain JSON types) is returned. It must commit itself.
        :param bool show: hand its standard error (warnings, a profile) on
        """
        script = f"import json\nresult = None\n{code}\n"
        script += f"print({_RESULT!r} + json.dumps(result))\n"
        done = subprocess.run(
            self.command("shell", "-d", database, "--no-http", "--log-level=warn"),
            input=script,
            capture_output=True,
            text=True,
            cwd=self.layout.root,
            env=self.environ(),
        )
        if show:
            sys.stderr.write(done.stderr)
        for line in done.stdout.splitlines():
            if line.startswith(_RESULT):
                return json.loads(line[len(_RESULT) :])
        log = self.layout.logs / "shell.log"
        log.write_text(done.stdout + done.stderr)
        last = [line for line in done.stderr.splitlines() if line.strip()][-3:]
        raise Failure(
            "Odoo's shell failed:\n    " + "\n    ".join(last), f"read {log}."
        )


def _explain(tail, trouble, log):
    """The failure to show when Odoo ends with an error."""
    text = "\n".join(tail)
    if "could not extend file" in text or "DiskFull" in text:
        return Failure(
            "the disk of the database is full.",
            "free some space and run the command again.",
        )
    last = [line for line in tail if line and not line.startswith(" ")][-3:]
    shown = (trouble[-1:] or []) + last
    return Failure(
        "Odoo could not load the addons:\n    " + "\n    ".join(dict.fromkeys(shown)),
        f"read {log}.",
    )
