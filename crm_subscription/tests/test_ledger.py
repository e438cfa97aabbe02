# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import TODAY, SubscriptionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestLedger(SubscriptionCommon):
    """What becomes of a period when its invoice is cancelled, deleted or credited."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._subscribe("2026-01-01")
        cls.line = cls.contract.contract_line_ids

    def _run(self, day=TODAY):
        with freeze_time(day):
            return self.contract.with_user(self.manager).run_billing({})

    def _row(self, start):
        rows = self.contract.period_ids.filtered(
            lambda row: str(row.period_start) == start
        )
        return rows.sorted("id")[-1]

    def _credit(self, move, amount=None):
        """Return a posted credit note of ``amount``, or of the whole invoice."""
        refund = move._reverse_moves([{"date": TODAY, "invoice_date": TODAY}])
        if amount:
            refund.invoice_line_ids.price_unit = amount
        refund.action_post()
        return refund

    # === CANCELLED OR DELETED === #
    def test_middle_period_is_billed_again_on_its_days(self):
        self.plan.invoice_mode = "draft"
        self._run()
        middle = self._row("2026-02-01")
        middle.move_id.button_cancel()
        self.assertEqual((middle.state, middle.follow_up), ("cancelled", "rebill"))
        self.assertEqual(str(self.line.last_date_invoiced), "2026-03-31")
        due = self.env["contract.contract"]._get_due_domain(self._day(TODAY))
        self.assertIn(self.contract, self.env["contract.contract"].search(due))
        answer = self._run()
        self.assertEqual(answer["billed"], 1)
        again = self._row("2026-02-01")
        self.assertNotEqual(again, middle)
        self.assertEqual((again.state, str(again.period_end)), ("billed", "2026-02-28"))
        self.assertEqual(str(again.move_id.invoice_date), "2026-02-01")
        self.assertIn("02/01/2026 - 02/28/2026", again.move_line_id.name)
        self.assertEqual(middle.follow_up, "rebilled")
        self.assertEqual(str(self.line.last_date_invoiced), "2026-03-31")
        self.assertEqual(self._run()["billed"], 0)
        with self.assertRaisesRegex(UserError, "billed already"):
            middle.move_id.button_draft()

    def test_all_cancelled_periods_are_billed_once(self):
        self.plan.invoice_mode = "draft"
        self._run()
        for start in ("2026-02-01", "2026-03-01", "2026-01-01"):
            self._row(start).move_id.button_cancel()
        self.assertFalse(self.line.last_date_invoiced)
        self.assertEqual(self._run()["billed"], 3)
        self.assertEqual(
            self._periods(self.contract),
            [
                ("2026-01-01", "2026-01-31"),
                ("2026-02-01", "2026-02-28"),
                ("2026-03-01", "2026-03-31"),
            ],
        )
        self.assertEqual(
            set(self.contract.period_ids.mapped("follow_up")), {False, "rebilled"}
        )

    def test_deleted_draft_is_billed_again(self):
        self.plan.invoice_mode = "draft"
        self._run()
        self._row("2026-02-01").move_id.unlink()
        row = self._row("2026-02-01")
        self.assertEqual((row.state, row.follow_up), ("cancelled", "rebill"))
        self.assertEqual(self._run()["billed"], 1)

    def test_plan_that_leaves_cancelled_periods(self):
        self.plan.write({"invoice_mode": "draft", "rebill": "leave"})
        self._run()
        for start in ("2026-02-01", "2026-03-01"):
            self._row(start).move_id.button_cancel()
            self.assertEqual(self._row(start).follow_up, "leave")
        self.assertEqual(str(self.line.last_date_invoiced), "2026-03-31")
        self.assertEqual(self._run()["billed"], 0)
        # Whoever wants it after all asks for it by a button.
        for start in ("2026-02-01", "2026-03-01"):
            with self.assertRaises(AccessError):
                self._row(start).with_user(self.user).action_bill_again()
            self.assertTrue(
                self._row(start).with_user(self.manager).action_bill_again()
            )
        self.assertEqual(self._run()["billed"], 2)
        with self.assertRaisesRegex(UserError, "Billed"):
            self._row("2026-02-01").with_user(self.manager).action_bill_again()

    def test_line_that_was_cancelled_is_not_billed_again(self):
        self.plan.invoice_mode = "draft"
        self._run()
        self._row("2026-01-01").move_id.button_cancel()
        self.line.is_canceled = True
        self.assertEqual(self._run()["billed"], 0)

    # === CREDITED === #
    def test_partial_credit_notes_add_up(self):
        self._run()
        row = self._row("2026-02-01")
        self._credit(row.move_id, 40.0)
        self.assertEqual(row.state, "billed")
        second = self._credit(row.move_id, 60.0)
        self.assertEqual(row.state, "credited")
        second.button_draft()
        self.assertEqual(row.state, "billed")
        second.action_post()
        self.assertEqual(row.state, "credited")
        second.button_draft()
        second.button_cancel()
        self.assertEqual(row.state, "billed")
        # What was billed after all is given back when the contract is cancelled.
        self._credit(self._row("2026-03-01").move_id)
        preview = self.contract.preview_change(
            {"type": "cancel", "effective": "date", "date": "2026-03-15"}
        )
        self.assertEqual(preview["total"], 0.0)

    def test_reverse_and_create_bills_the_period_on_the_new_invoice(self):
        self._run()
        row = self._row("2026-02-01")
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=row.move_id.ids)
            .create({"date": TODAY, "journal_id": row.move_id.journal_id.id})
        )
        wizard.modify_moves()
        self.assertEqual((row.state, row.follow_up), ("credited", "rebilled"))
        again = self._row("2026-02-01")
        self.assertEqual((again.state, again.origin_id), ("billed", row))
        self.assertEqual(again.move_id, wizard.new_move_ids)
        self.assertEqual(again.amount, 100.0)
        self.assertEqual(self._run()["billed"], 0)
        refund = row.move_id.reversal_move_ids
        with self.assertRaisesRegex(UserError, "billed already"):
            refund.button_draft()
        # Deleting the new draft makes the period due again, as any other draft.
        again.move_id.unlink()
        self.assertEqual(again.follow_up, "rebill")
        self.assertEqual(self._run()["billed"], 1)

    def test_credited_period_is_billed_again_when_asked(self):
        self._run()
        row = self._row("2026-03-01")
        self._credit(row.move_id)
        self.assertEqual(self._run()["billed"], 0)
        row.with_user(self.manager).action_bill_again()
        self.assertEqual(self._run()["billed"], 1)
        self.assertEqual(row.follow_up, "rebilled")

    # === MISSED AND FREE PERIODS === #
    def test_missed_periods_dated_today(self):
        self.plan.catch_up = "today"
        preview = self.contract.preview_schedule(limit=4)
        answer = self._run()
        self.assertEqual(answer["billed"], 3)
        moves = self.env["account.move"].browse(answer["invoice_ids"])
        self.assertEqual({str(day) for day in moves.mapped("invoice_date")}, {TODAY})
        self.assertEqual(
            [row["invoice_date"] for row in preview], [TODAY] * 3 + ["2026-04-01"]
        )
        self.assertEqual(self._row("2026-01-01").invoice_date, self._day(TODAY))

    def test_missed_periods_that_are_not_billed(self):
        self.plan.catch_up = "skip"
        preview = self.contract.preview_schedule(limit=2)
        self.assertEqual(self._run()["billed"], 1)
        self.assertEqual(self._periods(self.contract), [("2026-03-01", "2026-03-31")])
        self.assertEqual(
            [row["period_start"] for row in preview], ["2026-03-01", "2026-04-01"]
        )
        skipped = self._row("2026-01-01") | self._row("2026-02-01")
        self.assertEqual(skipped.mapped("state"), ["skipped", "skipped"])
        self.assertEqual(self._run()["billed"], 0)

    def test_a_bill_of_nothing_makes_no_invoice(self):
        self.line.discount = 100.0
        answer = self._run()
        self.assertEqual((answer["invoice_ids"], answer["parked"]), ([], []))
        self.assertEqual(set(self.contract.period_ids.mapped("state")), {"skipped"})
        self.assertEqual(str(self.line.last_date_invoiced), "2026-03-31")

    def test_made_anew_with_a_credit_note_of_a_later_day(self):
        """The new invoice would bill days that are billed until then."""
        self._run("2026-01-01")
        move = self._row("2026-01-01").move_id
        wizard = self.env["account.move.reversal"].with_context(
            active_model="account.move", active_ids=move.ids
        )
        wizard = wizard.create({"journal_id": move.journal_id.id, "date": "2026-03-20"})
        with self.assertRaisesRegex(UserError, "made anew"):
            wizard.modify_moves()
        wizard.refund_moves()
        self.assertEqual(self._row("2026-01-01").state, "billed")

    def test_missed_periods_are_not_billed_however_many(self):
        """Forty days without a server, billed by the day; and of a line of another day
        of the month, which is due later than the first."""
        daily = self._make_plan(name="Daily", unit="day", term_count=0, catch_up="skip")
        product = self._make_product("By the Day", 10.0, daily)
        contract = self._subscribe("2026-01-29", product)
        self.plan.catch_up = "skip"
        other = self.line.copy()
        other.write({"date_start": "2026-01-15", "anchor_date": "2026-01-15"})
        for own, billed in ((contract, 1), (self.contract, 2)):
            own.run_billing()
            rows = own.period_ids.filtered(lambda row: row.state == "billed")
            self.assertEqual(len(rows), billed)
            self.assertEqual(len(rows.move_id), billed)
        self.assertEqual(len(contract.period_ids), 41)

    def test_what_is_billed_in_advance_is_not_missed(self):
        self.plan.catch_up = "skip"
        self._run("2026-01-01")
        self.contract.run_billing({"date": "2026-06-01"})
        states = {str(r.period_start): r.state for r in self.contract.period_ids}
        self.assertEqual(states.pop("2026-02-01"), "skipped")
        self.assertEqual(set(states.values()), {"billed"})
        self.assertEqual(max(states), "2026-06-01")

    def test_free_line_is_on_the_invoice_of_the_others(self):
        gift = self._make_product("Gift", 0.0, self.plan)
        order = self._sell(self.product, gift, start="2026-03-01")
        contract = order._get_contracts()
        answer = contract.run_billing()
        self.assertEqual((answer["billed"], len(answer["invoice_ids"])), (2, 1))
        self.assertEqual(sum(contract.period_ids.mapped("amount")), 100.0)

    # === OVERLAP === #
    def test_moved_dates_do_not_bill_a_day_twice(self):
        """A successor made by hand over billed days is parked, in words."""
        self._run()
        twin = self.line.copy({"date_start": "2026-03-15", "date_end": "2026-04-14"})
        twin.write({"anchor_date": False, "recurring_next_date": "2026-03-15"})
        twin.line_root_id = self.line
        with self.assertNoLogs("odoo.sql_db", "ERROR"):
            answer = self._run("2026-03-20")
        self.assertEqual(answer["billed"], 0)
        self.assertIn("billed already", answer["parked"][0]["reason"])
        self.assertIn("2026-03-01", answer["parked"][0]["reason"])

    def test_invoice_of_two_contracts_lines_keeps_both_rows(self):
        second = self._make_product("Second", 40.0, self.plan)
        order = self._sell(self.product, second, start="2026-03-01")
        contract = order._get_contracts()
        contract.run_billing()
        move = contract.period_ids.move_id
        self.assertEqual(len(move), 1)
        self.assertEqual(sum(move.period_ids.mapped("amount")), move.amount_untaxed)
        self._credit(move)
        self.assertEqual(set(contract.period_ids.mapped("state")), {"credited"})

    def test_rows_that_a_role_may_read(self):
        self._run()
        row = self._row("2026-01-01")
        for user in (self.manager, self.salesman, self.reader):
            self.assertTrue(row.with_user(user).read(["follow_up", "state"]))
        with self.assertRaises(AccessError):
            row.with_user(self.other_portal).read(["follow_up"])

    def test_lines_of_the_invoice_may_be_sections(self):
        self.contract.contract_line_ids = [
            Command.create(
                {
                    "display_type": "line_section",
                    "name": "Support",
                    "sequence": 0,
                    "date_start": "2026-01-01",
                    "recurring_next_date": "2026-01-01",
                }
            )
        ]
        self.line.sequence = 5
        self._run()
        move = self._row("2026-01-01").move_id
        self.assertEqual(
            move.invoice_line_ids.sorted("sequence").mapped("display_type"),
            ["line_section", "product"],
        )
