# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""First stage of every command: see :mod:`suite`. Standard library only."""

import os
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from suite.checks import check_port  # noqa: E402
from suite.console import Failure, Steps, failure_from_os_error  # noqa: E402
from suite.layout import Layout  # noqa: E402
from suite.lock import FileLock  # noqa: E402
from suite.options import parse  # noqa: E402
from suite.postgres_settings import check_reachable  # noqa: E402
from suite.process import clean_environ  # noqa: E402
from suite.python_env import PythonEnvironment  # noqa: E402

# Steps of the first stage, and of each command's second one
FIRST, SECOND = 3, {"run": 4, "test": 2, "lint": 0}


def main(arguments):
    """Prepare the environment and hand over to the command in it."""
    try:
        command, rest = arguments[0], arguments[1:]
        options = parse(command, rest)
        layout = Layout().make()
        _check_early(layout, options)
        quiet = command not in SECOND
        steps = QuietSteps() if quiet else Steps(FIRST + SECOND[command])
        lock = FileLock(layout.suite / "environment.lock")
        lock.acquire("another command is preparing the environment of this clone")
        PythonEnvironment(layout).ensure(
            steps, extras=_extras(command), odoo=getattr(options, "odoo", None)
        )
        lock.release()
        python = str(layout.python)
        environ = clean_environ(
            PYTHONPATH=str(layout.setup), CRM_SUITE_STEP=str(steps.number)
        )
        second = [python, "-s", "-m", "suite.commands", command, *rest]
        sys.stdout.flush()
        os.execve(python, second, environ)
    except Failure as failure:
        failure.show()
        return 1
    except OSError as error:
        failure_from_os_error(error).show()
        return 1
    except KeyboardInterrupt:
        Failure("interrupted.", "run the command again: it goes on.").show()
        return 130


def _extras(command):
    return {
        "lint": ("test", "lint"),
        "test": ("test", "lint"),
        "bench": ("test", "lint", "bench"),
    }.get(command, ())


def _check_early(layout, options):
    """Find out before the long work what would stop it afterwards."""
    check_reachable(layout)
    if options.command == "run":
        check_not_running(layout, options.db)
        if not options.stop_after_init:
            check_port(options.port, host=options.host)


def check_not_running(layout, db):
    """Refuse to make or serve a database that another command is serving."""
    lock = FileLock(layout.suite / f"run-{db}.lock")
    free = lock.try_acquire()
    lock.release()
    if not free:
        raise Failure(
            f"./setup/run is at work already with the database {db}.",
            "use that one, or stop it (Ctrl-C in its terminal),\n"
            "or choose another name and port: ./setup/run --db NAME --port NUMBER",
        )


class QuietSteps(Steps):
    """Says nothing of steps that have nothing to do."""

    def __init__(self):
        super().__init__(FIRST)

    def skip(self, title, note="ready"):
        """Count only."""
        self.number += 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
