# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..engine import recurrence
from ..engine.recurrence import ONE_DAY
from .contract_plan import TIMINGS, UNITS


class ContractLine(models.Model):
    """Lines with an anchor bill on occurrences that never drift; the ledger says how
    far each line is billed. Lines that existed before us keep OCA's dates."""

    _inherit = "contract.line"  # pylint: disable=consider-merging-classes-inherited

    # A search through the contract obeys the contract's record rules: without them a
    # portal user could guess the fields of contracts that he can't see.
    contract_id = fields.Many2one(bypass_search_access=False)
    line_root_id = fields.Many2one(
        "contract.line",
        string="First Line",
        readonly=True,
        copy=False,
        index=True,
        help="First line of the chain of successors; the ledger counts by it.",
    )
    anchor_date = fields.Date(
        help="Periods are counted from this date and clamped to the month's end."
        " Empty: the dates of the contract addon apply.",
    )
    anchor_day = fields.Integer(
        string="Day of the Month",
        help="Day of the month on which periods begin, in shorter months their last"
        " day; 0: the day of the anchor.",
    )
    is_continued = fields.Boolean(
        readonly=True,
        copy=False,
        help="A change divided the line: its successor goes on in the same term.",
    )
    cancelled_from = fields.Date(
        readonly=True,
        copy=False,
        help="The customer cancelled the line from this day on: nothing renews it.",
    )
    subscription_sale_line_id = fields.Many2one(
        "sale.order.line",
        string="Sold By",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    period_ids = fields.One2many(
        "contract.period", "line_id", string="Periods", readonly=True, copy=False
    )

    root_period_ids = fields.One2many(
        "contract.period",
        "line_root_id",
        string="Periods of the Chain",
        readonly=True,
        copy=False,
    )

    _sale_line_uniq = models.UniqueIndex(
        "(subscription_sale_line_id) WHERE subscription_sale_line_id IS NOT NULL",
        "This order line is a contract line already.",
    )
    _due_idx = models.Index("(recurring_next_date) WHERE is_canceled IS NOT TRUE")

    # === RECURRENCE === #
    def _get_recurrence(self):
        """Return the engine's recurrence of a line with an anchor.

        :raise ValidationError: the line's unit or interval is none of the engine's
        """
        self.ensure_one()
        self._check_recurrence_range()
        return recurrence.Recurrence(
            self.anchor_date,
            UNITS[self.recurring_rule_type],
            self.recurring_interval,
            self.anchor_day,
        )

    def _get_cycle(self):
        """Return what the boundaries of the line's periods follow from (tuple)."""
        self.ensure_one()
        return (
            self.anchor_date,
            self.anchor_day,
            self.recurring_rule_type,
            self.recurring_interval,
        )

    def _get_period_arguments(self, start, date_end):
        """Return the arguments of the engine's ``period`` for this line."""
        return (
            start,
            date_end or None,
            self._get_timing(),
            self._get_proration(),
            self._is_occurrence_opened(start),
        )

    def _is_occurrence_opened(self, start):
        """Return whether days before ``start``, in the same occurrence, are paid by
        this line or the one that it succeeds."""
        self.ensure_one()
        before = self.predecessor_contract_line_id
        if self._get_proration() != recurrence.NONE:
            return False
        return start > self.date_start or bool(
            before.date_end
            and not before.is_canceled
            and before._get_cycle() == self._get_cycle()
            and before.date_end >= self._get_recurrence().bounds(start)[0]
        )

    def _get_timing(self):
        self.ensure_one()
        return TIMINGS[self.recurring_invoicing_type]

    def _get_first_open_day(self, last_date_invoiced):
        self.ensure_one()
        if not last_date_invoiced:
            return self.date_start
        return last_date_invoiced + ONE_DAY

    def _iter_periods(self):
        """Yield the periods that are not billed yet, the next one first.

        The billing run bills the first, ``preview_schedule`` shows the first few.
        Endless for a line without end date.
        """
        self.ensure_one()
        if self.is_canceled or not self.recurring_next_date:
            return
        if self.anchor_date:
            start = self._get_first_open_day(self.last_date_invoiced)
            yield from self._get_recurrence().periods(
                *self._get_period_arguments(start, self.date_end)
            )
            return
        start, end, day = self._get_period_to_invoice(
            self.last_date_invoiced, self.recurring_next_date
        )
        while end:
            yield recurrence.Period(
                start, end, day, recurrence.days_between(start, end)
            )
            start = end + ONE_DAY
            day = self.get_next_invoice_date(*self._get_oca_arguments(start))
            end = day and self._get_period_to_invoice(end, day)[1]

    def _get_oca_arguments(self, start, date_end=None):
        """Return the arguments of OCA's ``get_next_invoice_date`` for this line."""
        return (
            start,
            self.recurring_invoicing_type,
            self.recurring_invoicing_offset,
            self.recurring_rule_type,
            self.recurring_interval,
            date_end or self.date_end,
        )

    def _get_next_period(self):
        """Return the next period to bill, or None."""
        return next(self._iter_periods(), None)

    def _get_next_anchored_period(self, last_date_invoiced=None, date_end=None):
        """Return the next period of a line with an anchor, also while it has no date
        of the next invoice yet."""
        self.ensure_one()
        start = self._get_first_open_day(last_date_invoiced or self.last_date_invoiced)
        if not start:
            return None
        return self._get_recurrence().period(
            *self._get_period_arguments(start, date_end or self.date_end)
        )

    @api.depends("anchor_date", "anchor_day")
    def _compute_next_period_date_end(self):
        anchored = self.filtered("anchor_date")
        res = super(ContractLine, self - anchored)._compute_next_period_date_end()
        for line in anchored:
            period = line._get_next_anchored_period()
            line.next_period_date_end = period and period.end
        return res

    @api.depends("anchor_date", "anchor_day", "last_date_invoiced", "date_start")
    def _compute_recurring_next_date(self):
        anchored = self.filtered("anchor_date")
        res = super(ContractLine, self - anchored)._compute_recurring_next_date()
        for line in anchored:
            period = line._get_next_anchored_period()
            line.recurring_next_date = period and period.invoice_date
        return res

    def _get_period_to_invoice(
        self, last_date_invoiced, recurring_next_date, stop_at_date_end=True
    ):
        asked = self.env.context.get("billed_period")
        if asked:
            return asked.start, asked.end, asked.invoice_date
        if not self.anchor_date or not recurring_next_date:
            return super()._get_period_to_invoice(
                last_date_invoiced, recurring_next_date, stop_at_date_end
            )
        period = self._get_recurrence().period(
            *self._get_period_arguments(
                self._get_first_open_day(last_date_invoiced),
                stop_at_date_end and self.date_end,
            )
        )
        if not period:
            return False, False, False
        return period.start, period.end, recurring_next_date

    # === LEDGER === #
    def _is_ledgered(self):
        """Return whether the ledger keeps the line: customer, line-level recurrence."""
        self.ensure_one()
        return bool(
            self.contract_id._is_ledgered()
            and (not self.display_type or self.is_recurring_note)
        )

    def _get_covering_rows(self):
        """Return the rows that cover days of the line, those of its chain included:
        a line may go on where a period of the one before it is billed."""
        return self.line_root_id.root_period_ids.filtered(
            lambda row: row._is_covering()
            and row._get_last_day() >= self.date_start
            and (not self.date_end or row.period_start <= self.date_end)
        )

    def _get_billed_until(self):
        """Return the last day that the ledger says is billed, or False."""
        self.ensure_one()
        ends = [row._get_last_day() for row in self.sudo()._get_covering_rows()]
        if not ends:
            return False
        return min(max(ends), self.date_end or max(ends))

    def _update_billed_until(self):
        """Make OCA's date follow the ledger, where they differ."""
        for line in self:
            until = line._get_billed_until()
            if line.last_date_invoiced != until:
                line.last_date_invoiced = until

    def _prepare_ledger_vals(self, period):
        """Return the values of the regular ledger row of ``period`` (dict)."""
        self.ensure_one()
        return {
            "contract_id": self.contract_id.id,
            "line_id": self.id,
            "line_root_id": self.line_root_id.id,
            "period_start": period.start,
            "period_end": period.end,
            "full_days": period.full_days,
            "kind": "regular",
            "state": "billed",
            "amount": self._get_period_amount(period),
            "full_amount": self._get_full_amount(period),
            "quantity": 0.0 if self.display_type else self.quantity,
            "currency_id": self.currency_id.id,
            "company_id": self.company_id.id,
        }

    def _open_ledger(self):
        """Write one opening row for each line that was billed before us.

        Chains of the past may overlap; their rows are cut so that they do not.
        """
        lines = self.filtered(
            lambda line: line.last_date_invoiced
            and line.date_start
            and line._is_ledgered()
            and not line.period_ids
            and not line._get_covering_rows()
        ).sorted(lambda line: (line.line_root_id.id, line.date_start, line.id))
        vals_list, covered = [], {}
        for line in lines:
            root = line.line_root_id.id
            start = line.date_start
            if root in covered:
                start = max(start, covered[root] + ONE_DAY)
            if start > line.last_date_invoiced:
                continue
            covered[root] = line.last_date_invoiced
            period = recurrence.Period(
                start,
                line.last_date_invoiced,
                line.last_date_invoiced,
                recurrence.days_between(start, line.last_date_invoiced),
            )
            vals_list.append(
                dict(line._prepare_ledger_vals(period), state="opening", amount=0.0)
            )
        # Nobody but the machine writes the ledger; the lines were written by the
        # user, with his rights, just now.
        return self.env["contract.period"].sudo().create(vals_list)

    def _set_roots(self):
        """Set the root of lines that have none; a successor has its predecessor's."""
        for line in self.filtered(lambda line: not line.line_root_id).sorted("id"):
            first, seen = line, line
            while first.predecessor_contract_line_id - seen:
                first = first.predecessor_contract_line_id
                seen |= first
                if first.line_root_id:
                    first = first.line_root_id
                    break
            # Which lines are one chain the machine says; the line was just written by
            # the user, with his rights.
            line.sudo().line_root_id = first

    @api.constrains("last_date_invoiced", "date_end")
    def _check_billed_until(self):
        """R4: how far a line is billed moves only with the ledger."""
        for line in self:
            rows = line.sudo().period_ids & line.sudo()._get_covering_rows()
            if rows and line.last_date_invoiced != line._get_billed_until():
                raise ValidationError(
                    self.env._(
                        "%(line)s of %(contract)s: the ledger says billed until"
                        " %(until)s, not %(value)s. Cancel or credit the invoice"
                        " instead of changing the date.",
                        line=line.name,
                        contract=line.contract_id.display_name,
                        until=line._get_billed_until(),
                        value=line.last_date_invoiced,
                    )
                )

    @api.constrains("recurring_next_date", "anchor_date", "anchor_day", "date_end")
    def _check_anchored_next_date(self):
        for line in self.filtered("anchor_date"):
            period = line._get_next_anchored_period()
            expected = period.invoice_date if period else False
            if line.recurring_next_date != expected:
                raise ValidationError(
                    self.env._(
                        "%(line)s of %(contract)s bills on %(expected)s, counted from"
                        " its anchor %(anchor)s; it can't be set to %(value)s.",
                        line=line.name,
                        contract=line.contract_id.display_name,
                        expected=expected,
                        anchor=line.anchor_date,
                        value=line.recurring_next_date,
                    )
                )

    @api.constrains(
        "recurring_interval", "recurring_rule_type", "anchor_date", "anchor_day"
    )
    def _check_recurrence_range(self):
        """An interval that fails at night is refused on save."""
        for line in self.filtered(lambda line: line.anchor_date or line._is_ledgered()):
            if not 1 <= line.recurring_interval <= recurrence.MAX_INTERVAL:
                raise ValidationError(
                    self.env._(
                        "%(line)s: it bills every %(value)s units; allowed are 1 to"
                        " %(maximum)s.",
                        line=line.name,
                        value=line.recurring_interval,
                        maximum=recurrence.MAX_INTERVAL,
                    )
                )
            if not 0 <= line.anchor_day <= recurrence.LAST_DAY:
                raise ValidationError(
                    self.env._(
                        "%(line)s: its periods begin on day %(value)s of the month;"
                        " allowed are 1 to 31, or 0 for the anchor's.",
                        line=line.name,
                        value=line.anchor_day,
                    )
                )
            if line.anchor_date and line.recurring_rule_type not in UNITS:
                raise ValidationError(
                    self.env._(
                        "%(line)s: a line with an anchor bills by months from the"
                        " 31st, not by %(value)s.",
                        line=line.name,
                        value=line.recurring_rule_type,
                    )
                )

    # === CRUD === #
    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("anchor_date"):
                vals.pop("recurring_next_date", None)
        lines = super().create(vals_list)
        lines._set_roots()
        successors = lines.filtered(lambda line: line.line_root_id != line)
        successors._update_billed_until()
        lines._open_ledger()
        if not self.env.context.get("crm_subscription_defer_mrr"):
            lines._sync_mrr()
        return lines

    def write(self, vals):
        self._check_start_stays(vals)
        res = super().write(vals)
        if vals.get("last_date_invoiced"):
            self._open_ledger()
        deferred = self.env.context.get("crm_subscription_defer_mrr")
        if not deferred and self._MRR_FIELDS & vals.keys():
            self._sync_mrr(repriced=not {"quantity"} & vals.keys())
        return res

    @api.ondelete(at_uninstall=False)
    def _unlink_except_billed(self):
        billed = self.sudo().filtered("period_ids")[:1]
        if billed:
            raise UserError(
                self.env._(
                    "%(line)s of %(contract)s has billed periods: stop or cancel it"
                    " instead of deleting it.",
                    line=billed.name,
                    contract=billed.contract_id.display_name,
                )
            )

    def copy_data(self, default=None):
        """A copied line begins today: a copy of its past would be billed again."""
        vals_list = super().copy_data(default)
        for line, vals in zip(self, vals_list, strict=True):
            if not line.anchor_date:
                continue
            today = line.contract_id._get_today()
            plan = line.contract_id.subscription_plan_id
            vals.update(date_start=today, date_end=False, anchor_date=today)
            if plan:
                vals.update(
                    plan._prepare_anchor_vals(today), date_end=plan._get_term_end(today)
                )
            vals.pop("recurring_next_date", None)
        return vals_list
