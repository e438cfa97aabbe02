# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine import recurrence

LINES = "contract_line_ids"


def _is_empty(value):
    """Return whether a cell was empty: 0 is not."""
    return value is None or value is False


class _BatchRefusedError(Exception):
    """Contracts could not be made together; each is tried on its own."""


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
        row keeps all out; all bad rows are told at once, by row and column.
        """
        importing = self.with_context(subscription_import=True)
        return super(ContractContract, importing).load(fields, data)

    @api.model
    def _convert_records(self, records, *, savepoint, **options):
        """Look at all rows before the first contract is made: where one can't be,
        nothing is."""
        if not self.env.context.get("subscription_import"):
            yield from super()._convert_records(records, savepoint=savepoint, **options)
            return
        failed = set()
        log = options.get("log", lambda message: None)

        def note(message):
            if message.get("type") == "error":
                failed.add(message["record"])
            log(message)

        rows = []
        options["log"] = note
        for dbid, xid, vals, info in super()._convert_records(
            records, savepoint=savepoint, **options
        ):
            is_new = not dbid and not self._find_imported(xid)
            if is_new and info["record"] not in failed:
                self._check_import(vals, info, note)
            rows.append((dbid, xid, vals, info))
        if not failed:
            yield from rows

    def _find_imported(self, xid):
        """Return the contract that a row names by its external id (may be empty)."""
        name = xid if not xid or "." in xid else f"__import__.{xid}"
        return name and self.env.ref(name, raise_if_not_found=False)

    def _load_records(self, data_list, update=False):
        """Core tells the failure of many at the first one's row as well; told one by
        one it has its own."""
        try:
            return super()._load_records(data_list, update)
        except UserError as error:
            if self.env.context.get("subscription_import") and len(data_list) > 1:
                raise _BatchRefusedError(str(error)) from error
            raise

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
        start = self._get_import_start(contract_vals, vals)
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

    def _get_import_start(self, contract_vals, vals):
        """Return the first day of an imported line (date), or None."""
        day = vals.get("date_start") or contract_vals.get("date_start")
        return fields.Date.to_date(day) or None

    def _set_start_contract_modification(self):
        """What OCA does contract by contract, for all that are imported at once: the
        customers follow their contracts, and the log says since when these run."""
        if not self.env.context.get("subscription_import"):
            return super()._set_start_contract_modification()
        self._subscribe_imported()
        starts = {
            contract: min(
                contract.contract_line_ids.mapped("date_start"),
                default=contract.create_date,
            )
            for contract in self
        }
        log = self.env["contract.modification"].with_context(
            bypass_modification_send=True
        )
        log.create(
            [
                {
                    "contract_id": contract.id,
                    "date": start,
                    "description": self.env._("Contract start"),
                    "sent": True,
                }
                for contract, start in starts.items()
            ]
        )
        return None

    def _subscribe_imported(self):
        """Make the customers follow; see ``message_subscribe``, which asks for each
        contract."""
        self.check_access("write")
        subtype = self.env.ref("contract.mail_message_subtype_contract_modification")
        # As message_subscribe, which checks the access and writes followers by itself.
        followers = self.env["mail.followers"].sudo()
        known = followers.search(
            [("res_model", "=", self._name), ("res_id", "in", self.ids)]
        )
        pairs = set(known.mapped(lambda row: (row.res_id, row.partner_id.id)))
        follows = self.filtered(lambda c: (c.id, c.partner_id.id) in pairs)
        for contract in follows:
            contract.message_subscribe(contract.partner_id.ids, subtype.ids)
        followers.create(
            [
                {
                    "res_model": self._name,
                    "res_id": contract.id,
                    "partner_id": contract.partner_id.id,
                    "subtype_ids": [fields.Command.set(subtype.ids)],
                }
                for contract in self - follows
                if contract.partner_id.sudo().active
            ]
        )

    # === WHAT IS REFUSED === #
    def _check_import(self, vals, info, log):
        """Tell what of a new contract can't be, by column and value."""
        for name in ("name", "partner_id"):
            if not vals.get(name):
                self._refuse_import(log, info, name, "", self.env._("missing"))
        if not vals.get("subscription_plan_id"):
            return
        for command in vals.get(LINES) or []:
            if command[0] != fields.Command.CREATE or command[2].get("display_type"):
                continue
            for column, value, why in self._iter_import_faults(vals, command[2]):
                self._refuse_import(log, info, f"{LINES}/{column}", value, why)

    def _iter_import_faults(self, contract_vals, vals):
        """Yield (column, value, why) of what no line of a subscription can be."""
        missing = self.env._("missing")
        start = self._get_import_start(contract_vals, vals)
        end = fields.Date.to_date(vals.get("date_end"))
        billed = fields.Date.to_date(vals.get("last_date_invoiced"))
        if not start:
            yield "date_start", "", missing
        if not vals.get("product_id"):
            yield "product_id", "", missing
        if _is_empty(vals.get("price_unit")) and not vals.get("automatic_price"):
            yield "price_unit", "", missing
        if vals.get("quantity", 1.0) < 0:
            yield "quantity", vals["quantity"], self.env._("negative")
        interval = vals.get("recurring_interval")
        if not _is_empty(interval) and not 1 <= interval <= recurrence.MAX_INTERVAL:
            why = self.env._("not 1 to %s", recurrence.MAX_INTERVAL)
            yield "recurring_interval", interval, why
        if start and end and end < start:
            yield "date_end", end, self.env._("before the start")
        if start and billed and billed < start:
            yield "last_date_invoiced", billed, self.env._("before the start")
        if end and billed and billed > end:
            yield "last_date_invoiced", billed, self.env._("after the end")

    def _refuse_import(self, log, info, column, value, why):
        """Tell of one cell, as core's ``load`` tells of values that it can't read."""
        text = self.env._(
            "%(column)s: %(value)s is not possible: %(why)s.",
            column=column,
            value=value if value != "" else "-",
            why=why,
        )
        field = column.split("/", maxsplit=1)[0]
        log(dict(info, type="error", field=field, message=text))
