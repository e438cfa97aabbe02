# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from ..engine.periods import day_start
from ..engine.steps import StepRule, latest_day
from .customer_figures import FigureSource
from .customer_section_finance import INVOICES, ITEM
from .customer_section_logistics import PICKING
from .customer_section_sales import ORDER
from .customer_step import StepFacts, StepSource

_lt = LazyTranslate(__name__)


class CrmCustomerSection(models.AbstractModel):
    _inherit = "crm.customer.section"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _before(self, scope, field, days):
        """Return the Domain of moments that lie more than so many days back."""
        after = latest_day(scope.today, days) + timedelta(days=1)
        return Domain(field, "<", day_start(after, scope.zone))


class CrmCustomerSectionFinance(models.AbstractModel):
    """Ask for what is overdue."""

    _inherit = "crm.customer.section.finance"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _step_rules(self):
        overdue = StepRule(
            "overdue",
            _lt("Ask for payment"),
            _lt("Invoices are overdue by more than %(days)s days."),
            _lt("Write a reminder"),
            "mail",
            "danger",
            _lt("Reminder: open invoices"),
            figure="overdue",
        )
        return (*super()._step_rules(), overdue)

    @api.model
    def _step_source_overdue(self, scope, days):
        """Return the open instalments overdue by more than so many days."""
        late = Domain("date_maturity", "<=", latest_day(scope.today, days))
        figures = FigureSource(
            model=ITEM,
            partner=self._item_partner(scope),
            domain=Domain("parent_state", "=", "posted")
            & Domain("reconciled", "=", False)
            & Domain("account_id.account_type", "=", "asset_receivable")
            & Domain("account_id.non_trade", "=", False)
            & Domain("amount_residual", ">", 0)
            & Domain("move_id.move_type", "in", INVOICES),
            keys={"": late},
        )
        return StepSource(figures, "date_maturity", "amount_residual")

    @api.model
    def _step_evidence_overdue(self, facts, values):
        return self.env._(
            "%(amount)s open, the oldest for %(days)s days; open items: %(count)s.",
            **values,
        )


class CrmCustomerSectionSales(models.AbstractModel):
    """Ask about quotations."""

    _inherit = "crm.customer.section.sales"

    _steps_need_figures = True

    @api.model
    def _step_rules(self):
        quotation = StepRule(
            "quotation",
            _lt("Ask about the quotation"),
            _lt("Quotations were sent more than %(days)s days ago, without answer."),
            _lt("Write to the customer"),
            "mail",
            "warning",
            _lt("Our quotation"),
            figure="open_quotations_count",
        )
        reorder = StepRule(
            "reorder",
            _lt("Offer the next order"),
            _lt("The next order is overdue by more than %(days)s days."),
            _lt("New quotation"),
            "quotation",
            "info",
            _lt("Your next order"),
        )
        return (*super()._step_rules(), quotation, reorder)

    @api.model
    def _step_facts_reorder(self, scope, days, figures):
        """Return the day on which the next order was usual, where that is long ago.

        Customers of whom the reader sees only a part are left out: a colleague may
        have taken the order.
        """
        found = {}
        for partner_id, values in figures.items():
            usual = values.get("reorder_date")
            if not usual or not usual["value"] or usual.get("partial"):
                continue
            if usual["value"] <= latest_day(scope.today, days):
                found[partner_id] = StepFacts(
                    since=usual["value"],
                    model=ORDER,
                    domain=usual["domain"],
                    identity=(str(usual["value"]),),
                )
        return found

    @api.model
    def _step_evidence_reorder(self, facts, values):
        return self.env._(
            "By the usual interval an order was due on %(since)s, %(days)s days ago.",
            **values,
        )

    @api.model
    def _step_source_quotation(self, scope, days):
        """Return the quotations sent before so many days and still open."""
        figures = FigureSource(
            model=ORDER,
            partner="partner_id",
            domain=Domain("state", "=", "sent"),
            keys={"": self._before(scope, "date_order", days)},
            currency="currency_id",
        )
        return StepSource(figures, "date_order", "amount_untaxed")

    @api.model
    def _step_evidence_quotation(self, facts, values):
        return self.env._(
            "%(amount)s without tax, the oldest of %(since)s; quotations: %(count)s.",
            **values,
        )


class CrmCustomerSectionLogistics(models.AbstractModel):
    """Announce what is late."""

    _inherit = "crm.customer.section.logistics"

    @api.model
    def _step_rules(self):
        delivery = StepRule(
            "delivery",
            _lt("Announce the late delivery"),
            _lt("Deliveries are late by more than %(days)s days."),
            _lt("Write to the customer"),
            "mail",
            "warning",
            _lt("Your delivery is late"),
            figure="deliveries_late",
        )
        return (*super()._step_rules(), delivery)

    @api.model
    def _step_source_delivery(self, scope, days):
        """Return the deliveries planned before so many days and not done."""
        figures = FigureSource(
            model=PICKING,
            partner="partner_id",
            domain=self._due(),
            keys={"": self._before(scope, "scheduled_date", days)},
        )
        return StepSource(figures, "scheduled_date")

    @api.model
    def _step_evidence_delivery(self, facts, values):
        return self.env._(
            "The oldest was planned for %(since)s; late deliveries: %(count)s.",
            **values,
        )


class CrmCustomerSectionContact(models.AbstractModel):
    """Do not lose sight of anybody."""

    _inherit = "crm.customer.section.contact"  # pylint: disable=consider-merging-classes-inherited

    _steps_need_figures = True

    @api.model
    def _step_rules(self):
        contact = StepRule(
            "contact",
            _lt("Get in touch"),
            _lt("No contact for more than %(days)s days, and nothing is planned."),
            _lt("Plan a call"),
            "activity",
        )
        return (*super()._step_rules(), contact)

    @api.model
    def _step_facts_contact(self, scope, days, figures):
        """Return the last contact of customers that nobody has spoken to for long.

        Without any contact the days count from the day the contact was made. Whoever
        is a vendor only is left alone.
        """
        found = {}
        latest = latest_day(scope.today, days)
        partners = self.env["res.partner"].browse(scope.partner_ids)
        for partner in partners:
            values = {
                key: figure["value"]
                for key, figure in figures.get(partner.id, {}).items()
            }
            spoken = [values.get(f"last_contact_{way}") for way in ("in", "out")]
            last = max(filter(None, spoken), default=None)
            since = last or scope.day_of(partner.create_date)
            planned = values.get("next_activity") or values.get("overdue_activities")
            vendor = partner.supplier_rank and not partner.customer_rank
            if since <= latest and not planned and not vendor:
                found[partner.id] = StepFacts(since=since, identity=(str(last),))
        return found

    @api.model
    def _step_evidence_contact(self, facts, values):
        if facts.identity == ("None",):
            return self.env._("Never spoken to; here since %(since)s.", **values)
        return self.env._(
            "The last contact was on %(since)s, %(days)s days ago.", **values
        )
