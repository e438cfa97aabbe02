# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.crm_suite_base.tools.chunks import NOT_PARKED, retry

from ..engine.lifecycle import LAPSED, PROSPECT
from ..engine.trend import split
from .customer_figure_history import HISTORY_UNITS

_logger = logging.getLogger(__name__)

CHUNK = 200  # customers per commit
REST = 7  # days after which a customer without figures is visited all the same
# A transaction keeps the moment when it began, and commits later: changes are asked
# for from so long before the last visit.
OVERLAP = timedelta(minutes=15)
KIND = "crm_extension.stored_figures"


class CrmCustomerSnapshotStatus(models.Model):
    """How far the stored figures of a company are: the job's memory, and its health.

    A pass visits, the longest not visited first, who changed since the last whole
    pass, whom time alone changes, and who failed. A pass that is cut off goes on where
    it was: what it has visited carries a later moment than the pass's beginning.
    """

    _name = "crm.customer.snapshot.status"
    _description = "Health of Stored Figures"
    _order = "company_id"
    _rec_name = "company_id"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    version = fields.Char(
        readonly=True,
        help="Of the rows that the passes make. Where it changes everyone is visited.",
    )
    watermark = fields.Datetime(
        string="Complete Up To",
        readonly=True,
        help="Every change before this moment is in the stored figures.",
    )
    started = fields.Datetime(
        string="Running Since", readonly=True, help="Beginning of the unfinished pass."
    )
    visited = fields.Integer(
        readonly=True, help="Number of customers visited in the last pass."
    )
    customer_count = fields.Integer(string="Customers", compute="_compute_health")
    oldest = fields.Datetime(string="Oldest Figures", compute="_compute_health")
    waiting = fields.Integer(
        string="Due",
        compute="_compute_health",
        help="Customers whose figures time has changed since they were stored.",
    )
    failed = fields.Integer(string="Failing", compute="_compute_health")

    _company_uniq = models.UniqueIndex("(company_id)", "One row per company.")

    @api.depends_context("uid")
    def _compute_health(self):
        # Numbers of rows and their age, no figures: the page is for administrators.
        rows = self.env["crm.customer.snapshot"].sudo()
        found = {
            company: (count, oldest)
            for company, count, oldest in rows._read_group(
                [("company_id", "in", self.company_id.ids)],
                ["company_id"],
                ["__count", "computed_at:min"],
            )
        }
        for status in self:
            company = status.company_id
            status.customer_count, status.oldest = found.get(company, (0, False))
            status.waiting = rows.search_count(
                [
                    ("company_id", "=", company.id),
                    ("next_visit", "<=", fields.Date.today()),
                ]
            )
            status.failed = (
                self.env["crm.suite.incident"]
                .sudo()
                .search_count(
                    [("kind", "=", status._kind()), ("state", "=", "open")],
                )
            )

    def _kind(self):
        """Return the kind of incidents of this company's failures (str)."""
        return f"{KIND}.{self.company_id.id}"

    def action_open_failures(self):
        """Return the action of what could not be computed (dict), with the reasons."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_base.crm_suite_incident_action"
        )
        action["domain"] = [("kind", "=", self._kind())]
        return action

    # === SCHEDULED JOB === #

    @api.model
    def _cron_refresh(self):
        """Visit all companies, the one longest not completed first."""
        companies = self._found_companies()
        order = "watermark NULLS FIRST, id"
        for status in self.search([("company_id", "in", companies.ids)], order=order):
            if not status._refresh():
                break

    @api.model
    def _found_companies(self):
        """Give each company its row; return the companies."""
        companies = self.env["res.company"].search([("active", "=", True)])
        known = self.search([("company_id", "in", companies.ids)]).company_id
        self.create([{"company_id": company.id} for company in companies - known])
        return companies

    def _refresh(self):
        """Do or go on with a pass over one company, in committed chunks.

        :return: False when the job's time is over
        """
        self.ensure_one()
        cron = self.env["ir.cron"]
        due = self._retry(self._begin)
        if due is None:
            return True
        left = cron._commit_progress(remaining=len(due))
        for chunk in split(due, CHUNK):
            if not left or not self._retry(lambda ids=chunk: self._visit_locked(ids)):
                return bool(left)
            left = cron._commit_progress(len(chunk))
        if self._retry(self._finish):
            left = cron._commit_progress()
        return bool(left)

    def _begin(self):
        """Note the beginning of the pass; return the customers to visit (list of ids).

        None while another process works on the company.
        """
        if not self.try_lock_for_update():
            return None
        now, version = self.env.cr.now(), self._version()
        if self.version != version:
            self.write({"version": version, "watermark": False, "started": False})
        if not self.started:
            self.write({"started": now, "visited": 0})
        return self._due_partners()

    def _visit_locked(self, partner_ids):
        """Visit customers while no one else does; False if someone else does."""
        if not self.try_lock_for_update() or not self.started:
            return False
        self._visit(partner_ids)
        self.visited += len(partner_ids)
        return True

    def _finish(self):
        """Note that all changes before the beginning of the pass are in."""
        if not self.try_lock_for_update() or not self.started:
            return False
        self.write({"watermark": self.started, "started": False})
        return True

    def _retry(self, work):
        """Do ``work()``; after a concurrency error in a new transaction again."""
        return retry(self.env, work, f"{self._description} {self.company_id.ids}")

    # === WHO IS DUE === #

    def _version(self):
        """Return the version of rows that may be told (str)."""
        return self.env["crm.customer.snapshot"]._version_of(self.company_id)

    @api.model
    def _unstored_partners(self, company):
        """Return the ids of customers of whom nothing is stored yet (set).

        All until the first whole pass, and after a column or a limit of stages was
        added; who becomes a customer later is stored by the next pass. Ids only: what
        is told of them is then computed with the reader's own rights.
        """
        status = self.search([("company_id", "=", company.id)])
        if status.watermark and status.version == status._version():
            return set()
        status = status or self.new({"company_id": company.id})
        env = status._full_env()
        rows = env["crm.customer.snapshot"]
        customers = set(rows.search([("company_id", "=", company.id)]).partner_id.ids)
        customers |= status._changed_partners(env, set(), False)
        valid = rows.search_fetch(rows._valid_domain(company), ["partner_id"])
        return customers - set(valid.partner_id.ids)

    def _full_env(self):
        """Return the environment of full scope: no rules, this company alone."""
        return self.env(
            user=SUPERUSER_ID,
            su=True,
            context={"allowed_company_ids": self.company_id.ids, "lang": "en_US"},
        )

    def _due_partners(self):
        """Return the ids of the customers to visit, the longest not visited first."""
        env = self._full_env()
        rows = env["crm.customer.snapshot"]
        self._drop_merged(env)
        visited = {
            row.partner_id.id: row
            for row in rows.search_fetch(
                [("company_id", "=", self.company_id.id)],
                ["partner_id", "computed_at", "next_visit", "version"],
            )
        }
        today = env["res.partner"]._customer_scope({}).today
        version = self._version()
        old = {key for key, row in visited.items() if row.version != version}
        due = old | {key for key, row in visited.items() if row.next_visit <= today}
        since = self.watermark and self.watermark - OVERLAP
        due |= self._changed_partners(env, set(visited), since)
        due |= self._failing_partners(env)
        moments = {key: row.computed_at for key, row in visited.items()}
        waiting = [
            partner_id
            for partner_id in due
            if partner_id not in moments
            or partner_id in old
            or moments[partner_id] < self.started
        ]
        return sorted(
            waiting, key=lambda i: (i in moments, moments.get(i, self.started), i)
        )

    def _drop_merged(self, env):
        """Forget the current row of who is no commercial entity any more.

        His documents count for his new company from now on; the course stays.
        """
        env["crm.customer.snapshot"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("partner_id.parent_id", "!=", False),
                ("partner_id.is_company", "=", False),
            ]
        ).unlink()

    def _changed_partners(self, env, known, since):
        """Return the ids of commercial entities of which something changed (set).

        :param known: ids of those of whom something is stored
        :param since: moment (datetime, UTC), False for all time
        """
        changed, until = set(), self.started or self.env.cr.now()
        for section in env["crm.customer.section"]._all_sections():
            for watch in section._watches(since, until):
                found = self._watched(env, watch)
                changed |= found if watch.founds else found & known
        return changed

    def _watched(self, env, watch):
        """Return the ids of the commercial entities of a watch's records (set)."""
        domain = watch.domain
        if watch.company:
            domain &= fields.Domain(watch.company, "=", self.company_id.id)
        path = watch.partner
        if path == "id":
            path = "commercial_partner_id"
        elif not path.endswith("commercial_partner_id"):
            path += ".commercial_partner_id"
        model = env[watch.model].with_context(active_test=False)
        found = model._read_group(domain, [path])
        return {partner.id for (partner,) in found if partner}

    def _failing_partners(self, env):
        """Return the ids of customers whose last failure is a day ago (set)."""
        yesterday = fields.Datetime.now() - timedelta(days=1)
        incidents = env["crm.suite.incident"].search_fetch(
            [
                ("kind", "=", self._kind()),
                ("state", "=", "open"),
                ("last_seen", "<", yesterday),
            ],
            ["res_id"],
        )
        return set(env["res.partner"].browse(incidents.mapped("res_id")).exists().ids)

    # === A VISIT === #

    def _visit(self, partner_ids):
        """Store the figures of customers; park the one that fails, and he alone."""
        try:
            with self.env.cr.savepoint():
                self._store(partner_ids)
        except NOT_PARKED:
            raise
        except Exception as error:
            if len(partner_ids) == 1:
                self._park(partner_ids[0], error)
                return
            half = len(partner_ids) // 2
            self._visit(partner_ids[:half])
            self._visit(partner_ids[half:])

    def _park(self, partner_id, error):
        """Make a failure visible, and do not come back for it before tomorrow."""
        partner = self.env["res.partner"].browse(partner_id)
        if isinstance(error, UserError):
            reason = str(error.args[0])
        else:
            reason = f"{type(error).__name__}: {error}"
            _logger.exception("Stored figures of partner %s failed", partner_id)
        self.env["crm.suite.incident"]._report(
            partner,
            self._kind(),
            self.env._(
                "The figures of %(name)s in %(company)s cannot be computed: %(reason)s",
                name=partner.display_name,
                company=self.company_id.display_name,
                reason=reason,
            ),
            self.env._(
                "Open the customer's 360 page: it fails in the same way. The job tries"
                " again tomorrow, or as soon as something of this customer changes."
            ),
        )
        row = self._rows(self._full_env(), [partner_id]).get(partner_id)
        if row:
            row.next_visit = fields.Date.today() + timedelta(days=1)

    def _rows(self, env, partner_ids):
        """Return {partner id: its row of this company}."""
        rows = env["crm.customer.snapshot"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("partner_id", "in", list(partner_ids)),
            ]
        )
        return {row.partner_id.id: row for row in rows}

    def _store(self, partner_ids):
        """Compute and write the current rows, and keep what changed, of customers."""
        env = self._full_env()
        partners = env["res.partner"].browse(partner_ids).exists()
        scope = partners._customer_scope({})
        figures = self._figures(env, scope)
        rows = self._rows(env, partners.ids)
        moment, changes, missing = env.cr.now(), [], []
        columns = env["crm.customer.snapshot"]._columns()
        version = self._version()
        kept = self._kept_keys(env, columns)
        soon = self._next_changes(env, scope)
        for partner in partners:
            found = {
                key: figures[partner.id].get(key, False) or False for key in columns
            }
            row = rows.get(partner.id, env["crm.customer.snapshot"])
            values = {columns[key].name: value for key, value in found.items()}
            values |= {"day": scope.today, "computed_at": moment, "version": version}
            visit = self._next_visit(scope, found, kept)
            values["next_visit"] = min(visit, soon.get(partner.id, visit))
            for key in kept:
                if (row[columns[key].name] or 0) != (found[key] or 0):
                    changes.append((partner.id, key, found[key]))
            if row:
                row.write(values)
            else:
                place = {"partner_id": partner.id, "company_id": self.company_id.id}
                missing.append({**place, **values})
        env["crm.customer.snapshot"].create(missing)
        env["crm.customer.snapshot.day"]._keep(
            self.company_id.id, scope.today, moment, changes
        )
        env["crm.suite.incident"]._settle(partners, self._kind())
        env.flush_all()

    def _figures(self, env, scope):
        """Return {partner id: {"section.metric": value}} at full scope."""
        found = {partner_id: {} for partner_id in scope.partner_ids}
        wanted = {
            key.partition(".")[0] for key in env["crm.customer.snapshot"]._columns()
        }
        for section in env["crm.customer.section"]._all_sections():
            if section._section_key not in wanted:
                continue
            figures = section._compute_metrics(scope)
            for partner_id, values in section._list_values(scope, figures).items():
                for key, value in values.items():
                    found[partner_id][f"{section._section_key}.{key}"] = value
        return found

    def _next_changes(self, env, scope):
        """Return {partner id: first day (date) on which a section expects a figure}."""
        soon = {}
        for section in env["crm.customer.section"]._all_sections():
            for partner_id, day in section._next_changes(scope).items():
                soon[partner_id] = min(day, soon.get(partner_id, day))
        return soon

    def _kept_keys(self, env, columns):
        """Return the metrics (list of "section.metric") whose course is kept."""
        declared = {
            key: env["crm.customer.section"]._declaration(key) for key in columns
        }
        return [key for key, m in declared.items() if m and m.unit in HISTORY_UNITS]

    def _next_visit(self, scope, found, kept):
        """Return the day on which time alone changes the figures (date).

        Due dates and the windows of period figures move every day, and so may the
        stage of who bought. Who has no figure at all has nothing that could move; he
        is looked at again after a rest.
        """
        moving = any(found[key] for key in kept)
        moving = moving or found["finance.stage"] not in (False, PROSPECT, LAPSED)
        days = 1 if moving else REST
        return scope.today + timedelta(days=days)
