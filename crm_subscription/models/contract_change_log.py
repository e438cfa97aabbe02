# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import format_date

# What the words of a change name, and may be gone by now.
NAMED = {"product": "product_id", "plan": "plan_id"}

# Changes that may wait for the renewal.
PLANNED_KINDS = ("quantity", "price", "product", "plan", "anchor")


class ContractChangeLog(models.Model):
    """What was changed on a contract, by whom, from when on and what it cost.

    A change that holds from the renewal on is ``planned`` until the next term is made.
    """

    _name = "contract.change.log"
    _description = "Subscription Change"
    _order = "id desc"

    contract_id = fields.Many2one(
        "contract.contract",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    line_ids = fields.Many2many(
        "contract.line", string="Contract Lines", readonly=True, copy=False
    )
    kind = fields.Selection(
        [
            ("quantity", "Quantity"),
            ("price", "Price"),
            ("product", "Product"),
            ("plan", "Plan"),
            ("pause", "Pause"),
            ("resume", "Resume"),
            ("cancel", "Cancel"),
            ("withdraw", "Cancellation withdrawn"),
            ("anchor", "Day of the month"),
        ],
        required=True,
        readonly=True,
    )
    state = fields.Selection(
        [
            ("planned", "At the renewal"),
            ("done", "Done"),
            ("dropped", "Dropped"),
        ],
        required=True,
        readonly=True,
        index=True,
    )
    date = fields.Date(
        string="From", required=True, readonly=True, help="First day of the change."
    )
    until = fields.Date(readonly=True, help="Last day of a pause.")
    quantity = fields.Float(readonly=True, digits="Product Unit")
    price_unit = fields.Float(readonly=True, string="New Price", min_display_digits=2)
    has_price = fields.Boolean(readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    plan_id = fields.Many2one("contract.plan", readonly=True)
    anchor_day = fields.Integer(string="Day of the Month", readonly=True)
    total = fields.Monetary(
        readonly=True, help="Untaxed; less than zero: in the customer's favour."
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    user_id = fields.Many2one("res.users", string="By", readonly=True)
    period_ids = fields.One2many(
        "contract.period", "change_id", string="Corrections", readonly=True
    )
    description = fields.Char(
        string="Original Description",
        readonly=True,
        help="As it was written, in the language of who made the change.",
    )
    description_told = fields.Char(
        string="Description",
        compute="_compute_description_told",
    )

    @api.depends(
        "kind",
        "description",
        "quantity",
        "product_id",
        "plan_id",
        "until",
        "anchor_day",
    )
    @api.depends_context("lang")
    def _compute_description_told(self):
        for row in self:
            row.description_told = row._describe_in_words() or row.description

    def _describe_in_words(self):
        """Return what is changed (str), in plain words and without amounts of money:
        who follows the contract need not read its prices. Nothing where the product or
        plan is gone."""
        self.ensure_one()
        if not self[NAMED.get(self.kind, "kind")]:
            return ""
        # Names that the contract's customer reads on its lines and documents.
        product, plan = self.sudo().product_id, self.sudo().plan_id
        until = format_date(self.env, self.until)
        return {
            "quantity": self.env._("Quantity changed to %s", f"{self.quantity:g}"),
            "price": self.env._("Price changed"),
            "product": self.env._("Product changed to %s", product.display_name),
            "plan": self.env._("Plan changed to %s", plan.name),
            "pause": self.env._("Paused, %s included", until)
            if until
            else self.env._("Paused until it is resumed"),
            "resume": self.env._("Resumed"),
            "cancel": self.env._("Cancelled"),
            "withdraw": self.env._("Cancellation withdrawn"),
            "anchor": self.env._(
                "Periods begin on day %s of the month", self.anchor_day
            ),
        }[self.kind]

    @api.model
    def _write_down(self, vals):
        """Return the new row of the log, described in the language of who changes."""
        row = self.create(vals)
        row.description = row._describe_in_words()
        return row

    def _get_values(self):
        """Return the new values that the change brings (dict)."""
        self.ensure_one()
        values = {}
        for name in ("quantity", "anchor_day"):
            if self[name] or self.kind == name:
                values[name] = self[name]
        for name in ("product_id", "plan_id"):
            if self[name]:
                values[name] = self[name].id
        if self.has_price:
            values["price_unit"] = self.price_unit
        return values


class ContractPeriod(models.Model):
    _inherit = "contract.period"  # pylint: disable=consider-merging-classes-inherited

    change_id = fields.Many2one(
        "contract.change.log",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )


class ContractContract(models.Model):
    _inherit = "contract.contract"  # pylint: disable=consider-merging-classes-inherited

    change_ids = fields.One2many(
        "contract.change.log",
        "contract_id",
        string="Changes",
        readonly=True,
        copy=False,
        groups="base.group_user",
    )

    def _log_change(self, checked, answer):
        """Write the row of the log of a change; return it."""
        self.ensure_one()
        lines = self.env["contract.line"].browse([line.id for line in checked.days])
        if checked.planned:
            self._drop_planned(checked.kind, lines)
        return self.env["contract.change.log"]._write_down(
            {
                "contract_id": self.id,
                "line_ids": [fields.Command.set(lines.ids)],
                "kind": checked.kind,
                "state": "planned" if checked.planned else "done",
                "date": checked.first_day,
                "total": answer["total"],
                "currency_id": self.currency_id.id,
                "company_id": self.company_id.id,
                "user_id": self.env.uid,
                "has_price": "price_unit" in checked.values,
                **checked.values,
            }
        )

    def _drop_planned(self, kind, lines):
        """Drop what was planned for the renewal and is planned anew."""
        self.change_ids.filtered(
            lambda row: row.state == "planned"
            and row.kind == kind
            and row.line_ids & lines
        ).state = "dropped"

    def _plan_again(self, lines):
        """Let the changes wait for the renewal again that went into ``lines``, which
        are cancelled."""
        self.change_ids.filtered(
            lambda row: row.state == "done"
            and row.kind in PLANNED_KINDS
            and row.date in lines.mapped("date_start")
            and row.line_ids.line_root_id & lines.line_root_id
        ).state = "planned"

    def _tell_change(self, checked, log, answer):
        """Say in the chatter, in plain words, what was changed.

        Without amounts: who follows the contract need not read its invoices.
        """
        self.message_post(
            body=self.env._(
                "%(what)s from %(day)s on: %(lines)s. Corrections made: %(count)s.",
                what=log.description,
                day=checked.first_day,
                lines=", ".join(line.name.split("\n")[0] for line in checked.days),
                count=len(answer["lines"]),
            )
        )


class ContractLine(models.Model):
    _inherit = "contract.line"  # pylint: disable=consider-merging-classes-inherited

    def _get_planned_changes(self):
        """Return the changes that wait for the renewal of the line, oldest first."""
        self.ensure_one()
        # Portal customers confirm renewals; they read no log.
        rows = self.sudo().contract_id.change_ids
        return rows.filtered(
            lambda row: row.state == "planned"
            and self.line_root_id in row.line_ids.line_root_id
        ).sorted("id")

    def _get_planned_values(self):
        """Return the values that were planned for the renewal of the line (dict)."""
        values = {}
        for row in self._get_planned_changes():
            values.update(row._get_values())
        return values
