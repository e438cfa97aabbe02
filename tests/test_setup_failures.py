# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the commands in ``setup/`` say when something is in their way.

Each failure is one message with a next step and a status that is not 0, without a
traceback.
"""

import errno
import json
import os
import shutil
import socket
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from suite import checks, debian
from suite.console import Failure, failure_from_os_error
from suite.debian import DebianArchive
from suite.layout import Layout
from suite.lock import FileLock
from suite.odoo_source import OdooSource, find_source, materialise_links, resolve
from suite.postgres import check_version
from suite.postgres_settings import check_reachable, configured_server
from suite.process import run_logged
from suite.python_env import PythonEnvironment

ROOT = Path(__file__).resolve().parents[1]


def command(name, *arguments, **environ):
    """Run a command of ``setup/`` that is to fail early; returns its result."""
    return subprocess.run(
        [ROOT / "setup" / name, *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        env={**os.environ, **environ},
    )


def assert_told(result, *words):
    """One error with a next step, no traceback."""
    assert result.returncode != 0, result.stdout
    assert "Traceback" not in result.stderr + result.stdout
    assert result.stderr.count("error:") == 1, result.stderr
    assert "next:" in result.stderr
    for word in words:
        assert word in result.stderr, result.stderr


@pytest.fixture
def layout(tmp_path, monkeypatch):
    """The paths of an empty clone, with a cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Layout(tmp_path / "clone").make()


