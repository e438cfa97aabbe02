# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""``./setup/run``: the suite with its demo company, in the browser."""

import json

from suite.addons import DEMO, Addons
from suite.bootstrap import check_not_running
from suite.checks import check_port
from suite.console import Failure, Steps, loud, say
from suite.databases import Databases
from suite.layout import write_private
from suite.lock import FileLock
from suite.odoo_process import Odoo
from suite.postgres import open_server
from suite.python_env import environment_fingerprint
from suite.server import DemoServer, serve_until_signal
from suite.templates import LANGUAGES


def main(layout, options):
    """Make what is missing, then serve until Ctrl-C."""
    steps = Steps(7)
    check_not_running(layout, options.db)
    running = FileLock(layout.suite / f"run-{options.db}.lock").acquire()
    with steps.step("PostgreSQL") as note:
        server = open_server(layout)
        note(server.describe())
    try:
        odoo = Odoo(layout, server, f"run-{options.db}")
        _Demo(layout, odoo, options, steps).ensure()
        if options.stop_after_init:
            steps.skip("Serving", "not asked for; ./setup/run serves")
            return 0
        return _serve(odoo, options, steps)
    finally:
        server.stop()
        running.release()


class _Demo:
    """The database of the demo.

    :param odoo: the :class:`suite.odoo_process.Odoo` to make it with
    :param options: those of the command
    """

    def __init__(self, layout, odoo, options, steps):
        self.odoo = odoo
        self.options = options
        self.steps = steps
        self.name = options.db
        self.addons = Addons(layout.root)
        self.databases = Databases(odoo.server, odoo.data)
        self.environment = environment_fingerprint(layout)

    def ensure(self):
        """Make the database, or bring it up to date."""
        if not self.addons.products:
            raise Failure(
                "the clone has no addons.", "clone the repository again, as a whole."
            )
        state = self.databases.state(self.name)
        if state is None or "addons" not in state:
            self._refuse_foreign()
            self._create()
        else:
            self._update(state)
        self._ensure_company()

    def _refuse_foreign(self):
        """Leave a database alone that this command has not made."""
        if self.databases.exists(self.name) and self.databases.state(self.name) is None:
            raise Failure(
                f"there is a database {self.name} that ./setup/run did not make.",
                "choose another name with --db, or work on that one with "
                "./setup/odoo -d NAME -u MODULES",
            )

    def _create(self):
        building = f"{self.name}.building"
        with self.steps.step(f"Database {self.name} with the addons") as note:
            self.databases.create(building)
            trouble = self.odoo.update(
                building, install=self.addons.products, languages=LANGUAGES
            )
            _tell(trouble)
            self.databases.rename(building, self.name)
            note("English and Korean")
            self._mark({"demo": False})

    def _update(self, state):
        """Update the addons whose sources have changed."""
        installed = self.databases.installed(self.name, self.addons.manifests)
        wanted = self.addons.state(installed)
        changed = [
            name for name in installed if state["addons"].get(name) != wanted[name]
        ]
        if state["environment"] != self.environment:
            # another Odoo or other OCA addons: everything below ours may have changed
            changed = ["base"]
        new = self._new(installed)
        title = f"Database {self.name} with the addons"
        if not changed and not new:
            self.steps.skip(title)
            return
        with self.steps.step(title) as note:
            note("updated: " + ", ".join([*changed, *new]))
            trouble = self.odoo.update(self.name, install=new, update=changed)
            _tell(trouble)
            self._mark(state)

    def _new(self, installed):
        """The products, and the glue whose sides are there, that came with a newer
        clone."""
        new = [name for name in self.addons.products if name not in installed]
        for name in self.addons.shipped:
            manifest = self.addons.manifests[name]
            if manifest.get("auto_install") is not True or name in installed:
                continue
            needed = set(manifest["depends"]) - set(new)
            if needed <= set(self.databases.installed(self.name, needed)):
                new.append(name)
        return new

    def _ensure_company(self):
        title = "Demo company"
        state = self.databases.state(self.name)
        if self.options.no_demo and not state.get("demo"):
            self.steps.skip(title, "left out (--no-demo)")
        elif state.get("demo") or not self.addons.has_demo:
            self.steps.skip(title, "ready" if state.get("demo") else "there is none")
        else:
            with self.steps.step(title) as note:
                note("24 months of documents")
                self._install_company(state)

    def _install_company(self, state):
        """Install the demo company on a copy, so that a half made one is never used."""
        building = f"{self.name}.building"
        self.databases.copy(self.name, building)
        _tell(self.odoo.update(building, install=[DEMO]))
        self.databases.rename(building, self.name)
        self._mark({**state, "demo": True})

    def _mark(self, state):
        installed = self.databases.installed(self.name, self.addons.manifests)
        state = {
            **state,
            "environment": self.environment,
            "addons": self.addons.state(installed),
        }
        self.databases.analyze(self.name)
        self.databases.set_state(self.name, state)


def _tell(trouble):
    for line in trouble[:20]:
        say(f"    {line}")


def _serve(odoo, options, steps):
    layout = odoo.layout
    check_port(options.port, host=options.host)
    server = DemoServer(
        odoo,
        options.db,
        port=options.port,
        host=options.host,
        mail_dir=layout.mail / options.db,
        crons=1,
    )
    try:
        with steps.step("Serving") as note:
            accounts = server.accounts()
            server.start()
            note(f"log: {server.log.relative_to(layout.root)}")
        note = {"url": server.url, "db": server.db, "mail": accounts["mail"]}
        write_private(layout.state / "running.json", json.dumps(note))
        _print_banner(server)
        return _wait(server)
    finally:
        server.close()


def _print_banner(server):
    say()
    say(f"  Odoo:  {server.url}")
    say(f"  Mails: {server.mail_url}   (what the demo sent; write to it: ./setup/mail)")
    say()
    rows = server.logins
    if not rows:
        say("  Login: admin, password: admin")
    else:
        width = max(len(row["role"]) for row in rows)
        wide = max(len(row["login"]) for row in rows)
        say(f"  {'Role'.ljust(width)}  {'Login'.ljust(wide)}  Password")
        for row in rows:
            login = row["login"].ljust(wide)
            say(f"  {row['role'].ljust(width)}  {login}  {row['password']}")
        for row in rows:
            if row.get("api_key"):
                say(f"  API key of {row['login']}: {row['api_key']}")
    say()
    say("  Stop with Ctrl-C.")


def _wait(server):
    status = serve_until_signal(server.process)
    if status:
        last = server.log.read_text(errors="replace").splitlines()[-5:]
        raise Failure(
            f"Odoo ended with status {status}:\n    " + "\n    ".join(last),
            f"read {server.log}, then run the command again.",
        )
    loud("stopped; ./setup/run starts it again in seconds")
    return 0
