# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict
from dataclasses import dataclass, field, replace

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine.periods import change_percent
from ..engine.rates import RateTable
from .customer_statements import NOW

PREVIOUS = ".previous"


@dataclass(frozen=True)
class FigureSource:
    """Records of one model from which several figures are read in one query.

    ``model``
        name of the model; the user's own rights and record rules apply.
    ``partner``
        path of the many2one to the partner whose record it is.
    ``domain``
        what holds for all figures (list or Domain), without partner and company.
    ``keys``
        {metric key: Domain}: what each figure counts beyond that.
    ``company``, ``currency``
        fields of the company and of the amounts' currency ("" = the company's).
    ``date``
        Date field whose day gives the rate of a past amount; "" = closing rate.
    ``closing``
        keys of open balances: converted at the closing rate whatever ``date`` is.
    ``shared``
        True where records without a company count too.
    ``previous``
        {metric key: Domain}: what the same figure counted in the period before.
    ``packed``
        paths of the columns that the figures' domains speak of, where all figures are
        sums of one column: the records are first added up by them, and each domain is
        asked for the few groups instead of for each record. Of a many2one that ends
        with ``?`` only matters whether there is one, of dates on which side they are
        of the days that the domains name.
    ``wanted``
        what holds for at least one of the packed figures (Domain).
    """

    model: str
    partner: str
    domain: object
    keys: dict
    company: str = "company_id"
    currency: str = ""
    date: str = ""
    closing: tuple = ()
    shared: bool = False
    previous: dict = field(default_factory=dict)
    packed: tuple = ()
    wanted: object = Domain.TRUE


@dataclass(frozen=True)
class FigurePlan:
    """How the figures of a source are read, whoever the partners are.

    ``sql``
        the query, with marks (see customer_statements) where it is kept.
    ``paths``
        fields that its first columns are grouped by.
    ``cut``
        whether it counts what record rules hide, too.
    ``domains``
        {key: list}: the records of each figure, without partner.
    ``kept``
        whether the query has marks that are to be bound.
    """

    sql: object
    paths: tuple
    cut: bool
    domains: dict
    kept: bool = False


