# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import freeze_time

from .common import SubscriptionCommon


class AccountantCommon(SubscriptionCommon):
    """Sells, changes and bills contracts day by day, and adds up their documents."""

    def _sold(self, start, price=100.0, quantity=1.0, product=None, **plan):
        """Return the contract of a product of ``price`` on a plan of its own."""
        plan = self._make_plan(name=f"Plan of {price}", **plan)
        product = product or self._make_product(f"Service {price}", price, plan)
        product.subscription_plan_id = plan
        return self._subscribe(start, product, quantity=quantity)

    def _change(self, contract, day, **change):
        with freeze_time(day):
            if change["type"] not in ("plan", "pause", "resume", "cancel"):
                line = contract._get_service_lines().filtered(
                    lambda line: line._runs_on(self._day(day))
                )
                change.setdefault("line_id", line[:1].id)
            total = contract.preview_change(change)["total"]
            answer = contract.apply_change(change, total)
        return self.env["account.move"].browse(answer["invoice_ids"])

    def _bill(self, contract, *days):
        for day in days:
            with freeze_time(day):
                self.assertFalse(contract.run_billing()["parked"])

    def _credit(self, move, day, amount=None):
        """Post a credit note of an invoice by hand; None: of all of it."""
        wizard = self.env["account.move.reversal"].with_context(
            active_model="account.move", active_ids=move.ids
        )
        with freeze_time(day):
            answer = wizard.create({"journal_id": move.journal_id.id}).refund_moves()
            refund = self.env["account.move"].browse(answer["res_id"])
            if amount:
                refund.invoice_line_ids.price_unit = amount
            refund.action_post()

    def _untaxed(self, contract):
        """Return what the posted documents of the contract add up to, untaxed."""
        moves = contract.contract_line_ids.period_ids.move_id
        posted = moves.filtered(lambda move: move.state == "posted")
        self.assertEqual(posted, moves.filtered(lambda m: m.state != "cancel"))
        return round(sum(posted.mapped("amount_untaxed_signed")), 2)

    def _amounts(self, contract):
        """Return [(first day, untaxed amount of the invoice line)] of what is billed.

        The ledger and the invoice line have to agree on each.
        """
        rows = contract.period_ids.filtered("move_line_id").sorted(
            lambda row: (row.period_start, row.id)
        )
        for row in rows:
            sign = -1 if row.move_id.move_type == "out_refund" else 1
            self.assertEqual(row.amount, sign * row.move_line_id.price_subtotal)
        return [(str(row.period_start), row.amount) for row in rows]

    def _closing(self, contract):
        """Return the sum of the movements of revenue, which has to be what runs."""
        # What begins or ends by itself is written by the nightly job.
        contract.contract_line_ids._sync_mrr()
        total = round(sum(contract.mrr_movement_ids.mapped("amount")), 2)
        self.assertEqual(total, round(contract.mrr, 2))
        return total
