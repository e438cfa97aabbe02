# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dataclasses import replace

from odoo import api, models
from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from odoo.addons.crm_extension.engine.timeline import TimelineKind, TimelineSource
from odoo.addons.crm_extension.models.customer_figures import FigureSource
from odoo.addons.crm_suite_base.tools.metric import Metric

_lt = LazyTranslate(__name__)

TICKET = "helpdesk.ticket"
TARGET = "service.sla.target"
OPENED = Metric(
    "tickets_opened",
    _lt("Tickets opened"),
    "count",
    _lt("Tickets opened in the month, whatever became of them."),
    TICKET,
    "id:count",
)
# What the shares are made of; not shown by themselves.
ANSWERED = Metric("csat.answered", "", "count", "", TICKET, "id:count")
SATISFIED = Metric("csat.satisfied", "", "count", "", TICKET, "id:count")
ENDED = Metric("sla_met.ended", "", "count", "", TARGET, "id:count")
KEPT = Metric("sla_met.kept", "", "count", "", TARGET, "id:count")


class CrmCustomerSectionService(models.AbstractModel):
    """Tickets of the customer: how many are open or late, and how satisfied he is."""

    _name = "crm.customer.section.service"
    _inherit = "crm.customer.section"
    _description = "Service Section of the Customer View"

    _section_key = "service"
    _section_sequence = 50
    _section_models = (TICKET,)

    @api.model
    def _section_label(self):
        return self.env._("Service")

    @api.model
    def _metrics(self):
        return (
            Metric(
                "open_tickets",
                _lt("Open tickets"),
                "count",
                _lt("Tickets that are in no closing stage."),
                TICKET,
                "id:count",
                headline=True,
            ),
            Metric(
                "breached_tickets",
                _lt("Breached tickets"),
                "count",
                _lt("Open tickets that missed a promise of their service level."),
                TICKET,
                "id:count",
                group="open_tickets",
                better="less",
            ),
            Metric(
                "sla_met",
                _lt("SLA met"),
                "percent",
                _lt(
                    "Promises that were kept, among those that ended in the period; the"
                    " list shows those that ended."
                ),
                TARGET,
                headline=True,
                better="more",
            ),
            Metric(
                "csat",
                _lt("Satisfaction"),
                "percent",
                _lt(
                    "Tickets whose customer was satisfied, among those closed in the"
                    " period whose customer has answered; no answer is none."
                ),
                TICKET,
                headline=True,
                better="more",
            ),
        )

    @api.model
    def _figure_sources(self, scope):
        sources = [self._ticket_source(scope)]
        return (
            [*sources, self._promise_source(scope)]
            if self._can_read(TARGET)
            else sources
        )

    @api.model
    def _is_open(self):
        """Return the tickets (Domain) that are in no closing stage."""
        return Domain("stage_id.closed", "=", False)

    @api.model
    def _ticket_source(self, scope):
        """Return the tickets: those that are open, those whose customer answered."""
        tickets = self.env[TICKET]
        answered = tickets._service_answered_domain(*scope.bounds(scope.period))
        return FigureSource(
            model=TICKET,
            partner="partner_id",
            domain=Domain.TRUE,
            keys={
                "open_tickets": self._is_open(),
                ANSWERED.key: answered,
                SATISFIED.key: answered & tickets._service_satisfied_domain(),
            },
        )

    @api.model
    def _promise_source(self, scope):
        """Return the promises that ended in the period."""
        targets = self.env[TARGET]
        ended = targets._service_ended_domain(*scope.bounds(scope.period))
        return FigureSource(
            model=TARGET,
            partner="ticket_id.partner_id",
            domain=Domain.TRUE,
            keys={ENDED.key: ended, KEPT.key: ended & targets._service_kept_domain()},
        )

    @api.model
    def _compute_metrics(self, scope):
        breached = self._is_open() & Domain("service_sla_state", "=", "breached")
        source = self._ticket_source(scope)
        metrics = [*self._visible_metrics(), ANSWERED, SATISFIED]
        figures = self._figures(scope, source, metrics)
        self._add_share(figures, "csat", ANSWERED, SATISFIED)
        # The state of service levels is searched anew each time: only where it matters.
        opened = [found["open_tickets"] for found in figures.values()]
        if any(figure["value"] or figure["partial"] for figure in opened):
            late = self._figures(
                scope, replace(source, keys={"breached_tickets": breached})
            )
            for asked, found in late.items():
                figures[asked].update(found)
        else:
            base = self._base_domain(scope, source) & breached
            for asked, found in figures.items():
                mine = Domain(scope.domain(asked))
                figure = {"value": 0, "domain": list(mine & base), "partial": False}
                found["breached_tickets"] = figure
        if self._can_read(TARGET):
            for asked, found in self._promise_figures(scope).items():
                figures[asked].update(found)
        return figures

    @api.model
    def _promise_figures(self, scope):
        """Return {partner id: {"sla_met": figure}} of whose promises ended at all."""
        figures = self._figures(scope, self._promise_source(scope), (ENDED, KEPT))
        self._add_share(figures, "sla_met", ENDED, KEPT)
        return figures

    @api.model
    def _add_share(self, figures, key, whole, part):
        """Put the share (percent) in the place of the two counts that it is made of.

        It opens what it is a share of; nothing counted is no figure, not zero.
        """
        percent = self.env["helpdesk.ticket.team"]._service_percent
        for found in figures.values():
            of, share = found.pop(whole.key), found.pop(part.key)
            if of["value"]:
                partial = of["partial"] or share["partial"]
                value = percent(share["value"], of["value"])
                found[key] = dict(of, value=value, partial=partial)

    # === CHARTS AND TABLES === #

    @api.model
    def _charts(self, scope, partner_id):
        """Add the tickets opened by month, with the year before."""
        source = FigureSource(model=TICKET, partner="partner_id", domain=[], keys={})
        chart = self._month_chart(
            scope,
            partner_id,
            source,
            OPENED,
            "tickets_by_month",
            self.env._("Tickets by month"),
            "service_opened_on",
        )
        return [*super()._charts(scope, partner_id), chart]

    @api.model
    def _tables(self, scope, partner_id):
        """Add the open tickets, the oldest first."""
        domain = (
            Domain(scope.domain(partner_id))
            & Domain("company_id", "in", list(scope.company_ids))
            & Domain("stage_id.closed", "=", False)
        )
        columns = [
            ("number", self.env._("Number"), "text"),
            ("name", self.env._("Subject"), "text"),
            ("opened", self.env._("Opened"), "date"),
            ("stage", self.env._("Stage"), "text"),
            ("service_level", self.env._("Service level"), "text"),
        ]
        table = self._record_table(
            "open_tickets",
            self.env._("Open tickets"),
            columns,
            TICKET,
            domain,
            "service_opened_on, id",
            lambda ticket: self._ticket_values(scope, ticket),
        )
        return [*super()._tables(scope, partner_id), table]

    @api.model
    def _ticket_values(self, scope, ticket):
        """Return the row (dict) of an open ticket."""
        return {
            "number": ticket.number,
            "name": ticket.name,
            "opened": scope.day_of(ticket.service_opened_on),
            "stage": ticket.stage_id.display_name or "",
            "service_level": self._selection_text(ticket, "service_sla_state"),
        }

    # === TIMELINE === #

    @api.model
    def _thread_models(self, scope):
        return ((TICKET, "partner_id"),)

    @api.model
    def _timeline_kinds(self):
        return (TimelineKind("ticket", _lt("Tickets"), "fa-life-ring"),)

    @api.model
    def _timeline_sources(self, scope, partner_id):
        mine = Domain(scope.domain(partner_id))
        mine &= Domain("company_id", "in", list(scope.company_ids))
        return [
            TimelineSource(
                kind="ticket",
                model=TICKET,
                domain=mine,
                date="service_opened_on",
                title="display_name",
                state="stage_id",
                search=("name", "number"),
            )
        ]
