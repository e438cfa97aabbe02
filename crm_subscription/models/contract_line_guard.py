# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.exceptions import AccessError

from odoo.addons.crm_suite_base.tools.context_defaults import (
    context_defaults,
    get_computed_names,
    without_computed_defaults,
)

from .groups import PRICE_SETTERS, has_one

PRICE_FIELDS = (
    "quantity",
    "price_unit",
    "price_date",
    "specific_price",
    "discount",
    "automatic_price",
    "product_id",
    "uom_id",
    "intro_discount",
    "intro_periods",
    "keeps_taxes",
    "subscription_tax_ids",
    "subscription_proration",
)
DATE_FIELDS = (
    "date_start",
    "date_end",
    "anchor_date",
    "anchor_day",
    "auto_renew_interval",
    "auto_renew_rule_type",
    "is_auto_renew",
    "manual_renew_needed",
    "recurring_rule_type",
    "recurring_interval",
    "recurring_invoicing_type",
    "recurring_next_date",
    "last_date_invoiced",
    "delivery_from",
    "is_canceled",
    "termination_notice_interval",
    "termination_notice_rule_type",
    "trial_start",
)
# What a billed line bills at all.
LEDGER_FIELDS = (
    "contract_id",
    "display_type",
)
LINE_AGREED_FIELDS = frozenset((*PRICE_FIELDS, *DATE_FIELDS, *LEDGER_FIELDS))
# What the machine says of a line, beside what it computes: up to where its revenue is
# in the log of movements, and which order sold it.
LINE_MACHINE_FIELDS = frozenset(
    ("mrr_logged", "mrr_opened", "subscription_sale_line_id")
)
# Which days the ledger counts for a line, and which lines are one chain: changes,
# renewals and cancellations say it. Who sets prices may do so by OCA's buttons.
LINE_MANAGED_FIELDS = frozenset(
    (
        "before_cancel",
        "cancelled_from",
        "hold_term_end",
        "is_continued",
        "is_on_hold",
        "line_root_id",
        "pause_end",
        "pause_start",
        "predecessor_contract_line_id",
        "successor_contract_line_id",
    )
)
# What makes a line cost less than nothing.
SIGN_FIELDS = frozenset(
    ("contract_id", "discount", "price_unit", "quantity", "specific_price")
)


class ContractLine(models.Model):
    """Who may change what stands in a contract line over RPC."""

    _inherit = "contract.line"  # pylint: disable=consider-merging-classes-inherited

    @api.model_create_multi
    def create(self, vals_list):
        """Make lines.

        :raise AccessError: with the names of fields that the system keeps, or that
            managers set
        """
        model = without_computed_defaults(self)
        if not self.env.su:
            given = context_defaults(model.env).union(*vals_list)
            self._check_machine_fields(given)
            self._check_managed_fields(given)
        lines = super(ContractLine, model).create(vals_list).with_env(self.env)
        lines._check_not_below_nothing()
        return lines

    def write(self, vals):
        """Write lines.

        :raise AccessError: with the names of fields that the system keeps, or that
            managers set
        """
        if not self.env.su:
            self._check_machine_fields(vals.keys())
            self._check_managed_fields(vals.keys())
            self._check_may_reprice(vals)
            self._check_new_contract(vals)
        res = super().write(vals)
        if SIGN_FIELDS & vals.keys():
            self._check_not_below_nothing()
        return res

    def _check_machine_fields(self, given):
        names = (LINE_MACHINE_FIELDS | get_computed_names(self)) & given
        if names:
            raise AccessError(
                self.env._(
                    "%(fields)s of a contract line is kept by the system.",
                    fields=", ".join(sorted(names)),
                )
            )

    def _check_managed_fields(self, given):
        """Refuse values that only managers set, whether anything is billed or not."""
        names = sorted(LINE_MANAGED_FIELDS & given)
        if names and not has_one(self.env.user, PRICE_SETTERS):
            raise AccessError(
                self.env._(
                    "%(fields)s: only a manager of subscriptions sets it.",
                    fields=", ".join(names),
                )
            )

    def _check_may_reprice(self, vals):
        """What a line costs that a customer ordered, or that is billed, and when, is
        changed by managers, of subscriptions or of the accounts; best through
        ``apply_change``, which settles the billed days and tells what was changed. Who
        may cancel does it with the notice period: ``cancel_subscription``.

        What follows such a line, after a change or in the next term, is as agreed as
        the line itself, before it has a bill of its own.
        """
        changed = sorted(LINE_AGREED_FIELDS & vals.keys())
        if self.env.su or not changed or has_one(self.env.user, PRICE_SETTERS):
            return
        agreed = self._filter_agreed()[:1]
        if agreed:
            raise AccessError(
                self.env._(
                    "%(line)s of %(contract)s is sold or billed already: only a"
                    " manager of subscriptions changes its price, quantity or dates"
                    " (%(field)s).",
                    line=agreed.name,
                    field=", ".join(changed),
                    contract=agreed.contract_id.display_name,
                )
            )

    def _filter_agreed(self):
        """Return those lines (with sudo) of whose chain days are billed, or that a
        confirmed order made."""
        # Whether they are must not depend on who may read orders and the ledger.
        return self.sudo().filtered(
            lambda line: line.last_date_invoiced
            or line.period_ids
            or line.line_root_id.root_period_ids
            or (line | line.line_root_id).subscription_sale_line_id
        )

    def _check_new_contract(self, vals):
        """Refuse to move lines into a contract that the user can't write: its customer
        would be billed for them."""
        if vals.get("contract_id"):
            contracts = self.env["contract.contract"]
            contracts.browse(vals["contract_id"]).check_access("write")

    def _check_not_below_nothing(self):
        """Refuse lines below nothing on a contract that is sold or billed: they lower
        the price that was agreed, without touching its lines.

        :raise AccessError: with line and contract
        """
        if self.env.su or has_one(self.env.user, PRICE_SETTERS):
            return
        for line in self:
            if line.price_subtotal >= 0 or line.display_type:
                continue
            contract = line.contract_id
            if contract._filter_agreed():
                raise AccessError(
                    self.env._(
                        "%(line)s costs less than nothing: only a manager of"
                        " subscriptions adds it to %(contract)s, which is sold or"
                        " billed already.",
                        line=line.name,
                        contract=contract.display_name,
                    )
                )
