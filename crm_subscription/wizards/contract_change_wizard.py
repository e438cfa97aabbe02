# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..models.contract_change import VALUE_KEYS


class ContractChangeWizard(models.TransientModel):
    """The dialog that changes a contract: shows what it costs before it is done."""

    _name = "contract.change.wizard"
    _description = "Change a Subscription"

    contract_id = fields.Many2one(
        "contract.contract",
        required=True,
        readonly=True,
        ondelete="cascade",
        default=lambda self: self.env.context.get("active_id"),
    )
    currency_id = fields.Many2one(related="contract_id.currency_id")
    company_id = fields.Many2one(related="contract_id.company_id")
    kind = fields.Selection(
        [
            ("quantity", "Quantity"),
            ("price", "Price"),
            ("product", "Product"),
            ("plan", "Plan"),
            ("pause", "Pause"),
            ("resume", "Resume"),
            ("anchor", "Day of the month"),
        ],
        string="What Changes",
        required=True,
        default="quantity",
    )
    line_id = fields.Many2one(
        "contract.line",
        domain="[('id', 'in', available_line_ids)]",
        compute="_compute_line_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    available_line_ids = fields.Many2many(
        "contract.line", compute="_compute_available_line_ids"
    )
    effective = fields.Selection(
        [
            ("now", "Today"),
            ("date", "On a date"),
            ("period_end", "After the billed period"),
            ("renewal", "At the renewal"),
        ],
        string="From",
        required=True,
        default="now",
    )
    date = fields.Date(string="First Day")
    quantity = fields.Float(
        digits="Product Unit",
        compute="_compute_values",
        store=True,
        readonly=False,
        precompute=True,
    )
    price_unit = fields.Float(
        string="Unit Price",
        min_display_digits="Product Price",
        compute="_compute_values",
        store=True,
        readonly=False,
        precompute=True,
    )
    own_price = fields.Boolean(
        string="Set the Price",
        help="Without it the listed price of the product is taken, or the price per"
        " period of the plan.",
    )
    product_id = fields.Many2one(
        "product.product",
        string="New Product",
        domain="[('sale_ok', '=', True), ('company_id', 'in', (False, company_id))]",
    )
    plan_id = fields.Many2one(
        "contract.plan",
        string="New Plan",
        domain="[('company_id', 'in', (False, company_id))]",
    )
    until = fields.Date(
        string="Last Day of the Pause", help="Empty: until it is resumed."
    )
    anchor_day = fields.Integer(string="Day of the Month", default=1)
    settle = fields.Selection(
        [("invoice", "Invoice or credit note now"), ("carry", "With the next invoice")],
        default="invoice",
        required=True,
        string="Settlement",
    )
    preview_html = fields.Html(compute="_compute_preview", string="Days")
    problem = fields.Text(compute="_compute_preview")
    has_lines = fields.Boolean(compute="_compute_preview")
    total = fields.Monetary(compute="_compute_preview")
    next_invoice_date = fields.Date(compute="_compute_preview", string="Next Bill")
    shown_total = fields.Monetary(
        compute="_compute_shown_total",
        store=True,
        readonly=False,
        help="The total as the user saw it: the change is refused if it moved.",
    )

    @api.depends("contract_id", "kind")
    def _compute_available_line_ids(self):
        for wizard in self:
            contract = wizard.contract_id
            wizard.available_line_ids = contract._get_changeable_lines(wizard.kind)

    @api.depends("contract_id", "kind")
    def _compute_line_id(self):
        for wizard in self:
            lines = wizard.contract_id._get_changeable_lines(wizard.kind)
            kept = wizard.line_id in lines and wizard.kind != "plan"
            if not kept:
                single = len(lines) == 1 and wizard.kind != "plan"
                wizard.line_id = lines if single else False

    @api.depends("line_id")
    def _compute_values(self):
        for wizard in self:
            wizard.quantity = wizard.line_id.quantity
            wizard.price_unit = wizard.line_id.price_unit

    @api.depends(
        "contract_id",
        "kind",
        "line_id",
        "effective",
        "date",
        "quantity",
        "price_unit",
        "own_price",
        "product_id",
        "plan_id",
        "until",
        "anchor_day",
        "settle",
    )
    def _compute_preview(self):
        for wizard in self:
            try:
                preview = wizard.contract_id.preview_change(wizard._get_change())
            except UserError as error:
                preview = {"lines": [], "total": 0.0, "next_invoice_date": False}
                wizard.problem = str(error)
            else:
                wizard.problem = False
            wizard.total = preview["total"]
            wizard.next_invoice_date = preview["next_invoice_date"]
            wizard.has_lines = bool(preview["lines"])
            wizard.preview_html = self.env["ir.qweb"]._render(
                "crm_subscription.contract_change_preview",
                {"rows": [wizard._prepare_row(row) for row in preview["lines"]]},
            )

    def _prepare_row(self, row):
        """Return one row of the preview as people read it (dict of str)."""
        line = self.env["contract.line"].browse(row["line_id"])
        return {
            "name": line.name.split("\n")[0],
            "kind": row["kind"],
            "start": format_date(self.env, row["period_start"]),
            "end": format_date(self.env, row["period_end"]),
            "days": row["days"],
            "full_days": row["days_in_period"],
            "amount": self.currency_id.format(row["amount"]),
        }

    @api.depends("total")
    def _compute_shown_total(self):
        for wizard in self:
            wizard.shown_total = wizard.total

    def _get_change(self):
        """Return the change that the dialog describes (dict, see
        ``contract.contract.preview_change``)."""
        self.ensure_one()
        change = {
            "type": self.kind,
            "effective": self.effective,
            "settle": self.settle,
        }
        if self.line_id:
            change["line_id"] = self.line_id.id
        if self.effective == "date":
            change["date"] = fields.Date.to_string(self.date)
        for key in VALUE_KEYS[self.kind]:
            value = self._get_value(key)
            if value is not None:
                change[key] = value
        return change

    def _get_value(self, key):
        """Return the new value of a key, as the API takes it; None: it is not given."""
        optional = self.kind in ("product", "plan")
        if key == "price_unit" and optional and not self.own_price:
            return None
        if key == "until":
            return fields.Date.to_string(self.until) if self.until else None
        value = self[key]
        if key.endswith("_id"):
            return value.id if value else None
        return value

    def action_apply(self):
        """Do the change at the total that the dialog shows.

        :raise AccessError, UserError: see ``contract.contract.apply_change``
        """
        self.ensure_one()
        self.contract_id.apply_change(self._get_change(), self.shown_total)
        return {"type": "ir.actions.act_window_close"}