class CrmCustomerFigures(models.AbstractModel):
    """How sections read many figures of many partners in one query per source."""

    _name = "crm.customer.figures"
    _inherit = "crm.customer.statements"
    _description = "Figures of the Customer View"

    @api.model
    def _figures_of(self, scope, sources, known_empty=False):
        """Return {partner id: {key: figure}} of several sources for every asked
        partner; see :meth:`_figures`."""
        figures = {partner_id: {} for partner_id in scope.partner_ids}
        for source in sources:
            found = self._figures(scope, source, known_empty=known_empty)
            for partner_id, values in found.items():
                figures[partner_id].update(values)
        return figures

    @api.model
    def _figures(self, scope, source, metrics=None, known_empty=False):
        """Return {partner id: {key: figure}} of one source, in one query.

        Where record rules cut the source the query also asks which figures miss
        records, and those are marked as partial. Every asked partner has every key;
        a sum or count without records is 0, a date without records is absent.

        :param metrics: declarations (iterable of Metric) of the source's keys;
            default those of the section that the user may see
        :param known_empty: whether nobody's records are in the source, not even hidden
            ones: nothing is asked then
        """
        metrics = metrics if metrics is not None else self._visible_metrics()
        metrics = {metric.key: metric for metric in metrics}
        keys = {key: Domain(d) for key, d in source.keys.items() if key in metrics}
        if not keys:
            return {}
        for key, domain in source.previous.items():
            if key in keys:
                keys[key + PREVIOUS] = Domain(domain)
                metrics[key + PREVIOUS] = metrics[key]
        plan = self._figure_plan(scope, source, keys, metrics)
        figures = self._empty_figures(scope, source, plan)
        rows = hidden = ()
        if not known_empty:
            rows, hidden = self._figure_rows(scope, source, plan)
        self._add_rows(scope, source, metrics, rows, figures)
        self._mark_partial(scope, hidden, figures)
        self._add_previous(figures)
        return figures

    @api.model
    def _add_previous(self, figures):
        """Put the values of the period before, and the change, beside the values."""
        for found in figures.values():
            for key in [key for key in found if key.endswith(PREVIOUS)]:
                previous = found.pop(key)
                figure = found[key.removesuffix(PREVIOUS)]
                figure["previous"] = previous["value"]
                figure["change"] = change_percent(figure["value"], previous["value"])
                figure["partial"] = figure["partial"] or previous["partial"]

    @api.model
    def _base_domain(self, scope, source):
        """Return what all records of the source have in common (Domain)."""
        companies = list(scope.company_ids) + ([False] if source.shared else [])
        base = Domain(source.company, "in", companies) & Domain(source.domain)
        return base & self._reach(source.model, self._source_paths(source))

    @api.model
    def _figure_plan(self, scope, source, keys, metrics):
        """Return the :class:`FigurePlan` of a source, kept where nothing forbids it.

        :param keys: {key: Domain}
        """
        place = self._plan_key(scope, source, keys, metrics)
        if place is None:
            return self._make_plan(scope, source, keys, metrics)
        plan = self._recall(
            scope,
            place,
            lambda: self._plan_names(source, keys),
            lambda: self._constant_plan(scope, source, keys, metrics),
        )
        if not plan:
            return self._make_plan(scope, source, keys, metrics)
        domains = plan.domains
        if NOW in plan.sql.params:
            domains = self._domains_now(domains, scope.now)
        return replace(plan, domains=domains)

    @api.model
    def _plan_key(self, scope, source, keys, metrics):
        """Return all that the plan of a source says (hashable), None if it cannot."""
        seen = self._seen(source.model, self._source_paths(source))
        parts = [Domain(source.domain), seen, source.wanted]
        said = self._keys("", [*parts, *keys.values()], scope.now)
        if said is None:
            return None
        return (
            (source.model, source.partner, source.company, source.currency),
            (source.date, source.shared, scope.company_ids, scope.currency_id),
            source.packed,
            tuple((key, metrics[key].aggregate) for key in keys),
            said,
            self._environment_key(scope),
        )

    @api.model
    def _plan_names(self, source, keys):
        """Return the models (tuple) whose rules are in a plan's SQL.

        None where what is stored decides on the SQL.
        """
        paths = (source.partner, source.company, source.currency, source.date)
        reach = self._reach(source.model, self._source_paths(source))
        domains = [Domain(source.domain), source.wanted, reach, *keys.values()]
        domains += [Domain(path, "!=", False) for path in paths if path]
        model = self.env[source.model]
        return self._constant_names(
            (source.model,), *[(model, domain) for domain in domains]
        )

    @api.model
    def _constant_plan(self, scope, source, keys, metrics):
        """Return a plan with marks."""
        now, pattern = scope.now, self._pattern(scope)
        source = replace(source, domain=self._with_mark(source.domain, now))
        keys = {key: self._with_mark(domain, now) for key, domain in keys.items()}
        plan = self._make_plan(pattern, source, keys, metrics)
        return replace(plan, sql=self._lean(plan.sql), kept=True)

    @api.model
    def _domains_now(self, domains, now):
        """Return the domains of a plan with the moment instead of its mark."""
        return {
            key: [
                (*term[:2], now) if len(term) == 3 and term[2] == NOW else term
                for term in domain
            ]
            for key, domain in domains.items()
        }

    @api.model
    def _empty_figures(self, scope, source, plan):
        """Return figures without value yet, each with its drill-down domain."""
        figures = {}
        for partner_id in scope.partner_ids:
            mine = scope.domain(partner_id, source.partner)
            figures[partner_id] = {
                key: {
                    "value": None,
                    "domain": ["&", *mine, *domain],
                    "partial": False,
                }
                for key, domain in plan.domains.items()
            }
        return figures

    @api.model
    def _make_plan(self, scope, source, keys, metrics):
        """Return the :class:`FigurePlan` of a source for the scope's partners.

        Raw SQL over the ORM's own search and aggregates, because ``_read_group`` has
        one domain for all its aggregates: the FILTER clauses let one pass over the
        records feed every figure. The record rules are in the search. The query's
        columns are the groups (partner, company, currency, day) and one per key, and
        where rules cut the source one per key with the number of hidden records.
        """
        self = self._in_plain_context(scope)
        model = self.env[source.model]
        partners = Domain(source.partner, "in", scope.member_ids)
        base = self._base_domain(scope, source)
        query = model._search(partners & base)
        asked = keys
        if source.packed and self._packed_total(source, keys, metrics):
            dated = len(self._group_paths(scope, source)) > 2
            query = self._packed_query(source, model, query, keys, metrics, dated)
            asked = {key: self._packed_domain(source, d) for key, d in keys.items()}
        paths = self._group_paths(scope, source)
        groups = [self._group_sql(scope, source, model, path, query) for path in paths]
        sums = [
            SQL(
                "%s FILTER (WHERE %s)",
                model._read_group_select(metrics[key].aggregate, query),
                self._sorting_sql(model, domain, query),
            )
            for key, domain in asked.items()
        ]
        query.groupby = SQL(", ").join(groups)
        hidden = self._hidden_query(scope, source, keys, len(groups) - 1)
        if hidden:
            told = query.select(*groups, *sums, *[SQL("NULL")] * len(keys))
            sql = SQL("(%s) UNION ALL (%s)", told, hidden)
        else:
            sql = query.select(*groups, *sums)
        return FigurePlan(
            sql=sql,
            paths=tuple(paths),
            cut=bool(hidden),
            domains={key: list(base & domain) for key, domain in keys.items()},
        )

    @api.model
    def _figure_rows(self, scope, source, plan):
        """Return the sums of the source: one row per partner, company, currency, day.

        :return: list of (partner id, company id, currency id, day, {key: value}), and
            list of (partner id, {key: number of hidden records})
        """
        keys, rows, counts = tuple(plan.domains), [], []
        sql = self._bind(plan.sql, scope) if plan.kept else plan.sql
        for row in self.env.execute_query(sql):
            if plan.cut and row[-1] is not None:
                hidden = dict(zip(keys, row[-len(keys) :], strict=True))
                counts.append((row[0], hidden))
            else:
                rows.append(self._figure_row(scope, source, plan, row))
        return rows, counts

    @api.model
    def _sorting_sql(self, model, domain, query):
        """Return SQL of a domain that sorts the records of a query, paths as joins.

        A path over a many2one is else a sub-query over the whole other table for each
        figure, which PostgreSQL reads again for each record as soon as it is larger
        than its working memory: 17 s instead of 20 ms for a customer of a hundred
        invoices among a million journal items. The join (``any!``) asks no rules of
        the other model; the records themselves were searched with theirs.
        """
        domain = Domain(domain).optimize_full(model)
        plain = not any(
            condition.operator in ("any", "not any", "not any!")
            for condition in domain.iter_conditions()
        )
        if plain:
            return domain._to_sql(model, model._table, query)
        return self._joining_sql(model, domain, query)

    @api.model
    def _joining_sql(self, model, domain, query):
        """Return SQL of an optimized domain, its conditions over a many2one as joins.

        Core turns a negative inside of a path outwards (``not any``) and writes that as
        a sub-query; here it is the negation of the join.
        """
        if children := getattr(domain, "children", ()):
            parts = [self._joining_sql(model, child, query) for child in children]
            word = SQL(" AND ") if domain.OPERATOR == "&" else SQL(" OR ")
            return SQL("(%s)", word.join(parts))
        value, operator = (
            getattr(domain, "value", None),
            getattr(domain, "operator", ""),
        )
        field = model._fields.get(getattr(domain, "field_expr", ""))
        if not isinstance(value, Domain) or field.type != "many2one":
            return domain._to_sql(model, model._table, query)
        found = Domain(field.name, "any!", value).optimize_full(model)
        if found.operator == "not any!":
            inside = Domain(field.name, "any!", found.value).optimize_full(model)
            sql = inside._to_sql(model, model._table, query)
            sql = SQL("(%s) IS NOT TRUE", sql)
        else:
            sql = found._to_sql(model, model._table, query)
        return SQL("(%s) IS NOT TRUE", sql) if operator.startswith("not") else sql

    @api.model
    def _group_paths(self, scope, source):
        """Return the fields that the sums are grouped by."""
        paths = [source.partner, source.company]
        if source.currency:
            paths.append(source.currency)
        if source.date and (source.currency or len(self._currencies(scope)) > 1):
            paths.append(f"{source.date}:day")
        return paths

    @api.model
    def _group_sql(self, scope, source, model, path, query):
        """Return SQL of a group; the day only of amounts that need a dated rate.

        So the rows are as few for a hundred thousand documents in the currency of the
        answer as they are for ten.
        """
        # The ORM groups over a path by what the reader's rules leave of it, also where
        # it searches without them; the records were searched with theirs.
        grouped = model.sudo() if "." in path else model
        column = grouped._read_group_groupby(model._table, path, query)
        if path != f"{source.date}:day":
            return column
        same = [(source.currency, "=", scope.currency_id)]
        if not source.currency:
            currencies = self._currencies(scope).items()
            own = [c for c, currency in currencies if currency == scope.currency_id]
            same = [(source.company, "in", own)]
        domain = Domain(same).optimize_full(model)
        unconverted = domain._to_sql(model, model._table, query)
        return SQL("CASE WHEN %s THEN NULL ELSE %s END", unconverted, column)

    @api.model
    def _currencies(self, scope):
        """Return {company id: id of its currency} of the companies that count."""
        if "currencies" not in scope.shared:
            # Companies are the user's own; their currency is known to them.
            companies = self.env["res.company"].sudo().browse(scope.company_ids)
            scope.shared["currencies"] = {c.id: c.currency_id.id for c in companies}
        return scope.shared["currencies"]

    @api.model
    def _figure_row(self, scope, source, plan, row):
        """Return a row of the query with names for its columns."""
        named = dict(zip(plan.paths, row, strict=False))
        company_id = named[source.company] or scope.company_ids[0]
        currency_id = named.get(source.currency) if source.currency else None
        day = named.get(f"{source.date}:day")
        values = row[len(plan.paths) : len(plan.paths) + len(plan.domains)]
        return (
            named[source.partner],
            company_id,
            currency_id or self._currencies(scope)[company_id],
            day.date() if hasattr(day, "date") else day,
            dict(zip(plan.domains, values, strict=True)),
        )

    @api.model
    def _add_rows(self, scope, source, metrics, rows, figures):
        """Add up the rows into the figures of the partners that they count for."""
        rates = self._rate_table(scope, {row[2] for row in rows})
        owners = scope.owners()
        units = {key: metric.unit for key, metric in metrics.items()}
        for partner_id, company_id, currency_id, day, values in rows:
            for key, value in values.items():
                if value is None:
                    continue
                closing = key.removesuffix(PREVIOUS) in source.closing
                when = scope.today if closing or not day else day
                for owner in owners.get(partner_id, ()):
                    figure = figures[owner][key]
                    if units[key] == "currency":
                        value_in = rates.convert(
                            value, currency_id, scope.currency_id, company_id, when
                        )
                        self._add_part(figure, currency_id, value, metrics[key].sign)
                        figure["value"] = (figure["value"] or 0.0) + value_in
                    else:
                        figure["value"] = self._combine(
                            metrics[key].function, figure["value"], value
                        )
        self._close(scope, source, metrics, figures)

    @api.model
    def _add_part(self, figure, currency_id, value, sign):
        """Keep what a figure is made of, per currency, as the drill-down shows it."""
        parts = figure.setdefault("parts", {})
        parts[currency_id] = parts.get(currency_id, 0.0) + sign * value

    @api.model
    def _combine(self, function, left, right):
        """Return two groups' aggregates as the aggregate of both."""
        if left is None:
            return right
        return {"min": min, "max": max}.get(function, lambda a, b: a + b)(left, right)

    @api.model
    def _close(self, scope, source, metrics, figures):
        """Give figures their sign, their rounding and their value without records.

        Lists add up several currencies at the closing rate (``sum_currency``): where
        the figure does too, that is its aggregate.
        """
        currency = self.env["res.currency"].browse(scope.currency_id)
        for partner_figures in figures.values():
            for key, figure in partner_figures.items():
                metric, value = metrics[key], figure["value"]
                if value is None and metric.function not in ("min", "max"):
                    value = 0
                if metric.unit == "currency":
                    value = currency.round((value or 0.0) * metric.sign) or 0.0
                figure["value"] = value
                figure["parts"] = self._plain_parts(scope, figure.pop("parts", {}))
                closing = not source.date or key in source.closing
                if figure["parts"] and source.currency and closing:
                    figure["aggregate"] = f"{metric.field}:sum_currency"
                if figure["parts"]:
                    date = "" if closing else source.date
                    figure["conversion"] = {"date": date, "currency": source.currency}

    @api.model
    def _plain_parts(self, scope, parts):
        """Return the parts (list of dict), none when all is in one currency."""
        if not set(parts) - {scope.currency_id}:
            return []
        currencies = self.env["res.currency"].browse(sorted(parts))
        return [
            {"currency": currency.name, "value": currency.round(parts[currency.id])}
            for currency in currencies
        ]

    @api.model
    def _weights(self, scope):
        """Return {company id: factor to the answer's currency} at the closing rate."""
        currencies = self._currencies(scope)
        rates = self._rate_table(scope, set(currencies.values()))
        return {
            company_id: rates.convert(
                1.0, currency_id, scope.currency_id, company_id, scope.today
            )
            for company_id, currency_id in currencies.items()
        }

    @api.model
    def _rate_table(self, scope, currency_ids):
        """Return the :class:`RateTable` of the currencies, in at most one query."""
        used = set(currency_ids) | {scope.currency_id}
        rows = self._rate_rows(scope, used) if len(used) > 1 else ()
        return RateTable(rows, fallback=scope.company_ids[0])

    @api.model
    def _rate_rows(self, scope, currency_ids):
        """Yield (currency, company, date, rate) of the companies' and shared rates.

        Rates belong to the top company of a branch. They are read with sudo: whoever
        sees an amount may know the public rate that it is converted with.
        """
        companies = self.env["res.company"].sudo().browse(scope.company_ids)
        roots = defaultdict(list)
        for company in companies:
            roots[company.root_id.id].append(company.id)
        rates = (
            self.env["res.currency.rate"]
            .sudo()
            .search_fetch(
                [
                    ("currency_id", "in", list(currency_ids)),
                    ("company_id", "in", [False, *roots]),
                ],
                ["currency_id", "company_id", "name", "rate"],
            )
        )
        for rate in rates:
            for company_id in roots.get(rate.company_id.id, [None]):
                yield rate.currency_id.id, company_id, rate.name, rate.rate

    @api.model
    def _hidden_query(self, scope, source, keys, others):
        """Return SQL that counts what record rules hide, None where nothing is cut.

        Columns: the partner, ``others`` and one per key empty, the counts. The count of
        hidden records is made with sudo; what leaves is only whether there are any: a
        reader must know that a figure is not the whole.
        """
        seen = self._seen(source.model, self._source_paths(source))
        if seen.is_true():
            return None
        model = self.env[source.model].sudo()
        base = self._base_domain(scope, source) & ~seen
        query = model._search(Domain(source.partner, "in", scope.member_ids) & base)
        partner = model._read_group_groupby(model._table, source.partner, query)
        hidden = [
            SQL(
                "COUNT(*) FILTER (WHERE %s)",
                self._sorting_sql(model, domain, query),
            )
            for domain in keys.values()
        ]
        query.groupby = partner
        empty = [SQL("NULL")] * (others + len(keys))
        return query.select(partner, *empty, *hidden)

    @api.model
    def _mark_partial(self, scope, hidden, figures):
        """Mark the figures that miss records which the record rules hide.

        :param hidden: list of (partner id, {key: number of hidden records})
        """
        owners = scope.owners()
        for partner_id, counts in hidden:
            for key, count in counts.items():
                for owner in owners.get(partner_id, ()) if count else ():
                    figures[owner][key]["partial"] = True
