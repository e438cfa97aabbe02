# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the commands say to the person who typed them."""

import errno
import os
import shutil
import sys
import time
from contextlib import contextmanager


class Failure(Exception):
    """Something that the user can put right; shown without a traceback.

    :param str message: one sentence: what is wrong
    :param str next_step: what to do about it
    """

    def __init__(self, message, next_step=""):
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def show(self):
        """Print the message and the next step to standard error."""
        clear_line()
        print(f"error: {self.message}", file=sys.stderr)
        for number, line in enumerate(self.next_step.splitlines()):
            print(("  next: " if not number else "        ") + line, file=sys.stderr)


def failure_from_os_error(error):
    """Turn an ``OSError`` into the :class:`Failure` that tells what to do."""
    name = error.filename or "a file"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Failure(
            f"the disk is full (while writing {name}).",
            "free some space and run the command again: it goes on where it stopped.",
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return Failure(
            f"no permission for {name}: {error.strerror}.",
            "run the command as the user who owns the clone.",
        )
    return Failure(f"{error.strerror or error} ({name}).", "run the command again.")


def say(text=""):
    """Print a line to standard output, at once."""
    clear_line()
    print(text, flush=True)


def loud(text):
    """Print a line that must not be overlooked."""
    say(f"!!! {text}")


_state = {"line": False}


def clear_line():
    """Wipe the progress line, if there is one."""
    if _state["line"]:
        _state["line"] = False
        sys.stdout.write("\r\x1b[K")
        sys.stdout.flush()


def progress(text):
    """Show ``text`` in place on a terminal; elsewhere nothing."""
    if sys.stdout.isatty():
        width = shutil.get_terminal_size().columns - 1
        sys.stdout.write("\r\x1b[K" + text[:width])
        sys.stdout.flush()
        _state["line"] = True


class Steps:
    """Numbers the steps of a command: ``[2/7] Odoo 19 Community ...``.

    The number goes on in the second stage through the environment variable
    ``CRM_SUITE_STEP``.
    """

    def __init__(self, total):
        self.total = total
        self.number = int(os.environ.pop("CRM_SUITE_STEP", "0"))

    @contextmanager
    def step(self, title):
        """Announce a step; yields a function that reports what was done."""
        self.number += 1
        label = f"[{self.number}/{self.total}] {title}"
        started = time.monotonic()
        notes = []
        say(f"{label} ...")
        yield notes.append
        seconds = time.monotonic() - started
        note = f" ({'; '.join(notes)})" if notes else ""
        say(f"{label}: done in {seconds:.0f} s{note}")

    def skip(self, title, note="ready"):
        """Tell that a step had nothing to do."""
        self.number += 1
        say(f"[{self.number}/{self.total}] {title}: {note}")
