# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""File locks; the kernel takes them back when a process ends in whatever way."""

import fcntl
import os

from suite.console import say


class FileLock:
    """An advisory lock on a file.

    :param path: the lock file; made when it is not there
    :param bool shared: whether several holders are fine
    """

    def __init__(self, path, shared=False):
        self.path = path
        self.flag = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        self.descriptor = None

    def try_acquire(self):
        """Take the lock if that needs no waiting; tells whether it did."""
        if self.descriptor is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self.descriptor, self.flag | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def acquire(self, waiting_for=""):
        """Take the lock, telling what is waited for when it takes waiting."""
        if not self.try_acquire():
            if waiting_for:
                say(f"waiting: {waiting_for}")
            fcntl.flock(self.descriptor, self.flag)
        return self

    def release(self):
        """Give the lock back."""
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc_info):
        self.release()
