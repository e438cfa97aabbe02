# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.crm_suite_base.tools.chunks import retry_in_chunks

from ..engine import mrr
from .contract_plan import UNITS


class ContractLine(models.Model):
    """Monthly recurring revenue of a line, and the movements that explain it."""

    _inherit = "contract.line"  # pylint: disable=consider-merging-classes-inherited

    _MRR_FIELDS = {
        "quantity",
        "price_unit",
        "specific_price",
        "discount",
        "date_start",
        "date_end",
        "is_canceled",
        "recurring_rule_type",
        "recurring_interval",
        "display_type",
        # What of the price is tax.
        "product_id",
        "keeps_taxes",
        "subscription_tax_ids",
    }

    mrr_logged = fields.Monetary(
        readonly=True,
        copy=False,
        currency_field="currency_id",
        help="What the movements written so far give for this line.",
    )
    mrr_opened = fields.Boolean(readonly=True, copy=False)
    monthly_amount = fields.Monetary(
        compute="_compute_monthly_amount",
        store=True,
        currency_field="currency_id",
        help="Untaxed amount per month while the line runs, also before and after.",
    )

    @api.depends(
        "is_canceled",
        "date_start",
        "date_end",
        "contract_id.is_terminated",
        "contract_id.active",
    )
    def _compute_monthly_recurring(self):
        """Only what runs today counts, by one table of constants; OCA counts ended,
        future and cancelled lines too, and a week as 7/30 of a month.

        The clock is no dependency: the daily run computes again what starts or ends.
        """
        res = super()._compute_monthly_recurring()
        for contract, lines in self.grouped("contract_id").items():
            today = contract._get_today()
            for line in lines:
                line.monthly_recurring = (
                    line._get_monthly_amount() if line._runs_on(today) else 0.0
                )
        return res

    @api.depends(
        "quantity",
        "price_unit",
        "discount",
        "recurring_rule_type",
        "recurring_interval",
        "currency_id",
        "display_type",
        "product_id",
        "keeps_taxes",
        "subscription_tax_ids",
    )
    def _compute_monthly_amount(self):
        for line in self:
            line.monthly_amount = line._get_monthly_amount()

    def _runs_on(self, day):
        self.ensure_one()
        return bool(
            not self.is_canceled
            and self.contract_id.active
            and self.date_start
            and self.date_start <= day
            and (not self.date_end or day <= self.date_end)
        )

    def _get_monthly_amount(self):
        """Return the amount per month, rounded to the contract's currency (float)."""
        self.ensure_one()
        if self.display_type or not self.recurring_interval:
            return 0.0
        # OCA's "last day of the month" is a month too.
        unit = UNITS.get(self.recurring_rule_type, "month")
        gross = self.quantity * self.price_unit * (1 - self.discount / 100)
        untaxed = self._get_untaxed(gross, quantity=self.quantity)
        return self.currency_id.round(
            mrr.monthly(untaxed, unit, self.recurring_interval)
        )

    def _recompute_mrr(self):
        """Compute the revenue of the lines and of their contracts again."""
        contracts = self.contract_id
        self.env.add_to_compute(self._fields["monthly_recurring"], self)
        self.env.add_to_compute(contracts._fields["mrr"], contracts)

    def _earns(self):
        """Return whether the line is neither cancelled nor of an archived contract."""
        self.ensure_one()
        return not self.is_canceled and self.contract_id.active

    # === MOVEMENTS === #
    def _get_mrr_events(self, today):
        """Return [(date, change)] that bring the log of the line up to ``today``."""
        self.ensure_one()
        logged, events = self.mrr_logged, []
        if not self.mrr_opened:
            if not self._earns() or not self.date_start or self.date_start > today:
                return []
            logged = self._get_monthly_amount()
            events.append((self.date_start, logged))
        if not self._earns():
            target, day = 0.0, today
        elif self.date_end and self.date_end < today:
            target, day = 0.0, self.date_end + timedelta(days=1)
        else:
            target, day = self._get_monthly_amount(), today
            if self.date_start > today:
                target = 0.0
        change = self.currency_id.round(target - logged)
        if change:
            events.append((day, change))
        return events

    def _sync_mrr(self, repriced=False):
        """Write the movements that are missing up to today.

        :param bool repriced: the price was changed, not the quantity
        """
        roots = self.line_root_id
        # The whole chain: where a successor takes over, both lines move on one day.
        contracts = self.contract_id.with_context(active_test=False)
        lines = contracts.contract_line_ids.filtered(
            lambda line: line.line_root_id in roots
            and not line.display_type
            and line.contract_id.contract_type == "sale"
        )
        changes = defaultdict(list)
        for line in lines:
            today = line.contract_id._get_today()
            for day, change in line._get_mrr_events(today):
                changes[line.line_root_id, day].append((line, change))
        if not changes:
            return
        # The log is the machine's; the lines were checked with the user's rights.
        movements = self.env["contract.mrr.movement"].sudo()
        sums = movements._sum_per_root(lines.line_root_id)
        vals_list = []
        for (root, day), items in sorted(
            changes.items(), key=lambda item: (item[0][1], item[0][0].id)
        ):
            before, existed = sums.get(root.id, 0.0), root.id in sums
            currency = items[0][0].currency_id
            after = currency.round(before + sum(change for _line, change in items))
            touched = self.browse({line.id for line, _change in items})
            kind = mrr.classify(
                before,
                after,
                existed,
                touched._is_renewal(),
                repriced or touched._is_same_quantity(),
            )
            if self.env.context.get("crm_subscription_opening") and kind:
                kind = mrr.OPENING
            elif self.env.context.get("crm_subscription_currency") and kind:
                kind = mrr.CURRENCY
            if kind:
                sums[root.id] = after
                vals_list.append(
                    items[-1][0]._prepare_mrr_vals(root, day, kind, after - before)
                )
            self._note_logged(items)
        movements.create(vals_list)

    def _is_renewal(self):
        """Return whether one of the lines takes over the next term of another."""
        steps = self.contract_id.sudo().renewal_step_ids
        ends = steps.filtered(lambda step: step.key == "renewal").mapped("term_end")
        return any(
            line.predecessor_contract_line_id in self
            and line.predecessor_contract_line_id.date_end in ends
            for line in self
        )

    def _is_same_quantity(self):
        """Return whether several lines, one after the other, have one quantity."""
        return len(self) > 1 and len(set(self.mapped("quantity"))) == 1

    def _note_logged(self, items):
        for line, change in items:
            # Bookkeeping of the log, see _sync_mrr.
            line.sudo().write(
                {
                    "mrr_opened": True,
                    "mrr_logged": line.currency_id.round(line.mrr_logged + change),
                }
            )

    def _prepare_mrr_vals(self, root, day, kind, amount):
        self.ensure_one()
        return {
            "contract_id": self.contract_id.id,
            "line_root_id": root.id,
            "line_id": self.id,
            "date": day,
            "kind": kind,
            "amount": amount,
            "currency_id": self.currency_id.id,
            "company_id": self.company_id.id,
        }

    def _move_mrr_currency(self, currency):
        """Write that the lines' revenue, so far in ``currency``, is in another now:
        out of the one, into the other."""
        logged = self.filtered(lambda line: not currency.is_zero(line.mrr_logged))
        vals_list = [
            dict(
                line._prepare_mrr_vals(
                    line.line_root_id,
                    line.contract_id._get_today(),
                    mrr.CURRENCY,
                    -line.mrr_logged,
                ),
                currency_id=currency.id,
            )
            for line in logged
        ]
        # See _sync_mrr: the log is the machine's.
        self.env["contract.mrr.movement"].sudo().create(vals_list)
        logged.sudo().write({"mrr_logged": 0.0})
        self.with_context(crm_subscription_currency=True)._sync_mrr()

    @api.model
    def _cron_sync_mrr(self):
        """Write the movements of lines that started or ended since the last run, in
        committed chunks, and compute their revenue again."""
        # A day ahead: each contract decides by its company's own today.
        tomorrow = fields.Date.context_today(self) + timedelta(days=1)
        domain = [
            ("contract_id.contract_type", "=", "sale"),
            ("display_type", "=", False),
            ("is_canceled", "=", False),
            "|",
            "&",
            ("mrr_opened", "=", False),
            ("date_start", "<=", tomorrow),
            "&",
            ("mrr_logged", "!=", 0),
            ("date_end", "<", tomorrow),
        ]

        def sync(lines):
            lines._sync_mrr()
            lines.contract_id.contract_line_ids._recompute_mrr()

        retry_in_chunks(self.search(domain), 200, sync, "MRR")
        # A pricelist that a line follows does not say that it has changed.
        listed = [
            ("contract_id.contract_type", "=", "sale"),
            ("automatic_price", "=", True),
            ("mrr_opened", "=", True),
            ("mrr_logged", "!=", 0),
        ]
        retry_in_chunks(
            self.search(listed), 200, lambda lines: lines._refresh_untaxed(), "MRR"
        )


class ContractContract(models.Model):
    _inherit = "contract.contract"  # pylint: disable=consider-merging-classes-inherited

    _CURRENCY_FIELDS = frozenset(
        {"manual_currency_id", "pricelist_id", "journal_id", "company_id"}
    )

    def write(self, vals):
        """Archiving ends the revenue of a contract, and another currency moves it."""
        moved = self._CURRENCY_FIELDS & vals.keys()
        before = {contract: contract.currency_id for contract in self} if moved else {}
        res = super().write(vals)
        if "active" in vals:
            lines = self.with_context(active_test=False).contract_line_ids
            lines._sync_mrr(repriced=True)
            lines._recompute_mrr()
        for contract, currency in before.items():
            if contract.currency_id != currency:
                lines = contract.with_context(active_test=False).contract_line_ids
                lines._move_mrr_currency(currency)
        return res
