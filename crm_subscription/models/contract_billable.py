# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.crm_suite_base.tools.obstacle import Obstacle

from .groups import BILLERS, has_one

MAX_DAYS_AHEAD = 366


class ContractContract(models.Model):
    """Who may bill, and what may be billed.

    A contract that would make a wrong or unpostable invoice is refused before anything
    is written: the run parks it with these words, which name the record, the field
    and the next step.
    """

    _inherit = "contract.contract"  # pylint: disable=consider-merging-classes-inherited

    def _check_may_bill(self):
        """Refuse who is neither subscription manager nor may make invoices."""
        if self.env.su or has_one(self.env.user, BILLERS):
            return
        raise AccessError(
            self.env._("Only subscription managers and invoicing users bill contracts.")
        )

    def _check_not_too_far(self, day):
        """Refuse to bill more than a year in advance: the run's safety bound."""
        if not day:
            return
        latest = fields.Date.context_today(self) + timedelta(days=MAX_DAYS_AHEAD)
        if day > latest:
            raise UserError(
                self.env._(
                    "options['date']: %(value)s is more than %(days)s days ahead.",
                    value=day,
                    days=MAX_DAYS_AHEAD,
                )
            )

    def _check_billable(self, day):
        """Refuse what would make a wrong or unpostable invoice dated ``day``.

        :raise Obstacle: names the record, the field and the next step
        """
        self.ensure_one()
        self._check_partners()
        if not self.currency_id.active or not self._has_rate():
            raise Obstacle(
                self.env,
                "crm_subscription.currency",
                contract=self,
                currency=self.currency_id,
                company=self.company_id,
            )
        self._check_journal(day)

    def _check_partners(self):
        if not (self.invoice_partner_id.active and self.partner_id.active):
            archived = self.invoice_partner_id
            if archived.active:
                archived = self.partner_id
            raise Obstacle(
                self.env, "crm_subscription.contact", contract=self, partner=archived
            )
        partner = self.invoice_partner_id.with_company(self.company_id)
        if not partner.commercial_partner_id.property_account_receivable_id:
            raise Obstacle(
                self.env,
                "crm_subscription.receivable",
                contract=self,
                partner=partner,
                company=self.company_id,
            )

    def _get_journal(self):
        """Return the journal that OCA's code takes for the invoices, or none."""
        self.ensure_one()
        if self.journal_id.type == self.contract_type:
            return self.journal_id
        return self.env["account.journal"].search(
            [
                ("type", "=", self.contract_type),
                ("company_id", "=", self.company_id.id),
            ],
            limit=1,
        )

    def _check_journal(self, day):
        journal = self._get_journal()
        if not journal.active:
            raise Obstacle(
                self.env,
                "crm_subscription.journal",
                contract=self,
                journal=journal,
                company=self.company_id,
            )
        locks = self.company_id._get_violated_lock_dates(day, True, journal)
        if locks:
            raise Obstacle(
                self.env,
                "crm_subscription.locked",
                contract=self,
                day=day,
                company=self.company_id,
                lock=max(lock for lock, _field in locks),
            )

    def _has_rate(self):
        """Return whether the currency is the company's, or has a rate (bool)."""
        company = self.company_id
        if self.currency_id == company.currency_id:
            return True
        rates = self.env["res.currency.rate"].search_count(
            [
                ("currency_id", "=", self.currency_id.id),
                ("company_id", "in", (False, company.root_id.id)),
            ],
            limit=1,
        )
        return bool(rates)

    def _check_total(self, day, total):
        """Refuse a bill below nothing; a bill of nothing makes no invoice."""
        if self.currency_id.compare_amounts(total, 0.0) < 0:
            raise Obstacle(
                self.env,
                "crm_subscription.negative",
                contract=self,
                day=day,
                total=self.currency_id.format(total),
            )


class ContractLine(models.Model):
    _inherit = "contract.line"  # pylint: disable=consider-merging-classes-inherited

    @api.constrains(
        "line_root_id",
        "contract_id",
        "successor_contract_line_id",
        "predecessor_contract_line_id",
    )
    def _check_root(self):
        """The ledger's days of a chain are one contract's: a line that counted with
        another contract's would keep that one from being billed, and what is changed
        or cancelled goes on to the lines that follow it."""
        for line in self.sudo():
            chain = (
                line.line_root_id
                | line.successor_contract_line_id
                | line.predecessor_contract_line_id
            )
            if chain.contract_id - line.contract_id:
                raise ValidationError(
                    self.env._(
                        "%(line)s of %(contract)s can't go on a line of another"
                        " contract.",
                        line=line.name,
                        contract=line.contract_id.display_name,
                    )
                )

    def _check_start_stays(self, vals):
        """The ledger begins where a billed line does: days before it would never be
        billed, days after it would be billed and not served."""
        if "date_start" not in vals:
            return
        day = fields.Date.to_date(vals["date_start"])
        moved = self.filtered(lambda line: line.date_start != day)
        # Whether it was billed must not depend on who may read the ledger.
        billed = moved.sudo().filtered("period_ids")[:1]
        if billed:
            raise ValidationError(
                self.env._(
                    "%(line)s of %(contract)s is billed from %(start)s on: its start"
                    " can't be moved to %(value)s. Cancel the line and enter another.",
                    line=billed.name,
                    contract=billed.contract_id.display_name,
                    start=billed.date_start,
                    value=day,
                )
            )

    def _check_line_billable(self):
        """Refuse a line that can't be billed right.

        :raise Obstacle: names the line, the field and the next step
        """
        self.ensure_one()
        if self.display_type:
            return
        self._check_product_active()
        if not self._get_income_account():
            raise Obstacle(
                self.env,
                "crm_subscription.income_account",
                line=self.name,
                contract=self.contract_id,
                product=self.product_id,
            )

    def _check_product_active(self):
        """Refuse to bill or to bring what is archived.

        :raise Obstacle: names the line and the product
        """
        if self.product_id and not self.product_id.active:
            raise Obstacle(
                self.env,
                "crm_subscription.product",
                line=self.name,
                contract=self.contract_id,
                product=self.product_id,
            )

    def _get_income_account(self, product=None):
        """Return the account that core would book the line on, or none.

        :param product: the product that the line changes to; None: its own
        """
        template = (product or self.product_id).product_tmpl_id
        account = template._get_income_account(self.company_id)
        return account or self.contract_id._get_journal().default_account_id
