# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import SubscriptionCommon

# Terms of a year from 1 February 2026 end on 31 January 2027; 30 days before:
NOTICE_DAY = "2027-01-01"
MONTH_BEFORE = ["activity", "notice", "opportunity", "quotation"]


@tagged("post_install", "-at_install")
@freeze_time(NOTICE_DAY)
class TestRenewal(SubscriptionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("ko_KR")
        cls.env["ir.module.module"]._load_module_terms(["crm_subscription"], ["ko_KR"])
        cls.customer.lang = "ko_KR"
        cls.contract = cls._subscribe("2026-02-01")
        cls.line = cls.contract.contract_line_ids
        cls.contract.run_billing()

    def _run_cron(self):
        with self.enter_registry_test_mode():
            self.env.ref("crm_subscription.ir_cron_renewal").method_direct_trigger()
        self.env.invalidate_all()

    def _keys(self):
        return sorted(self.contract.renewal_step_ids.mapped("action"))

    def _mails(self):
        return self.env["mail.mail"].search(
            [
                ("model", "=", "contract.contract"),
                ("res_id", "=", self.contract.id),
                ("recipient_ids", "in", self.customer.ids),
            ]
        )

    # === STEPS === #
    def test_nothing_happens_before_the_first_step(self):
        with freeze_time("2026-12-31"):
            self._run_cron()
            self.assertEqual(self.contract.subscription_state, "active")
            self.assertEqual(str(self.contract.next_step_date), NOTICE_DAY)
        self.assertFalse(self.contract.renewal_step_ids)

    def test_each_step_once_however_often_the_cron_runs(self):
        for _run in range(3):
            self._run_cron()
        with freeze_time("2027-01-20"):
            self._run_cron()
        self.assertEqual(self._keys(), MONTH_BEFORE)
        self.assertEqual(len(self._mails()), 1)
        renewal = self.env.ref("crm_subscription.mail_activity_type_renewal")
        self.assertEqual(self.contract.activity_ids.activity_type_id, renewal)
        self.assertEqual(self.contract.activity_ids.user_id, self.salesman)
        orders = self.env["sale.order"].search(
            [("renewal_contract_id", "=", self.contract.id)]
        )
        self.assertEqual(len(orders), 1)
        self.assertEqual(self.contract.subscription_state, "to_renew")

    def test_steps_missed_while_the_server_was_down_are_done_late(self):
        with freeze_time("2027-01-30"):
            self._run_cron()
        self.assertEqual(self._keys(), sorted([*MONTH_BEFORE, "escalation"]))
        self.assertEqual(set(self.contract.renewal_step_ids.mapped("state")), {"late"})

    def test_notice_is_queued_to_the_customer(self):
        self._run_cron()
        mail = self._mails()
        self.assertEqual(mail.state, "outgoing")
        self.assertEqual(mail.recipient_ids, self.customer)
        self.assertIn(self.contract.name, mail.subject)
        self.assertIn("105", mail.body_html)
        self.assertIn(self.contract.renewal_order_id.access_token, mail.body_html)
        step = self.contract.renewal_step_ids.filtered(lambda s: s.action == "notice")
        self.assertEqual(step.mail_message_id, mail.mail_message_id)

    def test_who_has_no_address_is_told_by_the_salesperson(self):
        self.customer.email = False
        for _run in range(2):
            self._run_cron()
        self.assertFalse(self._mails())
        step = self.contract.renewal_step_ids.filtered(lambda s: s.action == "notice")
        self.assertFalse(step.mail_message_id)
        self.assertEqual(step.activity_id.user_id, self.salesman)
        self.assertEqual(step.activity_id.summary, "Tell the customer")
        self.assertIn(self.customer.name, step.activity_id.note)
        self.assertEqual(len(self.contract.activity_ids), 2)

    def test_notice_is_in_the_customers_language(self):
        self._run_cron()
        self.assertIn("만료됩니다", self._mails().subject)
        self.assertIn("제안 확인 및 서명하기", self._mails().body_html)
        self.assertIn("2027.01.31", self._mails().body_html)

    def test_the_database_allows_each_step_once(self):
        self._run_cron()
        step = self.contract.renewal_step_ids[0]
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            with self.env.cr.savepoint():
                step.copy({"date_planned": False})
                self.env.flush_all()

    def test_failing_step_is_parked_and_done_the_next_night(self):
        with patch.object(
            type(self.contract),
            "_make_quotation",
            side_effect=UserError("no pricelist"),
        ):
            self._run_cron()
        self.assertFalse(self.contract.renewal_step_ids)
        incident = self.env["crm.suite.incident"].search(
            [
                ("kind", "=", "crm_subscription.renewal"),
                ("state", "=", "open"),
                ("res_id", "=", self.contract.id),
            ]
        )
        self.assertIn("no pricelist", incident.reason)
        self._run_cron()
        self.assertEqual(self._keys(), MONTH_BEFORE)
        self.assertEqual(incident.state, "settled")

    def test_policy_end_sends_the_notice_and_no_quotation(self):
        self.contract.renewal_policy = "end"
        self._run_cron()
        self.assertEqual(self._keys(), ["activity", "notice", "opportunity"])
        with freeze_time("2027-03-01"):
            self.assertEqual(self.contract.subscription_state, "ended")

    def test_what_is_renewed_leaves_nothing_to_do(self):
        """The salesperson's activity and the leader's go; what a person planned, what
        is about a line of its own and what is told on that very night stays."""
        self._run_cron()
        kind = self.env.ref("crm_subscription.mail_activity_type_renewal")
        [asked] = self.contract.activity_ids
        step = self.contract.renewal_step_ids.filtered("activity_id")
        self.assertEqual((step.action, step.activity_id), ("activity", asked))
        with freeze_time("2027-01-05"):
            own = self.contract.activity_schedule(
                "crm_subscription.mail_activity_type_renewal", automated=False
            )
            alone = self.contract.activity_schedule(
                "crm_subscription.mail_activity_type_renewal", summary="ends alone"
            )
        with freeze_time("2027-01-25"):
            self._run_cron()
        self.assertEqual(len(self.contract.activity_ids), 4)
        with freeze_time("2027-01-26"):
            self.contract.with_user(self.manager).renew({"mode": "automatic"})
        self.assertEqual(self.contract.activity_ids, own + alone)
        self.assertEqual(own.activity_type_id, kind)

    def test_who_is_told_on_the_night_of_the_renewal_is_told(self):
        self.contract.renewal_policy = "automatic"
        self.contract.renewal_notice_days = 30
        self._run_cron()
        step = self.contract.renewal_step_ids.filtered(lambda s: s.key == "renewal")
        self.assertEqual(step.state, "done")
        self.assertEqual(str(step.date_planned), NOTICE_DAY)
        self.assertEqual(len(self.contract.activity_ids), 1)

    def test_terms_from_the_last_of_january_do_not_drift(self):
        """Terms and periods of a month begin on the same days: no bill is cut in two.
        The forecast and a cancellation count the same terms."""
        plan = self._make_plan(
            term_unit="month", renewal_policy="automatic", uplift_percent=0.0
        )
        product = self._make_product("Monthly Service", 31.0, plan)
        with freeze_time("2026-01-31"):
            contract = self._subscribe("2026-01-31", product=product)
            contract.run_billing()
        for day in ("2026-02-20", "2026-03-20", "2026-04-20"):
            with freeze_time(day):
                contract.renew({"mode": "automatic"})
                contract.run_billing({"date": day})
        with freeze_time("2026-05-20"):
            contract.run_billing()
            ends = contract._iter_ends_of_service()
            self.assertEqual(
                [str(next(ends)) for _number in range(2)], ["2026-05-30", "2026-06-29"]
            )
        lines = contract.contract_line_ids.sorted("date_start")
        self.assertEqual(
            lines.mapped(lambda line: str(line.date_end)),
            ["2026-02-27", "2026-03-30", "2026-04-29", "2026-05-30"],
        )
        rows = contract.period_ids.sorted("period_start")
        self.assertEqual(rows.mapped("period_start"), lines.mapped("date_start"))
        self.assertEqual(rows.mapped("period_end"), lines.mapped("date_end"))
        self.assertEqual(set(rows.mapped("amount")), {31.0})

    def test_terminated_contract_is_left_alone(self):
        self.contract.is_terminated = True
        self._run_cron()
        self.assertFalse(self.contract.renewal_step_ids)

    def test_done_steps_are_archived_not_deleted(self):
        self._run_cron()
        with self.assertRaisesRegex(UserError, "archive"):
            self.plan.step_ids.filtered(lambda s: s.action == "notice").unlink()

    # === QUOTATION === #
    def test_quotation_has_the_agreed_uplift(self):
        self._run_cron()
        order = self.contract.renewal_order_id
        self.assertRecordValues(
            order,
            [
                {
                    "partner_id": self.customer.id,
                    "state": "sent",
                    "user_id": self.salesman.id,
                    "renewal_term_end": self._day("2027-01-31"),
                    "subscription_start_date": self._day("2027-02-01"),
                    "require_signature": True,
                    "validity_date": self._day("2027-01-31"),
                    "amount_untaxed": 105.0,
                }
            ],
        )
        order.order_line.product_uom_qty = 3
        self.assertEqual(order.order_line.price_unit, 105.0)

    def test_accepted_quotation_makes_the_successor_once(self):
        self._run_cron()
        order = self.contract.renewal_order_id
        order.action_confirm()
        successor = self.line.successor_contract_line_id
        self.assertRecordValues(
            successor,
            [
                {
                    "date_start": self._day("2027-02-01"),
                    "date_end": self._day("2028-01-31"),
                    "anchor_date": self._day("2026-02-01"),
                    "price_unit": 105.0,
                    "quantity": 1.0,
                    "line_root_id": self.line.id,
                    "subscription_sale_line_id": order.order_line.id,
                    "last_date_invoiced": False,
                }
            ],
        )
        self.assertEqual(len(self.contract.contract_line_ids), 2)
        self.assertFalse(order.picking_ids)
        self.assertEqual(order.invoice_status, "no")
        self.assertEqual(order.subscription_contract_count, 1)
        self.assertEqual(self.contract.subscription_order_count, 2)
        self._run_cron()
        self.assertEqual(len(self.contract.contract_line_ids), 2)

    def test_renewed_contract_bills_on_at_the_new_price(self):
        self.contract.renew({"mode": "quotation"})
        self.contract.renewal_order_id.action_confirm()
        with freeze_time("2027-02-01"):
            self.contract.run_billing()
            self.assertEqual(self.contract.subscription_state, "active")
            self.assertEqual(self.contract.renewal_date, self._day("2028-02-01"))
        row = self.contract.period_ids.sorted("period_start")[-1]
        self.assertEqual((str(row.period_start), row.amount), ("2027-02-01", 105.0))
        self.assertEqual(len(self._periods(self.contract)), 13)

    def test_changed_quantity_is_renewed_and_removed_line_ends(self):
        second = self._make_product("Second", 40.0, self.plan)
        contract = self._sell(self.product, second, start="2026-02-01")._get_contracts()
        contract.renew()
        order = contract.renewal_order_id
        first, other = order.order_line
        first.product_uom_qty = 4
        other.unlink()
        order.action_confirm()
        old_first, old_other = contract.contract_line_ids.filtered("period_ids") or (
            contract.contract_line_ids.filtered(
                lambda x: not x.predecessor_contract_line_id
            )
        )
        self.assertEqual(old_first.successor_contract_line_id.quantity, 4.0)
        self.assertFalse(old_other.successor_contract_line_id)

    def test_late_acceptance_goes_on_from_the_day_after_the_end(self):
        self._run_cron()
        with freeze_time("2027-03-05"):
            self.contract.renewal_order_id.action_confirm()
            self.contract.run_billing()
        self.assertEqual(
            self._periods(self.contract)[-2:],
            [("2027-02-01", "2027-02-28"), ("2027-03-01", "2027-03-31")],
        )

    def test_quotation_after_an_automatic_renewal_is_refused(self):
        self._run_cron()
        order = self.contract.renewal_order_id
        self.contract.renew({"mode": "automatic"})
        self.assertEqual(order.state, "cancel")
        with self.assertRaisesRegex(UserError, "requiring confirmation"):
            order.action_confirm()
        order.action_draft()
        with self.assertRaisesRegex(UserError, "renewed already"):
            order.action_confirm()

    def test_two_quotations_for_one_term_are_refused_by_the_database(self):
        self._run_cron()
        vals = self.contract._prepare_quotation(
            self._day("2027-01-31"), self._day("2027-02-01")
        )
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            with self.env.cr.savepoint():
                self.env["sale.order"].create(vals)
                self.env.flush_all()

    def test_cancelled_renewal_order_frees_the_term(self):
        self.contract.renew()
        order = self.contract.renewal_order_id
        order.action_confirm()
        successor = self.line.successor_contract_line_id
        order._action_cancel()
        self.assertTrue(successor.is_canceled)
        self.assertFalse(self.line.successor_contract_line_id)
        self.assertTrue(self.contract.renew({"mode": "automatic"})[0]["created"])

    # === RENEW BY RPC === #
    def test_renew_answers_what_exists(self):
        contract = self.contract.with_user(self.manager)
        first = contract.renew({"mode": "quotation"})[0]
        again = contract.renew({"mode": "quotation"})[0]
        self.assertTrue(first["created"])
        self.assertEqual(again, dict(first, created=False))
        self.assertEqual(first["sale_order_id"], self.contract.renewal_order_id.id)
        self.assertEqual(contract.action_renew()["res_id"], first["sale_order_id"])

    def test_cancelled_renewal_order_gives_back_plan_and_planned_changes(self):
        change = {"type": "price", "line_id": self.line.id, "price_unit": 77.0}
        self.contract.apply_change(dict(change, effective="renewal"), 0.0)
        plan, yearly = self.plan, self._make_plan(name="Yearly", unit="year")
        self.contract.renew()
        order = self.contract.renewal_order_id
        self.assertEqual(order.order_line.price_unit, 77.0)
        order.order_line.subscription_plan_id = yearly
        order.action_confirm()
        self.assertEqual(self.contract.subscription_plan_id, yearly)
        order._action_cancel()
        self.assertEqual(self.contract.subscription_plan_id, plan)
        self.contract.renew()
        line = self.contract.renewal_order_id.order_line
        self.assertEqual((line.price_unit, line.subscription_plan_id), (77.0, plan))

    def test_cancelled_quotation_can_be_made_anew(self):
        first = self.contract.renew()[0]
        self.contract.renewal_order_id._action_cancel()
        second = self.contract.renew()[0]
        self.assertTrue(second["created"])
        self.assertNotEqual(first["sale_order_id"], second["sale_order_id"])

    def test_renew_automatically_once(self):
        contract = self.contract.with_user(self.manager)
        first = contract.renew({"mode": "automatic", "uplift_percent": 10.0})[0]
        again = contract.renew({"mode": "automatic"})[0]
        self.assertEqual(again, dict(first, created=False))
        self.assertEqual(first["sale_order_id"], False)
        successor = self.line.successor_contract_line_id
        self.assertEqual(first["successor_line_ids"], successor.ids)
        self.assertEqual(successor.price_unit, 110.0)

    def test_ocas_renew_button_of_a_plan_line_renews_the_contract(self):
        self.assertEqual(self.line.renew(), self.line.successor_contract_line_id)
        self.line.renew()
        self.assertEqual(len(self.contract.contract_line_ids), 2)

    def test_later_start_begins_a_new_cycle(self):
        self.contract.renew({"mode": "automatic", "date": "2027-02-10"})
        successor = self.line.successor_contract_line_id
        self.assertEqual(str(successor.anchor_date), "2027-02-10")
        self.assertEqual(str(successor.recurring_next_date), "2027-02-10")

    def test_renew_options_are_checked(self):
        for options, name in (
            ({"mode": "magic"}, "mode"),
            ({"uplift_percent": "ten"}, "uplift_percent"),
            ({"date": "2027-01-31"}, "date"),
            ({"price": 1}, "price"),
        ):
            with self.subTest(options=options), self.assertRaisesRegex(UserError, name):
                self.contract.renew(options)
        self.plan.term_count = 0
        endless = self._subscribe("2026-02-01")
        with self.assertRaisesRegex(UserError, "no end of term"):
            endless.renew()

    def test_rights_to_renew(self):
        with self.assertRaises(AccessError):
            self.contract.with_user(self.salesman).renew()
        with self.assertRaises(AccessError):
            self.contract.with_user(self.portal).renew()
        with self.assertRaises(AccessError):
            self.contract.with_user(self.user).renew()
        self.contract.user_id = self.user
        self.assertTrue(self.contract.with_user(self.user).renew()[0]["created"])


@tagged("post_install", "-at_install")
@freeze_time(NOTICE_DAY)
class TestAutomaticRenewal(SubscriptionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan.renewal_policy = "automatic"
        cls.contract = cls._subscribe("2026-02-01")

    def _run_cron(self):
        with self.enter_registry_test_mode():
            self.env.ref("crm_subscription.ir_cron_renewal").method_direct_trigger()
        self.env.invalidate_all()

    def test_it_renews_by_itself_once_a_year(self):
        self._run_cron()
        self._run_cron()
        line, successor = self.contract.contract_line_ids.sorted("date_start")
        self.assertEqual(line.successor_contract_line_id, successor)
        self.assertEqual(successor.price_unit, 105.0)
        self.assertEqual(self.contract.subscription_state, "active")
        with freeze_time("2028-01-01"):
            self._run_cron()
        self.assertEqual(len(self.contract.contract_line_ids), 3)
        self.assertEqual(
            self.contract.contract_line_ids.sorted("date_start")[-1].price_unit, 110.25
        )

    def test_renewed_late_without_a_gap(self):
        with freeze_time("2027-02-20"):
            self._run_cron()
            self.contract.run_billing()
        periods = self._periods(self.contract)
        self.assertEqual(len(periods), 13)
        self.assertEqual(periods[-1], ("2027-02-01", "2027-02-28"))

    def test_notice_period_decides_the_day(self):
        self.contract.renewal_notice_days = 10
        self._run_cron()
        self.assertEqual(len(self.contract.contract_line_ids), 1)
        with freeze_time("2027-01-21"):
            self._run_cron()
        self.assertEqual(len(self.contract.contract_line_ids), 2)

    def test_oca_auto_renew_lines_without_a_plan_are_extended_in_isolation(self):
        good = self._make_oca_contract(
            date_end="2027-01-30", is_auto_renew=True, auto_renew_rule_type="yearly"
        )
        bad = self._make_oca_contract(
            date_end="2027-01-30", is_auto_renew=True, auto_renew_rule_type="yearly"
        )
        original = type(self.env["contract.line"])._renew_extend_line

        broken = UserError("broken")

        def failing(line, date_end):
            if line.contract_id == bad:
                raise broken
            return original(line, date_end)

        with patch.object(type(good.contract_line_ids), "_renew_extend_line", failing):
            self.env["contract.line"].cron_renew_contract_line()
        self.assertEqual(str(good.contract_line_ids.date_end), "2028-01-30")
        self.assertEqual(str(bad.contract_line_ids.date_end), "2027-01-30")
        self.assertTrue(
            self.env["crm.suite.incident"].search([("res_id", "=", bad.id)])
        )
        with self.assertRaises(AccessError):
            self.env["contract.line"].with_user(
                self.salesman
            ).cron_renew_contract_line()

    def test_new_line_on_a_renewal_order_starts_with_the_next_term(self):
        self.contract.renewal_policy = "quotation"
        self.contract.renew()
        order = self.contract.renewal_order_id
        extra = self._make_product("Extra", 7.0, self.plan)
        order.order_line = [Command.create({"product_id": extra.id})]
        order.action_confirm()
        line = order.order_line[-1].subscription_line_ids
        self.assertEqual(line.contract_id, self.contract)
        self.assertEqual(str(line.date_start), "2027-02-01")
        self.assertEqual(str(line.date_end), "2028-01-31")
