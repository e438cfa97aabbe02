# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Packages from Debian's archive, without root and without touching the machine.

A private apt folder has its own list of sources and its own state; the address of the
archive is that of the machine's own configured Debian source, the signatures are
checked with the machine's Debian keyring. What is downloaded goes to the cache and is
unpacked with ``dpkg-deb``, never installed.
"""

import re
import shutil
import subprocess
from pathlib import Path

from suite.console import Failure
from suite.process import run_logged

KEYRINGS = (
    "/usr/share/keyrings/debian-archive-keyring.gpg",
    "/usr/share/keyrings/debian-archive-keyring.pgp",
)
SUITES = ("sid", "trixie")
ELSEWHERE = (
    "on other systems clone Odoo's branch 19.0 and point to it:\n"
    "git clone --depth 1 --branch 19.0 https://github.com/odoo/odoo.git ~/odoo\n"
    "./setup/run --odoo ~/odoo"
)


class DebianArchive:
    """Downloads packages of the suites ``sid`` and ``trixie``.

    :param layout: the clone's :class:`suite.layout.Layout`
    """

    def __init__(self, layout):
        self.layout = layout
        self.folder = layout.cache / "apt"
        self.packages = layout.cache / "debs"
        self._updated = False

    def fetch(self, wanted):
        """The files of packages, downloaded unless they are in the cache.

        :param dict wanted: suite of each package name
        :return: list of paths of .deb files
        """
        found = {name: self._cached(name, suite) for name, suite in wanted.items()}
        missing = [name for name, path in found.items() if not path]
        if missing:
            self._require_tools()
            self._update()
            for name in missing:
                found[name] = self._download(name, wanted[name])
        return list(found.values())

    def unpack(self, files, folder):
        """Unpack .deb files below ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        for path in files:
            log = self.layout.logs / "unpack.log"
            status = run_logged(
                ["dpkg-deb", "--extract", path, folder], log, check=False
            )
            if status:
                if "No space left" in log.read_text(errors="replace"):
                    raise Failure(
                        "the disk is full.",
                        "free some space and run the command again.",
                    )
                path.unlink(missing_ok=True)
                raise Failure(
                    f"the downloaded package {path.name} is damaged; it was removed.",
                    "run the command again: it is downloaded anew.",
                )

    def _cached(self, name, suite):
        folder = self.packages / suite
        found = sorted(folder.glob(f"{name}_*.deb")) if folder.is_dir() else []
        return found[-1] if found else None

    def _require_tools(self):
        for tool in ("apt-get", "dpkg-deb"):
            if not shutil.which(tool):
                raise Failure(f"{tool} is missing: this is no Debian.", ELSEWHERE)

    def _options(self):
        lists, cache = self.folder / "lists", self.folder / "cache"
        for path in (lists / "partial", cache / "archives" / "partial"):
            path.mkdir(parents=True, exist_ok=True)
        settings = {
            "Dir::Etc::sourcelist": self.folder / "sources.list",
            "Dir::Etc::sourceparts": "-",
            "Dir::State::lists": lists,
            "Dir::Cache": cache,
            "Dir::State::status": "/dev/null",
            # the default sandbox user can't write to the user's own cache
            "APT::Sandbox::User": "root",
            "Acquire::Languages": "none",
            "Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled": "false",
            "Acquire::Retries": "3",
        }
        options = []
        for key, value in settings.items():
            options += ["-o", f"{key}={value}"]
        return options

    def _update(self):
        if self._updated:
            return
        sites = configured_sites()
        if not sites:
            raise Failure(
                "no Debian archive is configured for apt on this machine.", ELSEWHERE
            )
        log = self.layout.logs / "apt-update.log"
        for site in sites:
            self._write_sources(site)
            # A warning about one suite is a failure of the whole for us
            command = ["apt-get", *self._options(), "-q", "update", "--error-on=any"]
            if not run_logged(command, log, check=False):
                self._updated = True
                return
        raise Failure(
            f"Debian's archive is not reachable (tried {', '.join(sites)}).",
            "check the network connection or apt's proxy settings and run the command "
            f"again;\nthe details are in {log};\n{ELSEWHERE}",
        )

    def _write_sources(self, site):
        keyring = next((path for path in KEYRINGS if Path(path).exists()), None)
        signed = f"[signed-by={keyring}] " if keyring else ""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "sources.list").write_text(
            "".join(f"deb {signed}{site} {suite} main\n" for suite in SUITES)
        )

    def _download(self, name, suite):
        folder = self.packages / suite
        partial = folder / "partial"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        log = self.layout.logs / "apt-download.log"
        run_logged(
            ["apt-get", *self._options(), "-q", "download", f"{name}/{suite}"],
            log,
            explain=lambda tail: Failure(
                f"Debian's package {name} could not be downloaded from {suite}.",
                f"check the network connection and run the command again;\n"
                f"the details are in {log};\n{ELSEWHERE}",
            ),
            cwd=partial,
        )
        downloaded = next(partial.glob("*.deb"))
        target = folder / downloaded.name
        downloaded.replace(target)
        partial.rmdir()
        return target


def configured_sites():
    """The addresses of the Debian archives that this machine's apt uses."""
    lines = []
    if shutil.which("apt-get"):
        asked = subprocess.run(
            ["apt-get", "indextargets", "--format", "$(SITE)"],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        lines = asked.stdout.splitlines()
    sites = [site.strip().rstrip("/") for site in [*lines, *_sites_in_files()]]
    unique = dict.fromkeys(site for site in sites if site)
    return [site for site in unique if _is_debian(site)]


def _is_debian(site):
    """Whether an address is that of a main archive of Debian (by its last folder)."""
    return bool(re.fullmatch(r"[a-z+]+:/.*/debian", site)) and "://" in site


def _sites_in_files(folder=Path("/etc/apt")):
    """The addresses in apt's files: it lists none before its first update."""
    files = [folder / "sources.list", *sorted(folder.glob("sources.list.d/*"))]
    for path in files:
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        for line in text.splitlines():
            if re.match(r"\s*(deb\s|URIs:)", line):
                yield from re.findall(r"[a-z+]+://[^\s\]]+", line)
