# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from odoo.addons.crm_suite_base.tools.metric import Metric
from odoo.addons.crm_suite_base.tools.options import Option, check_options
from odoo.addons.crm_suite_base.tools.plain import plain

from .groups import AGENT

_lt = LazyTranslate(__name__)
TICKET, REPORT, TARGET = (
    "helpdesk.ticket",
    "service.ticket.report",
    "service.sla.target",
)
DAYS = 30
OPEN = Domain("stage_id.closed", "=", False)

METRICS = (
    Metric(
        "backlog",
        _lt("Backlog"),
        "count",
        _lt("Open tickets now."),
        TICKET,
        "id:count",
        headline=True,
        better="less",
    ),
    Metric(
        "unassigned",
        _lt("Unassigned"),
        "count",
        _lt("Open tickets that nobody has."),
        TICKET,
        "id:count",
        better="less",
    ),
    Metric(
        "due_today",
        _lt("Due today"),
        "count",
        _lt("Open tickets whose next promise ends today, in your time zone."),
        TICKET,
        "id:count",
    ),
    Metric(
        "breached",
        _lt("Breached"),
        "count",
        _lt("Open tickets that missed a promise."),
        TICKET,
        "id:count",
        better="less",
    ),
    Metric(
        "first_response",
        _lt("First response"),
        "quantity",
        _lt(
            "Hours from the request to our first answer, on average over the tickets"
            " first answered in the period."
        ),
        REPORT,
        better="less",
    ),
    Metric(
        "resolution",
        _lt("Resolution"),
        "quantity",
        _lt(
            "Hours from the request to the closing, on average over the tickets closed"
            " in the period."
        ),
        REPORT,
        better="less",
    ),
    Metric(
        "sla",
        _lt("SLA met"),
        "percent",
        _lt("Promises that were kept, among those that ended in the period."),
        TARGET,
        better="more",
    ),
    Metric(
        "reopen_rate",
        _lt("Reopen rate"),
        "percent",
        _lt("Tickets opened again, among those closed or opened again in the period."),
        TICKET,
        better="less",
    ),
    Metric(
        "csat",
        _lt("Satisfied"),
        "percent",
        _lt(
            "Satisfied answers, among those of customers whose ticket was closed in the"
            " period; no answer is none."
        ),
        TICKET,
        better="more",
    ),
)


