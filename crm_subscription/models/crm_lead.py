# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.crm_suite_base.tools.context_defaults import context_defaults

from ..engine import mrr


class CrmLead(models.Model):
    """The opportunity of a renewal, in a pipeline of its own."""

    _inherit = "crm.lead"

    renewal_contract_id = fields.Many2one(
        "contract.contract",
        string="Renews",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups="crm_subscription.group_subscription_user,"
        "sales_team.group_sale_salesman,account.group_account_readonly",
    )
    renewal_term_end = fields.Date(
        string="Renews the Term Until", readonly=True, copy=False
    )

    _renewal_uniq = models.UniqueIndex(
        "(renewal_contract_id, renewal_term_end) WHERE renewal_contract_id IS NOT NULL",
        "There is an opportunity for the renewal of this term already.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_renewal_vals(dict.fromkeys(context_defaults(self.env), True))
        for vals in vals_list:
            self._check_renewal_vals(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_renewal_vals(vals)
        return super().write(vals)

    def _check_renewal_vals(self, vals):
        """Refuse to name the contract by hand: the machine makes these leads."""
        if vals.get("renewal_contract_id") and not self.env.su:
            raise AccessError(
                self.env._(
                    "renewal_contract_id: renewal opportunities are made by the"
                    " contract."
                )
            )


class ContractContract(models.Model):
    _inherit = "contract.contract"  # pylint: disable=consider-merging-classes-inherited

    def _get_renewal_team(self):
        """Return the sales team whose pipeline renewals are in (may be empty)."""
        team = self.subscription_plan_id.renewal_team_id
        return team or self.env.ref(
            "crm_subscription.crm_team_renewal", raise_if_not_found=False
        )

    def _step_opportunity(self, step, term_end):
        lead = self.env["crm.lead"].create(self._prepare_opportunity(term_end))
        row = self._log_plan_step(step, term_end, lead_id=lead.id)
        order = self._get_open_quotation(term_end)
        if order.state in ("draft", "sent"):
            order.opportunity_id = lead
        return row

    def _prepare_opportunity(self, term_end):
        """Return the values of the renewal's opportunity (dict)."""
        team = self._get_renewal_team()
        stage = self.env["crm.stage"].search([("team_ids", "in", team.ids)], limit=1)
        revenue = self.currency_id._convert(
            self._get_term_revenue(term_end),
            self.company_id.currency_id,
            self.company_id,
            self._get_today(),
        )
        return {
            "name": self.env._("Renewal of %s", self.name),
            "type": "opportunity",
            "partner_id": self.partner_id.id,
            "user_id": self.user_id.id,
            "team_id": team.id,
            "stage_id": stage.id,
            "company_id": self.company_id.id,
            "expected_revenue": revenue,
            "date_deadline": term_end,
            "renewal_contract_id": self.id,
            "renewal_term_end": term_end,
        }

    def _get_term_revenue(self, term_end):
        """Return what the next term brings, untaxed, at its prices; a year where the
        next term has an open end (float, contract's currency)."""
        count = self.renewal_term_count or 12
        unit = self.renewal_term_unit if self.renewal_term_count else "month"
        months = float(mrr.MONTHS_PER_UNIT[unit] * count)
        total = 0.0
        for line in self._get_lines_to_renew(term_end):
            price = self._get_renewal_price(line)
            factor = price / line.price_unit if line.price_unit else 1.0
            total += line._get_monthly_amount() * factor * months
        return self.currency_id.round(total)

    def _settle_opportunity(self, term_end):
        """Win the opportunity of a term that is renewed."""
        lead = self._get_step(term_end, "opportunity").lead_id
        if lead.active and lead.won_status == "pending":
            lead.action_set_won()

    def _lose_opportunity(self):
        """Lose the open opportunities of a contract that is cancelled."""
        leads = self.renewal_step_ids.lead_id.filtered(
            lambda lead: lead.active and lead.won_status == "pending"
        )
        if leads:
            leads.action_set_lost(
                lost_reason_id=self.env.ref("crm_subscription.lost_reason_cancelled").id
            )
