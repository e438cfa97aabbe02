# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""SQL that the ORM writes once and the database is asked many times."""

from dataclasses import replace
from datetime import date, datetime

from odoo import api, models, tools
from odoo.fields import Domain
from odoo.tools import SQL, Query
from odoo.tools.lru import LRU

from .customer_plans import HEADS, MEMBERS, NOW

#: Statements that are kept of each section, for all users: the last used ones.
KEPT = 300

_PLAIN = (str, int, float, date, type(None))  # bool is an int, datetime a date
_LISTS = (list, tuple, set, frozenset, tools.OrderedSet)
#: Operators whose records no search decides while the SQL is written.
_OPERATORS = frozenset(
    ("=", "!=", "in", "not in", "<", ">", "<=", ">=", "any", "not any")
)
#: Operators over the tree of companies, in which nothing ever moves.
_COMPANY_OPERATORS = _OPERATORS | {"child_of", "parent_of"}
#: Fields that are not stored and whose search says the same whenever it is asked.
_CONSTANT_SEARCHES = frozenset(
    (
        ("account.account", "internal_group"),
        ("stock.picking", "crm_delivery_due"),
        ("stock.picking", "crm_on_time"),
    )
)
#: Files whose ``_search`` depends on nothing but the context.
_CONSTANT_FILES = frozenset(
    ("odoo.orm.models", "odoo.addons.product.models.product_product")
)


