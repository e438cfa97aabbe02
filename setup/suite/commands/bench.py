# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""``./setup/bench [CASE] [ARGUMENTS]``: benchmarks.

A case is a file ``tests/bench/<case>.py``. Its docstring's first line says what it
measures. It runs as a script, in Odoo's environment with ``env`` of the administrator
on a throw-away copy of the template database it names::

    TEMPLATE = "suite"          # or core, demo (suite.templates); default suite

    def main(env, arguments):
        ...
        return {"create + post": {"ours": 1.2, "peer": 4.1, "unit": "s"}}

What ``main`` returns is printed as a table, with the ratio peer / ours, and written to
``.suite/bench/<case>.json``. ``main`` may commit: the copy is dropped afterwards.
"""

import ast
import json
import os
import platform
import time

from suite.console import Failure, Steps, say
from suite.postgres import open_server
from suite.templates import Templates

CODE = """
import importlib.util, sys
sys.path.insert(0, {folder!r})
spec = importlib.util.spec_from_file_location("bench_" + {case!r}, {path!r})
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
result = module.main(env, {arguments!r})
"""


def main(layout, options):
    """List the cases, or run one or all of them."""
    folder = layout.root / "tests" / "bench"
    paths = {
        path.stem: path
        for path in sorted(folder.glob("*.py"))
        if not path.stem.startswith("_") and path.stem not in ("common", "conftest")
    }
    if not options.case:
        _list(paths)
        return 0
    names = list(paths) if options.case == "all" else [options.case]
    for name in names:
        if name not in paths:
            raise Failure(
                f"there is no benchmark {name}.",
                "choose one of: " + (", ".join(paths) or "(there is none yet)"),
            )
        _run(layout, name, paths[name], options.arguments)
    return 0


def _list(paths):
    if not paths:
        say("There is no benchmark yet: they go to tests/bench/CASE.py.")
    for name, path in paths.items():
        doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        say(f"{name:24} {doc.splitlines()[0] if doc else ''}")


def _run(layout, name, path, arguments):
    steps = Steps(2)
    steps.number = 0
    server = open_server(layout, testing=True)
    try:
        templates = Templates(layout, server)
        db = f"{templates.prefix}_bench_{os.getpid()}"
        with steps.step("Database"):
            templates.copy(_template(path), db)
        try:
            with steps.step(f"Benchmark {name}"):
                code = CODE.format(
                    folder=str(path.parent),
                    case=name,
                    path=str(path),
                    arguments=arguments,
                )
                result = templates.odoo.evaluate(db, code, show=True)
        finally:
            templates.databases.drop(db)
    finally:
        server.stop()
    _report(layout, name, result or {})


def _template(path):
    """The value of TEMPLATE in a case, read without running it."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and any(
            getattr(target, "id", "") == "TEMPLATE" for target in node.targets
        ):
            return ast.literal_eval(node.value)
    return "suite"


def _report(layout, name, result):
    for title, row in result.items():
        ours, peer, unit = row.get("ours"), row.get("peer"), row.get("unit", "")
        ratio = f"{peer / ours:6.2f} x" if ours and peer is not None else ""
        shown = "" if peer is None else f"peer {peer:.6g} {unit}"
        say(f"{title:40} ours {ours:.6g} {unit}  {shown}  {ratio}")
    folder = layout.suite / "bench"
    folder.mkdir(exist_ok=True)
    report = {
        "case": name,
        "time": time.strftime("%Y-%m-%d %H:%M:%S"),
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "result": result,
    }
    (folder / f"{name}.json").write_text(json.dumps(report, indent=1) + "\n")