class HelpdeskTicketTeam(models.Model):
    """The dashboard of teams: what is to do, how it went, who has how much."""

    _inherit = "helpdesk.ticket.team"

    @api.model
    @api.readonly
    def get_service_dashboard(self, options=None):
        """Return the figures of the desk, with the user's own rights.

        :param dict options: ``team_ids`` (ids; default all), ``date_from`` and
            ``date_to`` (days in the user's time zone, both included; default the last
            30 days)
        :return: ``{"date_from", "date_to", "teams": [{"id", "name"}], "figures":
            [{"key", "label", "basis", "unit", "value" (False if there is none),
            "model", "domain", "better"}], "load": [{"user_id", "name", "open",
            "due_today", "breached", "domain"}]}``; hours are elapsed hours; the domain
            opens what is counted, of a ratio its denominator
        :raise AccessError: no helpdesk user
        :raise UserError: an option that is unknown or of the wrong type
        """
        if not self.env.su and not self.env.user.has_group(AGENT):
            raise AccessError(self.env._("Only helpdesk users see the dashboard."))
        spec = {
            "team_ids": Option("ids"),
            "date_from": Option("date"),
            "date_to": Option("date"),
        }
        given = check_options(self.env, options, spec)
        today = fields.Date.context_today(self)
        period = (
            given.get("date_from", today - timedelta(days=DAYS - 1)),
            given.get("date_to", today),
        )
        domains = self._service_figure_domains(
            list(given.get("team_ids", ())), period, today
        )
        return plain(
            {
                "date_from": period[0],
                "date_to": period[1],
                "teams": [
                    {"id": team.id, "name": team.display_name}
                    for team in self.search([])
                ],
                "figures": [
                    self._service_figure(metric, domains) for metric in METRICS
                ],
                "load": self._service_load(domains),
            }
        )

    @api.model
    def _service_day(self, day):
        """Return when a day begins for the user, as naive UTC."""
        local = self.env.tz.localize(datetime.combine(day, time()))
        return local.astimezone(pytz.utc).replace(tzinfo=None)

    @api.model
    def _service_moments(self, first, last):
        """Return (start, end), naive UTC, of the days from ``first`` to ``last``."""
        return self._service_day(first), self._service_day(last + timedelta(days=1))

    @api.model
    def _service_between(self, field, first, last):
        """Return the domain of moments on the days from ``first`` to ``last``."""
        start, end = self._service_moments(first, last)
        return Domain(field, ">=", start) & Domain(field, "<", end)

    @api.model
    def _service_figure_domains(self, team_ids, period, today):
        """Return ``{key of the figure: domain of what it counts}``."""
        teams = promised = Domain.TRUE
        if team_ids:
            teams = Domain("team_id", "in", team_ids)
            promised = Domain("ticket_id.team_id", "in", team_ids)
        moments = self._service_moments(*period)
        closed = teams & self.env[TICKET]._service_closed_domain(*moments)
        again = teams & self._service_between("service_reopened_on", *period)
        return {
            "backlog": teams & OPEN,
            "unassigned": teams & OPEN & Domain("user_id", "=", False),
            "due_today": teams
            & OPEN
            & self._service_between("service_due", today, today),
            "breached": teams & OPEN & Domain("service_sla_state", "=", "breached"),
            "first_response": teams
            & self._service_between("first_response_on", *period),
            "resolution": teams & self._service_between("closed_on", *period),
            "sla": promised & self.env[TARGET]._service_ended_domain(*moments),
            "reopen_rate": closed | again,
            "csat": teams & self.env[TICKET]._service_answered_domain(*moments),
            "reopened": again,
        }

    @api.model
    def _service_figure(self, metric, domains):
        """Return a figure as a dict."""
        domain = domains[metric.key]
        value = self._service_value(metric.key, metric.model, domain)
        if metric.key == "reopen_rate":
            again = self.env[TICKET].search_count(domains["reopened"])
            value = self._service_percent(again, value)
        if metric.key == "csat":
            satisfied = domain & self.env[TICKET]._service_satisfied_domain()
            value = self._service_percent(
                self.env[TICKET].search_count(satisfied), value
            )
        return {
            "key": metric.key,
            "label": str(metric.label),
            "basis": str(metric.basis),
            "unit": metric.unit,
            "value": value,
            "model": metric.model,
            "domain": list(domain),
            "better": metric.better,
        }

    @api.model
    def _service_value(self, key, model, domain):
        """Return the value of a figure, False where nothing was counted."""
        records = self.env[model]
        averages = {
            "first_response": "first_response_hours:avg",
            "resolution": "resolution_hours:avg",
        }
        if key in averages:
            [(value, count)] = records._read_group(
                domain, [], [averages[key], "__count"]
            )
            return round(value, 1) if count else False
        count = records.search_count(domain)
        if key == "sla":
            return self._service_percent(
                records.search_count(domain & records._service_kept_domain()), count
            )
        return count

    @api.model
    def _service_percent(self, part, whole):
        return round(100.0 * part / whole, 1) if whole else False

    @api.model
    def _service_load(self, domains):
        """Return the rows of who has how many open tickets, the busiest first."""
        rows = {}
        for column, key in (
            ("open", "backlog"),
            ("due_today", "due_today"),
            ("breached", "breached"),
        ):
            for user, count in self.env[TICKET]._read_group(
                domains[key], ["user_id"], ["__count"]
            ):
                row = rows.setdefault(
                    user,
                    {
                        "user_id": user.id,
                        "name": user.name or self.env._("Nobody"),
                        "open": 0,
                        "due_today": 0,
                        "breached": 0,
                        "domain": list(
                            domains["backlog"] & Domain("user_id", "=", user.id)
                        ),
                    },
                )
                row[column] = count
        return sorted(rows.values(), key=lambda row: (-row["open"], row["name"]))