class CrmCustomerStatements(models.AbstractModel):
    """How figures spare the ORM to write the same SQL again for every customer.

    To write the SQL of a page takes longer than to ask the database for a usual
    customer. It is kept with marks instead of the partners and of the moment, under a
    key of all that it says: domains, the user's record rules, companies, days, zone.
    What a search decides while the SQL is written (fields that are not stored,
    hierarchies) is never kept, see :meth:`_is_constant`.
    """

    _name = "crm.customer.statements"
    _inherit = "crm.customer.plans"
    _description = "SQL of the Customer View"

    # === KEEPING === #

    @api.model
    @tools.ormcache()
    def _statements(self):
        """Return the kept statements (LRU); rights and rules that change clear it."""
        return LRU(KEPT)

    @api.model
    def _kept(self, scope, place, make, names=(), prepared=True):
        """Return the SQL that ``make(pattern)`` writes, for the scope's partners.

        :param place: hashable: what is asked, and all that it says beyond the scope
        :param make: function of this section and a scope with marks; returns SQL
        :param names: models that are searched with the user's rules
        :param prepared: whether one plan suits all customers of usual size
        """
        place = (place, self._environment_key(scope), self._scope_key(scope))
        section = self._in_plain_context(scope)
        sql = self._recall(
            scope,
            place,
            lambda: self._constant_names(names),
            lambda: self._lean(make(section, self._pattern(scope))),
        )
        return self._bind(sql, scope, prepared) if sql else make(section, scope)

    @api.model
    def _recall(self, scope, place, names, make):
        """Return what is kept at a place, what ``make()`` returns if nothing is.

        What is kept counts only while the record rules of all models that the SQL asks
        say, word by word, what they said when it was written. The statements are taken
        first: what is written while rules change goes into those that are forgotten.

        :param names: function returning the models (names) whose rules for the user
            are in the SQL, None if the SQL must be written anew each time
        :param make: function returning SQL with marks, or an object with such ``sql``
        :return: what was made, or False where it must be written anew each time
        """
        known = self._statements()
        found = known.get(place)
        if found and found[2] == self._rules_key(scope, found[1]):
            return found[0]
        asked = names()
        if asked is None:
            return False
        rules = self._rules_key(scope, asked)
        made, constant = self._written(make)
        sql = getattr(made, "sql", made)
        kept = constant and sql and self._has_marks(sql)
        if not kept or any(None in said for said in rules):
            return False
        known[place] = (made, asked, rules)
        return made

    @api.model
    def _written(self, make):
        """Return what ``make()`` writes, and whether it needed no query for it.

        What it reads of companies is in memory the second time; a search would be
        made again.
        """
        for _attempt in range(2):
            before = self.env.cr.sql_log_count
            made = make()
            if self.env.cr.sql_log_count == before:
                return made, True
        return made, False

    @api.model
    def _has_marks(self, sql):
        """Return whether SQL names its partners, by marks that can be bound only.

        A mark among other values, or a moment that was counted on from the mark, would
        stay in the SQL; without a mark something else decided which records are asked.
        """
        marks = [value for value in sql.params if self._is_mark(value)]
        rest = [value for value in sql.params if not self._is_mark(value)]
        return any(mark != NOW for mark in marks) and not any(
            part in (MEMBERS, HEADS) or (isinstance(part, date) and part.year == 1)
            for value in rest
            for part in (value if isinstance(value, _LISTS) else (value,))
        )

    @api.model
    def _is_mark(self, value):
        """Return whether :meth:`_bind` replaces a parameter."""
        return value in ((MEMBERS,), [MEMBERS], [HEADS]) or value == NOW

    @api.model
    def _in_plain_context(self, scope):
        """Return the section in the context that SQL is written for, and no other."""
        # all other keys go: what a caller puts there must not be in SQL that is kept
        return self.with_context(  # pylint: disable=context-overridden
            {
                "allowed_company_ids": self._company_order(),
                "lang": self.env.lang,
                "tz": scope.zone,
                "active_test": self.env.context.get("active_test", True),
            }
        )

    @api.model
    def _company_order(self):
        """Return the ids (list) of the reader's companies, the current one first."""
        return (self.env.company | self.env.companies).ids

    @api.model
    def _environment_key(self, scope):
        """Return what SQL says of the reader (hashable)."""
        env = self.env
        place = (env.uid, env.su, env.lang, env.context.get("active_test", True))
        if place not in scope.shared:
            scope.shared[place] = (
                *place,
                tuple(env.companies.ids),
                scope.zone,
                tuple(self._currencies(scope).items()),
            )
        return scope.shared[place]

    @api.model
    def _rules_key(self, scope, names):
        """Return what the user's record rules on models say (tuple of tuples).

        None in one of them stands for a rule that is no comparison of plain values.
        """
        found = []
        for name in names:
            place = ("rules", self.env.uid, self.env.su, name)
            if place not in scope.shared:
                section = self._in_plain_context(scope)
                said = [
                    self._domain_key(domain, scope.now)
                    for domain in section._read_and_write_rules(name)
                ]
                scope.shared[place] = tuple(said)
            found.append(scope.shared[place])
        return tuple(found)

    @api.model
    def _read_and_write_rules(self, name):
        """Return the user's record rules (list of Domain) on a model."""
        if self.env.su:
            return []
        rules = self.env["ir.rule"]
        return [rules._compute_domain(name, mode) for mode in ("read", "write")]

    @api.model
    def _scope_key(self, scope):
        """Return what SQL says of a scope beside its partners and its moment."""
        period = (scope.period.start, scope.period.end)
        companies = (scope.company_ids, scope.currency_id)
        return (scope.kind, *companies, *period, scope.today)

    @api.model
    def _pattern(self, scope):
        """Return the scope with marks instead of its partners and its moment."""
        return replace(
            scope,
            members={MEMBERS: (MEMBERS,)},
            heads={MEMBERS: HEADS},
            now=NOW,
            shared={},
        )

    @api.model
    def _lean(self, sql):
        """Return SQL that names each field to flush once."""
        return SQL(
            sql.code,
            *sql.params,
            to_flush=tuple(dict.fromkeys(sql.to_flush)),
        )

    @api.model
    def _bind(self, sql, scope, prepared=True):
        """Return kept SQL (a whole query) with the partners and the moment of a scope.

        :param prepared: whether it may be executed by a plan that is kept, too
        """
        found = self._prepared(sql, scope) if prepared else None
        if found:
            return found
        heads, bound = None, []
        for value in sql.params:
            if value == (MEMBERS,):
                value = scope.member_ids
            elif value == NOW:
                value = scope.now
            elif value in ([MEMBERS], [HEADS]):
                heads = heads or scope.member_heads()
                value = list(heads if value == [MEMBERS] else heads.values())
            bound.append(value)
        return SQL(sql.code, *bound, to_flush=sql.to_flush)

    # === WHAT MAY BE KEPT === #

    @api.model
    def _domain_key(self, domain, now):
        """Return what a domain says (hashable), with a mark for the moment.

        None where a value is no plain one, or is one of the marks.
        """
        if children := getattr(domain, "children", None):
            return self._keys(domain.OPERATOR, children, now)
        if child := getattr(domain, "child", None):
            return self._keys(domain.OPERATOR, (child,), now)
        if not hasattr(domain, "field_expr"):
            return bool(domain.is_true()) if isinstance(domain, Domain) else None
        value = domain.value
        if isinstance(value, Domain):
            value = self._domain_key(value, now)
            if value is None:
                return None
        elif isinstance(value, _LISTS):
            value = tuple(value)
            if MEMBERS in value or not all(isinstance(v, _PLAIN) for v in value):
                return None
            value = tuple((v, v.__class__) for v in value)
        elif not isinstance(value, _PLAIN) or value == NOW:
            return None
        elif self._is_moment(domain, now):
            value = NOW
        return (domain.field_expr, domain.operator, value, value.__class__)

    @api.model
    def _keys(self, operator, domains, now):
        """Return an operator with the keys of its domains, None if one has none."""
        keys = tuple(self._domain_key(domain, now) for domain in domains)
        return None if None in keys else (operator, keys)

    @api.model
    def _is_moment(self, condition, now):
        """Return whether a mark can stand for the value of a condition.

        The ORM writes "until" (``<=``) as "before the next second": the mark is lost.
        """
        value = condition.value
        return (
            isinstance(value, datetime)
            and value == now
            and condition.operator in ("<", ">=")
        )

    @api.model
    def _with_mark(self, domain, now):
        """Return a domain with a mark instead of the moment."""

        def mark(condition):
            if self._is_moment(condition, now):
                return Domain(condition.field_expr, condition.operator, NOW)
            return condition

        return Domain(domain).map_conditions(mark)

    @api.model
    def _constant_names(self, names, *domains):
        """Return the models (tuple) whose rules are in the SQL of searches.

        None where something that is stored decides on that SQL.

        :param names: models that are searched with the user's rules
        :param domains: (model, Domain) that are written as conditions
        """
        seen = set(names)
        for name in names:
            for operation in ("read", "write"):
                if not self._has_constant_rules(name, operation):
                    return None
        for model, domain in domains:
            if not self._is_constant(model, domain, seen):
                return None
        return tuple(sorted(seen))

    @api.model
    def _is_constant(self, model, domain, seen=None):
        """Return whether the SQL of a domain never depends on what is stored.

        True for plain comparisons of stored fields of the model and, over paths, of
        others whose rules for the user are such comparisons too.

        :param seen: set that the models are added to whose rules are in the SQL
        """
        domain = Domain(domain)
        if children := getattr(domain, "children", None):
            return all(self._is_constant(model, child, seen) for child in children)
        if child := getattr(domain, "child", None):
            return self._is_constant(model, child, seen)
        if not hasattr(domain, "field_expr"):
            return domain.is_true() or domain.is_false()
        return self._is_constant_condition(model, domain, seen)

    @api.model
    def _is_constant_condition(self, model, condition, seen=None):
        """Return whether one condition (of a domain) is a constant comparison."""
        name, _dot, path = condition.field_expr.partition(".")
        field, value = model._fields.get(name), condition.value
        if isinstance(value, SQL | Query):
            return False
        if (model._name, name) in _CONSTANT_SEARCHES:
            return condition.operator in _OPERATORS
        if field is None or not self._is_plain_field(field):
            return False
        if not field.relational:
            words = field.type in ("date", "datetime") and self._has_text(value)
            return condition.operator in _OPERATORS and not words
        companies = field.comodel_name == "res.company"
        if condition.operator not in (_COMPANY_OPERATORS if companies else _OPERATORS):
            return False
        inside = Domain(path, condition.operator, value) if path else value
        if not isinstance(inside, Domain):
            if self._has_text(inside):
                return False  # a name that is searched
            if field.type == "many2one":
                return True
            inside = Domain.TRUE
        other = self.env[field.comodel_name].with_env(model.env)
        if not model.env.su and seen is not None:
            seen.add(other._name)
        known = self._has_constant_rules(other._name, su=model.env.su)
        return known and self._is_constant(other, inside, seen)

    @api.model
    def _has_text(self, value):
        """Return whether a value, or one of its values, is text: of a date it may be
        "today", of a relation a name."""
        values = value if isinstance(value, _LISTS) else (value,)
        return any(isinstance(part, str) for part in values)

    @api.model
    def _is_plain_field(self, field):
        """Return whether a field is a column or a relation without conditions."""
        if field.type in ("one2many", "many2many"):
            return field.store and not (field.compute or field.domain)
        if field.type in ("properties", "properties_definition"):
            return False
        return (
            bool(field.store and field.column_type and not field.company_dependent)
            or field.name == "id"
        )

    @api.model
    def _has_constant_rules(self, name, operation="read", su=False):
        """Return whether a search of the model with the user's rules is constant.

        Where the rules themselves may change, what is kept is forgotten.
        """
        model = self.env[name]
        files = {c.__module__ for c in type(model).mro() if "_search" in vars(c)}
        if files - _CONSTANT_FILES:
            return False
        if su or self.env.su:
            return True
        rules = self.env["ir.rule"]._compute_domain(name, operation)
        return self._is_constant(model.sudo(), rules)
