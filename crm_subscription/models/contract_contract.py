# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.crm_suite_base.tools.options import check_ids
from odoo.addons.crm_suite_base.tools.plain import plain

from .contract_next_bills import CORRECTION, REGULAR
from .contract_plan import RENEWAL_POLICIES

STATES = [
    ("draft", "Draft"),
    ("upcoming", "Upcoming"),
    ("active", "Active"),
    ("to_renew", "To renew"),
    ("paused", "Paused"),
    ("ended", "Ended"),
]
PREVIEW_LIMIT = 500


class ContractContract(models.Model):
    _inherit = "contract.contract"  # pylint: disable=consider-merging-classes-inherited

    # It looks at the journal and the pricelist, which customers and pure subscription
    # users can't read; the currency itself is no secret.
    currency_id = fields.Many2one(compute_sudo=True)
    pricelist_id_domain = fields.Binary(compute_sudo=True)
    # A number: who may not read the invoices can't open them either.
    invoice_count = fields.Integer(compute_sudo=True)
    # Customers read no tags: whoever reads a contract may read all that it shows (R7).
    tag_ids = fields.Many2many(groups="base.group_user")
    subscription_plan_id = fields.Many2one(
        "contract.plan",
        string="Plan",
        index="btree_not_null",
        tracking=True,
        check_company=True,
        ondelete="restrict",
    )
    renewal_policy = fields.Selection(
        RENEWAL_POLICIES, string="At the End", tracking=True
    )
    renewal_uplift_percent = fields.Float(
        string="Price Uplift at Renewal (%)", tracking=True
    )
    subscription_state = fields.Selection(
        STATES,
        string="Status",
        compute="_compute_subscription_state",
        search="_search_subscription_state",
    )
    mrr = fields.Monetary(
        string="MRR",
        compute="_compute_mrr",
        store=True,
        help="Monthly recurring revenue of the lines that run today, untaxed.",
    )
    next_bill_date = fields.Date(
        string="Next Bill", compute="_compute_next_bill_date", store=True, index=True
    )
    next_bill_amount = fields.Monetary(
        compute="_compute_next_bill_amount",
        help="Untaxed amount of the next bill, with corrections that wait for it.",
    )
    renewal_date = fields.Date(
        compute="_compute_renewal",
        help="First day of the next term: the day after the end of this one.",
    )
    renewal_amount = fields.Monetary(
        compute="_compute_renewal",
        help="Untaxed amount per period in the next term, with the agreed uplift.",
    )
    renewal_order_id = fields.Many2one(
        "sale.order", string="Renewal Quotation", compute="_compute_renewal_order_id"
    )
    next_step_date = fields.Date(compute="_compute_next_step", string="Next Step On")
    next_step_name = fields.Char(compute="_compute_next_step", string="Next Step")
    period_ids = fields.One2many(
        "contract.period", "contract_id", string="Periods", readonly=True, copy=False
    )
    renewal_step_ids = fields.One2many(
        "contract.renewal.step",
        "contract_id",
        string="Renewal Steps",
        readonly=True,
        copy=False,
        groups="base.group_user",
    )
    mrr_movement_ids = fields.One2many(
        "contract.mrr.movement",
        "contract_id",
        string="MRR Movements",
        readonly=True,
        copy=False,
        groups="base.group_user",
    )
    subscription_order_count = fields.Integer(
        string="Orders", compute="_compute_subscription_order_count", compute_sudo=True
    )

    # === COMPUTE METHODS === #
    def _compute_recurring_next_date(self):
        """Where lines recur, the header only tells their next date; OCA's own date of
        the header would stay due for ever once the last line has ended."""
        by_line = self.filtered("line_recurrence")
        res = super(ContractContract, self - by_line)._compute_recurring_next_date()
        for contract in by_line:
            days = contract.contract_line_ids.filtered(
                lambda line: not line.is_canceled
                and (not line.display_type or line.is_recurring_note)
            ).mapped("recurring_next_date")
            contract.recurring_next_date = min(filter(None, days), default=False)
        return res

    @api.depends(
        "contract_line_ids.date_start",
        "contract_line_ids.date_end",
        "contract_line_ids.is_canceled",
        "contract_line_ids.successor_contract_line_id",
        "contract_line_ids.pause_start",
        "contract_line_ids.pause_end",
        "is_terminated",
    )
    def _compute_subscription_state(self):
        for contract in self:
            contract.subscription_state = contract._get_subscription_state()

    def _get_subscription_state(self):
        """Return the status as of today: what a salesperson should know at once."""
        self.ensure_one()
        today = self._get_today()
        lines = self._get_service_lines()
        if not lines:
            return "ended" if self.is_terminated else "draft"
        if self._is_paused_on(today):
            return "paused"
        if all(line.date_end and line.date_end < today for line in lines):
            return "ended"
        if all(line.date_start > today for line in lines):
            return "upcoming"
        end = self._get_term_end()
        notice = self.renewal_notice_days
        if self._get_lines_to_renew(end) and end - timedelta(days=notice) <= today:
            return "to_renew"
        return "active"

    def _is_paused_on(self, day):
        """Return whether lines are paused on ``day`` and none runs (bool)."""
        self.ensure_one()
        lines = self._get_service_lines()
        paused = lines.filtered(lambda line: line._is_paused_on(day))
        return bool(paused) and not any(line._runs_on(day) for line in lines - paused)

    @api.model
    def _search_subscription_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        # The status depends on the clock and on each contract's company; contracts
        # that the user may read are few enough per company to ask each.
        contracts = self.search([("contract_type", "=", "sale")])
        found = contracts.filtered(lambda c: c.subscription_state in value)
        return [("id", "in", found.ids)]

    @api.depends("contract_line_ids.monthly_recurring")
    def _compute_mrr(self):
        for contract in self:
            contract.mrr = sum(contract.contract_line_ids.mapped("monthly_recurring"))

    @api.depends(
        "contract_line_ids.recurring_next_date", "contract_line_ids.is_canceled"
    )
    def _compute_next_bill_date(self):
        for contract in self:
            days = contract._get_service_lines().mapped("recurring_next_date")
            contract.next_bill_date = min(filter(None, days), default=False)

    @api.depends(
        "next_bill_date",
        "contract_line_ids.price_subtotal",
        "period_ids.state",
        "period_ids.follow_up",
    )
    def _compute_next_bill_amount(self):
        # Who reads the field may read the contract; see preview_schedule.
        bills = self.sudo()._get_next_bills()
        for contract in self:
            due = [bill for bill in bills[contract] if bill.kind == REGULAR][:1]
            bill = contract.sudo()._reckon_bills(due, untaxed_only=True)
            contract.next_bill_amount = sum(found.untaxed for found in bill)

    @api.depends(
        "contract_line_ids.date_end",
        "contract_line_ids.cancelled_from",
        "renewal_uplift_percent",
        "renewal_price_method",
        "renewal_amount_change",
        "renewal_bounded",
        "renewal_floor_percent",
        "renewal_cap_percent",
        "renewal_price_rounding",
    )
    def _compute_renewal(self):
        for contract in self:
            end = contract._get_term_end()
            lines = contract._get_lines_of_term(end)
            lines = contract._get_lines_to_renew(end) or lines
            contract.renewal_date = end + timedelta(days=1) if lines else False
            # Who reads the field may read the contract; see preview_schedule.
            contract.renewal_amount = contract.sudo()._reckon_untaxed(
                [
                    line._get_line_of_term(contract._get_renewal_price(line))
                    for line in lines.sudo()
                ]
            )

    @api.depends("renewal_step_ids.sale_order_id", "contract_line_ids.date_end")
    def _compute_renewal_order_id(self):
        for contract in self:
            # The customer reads it on his subscription's page; sales see the same.
            step = contract.sudo().renewal_step_ids.filtered(
                lambda step, c=contract: step.key == "quotation"
                and step.term_end == c._get_term_end()
            )
            contract.renewal_order_id = step.sale_order_id[:1]

    def _compute_next_step(self):
        labels = dict(
            self.env["contract.renewal.step"]
            ._fields["action"]
            ._description_selection(self.env)
        )
        for contract in self:
            planned = contract.sudo()._get_planned_steps()[:1]
            first = planned[0] if planned else None
            contract.next_step_date = first.day if first else False
            contract.next_step_name = labels[first.step.action] if first else False

    def _compute_subscription_order_count(self):
        for contract in self:
            contract.subscription_order_count = len(contract._get_subscription_orders())

    # === WHAT THE OTHER FILES ASK === #
    def _get_today(self):
        """Return today in the time zone of the contract's company (date)."""
        return fields.Date.context_today(self.with_context(tz=self._get_zone()))

    def _get_day_of(self, moment):
        """Return the day of a moment (UTC) in the time zone of the company (date)."""
        local = self.with_context(tz=self._get_zone())
        return fields.Datetime.context_timestamp(local, moment).date()

    def _get_zone(self):
        # A customer in the portal may not read the company; its time zone is no secret.
        return self.company_id[:1].sudo().partner_id.tz or "UTC"

    def _is_ledgered(self):
        """Return whether the ledger keeps the contract's periods (bool)."""
        self.ensure_one()
        return self.contract_type == "sale" and self.line_recurrence

    def _get_service_lines(self):
        """Return the lines that bill something and are not cancelled."""
        return self.contract_line_ids.filtered(
            lambda line: not line.display_type and not line.is_canceled
        )

    def _get_term_end(self):
        """Return the last day of the term in force, or of the last one; False: open.

        The successor of a renewal counts from its first day on.
        """
        self.ensure_one()
        today = self._get_today()
        lines = self._get_service_lines()
        running = lines.filtered(
            lambda line: line.date_start <= today
            and (not line.date_end or line.date_end >= today)
        )
        started = lines.filtered(lambda line: line.date_start <= today)
        lines = running or started or lines
        ends = [line._get_term_last_day() for line in lines]
        return max(ends) if ends and all(ends) else False

    def _get_lines_of_term(self, term_end):
        """Return the lines that end on ``term_end`` and that nobody cancelled."""
        self.ensure_one()
        if not term_end:
            return self.env["contract.line"]
        return self._get_service_lines().filtered(
            lambda line: line.date_end == term_end
            and not line.cancelled_from
            and not line.is_continued
            and not line.is_on_hold
        )

    def _get_renewed_lines(self, term_end):
        """Return the successors of the lines that end on ``term_end``."""
        return self._get_lines_of_term(term_end).successor_contract_line_id.filtered(
            lambda line: not line.is_canceled
        )

    def _get_lines_to_renew(self, term_end):
        """Return the lines that end on ``term_end`` and have no next term; none where
        the term is renewed: what was left out then ends.

        OCA's buttons may have continued some of the lines, one by one.
        """
        lines = self._get_lines_of_term(term_end)
        renewed = self._get_renewed_lines(term_end)
        # Portal customers renew; they read no steps.
        steps = self.sudo().renewal_step_ids
        if renewed and steps.filtered(
            lambda step: step.key == "renewal" and step.term_end == term_end
        ):
            return lines.browse()
        return lines - renewed.predecessor_contract_line_id

    def _get_subscription_orders(self):
        """Return the orders that the contract comes from and is renewed by."""
        self.ensure_one()
        return self.contract_line_ids.subscription_sale_line_id.order_id | self.env[
            "sale.order"
        ].search([("renewal_contract_id", "=", self.id)])

    def _add_order_lines(self, order_lines, start):
        """Add lines of a confirmed order to a running contract: they follow its cycle
        and end with it, or with the next term. Return the contract lines."""
        self.ensure_one()
        anchored = (
            self._get_service_lines().filtered("anchor_date").sorted("date_start")
        )
        # The cycle that holds by then: changes and later terms may have moved it.
        running = anchored.filtered(lambda line: line._runs_on(start))[:1]
        running = running or anchored[-1:]
        end = self._get_term_end()
        renewed = self._get_renewed_lines(end)
        if renewed and not self._get_lines_to_renew(end):
            # The next term is agreed: what ended with this one would lapse.
            ends = renewed.mapped("date_end")
            end = all(ends) and max(ends)
        elif not end or end < start:
            end = self.subscription_plan_id._get_term_end(start)
        dates = {
            "date_start": start,
            "date_end": end,
            "anchor_date": running.anchor_date or start,
            "anchor_day": running.anchor_day,
        }
        return self.env["contract.line"].create(
            [
                dict(line._prepare_contract_line(dates), contract_id=self.id)
                for line in order_lines
            ]
        )

    # === PUBLIC: PREVIEW === #
    @api.readonly
    def preview_schedule(self, until=False, limit=12):
        """Return what the next bills of the contracts are for, by the code that bills.

        :param until: date (``YYYY-MM-DD``); only bills that are dated up to it; False:
            no limit in time
        :param int limit: periods per contract line, 1 to 500
        :return: list of dicts, by invoice date: ``contract_id``, ``line_id``, ``kind``
            (``regular``: a period; ``again``: one whose invoice was cancelled or
            credited; ``correction``: of a change or a cancelled document, waiting for
            the next bill that can bear it), ``label`` (what a correction is, for
            people), ``period_start``, ``period_end``, ``invoice_date``
            (``YYYY-MM-DD``), ``bill`` (int: the how manieth of the contract's next
            documents it is on), ``quantity``, ``price_unit``, ``amount`` (untaxed;
            credits < 0), ``amount_total`` (taxes of today included), ``currency``
            (ISO code). The amounts of one bill add up to its document's, cents that it
            rounds as a whole included; a bill of which the limit leaves out a line is
            told without it
        :raise UserError: an id, the date or the limit is not valid
        :raise AccessError: the user may not read the contracts
        """
        check_ids(self).check_access("read")
        until, limit = self._check_preview_arguments(until, limit)
        rows = []
        # Access is checked just above. Of taxes, products and the plan the amounts and
        # dates are told, which are the contract's own.
        for contract, bills in self.sudo()._get_next_bills(until, limit).items():
            for number, bill in enumerate(contract._reckon_bills(bills), 1):
                rows += [
                    contract._preview_row(bill, item, number) for item in bill.lines
                ]
        rows.sort(
            key=lambda row: (
                row["invoice_date"],
                row["contract_id"],
                row["bill"],
                row["kind"] == CORRECTION,
                row["line_id"],
            )
        )
        return plain(rows)

    def _check_preview_arguments(self, until, limit):
        day = until if isinstance(until, date) else self._check_day("until", until)
        if isinstance(limit, bool) or not isinstance(limit, int):
            limit = 0
        if not 1 <= limit <= PREVIEW_LIMIT:
            raise UserError(
                self.env._(
                    "limit: it must be a number of 1 to %(maximum)s.",
                    maximum=PREVIEW_LIMIT,
                )
            )
        return day, limit

    def _preview_row(self, bill, item, number):
        """Return one row of the preview (dict with dates)."""
        own = item.price if item.kind != REGULAR else item.line
        return {
            "contract_id": self.id,
            "line_id": item.line.id,
            "kind": item.kind,
            "label": item.label,
            "period_start": item.start,
            "period_end": item.end,
            "invoice_date": bill.day,
            "bill": number,
            "quantity": own["quantity"],
            "price_unit": own["price_unit"],
            "amount": item.untaxed,
            "amount_total": item.total,
            "currency": bill.currency.name,
        }

    # === ACTIONS === #
    def action_view_subscription_orders(self):
        """Return the action that lists the contract's orders.

        :raise AccessError: the user may not read the contract
        """
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Orders"),
            "res_model": "sale.order",
            "view_mode": "list,form",
            "domain": [("id", "in", self.sudo()._get_subscription_orders().ids)],
        }

    def copy_data(self, default=None):
        """A copied contract has each service that runs once, not once for each of its
        terms and changes: each copy of a line would be billed."""
        if default and "contract_line_ids" in default:
            return super().copy_data(default)
        vals_list = []
        for contract in self:
            lines = contract._get_lines_to_copy().sorted("id").copy_data()
            own = {"contract_line_ids": [Command.create(vals) for vals in lines]}
            vals_list += super(ContractContract, contract).copy_data(
                {**(default or {}), **own}
            )
        return vals_list

    def _get_lines_to_copy(self):
        """Return the lines that a copy of the contract has: of lines that follow each
        other the one that runs, or will; the last ones, where nothing does any more."""
        self.ensure_one()
        today = self._get_today()
        anchored = self.contract_line_ids.filtered(
            lambda line: line.anchor_date and not line.display_type
        )
        lines = (anchored & self._get_service_lines()).sorted("date_start")
        lines = lines.filtered(lambda line: not line.cancelled_from) or lines
        running = lines.filtered(
            lambda line: not line.date_end or line.date_end >= today or line.is_on_hold
        )
        kept = self.contract_line_ids - anchored
        for chain in running.grouped("line_root_id").values():
            kept |= chain[:1]
        if not running:
            for chain in lines.grouped("line_root_id").values():
                kept |= chain[-1:]
        return kept

    @api.ondelete(at_uninstall=False)
    def _unlink_except_billed(self):
        billed = self.env["contract.period"].search(
            Domain("contract_id", "in", self.ids), limit=1
        )
        if billed:
            raise UserError(
                self.env._(
                    "%(contract)s has billed periods: archive it instead of deleting"
                    " it.",
                    contract=billed.contract_id.display_name,
                )
            )
