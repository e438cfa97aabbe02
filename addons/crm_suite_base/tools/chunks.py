# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How scheduled jobs work: in committed chunks, each tried again after a conflict."""

import logging
import random
import time

import psycopg2

from odoo.exceptions import ConcurrencyError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

_logger = logging.getLogger(__name__)

RETRIES = 5  # of a chunk that met a concurrent change
CONFLICTS = (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, ConcurrencyError)
# What tells that the transaction is lost or the database is away: never parked.
NOT_PARKED = (*CONFLICTS, psycopg2.OperationalError, MemoryError)


def retry(env, work, what):
    """Do ``work()``; after a concurrency error again, in a new transaction.

    :param env: environment whose transaction ``work`` runs in: what it has not
        committed is lost when the work is tried again
    :param work: function without arguments; its result is returned
    :param str what: names the work in the log
    :raise: the concurrency error of the last of :data:`RETRIES` tries
    """
    for tries_left in reversed(range(RETRIES)):
        try:
            result = work()
            env.flush_all()
            return result
        except CONFLICTS as error:
            if not tries_left:
                raise
            _logger.info("%s is tried again: %s", what, error)
            env.cr.rollback()
            env.transaction.reset()
            time.sleep(random.uniform(0.0, 0.2))
    return None


def run_in_chunks(env, ids, size, work):
    """Do ``work(part of ids)`` for all ids in a scheduled job, committing each part.

    Ends early when the job's time is over; the next call of the job goes on.

    :param list ids: ids to work on
    :param int size: how many of them at a time
    :param work: function of a list of ids
    """
    cron = env["ir.cron"]
    cron._commit_progress(remaining=len(ids))
    for start in range(0, len(ids), size):
        part = ids[start : start + size]
        work(part)
        if not cron._commit_progress(len(part)):
            return


def retry_in_chunks(records, size, work, what):
    """Do ``work(chunk)`` for all records in a scheduled job, committing each chunk and
    trying it again after a conflict. What is gone by then is left out.

    :param records: recordset to work on
    :param int size: how many of them at a time
    :param work: function of a chunk (recordset)
    :param str what: names the work in the log
    """

    def run(part):
        chunk = records.browse(part).exists()
        retry(records.env, lambda: work(chunk), f"{what} of {part}")

    run_in_chunks(records.env, records.ids, size, run)
