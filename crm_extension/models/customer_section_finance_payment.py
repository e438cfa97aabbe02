# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine.payment import PaymentDays
from ..engine.periods import Period
from .customer_metrics_finance import INVOICES, ITEM
from .customer_section_finance import CREDIT_RECEIVABLE


class CrmCustomerSectionFinance(models.AbstractModel):
    """What comes in next, how the customer pays, and how far his credit goes."""

    _inherit = "crm.customer.section.finance"

    # === NEXT DUE === #

    @api.model
    def _add_next_due(self, scope, figures):
        """Add what is open of the instalments that are due on the next due date."""
        amounts = self._amounts_to_come(scope)
        currency = self.env["res.currency"].browse(scope.currency_id)
        for partner_id, found in figures.items():
            day = found["next_due"]["value"]
            domain = Domain(found["next_due"]["domain"])
            domain &= Domain("date_maturity", "=", day) if day else Domain.FALSE
            found["next_due_amount"] = {
                "value": currency.round(amounts.get((partner_id, day), 0.0)),
                "domain": list(domain),
                "partial": found["next_due"]["partial"],
            }

    @api.model
    def _amounts_to_come(self, scope):
        """Return {(asked partner id, due date): what is open of invoices}."""
        rows = self.env.execute_query(
            self._kept(
                scope,
                "amounts_to_come",
                lambda section, pattern: section._amounts_to_come_sql(pattern),
                names=("account.account", "account.move", ITEM),
            )
        )
        rates = self._weights(scope)
        owners, amounts = scope.owners(), {}
        for member_id, company_id, day, amount in rows:
            for owner in owners.get(member_id, ()):
                place = (owner, day)
                part = float(amount) * rates[company_id]
                amounts[place] = amounts.get(place, 0.0) + part
        return amounts

    @api.model
    def _amounts_to_come_sql(self, scope):
        """Return SQL of (partner, company, due date, what is open of invoices).

        Raw SQL, because it is kept: the ORM's own search and columns.
        """
        source = self._open_source(scope, ledger=False)
        items = self.env[ITEM]
        query = items._search(
            Domain(source.partner, "in", scope.member_ids)
            & self._base_domain(scope, source)
            & source.keys["next_due"]
        )
        columns = [
            self._group_sql(scope, source, items, source.partner, query),
            items._field_to_sql(items._table, "company_id", query),
            items._field_to_sql(items._table, "date_maturity", query),
        ]
        query.groupby = SQL(", ").join(columns)
        return query.select(
            *columns, items._read_group_select("amount_residual:sum", query)
        )

    # === CREDIT LIMIT === #

    @api.model
    def _credit_companies(self, scope):
        """Return the companies (recordset, sudo) that watch credit limits."""
        # Whether a company does is no secret to its own users.
        companies = self.env["res.company"].sudo().browse(scope.company_ids)
        return companies.filtered("account_use_credit_limit")

    @api.model
    def _add_credit_use(self, scope, figures):
        """Add the credit limit and how much of it is used, where there is a limit."""
        limits = self._credit_limits(scope)
        for partner_id, found in figures.items():
            receivable = found.pop(CREDIT_RECEIVABLE, None)
            limit = limits.get(partner_id)
            if not receivable or not limit:
                continue
            heads = [("id", "in", self._credit_heads(scope)[partner_id])]
            found["credit_limit"] = {"value": limit, "domain": heads}
            found["credit_use"] = {
                "value": round(100 * receivable["value"] / limit, 1),
                "domain": receivable["domain"],
            }

    @api.model
    def _credit_limits(self, scope):
        """Return {asked partner id: limit in the answer's currency}, rounded.

        Read with sudo for who has one of the groups of the figure: what matters is
        the commercial entity, which the user may not be allowed to open.
        """
        companies = self._credit_companies(scope)
        if not companies or not any(
            metric.key == "credit_limit" for metric in self._visible_metrics()
        ):
            return {}
        currency = self.env["res.currency"].browse(scope.currency_id)
        heads, rates = self._credit_heads(scope), self._weights(scope)
        entities = {head for ids in heads.values() for head in ids}
        limits = dict.fromkeys(entities, 0.0)
        for company in companies:
            partners = self.env["res.partner"].sudo().with_company(company)
            for partner in partners.browse(entities):
                limits[partner.id] += partner.credit_limit * rates[company.id]
        return {
            asked: currency.round(sum(limits[head] for head in ids))
            for asked, ids in heads.items()
        }

    @api.model
    def _credit_heads(self, scope):
        """Return {asked partner id: ids of its commercial entities (list)}."""
        # Ids only, of the tree that the scope was resolved with.
        partners = self.env["res.partner"].sudo()
        return {
            asked: partners.browse(members).commercial_partner_id.ids
            for asked, members in scope.members.items()
        }

    # === DAYS TO PAY === #

    @api.model
    def _payment_domain(self, scope, period):
        """Return the domain of payments in a period allocated to invoices."""
        invoices = Domain("debit_move_id.move_id.move_type", "in", INVOICES)
        invoices &= Domain("debit_move_id.parent_state", "=", "posted")
        payments = self._all_payments_domain(scope, period)
        return payments & Domain("matched_debit_ids", "any", invoices)

    @api.model
    def _all_payments_domain(self, scope, period):
        """Return the domain of payments in a period, allocated or not."""
        paid = Domain("journal_id.type", "in", ("bank", "cash", "credit"))
        paid |= Domain("payment_id", "!=", False)
        return (
            Domain("company_id", "in", list(scope.company_ids))
            & Domain("parent_state", "=", "posted")
            & Domain("account_id.account_type", "=", "asset_receivable")
            & Domain("move_id.move_type", "=", "entry")
            & self._days("date", period)
            & paid
        )

    @api.model
    def _sees_allocations(self):
        """Return whether the user reads all allocations of payments (bool)."""
        name = "account.partial.reconcile"
        return self._can_read(name) and not self._is_cut(name)

    @api.model
    def _add_days_to_pay(self, scope, figures):
        """Add the amount-weighted days from invoice, and from due date, to payment.

        Raw SQL, because the weight (the allocated amount) and the dates are on three
        tables and the ORM aggregates fields, not products. The credit items come from
        the ORM's search with the user's rules, the debit items are those of an uncut
        ledger (:meth:`_sees_ledger`).
        """
        if not self._sees_allocations():
            return
        domain = self._payment_domain(scope, scope.period)
        totals = self._days_to_pay_totals(scope)
        for partner_id in scope.partner_ids:
            now = totals.get((partner_id, True), PaymentDays())
            before = totals.get((partner_id, False), PaymentDays())
            base = {
                "domain": list(Domain(scope.domain(partner_id)) & domain),
                "weight": now.weight,
            }
            figures[partner_id]["days_to_pay"] = {
                **base,
                "value": now.to_pay,
                "previous": before.to_pay,
            }
            figures[partner_id]["days_late"] = {
                **base,
                "value": now.late,
                "previous": before.late,
            }

    @api.model
    def _days_to_pay_totals(self, scope):
        """Return {(partner id, whether in the period): PaymentDays}.

        False stands for the period before. Amounts of companies in other currencies
        weigh at the closing rate.
        """
        rates = self._weights(scope)
        owners, totals = scope.owners(), {}
        for partner_id, company_id, current, *sums in self._payment_rows(scope):
            part = PaymentDays(*(float(value or 0) for value in sums))
            for owner in owners.get(partner_id, ()):
                place = (owner, current)
                total = totals.get(place, PaymentDays())
                totals[place] = total + part * rates[company_id]
        return totals

    @api.model
    def _payment_rows(self, scope):
        """Return rows of the period and the one before: partner, company, whether in
        the period, sums of amount x days to pay, of amount x days late, of amount."""
        self.env["account.partial.reconcile"].flush_model()
        columns = ["date", "invoice_date", "date_maturity", "move_id", "parent_state"]
        self.env[ITEM].flush_model(columns)
        sql = self._kept(
            scope,
            "payment_rows",
            lambda section, pattern: section._payment_sql(pattern),
            names=("account.account", "account.journal", "account.move", ITEM),
        )
        return self.env.execute_query(sql)

    @api.model
    def _payment_sql(self, scope):
        """Return the SQL of :meth:`_payment_rows`."""
        both = Period(scope.period.previous().start, scope.period.end)
        domain = self._all_payments_domain(scope, both)
        domain &= Domain("partner_id", "in", scope.member_ids)
        query = self.env[ITEM]._search(domain)
        names = ("id", "partner_id", "company_id", "date")
        columns = [
            self.env[ITEM]._field_to_sql("account_move_line", name, query)
            for name in names
        ]
        return SQL(
            """
            WITH credit AS MATERIALIZED (%s)
            SELECT credit.partner_id, credit.company_id, credit.date >= %s,
                   SUM(part.amount * (
                       credit.date - COALESCE(debit.invoice_date, debit.date)
                   )),
                   SUM(part.amount * (
                       credit.date - COALESCE(debit.date_maturity, debit.date)
                   )),
                   SUM(part.amount)
              FROM credit
              JOIN account_partial_reconcile part ON part.credit_move_id = credit.id
              JOIN account_move_line debit ON debit.id = part.debit_move_id
              JOIN account_move move ON move.id = debit.move_id
             WHERE move.move_type IN %s AND debit.parent_state = 'posted'
             GROUP BY 1, 2, 3
            """,
            query.select(*columns),
            scope.period.start,
            INVOICES,
        )
