# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict
from dataclasses import replace

from odoo import SUPERUSER_ID, api, models
from odoo.fields import Domain
from odoo.tools import SQL

from .customer_section_finance import INVOICES, ITEM

PERIOD_KEYS = ("revenue", "revenue_previous")
OPEN_KEYS = ("receivable", "open_invoices", "not_due", "overdue", "unallocated_credits")


class CrmCustomerSectionFinance(models.AbstractModel):
    _inherit = "crm.customer.section.finance"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _ledger_as_known(self, scope, moment):
        """Return the ledger's figures of the scope's day as a moment knew them.

        Without items that were entered or posted later, and with residuals as the
        reconciliations of then left them. What was posted then and taken back since
        (reset to draft, reconciliation undone) cannot be told from the ledger of now.

        :param scope: one company; ``today`` and ``period`` are of the past day
        :param moment: datetime, UTC
        :return: {partner id: {metric key: value}} in the company's currency
        """
        source = self._ledger_source(scope)
        source = replace(
            source,
            domain=Domain(source.domain) & self._known_domain(moment),
            keys={key: source.keys[key] for key in PERIOD_KEYS},
        )
        found = {
            partner_id: {key: figures[key]["value"] for key in PERIOD_KEYS}
            for partner_id, figures in self._figures(scope, source).items()
        }
        currency = self.env["res.currency"].browse(scope.currency_id)
        for partner_id, totals in self._open_as_known(scope, moment).items():
            for key in OPEN_KEYS:
                found[partner_id][key] = currency.round(totals[key])
        return found

    @api.model
    def _known_domain(self, moment):
        """Return the Domain of items that were entered and posted by a moment."""
        posted = Domain("move_id.crm_posted_at", "=", False)
        posted |= Domain("move_id.crm_posted_at", "<=", moment)
        return Domain("create_date", "<=", moment) & posted

    @api.model
    def _open_as_known(self, scope, moment):
        """Return {partner id: {metric key: sum}} of what was open on receivables."""
        found = {
            partner_id: dict.fromkeys(OPEN_KEYS, 0.0)
            for partner_id in scope.partner_ids
        }
        owners = scope.owners()
        for partner_id, move_type, due, residual in self._residuals(scope, moment):
            keys = ["receivable"]
            if residual < 0:
                keys.append("unallocated_credits")
            elif move_type in INVOICES:
                late = bool(due and due < scope.today)
                keys += ["open_invoices", "overdue" if late else "not_due"]
            for owner in owners.get(partner_id, ()):
                for key in keys:
                    sign = -1 if key == "unallocated_credits" else 1
                    found[owner][key] += sign * residual
        return found

    @api.model
    def _residuals(self, scope, moment):
        """Return rows (partner, kind of document, due date, residual of then).

        Raw SQL, because an item's residual of then is its balance less the partial
        reconciliations that existed, which no field keeps.
        """
        items = self.env[ITEM]
        self.env["account.partial.reconcile"].flush_model()
        items.flush_model(["balance", "date_maturity", "partner_id", "move_id"])
        query = items._search(
            Domain("partner_id", "in", list(scope.member_ids))
            & Domain("company_id", "in", list(scope.company_ids))
            & Domain("parent_state", "=", "posted")
            & Domain("account_id.account_type", "=", "asset_receivable")
            & Domain("account_id.non_trade", "=", False)
            & self._known_domain(moment)
        )
        allocated = SQL(
            """SELECT item, SUM(amount) AS amount FROM (
                   SELECT debit_move_id AS item, amount, create_date
                     FROM account_partial_reconcile
                    UNION ALL
                   SELECT credit_move_id, -amount, create_date
                     FROM account_partial_reconcile
               ) AS part
                WHERE create_date <= %s AND item IN %s GROUP BY item""",
            moment,
            query.subselect(),
        )
        return self.env.execute_query(
            SQL(
                """
                SELECT line.partner_id, move.move_type, line.date_maturity,
                       line.balance - COALESCE(allocated.amount, 0)
                  FROM account_move_line line
                  JOIN account_move move ON move.id = line.move_id
                  LEFT JOIN (%s) AS allocated ON allocated.item = line.id
                 WHERE line.id IN %s
                """,
                allocated,
                query.subselect(),
            )
        )


class CrmCustomerSnapshotDay(models.Model):
    _inherit = "crm.customer.snapshot.day"  # pylint: disable=consider-merging-classes-inherited

    def _recompute_ledger(self):
        """Return {row: value} of ledger figures, computed again as their moment knew.

        Rows of other figures are left out: their past cannot be computed again.
        """
        known = {f"finance.{key}" for key in (*PERIOD_KEYS, *OPEN_KEYS)}
        places = defaultdict(self.browse)
        for row in self.filtered(lambda row: row.metric in known):
            places[(row.company_id, row.day, row.computed_at)] |= row
        found = {}
        for (company, day, moment), rows in places.items():
            env = self.env(
                user=SUPERUSER_ID,
                su=True,
                context={"allowed_company_ids": company.ids},
            )
            partners = env["res.partner"].browse(rows.partner_id.ids)
            scope = replace(partners._customer_scope({"date_to": day}), today=day)
            figures = env["crm.customer.section.finance"]._ledger_as_known(
                scope, moment
            )
            for row in rows:
                key = row.metric.partition(".")[2]
                found[row] = figures[row.partner_id.id][key]
        return found
