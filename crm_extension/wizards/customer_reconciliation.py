# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import json

from odoo import Command, api, fields, models
from odoo.fields import Domain

from odoo.addons.crm_suite_base.tools.options import check_ids
from odoo.addons.crm_suite_base.tools.plain import plain

from ..models.groups import LEDGER

ITEM = "account.move.line"
#: Lines that are added up, and the sum that they make, in the order shown.
RECEIVABLE = (("open_invoices", 1), ("other_debits", 1), ("unallocated_credits", -1))


class CrmCustomerReconciliation(models.TransientModel):
    """The walk from a customer's invoices to the general ledger, line by line.

    From net invoiced over the bridge to revenue, and from open invoices to the
    receivable, each beside what the accounts themselves say for the partner. The
    figures are those of ``get_customer_360``, with the reader's own rights, of the
    commercial entity and of one company, in that company's currency. Each line opens
    the records that it sums up. A difference, where there is one, is a line, too.
    """

    _name = "crm.customer.reconciliation"
    _description = "Reconciliation of a Customer to the Ledger"

    partner_id = fields.Many2one(
        comodel_name="res.partner", string="Customer", required=True
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        domain="[('id', 'in', allowed_company_ids)]",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: self.env["res.partner"]._customer_scope({}).period.start,
    )
    date_to = fields.Date(
        string="To",
        required=True,
        default=lambda self: self.env["res.partner"]._customer_scope({}).period.end,
    )
    line_ids = fields.One2many(
        comodel_name="crm.customer.reconciliation.line",
        inverse_name="reconciliation_id",
        readonly=True,
    )

    def _compute_display_name(self):
        for walk in self:
            walk.display_name = self.env._(
                "Reconciliation: %(customer)s", customer=walk.partner_id.display_name
            )

    @api.model_create_multi
    def create(self, vals_list):
        walks = super().create(vals_list)
        walks.action_refresh()
        return walks

    def action_refresh(self):
        """Read the figures again, with the rights of who asks; return True."""
        self.check_access("write")
        for walk in self:
            lines = walk._prepare_lines()
            walk.line_ids = [
                Command.clear(),
                *(
                    Command.create({"sequence": sequence, **line})
                    for sequence, line in enumerate(lines)
                ),
            ]
        return True

    @api.model
    def action_open_of_customer(self, partner_id):
        """Return the action that opens the walk of a customer (dict).

        :param int partner_id: id of a contact; its commercial entity is reconciled
        :raise AccessError: for who may not read the ledger's figures or the contact
        :raise UserError: no id, or of no contact
        """
        self.check_access("create")
        partner = check_ids(self.env["res.partner"].browse(partner_id)).ensure_one()
        partner.check_access("read")
        walk = self.create({"partner_id": partner.commercial_partner_id.id})
        return {
            "type": "ir.actions.act_window",
            "name": walk.display_name,
            "res_model": self._name,
            "res_id": walk.id,
            "views": [(False, "form")],
        }

    # === LINES === #

    def _metrics(self):
        """Return {key: metric} of the customer for company and days of the walk."""
        options = {
            "company_ids": self.company_id.ids,
            "date_from": fields.Date.to_string(self.date_from),
            "date_to": fields.Date.to_string(self.date_to),
            "sections": ["finance"],
            "timeline_limit": 0,
        }
        partner = self.env["res.partner"].browse(self.partner_id._origin.id)
        [answer] = partner.get_customer_360(options)
        return answer["sections"].get("finance", {"metrics": {}})["metrics"]

    def _prepare_lines(self):
        """Return the values (list of dict) of the lines, in the order shown."""
        metrics = self._metrics()
        if "receivable" not in metrics or "bridge" not in metrics:
            return []
        return [*self._revenue_lines(metrics), *self._receivable_lines(metrics)]

    def _revenue_lines(self, metrics):
        """Return net invoiced, bridge, revenue and the income accounts."""
        revenue = metrics["revenue"]
        income = self._account_lines("revenue", revenue, "balance", -1)
        return [
            self._title("revenue", self.env._("From invoices to revenue")),
            self._line("revenue", metrics["net_invoiced"]),
            *(self._line("revenue", item) for item in metrics["bridge"]["items"]),
            self._line("revenue", revenue, "total"),
            self._title(
                "revenue", self.env._("Income accounts, as in the trial balance")
            ),
            *income,
            *self._check("revenue", revenue, income),
        ]

    def _receivable_lines(self, metrics):
        """Return what is open, the receivable and the receivable accounts."""
        receivable = metrics["receivable"]
        ledger = {**receivable, "domain": self._ledger_domain(receivable)}
        accounts = self._account_lines("receivable", ledger, "balance", 1)
        return [
            self._title(
                "receivable", self.env._("From open invoices to the receivable")
            ),
            *(
                {
                    **self._line("receivable", metrics[key]),
                    "amount": sign * metrics[key]["value"],
                }
                for key, sign in RECEIVABLE
            ),
            self._line("receivable", receivable, "total"),
            self._title(
                "receivable",
                self.env._("Receivable accounts, all days, as in the general ledger"),
            ),
            *accounts,
            *self._check("receivable", receivable, accounts, self._drafts(ledger)),
        ]

    def _ledger_domain(self, receivable):
        """Return the receivable's domain (list) with the settled items, too."""
        return list(
            Domain(receivable["domain"]).map_conditions(
                lambda condition: (
                    Domain.TRUE if condition.field_expr == "reconciled" else condition
                )
            )
        )

    def _drafts(self, ledger):
        """Return what posted items are matched with drafts (float, debits positive).

        Core settles with a payment what is not posted yet, too: nothing is left of the
        payment, though the ledger has nothing but it. 0 for who may not read matchings.
        """
        if not self.env["crm.customer.section.finance"]._sees_allocations():
            return 0.0
        parts, found = self.env["account.partial.reconcile"], 0.0
        sides = ("debit_move_id", "credit_move_id")
        for sign, (own, other) in ((1, sides), (-1, sides[::-1])):
            domain = Domain(own, "any", ledger["domain"])
            domain &= Domain(f"{other}.parent_state", "!=", "posted")
            [[amount]] = parts._read_group(domain, [], ["amount:sum"])
            found += sign * (amount or 0.0)
        return found

    def _account_lines(self, section, figure, field, sign):
        """Return one line per account of the items behind a figure."""
        groups = self.env[ITEM]._read_group(
            figure["domain"], ["account_id"], [f"{field}:sum"], order="account_id"
        )
        return [
            {
                **self._line(section, figure),
                "label": account.with_company(self.company_id).display_name,
                "basis": False,
                "amount": sign * total,
                "domain": json.dumps(
                    plain(
                        list(
                            Domain(figure["domain"])
                            & Domain("account_id", "=", account.id)
                        )
                    )
                ),
                "aggregate": f"{field}:sum",
                "sign": sign,
            }
            for account, total in groups
        ]

    def _check(self, section, figure, accounts, drafts=0.0):
        """Return the sum of the accounts, and the differences where there are any.

        :param drafts: amount (float) of the difference that drafts explain
        """
        total = self.currency_id.round(sum(line["amount"] for line in accounts))
        lines = [
            {
                "section": section,
                "kind": "total",
                "label": self.env._("General ledger"),
                "amount": total,
            }
        ]
        difference = total - figure["value"] - drafts
        for label, amount in (
            (self.env._("Matched with drafts"), self.currency_id.round(drafts)),
            (
                self.env._("Matched with items of other partners"),
                self.currency_id.round(difference),
            ),
        ):
            if amount:
                lines.append(
                    {
                        "section": section,
                        "kind": "difference",
                        "label": label,
                        "amount": amount,
                    }
                )
        return lines

    def _title(self, section, label):
        return {"section": section, "kind": "title", "label": label}

    def _line(self, section, figure, kind="item"):
        """Return the line of a metric, or of an item of the bridge."""
        return {
            "section": section,
            "kind": kind,
            "label": figure["label"],
            "basis": figure.get("basis", False),
            "amount": figure["value"],
            "res_model": figure["model"],
            "domain": json.dumps(figure["domain"]),
            "aggregate": figure["aggregate"],
            "sign": figure["sign"],
        }


