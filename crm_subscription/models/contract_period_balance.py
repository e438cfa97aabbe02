# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from itertools import groupby

from odoo import models

from ..engine import balance, changes
from ..engine.balance import Account

# States of regular rows that a change settles, if no other row took their place.
SETTLED_STATES = ("billed", "credited", "cancelled")


class ContractPeriod(models.Model):
    """The documents of a period add up to what its days cost, in whatever order they
    were made, cancelled, credited and changed: see the engine's ``balance``.

    A regular row and the corrections of it are one account. Its row is billed again as
    it was, and its corrections hold on; what then is missing or too much waits as a
    correction that is a ``balance``, for the next bill.
    """

    _inherit = "contract.period"  # pylint: disable=consider-merging-classes-inherited

    # === WHAT HOLDS === #
    def _get_corrections_of(self):
        """Return the corrections of a regular row, in their order."""
        self.ensure_one()
        return self.line_root_id.root_period_ids.filtered(
            lambda item: item.origin_id == self and item.kind == "correction"
        ).sorted("id")

    def _is_live(self):
        """Return whether a correction is billed or waits for its document (bool)."""
        self.ensure_one()
        return self.kind == "correction" and self.state in ("billed", "parked")

    def _is_in_force(self):
        """Return whether a correction says what holds on its days (bool)."""
        return self._is_live() and not self.is_balance

    def _is_held(self):
        """Return whether the row is billed again as it was, because changes of its
        days are settled (bool)."""
        self.ensure_one()
        if self.kind != "regular" or self.follow_up != "rebill":
            return False
        return any(item._is_live() for item in self._get_corrections_of())

    def _is_settled(self):
        """Return whether a change settles the row's days (bool)."""
        self.ensure_one()
        if self.kind == "regular" and self.state == "skipped":
            # A change of what was free costs its days, of what was missed nothing.
            return not self.full_amount
        if self.kind != "regular" or self.state not in SETTLED_STATES:
            return False
        if self.follow_up == "rebill" and self.state == "cancelled":
            return self._is_held() or self._is_behind_billed()
        return self.follow_up != "rebilled"

    def _get_part(self):
        """Return (first day, last day, full price or None) that a correction is for."""
        self.ensure_one()
        amount = self.full_amount if self.correction_type == "charge" else None
        return self.period_start, self.period_end, amount

    # === THE ACCOUNT === #
    def _get_account(self):
        """Return the engine's :class:`Account` of a regular row."""
        self.ensure_one()
        items = self._get_corrections_of()
        live = items.filtered(lambda item: item._is_live())
        given = sum(row._get_given() for row in self | live)
        return Account(
            self.amount,
            self._get_change_amounts(items),
            self.currency_id.round(sum(live.mapped("amount"))),
            self.currency_id.round(given),
        )

    def _get_change_amounts(self, items):
        """Return what each change makes the days cost more or less (tuple).

        By what was written down; where the document of one is no more, the prices
        that then hold on the days are reckoned anew.
        """
        step = self.currency_id.rounding
        found = [
            item
            for item in items
            if not item.is_balance and item.follow_up != "rebilled"
        ]
        held = [item for item in found if item._is_in_force()]
        # In the order of the changes: those of one are written one after the other.
        by_change = [
            list(group)
            for _change, group in groupby(  # pylint: disable=W8155
                held, key=lambda item: item.change_id
            )
        ]
        if len(held) == len(found):
            return tuple(
                self.currency_id.round(sum(item.amount for item in group))
                for group in by_change
            )
        whole = changes.Segment(self.period_start, self.period_end, self.full_amount)
        return balance.replay(
            changes.Billed(self.id, self._get_occurrence(), (whole,)),
            [[item._get_part() for item in group] for group in by_change],
            step,
        )

    def _get_given(self):
        """Return what was given back by hand of the row's document (float): by credit
        notes, by a changed draft, or by leaving it cancelled."""
        self.ensure_one()
        if self.state == "cancelled":
            return self.amount if self.follow_up == "leave" else 0.0
        if self.state == "parked" or not self.move_id:
            return 0.0
        if self.state == "credited" and self.follow_up == "rebill":
            return 0.0
        credited = self.move_id._get_credited(self._get_rows_beside())[self].amount
        sign = -1 if self.move_id.move_type == "out_refund" else 1
        line = self.move_line_id
        changed = self.amount - sign * line.price_subtotal if line else 0.0
        return credited + changed

    def _get_rows_beside(self):
        """Return the rows of the row's invoice."""
        return self.move_id._get_period_rows()

    # === KEEPING THE SUM RIGHT === #
    def _get_balance_after(self, items):
        """Return what a change needs beside its own ``items`` so that money that was
        given back by hand is not given back again (list of Correction)."""
        step = self.currency_id.rounding
        account = self._get_account()
        amount = self.currency_id.round(sum(item.amount for item in items))
        owed = account.changed(amount).owed(step)
        if not owed:
            return []
        kind = changes.CHARGE if owed > 0 else changes.CREDIT
        last = items[-1]
        return [
            changes.Correction(
                self.id,
                kind,
                last.start,
                last.end,
                last.days,
                last.full_days,
                owed,
                0.0,
                True,
            )
        ]

    def _rebalance(self):
        """Let a correction wait that makes up for what became of the documents of the
        rows, where they do not add up to what the days cost."""
        rows = self.filtered(lambda row: row.kind == "regular") | self.origin_id
        for row in rows.filtered(
            lambda row: row._is_settled() and row._get_corrections_of()
        ):
            if not row._get_account().owed(row.currency_id.rounding):
                continue
            row._get_corrections_of().filtered(
                lambda item: item.is_balance and item.state == "parked"
            ).state = "cancelled"
            owed = row._get_account().owed(row.currency_id.rounding)
            if owed:
                row._let_wait(owed)

    def _let_wait(self, owed):
        """Write a correction of ``owed`` that waits for the next bill."""
        self.ensure_one()
        vals = {
            name: self[name].id
            for name in ("contract_id", "line_id", "line_root_id", "currency_id")
        }
        self.create(
            {
                **vals,
                "company_id": self.company_id.id,
                "origin_id": self.id,
                "period_start": self.period_start,
                "period_end": self.period_end,
                "full_days": self.full_days,
                "kind": "correction",
                "correction_type": changes.CHARGE if owed > 0 else changes.CREDIT,
                "is_balance": True,
                "state": "parked",
                "amount": owed,
                "quantity": self.quantity,
            }
        )
        self.contract_id.message_post(
            body=self.env._(
                "The documents of %(period)s did not add up to what its days cost: the"
                " next bill makes up for it.",
                period=self.display_name,
            )
        )

    # === BILLED AGAIN === #
    def _give_way(self, new):
        """Let the row ``new`` bill the days of this one: corrections go over to it."""
        self.ensure_one()
        self.follow_up = "rebilled"
        self._get_corrections_of().filtered(
            lambda item: item.state != "cancelled"
        ).origin_id = new

    def _prepare_row_again(self):
        """Return what a row that bills this one's days again takes over (dict)."""
        self.ensure_one()
        vals = {"origin_id": self.id}
        if self._is_held():
            for name in ("period_start", "period_end", "full_days", "freed_from"):
                vals[name] = self[name]
            vals.update(full_amount=self.full_amount, quantity=self.quantity)
        return vals

    def _prepare_line_again(self):
        """Return the values of an invoice line that bills the row as it was (dict)."""
        self.ensure_one()
        old = self.move_line_id
        if old and old.price_subtotal == self.amount:
            return {
                "name": old.name,
                "quantity": old.quantity,
                "price_unit": old.price_unit,
                "discount": old.discount,
            }
        return {
            "quantity": 1.0,
            "discount": 0.0,
            "price_unit": self._get_price(),
        }

    def _get_price(self):
        """Return what price, taxes in it, gives the row's untaxed amount (float)."""
        self.ensure_one()
        return self.line_id._get_price_of(
            self.amount,
            self._get_taxes(),
            self.currency_id,
            self._get_whole_price,
        )

    def _get_taxed(self):
        """Return what the invoice line of a correction, or of a period that is billed
        again as it was, is with all taxes (float)."""
        self.ensure_one()
        values = self.line_id._compute_taxes(
            self._get_taxes(), self._get_price(), self.currency_id
        )
        return values["total_included"]

    def _get_taxes(self):
        """Return the taxes of the row's document (account.tax): what is given back of
        a bill has the taxes of that bill, whatever they are by now."""
        self.ensure_one()
        before = self._get_row_given_back()
        if before.move_line_id:
            return before.move_line_id.tax_ids
        return (before or self).line_id._get_line_taxes()

    def _get_row_given_back(self):
        """Return the row that billed the days that a credit gives back; of other rows:
        none."""
        self.ensure_one()
        if self.kind == "regular" or not (
            self.is_balance or self.correction_type == "credit"
        ):
            return self.browse()
        charges = self.origin_id._get_corrections_of().filtered(
            lambda item: item._is_in_force()
            and item.correction_type == "charge"
            and (not self._origin or item.id < self.id)
            and item.period_start <= self.period_start <= item.period_end
            and (not item.change_id or item.change_id != self.change_id)
        )
        return charges[-1:] or self.origin_id

    def _get_whole_price(self):
        """Return (price with taxes in it, untaxed amount) that the row is a part of
        (floats)."""
        billed = self._get_row_given_back().move_line_id
        if billed.price_subtotal:
            price = billed.quantity * billed.price_unit * (1 - billed.discount / 100)
            return price, billed.price_subtotal
        line = self.line_id
        price = line._get_full_price((self.origin_id or self)._get_period())
        return price, line._get_untaxed(price, quantity=line.quantity)

    def _bill_on(self, move):
        """Write rows for the credited ones of self that ``move``, a copy of their
        invoice, bills anew."""
        credited = self.filtered(lambda row: row.state == "credited")
        regular = credited.filtered(lambda row: row.kind == "regular")
        made = self.browse()
        for correction in (False, True):
            own = (credited - regular if correction else regular).sorted(
                lambda row: row.move_line_id.id
            )
            lines = move.invoice_line_ids.filtered(
                lambda line, flag=correction: line.subscription_correction == flag
                and line.contract_line_id
            ).sorted("id")
            for line, rows in own.grouped("line_id").items():
                copies = lines.filtered(
                    lambda item, line=line: item.contract_line_id == line
                )
                made |= self._bill_anew(rows, copies)
        made._rebalance()
        return made

    def _bill_anew(self, rows, lines):
        """Write copies of ``rows`` that ``lines`` bill; return them."""
        made = self.browse()
        for row, line in zip(rows, lines, strict=False):
            move = line.move_id
            vals = row.copy_data()[0]
            sign = -1 if move.move_type == "out_refund" else 1
            vals.update(
                state="billed",
                follow_up=False,
                move_id=move.id,
                move_line_id=line.id,
                amount=sign * line.price_subtotal,
                invoice_date=move.invoice_date or row.invoice_date,
            )
            if row.kind == "correction":
                row.follow_up = "rebilled"
                row.move_line_id.subscription_settled_anew = True
                made |= self.create(vals)
                continue
            new = self._write_down([dict(vals, origin_id=row.id)])
            row._give_way(new)
            made |= new
        return made
