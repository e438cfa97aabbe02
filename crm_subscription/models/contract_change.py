# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dataclasses import dataclass

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import float_round

from odoo.addons.crm_suite_base.tools.options import Option, check_ids, check_options
from odoo.addons.crm_suite_base.tools.plain import plain

from ..engine import recurrence
from ..engine.recurrence import ONE_DAY
from .groups import MANAGER

# What each type of change takes: the first is needed, but for a pause.
VALUE_KEYS = {
    "quantity": ("quantity",),
    "price": ("price_unit",),
    "product": ("product_id", "price_unit", "quantity"),
    "plan": ("plan_id", "price_unit"),
    "pause": ("until",),
    "resume": (),
    "cancel": (),
    "anchor": ("anchor_day",),
}
EFFECTIVES = ("now", "date", "period_end", "renewal")
AT_RENEWAL = ("quantity", "price", "product", "plan", "anchor", "cancel")
# Types that may be for all lines of a contract at once.
FOR_ALL_LINES = ("plan", "pause", "resume", "cancel")
MAX_TOTAL = 10**15  # more no currency's decimals could tell apart
CHANGE_SPEC = {
    "type": Option("str", choices=tuple(VALUE_KEYS), required=True),
    "line_id": Option("int", minimum=1),
    "date": Option("date"),
    "effective": Option("str", choices=EFFECTIVES),
    "settle": Option("str", choices=("invoice", "carry")),
    "prorate": Option("bool"),
    "quantity": Option("float", minimum=0),
    "price_unit": Option("float"),
    "product_id": Option("int", minimum=1),
    "plan_id": Option("int", minimum=1),
    "until": Option("date"),
    "anchor_day": Option("int", minimum=1, maximum=recurrence.LAST_DAY),
}


@dataclass
class Change:
    """A checked change: what holds for each line from its day on.

    ``days`` is {line: first day}; ``planned`` says that it waits for the renewal;
    ``prorate`` None means: services by their plan, goods not.
    """

    kind: str
    days: dict
    settle: str
    values: dict
    effective: str = "now"
    prorate: bool | None = None
    planned: bool = False

    @property
    def first_day(self):
        """First day of the change (date)."""
        return min(self.days.values())

    def value(self, key, default=None):
        """Return a new value, or ``default`` where none is given."""
        return self.values.get(key, default)


