# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo.exceptions import UserError
from odoo.tests import TransactionCase

from ..tools import chunks


class TestChunks(TransactionCase):
    def _failing(self, times, error):
        """Return (work that fails so often, list of its calls)."""
        calls = []

        def work():
            calls.append(1)
            if len(calls) <= times:
                raise error
            return "done"

        return work, calls

    def _retry(self, work):
        with (
            patch.object(self.env.cr, "rollback"),
            patch.object(chunks.time, "sleep"),
        ):
            return chunks.retry(self.env, work, "Work")

    def test_conflicts_are_tried_again(self):
        work, calls = self._failing(2, SerializationFailure("again"))
        self.assertEqual(self._retry(work), "done")
        self.assertEqual(len(calls), 3)

    def test_a_conflict_that_stays_is_told(self):
        work, calls = self._failing(99, SerializationFailure("again"))
        with self.assertRaises(SerializationFailure):
            self._retry(work)
        self.assertEqual(len(calls), chunks.RETRIES)

    def test_other_errors_are_not_tried_again(self):
        work, calls = self._failing(99, UserError("no"))
        with self.assertRaises(UserError):
            self._retry(work)
        self.assertEqual(len(calls), 1)

    def _run(self, ids, answers):
        """Return (parts worked on, calls of the job's progress)."""
        parts, told = [], []

        def progress(cron, processed=0, *, remaining=None):
            told.append((processed, remaining))
            return answers[len(told) - 1]

        cron = type(self.env["ir.cron"])
        with patch.object(cron, "_commit_progress", progress):
            chunks.run_in_chunks(self.env, ids, 2, parts.append)
        return parts, told

    def test_every_part_is_committed(self):
        parts, told = self._run([1, 2, 3, 4, 5], [9, 9, 9, 9])
        self.assertEqual(parts, [[1, 2], [3, 4], [5]])
        self.assertEqual(told, [(0, 5), (2, None), (2, None), (1, None)])

    def test_the_jobs_time_ends(self):
        parts, told = self._run([1, 2, 3, 4, 5], [9, 0])
        self.assertEqual(parts, [[1, 2]])
        self.assertEqual(len(told), 2)

    def test_nothing_to_do(self):
        self.assertEqual(self._run([], [0]), ([], [(0, 0)]))
