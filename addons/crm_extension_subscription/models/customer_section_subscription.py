# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dataclasses import replace

from odoo import api, models
from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from odoo.addons.crm_extension.engine.timeline import TimelineKind, TimelineSource
from odoo.addons.crm_extension.models.customer_charts import TABLE_ROWS
from odoo.addons.crm_extension.models.customer_figures import FigureSource
from odoo.addons.crm_suite_base.tools.metric import Metric

_lt = LazyTranslate(__name__)

CONTRACT = "contract.contract"
LINE = "contract.line"
STEP = "contract.renewal.step"


class CrmCustomerSectionSubscription(models.AbstractModel):
    """What the customer subscribes to: revenue per month, renewal, events."""

    _name = "crm.customer.section.subscription"
    _inherit = "crm.customer.section"
    _description = "Subscription Section of the Customer View"

    _section_key = "subscription"
    _section_sequence = 40
    _section_models = (CONTRACT,)

    @api.model
    def _section_label(self):
        return self.env._("Subscriptions")

    @api.model
    def _metrics(self):
        return (
            Metric(
                "mrr",
                _lt("MRR"),
                "currency",
                _lt(
                    "Monthly recurring revenue, untaxed, of the contract lines that"
                    " run today."
                ),
                LINE,
                "monthly_recurring:sum",
                headline=True,
                better="more",
            ),
            Metric(
                "renewal_date",
                _lt("Renewal date"),
                "date",
                _lt(
                    "The nearest last day of a term among the contract lines that"
                    " are neither renewed nor cancelled."
                ),
                LINE,
                "date_end:min",
                group="mrr",
            ),
            Metric(
                "active_contracts",
                _lt("Active contracts"),
                "count",
                _lt("Customer contracts with a line that runs today."),
                CONTRACT,
                "id:count",
                group="mrr",
            ),
            Metric(
                "contracts_to_renew",
                _lt("To renew"),
                "count",
                _lt(
                    "Customer contracts whose notice period has begun and whose next"
                    " term is not agreed."
                ),
                CONTRACT,
                "id:count",
            ),
            Metric(
                "contracts_ending",
                _lt("Cancelled, still running"),
                "count",
                _lt("Customer contracts that are cancelled and still run."),
                CONTRACT,
                "id:count",
            ),
        )

    @api.model
    def _figure_sources(self, scope):
        sources = [self._line_source(scope), self._contract_source(scope)]
        return [*sources, self._renewal_source(scope)]

    @api.model
    def _compute_metrics(self, scope):
        if self._has_contracts(scope):
            return self._figures_of(scope, self._figure_sources(scope))
        *sources, renewals = self._figure_sources(scope)
        figures = self._figures_of(scope, sources, known_empty=True)
        self._add_no_renewals(scope, renewals, figures)
        return figures

    @api.model
    def _has_contracts(self, scope):
        """Return whether there are contracts of the asked partners at all.

        With sudo: what rules hide makes a figure partial. Archived ones count: their
        lines are in figures.
        """
        contracts = self.env[CONTRACT].sudo().with_context(active_test=False)
        mine = Domain("partner_id", "in", scope.member_ids)
        return bool(contracts.search_count(mine, limit=1))

    @api.model
    def _add_no_renewals(self, scope, source, figures):
        """Add that nothing is to renew: their state is searched anew each time, over
        all contracts of the company, only where it matters."""
        base = self._base_domain(scope, source)
        for partner_id, found in figures.items():
            mine = Domain(scope.domain(partner_id)) & base
            for key, domain in source.keys.items():
                domain = list(mine & domain)
                found[key] = {"value": 0, "domain": domain, "partial": False}

    @api.model
    def _running(self, scope):
        """Return the lines that run today (Domain on contract.line)."""
        return (
            Domain("is_canceled", "=", False)
            & Domain("display_type", "=", False)
            & Domain("date_start", "<=", scope.today)
            & (Domain("date_end", "=", False) | Domain("date_end", ">=", scope.today))
        )

    @api.model
    def _renewable(self):
        """Return the lines that nobody renewed or cancelled (Domain)."""
        return (
            Domain("is_canceled", "=", False)
            & Domain("display_type", "=", False)
            & Domain("cancelled_from", "=", False)
            & Domain("successor_contract_line_id", "=", False)
        )

    @api.model
    def _line_source(self, scope):
        """Return the lines of customer contracts: those that run, those to renew."""
        renewable = self._renewable() & Domain("date_end", ">=", scope.today)
        return FigureSource(
            model=LINE,
            partner="partner_id",
            domain=Domain("contract_id.contract_type", "=", "sale"),
            keys={"mrr": self._running(scope), "renewal_date": renewable},
            currency="currency_id",
        )

    @api.model
    def _contract_source(self, scope):
        """Return the customer contracts that have a running line."""
        return FigureSource(
            model=CONTRACT,
            partner="partner_id",
            domain=Domain("contract_type", "=", "sale"),
            keys={
                "active_contracts": Domain(
                    "contract_line_ids", "any", self._running(scope)
                ),
                "contracts_ending": Domain("service_end_date", ">=", scope.today),
            },
        )

    @api.model
    def _renewal_source(self, scope):
        """Return the customer contracts whose notice period has begun."""
        return replace(
            self._contract_source(scope),
            keys={
                "contracts_to_renew": Domain("subscription_state", "in", ["to_renew"])
            },
        )

    # === TABLES === #

    @api.model
    def _tables(self, scope, partner_id):
        """Add the running subscriptions and the periods that they bill next."""
        contracts = (
            Domain(scope.domain(partner_id))
            & Domain("contract_type", "=", "sale")
            & Domain("company_id", "in", list(scope.company_ids))
            & Domain("contract_line_ids", "any", self._running(scope))
        )
        return [
            *super()._tables(scope, partner_id),
            self._contract_table(contracts),
            self._period_table(contracts),
        ]

    @api.model
    def _contract_table(self, domain):
        """Return the running subscriptions, the next invoice first."""
        columns = [
            ("name", self.env._("Subscription"), "text"),
            ("start", self.env._("Start"), "date"),
            ("end", self.env._("End"), "date"),
            ("next", self.env._("Next invoice"), "date"),
            ("mrr", self.env._("MRR"), "currency"),
        ]
        return self._record_table(
            "subscriptions",
            self.env._("Subscriptions"),
            columns,
            CONTRACT,
            domain,
            "recurring_next_date, id",
            self._contract_values,
        )

    @api.model
    def _contract_values(self, contract):
        """Return the row (dict) of a subscription, in its own currency."""
        return {
            "name": contract.display_name,
            "start": contract.date_start,
            "end": contract.date_end,
            "next": contract.recurring_next_date,
            "mrr": contract.mrr,
            "currency": contract.currency_id.name,
        }

    @api.model
    def _period_table(self, domain):
        """Return the next periods to bill, by the code that bills them.

        The first contracts by next invoice suffice: each has a period that comes
        before all periods of those that are left out.
        """
        billed = domain & Domain("recurring_next_date", "!=", False)
        contracts = self.env[CONTRACT].search(
            billed, order="recurring_next_date, id", limit=TABLE_ROWS
        )
        periods = (
            contracts.preview_schedule(limit=TABLE_ROWS)[:TABLE_ROWS]
            if contracts
            else []
        )
        lines = self.env[LINE].browse(period["line_id"] for period in periods)
        products = {line.id: line.name for line in lines}
        rows = [
            {
                "line": " · ".join(
                    filter(None, (products[period["line_id"]], period["label"]))
                ),
                "start": period["period_start"],
                "end": period["period_end"],
                "invoice_date": period["invoice_date"],
                "amount": period["amount"],
                "currency": period["currency"],
                "model": CONTRACT,
                "res_id": period["contract_id"],
            }
            for period in periods
        ]
        columns = [
            ("line", self.env._("Subscription line"), "text"),
            ("start", self.env._("From"), "date"),
            ("end", self.env._("To"), "date"),
            ("invoice_date", self.env._("Invoice"), "date"),
            ("amount", self.env._("Untaxed"), "currency"),
        ]
        label = self.env._("Periods to come")
        return self._table_of(
            "periods_to_come", label, columns, rows, len(rows), CONTRACT, billed
        )

    # === TIMELINE === #
    @api.model
    def _thread_models(self, scope):
        return ((CONTRACT, "partner_id"),)

    @api.model
    def _timeline_kinds(self):
        return (
            TimelineKind("subscription", _lt("Subscriptions"), "fa-refresh"),
            TimelineKind("renewal", _lt("Renewals"), "fa-calendar-check-o"),
        )

    @api.model
    def _timeline_sources(self, scope, partner_id):
        """Starts and ends of contracts, and what was done for renewals; the billed
        periods are on the timeline as invoices."""
        companies = Domain("company_id", "in", list(scope.company_ids))
        sale = Domain("contract_type", "=", "sale") & companies
        contracts = Domain(scope.domain(partner_id)) & sale
        steps = Domain(scope.domain(partner_id, "contract_id.partner_id")) & companies
        ended = Domain("date_end", "<", scope.today)
        return [
            self._contract_rows(contracts & ~ended, "date"),
            self._contract_rows(contracts & ended, "date_end"),
            TimelineSource(
                kind="renewal",
                model=STEP,
                domain=steps,
                date="date_done",
                state="action",
                partner="",
                search=("contract_id",),
            ),
        ]

    @api.model
    def _contract_rows(self, domain, date):
        """Return the source of contracts, placed by their start or their end."""
        return TimelineSource(
            kind="subscription",
            model=CONTRACT,
            domain=domain,
            date=date,
            title="name",
            state="subscription_state",
            amount="mrr",
            currency="currency_id",
            search=("name", "code"),
        )
