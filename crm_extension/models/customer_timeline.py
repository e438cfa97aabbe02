# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dataclasses import dataclass
from datetime import time, timedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.crm_suite_base.tools.plain import plain

from ..engine.timeline import COUNT_LIMIT, moment_text
from .customer_statements import MEMBERS


@dataclass(frozen=True)
class TimelineStatement:
    """SQL of sources (list of TimelineSource): with marks where it is ``kept``."""

    sources: list
    sql: object
    kept: bool = True


class CrmCustomerTimeline(models.AbstractModel):
    """How sections' sources become rows of one timeline.

    One query asks all sources for their newest records and for their counts, each no
    further than it must; then only the records that are on the page are read.
    """

    _name = "crm.customer.timeline"
    _inherit = "crm.customer.statements"
    _description = "Timeline of the Customer View"

    # === NEWEST === #

    @api.model
    def _timeline_newest(self, sections, scope, limit, cursor, search, kinds):
        """Return what the timeline of the scope's one partner begins with.

        :param sections: list of sections, of which the readable sources are asked
        :param limit: stubs per source (int)
        :param cursor: Cursor after which the rows begin, or None; nothing is counted
            with a cursor
        :param search: text that the source's search fields must contain
        :param kinds: keys of the kinds wanted, or None; without cursor the others are
            counted, too
        :return: list of stubs (dict of ``date``, ``kind``, ``source``, ``id`` and, as
            ``of``, (section, TimelineSource)), and {kind: number of records, at most
            ``COUNT_LIMIT`` + 1 per source}
        """
        asked, queries, kept = [], [], True
        for section in sections:
            found = section._timeline_statement(scope, limit, cursor, search, kinds)
            if found.sql:
                part = SQL(
                    "SELECT %s, found.* FROM (%s) AS found", len(asked), found.sql
                )
                queries.append(part)
                kept = kept and found.kept
            asked.append([(section, source) for source in found.sources])
        counts = {source.kind: 0 for pairs in asked for _section, source in pairs}
        stubs, rows = [], ()
        if queries:
            joined = self._bind(SQL(" UNION ALL ").join(queries), scope, kept)
            rows = self.env.execute_query(joined)
        for group, place, count, moments, ids in rows:
            pair = asked[group][place]
            counts[pair[1].kind] += count
            if kinds is None or pair[1].kind in kinds:
                stubs += self._timeline_stubs(pair, moments, ids)
        return stubs, counts

    @api.model
    def _timeline_stubs(self, pair, moments, ids):
        """Return the stubs (list of dict) of records of a source; see above."""
        source = pair[1]
        base = {"kind": source.kind, "source": source.model, "of": pair}
        return [
            {**base, "date": moment_text(moment), "id": record_id}
            for moment, record_id in zip(moments, ids, strict=True)
        ]

    @api.model
    def _timeline_statement(self, scope, limit, cursor, search, kinds):
        """Return the :class:`TimelineStatement` of the section's readable sources.

        Kept for the first page, which is asked most.
        """
        section = self._in_plain_context(scope)
        [partner_id] = scope.partner_ids
        if not cursor and not search:
            pattern = self._pattern(scope)

            def write():
                sources = section._readable_sources(pattern, MEMBERS)
                sql = section._timeline_sql(sources, limit, cursor, search)
                return TimelineStatement(sources, sql and self._lean(sql))

            place = ("timeline", self._name, limit, self._timeline_place(scope))
            found = self._recall(
                scope,
                (*place, self._environment_key(scope), self._scope_key(scope)),
                lambda: section._timeline_names(pattern),
                write,
            )
            if found:
                return found
        sources = section._readable_sources(scope, partner_id)
        if cursor and kinds is not None:
            sources = [source for source in sources if source.kind in kinds]
        sql = section._timeline_sql(sources, limit, cursor, search)
        return TimelineStatement(sources, sql, kept=False)

    @api.model
    def _timeline_place(self, scope):
        """Return what the sources depend on beside the scope (hashable)."""
        return ()

    @api.model
    def _timeline_names(self, pattern):
        """Return the models (tuple) whose rules are in the SQL of the sources.

        None where what is stored decides on the SQL.
        """
        sources = self._readable_sources(pattern, MEMBERS)
        return self._constant_names(
            [source.model for source in sources],
            *[(self.env[source.model], source.domain) for source in sources],
        )

    @api.model
    def _timeline_sql(self, sources, limit, cursor, search):
        """Return SQL of (place, count, moments, ids) of sources, "" without any.

        One row per source that has records: its place in the list, the number of its
        records as far as they are counted, the newest ``limit`` of them.

        Raw SQL, because the ORM has no UNION; each part is the ORM's own search with
        the user's rules.
        """
        reach = limit if cursor else max(limit, COUNT_LIMIT + 1)
        queries, shared = [], {}
        for place, source in enumerate(sources):
            domain = self._timeline_domain(source, search)
            domain &= self._timeline_after(source, cursor)
            if source.records:
                shared.setdefault(source.records, []).append((place, source, domain))
            else:
                queries.append(self._timeline_part(place, source, domain, limit, reach))
        for records, kinds in shared.items():
            queries.append(self._timeline_shared(records, kinds, limit, reach))
        return SQL(" UNION ALL ").join(queries) if queries else ""

    @api.model
    def _timeline_part(self, place, source, domain, limit, reach):
        """Return SQL of the newest records of one source, found by their index."""
        model = self._timeline_model(source)
        order = f"{source.date} desc, id desc"
        query = model._search(domain, limit=reach, order=order)
        moment = model._field_to_sql(model._table, source.date, query)
        newest = query.select(
            SQL("%s AS id", model._field_to_sql(model._table, "id", query)),
            SQL("%s::timestamp AS moment", moment),
        )
        return SQL(
            """
            SELECT %s AS place, COUNT(*),
                   (ARRAY_AGG(moment ORDER BY moment DESC, id DESC))[1:%s],
                   (ARRAY_AGG(id ORDER BY moment DESC, id DESC))[1:%s]
              FROM (%s) AS newest HAVING COUNT(*) > 0
            """,
            place,
            limit,
            limit,
            newest,
        )

    @api.model
    def _timeline_shared(self, records, kinds, limit, reach):
        """Return SQL of the newest records of sources of one model, read at once.

        :param records: SQL of the ids that the sources share
        :param kinds: list of (place, TimelineSource, Domain)
        """
        model, date = self._timeline_model(kinds[0][1]), kinds[0][1].date
        wanted = Domain.OR(domain for _place, _source, domain in kinds)
        query = model._search(Domain("id", "in", records) & wanted)
        cases = [
            SQL("WHEN %s THEN %s", self._sorting_sql(model, domain, query), place)
            for place, _source, domain in kinds
        ]
        found = query.select(
            SQL("CASE %s END AS place", SQL(" ").join(cases)),
            SQL("%s AS id", model._field_to_sql(model._table, "id", query)),
            SQL(
                "%s::timestamp AS moment",
                model._field_to_sql(model._table, date, query),
            ),
        )
        return SQL(
            """
            SELECT place, COUNT(*),
                   (ARRAY_AGG(moment ORDER BY moment DESC, id DESC))[1:%s],
                   (ARRAY_AGG(id ORDER BY moment DESC, id DESC))[1:%s]
              FROM (SELECT place, id, moment, ROW_NUMBER() OVER (
                               PARTITION BY place ORDER BY moment DESC, id DESC
                           ) AS rank
                      FROM (%s) AS found) AS ranked
             WHERE rank <= %s GROUP BY place
            """,
            limit,
            limit,
            found,
            reach,
        )

    # === ROWS === #

    @api.model
    def _timeline_rows(self, stubs):
        """Return the rows (list of dict) that the stubs stand for, in one query per
        model."""
        ids, names = {}, {}
        for stub in stubs:
            _section, source = stub["of"]
            shown = [source.date, source.title, source.state, source.amount]
            shown += [source.currency, source.partner, *source.link]
            ids.setdefault(source.model, []).append(stub["id"])
            names.setdefault(source.model, {}).update(dict.fromkeys(shown))
        rows, records = [], {}
        for stub in stubs:
            section, source = stub["of"]
            if source.model not in records:
                found = section._timeline_model(source).browse(ids[source.model])
                found.fetch([name for name in names[source.model] if name])
                records[source.model] = {record.id: record for record in found}
            record = records[source.model][stub["id"]]
            rows.append(section._timeline_row(source, record))
        return rows

    @api.model
    def _timeline_model(self, source):
        """Return the model (empty recordset) of the source, with the user's rights."""
        return self.env[source.model]

    @api.model
    def _timeline_domain(self, source, search):
        """Return the domain of the source's rows, with date and with the text."""
        domain = Domain(source.domain) & Domain(source.date, "!=", False)
        if search:
            domain &= Domain.OR(Domain(name, "ilike", search) for name in source.search)
        return domain

    @api.model
    def _timeline_after(self, source, cursor):
        """Return the domain of the source's rows that come after the cursor's row."""
        if not cursor:
            return Domain.TRUE
        field = self.env[source.model]._fields[source.date]
        start, end = cursor.when, cursor.when + timedelta(seconds=1)
        if field.type == "date":
            start, end = start.date(), end.date()
            if cursor.when.time() != time.min:
                # The day's rows stand at midnight, before the cursor's moment.
                return Domain(source.date, "<=", start)
            end = start + timedelta(days=1)
        older = Domain(source.date, "<", start)
        same = Domain(source.date, ">=", start) & Domain(source.date, "<", end)
        place, cursor_place = (source.kind, source.model), (cursor.kind, cursor.model)
        if place < cursor_place:
            return older | same
        if place == cursor_place:
            return older | (same & Domain("id", "<", cursor.res_id))
        return older

    @api.model
    def _timeline_row(self, source, record):
        """Return a record as a row of plain values."""
        model, res_id = source.model, record.id
        if source.link:
            model, res_id = (record[name] for name in source.link)
        return {
            "date": moment_text(record[source.date]),
            "kind": source.kind,
            "title": self._timeline_title(source, record),
            "amount": source.sign * record[source.amount] if source.amount else False,
            "currency": record[source.currency].name if source.currency else False,
            "state": self._timeline_state(source, record),
            "partner": record[source.partner].display_name if source.partner else False,
            "model": model,
            "res_id": res_id,
            "source": source.model,
            "id": record.id,
        }

    @api.model
    def _timeline_title(self, source, record):
        """Return what the row says (str)."""
        return plain(record[source.title]) or record.display_name or ""

    @api.model
    def _timeline_state(self, source, record):
        """Return the record's state as people read it (str, "" without)."""
        if not source.state:
            return ""
        field = record._fields[source.state]
        value = record[source.state]
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, "")
        return value.display_name or "" if field.relational else plain(value) or ""
