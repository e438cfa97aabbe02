# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a database held before and after, row by row and column by column."""

import psycopg2.extras

# Odoo stamps rows when it fills a new stored field of theirs: not the document's date.
STAMPS = {"write_date", "write_uid"}


def snapshot(connection, tables):
    """Return {table: {id: row}} with the columns that there are (dict of JSON)."""
    content = {}
    with connection.cursor(cursor_factory=psycopg2.extras.DictCursor) as cursor:
        for table in tables:
            cursor.execute(f"SELECT id, to_jsonb(t) AS row FROM {table} t")
            content[table] = {row["id"]: row["row"] for row in cursor.fetchall()}
    return content


def changes(before, after):
    """Return (table, id, column, old, new) for what changed in columns that were there.

    A record that is gone has the column ``id``, old its id and new ``None``.
    """
    found = []
    for table, rows in before.items():
        for row_id, row in rows.items():
            now = after[table].get(row_id)
            if now is None:
                found.append((table, row_id, "id", row_id, None))
                continue
            found += [
                (table, row_id, column, value, now.get(column))
                for column, value in row.items()
                if now.get(column) != value and column not in STAMPS
            ]
    return found
