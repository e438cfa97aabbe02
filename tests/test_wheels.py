# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Each addon builds as a wheel, for those who install by pip."""

import ast
import email
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from suite.addons import DEMO, SHIM, Addons

ROOT = Path(__file__).resolve().parents[1]
ADDONS = Addons(ROOT)
SHIPPED = sorted(set(ADDONS.manifests) - {DEMO, SHIM})


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    """The wheels of all addons, by the addon's name."""
    sources = tmp_path_factory.mktemp("sources")
    target = tmp_path_factory.mktemp("wheels")
    for name in SHIPPED:
        # a copy: building leaves files beside the sources; outside of git whool takes
        # the version as the manifest has it
        shutil.copytree(
            ADDONS.paths[name],
            sources / name,
            ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "build"),
        )
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    command += ["--no-build-isolation", "--disable-pip-version-check"]
    done = subprocess.run(
        [*command, "--wheel-dir", target, *(sources / name for name in SHIPPED)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = {path.name.split("-")[0]: path for path in target.glob("*.whl")}
    return {name: found[f"odoo_addon_{name}"] for name in SHIPPED}


@pytest.mark.parametrize("name", SHIPPED)
def test_wheel_holds_the_addon(wheels, name):
    with zipfile.ZipFile(wheels[name]) as wheel:
        names = set(wheel.namelist())
        prefix = f"odoo/addons/{name}/"
        manifest = ast.literal_eval(wheel.read(f"{prefix}__manifest__.py").decode())
    assert f"{prefix}__init__.py" in names
    assert f"{prefix}static/description/icon.png" in names
    for path in [*manifest.get("data", []), *manifest.get("demo", [])]:
        assert prefix + path in names, path
    assert all(path.startswith((prefix, f"odoo_addon_{name}-")) for path in names), (
        "a wheel must not bring files of others"
    )
    assert not [path for path in names if "__pycache__" in path]


@pytest.mark.parametrize("name", SHIPPED)
def test_wheel_says_what_it_needs(wheels, name):
    with zipfile.ZipFile(wheels[name]) as wheel:
        info = next(path for path in wheel.namelist() if path.endswith("/METADATA"))
        metadata = email.message_from_string(wheel.read(info).decode())
    assert metadata["Name"] == f"odoo-addon-{name}"
    assert metadata["Version"].startswith(ADDONS.manifests[name]["version"])
    assert "AGPL" in metadata["License"]
    needed = metadata.get_all("Requires-Dist")
    assert "odoo==19.0.*" in needed
    ours = {
        f"odoo-addon-{other}==19.0.*"
        for other in ADDONS.manifests[name]["depends"]
        if other in ADDONS.manifests
    }
    assert ours <= set(needed)
    # the products stand alone
    others = {f"odoo-addon-{other}==19.0.*" for other in ADDONS.products}
    if name in ADDONS.products:
        assert not others & set(needed)
