# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from itertools import islice

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

from ..engine import proration, recurrence
from .contract_plan import PRORATION_SELECTION


def check_intro(lines):
    """Refuse an introductory discount that can't be given.

    :param lines: contract lines, or order lines that agree it
    :raise ValidationError: with the name of the line and the values
    """
    for line in lines:
        if not 0 <= line.intro_discount <= 100 or line.intro_periods < 0:
            raise ValidationError(
                lines.env._(
                    "%(line)s: an introductory discount of %(percent)s %% for"
                    " %(count)s periods is not possible.",
                    line=line.name,
                    percent=line.intro_discount,
                    count=line.intro_periods,
                )
            )


class ContractLine(models.Model):
    """What a period of a line costs, and how the invoice says it."""

    _inherit = "contract.line"  # pylint: disable=consider-merging-classes-inherited

    subscription_proration = fields.Selection(
        PRORATION_SELECTION,
        string="Partial Periods",
        help="Taken over from the plan when the line was sold; empty: the plan's.",
    )
    trial_start = fields.Date(
        string="Trial From",
        help="The customer uses it from this day on; it bills from the start on.",
    )
    intro_discount = fields.Float(string="Introductory Discount (%)", digits="Discount")
    intro_periods = fields.Integer(
        string="Discounted Periods",
        help="The introductory discount holds for so many periods from the start.",
    )
    price_date = fields.Date(
        string="Price Agreed On",
        help="An index at the renewal counts from its value on this day; empty: on the"
        " first day of the line.",
    )
    keeps_taxes = fields.Boolean(
        help="The taxes were agreed on the order line, which differ from the product's."
    )
    subscription_tax_ids = fields.Many2many(
        "account.tax", string="Agreed Taxes", check_company=True
    )

    @api.constrains("intro_discount", "intro_periods")
    def _check_intro(self):
        check_intro(self)

    def _get_price_for(self, quantity):
        """Return the unit price at another quantity (float): a pricelist that the line
        follows may have another one for it."""
        self.ensure_one()
        if not self.automatic_price or quantity == self.quantity:
            return self.price_unit
        return self.new({"quantity": quantity}, origin=self).price_unit

    def _get_price_date(self):
        """Return the day on which the price was agreed (date)."""
        self.ensure_one()
        return self.price_date or self.date_start

    def _prepare_next_price(self, price, day):
        """Return the values of ``price`` in the next term, reckoned on ``day`` (dict):
        a price that stays is as old as it was, and what an index has gained since then
        counts the next time."""
        self.ensure_one()
        if price == self.price_unit:
            day = self._get_price_date()
        return {"price_unit": price, "price_date": day}

    def _get_proration(self):
        """Return how the days of a part of a period are counted (str)."""
        self.ensure_one()
        if self.subscription_proration:
            return self.subscription_proration
        # Customers see what their next bill is; the plan itself is internal.
        plan = self.contract_id.sudo().subscription_plan_id
        return plan.proration or recurrence.ACTUAL

    def _is_introductory(self, day):
        """Return whether the introductory discount holds for the period of ``day``: one
        of the first occurrences since the chain of lines began."""
        self.ensure_one()
        if not self.anchor_date or not self.intro_periods or not self.intro_discount:
            return False
        cycle = self._get_recurrence()
        first = cycle.index((self.line_root_id or self).date_start)
        return cycle.index(day) - first < self.intro_periods

    def _get_full_price(self, period=None):
        """Return the price of a full period (float, contract's currency), taxes in it
        as the price is written.

        :param period: the period to bill, which may have the introductory discount
        """
        self.ensure_one()
        if self.display_type:
            return 0.0
        gross = self.quantity * self.price_unit * (1 - self.discount / 100)
        if period and self._is_introductory(period.start):
            gross *= 1 - self.intro_discount / 100
        return proration.round_to(gross, self.currency_id.rounding)

    def _get_full_amount(self, period=None):
        """Return the untaxed amount of a full period (float, contract's currency)."""
        return self._get_untaxed(self._get_full_price(period), quantity=self.quantity)

    def _get_period_amount(self, period):
        """Return the untaxed amount that ``period`` costs (float)."""
        return self._get_untaxed(
            self._get_period_price(period), quantity=self._get_billed_quantity(period)
        )

    def _get_period_price(self, period):
        """Return what ``period`` costs (float), taxes in it as the price is written."""
        return self._get_share(self._get_full_price(period), period)

    def _get_share(self, price, period):
        """Return the share that ``period`` has of the ``price`` of a full one."""
        self.ensure_one()
        if not period.is_partial:
            return price
        return proration.share(
            price,
            period.before,
            period.before + period.days,
            period.full_days,
            self.currency_id.rounding,
        )

    def _prepare_invoice_line(self):
        """A partial period is one unit at its exact share: a share of the quantity or
        of the unit price would be rounded, and the parts not sum to the whole."""
        vals = super()._prepare_invoice_line()
        if vals and self.keeps_taxes and not self.display_type:
            vals["tax_ids"] = [fields.Command.set(self.subscription_tax_ids.ids)]
        period = self._get_billed_period() if self.anchor_date else None
        if not vals or self.display_type or not period:
            return vals
        vals["name"] = self._get_billed_name(vals["name"], period)
        vals.update(self._prepare_price_of(period))
        if period.is_partial:
            vals["name"] = self._get_share_name(vals["name"], period)
        return vals

    def _get_billed_quantity(self, period):
        """Return the quantity that the invoice line of ``period`` has (float)."""
        return 1.0 if self._is_one_unit(period) else self.quantity

    def _is_one_unit(self, period):
        """Return whether the invoice line of ``period`` is one unit at its exact price:
        of a part, or where one discount is on another (bool)."""
        self.ensure_one()
        twice = self.discount and self._is_introductory(period.start)
        return bool(self.anchor_date and (period.is_partial or twice))

    def _insert_markers(self, first_date_invoiced, last_date_invoiced):
        """OCA's texts, without its search of the language for each line; months' names
        are left to it."""
        if "#INVOICEMONTHNAME#" in self.name:
            return super()._insert_markers(first_date_invoiced, last_date_invoiced)
        language = self.env["res.lang"]._get_data(code=self.contract_id.partner_id.lang)
        name, date_format = self.name, language.date_format or "%m/%d/%Y"
        for marker, day in (
            ("#START#", first_date_invoiced),
            ("#END#", last_date_invoiced),
        ):
            name = name.replace(marker, day.strftime(date_format) if day else "")
        return name

    def _get_billed_period(self):
        """Return the period that is being billed: the one asked for, or the next."""
        return self.env.context.get("billed_period") or self._get_next_period()

    def _prepare_price_of(self, period):
        """Return where the invoice line of ``period`` is priced in another way than
        the contract line (dict)."""
        if self._is_one_unit(period):
            return self._prepare_exact_price(period)
        if self._is_introductory(period.start):
            return {"discount": self.intro_discount}
        return {}

    def _prepare_exact_price(self, period):
        return {
            "quantity": 1.0,
            "discount": 0.0,
            "price_unit": self._get_period_price(period),
        }

    def _get_share_name(self, name, period):
        told = self._in_language_of_customer()
        return told.env._(
            "%(name)s\n%(quantity)s × %(days)s of %(full_days)s days",
            name=name,
            quantity=f"{self.quantity:g}",
            days=period.days,
            full_days=period.full_days,
        )

    def _in_language_of_customer(self):
        """Return the line in the language of who reads its invoices."""
        self.ensure_one()
        return self.with_context(lang=self.contract_id.partner_id.lang)

    def _get_billed_name(self, name, period):
        """Return ``name`` with the dates of the period, if no marker of OCA's put them
        there, in the customer's way to write dates."""
        self.ensure_one()
        if "#START#" in self.name or "#END#" in self.name:
            return name
        lang = self.contract_id.partner_id.lang
        dates = (
            format_date(self.env, day, lang_code=lang)
            for day in (period.start, period.end)
        )
        return "\n".join((name, " - ".join(dates)))

    # === PREVIEW === #
    def _preview_periods(self, until, limit):
        """Return the next periods whose invoice is dated up to ``until`` (list), with
        the days on which the run finds them due; without those that it would not bill
        belatedly."""
        self.ensure_one()
        contract, periods = self.contract_id, []
        today = contract._get_today()
        # The plan itself is internal; what it does to the next bills is no secret.
        skip = contract.sudo().subscription_plan_id.catch_up == "skip"
        missed = self._get_missed_periods(today) if skip and self.anchor_date else []
        for period in islice(self._iter_periods(), len(missed), len(missed) + limit):
            if until and contract.sudo()._get_bill_date(period.invoice_date) > until:
                break
            periods.append(period)
        return periods
