# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from unittest.mock import patch

from psycopg2.errors import ExclusionViolation, SerializationFailure

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import TODAY, SubscriptionCommon

REFUSAL = "no index"


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestBilling(SubscriptionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._subscribe("2026-01-31")
        cls.line = cls.contract.contract_line_ids

    def _bill(self, **options):
        return self.contract.with_user(self.manager).run_billing(options)

    def test_missed_periods_are_billed_on_their_own_dates(self):
        result = self._bill()
        self.assertEqual(result["billed"], 2)
        self.assertEqual((result["already"], result["parked"]), ([], []))
        self.assertEqual(
            self._periods(self.contract),
            [("2026-01-31", "2026-02-27"), ("2026-02-28", "2026-03-30")],
        )
        moves = self.env["account.move"].browse(result["invoice_ids"])
        self.assertEqual(
            [str(move.invoice_date) for move in moves.sorted("invoice_date")],
            ["2026-01-31", "2026-02-28"],
        )
        self.assertEqual(set(moves.mapped("state")), {"posted"})
        self.assertEqual(moves.mapped("amount_untaxed"), [100.0, 100.0])
        self.assertEqual(str(self.line.last_date_invoiced), "2026-03-30")
        self.assertEqual(str(self.contract.next_bill_date), "2026-03-31")

    def test_month_ends_do_not_drift(self):
        with freeze_time("2026-06-01"):
            self._bill()
        self.assertEqual(
            [start for start, _end in self._periods(self.contract)],
            ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"],
        )

    def test_invoice_line_tells_its_period(self):
        self._bill()
        line = self.contract.period_ids[0].move_line_id
        self.assertIn("02/28/2026 - 03/30/2026", line.name)

    def test_second_run_bills_nothing_and_says_why(self):
        self._bill()
        again = self._bill()
        self.assertEqual((again["billed"], again["invoice_ids"]), (0, []))
        self.assertEqual(again["already"][0]["contract_id"], self.contract.id)
        self.assertEqual(again["already"][0]["billed_until"], "2026-03-30")
        self.assertEqual(again["already"][0]["next_invoice_date"], "2026-03-31")
        self.assertIn("2026-03-31", again["already"][0]["reason"])

    def test_ledger_rows_carry_what_was_billed(self):
        self._bill()
        row = self.contract.period_ids[-1]
        self.assertRecordValues(
            row,
            [
                {
                    "line_id": self.line.id,
                    "line_root_id": self.line.id,
                    "kind": "regular",
                    "state": "billed",
                    "amount": 100.0,
                    "quantity": 1.0,
                    "full_days": 28,
                    "invoice_date": self._day("2026-01-31"),
                    "company_id": self.env.company.id,
                }
            ],
        )
        self.assertEqual(row.move_line_id.contract_line_id, self.line)
        self.assertEqual(row.action_open_invoice()["res_id"], row.move_id.id)
        self.assertEqual(row.move_id.subscription_contract_count, 1)
        action = row.move_id.action_view_subscription_contracts()
        self.assertEqual(action["res_id"], self.contract.id)

    def test_preview_equals_what_is_billed(self):
        preview = self.contract.preview_schedule("2026-07-31", 10)
        with freeze_time("2026-07-31"):
            self._bill()
        rows = self.contract.period_ids.sorted("period_start")
        self.assertEqual(
            [
                (p["period_start"], p["period_end"], p["invoice_date"], p["amount"])
                for p in preview
            ],
            [
                (str(r.period_start), str(r.period_end), str(r.invoice_date), r.amount)
                for r in rows
            ],
        )
        self.assertEqual(len(preview), 7)
        self.assertEqual(preview[0]["currency"], self.env.company.currency_id.name)

    def test_limit_leaves_the_rest_for_the_next_run(self):
        self.assertEqual(self._bill(limit=1)["billed"], 1)
        self.assertEqual(self._bill(limit=1)["billed"], 1)
        self.assertEqual(self._bill(limit=1)["billed"], 0)

    def test_billing_in_advance_needs_a_date(self):
        self._bill()
        self.assertEqual(self._bill(date="2026-03-31")["billed"], 1)
        with self.assertRaisesRegex(UserError, "options\\['date'\\]"):
            self._bill(date="2036-03-31")

    def test_options_are_checked_by_name(self):
        for options, name in (
            ({"until": "2026-01-01"}, "until"),
            ({"date": "31/01/2026"}, "date"),
            ({"limit": 0}, "limit"),
            ("2026-01-31", "options"),
        ):
            with self.subTest(options=options):
                with self.assertRaisesRegex(UserError, name):
                    self.contract.with_user(self.manager).run_billing(options)
        with self.assertRaisesRegex(UserError, "at least one id"):
            self.contract.browse().with_user(self.manager).run_billing({})

    def test_only_who_may_bill_bills(self):
        for user in (self.user, self.salesman, self.reader, self.portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.contract.with_user(user).run_billing({})
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.contract.with_user(user).cron_recurring_create_invoice()
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.contract.with_user(user).recurring_create_invoice()

    def test_button_tells_what_was_billed(self):
        contract = self.contract.with_user(self.manager)
        message = contract.action_run_billing()["params"]["message"]
        self.assertIn("Periods billed: 2", message)
        self.assertIn(
            "nothing is due", contract.action_run_billing()["params"]["message"]
        )

    def test_arrears_are_billed_after_the_period(self):
        plan = self._make_plan(timing="arrears", invoice_mode="draft")
        product = self._make_product("Metered", 10.0, plan)
        contract = self._subscribe("2026-01-31", product)
        contract.run_billing()
        self.assertEqual(self._periods(contract), [("2026-01-31", "2026-02-27")])
        move = contract.period_ids.move_id
        self.assertEqual(str(move.invoice_date), "2026-02-28")
        self.assertEqual(move.state, "draft")

    def test_last_partial_period_is_prorated(self):
        plan = self._make_plan(term_count=45, term_unit="day")
        contract = self._subscribe("2026-01-01", self._make_product("S", 280.0, plan))
        contract.run_billing()
        self.assertEqual(
            contract.period_ids.sorted("period_start").mapped("amount"), [280.0, 140.0]
        )
        last = contract.period_ids.sorted("period_start")[-1].move_line_id
        self.assertEqual((last.quantity, last.price_unit), (1.0, 140.0))
        self.assertIn("14 of 28 days", last.name)
        self.assertEqual(contract.subscription_state, "ended")
        self.assertFalse(contract.next_bill_date)

    def test_plan_without_proration_bills_the_full_price(self):
        plan = self._make_plan(term_count=45, term_unit="day", proration="none")
        contract = self._subscribe("2026-01-01", self._make_product("S", 280.0, plan))
        contract.run_billing()
        self.assertEqual(contract.period_ids.mapped("amount"), [280.0, 280.0])

    def test_lines_of_one_date_share_an_invoice(self):
        second = self._make_product("Second", 40.0, self.plan)
        order = self._sell(self.product, second, start="2026-03-01")
        result = order._get_contracts().run_billing()
        self.assertEqual((result["billed"], len(result["invoice_ids"])), (2, 1))

    def test_sent_invoices_are_queued_not_mailed(self):
        self.plan.invoice_mode = "sent"
        mails = self.env["mail.mail"].search_count([])
        result = self._bill()
        moves = self.env["account.move"].browse(result["invoice_ids"])
        self.assertTrue(all(moves.mapped("sending_data")))
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)

    # === EXACTLY ONCE === #
    def test_database_refuses_days_that_are_billed(self):
        self._bill()
        row = self.contract.period_ids[0]
        vals = self.line._prepare_ledger_vals(self.line._get_next_period())
        vals.update(period_start=row.period_end, period_end=row.period_end)
        with mute_logger("odoo.sql_db"), self.assertRaises(ExclusionViolation):
            with self.env.cr.savepoint():
                self.env["contract.period"].create(vals)
                self.env.flush_all()

    def test_database_refuses_days_of_a_successor_too(self):
        self._bill()
        self.line.stop(self._day("2026-03-30"))
        successor = self.line.plan_successor(self._day("2026-03-31"), False, False)
        self.assertEqual(successor.line_root_id, self.line)
        self.assertFalse(successor.period_ids)
        self.assertEqual(len(self.line.period_ids), 2)
        vals = successor._prepare_ledger_vals(successor._get_next_period())
        vals["period_start"] = "2026-03-01"
        with mute_logger("odoo.sql_db"), self.assertRaises(ExclusionViolation):
            with self.env.cr.savepoint():
                self.env["contract.period"].create(vals)
                self.env.flush_all()

    def test_the_date_moves_only_with_the_ledger(self):
        self._bill()
        for value in ("2026-02-27", False, "2026-04-30"):
            with self.subTest(value=value):
                with self.assertRaisesRegex(ValidationError, "ledger"):
                    self.line.last_date_invoiced = value
                    self.env.flush_all()
        with self.assertRaisesRegex(ValidationError, "counted from"):
            self.line.recurring_next_date = "2026-04-15"

    def test_billed_lines_and_contracts_stay(self):
        self._bill()
        with self.assertRaisesRegex(UserError, "billed periods"):
            self.line.unlink()
        with self.assertRaisesRegex(UserError, "billed periods"):
            self.contract.unlink()
        with self.assertRaisesRegex(UserError, "not deleted"):
            self.contract.period_ids[0].unlink()

    def test_unbilled_line_can_be_deleted(self):
        self.line.unlink()
        self.assertFalse(self.line.exists())

    # === THE LEDGER FOLLOWS ITS INVOICES === #
    def test_deleted_draft_is_due_again(self):
        self.plan.invoice_mode = "draft"
        self._bill()
        last = self.contract.period_ids[0]
        last.move_id.unlink()
        self.assertEqual(last.state, "cancelled")
        self.assertEqual(str(self.line.last_date_invoiced), "2026-02-27")
        self.assertEqual(self._bill()["billed"], 1)
        self.assertEqual(len(self._periods(self.contract)), 2)

    def test_cancelled_invoice_is_due_again_and_does_not_come_back_twice(self):
        self.plan.invoice_mode = "draft"
        self._bill()
        move = self.contract.period_ids[0].move_id
        move.button_cancel()
        self.assertEqual(self.contract.period_ids[0].state, "cancelled")
        self.assertEqual(self._bill()["billed"], 1)
        with self.assertRaisesRegex(UserError, "billed already"):
            move.button_draft()

    def test_cancelled_invoice_that_comes_back_is_billed(self):
        self.plan.invoice_mode = "draft"
        self._bill()
        move = self.contract.period_ids[0].move_id
        move.button_cancel()
        move.button_draft()
        self.assertEqual(self.contract.period_ids[0].state, "billed")
        self.assertEqual(self._bill()["billed"], 0)

    def test_credited_period_is_not_billed_again(self):
        self._bill()
        row = self.contract.period_ids[0]
        refund = row.move_id._reverse_moves([{"date": TODAY, "invoice_date": TODAY}])
        refund.action_post()
        self.assertEqual(row.state, "credited")
        self.assertEqual(self._bill()["billed"], 0)

    # === PARKED === #
    def test_bad_contract_is_parked_and_the_others_are_billed(self):
        bad = self._subscribe("2026-02-28", partner=self.other_customer)
        bad.invoice_partner_id.active = False
        result = (self.contract | bad).with_user(self.manager).run_billing({})
        self.assertEqual(result["billed"], 2)
        self.assertEqual(result["parked"][0]["contract_id"], bad.id)
        self.assertIn(bad.name, result["parked"][0]["reason"])
        self.assertIn("Other Customer", result["parked"][0]["reason"])
        self.assertFalse(bad.contract_line_ids.last_date_invoiced)
        incident = self._incident(bad)
        self.assertEqual(
            (incident.kind, incident.state), ("crm_subscription.billing", "open")
        )
        self.assertTrue(bad.invoice_generation_error)

    def _incident(self, contract):
        return self.env["crm.suite.incident"].search(
            [("res_model", "=", "contract.contract"), ("res_id", "=", contract.id)]
        )

    def test_one_activity_not_one_per_night_and_all_is_settled(self):
        self.contract.invoice_partner_id.active = False
        for _night in range(3):
            self._bill()
        parked = self.env.ref("crm_subscription.mail_activity_type_parked")
        self.assertEqual(self.contract.activity_ids.activity_type_id, parked)
        self.assertEqual(len(self.contract.activity_ids), 1)
        self.assertEqual(self._incident(self.contract).occurrences, 3)
        self.contract.invoice_partner_id.active = True
        self.assertEqual(self._bill()["billed"], 2)
        self.assertFalse(self.contract.activity_ids)
        self.assertFalse(self.contract.invoice_generation_error)
        self.assertEqual(self._incident(self.contract).state, "settled")

    def test_what_else_succeeds_at_night_settles_no_parked_bill(self):
        """The renewals of the same night have nothing to do: the bill stays parked, and
        its activity is not made anew each night."""
        self.contract.invoice_partner_id.active = False
        self._bill()
        activity = self.contract.activity_ids
        for _night in range(2):
            self.contract._renew_isolated()
            self.assertTrue(self.contract.invoice_generation_error)
            self.assertEqual(self._incident(self.contract).state, "open")
            self._bill()
        self.assertEqual(self.contract.activity_ids, activity)

    def test_one_of_two_parked_works_leaves_the_activity(self):
        self.contract.invoice_partner_id.active = False
        self._bill()
        self.contract._isolate("renewal", self._refuse)
        activity = self.contract.activity_ids
        self.assertEqual(len(activity), 1)
        self.assertIn(REFUSAL, activity.note)
        self.contract._renew_isolated()
        self.assertNotIn(REFUSAL, activity.note)
        states = self._incident(self.contract).sorted("kind").mapped("state")
        self.assertEqual(states, ["open", "settled"])
        self.assertEqual(len(self.contract.activity_ids), 1)
        self.contract.invoice_partner_id.active = True
        self._bill()
        self.assertFalse(self.contract.activity_ids)

    def _refuse(self, _contract):
        raise UserError(REFUSAL)

    def test_reasons_name_record_and_field(self):
        currency = self.env.ref("base.KRW")
        currency.active = True
        currency.rate_ids.unlink()
        won = self._subscribe(TODAY, partner=self.other_customer)
        won.currency_id = currency
        negative = self._subscribe(TODAY, partner=self.other_customer)
        negative.contract_line_ids.price_unit = -5.0
        archived = self._subscribe(TODAY, self._make_product("Gone", 5.0, self.plan))
        archived.contract_line_ids.product_id.active = False
        result = (won | negative | archived).run_billing()
        reasons = {row["contract_id"]: row["reason"] for row in result["parked"]}
        self.assertIn("KRW", reasons[won.id])
        self.assertIn("negative", reasons[negative.id])
        self.assertIn("Gone", reasons[archived.id])

    def test_unexpected_error_is_parked_with_its_type(self):
        with (
            patch.object(
                type(self.contract), "_prepare_invoice", side_effect=KeyError("journal")
            ),
            self.assertLogs("odoo.addons.crm_subscription", "ERROR"),
        ):
            result = self._bill()
        self.assertIn("KeyError", result["parked"][0]["reason"])

    def test_concurrency_error_is_raised_never_parked(self):
        with patch.object(
            type(self.contract), "_bill", side_effect=SerializationFailure("again")
        ):
            with self.assertRaises(SerializationFailure):
                self._bill()
        self.assertFalse(self.contract.invoice_generation_error)
        self.assertFalse(self._incident(self.contract))

    # === CRON === #
    def _run_cron(self, xmlid="crm_subscription.ir_cron_billing"):
        with self.enter_registry_test_mode():
            self.env.ref(xmlid).method_direct_trigger()
        self.env.invalidate_all()

    def test_cron_bills_what_is_due_once(self):
        self._run_cron()
        self.assertEqual(len(self._periods(self.contract)), 2)
        self._run_cron()
        self.assertEqual(len(self._periods(self.contract)), 2)

    def test_cron_tries_a_chunk_again_after_a_concurrency_error(self):
        calls = []
        original = type(self.contract)._bill

        def failing_once(records, *args):
            calls.append(records)
            if len(calls) == 1:
                raise SerializationFailure("again")
            return original(records, *args)

        with patch.object(type(self.contract), "_bill", failing_once):
            self._run_cron()
        self.assertEqual(len(calls), 2)
        self.assertEqual(len(self._periods(self.contract)), 2)
        self.assertFalse(self.contract.invoice_generation_error)

    # === OCA'S ENTRY POINTS === #
    def test_oca_crons_are_off_and_bill_nothing_twice(self):
        cron = self.env.ref("contract.contract_cron_for_invoice")
        self.assertFalse(cron.active)
        self._bill()
        self._run_cron("contract.contract_cron_for_invoice")
        self.contract.cron_recurring_create_invoice("2026-03-10")
        self.assertEqual(len(self._periods(self.contract)), 2)
        with self.assertRaisesRegex(UserError, "date_ref"):
            self.contract.cron_recurring_create_invoice("tomorrow")

    def test_oca_cron_goes_through_the_ledger(self):
        self.env["contract.contract"].cron_recurring_create_invoice()
        self.assertEqual(len(self._periods(self.contract)), 2)

    def test_oca_button_bills_what_is_due_and_then_refuses(self):
        self.assertEqual(len(self.contract.recurring_create_invoice()), 2)
        with self.assertRaisesRegex(UserError, "nothing is due"):
            self.contract.recurring_create_invoice()
        self.assertEqual(len(self._periods(self.contract)), 2)

    def test_oca_wizard_goes_through_the_ledger(self):
        wizard = self.env["contract.manually.create.invoice"].create(
            {"invoice_date": "2026-03-31"}
        )
        self.assertIn(self.contract, wizard.contract_to_invoice_ids)
        wizard.create_invoice()
        self.assertEqual(len(self._periods(self.contract)), 3)

    def test_header_recurrence_and_vendors_are_billed_by_oca_code(self):
        header = self.env["contract.contract"].create(
            {
                "name": "Header",
                "partner_id": self.customer.id,
                "line_recurrence": False,
                "date_start": "2026-03-01",
                "recurring_rule_type": "monthly",
                "recurring_interval": 1,
                "contract_line_ids": [
                    Command.create(
                        {"name": "S", "product_id": self.machine.id, "price_unit": 7.0}
                    )
                ],
            }
        )
        result = header.run_billing()
        self.assertEqual((result["billed"], len(result["invoice_ids"])), (1, 1))
        self.assertFalse(header.period_ids)
        self.assertEqual(header.run_billing()["billed"], 0)

    def _make_vendor_contract(self, **vals):
        """Return a vendor contract of 7.00 a month, due since 1 March."""
        return self.env["contract.contract"].create(
            {
                "name": "Vendor",
                "partner_id": self.other_customer.id,
                "contract_type": "purchase",
                "line_recurrence": True,
                "contract_line_ids": [
                    Command.create(
                        {
                            "name": "Rent",
                            "product_id": self.machine.id,
                            "price_unit": 7.0,
                            "recurring_rule_type": "monthly",
                            "recurring_interval": 1,
                            "date_start": "2026-03-01",
                            "recurring_next_date": "2026-03-01",
                        }
                    )
                ],
                **vals,
            }
        )

    def test_vendor_contract_is_billed_by_oca_code_in_the_same_run(self):
        vendor = self._make_vendor_contract()
        result = (vendor | self.contract).run_billing()
        self.assertEqual((result["billed"], result["parked"]), (3, []))
        moves = self.env["account.move"].browse(result["invoice_ids"])
        bill = moves.filtered(lambda move: move.move_type == "in_invoice")
        self.assertEqual((bill.state, bill.amount_untaxed), ("draft", 7.0))
        self.assertFalse(vendor.period_ids)
        self.assertEqual(str(vendor.recurring_next_date), "2026-04-01")
        self.assertEqual(vendor.run_billing()["billed"], 0)

    def test_bad_vendor_contract_leaves_ours_alone(self):
        """What OCA's code can't bill is parked, and keeps its date."""
        journal = self.env["account.journal"].search(
            [("type", "=", "purchase"), ("company_id", "=", self.env.company.id)]
        )
        vendor = self._make_vendor_contract()
        vendor.journal_id = False
        journal.active = False
        result = (vendor | self.contract).run_billing()
        self.assertEqual(result["billed"], 2)
        self.assertEqual([row["contract_id"] for row in result["parked"]], vendor.ids)
        self.assertIn("journal", result["parked"][0]["reason"])
        self.assertEqual(str(vendor.recurring_next_date), "2026-03-01")
        journal.active = True
        self.assertEqual(vendor.run_billing()["billed"], 1)
        self.assertFalse(vendor.invoice_generation_error)

    def test_contracts_without_anchor_keep_ocas_dates(self):
        contract = self._make_oca_contract()
        preview = contract.preview_schedule(limit=3)
        contract.run_billing()
        self.assertEqual(
            self._periods(contract),
            [("2026-01-31", "2026-02-27"), ("2026-02-28", "2026-03-27")],
        )
        self.assertEqual(
            [(row["period_start"], row["period_end"]) for row in preview[:2]],
            self._periods(contract),
        )
        self.assertEqual(
            str(contract.contract_line_ids.recurring_next_date), "2026-03-28"
        )

    def test_imported_billed_line_opens_its_ledger(self):
        contract = self._make_oca_contract(
            last_date_invoiced="2026-02-27", recurring_next_date="2026-02-28"
        )
        row = contract.period_ids
        self.assertEqual((row.state, row.kind), ("opening", "regular"))
        self.assertEqual(
            (str(row.period_start), str(row.period_end)), ("2026-01-31", "2026-02-27")
        )
        self.assertEqual(contract.run_billing()["billed"], 1)

    def test_interval_out_of_range_is_refused_on_save(self):
        with self.assertRaisesRegex(ValidationError, "allowed are 1 to"):
            self._make_oca_contract(recurring_interval=0)
        with self.assertRaisesRegex(ValidationError, "31st"):
            self._make_oca_contract(
                recurring_rule_type="monthlylastday", anchor_date="2026-01-31"
            )

    def test_stop_suspend_and_uncancel_keep_the_anchor(self):
        self._bill()
        self.line.stop_plan_successor(
            self._day("2026-04-30"), self._day("2026-05-30"), False
        )
        successor = self.line.successor_contract_line_id
        self.assertEqual(str(self.line.date_end), "2026-04-29")
        self.assertEqual(str(successor.date_start), "2026-05-31")
        self.assertEqual(str(successor.recurring_next_date), "2026-05-31")
        successor.cancel()
        successor.uncancel(self._day("2026-07-07"))
        self.assertEqual(str(successor.recurring_next_date), "2026-05-31")

    def test_delayed_line_moves_its_anchor(self):
        later = self._subscribe("2026-04-01").contract_line_ids
        later.stop_plan_successor(
            self._day("2026-03-15"), self._day("2026-04-14"), False
        )
        self.assertEqual(str(later.anchor_date), "2026-04-15")
        self.assertEqual(str(later.recurring_next_date), "2026-04-15")
