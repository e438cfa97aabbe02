# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The database server and the databases that the commands make."""

import os
import subprocess
import sys

import psycopg2
import pytest

from suite.addons import Addons
from suite.databases import Databases
from suite.layout import Layout
from suite.lock import FileLock
from suite.postgres import PrivateServer, find_binaries
from suite.python_env import environment_fingerprint


@pytest.fixture
def databases(suite_server, tmp_path):
    """Databases with a data folder of their own; those made here are dropped."""
    databases = Databases(suite_server, tmp_path)
    yield databases
    for name in databases.names(PREFIX):
        databases.drop(name)


PREFIX = f"crm_suite_unit_{os.getpid()}"


def query(server, database, statement):
    """The rows of a statement in a database."""
    connection = server.connect(database)
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else None
    finally:
        connection.close()


class TestDatabases:
    def test_state_goes_with_the_database(self, databases):
        name = f"{PREFIX}_a"
        assert databases.state(name) is None
        databases.create(name)
        assert databases.state(name) is None
        databases.set_state(name, {"addons": {"it's": '"1"'}})
        assert databases.state(name) == {"addons": {"it's": '"1"'}}
        databases.copy(name, f"{PREFIX}_b")
        assert databases.state(f"{PREFIX}_b") is None
        databases.rename(name, f"{PREFIX}_c")
        assert databases.state(f"{PREFIX}_c") == {"addons": {"it's": '"1"'}}
        databases.drop(f"{PREFIX}_c")
        assert databases.state(f"{PREFIX}_c") is None

    def test_foreign_comment_is_no_state(self, databases, suite_server):
        name = f"{PREFIX}_a"
        databases.create(name)
        query(suite_server, "postgres", f"COMMENT ON DATABASE {name} IS 'payroll'")
        assert databases.state(name) is None
        query(suite_server, "postgres", f"COMMENT ON DATABASE {name} IS '[1]'")
        assert databases.state(name) is None

    def test_files_follow_the_database(self, databases):
        name, files = f"{PREFIX}_a", databases.filestores
        databases.create(name)
        (files / name / "ab").mkdir(parents=True)
        (files / name / "ab" / "abcd").write_text("document")
        databases.copy(name, f"{PREFIX}_b")
        copied = files / f"{PREFIX}_b" / "ab" / "abcd"
        databases.drop(name)
        assert not (files / name).exists()
        assert copied.read_text() == "document"
        databases.rename(f"{PREFIX}_b", f"{PREFIX}_c")
        assert (files / f"{PREFIX}_c" / "ab" / "abcd").exists()

    def test_drop_ends_the_connections(self, databases, suite_server):
        name = f"{PREFIX}_a"
        databases.create(name)
        connection = suite_server.connect(name)
        databases.drop(name)
        assert not databases.exists(name)
        with pytest.raises(psycopg2.OperationalError):
            connection.cursor().execute("SELECT 1")
        connection.close()

    def test_no_odoo_in_an_empty_database(self, databases):
        databases.create(f"{PREFIX}_a")
        assert databases.installed(f"{PREFIX}_a", ["base"]) == []


class TestTemplates:
    def test_template_is_made_once(self, suite_templates):
        name = suite_templates.ensure("suite")
        assert suite_templates.is_current("suite")
        state = suite_templates.databases.state(name)
        assert state["environment"] == environment_fingerprint(suite_templates.layout)
        installed = suite_templates.databases.installed(
            name, suite_templates.addons.manifests
        )
        assert installed == sorted(suite_templates.addons.tested)

    def test_copy_is_independent(self, suite_templates, suite_server):
        name = f"{suite_templates.prefix}_unit_{os.getpid()}"
        suite_templates.copy("suite", name)
        try:
            query(suite_server, name, "DELETE FROM ir_config_parameter")
            kept = query(
                suite_server,
                suite_templates.name("suite"),
                "SELECT count(*) > 0 FROM ir_config_parameter",
            )
            assert kept == [(True,)]
        finally:
            suite_templates.databases.drop(name)


