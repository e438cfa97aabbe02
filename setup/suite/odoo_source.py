# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Odoo 19 Community: found where the user says, or taken from Debian's archive."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from suite.console import Failure, say
from suite.debian import ELSEWHERE, DebianArchive
from suite.process import clean_environ

SERIES = (19, 0)
# Suite of each package. Odoo's own is in sid alone; what it links to comes from the
# stable trixie, where no file gets another name (sid's Font Awesome has lost the files
# that Odoo's icons come from), but for what trixie lacks.
PACKAGES = {
    "odoo-19": "sid",
    "libjs-jquery": "trixie",
    "libjs-jquery-form": "trixie",
    "libjs-underscore": "trixie",
    "fonts-font-awesome": "trixie",
    "fonts-glyphicons-halflings": "trixie",
    "fonts-inconsolata": "trixie",
    "fonts-montserrat": "sid",
    "fonts-ocr-b": "trixie",
    "fonts-roboto-unhinted": "trixie",
}
# Addons without whose files there is no usable web client
VITAL = ("base", "web", "mail", "portal", "html_editor")


class OdooSource:
    """One way to get Odoo.

    :param path: the folder that holds the package ``odoo``; None: Debian's archive
    """

    def __init__(self, path=None):
        self.path = Path(path) if path else None

    @property
    def identity(self):
        """Changes when another Odoo is to be used."""
        return str(self.path) if self.path else "archive 1 " + " ".join(PACKAGES)

    @property
    def addons(self):
        """Folders of addons beside those inside the package."""
        beside = self.path and self.path / "addons"
        return [beside] if beside and (beside / "web").is_dir() else []

    def install(self, layout, requirements):
        """Make Odoo importable in the virtual environment.

        :param requirements: the lines of requirements that Odoo itself has
        """
        site = layout.site_packages
        if self.path:
            (site / "odoo-19.pth").write_text(f"{self.path}\n")
        else:
            self._install_from_archive(layout, site)
        _write_metadata(site, requirements)

    def _install_from_archive(self, layout, site):
        archive = DebianArchive(layout)
        files = archive.fetch(PACKAGES)
        folder = layout.tmp / f"odoo-{os.getpid()}"
        try:
            archive.unpack(files, folder)
            package = folder / "usr/lib/python3/dist-packages/odoo"
            dangling = materialise_links(package, folder)
            _judge(dangling)
            (site / "odoo").mkdir(exist_ok=True)
            for entry in package.iterdir():
                entry.replace(site / "odoo" / entry.name)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def materialise_links(package, root):
    """Put copies in the place of the links in ``package`` to files below ``root``.

    :return: the links whose target is missing
    """
    dangling = []
    for folder, folders, files in os.walk(package):
        for name in [*folders, *files]:
            link = Path(folder, name)
            if not link.is_symlink():
                continue
            target = _target(link, root)
            if target is None:
                dangling.append(link.relative_to(package))
                continue
            link.unlink()
            if target.is_dir():
                shutil.copytree(target, link)
            else:
                shutil.copy2(target, link)
    return dangling


def _judge(dangling):
    """Refuse an Odoo that lacks files of its web client; tell of others."""
    for link in dangling:
        if any(f"addons/{addon}/" in f"{link}" for addon in VITAL):
            raise Failure(
                f"Debian's packages lack a file that Odoo's web client needs: {link}",
                ELSEWHERE,
            )
    for link in dangling:
        say(f"    missing in Debian's packages: {link}")


def _target(link, root):
    target = Path(os.readlink(link))
    if target.is_absolute():
        target = root / target.relative_to("/")
    else:
        target = link.parent / target
    return target.resolve() if target.exists() else None


def _write_metadata(site, requirements):
    """State to pip that Odoo 19.0 is installed, and what it needs.

    Debian's own metadata asks for distributions that have no wheel (psycopg2) or are
    given up (PyPDF2), though Odoo is content with their successors.
    """
    info = site / "odoo-19.0.dist-info"
    info.mkdir(exist_ok=True)
    lines = ["Metadata-Version: 2.1", "Name: odoo", "Version: 19.0"]
    lines += [f"Requires-Dist: {line}" for line in requirements]
    (info / "METADATA").write_text("\n".join(lines) + "\n")
    (info / "INSTALLER").write_text("crm-suite\n")
    names = ("METADATA", "INSTALLER", "RECORD")
    (info / "RECORD").write_text("".join(f"{info.name}/{name},,\n" for name in names))


def find_source(layout, asked=None):
    """Which Odoo to use: the one asked for, else the one used before, else an
    importable one, else Debian's.

    :param str asked: the value of ``--odoo``; ``archive`` chooses Debian's
    """
    asked = asked or os.environ.get("CRM_SUITE_ODOO")
    memory = layout.suite / "odoo"
    if not asked and memory.exists():
        asked = memory.read_text().strip()
    if asked == "archive":
        source = OdooSource()
    elif asked:
        source = OdooSource(resolve(Path(asked).expanduser().absolute()))
    else:
        source = OdooSource(_importable(layout))
    memory.write_text(f"{source.path or 'archive'}\n")
    return source


def resolve(path):
    """The folder that holds the package ``odoo``, for a checkout, an unpacked package
    or the package itself."""
    candidates = (path, path.parent, path / "usr/lib/python3/dist-packages")
    for folder in candidates:
        if (folder / "odoo" / "release.py").is_file() and (
            folder != path.parent or path.name == "odoo"
        ):
            _check_series(folder)
            _check_complete(folder)
            return folder
    raise Failure(
        f"there is no Odoo in {path} (no odoo/release.py).",
        "name the folder of a checkout: git clone --depth 1 --branch 19.0 "
        "https://github.com/odoo/odoo.git ~/odoo",
    )


def _check_series(folder):
    text = (folder / "odoo" / "release.py").read_text(encoding="utf-8")
    found = re.search(r"^version_info\s*=\s*\((\d+),\s*(\d+)", text, re.M)
    series = tuple(map(int, found.groups())) if found else None
    if series != SERIES:
        shown = ".".join(map(str, series)) if series else "of an unknown version"
        raise Failure(
            f"the Odoo in {folder} is {shown}; the suite is for 19.0.",
            f"check out branch 19.0 there: git -C {folder} checkout 19.0",
        )


def _check_complete(folder):
    """Refuse an Odoo without its web client, or with links that lead nowhere."""
    webs = [base / "web" for base in (folder / "addons", folder / "odoo" / "addons")]
    web = next((path for path in webs if path.is_dir()), None)
    if web is None:
        raise Failure(
            f"the Odoo in {folder} has no addon web.",
            "name a whole checkout of Odoo's branch 19.0.",
        )
    for path in web.joinpath("static").rglob("*"):
        if path.is_symlink() and not path.exists():
            raise Failure(
                f"{path} is a link that leads nowhere.",
                "name a whole checkout of Odoo's branch 19.0, or copy the package with "
                "its links followed (cp -rL).",
            )


def _importable(layout):
    """The folder of an Odoo that the caller's Python can import, or None."""
    code = (
        "import importlib.util as u; s = u.find_spec('odoo.release');"
        "print(s.origin if s else '')"
    )
    for python in dict.fromkeys((shutil.which("python3"), sys.executable)):
        if not python or Path(python).is_relative_to(layout.suite):
            continue
        asked = subprocess.run(
            [python, "-c", code],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            cwd="/",
            env=clean_environ(),
        )
        origin = asked.stdout.strip()
        if asked.returncode == 0 and origin:
            return resolve(Path(origin).resolve().parents[1])
    return None