class ContractContract(models.Model):
    """Changes that cost money: previewed, then applied, by the same code."""

    _inherit = "contract.contract"  # pylint: disable=consider-merging-classes-inherited

    # === PUBLIC === #
    @api.readonly
    def preview_change(self, change):
        """Tell what a change would credit and charge; nothing is written.

        :param dict change: ``type`` (``quantity``, ``price``, ``product``, ``plan``,
            ``pause``, ``resume``, ``cancel`` or ``anchor``), ``line_id`` (may be left
            out for plan, pause, resume and cancel: all lines), ``effective`` (``now``,
            the default; ``date``; ``period_end``, the first day that is not billed;
            ``renewal``, the first day of the next term), ``date`` (``YYYY-MM-DD``, the
            first day on which the change holds; in the company's time zone),
            ``settle`` (``invoice``, the default: an invoice or credit note now;
            ``carry``: with the next invoice), ``prorate`` (bool; default: services by
            their plan, goods not), and the new ``quantity``, ``price_unit``,
            ``product_id``, ``plan_id``, ``until`` (last day of a pause; none: until it
            is resumed) or ``anchor_day`` (1 to 31)
        :return: ``{"lines": [{"line_id", "kind", "period_start", "period_end",
            "days", "days_in_period", "amount"}], "total", "currency",
            "next_invoice_date"}``; untaxed, in the contract's currency, credits < 0
        :raise UserError: more than one contract, or a key or value that is not
            possible, named
        :raise AccessError: the user may not read the contract
        """
        check_ids(self).check_access("read")
        checked = self._check_change(change)
        return plain(self._describe_change(checked, self._get_corrections(checked)))

    def apply_change(self, change, expected_total):
        """Do a change; give it the total that the preview told.

        :param dict change: see :meth:`preview_change`
        :param float expected_total: the previewed ``total``; the change is refused if
            it costs something else by now
        :return: what the preview returns, and ``invoice_ids``, ``period_ids``,
            ``log_id``
        :raise AccessError: the user is no subscription manager
        :raise UserError: see :meth:`preview_change`; the total has changed; another
            run holds the contract
        """
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._("Only subscription managers change what a contract costs.")
            )
        check_ids(self).check_access("write")
        # Invoices and ledger are the machine's work; the right to change the contract
        # and the manager's group are checked just above.
        return plain(self.sudo()._apply_change(change, expected_total))

    def _apply_change(self, change, expected_total):
        """Do :meth:`apply_change`; the caller has checked the rights."""
        if not self._lock_for_billing():
            raise UserError(self._describe_busy()["reason"])
        checked = self._check_change(change)
        corrections = self._get_corrections(checked)
        answer = self._describe_change(checked, corrections)
        self._check_expected(answer["total"], expected_total)
        log = self._log_change(checked, answer)
        targets = {} if checked.planned else self._change_lines(checked)
        rows = self._write_corrections(corrections, targets, log)
        moves = self._settle_corrections(rows, checked)
        self._tell_change(checked, log, answer)
        answer["next_invoice_date"] = self.next_bill_date
        return dict(answer, invoice_ids=moves.ids, period_ids=rows.ids, log_id=log.id)

    # === CHECKS === #
    def _check_change(self, change):
        """Return the checked :class:`Change`, or refuse it by key and value."""
        if len(self) != 1:
            raise UserError(
                self.env._("ids: a change is for one contract, not %s.", len(self))
            )
        values = check_options(self.env, change, CHANGE_SPEC, argument="change")
        if "quantity" in values:
            # As fine as invoices have it.
            digits = self.env["decimal.precision"].precision_get("Product Unit")
            values["quantity"] = float_round(values["quantity"], digits)
        kind, effective = values["type"], values.get("effective", "now")
        self._check_change_keys(kind, values)
        day = self._check_change_day(values)
        lines = self._check_change_lines(kind, values.get("line_id"))
        if day and kind not in ("cancel", "resume"):
            lines = lines.browse([line._get_line_on(day).id for line in lines])
        at_renewal = effective == "renewal" and kind != "cancel"
        renewed = lines._get_next_terms() if at_renewal else lines.browse()
        lines = renewed or lines
        checked = Change(
            kind,
            {line: self._get_day_of_line(line, effective, day) for line in lines},
            values.get("settle", "invoice"),
            {key: values[key] for key in VALUE_KEYS[kind] if key in values},
            effective,
            values.get("prorate"),
            at_renewal and not renewed,
        )
        self._check_values(checked)
        for line in lines:
            self._check_change_line(line, checked)
        self._check_can_carry(checked)
        return checked

    def _check_change_keys(self, kind, values):
        """Refuse values that are missing or are none of this type of change."""
        keys = VALUE_KEYS[kind]
        if keys and kind != "pause" and keys[0] not in values:
            raise UserError(self.env._("change: %s is missing.", keys[0]))
        known = {key for keys in VALUE_KEYS.values() for key in keys}
        for key in sorted(known & values.keys() - set(keys)):
            raise UserError(
                self.env._(
                    "change[%(key)r]: a change of type %(kind)s does not take it.",
                    key=key,
                    kind=kind,
                )
            )
        if values.get("effective") == "renewal" and kind not in AT_RENEWAL:
            raise UserError(
                self.env._(
                    "change['effective']: renewal is not possible for %s; give a date.",
                    kind,
                )
            )

    def _check_change_day(self, values):
        """Return the day asked for (date), or None where each line has its own."""
        today = self._get_today()
        effective = values.get("effective", "now")
        day = values.get("date")
        if effective == "date" and not day:
            raise UserError(self.env._("change: date is missing."))
        if day and effective != "date" and (effective != "now" or day != today):
            raise UserError(
                self.env._(
                    "change['date']: %(value)s contradicts effective %(effective)s.",
                    value=day,
                    effective=effective,
                )
            )
        if effective in ("period_end", "renewal"):
            return None
        return day or today

    def _check_change_lines(self, kind, line_id):
        """Return the lines that the change is for."""
        lines = self._get_changeable_lines(kind)
        if line_id:
            lines = lines.filtered(lambda line: line.id == line_id)
            if kind == "cancel":
                # What is cancelled does not go on in a term that is renewed already.
                lines |= lines._get_later_lines()
        elif kind not in FOR_ALL_LINES:
            raise UserError(self.env._("change: line_id is missing."))
        if not lines or not self._is_ledgered():
            self._refuse_lines(kind, line_id)
        if kind == "plan" and lines != self._get_changeable_lines(kind):
            raise UserError(
                self.env._(
                    "change['line_id']: a plan is the whole contract's; leave the line"
                    " out."
                )
            )
        return lines

    def _get_changeable_lines(self, kind):
        today = self._get_today()
        lines = self._get_service_lines()
        if kind == "resume":
            return lines.filtered(
                lambda line: line.pause_start
                and not line.cancelled_from
                and (line.is_on_hold or (line.pause_end and line.pause_end >= today))
            )
        running = lines.filtered(
            lambda line: not line.date_end or line.date_end >= today
        )
        if kind == "cancel":
            return running | lines.filtered("is_on_hold")
        if kind in ("plan", "pause"):
            # The next term, where it is made already, follows the one in force.
            running -= running._get_later_lines()
        return running

    def _refuse_lines(self, kind, line_id):
        if kind == "resume":
            raise UserError(
                self.env._("%s is not paused.", self.display_name)
                if not line_id
                else self.env._(
                    "change['line_id']: %(line)s of %(contract)s is not paused.",
                    line=line_id,
                    contract=self.display_name,
                )
            )
        raise UserError(
            self.env._(
                "change['line_id']: %(line)s is no running customer line of"
                " %(contract)s.",
                line=line_id or "-",
                contract=self.display_name,
            )
        )

    def _get_day_of_line(self, line, effective, day):
        """Return the first day on which the change holds for ``line`` (date)."""
        if day:
            return day
        if effective == "period_end":
            return line._get_end_of_billed() + ONE_DAY
        if line.date_start > self._get_today() and line.predecessor_contract_line_id:
            return line.date_start
        end = line._get_term_last_day()
        if not end:
            raise UserError(
                self.env._(
                    "change['effective']: %s has no end of term; give a date.",
                    self.display_name,
                )
            )
        return end + ONE_DAY

    def _check_values(self, checked):
        """Refuse new values that can't be, by key and record."""
        product, plan = self._get_new_product(checked), self._get_new_plan(checked)
        for key, record in (("product_id", product), ("plan_id", plan)):
            if key not in checked.values:
                continue
            usable = record.exists()
            if (
                not usable
                or not usable.active
                or (usable.company_id or self.company_id) != self.company_id
            ):
                raise UserError(
                    self.env._(
                        "change[%(key)r]: %(value)s does not exist, is archived or is"
                        " another company's.",
                        key=key,
                        value=checked.values[key],
                    )
                )
        until = checked.value("until")
        if until and until < checked.first_day:
            raise UserError(
                self.env._(
                    "change['until']: %(value)s is before %(day)s, the first day of"
                    " the pause.",
                    value=until,
                    day=checked.first_day,
                )
            )
        if checked.kind == "plan" and "price_unit" in checked.values:
            self._check_one_line(checked)

    def _check_one_line(self, checked):
        if len(checked.days) > 1:
            raise UserError(
                self.env._(
                    "change['price_unit']: %s has several lines; change their prices"
                    " one by one.",
                    self.display_name,
                )
            )

    def _get_new_product(self, checked):
        return self.env["product.product"].browse(checked.value("product_id", []))

    def _get_new_plan(self, checked):
        return self.env["contract.plan"].browse(checked.value("plan_id", []))

    def _check_change_line(self, line, checked):
        """Refuse days on which the change can't hold for ``line``."""
        day, kind = checked.days[line], checked.kind
        if checked.planned:
            return
        if kind == "resume":
            self._check_resume(line, day)
            return
        last_day = line._get_term_last_day()
        if kind == "cancel":
            last_day = last_day and last_day + ONE_DAY
        if last_day and day > last_day:
            self._refuse_day(day, self.env._("the line ends before"))
        if day < line.date_start and kind != "cancel":
            self._refuse_day(day, self.env._("the line begins later"))
        if kind in ("quantity", "product", "plan") and (
            line._get_later_lines().sudo().period_ids
        ):
            self._refuse_day(
                day, self.env._("the next term of the line is billed already")
            )
        if kind != "cancel":
            self._check_can_divide(line, checked)
        elif line._goes_on_since(day) - line.browse([own.id for own in checked.days]):
            self._refuse_day(
                day, self.env._("a change from %s holds already", line.date_start)
            )

    def _check_can_divide(self, line, checked):
        """Refuse to divide a line where it can't be."""
        day, kind = checked.days[line], checked.kind
        if line.is_continued:
            self._refuse_day(
                day,
                self.env._(
                    "a change from %s holds already; change that line",
                    line.successor_contract_line_id.date_start,
                ),
            )
        repriced = kind in ("quantity", "price", "product", "plan")
        if repriced and line._gives_back(day, whole=kind == "plan"):
            self._refuse_day(
                day,
                self.env._(
                    "the line is paused from %(start)s to %(end)s; resume it first",
                    start=line.pause_start,
                    end=line.pause_end or "-",
                ),
            )
        in_middle = day > line._get_first_open_day(line.last_date_invoiced)
        if not line.anchor_date and (in_middle or kind in ("product", "pause")):
            self._refuse_day(
                day,
                self.env._(
                    "it lies inside of a period that is not billed yet, and the line"
                    " can't be divided: it has no anchor"
                ),
            )
        if kind == "anchor" and line.recurring_rule_type in ("daily", "weekly"):
            raise UserError(
                self.env._(
                    "change['anchor_day']: %s bills by days or weeks.", line.name
                )
            )
        if kind in ("anchor", "plan") and line.date_end:
            if line._get_first_changed_day(checked) > line.date_end:
                self._refuse_day(
                    day,
                    self.env._(
                        "all of the term is billed already; let it hold from the"
                        " renewal on"
                    ),
                )
        if kind == "pause":
            self._check_pause(line, checked)

    def _check_pause(self, line, checked):
        day, until = checked.days[line], checked.value("until")
        if line.pause_start and (not line.pause_end or line.pause_end >= day):
            self._refuse_day(day, self.env._("the line is paused already"))
        if until and line.date_end and until >= line.date_end:
            raise UserError(
                self.env._(
                    "change['until']: %(value)s is not before %(end)s, the end of the"
                    " term. Cancel or renew instead.",
                    value=until,
                    end=line.date_end,
                )
            )
        if not until and line._get_later_lines():
            raise UserError(
                self.env._(
                    "change: until is missing: the next term of %s is made already.",
                    line.name,
                )
            )
        if not until and day <= line.date_start:
            raise UserError(
                self.env._(
                    "change: until is missing: %s begins on that day. Give the end of"
                    " the pause, or cancel it.",
                    line.name,
                )
            )

    def _check_resume(self, line, day):
        if day < line.pause_start:
            self._refuse_day(
                day, self.env._("the pause begins on %s", line.pause_start)
            )
        if line.pause_end and day > line.pause_end:
            self._refuse_day(
                day, self.env._("the pause ends on %s by itself", line.pause_end)
            )
        if line.is_on_hold and line.hold_term_end and day > line.hold_term_end:
            self._refuse_day(
                day,
                self.env._("the term ended on %s; sell it anew", line.hold_term_end),
            )
        if line.pause_end and line.successor_contract_line_id.sudo().period_ids:
            self._refuse_day(day, self.env._("the days after the pause are billed"))

    def _check_can_carry(self, checked):
        """Refuse to carry a settlement to a next invoice that will never come."""
        if checked.kind not in ("cancel", "pause") or checked.settle != "carry":
            return
        if checked.kind == "pause" and checked.value("until"):
            return
        rest = self._get_service_lines().filtered(
            lambda line: line.recurring_next_date and line not in checked.days
        )
        if not rest:
            raise UserError(
                self.env._(
                    "change['settle']: 'carry' needs a next invoice, but nothing of"
                    " %(contract)s is billed after that; use 'invoice'.",
                    contract=self.display_name,
                )
            )

    def _refuse_day(self, day, why):
        raise UserError(
            self.env._(
                "change['date']: %(value)s is not possible: %(why)s.",
                value=day,
                why=why,
            )
        )

    def _check_expected(self, total, expected):
        number = isinstance(expected, int | float) and not isinstance(expected, bool)
        # Comparing tells a number from nan and infinity, and takes long integers.
        if not number or not -MAX_TOTAL < expected < MAX_TOTAL:
            raise UserError(
                self.env._(
                    "expected_total: %(value)s is not a number.", value=repr(expected)
                )
            )
        if self.currency_id.compare_amounts(total, expected):
            raise UserError(
                self.env._(
                    "expected_total: the change costs %(total)s by now, not"
                    " %(expected)s. Look at the preview again.",
                    total=self.currency_id.format(total),
                    expected=self.currency_id.format(expected),
                )
            )
