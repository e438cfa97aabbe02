# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, models, tools
from odoo.fields import Domain


class CrmCustomerSection(models.AbstractModel):
    """A section of the customer's page and of ``get_customer_360``.

    **How to add a section** (from any addon that depends on crm_extension)

    Define a model ``_name = "crm.customer.section.<key>"`` with
    ``_inherit = "crm.customer.section"``; it is found through the registry, nothing
    else has to be registered. Set

    - ``_section_key`` (name in the API), ``_section_sequence`` (10 finance, 20 sales,
      30 logistics, 80 contact), ``_section_models`` (models whose readability makes
      the section available: one of them suffices), and override
    - :meth:`_section_label` -> what people read, ``self.env._("...")``;
    - :meth:`_metrics` -> tuple of ``Metric`` (crm_suite_base), label and basis ``_lt``;
    - :meth:`_compute_metrics` -> {partner id: {metric key: figure}}.

    A figure is a dict: ``value`` (number, date or False; amounts in the currency of
    the scope), ``domain`` (list), and optionally ``partial`` (bool, default False),
    ``parts``, ``items``, ``previous``, ``change``. A metric missing in the dict is
    absent in the answer. **Promise:** ``metric.sign`` x ``metric.aggregate`` over
    ``domain`` on ``metric.model``, read by the same user, is ``value``.

    The usual way is one or more :class:`FigureSource` given to :meth:`_figures`: it
    makes one query per source for all asked partners and all keys, fills ``value``,
    ``domain``, ``partial`` and ``parts``, and converts currencies::

        def _compute_metrics(self, scope):
            return self._figures(scope, FigureSource(
                model="helpdesk.ticket", partner="partner_id",
                domain=[], keys={"open_tickets": [("closed", "=", False)]},
            ))

    Number of queries: independent of the number of partners and of documents. Rights:
    the user's own; a figure that a cut would make wrong is left out (see
    :meth:`_is_cut`), one that a cut only makes smaller is marked ``partial``.

    **Timeline**: :meth:`_timeline_kinds` -> tuple of ``TimelineKind``, and
    :meth:`_timeline_sources` -> list of ``TimelineSource`` (model, domain, date, title,
    amount, state fields): fetching, search, paging and counts are done here.
    :meth:`_thread_models` names the models whose chatter belongs to the customer.
    **Notices**: :meth:`_notices` -> {partner id: [text]}.

    **What a page shows of one customer** beside the tiles: :meth:`_charts`,
    :meth:`_tables`, :meth:`_header` and :meth:`_next_steps`. They are asked for only
    where the option ``include`` wants them, and return what the API promises.
    """

    _name = "crm.customer.section"
    _inherit = ["crm.customer.figures", "crm.customer.charts", "crm.customer.timeline"]
    _description = "Section of the Customer View"

    _section_key = ""
    _section_sequence = 100
    _section_models = ()

    # === INTERFACE OF SECTIONS === #

    @api.model
    def _section_label(self):
        """Return the name of the section in the user's language (str)."""
        return self._section_key

    @api.model
    def _metrics(self):
        """Return the declarations (tuple of Metric) in the order they are shown."""
        return ()

    @api.model
    def _is_available(self):
        """Return whether the user may read one of the models that feed the section."""
        return any(self._can_read(name) for name in self._section_models)

    @api.model
    def _compute_metrics(self, scope):
        """Return {partner id: {metric key: figure}} for the asked partners.

        :param scope: :class:`~..engine.scope.Scope`
        """
        return {}

    @api.model
    def _figure_sources(self, scope):
        """Return the sources (list of FigureSource) of the section's figures.

        What is stored of them at full scope is told to those whose rights cut none.
        """
        return []

    @api.model
    def _timeline_kinds(self):
        """Return the kinds (tuple of TimelineKind) that the section adds."""
        return ()

    @api.model
    def _timeline_sources(self, scope, partner_id):
        """Return the sources (list of TimelineSource) of an asked partner's rows."""
        return []

    @api.model
    def _thread_models(self, scope):
        """Return ((model name, path to the partner), ...) whose chatter belongs here.

        Messages and activities on those documents appear in the timeline and count
        for the last contact and the next activity.
        """
        return ()

    @api.model
    def _notices(self, scope, figures):
        """Return {partner id: list of str}: what a reader of the page must know.

        :param figures: what :meth:`_compute_metrics` returned, to spare queries
        """
        return {}

    @api.model
    def _charts(self, scope, partner_id):
        """Return the charts (list of dict) of one asked partner.

        ``key``, ``label``, ``basis`` (what is counted), ``type`` (bar, line or
        doughnut), ``unit`` (as of a Metric), ``labels`` (list of str), ``datasets``
        (list of {``label``, ``values`` and ``domains``: one per label}),
        ``model``, ``domains`` (one per label: the records of the first dataset's
        value), ``aggregate``, ``sign`` and ``partial``. **Promise:** sign x aggregate
        over a domain, read by the same user, is the value of that label.
        """
        return []

    @api.model
    def _tables(self, scope, partner_id):
        """Return the tables (list of dict) of one asked partner.

        ``key``, ``label``, ``columns`` (list of {``key``, ``label``, ``unit``: of a
        Metric, or ``text``, ``datetime``}), ``rows`` (first 10, list of dict with the
        columns' keys, ``model`` and ``res_id`` of what a click opens, and ``currency``
        where amounts are not in the answer's), ``count`` (of all rows), ``model`` and
        ``domain`` (all rows as a list) and ``partial``.
        """
        return []

    @api.model
    def _header(self, scope, partner, figures):
        """Return what the section adds to the page's header (dict).

        :param figures: {metric key: figure} of this section and this partner; empty
            where only the header is asked for
        """
        return {}

    @api.model
    def _next_steps(self, scope, partner, figures):
        """Return what should be done next for one asked partner (list of dict).

        :param figures: {metric key: figure} of this section and this partner
        """
        return []

    # === WHAT SECTIONS USE === #

    @api.model
    def _all_sections(self):
        """Return the sections (list of models) that the user may see, in order."""
        sections = [self.env[name] for name in self._section_names()]
        return sorted(
            (section for section in sections if section._is_available()),
            key=lambda section: (section._section_sequence, section._section_key),
        )

    @api.model
    @tools.ormcache()
    def _section_names(self):
        """Return the names (tuple) of the models of all sections."""
        return tuple(
            name
            for name in self.env.registry
            if name.startswith("crm.customer.section.")
        )

    @api.model
    @tools.ormcache("self.env.uid", "self.env.su", "model_name")
    def _can_read(self, model_name):
        """Return whether the user has read access to the model (rules aside).

        Cached: rights clear the cache when they change.
        """
        model = self.env.get(model_name)
        return model is not None and model.has_access("read")

    @api.model
    def _rule_domain(self, model_name):
        """Return the user's record rules on the model (Domain), TRUE if nothing is cut.

        Rules that speak of companies only do not cut: companies are part of the
        question, and figures are asked for those that the user may see.
        """
        if self.env.su:
            return Domain.TRUE
        rules = self.env["ir.rule"]._compute_domain(model_name, "read")
        cut = rules.is_false() or not self._speaks_of_companies(rules)
        return rules if cut else Domain.TRUE

    @api.model
    def _speaks_of_companies(self, rules):
        """Return whether rules (Domain), also those of the models that the model
        inherits its fields from, ask for nothing but companies."""
        return all(
            condition.field_expr.partition(".")[0] in ("company_id", "company_ids")
            or (
                isinstance(condition.value, Domain)
                and self._speaks_of_companies(condition.value)
            )
            for condition in rules.iter_conditions()
        )

    @api.model
    def _is_cut(self, model_name):
        """Return whether the user sees only a part of the model's records."""
        return not self._rule_domain(model_name).is_true()

    @api.model
    def _readable_sources(self, scope, partner_id):
        """Return the timeline's sources (list) whose model the user may read."""
        return [
            source
            for source in self._timeline_sources(scope, partner_id)
            if self._can_read(source.model)
        ]

    @api.model
    def _visible_metrics(self):
        """Return the declarations (list of Metric) whose source the user may read."""
        return list(self._readable_metrics())

    @api.model
    @tools.ormcache("self._name", "self.env.uid", "self.env.su")
    def _readable_metrics(self):
        """Return :meth:`_metrics` (tuple) whose source the user may read.

        Cached: rights clear the cache when they change.
        """
        return tuple(self._readable(self._metrics()))

    @api.model
    def _readable(self, metrics):
        """Return those of the declarations (list) whose source the user may read."""
        return [
            metric
            for metric in metrics
            if (not metric.model or self._can_read(metric.model))
            and (not metric.groups or self._has_one_group(metric.groups))
            and self._reads_field(metric)
        ]

    @api.model
    def _reads_field(self, metric):
        """Return whether the user may read what a readable model is added up by."""
        if not metric.field:
            return True
        model = self.env[metric.model]
        return model._has_field_access(model._fields[metric.field], "read")

    @api.model
    def _has_one_group(self, groups):
        """Return whether the user has one of the comma-separated groups."""
        return any(self.env.user.has_group(g.strip()) for g in groups.split(","))
