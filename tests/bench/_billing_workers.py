# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Workers that bill contracts in processes of their own, as cron and queue_job do."""

import subprocess
import sys
import threading
import time
from dataclasses import dataclass

from odoo.sql_db import db_connect
from odoo.tools import file_path

WAITING = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
SCRIPT = "crm_subscription/tests/billing_worker.py"


@dataclass
class Share:
    """What one worker bills, and what it told: megabytes held after each chunk."""

    process: subprocess.Popen
    memory: list


class Workers:
    """Worker processes, each with its share of contracts.

    :param str database: name of the database
    :param shares: a list of ids for each worker
    :param int chunk: contracts per commit

    ``waits`` has, for each call of :meth:`bill`, the percentage of their time that the
    workers waited for one another: a measure that the machine's load does not move.
    """

    def __init__(self, database, shares, chunk):
        self.database = database
        self.waits = []
        self.shares = [
            Share(self._start(database, ids, chunk), []) for ids in shares if ids
        ]
        for share in self.shares:
            self._read(share, "ready")

    def _start(self, database, ids, chunk):
        return subprocess.Popen(
            [sys.executable, file_path(SCRIPT), database, str(chunk), *map(str, ids)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )

    def _read(self, share, until):
        """Read what a worker tells up to a line that begins with ``until``."""
        for line in share.process.stdout:
            word, *rest = line.split()
            if rest and word.isdigit():
                share.memory.append(int(rest[0]))
            if word == until:
                return
        raise RuntimeError("a worker ended before its work was done")

    def bill(self, day):
        """Bill all contracts up to ``day``; return the seconds that it took (float)."""
        begin, done = time.perf_counter(), threading.Event()
        watch = threading.Thread(target=self._watch, args=(done,))
        watch.start()
        for share in self.shares:
            share.process.stdin.write(f"{day}\n")
        for share in self.shares:
            self._read(share, "0")
        seconds = time.perf_counter() - begin
        done.set()
        watch.join()
        return seconds

    def _watch(self, done):
        """Look ten times a second whether a worker waits for a lock of another."""
        looks = waiting = 0
        with db_connect(self.database).cursor() as cr:
            while not done.wait(0.1):
                cr.execute(WAITING)
                looks += 1
                waiting += cr.fetchone()[0]
                cr.rollback()  # else the next look sees what this one saw
        self.waits.append(100.0 * waiting / max(1, looks * len(self.shares)))

    def get_memory(self):
        """Return the megabytes that the first worker held after each chunk (list)."""
        return self.shares[0].memory

    def stop(self):
        """End the workers."""
        for share in self.shares:
            share.process.stdin.close()
            share.process.stdout.read()
            if share.process.wait():
                raise RuntimeError("a worker failed")


def split(ids, count, chunk):
    """Return ``count`` shares of ``ids``, dealt out chunk by chunk (lists)."""
    shares = [[] for _number in range(count)]
    for number, first in enumerate(range(0, len(ids), chunk)):
        shares[number % count] += ids[first : first + chunk]
    return shares
