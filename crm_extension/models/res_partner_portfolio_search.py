# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import json
import operator as py
from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.crm_suite_base.tools.options import show

from ..engine.lifecycle import PROSPECT
from ..engine.periods import day_start
from .res_partner_portfolio import SNAPSHOT

SILENT_DAYS = 60
STAGE = "finance.stage"
CONTACT_KEYS = ("contact.last_contact_in", "contact.last_contact_out")
COMPARE = {
    "=": py.eq,
    "!=": py.ne,
    ">": py.gt,
    ">=": py.ge,
    "<": py.lt,
    "<=": py.le,
    "in": lambda value, values: value in values,
    "not in": lambda value, values: value not in values,
}


class ResPartner(models.Model):
    """Search, order, groups and totals of the figures that lists show."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    # === FLAGS === #

    @api.model
    def _portfolio_flag(self, name):
        """Return (metrics, domain of rows, test of a value, negated) of a flag."""
        if name == "portfolio_is_overdue":
            return {"finance.overdue"}, Domain("overdue", ">", 0), bool, False
        if name == "portfolio_is_late":
            late = Domain("deliveries_late", ">", 0)
            return {"logistics.deliveries_late"}, late, bool, False
        day = self.browse()._customer_scope({}).today - timedelta(days=SILENT_DAYS)
        spoken = Domain("last_contact_in", ">=", day)
        spoken |= Domain("last_contact_out", ">=", day)
        return set(CONTACT_KEYS), spoken, lambda value: value and value >= day, True

    @api.model
    def _portfolio_marked(self, name, within=None):
        """Return (ids or Query of commercial partners, negated) of a flag.

        What is stored at full scope narrows who is looked at; where record rules cut
        the figure, each of them is then looked at with the user's own rights, so that
        nothing is told that he could not see.

        :param within: ids of the partners that matter (default all)
        """
        keys, domain, test, negated = self._portfolio_flag(name)
        # See above: with sudo, and then as the user where his rights are cut.
        rows = self.env[SNAPSHOT].sudo()
        domain &= rows._valid_domain(self.env.company)
        if within is not None:
            domain &= Domain("partner_id", "in", list(within))
        candidates = rows.search_fetch(domain, ["partner_id"]).partner_id
        candidates = candidates.with_env(self.env)
        unstored = self._portfolio_unstored(keys, within)
        stored = []
        if keys <= self.env["crm.customer.section"]._full_keys():
            stored, candidates = candidates.ids, self.browse()
        candidates |= unstored
        if not candidates:
            return stored, negated
        section = next(iter(keys)).partition(".")[0]
        live = candidates._portfolio_live(section)
        marked = [
            partner_id
            for partner_id, found in live.items()
            if any(test(found.get(key, False)) for key in keys)
        ]
        return stored + marked, negated

    @api.model
    def _portfolio_unstored(self, keys, within=None):
        """Return the commercial partners whose figures are not stored yet.

        All customers until the first whole pass of the job, nobody after it but who
        was spoken to of late: what is stored of customers is that of the last pass.

        :param keys: "section.metric" of the figures that matter
        :param within: ids of the partners that matter (default all)
        """
        # With sudo: ids of customers, whose figures are told as the reader sees them.
        status = self.env["crm.customer.snapshot.status"].sudo()
        unstored = status._unstored_partners(self.env.company)
        if within is not None:
            unstored &= set(within)
        found = self.browse(sorted(unstored))
        if keys & set(CONTACT_KEYS):
            found |= self._portfolio_spoken(within)
        return found

    @api.model
    def _portfolio_spoken(self, within=None):
        """Return the commercial partners spoken to of late of whom nothing is stored.

        A filter may not wait for the job where a first message was exchanged. Raw
        SQL, because what somebody wrote and what was sent to him are in two tables:
        it begins with those of whom nothing is stored, not with all messages.
        Ids only, with sudo: each is then looked at with the user's own rights.

        :param within: ids of the partners that matter (default all)
        """
        for model in ("mail.message", "mail.notification", SNAPSHOT):
            self.env[model].flush_model()
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        scope = self.browse()._customer_scope({})
        only = SQL()
        if within is not None:
            only = SQL(
                "AND partner.commercial_partner_id IN %s", tuple(within) or (None,)
            )
        rows = self.env.execute_query(
            SQL(
                """
                WITH unstored AS MATERIALIZED (
                    SELECT partner.id, partner.commercial_partner_id
                      FROM res_partner partner
                     WHERE NOT EXISTS (
                        SELECT 1 FROM crm_customer_snapshot stored
                         WHERE stored.partner_id = partner.commercial_partner_id
                           AND stored.company_id = %(company)s
                           AND stored.version = %(version)s
                       ) %(only)s
                )
                SELECT unstored.commercial_partner_id
                  FROM unstored
                  JOIN mail_message wrote ON wrote.author_id = unstored.id
                 WHERE wrote.date >= %(since)s
                 UNION
                SELECT unstored.commercial_partner_id
                  FROM unstored
                  JOIN mail_notification sent ON sent.res_partner_id = unstored.id
                  JOIN mail_message message ON message.id = sent.mail_message_id
                 WHERE message.date >= %(since)s
                """,
                since=day_start(scope.today - timedelta(days=SILENT_DAYS), scope.zone),
                company=self.env.company.id,
                version=self.env[SNAPSHOT].sudo()._version_of(self.env.company),
                only=only,
            )
        )
        return self.browse([partner_id for (partner_id,) in rows])

    def _compute_portfolio_flag(self, name):
        """Fill a flag for these partners."""
        marked, negated = self._portfolio_marked(name, self.commercial_partner_id.ids)
        marked = set(marked)
        for partner in self:
            partner[name] = (partner.commercial_partner_id.id in marked) != negated

    @api.model
    def _search_portfolio_flag(self, name, operator, value):
        """Return the Domain of partners with or without a flag."""
        if operator != "in":
            return NotImplemented
        self._check_field_access(self._fields[name], "read")
        if True in value and False in value:
            return Domain.TRUE
        marked, negated = self._portfolio_marked(name)
        inside = (True in value) != negated
        return Domain("commercial_partner_id", "in" if inside else "not in", marked)

    # === SEARCH BY A FIGURE === #

    @api.model
    def _search_portfolio(self, key, operator, value):
        """Return the Domain of partners whose figure satisfies a condition.

        Who has no figure has 0, no date, and is a prospect. Candidates come from what
        is stored; where record rules cut the figure it is compared as the user sees it.
        """
        name = self.env[SNAPSHOT]._columns()[key].name
        self._check_field_access(self._fields[f"portfolio_{name}"], "read")
        compare = COMPARE.get(operator)
        if not compare:
            return NotImplemented
        is_date = self.env[SNAPSHOT]._fields[name].type == "date"
        value = self._portfolio_value(name, value)
        full = key in self.env["crm.customer.section"]._full_keys()
        values = self._portfolio_candidates(key, name, full)

        def holds(found):
            if is_date and not found and operator not in ("in", "not in", "=", "!="):
                return False
            return compare(found, value)

        empty = holds(self._portfolio_empty(key))
        ids = [partner_id for partner_id, v in values.items() if holds(v) != empty]
        return Domain("commercial_partner_id", "not in" if empty else "in", ids)

    @api.model
    def _portfolio_value(self, name, value):
        """Return a condition's value, or each of its values, as the figure has it.

        Days that are none were refused by core, as for any date.

        :raise UserError: it is no number; named with the field
        """
        kind = self.env[SNAPSHOT]._fields[name].type
        if kind == "selection":
            return value
        if not isinstance(value, str) and hasattr(value, "__iter__"):
            return [self._portfolio_value(name, part) for part in value]
        if kind == "date":
            return fields.Date.to_date(value) if value else False
        if value is None or isinstance(value, bool | int | float):
            return value or 0
        raise UserError(
            self.env._(
                "portfolio_%(field)s: %(value)s is not a number.",
                field=name,
                value=show(value),
            )
        )

    @api.model
    def _portfolio_empty(self, key):
        """Return the figure of who has nothing: a prospect, no date, or 0."""
        if key == STAGE:
            told = key in self.env["crm.customer.section"]._shown_keys()
            return PROSPECT if told else False
        kind = self.env[SNAPSHOT]._columns()[key].type
        return False if kind == "date" else 0

    @api.model
    def _portfolio_candidates(self, key, name, full):
        """Return {commercial partner id: figure} of all who may have one."""
        # With sudo: told as stored to who sees the figure in full, else only as live.
        rows = self.env[SNAPSHOT].sudo()
        domain = rows._valid_domain(self.env.company) & Domain(name, "!=", False)
        rows = rows.search_fetch(domain, ["partner_id", name])
        candidates = self._portfolio_unstored({key})
        values = {}
        if full:
            values = {row.partner_id.id: row[name] for row in rows}
        else:
            candidates |= rows.partner_id.with_env(self.env)
        return values | candidates._portfolio_found(key)

    def _portfolio_found(self, key):
        """Return {commercial partner id: figure} as the reader sees them now."""
        empty = False if key == STAGE else self._portfolio_empty(key)
        live = self._portfolio_live(key.partition(".")[0])
        return {
            partner_id: found.get(key) or empty for partner_id, found in live.items()
        }

    # === ORDER, GROUPS, TOTALS === #

    def _field_to_sql(self, alias, field_expr, query=None):
        """Let stored figures be ordered, grouped and added up by who sees them in full.

        Raw SQL, because the column is in the row of the current company: a join that
        the ORM cannot express as a field.
        """
        field = self._fields.get(field_expr)
        if field_expr == "portfolio_currency_id":
            return SQL("%s::integer", self.env.company.currency_id.id)
        if not field or not self._portfolio_key(field_expr):
            return super()._field_to_sql(alias, field_expr, query)
        self._check_field_access(field, "read")
        if field.type == "boolean":
            return self._portfolio_flag_sql(alias, field_expr, query)
        full = field.crm_metric in self.env["crm.customer.section"]._full_keys()
        if field.crm_metric == STAGE:
            return self._portfolio_stage_sql(alias, query, full)
        if not full:
            raise ValueError(f"{field_expr} is computed for the records of a page only")
        figure = self._portfolio_stored_sql(alias, field.crm_metric, query)
        return figure if field.type == "date" else SQL("COALESCE(%s, 0)", figure)

    @api.model
    def _portfolio_stored_sql(self, alias, key, query):
        """Return SQL of a figure as stored; until it is, as computed now."""
        column = self.env[SNAPSHOT]._columns()[key]
        stored = SQL.identifier(
            self._portfolio_join(alias, query), column.name, to_flush=column
        )
        if self.env.context.get("crm_describe"):
            return stored
        live = self._portfolio_unstored({key})._portfolio_found(key)
        if not live:
            return stored
        now = self._portfolio_values_sql(alias, column, live, query)
        return SQL("COALESCE(%s, %s)", stored, now)

    @api.model
    def _portfolio_stage_sql(self, alias, query, full):
        """Return SQL of the life-cycle stage, as the reader is told it.

        It can be grouped by everyone: who does not see all documents is told the
        stages of those customers only of whom nothing is hidden from him.
        """
        if self.env.context.get("crm_describe"):
            return SQL("NULL::varchar")
        empty = self._portfolio_empty(STAGE) or ""
        if full:
            told = self._portfolio_stored_sql(alias, STAGE, query)
        else:
            column = self.env[SNAPSHOT]._columns()[STAGE]
            live = self._portfolio_candidates(STAGE, column.name, full)
            told = self._portfolio_values_sql(alias, column, live, query)
        return SQL("NULLIF(COALESCE(%s, %s), '')", told, empty)

    @api.model
    def _portfolio_values_sql(self, alias, column, values, query):
        """Return SQL of values that were computed for some commercial partners.

        :param values: {partner id: value}; "" stands for a stage that is not told
        """
        plain = {
            partner_id: value.isoformat() if isinstance(value, date) else value
            for partner_id, value in values.items()
        }
        if column.type == "selection":
            plain = {key: value or "" for key, value in plain.items()}
        elif column.type == "date":
            plain = {key: value for key, value in plain.items() if value}
        return SQL(
            "(%s::jsonb ->> %s::text)::%s",
            json.dumps(plain),
            self._field_to_sql(alias, "commercial_partner_id", query),
            SQL(column.column_type[1]),
        )

    @api.model
    def _portfolio_join(self, alias, query):
        """Join the stored row of the current company; return the alias (str)."""
        # No figure: the version says which rows may be told at all.
        version = self.env[SNAPSHOT].sudo()._version_of(self.env.company)
        joined = query.make_alias(alias, "portfolio")
        query.add_join(
            "LEFT JOIN",
            joined,
            self.env[SNAPSHOT]._table,
            SQL(
                "%s = %s AND %s = %s AND %s = %s",
                SQL.identifier(joined, "partner_id"),
                self._field_to_sql(alias, "commercial_partner_id", query),
                SQL.identifier(joined, "company_id"),
                self.env.company.id,
                SQL.identifier(joined, "version"),
                version,
            ),
        )
        return joined

    @api.model
    def _portfolio_flag_sql(self, alias, name, query):
        """Return SQL of a flag's value."""
        if self.env.context.get("crm_describe"):
            return SQL("FALSE")
        marked, negated = self._portfolio_marked(name)
        if not marked:
            return SQL("TRUE") if negated else SQL("FALSE")
        return SQL(
            "(%s NOT IN %s)" if negated else "(%s IN %s)",
            self._field_to_sql(alias, "commercial_partner_id", query),
            tuple(marked),
        )

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        """Show customers without a date last, whatever the direction."""
        if self._portfolio_key(field_name) and not nulls.code:
            nulls = SQL("NULLS LAST")
        return super()._order_field_to_sql(alias, field_name, direction, nulls, query)