@pytest.fixture
def taken_port():
    """A port that somebody listens on."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


class TestCommands:
    def test_no_fitting_python(self, tmp_path):
        for name in ("dirname", "cat"):
            (tmp_path / name).symlink_to(shutil.which(name))
        old = tmp_path / "python3"
        old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2\nexit 1\n')
        old.chmod(0o755)
        clone = tmp_path / "clone"
        (clone / "setup").mkdir(parents=True)
        for name in ("run", "find-python.sh"):
            shutil.copy(ROOT / "setup" / name, clone / "setup" / name)
        result = subprocess.run(
            [clone / "setup" / "run"],
            capture_output=True,
            text=True,
            env={"PATH": str(tmp_path)},
        )
        assert_told(result, "3.10 to 3.13", "Python 3.9.2", "apt-get install")

    def test_port_taken(self, taken_port):
        result = command("run", "--port", str(taken_port), "--db", "port_taken")
        assert_told(result, f"port {taken_port} is taken", "--port")

    def test_database_unreachable(self):
        closed = checks.free_port()
        result = command("run", PGHOST="127.0.0.1", PGPORT=str(closed))
        assert_told(result, f"127.0.0.1:{closed}", "PGHOST", "private server")

    def test_database_is_being_served(self):
        with FileLock(ROOT / ".suite" / "run-being_served.lock"):
            result = command("run", "--db", "being_served")
        assert_told(result, "being_served", "--db")

    @pytest.mark.parametrize(
        ("name", "arguments", "told"),
        [
            ("run", ["--port", "70000"], "is no port"),
            ("run", ["--db", "../etc"], "is no name for a database"),
            ("run", ["--stop"], "unrecognized"),
            ("mail", [], "FILE"),
        ],
    )
    def test_wrong_options(self, name, arguments, told):
        result = command(name, *arguments)
        assert result.returncode == 2
        assert told in result.stderr
        assert "Traceback" not in result.stderr

    def test_odoo_that_is_none(self, tmp_path):
        result = command(
            "run", "--odoo", str(tmp_path), "--db", "no_odoo", "--stop-after-init"
        )
        assert_told(result, str(tmp_path), "git clone")

    def test_mail_that_is_none(self, tmp_path):
        assert_told(command("mail", str(tmp_path / "no.eml")), "no file")
        (tmp_path / "a.txt").write_text("dear all\n\nhello\n")
        assert_told(command("mail", str(tmp_path / "a.txt")), "no raw mail")

    def test_benchmark_that_is_none(self):
        assert_told(command("bench", "no_such_case"), "no_such_case", "choose one of")

    @pytest.mark.parametrize("name", ["run", "mail", "bench", "lint"])
    def test_help(self, name):
        result = command(name, "--help")
        assert result.returncode == 0
        assert f"./setup/{name}" in result.stdout
        if name == "run":
            for option in (
                "--stop-after-init",
                "--port",
                "--db",
                "--no-demo",
                "--odoo",
            ):
                assert option in result.stdout


class TestDisk:
    def test_too_little_space(self, tmp_path, monkeypatch):
        usage = SimpleNamespace(total=10**12, used=10**12, free=10**9)
        monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
        with pytest.raises(Failure, match="0.9 GB are free.*4.5 GB are needed"):
            checks.check_disk(tmp_path / "not" / "there", checks.FRESH_BYTES)
        checks.check_disk(tmp_path, checks.READY_BYTES)

    @pytest.mark.parametrize(
        ("number", "told"),
        [
            (errno.ENOSPC, "the disk is full"),
            (errno.EDQUOT, "the disk is full"),
            (errno.EACCES, "no permission for /x/y"),
        ],
    )
    def test_errors_of_the_system(self, number, told):
        failure = failure_from_os_error(OSError(number, os.strerror(number), "/x/y"))
        assert told in failure.message
        assert failure.next_step

    def test_child_process_without_space(self, layout):
        script = "echo 'OSError: [Errno 28] No space left on device'; exit 1"
        with pytest.raises(Failure, match="the disk is full"):
            run_logged(["/bin/sh", "-c", script], layout.logs / "x.log")

    def test_child_process_that_fails(self, layout):
        with pytest.raises(Failure, match="status 3.*\n.*broken") as caught:
            run_logged(["/bin/sh", "-c", "echo broken; exit 3"], layout.logs / "x.log")
        assert "x.log" in caught.value.next_step
        assert (layout.logs / "x.log").read_text() == "broken\n"


class TestArchive:
    @pytest.mark.skipif(not shutil.which("apt-get"), reason="needs apt-get")
    def test_archive_not_reachable(self, layout, monkeypatch):
        site = f"http://127.0.0.1:{checks.free_port()}/debian"
        monkeypatch.setattr(debian, "configured_sites", lambda: [site])
        with pytest.raises(Failure, match="not reachable") as caught:
            DebianArchive(layout).fetch({"odoo-19": "sid"})
        assert site in caught.value.message
        assert "--odoo" in caught.value.next_step
        assert not list(layout.cache.rglob("*.deb"))

    def test_no_debian(self, layout, monkeypatch):
        monkeypatch.setenv("PATH", "/nowhere")
        with pytest.raises(Failure, match="apt-get is missing") as caught:
            DebianArchive(layout).fetch({"odoo-19": "sid"})
        assert "git clone" in caught.value.next_step

    @pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="needs dpkg-deb")
    def test_damaged_download_is_removed(self, layout):
        folder = layout.cache / "debs" / "sid"
        folder.mkdir(parents=True)
        package = folder / "odoo-19_19.0_all.deb"
        package.write_bytes(b"cut off")
        archive = DebianArchive(layout)
        files = archive.fetch({"odoo-19": "sid"})
        assert files == [package]
        with pytest.raises(Failure, match="damaged") as caught:
            archive.unpack(files, layout.tmp / "x")
        assert not package.exists()
        assert "again" in caught.value.next_step

    def test_address_is_read_from_the_machine(self, tmp_path):
        (tmp_path / "sources.list.d").mkdir()
        (tmp_path / "sources.list").write_text(
            "# deb http://mirror.example/old stable main\n"
            "deb [arch=amd64] http://mirror.example/debian stable main\n"
        )
        (tmp_path / "sources.list.d" / "a.sources").write_text(
            "Types: deb\nURIs: http://other.example/debian-security\nSuites: x\n"
        )
        sites = list(debian._sites_in_files(tmp_path))
        assert sites == [
            "http://mirror.example/debian",
            "http://other.example/debian-security",
        ]
        assert [debian._is_debian(site) for site in sites] == [True, False]


class TestOdooSource:
    @staticmethod
    def _checkout(folder, version="19, 0, 0, FINAL, 0, ''"):
        (folder / "odoo").mkdir(parents=True)
        (folder / "odoo" / "release.py").write_text(f"version_info = ({version})\n")
        (folder / "addons" / "web" / "static").mkdir(parents=True)
        return folder

    def test_other_version(self, tmp_path):
        checkout = self._checkout(tmp_path / "odoo", "18, 0, 0, FINAL, 0, ''")
        with pytest.raises(Failure, match="is 18.0; the suite is for 19.0"):
            resolve(checkout)

    def test_link_that_leads_nowhere(self, tmp_path):
        checkout = self._checkout(tmp_path / "odoo")
        (checkout / "addons/web/static/jquery.js").symlink_to("/nowhere/jquery.js")
        with pytest.raises(Failure, match="jquery.js is a link that leads nowhere"):
            resolve(checkout)

    def test_checkout_and_unpacked_package(self, tmp_path):
        checkout = self._checkout(tmp_path / "odoo")
        assert resolve(checkout) == checkout
        assert resolve(checkout / "odoo") == checkout
        assert OdooSource(checkout).addons == [checkout / "addons"]
        packages = tmp_path / "deb/usr/lib/python3/dist-packages"
        self._checkout(packages)
        assert resolve(tmp_path / "deb") == packages

    def test_choice_is_remembered(self, layout, tmp_path):
        checkout = self._checkout(tmp_path / "odoo")
        assert find_source(layout, str(checkout)).path == checkout
        assert find_source(layout).path == checkout
        assert find_source(layout, "archive").path is None
        assert find_source(layout).path is None

    def test_links_become_files(self, tmp_path):
        package = tmp_path / "usr/lib/python3/dist-packages/odoo"
        (tmp_path / "usr/share/fonts").mkdir(parents=True)
        (tmp_path / "usr/share/fonts/a.ttf").write_text("font")
        package.mkdir(parents=True)
        (package / "relative.ttf").symlink_to("../../../../share/fonts/a.ttf")
        (package / "absolute.ttf").symlink_to("/usr/share/fonts/a.ttf")
        (package / "folder").symlink_to("../../../../share/fonts")
        (package / "lost.ttf").symlink_to("/usr/share/fonts/lost.ttf")
        dangling = materialise_links(package, tmp_path)
        assert [str(path) for path in dangling] == ["lost.ttf"]
        for name in ("relative.ttf", "absolute.ttf", "folder/a.ttf"):
            assert not (package / name).is_symlink()
            assert (package / name).read_text() == "font"


class TestPython:
    def test_half_made_environment_starts_anew(self, layout):
        environment = PythonEnvironment(layout)
        whole = {
            "python": environment._python_version(),
            "place": str(layout.venv),
        }
        cases = [
            ({**whole}, True),
            ({**whole, "begun": "odoo"}, False),
            ({**whole, "python": "3.9.2 /usr"}, False),
            ({**whole, "place": "/moved/away"}, False),
            ({**whole, "odoo": "/another/odoo"}, False),
        ]
        for state, usable in cases:
            (layout.venv / "bin").mkdir(parents=True)
            layout.python.touch()
            environment.marker.write_text(json.dumps(state))
            found = environment._usable_state(OdooSource())
            assert bool(found) == usable, state
            assert layout.venv.exists() == usable
            shutil.rmtree(layout.venv, ignore_errors=True)

    def test_unreadable_state_starts_anew(self, layout):
        environment = PythonEnvironment(layout)
        layout.venv.mkdir()
        environment.marker.write_text('{"python": ')
        assert environment._usable_state(OdooSource()) == {}
        assert not layout.venv.exists()

    def test_stage_is_marked_until_it_is_whole(self, layout):
        environment = PythonEnvironment(layout)
        layout.venv.mkdir()
        state = {"python": "3.11"}
        environment._begin(state, "odoo")
        assert json.loads(environment.marker.read_text())["begun"] == "odoo"
        environment._finish(state, odoo="archive")
        assert json.loads(environment.marker.read_text()) == {
            "python": "3.11",
            "odoo": "archive",
        }


class TestDatabaseServer:
    def test_too_old(self):
        with pytest.raises(Failure, match="version 12; Odoo 19 needs 13") as caught:
            check_version(120017, "PostgreSQL of PGHOST")
        assert "private server" in caught.value.next_step
        check_version(130000, "PostgreSQL of PGHOST")

    def test_odoo_conf_comes_before_the_environment(self, layout, monkeypatch):
        for name in ("PGHOST", "PGHOSTADDR", "PGPORT", "PGUSER", "PGSERVICE"):
            monkeypatch.delenv(name, raising=False)
        assert configured_server(layout) is None
        monkeypatch.setenv("PGDATABASE", "x")
        assert configured_server(layout) is None
        monkeypatch.setenv("PGHOST", "db.example")
        assert configured_server(layout).origin == "PGHOST"
        (layout.root / "odoo.conf").write_text(
            "[options]\ndb_host = 127.0.0.1\ndb_port = 5439\ndb_user = False\n"
        )
        server = configured_server(layout)
        assert server.origin == "odoo.conf"
        assert server.parameters() == {"host": "127.0.0.1", "port": "5439"}
        assert server.environ() == {"PGHOST": "127.0.0.1", "PGPORT": "5439"}

    def test_unreachable_server_of_odoo_conf(self, layout):
        closed = checks.free_port()
        (layout.root / "odoo.conf").write_text(
            f"[options]\ndb_host = 127.0.0.1\ndb_port = {closed}\n"
        )
        with pytest.raises(Failure, match=f"127.0.0.1:{closed}") as caught:
            check_reachable(layout)
        assert "odoo.conf" in caught.value.next_step

    def test_unreadable_odoo_conf(self, layout):
        (layout.root / "odoo.conf").write_text("db_host = 127.0.0.1\n")
        with pytest.raises(Failure, match="odoo.conf can't be read"):
            configured_server(layout)
