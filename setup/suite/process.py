# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Child processes whose output goes to a log."""

import os
import subprocess
from collections import deque

from suite.console import Failure, clear_line

# Variables of a caller's own Python that would leak into ours
_FOREIGN = (
    "PYTHONPATH",
    "PYTHONHOME",
    "PYTHONSTARTUP",
    "VIRTUAL_ENV",
    "__PYVENV_LAUNCHER__",
)


def clean_environ(**extra):
    """This process's environment without what would change our Python."""
    environ = {key: val for key, val in os.environ.items() if key not in _FOREIGN}
    environ["PYTHONNOUSERSITE"] = "1"
    environ.update({key: str(value) for key, value in extra.items()})
    return environ


def run_logged(command, log, on_line=None, explain=None, check=True, **options):
    """Run ``command`` with its output in the file ``log``.

    :param on_line: called with each line of output (to show progress)
    :param explain: called with the last lines; may return a :class:`Failure`
    :param bool check: raise when the command fails
    :return: the exit status
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    options.setdefault("env", clean_environ())
    tail = deque(maxlen=60)
    with open(log, "w", encoding="utf-8") as stream:
        child = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            **options,
        )
        try:
            for line in child.stdout:
                stream.write(line)
                tail.append(line.rstrip())
                if on_line:
                    on_line(line)
            status = child.wait()
        except BaseException:
            child.terminate()
            child.wait()
            raise
    clear_line()
    if status and check:
        raise _failure(command, status, list(tail), log, explain)
    return status


def _failure(command, status, tail, log, explain):
    text = "\n".join(tail)
    if "No space left on device" in text:
        return Failure(
            "the disk is full.",
            "free some space and run the command again: it goes on where it stopped.",
        )
    found = explain(tail) if explain else None
    if found:
        return found
    last = [line for line in tail if line.strip()][-5:]
    shown = "".join(f"\n    {line}" for line in last)
    name = os.path.basename(str(command[0]))
    return Failure(
        f"{name} ended with status {status}:{shown}",
        f"read {log}, then run the command again.",
    )
