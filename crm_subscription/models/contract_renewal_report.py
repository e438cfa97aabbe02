# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.crm_suite_base.tools.options import Option, check_options
from odoo.addons.crm_suite_base.tools.plain import plain

from ..engine import renewal
from .contract_plan import RENEWAL_POLICIES

FORECAST_SPEC = {"months": Option("int", minimum=1, maximum=36)}
LOST = ("cancelled", "lapsed")


class ContractRenewalReport(models.Model):
    """Each term of each contract that ended or will end: renewed, lost or open.

    A term is what lines of a contract end with on one day; a line that was divided in
    mid-term goes on in its successor and ends no term.
    """

    _name = "contract.renewal.report"
    _description = "Renewal Analysis"
    _auto = False
    _order = "renewal_date, id"
    _rec_name = "contract_id"

    contract_id = fields.Many2one("contract.contract", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    plan_id = fields.Many2one("contract.plan", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    policy = fields.Selection(RENEWAL_POLICIES, string="At the End", readonly=True)
    term_end = fields.Date(string="End of the Term", readonly=True)
    renewal_date = fields.Date(readonly=True)
    state = fields.Selection(
        [
            ("open", "Open"),
            ("renewed", "Renewed"),
            ("cancelled", "Cancelled"),
            ("lapsed", "Lapsed"),
        ],
        readonly=True,
    )
    mrr = fields.Monetary(
        string="MRR to Renew",
        readonly=True,
        help="Monthly recurring revenue of the lines that end, at their own prices.",
    )
    renewed_mrr = fields.Monetary(string="MRR Renewed", readonly=True)
    rate = fields.Float(
        string="Renewal Rate (%)",
        readonly=True,
        aggregator="avg",
        help="Renewed terms of those that are decided; open ones do not count.",
    )
    is_late_payer = fields.Boolean(
        string="Late Payer",
        readonly=True,
        help="The customer has an overdue invoice of this company.",
    )
    risk_note = fields.Char(string="Risk", compute="_compute_risk_note")

    @property
    def _table_query(self):
        """Return the SQL of the view: aggregates over lines that the ORM can't join."""
        return SQL(
            """
            WITH late AS (
                SELECT DISTINCT commercial_partner_id, company_id
                  FROM account_move
                 WHERE move_type = 'out_invoice' AND state = 'posted'
                   AND payment_state IN ('not_paid', 'partial')
                   AND invoice_date_due < CURRENT_DATE
            ), renewed AS (
                SELECT contract_id, term_end FROM contract_renewal_step
                 WHERE key = 'renewal' AND state IN ('done', 'late')
            ), term AS (
                SELECT MIN(line.id) AS id, line.contract_id, line.date_end,
                       MIN(line.currency_id) AS currency_id,
                       SUM(line.monthly_amount) AS mrr,
                       COALESCE(SUM(next.monthly_amount), 0) AS renewed_mrr,
                       BOOL_AND(line.cancelled_from IS NOT NULL) AS cancelled,
                       BOOL_OR(renewed.term_end IS NOT NULL) AS renewed
                  FROM contract_line line
             LEFT JOIN contract_line next
                    ON next.id = line.successor_contract_line_id
                   AND next.is_canceled IS NOT TRUE
             LEFT JOIN renewed
                    ON renewed.contract_id = line.contract_id
                   AND renewed.term_end = line.date_end
                 WHERE line.date_end IS NOT NULL
                   AND line.display_type IS NULL
                   AND line.is_canceled IS NOT TRUE
                   AND (next.id IS NULL OR renewed.term_end IS NOT NULL)
              GROUP BY line.contract_id, line.date_end
            )
            SELECT term.id, term.contract_id, term.date_end AS term_end,
                   term.date_end + 1 AS renewal_date, term.currency_id,
                   contract.commercial_partner_id AS partner_id,
                   contract.subscription_plan_id AS plan_id, contract.user_id,
                   contract.company_id, contract.renewal_policy AS policy,
                   term.mrr, term.renewed_mrr, decided.state,
                   CASE decided.state WHEN 'open' THEN NULL
                        WHEN 'renewed' THEN 100.0 ELSE 0.0 END AS rate,
                   late.company_id IS NOT NULL AS is_late_payer
              FROM term
              JOIN contract_contract contract ON contract.id = term.contract_id
        CROSS JOIN LATERAL (
                   SELECT CASE WHEN term.renewed THEN 'renewed'
                               WHEN term.cancelled THEN 'cancelled'
                               WHEN term.date_end < CURRENT_DATE
                                 OR NOT contract.active THEN 'lapsed'
                               ELSE 'open' END AS state) decided
         LEFT JOIN late
                ON late.commercial_partner_id = contract.commercial_partner_id
               AND late.company_id = contract.company_id
             WHERE contract.contract_type = 'sale' AND contract.line_recurrence
            """
        )

    @api.depends("partner_id", "mrr", "currency_id", "risk_note")
    @api.depends_context("uid")
    def _compute_display_name(self):
        """What the calendar shows of a term: who, how much, and whether at risk."""
        for row in self:
            amount = row.currency_id.format(row.mrr)
            mark = "⚠ " if row.risk_note and row.state == "open" else ""
            row.display_name = f"{mark}{row.partner_id.name or ''} · {amount}"

    def _compute_risk_note(self):
        notes = self._get_risk_notes()
        for row in self:
            row.risk_note = ", ".join(notes.get(row.id, ()))

    def _get_risk_notes(self):
        """Return {row id: [why the renewal is at risk]}; glue adds its own reasons."""
        late = self.env._("late payer")
        return {row.id: [late] if row.is_late_payer else [] for row in self}

    def action_open_contract(self):
        """Return the action that opens the row's contract."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "contract.contract",
            "res_id": self.contract_id.id,
            "views": [(False, "form")],
        }

    # === FORECAST === #
    @api.model
    @api.readonly
    def get_forecast(self, options=None):
        """Tell what comes up for renewal in each of the next months.

        Contracts that renew by themselves come up again after each term. What is
        expected is the MRR times the renewal rate of the plan's decided terms of the
        last twelve months (of all plans, where the plan has none; all, without any),
        and nothing of contracts that end with their term.

        :param dict options: ``months`` (int, 1 to 36, default 12)
        :return: list of dicts, one per month: ``month`` (``YYYY-MM``), ``count``,
            ``mrr``, ``expected_mrr``, ``at_risk_mrr`` (customers with a risk),
            ``currency`` and ``currency_id`` (of the current company; other currencies
            at today's rate), ``renewal_ids`` (the open terms that are counted, of this
            model)
        :raise AccessError: the user may not read renewals
        :raise UserError: an option is not valid
        """
        self.check_access("read")
        months = check_options(self.env, options, FORECAST_SPEC).get("months", 12)
        today = fields.Date.context_today(self)
        first = today.replace(day=1)
        until = first + relativedelta(months=months, days=-1)
        rates = self._get_rates(today)
        sums, counted = defaultdict(lambda: defaultdict(float)), defaultdict(set)
        for row in self.search([("state", "=", "open"), ("renewal_date", "<=", until)]):
            for month in row._add_to_forecast(sums, until, rates):
                counted[month].add(row.id)
        return plain(
            [
                self._describe_month(
                    first + relativedelta(months=number), sums, counted
                )
                for number in range(months)
            ]
        )

    def _describe_month(self, month, sums, counted):
        found = sums[month]
        currency = self.env.company.currency_id
        return {
            "month": month.strftime("%Y-%m"),
            "currency": currency.name,
            "currency_id": currency.id,
            "renewal_ids": sorted(counted[month]),
            "count": int(found["count"]),
            **{
                name: currency.round(found[name])
                for name in ("mrr", "expected_mrr", "at_risk_mrr")
            },
        }

    def _get_rates(self, today):
        """Return {plan: share of its decided terms that was renewed}; False: of all."""
        domain = [
            ("state", "!=", "open"),
            ("term_end", ">=", today - relativedelta(years=1)),
            ("term_end", "<=", today),
        ]
        groups = self._read_group(domain, ["plan_id"], ["rate:avg", "__count"])
        total = sum(count for _plan, _rate, count in groups)
        overall = sum(rate * count for _plan, rate, count in groups)
        rates = {plan: rate / 100 for plan, rate, _count in groups}
        rates[False] = overall / total / 100 if total else 1.0
        return rates

    def _add_to_forecast(self, sums, until, rates):
        """Add the terms of an open row to the sums per month; return these months."""
        self.ensure_one()
        contract, company = self.contract_id, self.env.company
        mrr = self.currency_id._convert(
            self.mrr, company.currency_id, company, fields.Date.context_today(self)
        )
        rate = rates.get(self.plan_id, rates[False]) if self.policy != "end" else 0.0
        count = contract.renewal_term_count if self.policy == "automatic" else 0
        last_end = until - relativedelta(days=1)
        ends = renewal.terms_until(
            self.term_end,
            contract.renewal_term_unit,
            count,
            last_end,
            contract._get_term_day(),
        )
        months = [(end + relativedelta(days=1)).replace(day=1) for end in ends]
        for number, month in enumerate(months, start=1):
            found = sums[month]
            found["count"] += 1
            found["mrr"] += mrr
            found["expected_mrr"] += mrr * rate**number
            found["at_risk_mrr"] += mrr if self.risk_note else 0.0
        return months