class TestAddons:
    @staticmethod
    def _addon(folder, name, content):
        path = folder / name
        path.mkdir(parents=True)
        (path / "__manifest__.py").write_text(repr(content))
        return path

    def test_products_lie_in_the_root(self, tmp_path):
        self._addon(tmp_path, "crm_product", {"depends": ["sale", "crm_base"]})
        self._addon(tmp_path / "addons", "crm_base", {"depends": ["mail"]})
        self._addon(tmp_path / "addons", "crm_suite_demo", {"depends": ["crm_product"]})
        self._addon(tmp_path / "addons", "crm_old", {"installable": False})
        addons = Addons(tmp_path)
        assert addons.products == ["crm_product"]
        assert addons.tested == ["crm_product", "crm_base"]
        assert addons.outside(addons.tested) == ["mail", "sale"]
        assert addons.has_demo

    def test_state_changes_with_what_is_loaded(self, tmp_path):
        path = self._addon(tmp_path, "crm_product", {})
        for name in ("views", "tests", "readme", "static/src"):
            (path / name).mkdir(parents=True)

        def state():
            return Addons(tmp_path).state(["crm_product"])

        before = state()
        for name in ("tests/test_a.py", "readme/USAGE.md", "static/src/a.js"):
            (path / name).write_text("x")
            assert state() == before, name
        for name in ("views/a.xml", "models.py", "views/b.xml"):
            (path / name).write_text("x")
            assert state() != before, name
            before = state()
        (path / "views" / "b.xml").write_text("y")
        assert state() != before


class TestPrivateServer:
    @pytest.fixture
    def server(self, tmp_path):
        """A cluster in a clone whose path is too long for a socket."""
        if not find_binaries():
            pytest.skip("needs PostgreSQL's programs on the machine")
        root = tmp_path / ("long" * 20) / "clone"
        server = PrivateServer(Layout(root).make())
        yield server
        server.stop()
        subprocess.run(["rm", "-rf", server.home, server.socket], check=True)

    def test_server_comes_and_goes(self, server):
        server.start()
        server.check()
        assert len(str(server.socket)) <= 85
        assert server.socket.stat().st_mode & 0o77 == 0
        rows = query(
            server, "postgres", "SELECT current_user, current_setting('fsync')"
        )
        assert rows == [("crm_suite", "on")]
        query(server, "postgres", "CREATE DATABASE kept")
        server.stop()
        with pytest.raises(psycopg2.OperationalError):
            server.connect()
        server.start()
        assert Databases(server, server.home).exists("kept")

    def test_last_user_stops_it(self, server):
        server.start()
        other = PrivateServer(server.layout)
        other.start()
        server.stop()
        assert query(other, "postgres", "SELECT 1") == [(1,)]
        other.stop()
        with pytest.raises(psycopg2.OperationalError):
            other.connect()

    def test_interrupted_initialisation_is_made_anew(self, server):
        building = server.home / "building"
        building.mkdir(parents=True)
        (building / "PG_VERSION").write_text("15")
        server.start()
        assert query(server, "postgres", "SELECT 1") == [(1,)]
        assert not building.exists()

    def test_nothing_listens_on_the_network(self, server):
        server.start()
        rows = query(server, "postgres", "SHOW listen_addresses")
        assert rows == [("",)]


def test_lock_is_freed_when_its_holder_dies(tmp_path):
    path = tmp_path / "x.lock"
    code = (
        "import sys, pathlib, time; from suite.lock import FileLock;"
        f"FileLock(pathlib.Path({str(path)!r})).acquire();"
        "print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout.readline() == "held\n"
    lock = FileLock(path)
    assert not lock.try_acquire()
    holder.kill()
    holder.wait()
    holder.stdout.close()
    assert lock.try_acquire()
    lock.release()
