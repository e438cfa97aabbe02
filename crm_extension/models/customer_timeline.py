# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import time, timedelta

from odoo import api, models
from odoo.fields import Domain

from odoo.addons.crm_suite_base.tools.plain import plain

from ..engine.timeline import COUNT_LIMIT, cap, moment_text


class CrmCustomerTimeline(models.AbstractModel):
    """How sections' sources become rows of one timeline."""

    _name = "crm.customer.timeline"
    _description = "Timeline of the Customer View"

    @api.model
    def _timeline_rows(self, sources, limit, cursor=None, search=""):
        """Return the newest rows (list of dict) of the sources, not merged.

        :param sources: list of TimelineSource of this section
        :param limit: rows per source (int)
        :param cursor: Cursor after which the rows begin, or None
        :param search: text that the source's search fields must contain
        """
        rows = []
        for source in sources:
            domain = self._timeline_domain(source, search)
            domain &= self._timeline_after(source, cursor)
            records = self._timeline_search(source, domain, limit)
            rows += [self._timeline_row(source, record) for record in records]
        return rows

    @api.model
    def _timeline_counts(self, sources, search=""):
        """Return {kind: (count, more)} of the sources, capped."""
        counts = {}
        for source in sources:
            model = self._timeline_model(source)
            domain = self._timeline_domain(source, search)
            count = model.search_count(domain, limit=COUNT_LIMIT + 1)
            counts[source.kind] = counts.get(source.kind, 0) + count
        return {kind: cap(count) for kind, count in counts.items()}

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
    def _timeline_search(self, source, domain, limit):
        """Return the source's newest records in the domain."""
        model = self._timeline_model(source)
        names = [source.date, source.title, source.state, source.amount]
        names += [source.currency, source.partner, *source.link]
        return model.search_fetch(
            domain,
            [name for name in dict.fromkeys(names) if name],
            limit=limit,
            order=f"{source.date} desc, id desc",
        )

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
