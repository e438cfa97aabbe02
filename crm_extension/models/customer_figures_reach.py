# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.fields import Domain

_ANY = ("any", "not any")
_LISTS = (list, tuple, Domain)


class CrmCustomerFigures(models.AbstractModel):
    """What a reader's rules on other models leave of a figure's records.

    A condition over a path asks another model, and a list asks it with the reader's
    rules on that model, but for relations that core searches without them
    (``bypass_search_access``). The figures' conditions are joins, which ask no rules
    (:meth:`_sorting_sql`). So where such rules cut, figure and list both begin with the
    records whose paths the reader may follow; the others make the figure partial.
    """

    _inherit = "crm.customer.figures"

    @api.model
    def _source_paths(self, source):
        """Return the paths (set) that all figures of a source and their partner use."""
        domains = (source.domain, source.wanted, *source.keys.values())
        paths = {path for domain in domains for path in self._paths(domain)}
        return paths | {source.partner, *source.packed}

    @api.model
    def _paths(self, domain):
        """Yield the paths of a domain's conditions, also of those inside of others."""
        for condition in Domain(domain).iter_conditions():
            name, value = condition.field_expr, condition.value
            yield name
            if condition.operator in _ANY and isinstance(value, _LISTS):
                yield f"{name}.id"
                for path in self._paths(value):
                    yield f"{name}.{path}"

    @api.model
    def _reach(self, model_name, paths, spelled=False):
        """Return the records (Domain) whose paths the reader's rules let him follow.

        TRUE where no rule cuts a model on the paths.

        :param paths: paths (iterable) from the model, as conditions have them
        :param spelled: whether the rules are written out, for a search without rules
        """
        links, reached = {}, Domain.TRUE
        for path in () if self.env.su else paths:
            link, _dot, rest = path.partition(".")
            if rest:
                links.setdefault(link, set()).add(rest)
        for link in sorted(links):
            field = self.env[model_name]._fields.get(link)
            if field is None or field.type != "many2one":
                continue  # the ORM asks what is behind other relations with the rules
            rules = Domain.TRUE
            if not field.bypass_search_access:
                rules = self._rule_domain(field.comodel_name)
            inside = self._reach(field.comodel_name, links[link], spelled)
            if rules.is_true() and inside.is_true():
                continue
            found = Domain(link, "any", rules & inside if spelled else inside)
            if not field.required:
                found |= Domain(link, "=", False)
            reached &= found
        return reached

    @api.model
    def _asks_cut(self, model_name, paths):
        """Return whether a search over the paths asks a model that rules cut (bool)."""
        for path in paths:
            link, _dot, rest = path.partition(".")
            field = self.env[model_name]._fields.get(link)
            if not rest or field is None or not field.relational:
                continue
            other = field.comodel_name
            if not field.bypass_search_access and self._is_cut(other):
                return True
            if self._asks_cut(other, [rest]):
                return True
        return False

    @api.model
    def _seen(self, model_name, paths):
        """Return the records (Domain, for a search without rules) that the reader's
        rules on the model and on those of the paths leave; TRUE where none cuts."""
        return self._rule_domain(model_name) & self._reach(model_name, paths, True)
