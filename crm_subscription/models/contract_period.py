# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.crm_suite_base.tools.obstacle import Obstacle

from ..engine import recurrence
from ..engine.recurrence import ONE_DAY
from .groups import MANAGER

# States of regular rows whose days can't be billed again: the database forbids it.
BLOCKING_STATES = ("billed", "skipped", "opening")
# States up to which a line counts as billed. A credited period was given back on
# purpose: it is not billed again by itself.
COVERING_STATES = (*BLOCKING_STATES, "credited")


def _last_day_of(vals):
    """Return the last day that a row of the values ``vals`` keeps (date)."""
    freed = vals.get("freed_from")
    return freed - ONE_DAY if freed else vals["period_end"]


class ContractPeriod(models.Model):
    """The period ledger: which days of which line are billed, on which invoice.

    One row per period and *root* of a contract line, the first line of a chain of
    successors, so that a renewal or a moved date can't bill a day again. Exactly-once
    is a constraint of the database, written in the transaction of the invoice line.

    What happens to a regular row when its invoice changes:
    - a draft invoice (or its line) is deleted, or an invoice is cancelled: the row is
      ``cancelled``; by the plan its period is billed again by the next run
      (``follow_up`` ``rebill``), or left (``leave``) until someone asks for it;
    - the cancelled invoice is set back to draft: the row is ``billed`` again, or the
      reset is refused when the days were billed anew in between;
    - posted credit notes of the invoice add up to the whole: the row is ``credited``
      and not billed again by itself; it is ``billed`` again when a credit note is
      reset or cancelled;
    - "reverse and create invoice": the new invoice has a row of its own.

    Changes of the days hold on, whatever becomes of the invoice: a row that has
    corrections is billed again as it was, and they go over to the new row. A
    correction whose document is cancelled waits for the next bill, or is left, by the
    plan. See ``_rebalance`` for what keeps the sum right.
    """

    _name = "contract.period"
    _inherit = ["contract.line.ledger"]
    _description = "Billing Period"
    _order = "period_start desc, id desc"
    _rec_names_search = ["contract_id", "move_id"]

    origin_id = fields.Many2one(
        "contract.period",
        string="Corrects",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
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
    is_balance = fields.Boolean(
        string="Balance",
        readonly=True,
        help="Makes the documents of the period add up to what its days cost, after"
        " one of them was cancelled or credited.",
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
    follow_up = fields.Selection(
        [
            ("rebill", "Billed again by the next run"),
            ("leave", "Not billed again"),
            ("rebilled", "Was billed again"),
        ],
        readonly=True,
        index="btree_not_null",
        help="What comes of a period whose invoice was cancelled, deleted or credited.",
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
    rounding = fields.Monetary(
        readonly=True,
        help="What the document of a correction adds to its amount: a company may"
        " round the taxes of a document as a whole, and not line by line.",
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)

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

    # === WRITING === #
    @api.model
    def _write_down(self, vals_list):
        """Write regular rows, then move the dates of their lines (R4); return them.

        :raise UserError: days of a line are billed already
        """
        self._check_free(vals_list)
        rows = self.create(vals_list)
        # The database says here whether the days are free; then the dates may move.
        rows.flush_recordset()
        ends = {}
        for row in rows:
            # A change may have ended the line inside of a period billed again.
            end = min(row._get_last_day(), row.line_id.date_end or row.period_end)
            ends[row.line_id] = max(end, ends.get(row.line_id, end))
        later = rows.line_id.filtered(
            lambda line: line.last_date_invoiced
            and line.last_date_invoiced >= ends[line]
        )
        rows.line_id._set_billed_until(
            {line: end for line, end in ends.items() if line not in later}
        )
        rows._note_rebilled()
        return rows

    def _check_free(self, vals_list):
        """Refuse days that are billed: the database does too, but not in words."""
        roots = {vals["line_root_id"] for vals in vals_list}
        first = min((vals["period_start"] for vals in vals_list), default=False)
        taken = self.search(
            Domain("line_root_id", "in", roots)
            & Domain("kind", "=", "regular")
            & Domain("state", "in", BLOCKING_STATES)
            & Domain("period_end", ">=", first)
        ).grouped("line_root_id")
        for vals in vals_list:
            rows = taken.get(self.env["contract.line"].browse(vals["line_root_id"]))
            clash = rows and rows.filtered(
                lambda row, vals=vals: row.period_start <= _last_day_of(vals)
                and row._get_last_day() >= vals["period_start"]
            )
            if clash:
                raise Obstacle(
                    self.env,
                    "crm_subscription.billed",
                    line=clash[0].line_id.name,
                    contract=clash[0].contract_id,
                    start=vals["period_start"],
                    end=vals["period_end"],
                    period=clash[0],
                )

    def _note_rebilled(self):
        """Close the follow-up of cancelled rows whose days these rows bill."""
        waiting = self.search(
            Domain("line_root_id", "in", self.line_root_id.ids)
            & Domain("kind", "=", "regular")
            & Domain("follow_up", "in", ("rebill", "leave"))
        )
        for row in waiting - self:
            new = self.filtered(
                lambda new, row=row: new.line_root_id == row.line_root_id
                and new.period_start <= row._get_last_day()
                and new._get_last_day() >= row.period_start
            )
            if new:
                row._give_way(new[0])

    def _get_period(self):
        """Return the row's days as the engine's period."""
        self.ensure_one()
        line, day = self.line_id, self.invoice_date or self.period_start
        if line.anchor_date:
            period = line._get_recurrence().period(
                *line._get_period_arguments(self.period_start, self.period_end)
            )
            if period.end == self.period_end:
                return replace(period, invoice_date=day)
        days = recurrence.days_between(self.period_start, self.period_end)
        return recurrence.Period(
            self.period_start, self.period_end, day, self.full_days or days
        )

    def _is_covering(self):
        """Return whether the line counts as billed up to the row's end (bool)."""
        self.ensure_one()
        if self.kind != "regular":
            return False
        left = self.state == "cancelled" and self.follow_up == "leave"
        return left or self.state in COVERING_STATES or self._is_held()

    # === WHAT BECOMES OF A ROW === #
    def _cancel(self):
        """Mark the rows as cancelled; by their plan, their periods are due again.

        A correction waits for the next bill instead, since the change that it settles
        still holds; unless it had a document of its own and the plan bills nothing
        again that was cancelled.
        """
        rows = self.filtered(lambda row: row.state in ("billed", "credited"))
        left = rows.filtered(
            lambda row: row.contract_id.subscription_plan_id.rebill == "leave"
        )
        regular = rows.filtered(lambda row: row.kind == "regular")
        waived = (left - regular).filtered(lambda row: not row.is_carried)
        (rows - regular - waived).write({"state": "parked", "follow_up": False})
        (regular | waived).state = "cancelled"
        (left & (regular | waived)).follow_up = "leave"
        (regular - left).follow_up = "rebill"
        regular.line_id._update_billed_until()
        rows._rebalance()
        return rows

    def _restore(self):
        """Mark cancelled rows as billed again.

        :raise UserError: the days were billed anew
        """
        rows = self.filtered(
            lambda row: row.move_line_id
            and (
                row.state == "cancelled"
                or (row.kind == "correction" and row.state == "parked")
            )
        )
        regular = rows.filtered(lambda row: row.kind == "regular")
        self._check_free([row._get_days_vals() for row in regular])
        rows.write({"state": "billed", "follow_up": False})
        rows.flush_recordset()
        regular._note_rebilled()
        regular.line_id._update_billed_until()
        rows._rebalance()
        return rows

    def _get_days_vals(self):
        self.ensure_one()
        return {
            "line_root_id": self.line_root_id.id,
            "period_start": self.period_start,
            "period_end": self._get_last_day(),
        }

    def _set_credited(self, credited):
        """Note that the rows are credited in full, or not any more.

        :raise UserError: the days were billed anew since they were credited
        """
        if credited:
            self.filtered(lambda row: row.state == "billed").state = "credited"
            return
        back = self.filtered(lambda row: row.state == "credited")
        regular = back.filtered(lambda row: row.kind == "regular")
        self._check_free([row._get_days_vals() for row in regular])
        (back - regular).move_id._check_not_settled_anew()
        back.write({"state": "billed", "follow_up": False})

    # === BILLING AGAIN === #
    def _get_day_again(self, today):
        """Return the day on which the row that is billed again was due (date)."""
        self.ensure_one()
        return self.invoice_date or min(self.period_start, today)

    @api.model
    def _get_rows_to_rebill(self, contracts):
        """Return the rows of ``contracts`` whose days the next run bills again."""
        rows = self.search(
            Domain("contract_id", "in", contracts.ids)
            & Domain("follow_up", "=", "rebill"),
            order="period_start, id",
        )
        return rows.filtered(
            lambda row: row.contract_id.active
            and (
                row._is_held()
                or (not row.line_id.is_canceled and row._is_behind_billed())
            )
        )

    def _is_behind_billed(self):
        """Return whether later days of the line are billed (bool): what does not lie
        behind the last billed day is due by itself."""
        self.ensure_one()
        until = self.line_id.last_date_invoiced
        return bool(until and self.period_end <= until)

    def action_bill_again(self):
        """Let the next run bill a period that was cancelled or credited (button).

        :return: True
        :raise AccessError: the user is no subscription manager, or may not read it
        :raise UserError: the period is neither cancelled nor credited, or billed anew
        """
        self.ensure_one()
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._("Only subscription managers bill a period again.")
            )
        self.check_access("read")
        # The ledger is kept by the machine; group and access are checked just above.
        row = self.sudo()
        if row.state not in ("cancelled", "credited") or row.kind != "regular":
            raise UserError(
                self.env._(
                    "%(period)s is %(state)s: only a cancelled or credited period is"
                    " billed again.",
                    period=row.display_name,
                    state=dict(row._fields["state"]._description_selection(self.env))[
                        row.state
                    ],
                )
            )
        row._check_free([row._get_days_vals()])
        row.follow_up = "rebill"
        row.line_id._update_billed_until()
        return True

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
