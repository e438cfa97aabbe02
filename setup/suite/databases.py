# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Databases and their files: made, copied, marked, dropped.

What a database was made of is written into its comment (``COMMENT ON DATABASE``) when
it is whole. A comment is not copied with the database and goes with it, so a state
file can't disagree with it.
"""

import json
import os
import shutil
import time

import psycopg2
from psycopg2 import sql

from suite.console import Failure


class Databases:
    """The databases of one server and their files in one data folder.

    :param server: a started server (:mod:`suite.postgres`)
    :param data: Odoo's ``data_dir``
    """

    def __init__(self, server, data):
        self.server = server
        self.filestores = data / "filestore"

    def exists(self, name):
        """Whether there is such a database."""
        return bool(
            self._query("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
        )

    def names(self, prefix):
        """The databases whose names begin so."""
        rows = self._query("SELECT datname FROM pg_database ORDER BY datname")
        return [name for (name,) in rows if name.startswith(prefix)]

    def state(self, name):
        """What :meth:`set_state` wrote; None when the database is not there or not
        whole."""
        rows = self._query(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database "
            "WHERE datname = %s",
            (name,),
        )
        if not rows or not rows[0][0]:
            return None
        try:
            state = json.loads(rows[0][0])
        except ValueError:
            return None
        return state if isinstance(state, dict) else None

    def set_state(self, name, state):
        """Mark a database as whole, with what it was made of."""
        self._execute(
            sql.SQL("COMMENT ON DATABASE {} IS {}").format(
                sql.Identifier(name), sql.Literal(json.dumps(state, sort_keys=True))
            )
        )

    def create(self, name):
        """Make an empty database as Odoo does."""
        self.drop(name)
        self._execute(
            sql.SQL(
                "CREATE DATABASE {} ENCODING 'unicode' LC_COLLATE 'C' "
                "TEMPLATE template0"
            ).format(sql.Identifier(name))
        )

    def copy(self, source, target):
        """Copy a database and its files (as hard links: Odoo never changes them)."""
        self.drop(target)
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(target), sql.Identifier(source)
        )
        for attempt in range(20):
            try:
                self._execute(statement)
                break
            except psycopg2.errors.ObjectInUse:
                # a connection that is just being closed
                if attempt == 19:
                    raise Failure(
                        f"the database {source} is in use and can't be copied.",
                        "close what is connected to it and run the command again.",
                    ) from None
                time.sleep(0.5)
        files = self.filestores / source
        if files.is_dir():
            shutil.copytree(files, self.filestores / target, copy_function=_link)

    def rename(self, source, target):
        """Give a database its final name."""
        self.drop(target)
        shutil.rmtree(self.filestores / target, ignore_errors=True)
        self._execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                sql.Identifier(source), sql.Identifier(target)
            )
        )
        if (self.filestores / source).is_dir():
            (self.filestores / source).rename(self.filestores / target)

    def drop(self, name):
        """Remove a database, whoever is connected to it, and its files."""
        if self.exists(name):
            self._query(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = %s",
                (name,),
            )
            self._execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))
        shutil.rmtree(self.filestores / name, ignore_errors=True)

    def analyze(self, name):
        """Give the planner statistics: copies have those of their template, and rows
        of a test's open transaction never get any."""
        connection = self.server.connect(name)
        try:
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
        finally:
            connection.close()

    def installed(self, name, modules):
        """Which of the modules are installed in a database."""
        connection = self.server.connect(name)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT to_regclass('ir_module_module')")
                if cursor.fetchone()[0] is None:
                    return []
                cursor.execute(
                    "SELECT name FROM ir_module_module WHERE state = 'installed' "
                    "AND name = ANY(%s) ORDER BY name",
                    (list(modules),),
                )
                return [row[0] for row in cursor.fetchall()]
        finally:
            connection.close()

    def is_odoo(self, name):
        """Whether a database has Odoo's tables."""
        connection = self.server.connect(name)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT to_regclass('ir_module_module') IS NOT NULL")
                return cursor.fetchone()[0]
        finally:
            connection.close()

    def _query(self, query, arguments=()):
        connection = self.server.connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute(query, arguments)
                return cursor.fetchall()
        finally:
            connection.close()

    def _execute(self, statement):
        connection = self.server.connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
        except psycopg2.errors.DiskFull:
            raise Failure(
                "the disk of the database is full.",
                "free some space and run the command again.",
            ) from None
        finally:
            connection.close()


def _link(source, target):
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
