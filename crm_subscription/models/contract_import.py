# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine import recurrence

LINES = "contract_line_ids"


def _is_empty(value):
    """Return whether a cell was empty: 0 is not."""
    return value is None or value is False


class ContractContract(models.Model):
    """Import of contracts: what the plan knows need not be in the file, and what can't
    be is refused by row and column."""

    _inherit = "contract.contract"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def load(self, fields, data):
        """Import contracts with their lines; see core's ``load``.

        Recurrence, anchor, term and policy come from the plan where the file has no
        column for them. ``contract_line_ids/last_date_invoiced`` tells how far a line
        is billed: the ledger opens there, and nothing before is billed again. One bad
        row keeps all out.
        """
        answer = super(
            ContractContract, self.with_context(subscription_import=True)
        ).load(fields, data)
        columns = {name.split("/")[0] for name in fields}
        for message in answer["messages"]:
            column = str(message.get("message", "")).split(":")[0].split("/")[0]
            if column in columns:
                message.setdefault("field", column)
        return answer

    @api.model
    def get_import_templates(self):
        """Return the example file that the import page offers."""
        return [
            {
                "label": self.env._("Import Template for Subscriptions"),
                "template": "/crm_subscription/static/csv/contract_import.csv",
            }
        ]

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.context.get("subscription_import"):
            for vals in vals_list:
                self._complete_import(vals)
        return super().create(vals_list)

    def _complete_import(self, vals):
        """Add what the plan knows to the values of an imported contract."""
        plan = self.env["contract.plan"].browse(vals.get("subscription_plan_id"))
        if not plan:
            return
        vals.setdefault("contract_type", "sale")
        vals.setdefault("line_recurrence", True)
        if not vals.get("renewal_policy"):
            vals["renewal_policy"] = plan.renewal_policy
        vals.setdefault("renewal_uplift_percent", plan.uplift_percent)
        for command in vals.get(LINES) or []:
            if command[0] == fields.Command.CREATE:
                self._complete_import_line(plan, vals, command[2])

    def _complete_import_line(self, plan, contract_vals, vals):
        if vals.get("display_type"):
            return
        product = self.env["product.product"].browse(vals.get("product_id"))
        start = fields.Date.to_date(
            vals.get("date_start") or contract_vals.get("date_start")
        )
        self._check_import_line(vals, start)
        defaults = {
            **plan._prepare_line_vals(),
            **plan._prepare_anchor_vals(start),
            "date_start": start,
            "date_end": plan._get_running_term_end(start),
            "automatic_price": False,
            "name": product.display_name or "-",
            "uom_id": product.uom_id.id,
        }
        for name, value in defaults.items():
            if _is_empty(vals.get(name)):
                vals[name] = value
        end = fields.Date.to_date(vals.get("date_end"))
        if end and end < start:
            self._refuse_import("date_end", end, self.env._("before the start"))
        billed = fields.Date.to_date(vals.get("last_date_invoiced"))
        if billed and end and billed > end:
            self._refuse_import(
                "last_date_invoiced", billed, self.env._("after the end")
            )

    def _check_import_line(self, vals, start):
        """Refuse what no line of a subscription can be, by column and value."""
        missing = self.env._("missing")
        if not start:
            self._refuse_import("date_start", "", missing)
        if not vals.get("product_id"):
            self._refuse_import("product_id", "", missing)
        if _is_empty(vals.get("price_unit")) and not vals.get("automatic_price"):
            self._refuse_import("price_unit", "", missing)
        if vals.get("quantity", 1.0) < 0:
            self._refuse_import("quantity", vals["quantity"], self.env._("negative"))
        interval = vals.get("recurring_interval")
        interval = 1 if _is_empty(interval) else interval
        if not 1 <= interval <= recurrence.MAX_INTERVAL:
            self._refuse_import(
                "recurring_interval",
                interval,
                self.env._("not 1 to %s", recurrence.MAX_INTERVAL),
            )
        billed = fields.Date.to_date(vals.get("last_date_invoiced"))
        if billed and billed < start:
            self._refuse_import(
                "last_date_invoiced", billed, self.env._("before the start")
            )

    def _refuse_import(self, column, value, why):
        raise ValidationError(
            self.env._(
                "%(column)s: %(value)s is not possible: %(why)s.",
                column=f"{LINES}/{column}",
                value=value or "-",
                why=why,
            )
        )
