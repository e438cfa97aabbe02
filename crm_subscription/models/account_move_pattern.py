# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import json
from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

# What the log of a row says of its making, and never of its content.
OWN = ("id", "create_uid", "create_date", "write_uid", "write_date")


class AccountMove(models.Model):
    """Drafts made of rows that core computed before.

    See ``contract.invoice.pattern`` for when. Nothing is posted here.
    """

    _inherit = "account.move"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _read_pattern_rows(self, moves):
        """Return {id: {"move", "lines", "relations"}} of drafts, as the database has
        them.

        Raw SQL: the rows are to be written again as they are, also columns of addons
        that we do not know.
        """
        self.env.flush_all()
        found = {}
        for row_id, row in self._select_rows("account_move", "id", moves.ids):
            found[row_id] = {"move": row, "lines": [], "relations": {}}
        lines = {}
        for move_id, row in self._select_rows(
            "account_move_line", "move_id", moves.ids
        ):
            found[move_id]["lines"].append(row)
            lines[row["id"]] = move_id
        for table, column, other in self._get_line_relations():
            query = SQL(
                "SELECT %s, %s FROM %s WHERE %s IN %s",
                SQL.identifier(column),
                SQL.identifier(other),
                SQL.identifier(table),
                SQL.identifier(column),
                tuple(lines) or (0,),
            )
            for line, related in self.env.execute_query(query):
                relations = found[lines[line]]["relations"]
                relations.setdefault(table, []).append([line, related])
        return found

    def _select_rows(self, table, column, ids):
        return self.env.execute_query(
            SQL(
                "SELECT %(column)s, jsonb_strip_nulls(to_jsonb(t)) FROM %(table)s t"
                " WHERE %(column)s IN %(ids)s ORDER BY id",
                column=SQL.identifier(column),
                table=SQL.identifier(table),
                ids=tuple(ids) or (0,),
            )
        )

    @api.model
    def _get_line_relations(self):
        """Return [(table, own column, other column)] of the items' stored relations."""
        model = self.env["account.move.line"]
        return [
            (field.relation, field.column1, field.column2)
            for field in model._fields.values()
            if field.type == "many2many" and field.store
        ]

    @api.model
    def _create_from_patterns(self, bills, patterns):
        """Return the drafts of ``bills`` made of the rows ``patterns``, in order.

        Raw SQL because the ORM would compute again what is known: the rows are core's,
        and only dates, names and ids are new.
        """
        moves, lines, relations = [], [], defaultdict(list)
        new_moves = iter(self._next_ids("account_move", len(bills)))
        count = sum(len(pattern["lines"]) for pattern in patterns)
        new_lines = iter(self._next_ids("account_move_line", count))
        for bill, pattern in zip(bills, patterns, strict=True):
            due = self._get_due_dates(bill, pattern)
            day = bill.vals["invoice_date"].isoformat()
            move = {
                **pattern["move"],
                "id": next(new_moves),
                "date": day,
                "invoice_date": day,
                "invoice_date_due": (
                    fields.Date.context_today(self).isoformat()
                    if pattern["due_when_made"]
                    else max(due.values())
                ),
            }
            names = {
                line["contract_line_id"]: line["name"]
                for _command, _id, line in bill.vals["invoice_line_ids"]
            }
            known = {}
            for row in pattern["lines"]:
                line = {
                    **row,
                    "id": next(new_lines),
                    "move_id": move["id"],
                    "date": day,
                    "invoice_date": day,
                }
                known[row["id"]] = line["id"]
                if str(row["id"]) in due:
                    line["date_maturity"] = due[str(row["id"])]
                if row.get("contract_line_id"):
                    line["name"] = names[row["contract_line_id"]]
                lines.append(line)
            for table, pairs in pattern["relations"].items():
                relations[table] += [[known[a], b] for a, b in pairs]
            moves.append(move)
        self._insert_rows("account_move", moves)
        self._insert_rows("account_move_line", lines)
        for table, column, other in self._get_line_relations():
            self._insert_pairs(table, column, other, relations[table])
        made = self.browse([move["id"] for move in moves])
        made._follow_creation(bills)
        return made

    def _get_due_dates(self, bill, pattern):
        """Return {item's id: due date} by the payment terms (dict of ISO dates).

        Without terms core lets an invoice be due on the day on which it is made.
        """
        day, today = bill.vals["invoice_date"], fields.Date.context_today(self)
        terms = self.env["account.payment.term"].browse(
            pattern["move"].get("invoice_payment_term_id")
        )
        return {
            item: (
                today if number < 0 else terms.line_ids[number]._get_due_date(day)
            ).isoformat()
            for item, number in pattern["terms"].items()
        }

    def _next_ids(self, table, count):
        """Return ``count`` new ids (list): the rows of lines need those of moves."""
        rows = self.env.execute_query(
            SQL(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id'))"
                " FROM generate_series(1, %s)",
                table,
                count,
            )
        )
        return [row[0] for row in rows]

    def _insert_rows(self, table, rows):
        """Insert rows; who made them and when is this transaction's."""
        now = fields.Datetime.to_string(self.env.cr.now())
        own = {
            "create_uid": self.env.uid,
            "write_uid": self.env.uid,
            "create_date": now,
            "write_date": now,
        }
        self.env.cr.execute(
            SQL(
                "INSERT INTO %(table)s SELECT * FROM"
                " jsonb_populate_recordset(NULL::%(table)s, %(rows)s::jsonb)",
                table=SQL.identifier(table),
                rows=json.dumps([{**row, **own} for row in rows]),
            )
        )

    def _insert_pairs(self, table, column, other, pairs):
        if pairs:
            self.env.cr.execute(
                SQL(
                    "INSERT INTO %s (%s, %s) VALUES %s",
                    SQL.identifier(table),
                    SQL.identifier(column),
                    SQL.identifier(other),
                    SQL(", ").join(SQL("%s", tuple(pair)) for pair in pairs),
                )
            )

    def _follow_creation(self, bills):
        """Subscribe and notify whom core's ``create`` subscribes and notifies."""
        if self.env.user.active and not self.env.user.share:
            self.env["mail.followers"]._insert_followers(
                self._name,
                self.ids,
                self.env.user.partner_id.ids,
                subtypes=None,
                customer_ids=[],
                check_existing=False,
            )
        by_user = defaultdict(self.browse)
        for bill, move in zip(bills, self, strict=True):
            by_user[bill.vals.get("invoice_user_id", False)] |= move
        for user, moves in by_user.items():
            if user:
                moves._message_auto_subscribe(
                    {"invoice_user_id": user}, followers_existing_policy="update"
                )
