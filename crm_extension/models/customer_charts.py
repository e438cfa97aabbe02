# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dataclasses import replace

from babel.dates import format_skeleton

from odoo import api, models
from odoo.fields import Domain
from odoo.tools.misc import babel_locale_parse, get_lang

from odoo.addons.crm_suite_base.tools.plain import plain

from ..engine.periods import parts, year_before

TABLE_ROWS = 10


class CrmCustomerCharts(models.AbstractModel):
    """How sections make charts and tables of one customer."""

    _name = "crm.customer.charts"
    _description = "Charts and Tables of the Customer View"

    # === CHARTS === #

    @api.model
    def _series(self, scope, partner_id, source, metric, domains):
        """Return the figures (list) of one declaration over several domains.

        One query for all of them (two where record rules cut the source).

        :param source: :class:`FigureSource` whose keys do not matter
        :param domains: list of Domain, one per value
        """
        keys = {str(place): domain for place, domain in enumerate(domains)}
        metrics = [replace(metric, key=key, groups="") for key in keys]
        source = replace(source, keys=keys, previous={})
        found = self._figures(scope, source, metrics)[partner_id]
        return [found[key] for key in keys]

    @api.model
    def _chart(self, metric, key, label, kind, labels, series):
        """Return a chart as the API promises it (dict).

        :param kind: ``bar``, ``line`` or ``doughnut``
        :param series: {label: figures (list), one per label of the chart}
        """
        first = next(iter(series.values()))
        figures = [figure for found in series.values() for figure in found]
        converted = [f["conversion"] for f in figures if "conversion" in f]
        return {
            **({"conversion": converted[0]} if converted else {}),
            "key": key,
            "label": label,
            "basis": self.env._(metric.basis),
            "type": kind,
            "unit": metric.unit,
            "labels": labels,
            "datasets": [
                {
                    "label": name,
                    "values": [figure["value"] for figure in figures],
                    "domains": [figure["domain"] for figure in figures],
                }
                for name, figures in series.items()
            ],
            "model": metric.model,
            "domains": [figure["domain"] for figure in first],
            "aggregate": metric.aggregate,
            "sign": metric.sign,
            "partial": any(figure["partial"] for figure in figures),
        }

    @api.model
    def _month_chart(self, scope, partner_id, source, metric, key, label, field):
        """Return a chart of a figure by month with the same months a year before.

        Periods of more than 24 months are shown by year.

        :param field: Date or Datetime field whose days count
        """
        months = parts(scope.period)
        before = [year_before(month) for month in months]
        figures = self._series(
            scope,
            partner_id,
            source,
            metric,
            [
                self._days_of(scope, metric.model, field, period)
                for period in (*months, *before)
            ],
        )
        series = {
            self.env._("This period"): figures[: len(months)],
            self.env._("A year before"): figures[len(months) :],
        }
        labels = [self._period_label(period) for period in months]
        return self._chart(metric, key, label, "bar", labels, series)

    @api.model
    def _days_of(self, scope, model, field, period):
        """Return the domain of a period's days on a Date or Datetime field."""
        if self.env[model]._fields[field].type == "datetime":
            return Domain(scope.moments(field, period))
        return self._days(field, period)

    @api.model
    def _days(self, field, period):
        """Return the domain of the days of a period on a Date field."""
        return Domain(field, ">=", period.start) & Domain(field, "<=", period.end)

    @api.model
    def _period_label(self, period):
        """Return a month, or years where it is longer, as people write it (str)."""
        days = (period.start, period.end)
        one = len({(day.year, day.month) for day in days}) == 1
        locale = babel_locale_parse(get_lang(self.env).code)
        # a skeleton, because languages do not agree on the order of month and year
        texts = [
            format_skeleton("yMMM" if one else "y", day, locale=locale) for day in days
        ]
        return " - ".join(dict.fromkeys(texts))

    # === TABLES === #

    @api.model
    def _record_table(self, key, label, columns, model, domain, order, values):
        """Return a table of records as the API promises it (dict).

        :param columns: list of (key, label, unit)
        :param domain: all rows; the first :data:`TABLE_ROWS` in ``order`` are shown
        :param values: function that makes the values (dict) of a record
        """
        domain = Domain(domain)
        records = self.env[model].search(domain, order=order, limit=TABLE_ROWS)
        rows = [
            plain({**values(record), "model": model, "res_id": record.id})
            for record in records
        ]
        count = len(rows)
        if count == TABLE_ROWS:
            count = self.env[model].search_count(domain)
        return self._table_of(key, label, columns, rows, count, model, domain)

    @api.model
    def _table_of(self, key, label, columns, rows, count, model, domain):
        """Return a table of rows that are made already (dict)."""
        return {
            "key": key,
            "label": label,
            "columns": [
                {"key": name, "label": title, "unit": unit}
                for name, title, unit in columns
            ],
            "rows": rows,
            "count": count,
            "model": model,
            "domain": list(domain),
            "partial": self._hides(model, domain),
        }

    @api.model
    def _selection_text(self, record, name):
        """Return the value of a selection field as people read it (str)."""
        choices = dict(record._fields[name]._description_selection(self.env))
        return choices.get(record[name], "")

    @api.model
    def _hides(self, model, domain):
        """Return whether record rules hide records of a domain from the user.

        Counted with sudo; what leaves is only whether there are more.
        """
        seen = self._seen(model, self._paths(domain))
        if seen.is_true():
            return False
        return bool(self.env[model].sudo().search_count(domain & ~seen, limit=1))
