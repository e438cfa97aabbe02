# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, timedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL, Query


class CrmCustomerFigures(models.AbstractModel):
    """How records are added up before the figures are sorted out.

    A hundred figures' conditions asked for each of a customer's items cost more than
    to read the items. What the conditions speak of has few values: items that have
    them in common are added up first.
    """

    _inherit = "crm.customer.figures"

    @api.model
    def _packed_query(self, source, model, query, keys, metrics, dated):
        """Return a Query over the records added up by the source's packed columns.

        It has the table's name and those columns, so that the ORM writes groups and
        conditions on it as on the table.

        :param dated: whether the amounts are needed by the source's date
        """
        query.add_where(self._sorting_sql(model, source.wanted, query))
        total = self._packed_total(source, keys, metrics)
        columns, groups = {}, []
        for path in dict.fromkeys((source.partner, source.company, *source.packed)):
            name = path.rpartition(".")[2].rstrip("?")
            group = columns[name] = self._packed_column(model, path, query)
            field = model._fields.get(path)
            if field and field.type == "date" and not (dated and path == source.date):
                # one day stands for all that no domain tells apart from it
                bounds = self._bounds(path, keys.values())
                group = SQL("WIDTH_BUCKET(%s, %s::date[])", columns[name], bounds)
                columns[name] = SQL("MIN(%s)", columns[name])
            groups.append(group)
        # positive and negative amounts apart: conditions may speak of the sign
        groups.append(SQL("SIGN(%s)", model._field_to_sql(model._table, total, query)))
        columns[total] = model._read_group_select(f"{total}:sum", query)
        query.groupby = SQL(", ").join(groups)
        packed = query.select(
            *[SQL("%s AS %s", sql, SQL.identifier(c)) for c, sql in columns.items()]
        )
        return Query(self.env, model._table, SQL("(%s)", packed))

    @api.model
    def _packed_total(self, source, keys, metrics):
        """Return the name of the field that all figures of a source are sums of.

        Earliest days of packed dates are told by the groups as well. "" where the
        figures are not of that kind: then the records are not added up first.
        """
        found = set()
        for key in keys:
            metric = metrics[key]
            if metric.function != "min" or metric.field not in source.packed:
                found.add(metric.aggregate)
        only = found.pop() if len(found) == 1 else ""
        return only.removesuffix(":sum") if only.endswith(":sum") else ""

    @api.model
    def _bounds(self, name, domains):
        """Return the days (sorted list) on which conditions on a date change."""
        found = set()
        for domain in domains:
            for condition in Domain(domain).iter_conditions():
                if condition.field_expr == name:
                    values = condition.value
                    values = [values] if isinstance(values, date) else values or ()
                    for day in values:
                        found |= {day, day + timedelta(days=1)} if day else set()
        return sorted(found)

    @api.model
    def _packed_column(self, model, path, query):
        """Return SQL of a column of :meth:`_packed_query`."""
        if path.endswith("?"):
            column = model._field_to_sql(model._table, path[:-1], query)
            return SQL("CASE WHEN %s IS NOT NULL THEN 1 END", column)
        link, _dot, name = path.rpartition(".")
        if not link:
            return model._field_to_sql(model._table, path, query)
        # as in _sorting_sql: the records were searched with their rules
        other = self.env[model._fields[link].comodel_name].sudo()
        alias = query.left_join(model._table, link, other._table, "id", link)
        if path == "account_id.internal_group":
            # core computes it from the type: what stands before the first underscore
            kind = other._field_to_sql(alias, "account_type", query)
            return SQL("SPLIT_PART(%s, '_', 1)", kind)
        return other._field_to_sql(alias, name, query)

    @api.model
    def _packed_domain(self, source, domain):
        """Return a domain on the columns that :meth:`_packed_query` has."""
        paths = {path for path in source.packed if "." in path}

        def on_column(condition):
            if condition.field_expr not in paths:
                return condition
            column = condition.field_expr.rpartition(".")[2]
            values = condition.value
            values = (values,) if isinstance(values, str | bool) else tuple(values)
            found = Domain.custom(
                to_sql=lambda _model, alias, _query: self._packed_condition(
                    SQL.identifier(alias, column), values
                )
            )
            return ~found if condition.operator in ("not in", "!=") else found

        return domain.map_conditions(on_column)

    @api.model
    def _packed_condition(self, column, values):
        """Return SQL that a packed column has one of the values; False is empty."""
        if set(values) <= {True, False}:
            tests = [
                SQL("%s IS TRUE" if v else "%s IS NOT TRUE", column) for v in values
            ]
            return SQL("(%s)", SQL(" OR ").join(tests))
        return SQL("%s IN %s", column, values)
