# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from odoo.addons.crm_suite_base.tools.options import (
    MAX_KEYS,
    Option,
    check_ids,
    check_options,
    show,
    show_key,
)
from odoo.addons.crm_suite_base.tools.plain import plain

from ..engine.periods import Period, last_months, local_day
from ..engine.scope import CONTACT, ENTITY, GROUP, KINDS, MAX_NAMED, Scope
from ..engine.timeline import Cursor, cap, merge

MAX_TIMELINE = 500
DEFAULT_TIMELINE = 50
METRICS = "metrics"
#: Parts of an answer that exist for one asked partner only.
PAGE_PARTS = ("charts", "tables", "header", "steps")
OPTIONS = {
    "scope": Option("str", choices=KINDS),
    "company_ids": Option("ids", minimum=1),
    "date_from": Option("date"),
    "date_to": Option("date"),
    "sections": Option("strs"),
    "include": Option("strs", choices=(METRICS, *PAGE_PARTS)),
    "timeline_limit": Option("int", minimum=0, maximum=MAX_TIMELINE),
    "timeline_cursor": Option("str"),
    "timeline_kinds": Option("strs"),
    "search": Option("str", maximum=200),
}


class ResPartner(models.Model):
    _inherit = "res.partner"

    # Tracked, so that the page can tell of the change.
    active = fields.Boolean(tracking=True)
    credit_limit = fields.Float(tracking=True)

    @api.readonly
    def get_customer_360(self, options=None):
        """Return what the company knows of these customers, as far as the caller may.

        Everything is computed with the caller's own rights: a section that the caller
        may not read is absent, a figure that record rules cut is marked partial or
        absent. Nothing is written.

        :param dict options: all optional, unknown ones are refused

            - ``scope``: ``contact`` (documents of that contact), ``entity`` (default:
              its commercial entity) or ``group`` (the whole tree)
            - ``company_ids``: companies that count; default the caller's allowed ones
            - ``date_from``, ``date_to``: days of period figures, both included;
              default the 12 months that end today. Open balances are of now.
            - ``sections``: keys of the sections wanted; default all; [] none
            - ``include``: parts wanted of ``metrics`` (figures and notices; default),
              ``charts``, ``tables``, ``header``, ``steps``; all but the first for one
              partner only
            - ``timeline_limit``: rows, 0 to 500; default 50
            - ``timeline_cursor``: the ``next`` of the answer before (one partner only)
            - ``timeline_kinds``: kinds of rows wanted; default all
            - ``search``: text that timeline rows must contain
        :return: list with one dict per partner, in the order asked: ``partner_id``,
            ``name``, ``scope``, ``as_of`` (UTC), ``company_ids``, ``currency``,
            ``currency_id``, ``time_zone`` (whose days count: the company's, else the
            caller's),
            ``date_from``, ``date_to``, ``sections`` {key: {``label``, ``metrics``}},
            ``notices`` (list of str), ``timeline`` {``rows``, ``next``, ``kinds``}.
            A metric has ``value``, ``unit``, ``label``, ``basis``, ``partial``,
            ``model``, ``domain``, ``aggregate`` and ``sign``: sign x aggregate over the
            domain, read by the same user, is the value. Amounts are in ``currency``;
            where documents are in others too, ``parts`` has each currency's own sum and
            ``conversion`` what ``get_customer_figure_total`` needs to add them up.
            With ``charts`` or ``header``, ``trend`` is its course as it was stored,
            [[day, value], ...], for who sees it in full: of an entity, in one company.
            ``items`` says what a derived amount consists of. ``timeline`` has rows for
            one partner only. Where included, a section has ``charts`` and ``tables``,
            and the answer ``header`` (dict) and ``steps`` (list).
        :raise AccessError: portal and public users; companies that are not allowed
        :raise UserError: ids that do not exist, options that are not known or valid
        """
        self._check_customer_360_access()
        check_ids(self)
        options = check_options(self.env, options, OPTIONS)
        self = self._with_customer_companies(options.get("company_ids"))
        self.check_access("read")
        include = self._customer_include(options)
        scope = self._customer_scope(options)
        sections = self._customer_sections(options)
        answers = {
            partner.id: partner._customer_answer(scope, sections) for partner in self
        }
        for section in sections:
            self._add_customer_section(section, scope, answers, include)
        if {"charts", "header"} & set(include):
            self._add_customer_trends(scope, options, answers)
        everything = self.env["crm.customer.section"]._all_sections()
        for partner in self:
            timeline = partner._customer_timeline(
                scope, everything, options, paged=len(self) == 1
            )
            answers[partner.id]["timeline"] = timeline
        return [plain(answers[partner.id]) for partner in self]

    def action_open_customer_360(self):
        """Return the action that opens the customer's page (dict)."""
        self.ensure_one()
        self._check_customer_360_access()
        self.check_access("read")
        action = self.env["ir.actions.client"]._for_xml_id(
            "crm_extension.customer_360_action"
        )
        action["params"] = {"partner_id": self.id}
        action["display_name"] = self.display_name
        return action

    # === CHECKS === #

    @api.model
    def _check_customer_360_access(self):
        """Refuse everyone who is not an internal user."""
        if not self.env.su and not self.env.user._is_internal():
            raise AccessError(
                self.env._(
                    "The customer view is for internal users; %(user)s is not one.",
                    user=self.env.user.display_name,
                )
            )

    def _with_customer_companies(self, company_ids):
        """Return the partners in an environment of the companies that count."""
        if not company_ids:
            return self
        allowed = self.env.user.company_ids.ids
        refused = sorted(set(company_ids) - set(allowed))
        if refused and not self.env.su:
            raise AccessError(
                self.env._(
                    "options['company_ids']: %(user)s may not see companies %(ids)s.",
                    user=self.env.user.display_name,
                    ids=", ".join(map(str, refused)),
                )
            )
        current = self.env.company.id
        ordered = sorted(company_ids, key=lambda company_id: company_id != current)
        return self.with_context(allowed_company_ids=ordered)

    def _customer_sections(self, options):
        """Return the available sections that are wanted; refuse unknown keys."""
        available = self.env["crm.customer.section"]._all_sections()
        wanted = options.get("sections")
        if wanted is None:
            return available
        known = self._known_customer_keys()
        self._refuse_unknown("sections", wanted, known)
        return [section for section in available if section._section_key in wanted]

    @api.model
    def _known_customer_keys(self):
        """Return the keys of all sections, readable or not."""
        prefix = "crm.customer.section."
        return {
            self.env[name]._section_key
            for name in self.env.registry
            if name.startswith(prefix)
        }

    @api.model
    def _refuse_unknown(self, option, values, known):
        """Raise for values of an option that are not among the known ones."""
        unknown = sorted(set(values) - set(known))
        if unknown:
            raise UserError(
                self.env._(
                    "options[%(option)s]: %(values)s is not known."
                    " Known are: %(known)s.",
                    option=repr(option),
                    values=", ".join(map(show_key, unknown[:MAX_KEYS])),
                    known=", ".join(sorted(known)),
                )
            )

    def _customer_include(self, options):
        """Return the parts wanted (tuple); refuse a page's parts of many partners."""
        include = options.get("include", (METRICS,))
        refused = [part for part in include if part in PAGE_PARTS]
        if refused and len(self) > 1:
            raise UserError(
                self.env._(
                    "options['include']: %(parts)s can be asked of one partner only.",
                    parts=", ".join(refused),
                )
            )
        return include

    # === SCOPE === #

    def _customer_scope(self, options):
        """Return the :class:`Scope` of these partners and checked options."""
        kind = options.get("scope", ENTITY)
        now = fields.Datetime.now()
        zone = self._customer_zone()
        today = local_day(now, zone)
        members, heads = self._customer_members(kind)
        return Scope(
            kind=kind,
            members=members,
            heads=heads,
            company_ids=tuple(self.env.companies.ids),
            # with sudo: no secret of the user's own company, and no rule to be asked
            currency_id=self.env.company.sudo().currency_id.id,
            period=self._customer_period(options, today),
            today=today,
            now=now,
            zone=zone,
            most_named=self._customer_most_named(members),
        )

    @api.model
    def _customer_most_named(self, members):
        """Return up to how many members a domain names each (int).

        A list that names their head asks for them with the reader's rules.
        """
        large = {i for ids in members.values() if len(ids) > MAX_NAMED for i in ids}
        if not large or self.env.su:
            return MAX_NAMED
        partners = self.with_context(active_test=False)
        seen = partners.search_count([("id", "in", list(large))])
        return MAX_NAMED if seen == len(large) else len(large)

    @api.model
    def _customer_zone(self):
        """Return the time zone (IANA name) whose days count.

        The company's, so that colleagues in other zones get the same figures; where
        its address names none, the user's; else UTC.
        """
        return self.env.execute_query(SQL("SELECT %s", self._customer_zone_sql()))[0][0]

    @api.model
    def _customer_zone_sql(self):
        """Return the SQL of :meth:`_customer_zone` (a value).

        Raw SQL, because the ORM reads all of the company's and the user's contact for
        it. The zone of the user's own company's address is no secret to him.
        """
        zone = self.env["res.partner"]._fields["tz"]
        return SQL(
            """COALESCE(
                (SELECT NULLIF(office.tz, '') FROM res_company company
                   JOIN res_partner office ON office.id = company.partner_id
                  WHERE company.id = %s),
                (SELECT NULLIF(person.tz, '') FROM res_users reader
                   JOIN res_partner person ON person.id = reader.partner_id
                  WHERE reader.id = %s),
                'UTC')""",
            self.env.company.id,
            self.env.uid,
            to_flush=zone,
        )

    @api.model
    def _customer_period(self, options, today):
        """Return the asked period; refuse one that ends before it begins."""
        end = options.get("date_to") or today
        start = options.get("date_from") or last_months(end).start
        if start > end:
            raise UserError(
                self.env._(
                    "options['date_from']: %(start)s is after date_to %(end)s.",
                    start=start,
                    end=end,
                )
            )
        return Period(start, end)

    def _customer_members(self, kind):
        """Return ({asked id: member ids}, {asked id: head id}) of the scope.

        The tree is resolved with sudo: which contacts belong to an entity decides
        what the figures mean and must not depend on who asks. Only ids are taken;
        the documents are then read with the user's own rights.
        """
        partners = self.sudo().with_context(active_test=False)
        if kind == CONTACT:
            return {p.id: (p.id,) for p in self}, {p.id: p.id for p in self}
        if kind == GROUP:
            heads = {partner.id: partner._customer_root().id for partner in partners}
            tree = partners._customer_trees(set(heads.values()))
        else:
            heads = {p.id: p.commercial_partner_id.id for p in partners}
            tree = defaultdict(list)
            for member in partners.search_fetch(
                [("commercial_partner_id", "in", list(heads.values()))],
                ["commercial_partner_id"],
                order="id",
            ):
                tree[member.commercial_partner_id.id].append(member.id)
        return {asked: tuple(tree[head]) for asked, head in heads.items()}, heads

    def _customer_root(self):
        """Return the top of the tree of one partner."""
        root = self
        while root.parent_id:
            root = root.parent_id
        return root

    def _customer_trees(self, root_ids):
        """Return {root id: ids of its whole tree}."""
        trees = {root_id: [root_id] for root_id in root_ids}
        top = {root_id: root_id for root_id in root_ids}
        level = list(root_ids)
        while level:
            children = self.search_fetch([("parent_id", "in", level)], ["parent_id"])
            level = [child.id for child in children if child.id not in top]
            for child in children:
                if child.id not in top:
                    top[child.id] = top[child.parent_id.id]
                    trees[top[child.id]].append(child.id)
        return trees

    # === ANSWER === #

    def _customer_answer(self, scope, sections):
        """Return the answer of one partner without figures and timeline."""
        self.ensure_one()
        return {
            "partner_id": self.id,
            "name": self.display_name,
            "scope": scope.kind,
            "as_of": scope.now,
            "company_ids": scope.company_ids,
            "currency": self.env.company.currency_id.name,
            "currency_id": scope.currency_id,
            "time_zone": scope.zone,
            "date_from": scope.period.start,
            "date_to": scope.period.end,
            "sections": {
                section._section_key: {"label": section._section_label(), "metrics": {}}
                for section in sections
            },
            "notices": [],
        }

    @api.model
    def _add_customer_section(self, section, scope, answers, include=(METRICS,)):
        """Add the parts of a section that are wanted to the answers."""
        figures = {}
        if METRICS in include or "steps" in include:
            figures = section._compute_metrics(scope)
        if METRICS in include:
            self._add_customer_metrics(section, scope, answers, figures)
        for answer in answers.values() if set(include) - {METRICS} else ():
            self._add_customer_page(section, scope, answer, figures, include)

    @api.model
    def _add_customer_metrics(self, section, scope, answers, figures):
        """Add a section's figures and notices to the answers."""
        notices = section._notices(scope, figures)
        metrics = section._visible_metrics()
        for partner_id, answer in answers.items():
            found = figures.get(partner_id, {})
            answer["sections"][section._section_key]["metrics"] = {
                metric.key: self._customer_metric(metric, found[metric.key])
                for metric in metrics
                if metric.key in found
            }
            answer["notices"] += notices.get(partner_id, [])

    @api.model
    def _add_customer_page(self, section, scope, answer, figures, include):
        """Add what only the page of one partner shows to its answer."""
        partner_id = answer["partner_id"]
        partner = self.browse(partner_id)
        parts = answer["sections"][section._section_key]
        found = figures.get(partner_id, {})
        if "charts" in include:
            parts["charts"] = section._charts(scope, partner_id)
        if "tables" in include:
            parts["tables"] = section._tables(scope, partner_id)
        if "header" in include:
            header = answer.setdefault("header", {})
            header.update(section._header(scope, partner, found))
        if "steps" in include:
            steps = answer.setdefault("steps", [])
            steps += section._next_steps(scope, partner, found)

    @api.model
    def _customer_metric(self, metric, figure):
        """Return a declaration and its figure as the API promises them."""
        return {
            "label": self._customer_text(metric.label),
            "unit": metric.unit,
            "basis": self._customer_text(metric.basis),
            "partial": False,
            "model": metric.model,
            "aggregate": metric.aggregate,
            "sign": metric.sign,
            "headline": metric.headline,
            "group": metric.group,
            "better": metric.better,
            **figure,
        }

    @api.model
    def _customer_text(self, text):
        """Return declared text in the user's language (str)."""
        return text if isinstance(text, str) else self.env._(text)

    def _customer_timeline(self, scope, sections, options, paged):
        """Return rows, the cursor of the next page and the kinds with their counts."""
        limit = options.get("timeline_limit", DEFAULT_TIMELINE)
        if not paged or not limit:
            self._refuse_cursor(options)
            return {"rows": [], "next": False, "kinds": []}
        kinds = [kind for section in sections for kind in section._timeline_kinds()]
        wanted = options.get("timeline_kinds")
        if wanted is not None:
            self._refuse_unknown("timeline_kinds", wanted, self._known_kinds())
        cursor = self._customer_cursor(options.get("timeline_cursor"))
        search = options.get("search", "").strip()
        timeline = self.env["crm.customer.section"]
        stubs, counts = timeline._timeline_newest(
            sections, scope, limit + 1, cursor, search, wanted
        )
        page, following = merge(stubs, limit)
        counted = {} if cursor else {key: cap(n) for key, n in counts.items()}
        return {
            "rows": [self._customer_row(row) for row in timeline._timeline_rows(page)],
            "next": following,
            "kinds": [
                {
                    "key": kind.key,
                    "label": self._customer_text(kind.label),
                    "icon": kind.icon,
                    "count": counted[kind.key][0],
                    "more": counted[kind.key][1],
                }
                for kind in kinds
                if kind.key in counted
            ],
        }

    @api.model
    def _known_kinds(self):
        """Return the keys of all kinds of timeline rows, readable or not."""
        prefix = "crm.customer.section."
        return {
            kind.key
            for name in self.env.registry
            if name.startswith(prefix)
            for kind in self.env[name]._timeline_kinds()
        }

    @api.model
    def _customer_row(self, row):
        """Return a row without what only the merge needs."""
        return {key: row[key] for key in row if key not in ("source", "id")}

    @api.model
    def _refuse_cursor(self, options):
        """Refuse to page where no rows are given, instead of answering none."""
        if options.get("timeline_cursor"):
            raise UserError(
                self.env._(
                    "options['timeline_cursor']: the timeline is paged for one partner"
                    " and a timeline_limit above 0 only."
                )
            )

    @api.model
    def _customer_cursor(self, text):
        """Return the parsed cursor, or refuse the text by name."""
        if not text:
            return None
        try:
            return Cursor.parse(text)
        except ValueError as error:
            raise UserError(
                self.env._(
                    "options['timeline_cursor']: %(value)s is not a cursor.",
                    value=show(text),
                )
            ) from error
