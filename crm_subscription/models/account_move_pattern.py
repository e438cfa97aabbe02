# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import json
from collections import defaultdict

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import SQL


class AccountMove(models.Model):
    """Drafts made of rows that core computed before.

    See ``contract.invoice.pattern`` for when. Nothing is posted here.
    """

    _inherit = "account.move"  # pylint: disable=consider-merging-classes-inherited

    def _read_pattern_rows(self):
        """Return {id: {"move", "lines", "relations", "due_when_made"}} of drafts, as
        the database has them.

        Raw SQL: the rows are to be written again as they are, also columns of addons
        that we do not know.
        """
        self.env.flush_all()
        found, today = {}, fields.Date.context_today(self)
        for row_id, row in self._select_rows("account_move", "id", self.ids):
            # What core shows on a draft until it is posted.
            due = row.get("invoice_date_due") == today.isoformat()
            found[row_id] = {
                "move": row,
                "lines": [],
                "relations": {},
                "due_when_made": due,
            }
        lines = {}
        for move_id, row in self._select_rows("account_move_line", "move_id", self.ids):
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
    def _create_from_patterns(self, bills, contacts, patterns):
        """Return the drafts of ``bills`` made of the rows ``patterns``, in order.

        Raw SQL because the ORM would compute again what is known: the rows are core's,
        and only dates, contacts, names, links and ids are new.
        """
        moves, lines, relations = [], [], defaultdict(list)
        new_moves = iter(self._next_ids("account_move", len(bills)))
        count = sum(len(pattern["lines"]) for pattern in patterns)
        new_lines = iter(self._next_ids("account_move_line", count))
        for bill, own, pattern in zip(bills, contacts, patterns, strict=True):
            due = self._get_due_dates(bill, pattern)
            move = self._prepare_move_row(bill, own, pattern, due)
            move["id"] = next(new_moves)
            known = {}
            for row in pattern["lines"]:
                line = self._prepare_line_row(row, bill, own, move)
                line["id"] = known[row["id"]] = next(new_lines)
                if str(row["id"]) in due:
                    line["date_maturity"] = due[str(row["id"])]
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

    def _prepare_move_row(self, bill, contacts, pattern, due):
        """Return the row of a draft: the pattern's, with what is the bill's own."""
        day = bill.vals["invoice_date"].isoformat()
        today = fields.Date.context_today(self).isoformat()
        return {
            **pattern["move"],
            "partner_id": contacts.partner,
            "commercial_partner_id": contacts.commercial,
            "partner_shipping_id": contacts.shipping,
            "invoice_partner_display_name": contacts.name,
            "ref": _to_column(bill.vals["ref"]),
            "invoice_origin": _to_column(bill.vals["invoice_origin"]),
            "date": day,
            "invoice_date": day,
            "invoice_date_due": (
                today if pattern["due_when_made"] else max(due.values())
            ),
        }

    def _prepare_line_row(self, row, bill, contacts, move):
        """Return the row of a journal item: the pattern's, with what is the bill's
        own."""
        line = {
            **row,
            "move_id": move["id"],
            "partner_id": contacts.commercial,
            "ref": move["ref"],
            "date": move["date"],
            "invoice_date": move["invoice_date"],
        }
        if "position" in row:
            vals = bill.vals["invoice_line_ids"][line.pop("position")][2]
            line["contract_line_id"] = vals["contract_line_id"]
            line["name"] = vals["name"]
        return line

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

    # === CHATTER === #
    def _follow_creation(self, bills):
        """Subscribe, notify and log as core's ``create`` does."""
        context = self.env.context
        if context.get("tracking_disable"):
            return
        author = self.env.user
        subscribes = not context.get("mail_create_nosubscribe")
        if subscribes and author.active and not author.share:
            self.env["mail.followers"]._insert_followers(
                self._name,
                self.ids,
                author.partner_id.ids,
                subtypes=None,
                customer_ids=[],
                check_existing=False,
            )
        defaults = {
            key.removeprefix("default_"): value
            for key, value in context.items()
            if key.startswith("default_")
        }
        for bill, move in zip(bills, self, strict=True):
            move._message_auto_subscribe(
                {**defaults, **bill.vals}, followers_existing_policy="update"
            )
        if not context.get("mail_create_nolog"):
            self._log_creation()
        # What a mail wrote on the draft was no change of it, as in core's create.
        self._track_discard()

    def _log_creation(self):
        """Post that the invoices were created: in one batch where nobody is to be told,
        one by one as core does where somebody follows that."""
        subtype = self[:1]._creation_subtype()
        told = self.env["mail.followers"].search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("subtype_ids", "in", subtype.ids),
            ]
        )
        author = self.env.user.partner_id
        body = Markup('<div summary="o_mail_notification"><p>%s</p></div>')
        text = body % self[:1]._creation_message()
        watched = self.browse(set(told.mapped("res_id")))
        for move in watched:
            # The token that a mail needs is no change by hand, as in core's create.
            move.with_context(skip_is_manually_modified=True).message_post(
                subtype_id=subtype.id, author_id=author.id, body=text
            )
        quiet = self - watched
        email = author.email_formatted
        domains = quiet._mail_get_alias_domains(default_company=self.env.company)
        companies = quiet._mail_get_companies(default=self.env.company)
        replies = quiet._notify_get_reply_to(default=email, author_id=author.id)
        quiet._message_create(
            [
                {
                    "author_id": author.id,
                    "email_from": email,
                    "email_add_signature": True,
                    "model": self._name,
                    "res_id": move.id,
                    "body": text,
                    "message_type": "notification",
                    "subject": False,
                    "subtype_id": subtype.id,
                    "record_alias_domain_id": domains[move.id].id,
                    "record_company_id": companies[move.id].id,
                    "reply_to": replies[move.id],
                }
                for move in quiet
            ]
        )


def _to_column(value):
    """Return what the column of a text field holds for ``value``."""
    return None if value is False else value
