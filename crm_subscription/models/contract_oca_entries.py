# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.crm_suite_base.tools.options import Option, check_options

from .contract_billing import CATCH_UP_LIMIT


class ContractContract(models.Model):
    """OCA's public ways to bill: each goes through the run and its ledger."""

    _inherit = "contract.contract"  # pylint: disable=consider-merging-classes-inherited

    def _recurring_create_invoice(self, date_ref=False):
        """OCA's inner function: what the ledger keeps goes through it."""
        ledgered = self.filtered(lambda contract: contract._is_ledgered())
        moves = self.env["account.move"]
        if self - ledgered:
            moves |= super(ContractContract, self - ledgered)._recurring_create_invoice(
                date_ref
            )
        if ledgered:
            # Callers of OCA's code have been checked by it; the rest as run_billing.
            locked = ledgered.sudo()._lock_for_billing()
            for company, own in locked.grouped("company_id").items():
                own = own.with_company(company)
                moves |= own._bill(date_ref or own[:1]._get_today(), CATCH_UP_LIMIT)[0]
        return moves

    def recurring_create_invoice(self):
        """OCA's button. Bills what is due; a second click is told what is billed.

        :raise AccessError: the user may not bill
        :raise UserError: nothing is due
        """
        self.ensure_one()
        self._check_may_bill()
        self.check_access("read")
        if self._is_ledgered() and not self._get_due_lines(self._get_today()):
            raise UserError(self._describe_billed(self._get_today())["reason"])
        # See run_billing: group and access were checked just above.
        return super(ContractContract, self.sudo()).recurring_create_invoice()

    @api.model
    def cron_recurring_create_invoice(self, date_ref=None):
        """OCA's cron function, public in OCA. Bills up to 200 due contracts through
        the ledger and leaves the rest to our cron.

        :param date_ref: date up to which is billed; None: today
        :raise AccessError: the user may not bill
        :raise UserError: the date is not valid
        """
        self._check_may_bill()
        values = check_options(
            self.env,
            {"date_ref": date_ref} if date_ref else {},
            {"date_ref": Option("date")},
            argument="date_ref",
        )
        self._cron_recurring_create(values.get("date_ref", False))
        return True

    @api.model
    def _cron_recurring_create(self, date_ref=False, create_type="invoice"):
        if create_type != "invoice":
            return super()._cron_recurring_create(date_ref, create_type)
        self._check_not_too_far(date_ref)
        day = date_ref or fields.Date.context_today(self)
        # See run_billing: the callers check the group.
        contracts = self.sudo().search(self._get_due_domain(day))
        contracts._run_billing(date_ref or None)
        return True

    @api.model
    def _get_contracts_to_invoice_domain(self, date_ref=None):
        """What OCA's wizard lists is what the run would bill."""
        return self._get_due_domain(date_ref or fields.Date.context_today(self))
