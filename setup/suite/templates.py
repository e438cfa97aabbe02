# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The databases that tests copy.

``base``  Odoo's base alone, in English and Korean;
``core``  all addons of Odoo and OCA that ours depend on;
``suite`` core and all our addons but the demo company, with the test-only ones;
``demo``  suite and the demo company.

Each is a copy of another with more installed (core of base, suite of core, demo of
suite) and is made anew when what it is made of has changed.
"""

from datetime import date

from suite.addons import DEMO, Addons
from suite.console import progress, say
from suite.databases import Databases
from suite.lock import FileLock
from suite.odoo_process import Odoo
from suite.python_env import environment_fingerprint

# The first one is what new users and partners get
LANGUAGES = ("en_US", "ko_KR")
ASSETS = "env['ir.qweb']._pregenerate_assets_bundles()\nenv.cr.commit()"
PARENTS = {"base": None, "core": "base", "suite": "core", "demo": "suite"}


class Templates:
    """The template databases of one clone on one server.

    :param layout: the clone's :class:`suite.layout.Layout`
    :param server: a started server (:mod:`suite.postgres`)
    """

    def __init__(self, layout, server):
        self.layout = layout
        self.server = server
        self.odoo = Odoo(layout, server, "test")
        self.databases = Databases(server, self.odoo.data)
        self.addons = Addons(layout.root)
        self.prefix = f"crm_suite_{layout.short}"

    def name(self, kind):
        """The name of a template database."""
        return f"{self.prefix}_{kind}"

    def ensure(self, kind):
        """Make a template if it is missing or outdated.

        :return: its name
        """
        with FileLock(self.layout.suite / "templates.lock") as lock:
            lock.acquire("another command is making the template databases")
            self._ensure(kind)
        return self.name(kind)

    def copy(self, kind, name):
        """A fresh copy of a template under ``name``, to be dropped by the caller."""
        source = self.ensure(kind)
        with FileLock(self.layout.suite / "templates.lock"):
            self.databases.copy(source, name)
        return name

    def is_current(self, kind):
        """Whether a template is there and up to date."""
        return self.databases.state(self.name(kind)) == self._wanted(kind)

    def _ensure(self, kind):
        if self.is_current(kind):
            return
        parent = PARENTS[kind]
        if parent:
            self._ensure(parent)
        say(f"    template database '{kind}': making it")
        building = f"{self.prefix}_building"
        if parent:
            self.databases.copy(self.name(parent), building)
        else:
            self.databases.create(building)
        trouble = self.odoo.update(
            building,
            install=self._modules(kind),
            languages=() if parent else LANGUAGES,
            log=self.layout.logs / f"template-{kind}.log",
        )
        for line in trouble:
            say(f"    {line}")
        progress("")
        if kind == "suite":
            # as Odoo does before its own browser tests: what a test makes is rolled
            # back with it, and the next one would make it again
            self.odoo.evaluate(building, ASSETS)
        self.databases.analyze(building)
        self.databases.rename(building, self.name(kind))
        self.databases.set_state(self.name(kind), self._wanted(kind))

    def _modules(self, kind):
        if kind == "base":
            return ["base"]
        if kind == "core":
            return self.addons.outside(self.addons.tested)
        return self.addons.tested if kind == "suite" else [DEMO]

    def _wanted(self, kind):
        """What the template is to be made of."""
        state = {
            "environment": environment_fingerprint(self.layout),
            "languages": list(LANGUAGES),
        }
        if kind != "base":
            state["outside"] = self.addons.outside(self.addons.tested)
        if kind == "suite":
            state["addons"] = self.addons.state(self.addons.tested)
        elif kind == "demo":
            state["addons"] = self.addons.state(self.addons.manifests)
            # the demo company's past ends today
            state["day"] = date.today().isoformat()
        return state
