# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Plans of kept SQL that the database keeps, too."""

import hashlib
import re
from datetime import date, datetime
from decimal import Decimal

from odoo import api, models, tools
from odoo.tools import SQL
from odoo.tools.lru import LRU

#: Stand for the partners, their heads and the moment of an answer in SQL that is kept.
MEMBERS = -360_019_360
HEADS = -360_019_361
NOW = datetime(1, 1, 1, 0, 0, 1)
#: Begins the names of our prepared statements.
PREFIX = "crm_360_"
#: Prepared statements that one connection keeps: a dozen of an answer, for each group
#: of readers whose rules say the same. A plan takes up to half a megabyte.
MAX_STATEMENTS = 60
#: Journal items from which on a customer is no usual one: plans that suit the average
#: customer do not suit him.
MAX_ITEMS = 5000
#: Contacts of one customer, up to which he is a usual one.
MAX_MEMBERS = 20

#: Values whose ``repr`` says all of them, so that it can be the place of a text.
_SAID = (str, int, float, Decimal, date, type(None))


class CrmCustomerPlans(models.AbstractModel):
    """How the database is spared to plan the same SQL again for every customer.

    Planning the SQL of a page takes the database longer than to execute it for a usual
    customer. What is kept (``crm.customer.statements``) is therefore prepared in the
    connection that asks, with the partners and the moment as parameters; the plan is
    made once and serves every customer of usual size.

    Which statements a connection has is asked of the database in the transaction that
    uses them, never remembered: connections are closed, handed around and reset by
    pools. Whatever a statement says (rules, companies, days) is in its text, and the
    text is its name: another reader's is another statement. The version of the
    registry is in the name, too: what was prepared before fields changed is not used.
    """

    _name = "crm.customer.plans"
    _description = "Plans of the Customer View's SQL"

    @api.model
    def _prepared(self, sql, scope):
        """Return SQL that executes kept SQL by a plan that the connection keeps.

        :param sql: SQL with marks
        :return: SQL, or None where the database plans anew: for several customers, for
            one with very many records, for marks that no parameter can stand for
        """
        known = self._session_statements(scope)
        if known is None:
            return None
        members = scope.member_ids
        single = len(members) == 1
        name, text = self._prepared_text(sql, single)
        if not text:
            return None
        if name not in known:
            self.env.cr.execute(SQL(text))
            known.add(name)
        heads = scope.member_heads()
        return SQL(
            "EXECUTE %s (%s, %s, %s::int[], %s::int[])",
            SQL.identifier(name),
            members[0] if single else list(members),
            scope.now,
            list(heads),
            list(heads.values()),
            to_flush=sql.to_flush,
        )

    @api.model
    def _session_statements(self, scope):
        """Return the names (set) of the connection's statements, None without any use.

        Also has them executed by the plan that was made once, until the transaction
        ends, and drops the oldest ones where there are too many. The set belongs to
        the cursor: an answer within another one prepares and drops for both.
        """
        if "session" not in scope.shared:
            scope.shared["session"] = self._ask_session(scope)
        return scope.shared["session"]

    @api.model
    def _ask_session(self, scope):
        """Return what :meth:`_session_statements` does.

        Raw SQL: the session is no model, and that a customer has many items decides on
        the plan only, whoever may read them. With sudo: the switch is the operator's,
        and nobody learns what it says.
        """
        parameter = self.env["ir.config_parameter"].sudo()
        switched_off = parameter.get_param("crm_extension.plans", "1") == "0"
        usual = len(scope.partner_ids) == 1 and len(scope.member_ids) <= MAX_MEMBERS
        if switched_off or not usual:
            return None
        [(names, items, _mode)] = self.env.execute_query(self._session_sql(scope))
        if items > MAX_ITEMS:
            return None
        dropped, names = names[:-MAX_STATEMENTS], names[-MAX_STATEMENTS:]
        if dropped:
            drop = [SQL("DEALLOCATE %s", SQL.identifier(name)) for name in dropped]
            self.env.cr.execute(SQL("; ").join(drop))
        known = self.env.cr.cache.setdefault(self._name, set())
        known.clear()
        known.update(names)
        return known

    @api.model
    def _session_sql(self, scope):
        """Return SQL of (names of our statements, number of items, mode of plans).

        Item by item of each member (``LATERAL``): knowing whose items are asked, the
        database would read the whole ledger for a customer who has a tenth of it.
        """
        return SQL(
            """
            WITH session AS MATERIALIZED (
                SELECT ARRAY(SELECT name FROM pg_prepared_statements
                              WHERE starts_with(name, %s)
                              ORDER BY prepare_time) AS names,
                       (SELECT COUNT(*) FROM (
                         SELECT FROM unnest(%s::int[]) AS member
                          CROSS JOIN LATERAL (
                            SELECT FROM account_move_line
                             WHERE partner_id = member LIMIT %s) AS item
                          LIMIT %s) AS found) AS items)
            SELECT names, items, CASE WHEN items <= %s THEN
                   set_config('plan_cache_mode', 'force_generic_plan', TRUE) END
              FROM session
            """,
            PREFIX,
            list(scope.member_ids),
            MAX_ITEMS + 1,
            MAX_ITEMS + 1,
            MAX_ITEMS,
        )

    # === TEXT === #

    @api.model
    @tools.ormcache()
    def _prepared_texts(self):
        """Return {place: (name, text)} of a section's statements (LRU)."""
        return LRU(300)

    @api.model
    def _prepared_text(self, sql, single):
        """Return (name, text as code of SQL) that prepares SQL with marks.

        :param single: whether one partner is asked: then an index also tells the order
        :return: ("", "") where a mark stands that no parameter can stand for
        """
        texts = self._prepared_texts()
        place = (single, sql.code, repr(sql.params))
        found = texts.get(place)
        if found is None:
            body = self._parameterized(sql, single)
            name = ""
            if body:
                version = f"{self.env.registry.registry_sequence}\n{body}"
                name = PREFIX + hashlib.sha256(version.encode()).hexdigest()[:32]
                kind = "int" if single else "int[]"
                body = f"PREPARE {name} ({kind}, timestamp, int[], int[]) AS {body}"
            found = texts[place] = (name, body)
        return found

    @api.model
    def _parameterized(self, sql, single):
        """Return the code of SQL with parameters instead of its marks.

        :return: "" where a mark can't be replaced, or a value is not :meth:`_is_said`
        """
        values, body = iter(sql.params), []
        for part in re.split(r"(%[%s])", sql.code):
            if part != "%s":
                body.append(part)
                continue
            value = next(values)
            if value == (MEMBERS,):
                before = body.pop()
                found = re.search(r"\b(NOT )?IN $", before)
                if not found:
                    return ""
                equals = ("= ANY(%s)", "<> ALL(%s)")[bool(found[1])]
                if single:
                    equals = ("= %s", "<> %s")[bool(found[1])]
                body += [before[: found.start()], equals % "$1"]
            elif value == NOW:
                body.append("$2")
            elif value in ([MEMBERS], [HEADS]):
                body.append("$3" if value == [MEMBERS] else "$4")
            elif not self._is_said(value):
                return ""
            else:
                literal = self.env.cr.mogrify("%s", [value]).decode()
                body.append(literal.replace("%", "%%"))
        return "".join(body)

    @api.model
    def _is_said(self, value):
        """Return whether the ``repr`` of a value says all of it.

        That of an adapter (``Json``) names a place in memory, where another value may
        be the next time.
        """
        values = value if isinstance(value, list | tuple) else (value,)
        return all(isinstance(part, _SAID) for part in values)
