# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dataclasses import replace

from odoo import api, models
from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from odoo.addons.crm_extension.engine.timeline import TimelineKind, TimelineSource
from odoo.addons.crm_extension.models.customer_figures import FigureSource
from odoo.addons.crm_suite_base.tools.metric import Metric
from odoo.addons.rating.models.rating_data import RATING_LIMIT_SATISFIED

_lt = LazyTranslate(__name__)

TICKET = "helpdesk.ticket"
RATING = "rating.rating"
OPENED = Metric(
    "tickets_opened",
    _lt("Tickets opened"),
    "count",
    _lt("Tickets opened in the month, whatever became of them."),
    TICKET,
    "id:count",
)


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
                "csat",
                _lt("Satisfaction"),
                "percent",
                _lt(
                    "Satisfied answers among all ratings of tickets; no answer is none."
                ),
                RATING,
                group="open_tickets",
                better="more",
            ),
        )

    @api.model
    def _compute_metrics(self, scope):
        is_open = Domain("stage_id.closed", "=", False)
        breached = is_open & Domain("service_sla_state", "=", "breached")
        source = FigureSource(
            model=TICKET,
            partner="partner_id",
            domain=Domain.TRUE,
            keys={"open_tickets": is_open},
        )
        figures = self._figures(scope, source)
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
        if self._can_read(RATING):
            self._add_satisfaction(scope, figures)
        return figures

    @api.model
    def _add_satisfaction(self, scope, figures):
        """Add ``csat`` (percent, 0..100) of each asked partner that ever answered."""
        counts = {}
        for partner, satisfied, count in self._rating_counts(scope):
            for asked in scope.owners().get(partner, ()):
                good, total = counts.get(asked, (0, 0))
                counts[asked] = (good + count * satisfied, total + count)
        cut = self._is_cut(TICKET)
        for asked, (good, total) in counts.items():
            figures.setdefault(asked, {})["csat"] = {
                "value": round(100.0 * good / total, 1),
                "domain": list(
                    Domain(self._rating_domain(scope)) & Domain(scope.domain(asked))
                ),
                "partial": cut,
            }

    @api.model
    def _rating_counts(self, scope):
        """Yield (partner id, satisfied, number of answers)."""
        rows = self.env[RATING]._read_group(
            self._rating_domain(scope)
            & Domain("partner_id", "in", list(scope.member_ids)),
            ["partner_id", "rating"],
            ["__count"],
        )
        for partner, rating, count in rows:
            yield partner.id, rating >= RATING_LIMIT_SATISFIED, count

    @api.model
    def _rating_domain(self, scope):
        """Return the answers about tickets that the user may read."""
        tickets = self.env[TICKET].search(
            Domain("company_id", "in", list(scope.company_ids))
            & Domain("partner_id", "in", list(scope.member_ids))
            & Domain("rating_last_value", ">", 0)
        )
        return (
            Domain("res_model", "=", TICKET)
            & Domain("res_id", "in", tickets.ids)
            & Domain("consumed", "=", True)
            & Domain("rating", ">=", 1)
        )

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
