# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from .common import TODAY, SubscriptionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCancellation(SubscriptionCommon):
    """The customer's term runs from 1 February 2026 to 31 January 2027, and renews by
    itself unless 30 days' notice is given; his bills are paid in advance."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan.write({"renewal_policy": "automatic", "portal_cancel": True})
        cls.contract = cls._subscribe("2026-02-01")
        cls.contract.user_id = cls.user
        cls.contract.run_billing()
        cls.reason = cls.env.ref("crm_subscription.reason_price")

    def _options(self, **options):
        return {"reason_id": self.reason.id, **options}

    def _cancel(self, contract=None, user=None, **options):
        contract = (contract or self.contract).with_user(user or self.user)
        total = contract.preview_cancellation(options)["total"]
        return contract.cancel_subscription(self._options(**options), total)

    # === WHEN === #
    def test_notice_in_time_ends_with_the_term(self):
        preview = self.contract.with_user(self.user).preview_cancellation()
        self.assertEqual(preview["end_of_service"], "2027-01-31")
        self.assertEqual(preview["notice_deadline"], "2027-01-01")
        self.assertEqual(preview["notice_days"], 30)
        self.assertTrue(preview["keeps_notice"])
        self.assertIn("in time until 01/01/2027", preview["explanation"])
        self.assertEqual((preview["lines"], preview["credited"]), ([], 0.0))

    def test_what_is_owed_is_what_is_billed_later(self):
        preview = self.contract.preview_cancellation()
        self.assertEqual(len(preview["owed_lines"]), 10)
        self.assertEqual((preview["owed"], preview["total"]), (1000.0, 1000.0))
        self._cancel()
        with freeze_time("2027-06-01"):
            self.contract.run_billing()
        billed = self.contract.period_ids.filtered(
            lambda row: row.period_start > self._day("2026-03-31")
        )
        self.assertEqual(sum(billed.mapped("amount")), 1000.0)

    def test_late_notice_ends_with_the_next_term_at_its_price(self):
        with freeze_time("2027-01-15"):
            self.contract.run_billing()
            preview = self.contract.preview_cancellation()
            self.assertEqual(preview["end_of_service"], "2028-01-31")
            self.assertEqual(preview["notice_deadline"], "2028-01-01")
            self.assertEqual(preview["owed"], 12 * 105.0)
            self._cancel()
            successor = self.contract.contract_line_ids.sorted("date_start")[-1]
            self.assertEqual(str(successor.date_end), "2028-01-31")
            self.assertEqual(str(successor.cancelled_from), "2028-02-01")
        with freeze_time("2028-01-31"):
            self.contract.run_billing()
            self.assertEqual(len(self._periods(self.contract)), 24)
            self.assertFalse(self.contract._run_renewal_steps())
        rows = self.contract.period_ids.sorted("period_start")[-12:]
        self.assertEqual(sum(rows.mapped("amount")), preview["owed"])

    def test_on_the_last_day_a_renewal_that_was_made_is_undone(self):
        with freeze_time("2027-01-01"):
            self.contract.renew({"mode": "automatic"})
            answer = self._cancel()
            self.assertEqual(answer["end_of_service"], "2027-01-31")
            successor = self.contract.contract_line_ids.sorted("date_start")[-1]
            self.assertTrue(successor.is_canceled)
        with freeze_time("2027-02-01"):
            self.assertEqual(self.contract.subscription_state, "ended")

    def test_a_next_term_that_the_customer_signed_holds(self):
        self.contract.renew({"mode": "quotation"})
        self.contract.renewal_order_id.action_confirm()
        preview = self.contract.preview_cancellation()
        self.assertEqual(preview["end_of_service"], "2028-01-31")

    def test_fixed_term_ends_by_itself(self):
        self.contract.renewal_policy = "end"
        with freeze_time("2027-01-25"):
            preview = self.contract.preview_cancellation()
        self.assertEqual(preview["end_of_service"], "2027-01-31")
        self.assertIn("not renewed", preview["explanation"])

    def test_open_end_ends_with_the_period_after_the_notice(self):
        plan = self._make_plan(term_count=0, notice_days=30)
        product = self._make_product("Open", 31.0, plan)
        contract = self._subscribe("2026-02-01", product)
        preview = contract.preview_cancellation()
        self.assertEqual(preview["end_of_service"], "2026-04-30")
        self.assertEqual(preview["notice_deadline"], "2026-03-31")
        with freeze_time("2026-04-01"):
            preview = contract.preview_cancellation()
        self.assertEqual(preview["end_of_service"], "2026-05-31")

    def test_what_is_on_hold_is_cancelled_with_the_term(self):
        """Also by the customer, and where the hold is yet to begin. What is on hold is
        not renewed: there is no notice to keep, and nothing is owed."""
        for policy in ("automatic", "quotation"):
            for day in ("2026-03-10", "2026-03-20"):
                with self.subTest(policy=policy, day=day):
                    contract = self._subscribe("2026-02-01")
                    contract.write({"renewal_policy": policy, "user_id": self.user.id})
                    contract.run_billing()
                    pause = {"type": "pause", "effective": "date", "date": day}
                    total = contract.preview_change(pause)["total"]
                    contract.apply_change(pause, total)
                    preview = contract.with_user(self.portal).preview_cancellation()
                    self.assertEqual(preview["end_of_service"], "2027-01-31")
                    self.assertEqual(preview["total"], 0.0)
                    options = {"reason_id": self.reason.id}
                    contract.with_user(self.portal).cancel_by_customer(options, 0.0)
                    line = contract.contract_line_ids
                    self.assertEqual(str(line.cancelled_from), "2027-02-01")
                    with self.assertRaisesRegex(UserError, "not paused"):
                        contract.preview_change({"type": "resume"})
                    contract.withdraw_cancellation(0.0)
                    self.assertTrue(line.is_on_hold)
                    with freeze_time("2026-04-01"):
                        resume = {"type": "resume"}
                        contract.apply_change(
                            resume, contract.preview_change(resume)["total"]
                        )
                        contract.run_billing()
                        self.assertEqual(contract.mrr, 100.0)

    def test_a_line_on_hold_ends_with_the_others(self):
        order = self._sell(self.product, self.machine, self.product, start="2026-02-01")
        contract = order._get_contracts()
        contract.run_billing()
        held, runs = contract.contract_line_ids
        pause = {"type": "pause", "line_id": held.id}
        contract.apply_change(pause, contract.preview_change(pause)["total"])
        with freeze_time("2027-01-10"):
            # The notice comes too late: what runs goes on for another term.
            total = contract.preview_cancellation()["total"]
            contract.cancel_subscription(self._options(), total)
        self.assertEqual(str(contract.service_end_date), "2028-01-31")
        lines = held | runs.successor_contract_line_id
        self.assertEqual(set(lines.mapped("cancelled_from")), {self._day("2028-02-01")})
        self.assertFalse(held.successor_contract_line_id)
        with freeze_time("2027-01-11"):
            contract.withdraw_cancellation(0.0)
        self.assertTrue(held.is_on_hold)

    def test_late_notice_of_a_term_that_goes_on_without_an_end(self):
        """Renewed late or not yet: the service ends with a period after the term."""
        self.contract.renewal_term_count = 0
        with freeze_time("2027-01-10"):
            preview = self.contract.preview_cancellation()
            self.assertEqual(preview["end_of_service"], "2027-02-28")
            self._cancel()
        ends = self.contract.contract_line_ids.mapped("date_end")
        self.assertEqual(max(ends), self._day("2027-02-28"))

    def test_contracts_own_notice_period_holds(self):
        self.plan.notice_days = 1
        self.contract.renewal_notice_days = 90
        self.assertEqual(
            self.contract.preview_cancellation()["notice_deadline"], "2026-11-02"
        )

    # === MONEY === #
    def test_shorter_notice_is_credited_to_the_day(self):
        preview = self.contract.with_user(self.manager).preview_cancellation(
            {"end_of_service": "2026-03-15"}
        )
        self.assertEqual(preview["credited"], -51.61)  # 16 of 31 days of 100.00
        self.assertEqual(preview["total"], -51.61)
        self.assertFalse(preview["keeps_notice"])
        answer = self._cancel(user=self.manager, end_of_service="2026-03-15")
        refund = self.env["account.move"].browse(answer["invoice_ids"])
        self.assertEqual(refund.move_type, "out_refund")
        self.assertEqual(refund.amount_untaxed, 51.61)
        with freeze_time("2026-05-01"):
            self.assertEqual(self.contract.subscription_state, "ended")
            self.assertEqual(self.contract.run_billing()["billed"], 0)

    def test_only_managers_shorten_the_notice(self):
        with self.assertRaisesRegex(AccessError, "only a subscription manager"):
            self._cancel(end_of_service="2026-03-15")
        self.assertFalse(self.contract.service_end_date)

    def test_total_that_moved_is_refused(self):
        with self.assertRaisesRegex(UserError, "expected_total"):
            self.contract.with_user(self.user).cancel_subscription(
                self._options(), 900.0
            )

    # === WHAT FOLLOWS === #
    def test_cancelled_contract_says_so_and_is_not_renewed(self):
        self._cancel(comment="moved away")
        self.assertRecordValues(
            self.contract,
            [
                {
                    "service_end_date": self._day("2027-01-31"),
                    "cancel_reason_id": self.reason.id,
                    "cancel_comment": "moved away",
                    "cancelled_on": self._day(TODAY),
                    "cancelled_by_customer": False,
                    "renewal_date": False,
                    "subscription_state": "active",
                }
            ],
        )
        self.assertIn("Too expensive", self.contract.message_ids[0].body)
        with freeze_time("2027-01-20"):
            self.assertFalse(self.contract._run_renewal_steps())
        self.assertEqual(len(self.contract.contract_line_ids), 1)

    def test_second_click_is_told_when_it_ends(self):
        self._cancel()
        with self.assertRaisesRegex(UserError, "ends on 2027-01-31"):
            self._cancel()

    def test_open_renewal_quotation_is_withdrawn(self):
        self.contract.renewal_policy = "quotation"
        order = self.env["sale.order"].browse(
            self.contract.renew({"mode": "quotation"})[0]["sale_order_id"]
        )
        self._cancel()
        self.assertEqual(order.state, "cancel")

    # === WITHDRAWN === #
    def _withdraw(self, user=None):
        contract = self.contract.with_user(user or self.user)
        return contract.withdraw_cancellation(contract.preview_withdrawal()["total"])

    def test_withdrawn_before_the_service_ends(self):
        self.contract.renewal_policy = "quotation"
        order = self.env["sale.order"].browse(
            self.contract.renew({"mode": "quotation"})[0]["sale_order_id"]
        )
        before = self.contract.preview_schedule(limit=20)
        renewal = self.contract.renewal_date
        self._cancel()
        self.assertFalse(self.contract.renewal_date)
        answer = self._withdraw()
        self.assertEqual((answer["total"], answer["invoice_ids"]), (0.0, []))
        self.assertEqual(self.contract.preview_schedule(limit=20), before)
        self.assertEqual(self.contract.renewal_date, renewal)
        self.assertFalse(self.contract.service_end_date)
        self.assertFalse(self.contract.cancel_reason_id)
        self.assertIn("withdrawn", self.contract.message_ids[0].body)
        again = self.contract.renew({"mode": "quotation"})[0]
        self.assertTrue(again["created"])
        self.assertNotEqual(again["sale_order_id"], order.id)
        with self.assertRaisesRegex(UserError, "not cancelled"):
            self._withdraw()
        # It can be cancelled anew.
        self._cancel()
        self.assertTrue(self.contract.service_end_date)

    def test_withdrawal_charges_what_was_credited(self):
        before = self.contract.preview_schedule(limit=5)
        cancelled = self._cancel(user=self.manager, end_of_service="2026-03-15")
        self.assertLess(cancelled["credited"], 0.0)
        preview = self.contract.with_user(self.user).preview_withdrawal()
        self.assertEqual(preview["total"], -cancelled["credited"])
        self.assertEqual(self.contract.withdrawal_total, preview["total"])
        with self.assertRaisesRegex(UserError, "expected_total"):
            self.contract.with_user(self.user).withdraw_cancellation(0.0)
        answer = self._withdraw()
        move = self.env["account.move"].browse(answer["invoice_ids"])
        self.assertEqual(move.amount_untaxed, preview["total"])
        self.assertEqual(self.contract.preview_schedule(limit=5), before)
        self.assertEqual(self.contract.run_billing()["billed"], 0)
        self.assertEqual(self.contract.mrr, 100.0)

    def test_withdrawal_in_another_currency_is_not_offered(self):
        """What was credited can't be charged again in it; the form opens still."""
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": euro.id, "name": "2026-01-01", "rate": 0.9}
        )
        self._cancel(user=self.manager, end_of_service="2026-03-16")
        self.assertTrue(self.contract.withdrawal_total)
        self.contract.manual_currency_id = euro
        self.contract.invalidate_recordset()
        self.assertFalse(self.contract.withdrawal_total)
        self.assertFalse(self.contract._can_withdraw())

    def test_withdrawal_ends_with_the_service(self):
        self._cancel(user=self.manager, end_of_service="2026-03-15")
        with freeze_time("2026-03-15"):
            self.assertEqual(
                self.contract.preview_withdrawal()["contract_id"], self.contract.id
            )
        with freeze_time("2026-03-16"), self.assertRaisesRegex(UserError, "ended on"):
            self._withdraw()

    def test_rights_of_withdrawal(self):
        self._cancel()
        for user in (self.salesman, self.reader, self.portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.contract.with_user(user).withdraw_cancellation(0.0)
        with self.assertRaises(AccessError):
            self.contract.with_user(self.other_portal).preview_withdrawal()
        # The agent cancelled it: the customer asks the agent.
        with self.assertRaisesRegex(UserError, "can't be withdrawn here"):
            self.contract.with_user(self.portal).withdraw_by_customer(0.0)

    def test_customer_withdraws_his_own(self):
        contract = self.contract.with_user(self.portal)
        total = contract.preview_cancellation()["total"]
        contract.cancel_by_customer(self._options(), total)
        with self.assertRaises(AccessError):
            self.contract.with_user(self.other_portal).withdraw_by_customer(0.0)
        contract.withdraw_by_customer(contract.preview_withdrawal()["total"])
        self.assertFalse(self.contract.service_end_date)
        self.assertIn("withdrawn", self.contract.activity_ids.sorted("id")[-1].summary)

    # === CHECKS === #
    def test_options_are_checked(self):
        other = self.env.ref("crm_subscription.reason_other")
        for options, text in (
            ({}, "reason_id"),
            ({"reason_id": 999999}, "999999"),
            ({"reason_id": other.id}, "comment"),
            ({"reason_id": other.id, "comment": "  "}, "comment"),
            ({"reason_id": self.reason.id, "end_of_service": "soon"}, "soon"),
            ({"reason_id": self.reason.id, "end_of_service": "2025-01-01"}, "2025"),
            ({"reason_id": self.reason.id, "end_of_service": "2027-02-01"}, "2027"),
            ({"reason_id": self.reason.id, "day": 1}, "day"),
        ):
            with self.subTest(options=options), self.assertRaisesRegex(UserError, text):
                self.contract.cancel_subscription(options, 1000.0)
        both = self.contract | self._subscribe("2026-02-01")
        with self.assertRaisesRegex(UserError, "one contract"):
            both.preview_cancellation()

    def test_rights(self):
        for user in (self.salesman, self.reader, self.portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.contract.with_user(user).cancel_subscription(
                    self._options(), 1000.0
                )
        self.contract.user_id = self.manager
        with self.assertRaises(AccessError):
            self._cancel(user=self.user)
        with self.assertRaises(AccessError):
            self.contract.with_user(self.other_portal).preview_cancellation()

    # === PORTAL === #
    def test_customer_cancels_his_own(self):
        contract = self.contract.with_user(self.portal)
        preview = contract.preview_cancellation()
        answer = contract.cancel_by_customer(self._options(), preview["total"])
        self.assertEqual(answer["end_of_service"], "2027-01-31")
        self.assertTrue(self.contract.cancelled_by_customer)
        activity = self.contract.activity_ids
        self.assertEqual(activity.user_id, self.user)
        self.assertIn("Too expensive", activity.summary)

    def test_customer_keeps_the_notice_and_the_plan_decides(self):
        contract = self.contract.with_user(self.portal)
        with self.assertRaisesRegex(UserError, "end_of_service"):
            contract.cancel_by_customer(
                self._options(end_of_service="2026-03-15"), -51.61
            )
        with self.assertRaises(AccessError):
            self.contract.with_user(self.other_portal).cancel_by_customer(
                self._options(), 1000.0
            )
        with self.assertRaisesRegex(UserError, "reason_id"):
            contract.cancel_by_customer({}, 1000.0)
        self.plan.portal_cancel = False
        with self.assertRaisesRegex(UserError, "can't be cancelled here"):
            contract.cancel_by_customer(self._options(), 1000.0)

    def test_salesperson_can_not_cancel_as_customer(self):
        with self.assertRaisesRegex(UserError, "can't be cancelled here"):
            self.contract.with_user(self.user).cancel_by_customer(
                self._options(), 1000.0
            )

    # === DIALOG === #
    def test_dialog_shows_the_total_before_it_is_done(self):
        wizard = self.env["contract.cancellation.wizard"].with_user(self.manager)
        form = Form(wizard.with_context(active_id=self.contract.id))
        self.assertEqual((form.total, form.owed), (1000.0, 1000.0))
        self.assertEqual(str(form.end_of_service), "2027-01-31")
        form.end_of_service = "2026-03-15"
        form.reason_id = self.reason
        self.assertEqual(form.total, -51.61)
        self.assertIn("51.61", form.detail)
        form.save().action_confirm()
        self.assertEqual(str(self.contract.service_end_date), "2026-03-15")
