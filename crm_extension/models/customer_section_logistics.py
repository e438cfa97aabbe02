# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from ..engine.timeline import TimelineKind, TimelineSource
from .customer_figures import FigureSource
from .customer_metrics_logistics import LOT, METRICS, MOVE, PICKING

_lt = LazyTranslate(__name__)


class CrmCustomerSectionLogistics(models.AbstractModel):
    """Deliveries, returns and the serial numbers that the customer has."""

    _name = "crm.customer.section.logistics"
    _inherit = "crm.customer.section"
    _description = "Logistics Section of the Customer View"

    _section_key = "logistics"
    _section_sequence = 30
    _section_models = (PICKING,)

    @api.model
    def _section_label(self):
        return self.env._("Logistics")

    @api.model
    def _metrics(self):
        return METRICS

    @api.model
    def _figure_sources(self, scope):
        sources = [self._source(scope)]
        if self._can_read("stock.location"):
            sources.append(self._move_source(scope))
        return sources

    @api.model
    def _compute_metrics(self, scope):
        figures = self._figures_of(scope, self._figure_sources(scope))
        for found in figures.values():
            for key in ("oldest_due", "oldest_late"):
                found[key]["value"] = scope.day_of(found[key]["value"])
            self._add_rate(
                found, "on_time_rate", "deliveries_on_time", "deliveries_done"
            )
            self._add_rate(found, "return_rate", "units_returned", "units_delivered")
        if any(metric.key == "serials_owned" for metric in self._visible_metrics()):
            self._add_serials(scope, figures)
        return figures

    @api.model
    def _add_rate(self, found, key, part, whole):
        """Add a part in percent of a whole; False where there is no whole."""
        if whole not in found:
            return
        part, whole = found[part], found[whole]
        rate = 100 * part["value"] / whole["value"] if whole["value"] else None
        found[key] = {
            "value": False if rate is None else round(rate, 1),
            "domain": whole["domain"],
            "partial": whole["partial"] or part["partial"],
        }

    @api.model
    def _source(self, scope):
        """Return the transfers to and from customers."""
        late = self._due() & Domain("scheduled_date", "<", scope.now)
        in_period = Domain(scope.moments("date_done", scope.period))
        done = self._outgoing() & Domain("state", "=", "done") & in_period
        keys = {
            "deliveries_due": self._due(),
            "oldest_due": self._due(),
            "deliveries_late": late,
            "oldest_late": late,
            "backorders": self._due() & Domain("backorder_id", "!=", False),
            "deliveries_done": done,
            "deliveries_on_time": done & Domain("crm_on_time", "=", True),
        }
        if self._can_read("stock.location"):
            keys["returns"] = self._returned() & in_period
        return FigureSource(
            model=PICKING, partner="partner_id", domain=Domain.TRUE, keys=keys
        )

    @api.model
    def _move_source(self, scope):
        """Return what was moved to and from customers in the period."""
        customer = Domain("location_id.usage", "=", "customer")
        to_customer = Domain("location_dest_id.usage", "=", "customer")
        returned = customer & ~to_customer
        return FigureSource(
            model=MOVE,
            partner="picking_id.partner_id",
            domain=Domain("state", "=", "done")
            & Domain(scope.moments("date", scope.period)),
            keys={
                "units_delivered": to_customer & ~customer,
                "units_returned": returned,
                "return_value": returned,
            },
            date="date",
        )

    @api.model
    def _due(self):
        """Return the domain of deliveries that are confirmed and not done, or begun in
        a warehouse that picks or packs first."""
        return Domain("crm_delivery_due", "=", True)

    @api.model
    def _outgoing(self):
        """Return the domain of deliveries."""
        return Domain("picking_type_id.code", "=", "outgoing")

    @api.model
    def _returned(self):
        """Return the domain of transfers that came back from a customer."""
        return Domain("state", "=", "done") & Domain(
            "location_id.usage", "=", "customer"
        )

    @api.model
    def _add_serials(self, scope, figures):
        """Add the number of serial numbers that each asked partner holds.

        Raw SQL, because the holder is told by :meth:`_crm_holder_query`; the serial
        numbers are the ORM's own search with the user's rules.
        """
        self.env["stock.move.line"].flush_model()
        self.env["stock.picking"].flush_model(["partner_id"])
        holders = self.env.execute_query(
            self._kept(
                scope,
                "serials",
                lambda section, pattern: section._serials_sql(pattern),
                names=("product.product", "product.template", LOT),
            )
        )
        for partner_id, found in figures.items():
            mine = Domain("crm_holder_id", "in", list(scope.members[partner_id]))
            found["serials_owned"] = {
                "value": sum(
                    count
                    for holder, count in holders
                    if holder in scope.members[partner_id]
                ),
                "domain": list(self._serial_domain(scope) & mine),
            }

    @api.model
    def _serials_sql(self, scope):
        """Return SQL of (partner, number of serial numbers that it holds)."""
        lots = self.env[LOT]._search(self._serial_domain(scope))
        return SQL(
            """
            SELECT held.partner_id, COUNT(*) FROM (%s) AS held
             WHERE held.lot_id IN %s GROUP BY held.partner_id
            """,
            self.env[LOT]._crm_holder_query(None, scope.member_ids),
            lots.subselect(),
        )

    @api.model
    def _serial_domain(self, scope):
        """Return the domain of serial numbers of the companies that count."""
        companies = [*scope.company_ids, False]
        return Domain("product_id.tracking", "=", "serial") & Domain(
            "company_id", "in", companies
        )

    # === TIMELINE === #

    @api.model
    def _thread_models(self, scope):
        return ((PICKING, "partner_id"),)

    @api.model
    def _timeline_kinds(self):
        return (
            TimelineKind("delivery", _lt("Deliveries"), "fa-truck"),
            TimelineKind("return", _lt("Returns"), "fa-undo"),
        )

    @api.model
    def _timeline_sources(self, scope, partner_id):
        mine = Domain(scope.domain(partner_id))
        mine &= Domain("company_id", "in", list(scope.company_ids))
        mine &= Domain("state", "not in", ("draft", "cancel"))
        sources = self._rows("delivery", mine & self._outgoing())
        if self._can_read("stock.location"):
            sources += self._rows("return", mine & self._returned())
        return sources

    @api.model
    def _rows(self, kind, domain):
        """Return the timeline's sources of transfers: done ones by the day they were
        done, the others by the day they are planned for (list of TimelineSource)."""
        done = Domain("state", "=", "done")
        return [
            TimelineSource(
                kind=kind,
                model=PICKING,
                domain=domain & which,
                date=date,
                title="name",
                state="state",
                search=("name", "origin"),
            )
            for which, date in ((done, "date_done"), (~done, "scheduled_date"))
        ]
