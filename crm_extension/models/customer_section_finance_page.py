# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dataclasses import replace

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from ..engine.ageing import BUCKETS, days_overdue
from ..engine.payment import pays_later
from ..engine.scope import CONTACT
from ..engine.timeline import TimelineKind, TimelineSource
from .customer_metrics_finance import (
    DOCUMENT_METRICS,
    DOCUMENTS,
    INVOICES,
    LEDGER_METRICS,
    MOVE,
    OPEN_METRICS,
)

_lt = LazyTranslate(__name__)


class CrmCustomerSectionFinance(models.AbstractModel):
    """What the page shows of invoices and payments beside the figures."""

    _inherit = "crm.customer.section.finance"

    # === CHARTS AND TABLES === #

    @api.model
    def _charts(self, scope, partner_id):
        return [
            *super()._charts(scope, partner_id),
            self._revenue_chart(scope, partner_id),
            self._ageing_chart(scope, partner_id),
        ]

    @api.model
    def _revenue_chart(self, scope, partner_id):
        """Return revenue by month; net invoiced for who does not see the ledger."""
        label = self.env._("Revenue by month")
        if self._sees_ledger(scope):
            source, metric = self._ledger_source(scope), LEDGER_METRICS[0]
            income = Domain("account_id.internal_group", "=", "income")
            source = replace(source, domain=Domain(source.domain) & income)
            return self._month_chart(
                scope, partner_id, source, metric, "revenue_by_month", label, "date"
            )
        source, metric = self._document_source(scope), DOCUMENT_METRICS[0]
        label = self.env._("Net invoiced by month")
        field = "invoice_date"
        return self._month_chart(
            scope, partner_id, source, metric, "net_invoiced_by_month", label, field
        )

    @api.model
    def _ageing_chart(self, scope, partner_id):
        """Return open invoices in the buckets of their instalments' due dates."""
        source = self._open_source(scope, ledger=False)
        declared = {metric.key: metric for metric in OPEN_METRICS}
        figures = self._series(
            scope,
            partner_id,
            source,
            declared["open_invoices"],
            [source.keys[key] for key in BUCKETS],
        )
        return self._chart(
            declared["open_invoices"],
            "ageing",
            self.env._("Open invoices by age"),
            "bar",
            [self.env._(declared[key].label) for key in BUCKETS],
            {self.env._("Open invoices"): figures},
        )

    @api.model
    def _tables(self, scope, partner_id):
        return [
            *super()._tables(scope, partner_id),
            *self._open_invoices_table(scope, partner_id),
        ]

    @api.model
    def _open_invoices_table(self, scope, partner_id):
        """Return the invoices that are not paid, the oldest due date first."""
        if not self._can_read(MOVE):
            return []
        partner = "partner_id" if scope.kind == CONTACT else "commercial_partner_id"
        domain = (
            Domain(scope.domain(partner_id, partner))
            & Domain("company_id", "in", list(scope.company_ids))
            & Domain("state", "=", "posted")
            & Domain("move_type", "in", INVOICES)
            & Domain("amount_residual", ">", 0)
        )
        columns = [
            ("name", self.env._("Invoice"), "text"),
            ("invoice_date", self.env._("Date"), "date"),
            ("invoice_date_due", self.env._("Due"), "date"),
            ("days_overdue", self.env._("Days overdue"), "days"),
            ("amount_total", self.env._("Total"), "currency"),
            ("amount_residual", self.env._("Open"), "currency"),
        ]
        order = "invoice_date_due, id"
        label = self.env._("Open invoices")
        return [
            self._record_table(
                "open_invoices",
                label,
                columns,
                MOVE,
                domain,
                order,
                lambda move: self._open_invoice_values(scope, move),
            )
        ]

    @api.model
    def _open_invoice_values(self, scope, move):
        """Return the row (dict) of an open invoice, in its own currency."""
        return {
            "name": move.name,
            "invoice_date": move.invoice_date,
            "invoice_date_due": move.invoice_date_due,
            "days_overdue": days_overdue(move.invoice_date_due, scope.today),
            "amount_total": move.amount_total,
            "amount_residual": move.amount_residual,
            "currency": move.currency_id.name,
        }

    # === TIMELINE AND NOTICES === #

    @api.model
    def _thread_models(self, scope):
        partner = "partner_id" if scope.kind == CONTACT else "commercial_partner_id"
        return ((MOVE, partner),)

    @api.model
    def _timeline_kinds(self):
        return (
            TimelineKind("invoice", _lt("Invoices"), "fa-pencil-square-o"),
            TimelineKind("credit_note", _lt("Credit notes"), "fa-reply"),
            TimelineKind("payment", _lt("Payments"), "fa-money"),
        )

    @api.model
    def _timeline_sources(self, scope, partner_id):
        companies = Domain("company_id", "in", list(scope.company_ids))
        partner = "partner_id" if scope.kind == CONTACT else "commercial_partner_id"
        moves = companies & Domain(scope.domain(partner_id, partner))
        moves &= Domain("state", "=", "posted")
        sources = [
            self._move_rows("invoice", moves & Domain("move_type", "in", INVOICES)),
            self._move_rows(
                "credit_note", moves & Domain("move_type", "=", "out_refund")
            ),
        ]
        if self._can_read("account.payment"):
            sources.append(self._payment_timeline(scope, partner_id, companies))
        return sources

    @api.model
    def _move_rows(self, kind, domain):
        """Return the timeline's source of customer documents."""
        return TimelineSource(
            kind=kind,
            model=MOVE,
            domain=domain,
            date="invoice_date",
            title="name",
            state="payment_state",
            amount="amount_total_in_currency_signed",
            currency="currency_id",
            search=("name", "ref"),
        )

    @api.model
    def _payment_timeline(self, scope, partner_id, companies):
        """Return the timeline's source of payments from and to the customer."""
        return TimelineSource(
            kind="payment",
            model="account.payment",
            domain=companies
            & Domain(scope.domain(partner_id))
            & Domain("partner_type", "=", "customer")
            & Domain("state", "in", ("in_process", "paid")),
            date="date",
            title="name",
            state="state",
            amount="amount_signed",
            currency="currency_id",
            search=("name", "memo"),
        )

    @api.model
    def _notices(self, scope, figures):
        """Tell of documents booked on another entity, and who pays later now."""
        if not self._sees_ledger(scope):
            return {}
        notices = self._booked_elsewhere(scope)
        for partner_id, found in figures.items():
            days = found.get("days_to_pay")
            if days and pays_later(days["value"], days["previous"]):
                notices.setdefault(partner_id, []).append(
                    self.env._(
                        "Pays later than before: %(now)s days after the invoice,"
                        " %(before)s in the period before.",
                        now=days["value"],
                        before=days["previous"],
                    )
                )
        return notices

    @api.model
    def _booked_elsewhere(self, scope):
        """Return {partner id: notices} of documents that are booked on this customer
        though their contact belongs to another."""
        rows = self.env.execute_query(
            self._kept(
                scope,
                "booked_elsewhere",
                lambda section, pattern: section._booked_elsewhere_sql(pattern),
                names=(MOVE,),
            )
        )
        owners, notices = scope.owners(), {}
        for booked_id, count in rows:
            for owner in owners.get(booked_id, ()):
                notices.setdefault(owner, []).append(
                    self.env._(
                        "Documents booked on this customer whose contact now belongs"
                        " to another: %(count)s. Figures follow the ledger.",
                        count=count,
                    )
                )
        return notices

    @api.model
    def _booked_elsewhere_sql(self, scope):
        """Return SQL of (commercial entity, number of documents whose contact belongs
        to another one now).

        Raw SQL, because it compares two columns: the documents are the ORM's search.
        """
        moves = self.env[MOVE]
        query = moves._search(
            Domain("commercial_partner_id", "in", scope.member_ids)
            & Domain("company_id", "in", list(scope.company_ids))
            & Domain("state", "=", "posted")
            & Domain("move_type", "in", DOCUMENTS)
        )
        booked = moves._field_to_sql(moves._table, "commercial_partner_id", query)
        contact = query.left_join(
            moves._table, "partner_id", "res_partner", "id", "partner_id"
        )
        field = self.env["res.partner"]._fields["commercial_partner_id"]
        current = SQL.identifier(contact, "commercial_partner_id", to_flush=field)
        query.add_where(SQL("%s IS DISTINCT FROM %s", booked, current))
        query.groupby = booked
        return query.select(booked, SQL("COUNT(*)"))
