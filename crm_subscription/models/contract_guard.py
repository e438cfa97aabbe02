# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.exceptions import AccessError

from .context_defaults import context_defaults
from .groups import PRICE_SETTERS, has_one

# What was agreed with the customer of a billed contract, and whose ledger it is.
AGREED_FIELDS = frozenset(
    (
        "company_id",
        "contract_type",
        "currency_id",
        "line_recurrence",
        "manual_currency_id",
        "partner_id",
        "renewal_notice_days",
        "renewal_uplift_percent",
        "subscription_plan_id",
    )
)
# What the machine says of a contract: nobody writes it, managers neither.
MACHINE_FIELDS = frozenset(
    (
        "cancel_comment",
        "cancelled_by_customer",
        "cancelled_on",
        "mrr",
        "service_end_date",
    )
)

# What the machine says of a line: up to where its revenue is in the log of movements,
# and which order sold it.
LINE_MACHINE_FIELDS = frozenset(
    ("mrr_logged", "mrr_opened", "subscription_sale_line_id")
)


class ContractContract(models.Model):
    """Who may change what stands in a contract over RPC."""

    _inherit = "contract.contract"  # pylint: disable=consider-merging-classes-inherited

    def write(self, vals):
        """Keep what was agreed from who only looks after contracts.

        :raise AccessError: with the names of the fields
        """
        if not self.env.su:
            self._check_machine_fields(vals)
            self._check_agreed_fields(vals)
        return super().write(vals)

    def _check_machine_fields(self, vals):
        """Refuse values that only cancelling and billing set."""
        if names := sorted(MACHINE_FIELDS & vals.keys()):
            raise AccessError(
                self.env._(
                    "%(fields)s of a contract is kept by the system; cancel it with"
                    " the button Cancel Subscription.",
                    fields=", ".join(names),
                )
            )

    def _check_agreed_fields(self, vals):
        """Refuse to change the terms of a billed contract, but for managers."""
        names = sorted(AGREED_FIELDS & vals.keys())
        if not names or self._manages_subscriptions():
            return
        # Whether it was billed must not depend on who may read the ledger.
        billed = self.sudo().filtered("contract_line_ids.period_ids")[:1]
        if billed:
            raise AccessError(
                self.env._(
                    "%(contract)s is billed already: only a manager of subscriptions"
                    " changes its terms (%(fields)s).",
                    contract=billed.display_name,
                    fields=", ".join(names),
                )
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


class ContractLine(models.Model):
    """What nobody writes in a line over RPC."""

    _inherit = "contract.line"  # pylint: disable=consider-merging-classes-inherited

    @api.model_create_multi
    def create(self, vals_list):
        """Make lines.

        :raise AccessError: with the names of fields that the system keeps
        """
        if not self.env.su:
            given = set(context_defaults(self.env)).union(*vals_list)
            self._check_machine_fields(given)
        return super().create(vals_list)

    def write(self, vals):
        """Write lines.

        :raise AccessError: with the names of fields that the system keeps
        """
        if not self.env.su:
            self._check_machine_fields(vals.keys())
        return super().write(vals)

    def _check_machine_fields(self, given):
        if names := sorted(LINE_MACHINE_FIELDS & given):
            raise AccessError(
                self.env._(
                    "%(fields)s of a contract line is kept by the system.",
                    fields=", ".join(names),
                )
            )