class CrmCustomerReconciliationLine(models.TransientModel):
    """A line of the walk: what it is called, its amount and where it comes from."""

    _name = "crm.customer.reconciliation.line"
    _description = "Line of a Reconciliation to the Ledger"
    _order = "sequence, id"

    reconciliation_id = fields.Many2one(
        comodel_name="crm.customer.reconciliation", required=True, ondelete="cascade"
    )
    sequence = fields.Integer()
    section = fields.Selection(
        selection=[("revenue", "Revenue"), ("receivable", "Receivable")], required=True
    )
    kind = fields.Selection(
        selection=[
            ("title", "Title"),
            ("item", "Item"),
            ("total", "Total"),
            ("difference", "Difference"),
        ],
        required=True,
    )
    label = fields.Char(required=True)
    basis = fields.Char(string="Definition")
    currency_id = fields.Many2one(related="reconciliation_id.currency_id")
    amount = fields.Monetary(groups=LEDGER)
    res_model = fields.Char()
    domain = fields.Char()
    aggregate = fields.Char()
    sign = fields.Integer(default=1)

    def action_open(self):
        """Return the action that lists the records the line sums up (dict)."""
        self.ensure_one()
        self.check_access("read")
        partner = self.reconciliation_id.partner_id
        return plain(
            partner._customer_figure_action(
                {
                    "label": self.label,
                    "model": self.res_model,
                    "domain": json.loads(self.domain),
                    "aggregate": self.aggregate,
                    "sign": self.sign,
                }
            )
        )
