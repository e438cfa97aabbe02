# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.exceptions import AccessError

from odoo.addons.crm_suite_base.tools.context_defaults import (
    context_defaults,
    get_computed_names,
    without_computed_defaults,
)

from .contract_price_rule import TERMS
from .groups import PRICE_SETTERS, has_one

# What was agreed with the customer of a contract that is sold or billed, what its bills
# look like, and whose ledger it is.
AGREED_FIELDS = frozenset(
    (
        *TERMS,
        "active",
        "company_id",
        "contract_type",
        "currency_id",
        "date_end",
        "date_start",
        "fiscal_position_id",
        "generation_type",
        "journal_id",
        "last_date_invoiced",
        "line_recurrence",
        "manual_currency_id",
        "partner_id",
        "payment_term_id",
        "pricelist_id",
        "recurring_interval",
        "recurring_invoicing_type",
        "recurring_next_date",
        "recurring_rule_type",
        "renewal_notice_days",
        "renewal_policy",
        "renewal_term_count",
        "renewal_term_unit",
        "renewal_uplift_percent",
        "subscription_plan_id",
    )
)
# What the machine says of a contract, beside what it computes: nobody writes it,
# managers neither.
MACHINE_FIELDS = frozenset(
    (
        "access_token",
        "cancel_comment",
        "cancel_reason_id",
        "cancelled_by_customer",
        "cancelled_on",
        "service_end_date",
    )
)
# Who sets prices ends a contract by OCA's termination and takes that back.
MANAGED_FIELDS = frozenset(
    (
        "is_terminated",
        "terminate_comment",
        "terminate_date",
        "terminate_reason_id",
    )
)
# Where lines recur, the header only repeats what they say.
REPEATED_FIELDS = frozenset(("date_end", "recurring_next_date"))


class ContractContract(models.Model):
    """Who may change what stands in a contract over RPC."""

    _inherit = "contract.contract"  # pylint: disable=consider-merging-classes-inherited

    @api.model_create_multi
    def create(self, vals_list):
        """Make contracts.

        :raise AccessError: with the names of fields that the system keeps
        """
        model = without_computed_defaults(self)
        given = context_defaults(model.env).union(*vals_list)
        if not self.env.su:
            self._check_machine_fields(given)
            self._check_managed_fields(given)
        contracts = super(ContractContract, model).create(vals_list)
        if REPEATED_FIELDS & given:
            contracts._repeat_line_dates()
        return contracts.with_env(self.env)

    def write(self, vals):
        """Keep what was agreed from who only looks after contracts.

        :raise AccessError: with the names of the fields
        """
        if not self.env.su:
            self._check_machine_fields(vals.keys())
            self._check_managed_fields(vals.keys())
            self._check_agreed_fields(vals)
            self._check_invoice_partner(vals)
        res = super().write(vals)
        if REPEATED_FIELDS & vals.keys():
            self._repeat_line_dates()
        return res

    def _repeat_line_dates(self):
        """Let the headers say what the lines do, whatever was given."""
        by_line = self.filtered("line_recurrence")
        for name in REPEATED_FIELDS:
            self.env.add_to_compute(self._fields[name], by_line)

    def _check_machine_fields(self, given):
        """Refuse values that only cancelling, billing and computing set."""
        if names := sorted(MACHINE_FIELDS & given):
            raise AccessError(
                self.env._(
                    "%(fields)s of a contract is kept by the system; cancel it with"
                    " the button Cancel Subscription.",
                    fields=", ".join(names),
                )
            )
        if names := sorted(get_computed_names(self) & given):
            raise AccessError(
                self.env._(
                    "%(fields)s of a contract is computed by the system.",
                    fields=", ".join(names),
                )
            )

    def _check_managed_fields(self, given):
        """Refuse values that only managers set, whether anything is billed or not."""
        names = sorted(MANAGED_FIELDS & given)
        if names and not self._manages_subscriptions():
            raise AccessError(
                self.env._(
                    "%(fields)s: only a manager of subscriptions sets it.",
                    fields=", ".join(names),
                )
            )

    def _check_agreed_fields(self, vals):
        """Refuse to change the terms of a contract that a customer ordered, or that is
        billed, but for managers."""
        agreed = AGREED_FIELDS & vals.keys()
        if not agreed or self._manages_subscriptions():
            return
        for contract in self._filter_agreed():
            names = agreed - REPEATED_FIELDS if contract.line_recurrence else agreed
            if not names:
                continue
            raise AccessError(
                self.env._(
                    "%(contract)s is sold or billed already: only a manager of"
                    " subscriptions changes its terms (%(fields)s).",
                    contract=contract.display_name,
                    fields=", ".join(sorted(names)),
                )
            )

    def _check_invoice_partner(self, vals):
        """Refuse to send the bills to somebody else than the customer's company, but
        for managers: another contact of it may be chosen by who looks after it."""
        if "invoice_partner_id" not in vals or self._manages_subscriptions():
            return
        # Whose contact it is must not depend on which partners the user sees.
        partner = self.env["res.partner"].sudo().browse(vals["invoice_partner_id"])
        for contract in self._filter_agreed():
            own = contract.commercial_partner_id | contract.invoice_partner_id
            if partner and partner.commercial_partner_id not in own:
                raise AccessError(
                    self.env._(
                        "%(contract)s is sold or billed already: only a manager of"
                        " subscriptions lets %(partner)s have its bills, who is not of"
                        " %(customer)s.",
                        contract=contract.display_name,
                        partner=partner.display_name,
                        customer=contract.commercial_partner_id.display_name,
                    )
                )

    def _filter_agreed(self):
        """Return those contracts (with sudo) of which something is sold or billed."""
        # Whether it was must not depend on who may read orders and the ledger.
        return self.sudo().filtered(
            lambda contract: contract.contract_line_ids._filter_agreed()
        )

    def _manages_subscriptions(self):
        """Say whether the user may change what contracts cost."""
        user = self.env.user
        return user._is_superuser() or has_one(user, PRICE_SETTERS)

    def _check_renewal_uplift(self, percent):
        """Refuse another uplift than the agreed one from who may not set prices.

        :param percent: float, or None for the agreed one
        :raise AccessError: with the name of the option
        """
        if percent is None or self.env.su or self._manages_subscriptions():
            return
        raise AccessError(
            self.env._(
                "options['uplift_percent']: only a manager of subscriptions renews"
                " %(contracts)s at another price than agreed.",
                contracts=", ".join(self.mapped("display_name")),
            )
        )


class ContractModification(models.Model):
    """A line of the history that OCA keeps and mails to the customer."""

    _inherit = "contract.modification"

    def write(self, vals):
        """Write entries; none goes over to a contract that the user can't write.

        :raise AccessError: the user may not write the contract
        """
        if vals.get("contract_id"):
            contracts = self.env["contract.contract"]
            contracts.browse(vals["contract_id"]).check_access("write")
        return super().write(vals)
