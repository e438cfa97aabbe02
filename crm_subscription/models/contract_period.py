# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

ONE_DAY = timedelta(days=1)

# States of regular rows whose days can't be billed again: the database forbids it.
BLOCKING_STATES = ("billed", "skipped", "opening")
# States up to which a line counts as billed. A credited period was given back on
# purpose: it is not billed again by itself.
COVERING_STATES = (*BLOCKING_STATES, "credited")


class ContractPeriod(models.Model):
    """The period ledger: which days of which line are billed, on which invoice.

    One row per period and *root* of a contract line, the first line of a chain of
    successors, so that a renewal or a moved date can't bill a day again. Exactly-once
    is a constraint of the database, written in the transaction of the invoice line.

    What happens to the row when its invoice changes:
    - a draft invoice (or its line) is deleted, or an invoice is cancelled: the row is
      ``cancelled`` and, if it is the last of its line, the period is due again;
    - the cancelled invoice is set back to draft: the row is ``billed`` again, or the
      reset is refused when the days were billed anew in between;
    - the invoice is credited in full: the row is ``credited`` and the period is not
      billed again by itself.
    """

    _name = "contract.period"
    _description = "Billing Period"
    _order = "period_start desc, id desc"
    _rec_names_search = ["contract_id", "move_id"]

    contract_id = fields.Many2one(
        "contract.contract",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    line_id = fields.Many2one(
        "contract.line",
        string="Contract Line",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    line_root_id = fields.Many2one(
        "contract.line",
        string="First Line",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    origin_id = fields.Many2one(
        "contract.period",
        string="Corrects",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    period_start = fields.Date(required=True, readonly=True)
    period_end = fields.Date(required=True, readonly=True)
    full_days = fields.Integer(
        readonly=True, help="Days of the whole occurrence that the period lies in."
    )
    freed_from = fields.Date(
        readonly=True,
        help="A change gave back the days from here on: a successor of another cycle"
        " bills them anew.",
    )
    full_amount = fields.Monetary(
        readonly=True,
        string="Full Period",
        help="Untaxed amount of the whole occurrence that the row is a share of.",
    )
    kind = fields.Selection(
        [("regular", "Regular"), ("correction", "Correction")],
        default="regular",
        required=True,
        readonly=True,
    )
    correction_type = fields.Selection(
        [("credit", "Credit"), ("charge", "Charge")], readonly=True
    )
    is_carried = fields.Boolean(
        string="Carried",
        readonly=True,
        help="The correction is settled on the invoice of a regular period.",
    )
    state = fields.Selection(
        [
            ("billed", "Billed"),
            ("skipped", "Skipped"),
            ("parked", "Waiting"),
            ("credited", "Credited"),
            ("cancelled", "Cancelled"),
            ("opening", "Opening"),
        ],
        required=True,
        readonly=True,
        index=True,
    )
    move_line_id = fields.Many2one(
        "account.move.line",
        string="Invoice Line",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    invoice_date = fields.Date(readonly=True)
    amount = fields.Monetary(
        readonly=True, string="Untaxed Amount", help="In the contract's currency."
    )
    quantity = fields.Float(readonly=True, digits="Product Unit")
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    product_id = fields.Many2one(related="line_id.product_id")

    # int4range makes equality of the line indexable in GiST without an extension.
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (int4range(line_root_id, line_root_id, '[]') WITH =,"
        " daterange(period_start, COALESCE(freed_from, period_end + 1), '[)') WITH &&)"
        " WHERE (kind = 'regular' AND state IN ('billed', 'skipped', 'opening'))",
        "Days of this contract line are billed already.",
    )
    _dates_in_order = models.Constraint(
        "CHECK (period_start <= period_end)",
        "A billing period can't end before it starts.",
    )

    _freed_inside = models.Constraint(
        "CHECK (freed_from IS NULL OR freed_from BETWEEN period_start AND period_end)",
        "The days that a change gave back lie inside of their period.",
    )

    @api.depends("period_start", "period_end", "contract_id")
    def _compute_display_name(self):
        for period in self:
            period.display_name = (
                f"{period.contract_id.name} {period.period_start} – {period.period_end}"
            )

    def _get_last_day(self):
        """Return the last day that the row keeps; before its start: none."""
        self.ensure_one()
        return self.freed_from - ONE_DAY if self.freed_from else self.period_end

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._(
                "The period ledger is not deleted: %(period)s tells what was billed.",
                period=self[:1].display_name,
            )
        )

    def _cancel(self):
        """Mark the rows as cancelled and make a last period of its line due again.

        A correction that was carried on the invoice waits for the next one instead:
        the change that it settles still holds.
        """
        rows = self.filtered(lambda row: row.state in ("billed", "credited"))
        regular = rows.filtered(lambda row: row.kind == "regular")
        carried = (rows - regular).filtered(lambda row: row.is_carried)
        carried.write({"state": "parked"})
        rows -= carried
        rows.write({"state": "cancelled"})
        rows.filtered(lambda row: row.kind == "regular").line_id._update_billed_until()
        return rows

    def _restore(self):
        """Mark cancelled rows as billed again.

        :raise ValidationError: by the database, if the days were billed anew
        """
        rows = self.filtered(
            lambda row: row.move_line_id
            and (row.state == "cancelled" or row.is_carried and row.state == "parked")
        )
        rows.write({"state": "billed"})
        rows.flush_recordset()
        rows.filtered(lambda row: row.kind == "regular").line_id._update_billed_until()
        return rows

    def action_open_invoice(self):
        """Return the action that opens the row's invoice, with the user's rights.

        :raise UserError: the row has no invoice
        """
        self.ensure_one()
        if not self.move_id:
            raise UserError(
                self.env._("%(period)s has no invoice.", period=self.display_name)
            )
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "views": [(False, "form")],
        }
