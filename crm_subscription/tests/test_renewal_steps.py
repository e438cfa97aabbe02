# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .common import SubscriptionCommon
from .test_renewal import NOTICE_DAY


@tagged("post_install", "-at_install")
@freeze_time(NOTICE_DAY)
class TestRenewalSteps(SubscriptionCommon):
    """A term until 31 January 2027; all but the escalation are planned for today."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leader = new_test_user(
            cls.env, "sub_leader", "sales_team.group_sale_salesman_all_leads"
        )
        cls.team = cls.env["crm.team"].create(
            {
                "name": "North",
                "user_id": cls.leader.id,
                "member_ids": [Command.set(cls.salesman.ids)],
            }
        )
        cls.contract = cls._subscribe("2026-02-01", quantity=2)
        cls.ours = cls.contract.with_user(cls.manager)

    def _states(self, day=False):
        return {
            row["action"]: (row["state"], row["outcome"])
            for row in self.ours.preview_steps(day)
        }

    def _key(self, action):
        rows = self.ours.preview_steps()
        return next(row["key"] for row in rows if row["action"] == action)

    def _run(self, day=NOTICE_DAY):
        with freeze_time(day):
            return self.contract._run_renewal_steps()

    # === PREVIEW === #
    def test_preview_tells_what_a_run_would_do(self):
        with freeze_time("2026-12-01"):
            rows = self.ours.preview_steps()
            self.assertEqual({row["outcome"] for row in rows}, {"wait"})
            self.assertEqual({row["state"] for row in rows}, {"planned"})
            self.assertEqual(
                [row["date"] for row in rows], [NOTICE_DAY] * 4 + ["2027-01-24"]
            )
            self.assertEqual(rows[0]["term_end"], "2027-01-31")
        states = self._states("2027-01-24")
        self.assertEqual(states["escalation"], ("planned", "run"))
        self.assertEqual(states["notice"], ("planned", "late"))

    def test_preview_equals_what_is_done(self):
        self.plan.step_ids.filtered(lambda s: s.action == "notice").write(
            {"missed": "drop", "grace_days": 2}
        )
        for day in ("2026-12-31", "2027-01-01", "2027-01-03", "2027-01-04"):
            with self.subTest(day=day), self.cr.savepoint() as savepoint:
                with freeze_time(day):
                    planned = self._states()
                    self._run(day)
                    found = self._states()
                outcome = {"run": "done", "late": "late", "drop": "dropped"}
                for action, (_state, wanted) in planned.items():
                    expected = outcome.get(wanted, "planned")
                    self.assertEqual(found[action][0], expected, action)
                savepoint.rollback()
                self.env.invalidate_all()

    def test_preview_asks_for_rights_and_a_date(self):
        for value in ("soon", "2027-02-30", "2027-2-3", 20270203):
            with self.subTest(value=value):
                with self.assertRaisesRegex(UserError, "not a date"):
                    self.ours.preview_steps(value)
        with self.assertRaises(AccessError):
            self.contract.with_user(self.portal).preview_steps()
        self.assertTrue(self.contract.with_user(self.salesman).preview_steps())

    def test_the_job_looks_as_far_ahead_as_the_first_step(self):
        contracts = self.env["contract.contract"]

        def found(day):
            with freeze_time(day):
                return self.contract in contracts.search(
                    contracts._get_renewal_domain()
                )

        self.assertTrue(found(NOTICE_DAY))
        self.assertFalse(found("2026-06-01"))
        self.plan.step_ids[:1].days = -244
        self.assertTrue(found("2026-06-01"))
        self.plan.step_ids[:1].days = -30
        self.contract.renewal_notice_days = 240
        self.assertTrue(found("2026-06-01"))
        self.contract.write({"renewal_notice_days": 0, "price_notice_days": 240})
        self.assertTrue(found("2026-06-01"))
        # The new prices are told from 22 to 29 January.
        self.contract.renewal_notice_days = 366
        self.assertTrue(found("2026-01-23"))
        self.assertFalse(found("2026-01-15"))

    # === MISSED === #
    def test_missed_step_is_dropped_by_its_own_rule(self):
        notice = self.plan.step_ids.filtered(lambda s: s.action == "notice")
        notice.write({"missed": "drop", "grace_days": 3})
        done = self._run("2027-01-05")
        self.assertNotIn(notice._get_key(), done)
        self.assertEqual(self._states()["notice"], ("dropped", False))
        self.assertEqual(self._states()["quotation"], ("late", False))
        self.assertEqual(self._run("2027-01-05"), [])
        mails = self.env["mail.mail"].search(
            [("model", "=", "contract.contract"), ("res_id", "=", self.contract.id)]
        )
        self.assertFalse(mails.filtered(lambda m: self.customer in m.recipient_ids))

    def test_another_plan_does_not_do_its_steps_again(self):
        """The customer has the notice, the salesperson the activity; what the new plan
        plans for a later day is still done."""
        self._run()
        quarterly = self._make_plan(name="Quarterly", unit="quarter")
        notice = quarterly.step_ids.filtered(lambda step: step.action == "notice")
        notice.copy({"days": -10})
        change = {"type": "plan", "plan_id": quarterly.id}
        self.ours.apply_change(change, self.ours.preview_change(change)["total"])
        self.assertEqual(self.contract.subscription_plan_id, quarterly)
        self.assertEqual(self._run("2027-01-02"), [])
        planned = [item.step.action for item in self.contract._get_planned_steps()]
        self.assertEqual(planned, ["notice", "escalation"])
        self.assertEqual(len(self._run("2027-01-21")), 1)

    # === STOP, SKIP, RUN === #
    def test_stopped_step_waits_until_it_is_taken_up(self):
        key = self._key("notice")
        self.assertEqual(self.ours.stop_step(key)["state"], "stopped")
        self.assertNotIn(key, self._run())
        self.assertEqual(self.ours.resume_step(key)["state"], "planned")
        self.assertEqual(self._run(), [key])

    def test_skipped_step_is_not_done_in_this_term(self):
        key = self._key("quotation")
        self.assertEqual(self.ours.skip_step(key)["state"], "skipped")
        self.assertNotIn(key, self._run())
        self.assertFalse(self.contract.renewal_order_id)
        self.assertTrue(self.ours.renew({"mode": "quotation"})[0]["created"])

    def test_step_is_run_now_and_not_again(self):
        with freeze_time("2026-12-01"):
            key = self._key("activity")
            self.assertEqual(self.ours.run_step(key)["state"], "done")
            with self.assertRaisesRegex(UserError, "not open"):
                self.ours.run_step(key)
        self.assertNotIn(key, self._run())
        renewals = self.contract.activity_ids.filtered(
            lambda a: a.activity_type_id.name == "Renewal"
        )
        self.assertEqual(len(renewals), 1)

    def test_stopped_step_can_be_run(self):
        for action in ("notice", "quotation", "opportunity"):
            with self.subTest(action=action):
                key = self._key(action)
                self.ours.stop_step(key)
                self.assertEqual(self.ours.run_step(key)["state"], "done")
        self.assertTrue(self.contract.renewal_order_id)

    def test_what_is_no_key_is_refused(self):
        for key in (None, 7, {}, ["renewal"]):
            with self.subTest(key=key), self.assertRaisesRegex(UserError, "^key: "):
                self.ours.run_step(key)

    def test_unknown_key_and_rights(self):
        for key in ("nothing", False, 7):
            with self.subTest(key=key), self.assertRaisesRegex(UserError, "key"):
                self.ours.run_step(key)
        key = self._key("notice")
        for user in (self.salesman, self.reader, self.portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.contract.with_user(user).skip_step(key)
        with self.assertRaises(AccessError):
            self.contract.with_user(self.user).skip_step(key)  # another's contract
        self.contract.user_id = self.user
        self.assertTrue(self.contract.with_user(self.user).skip_step(key))

    # === PIPELINE AND ESCALATION === #
    def test_opportunity_in_the_renewal_pipeline(self):
        self._run()
        lead = self.contract.renewal_step_ids.lead_id
        self.assertRecordValues(
            lead,
            [
                {
                    "type": "opportunity",
                    "partner_id": self.customer.id,
                    "user_id": self.salesman.id,
                    "team_id": self.env.ref("crm_subscription.crm_team_renewal").id,
                    "stage_id": self.env.ref(
                        "crm_subscription.crm_stage_renewal_open"
                    ).id,
                    "expected_revenue": 12 * 210.0,
                    "date_deadline": self._day("2027-01-31"),
                }
            ],
        )
        self.assertEqual(self.contract.renewal_order_id.opportunity_id, lead)
        self.contract.renewal_order_id.action_confirm()
        self.assertEqual(lead.won_status, "won")

    def test_cancelled_contract_loses_its_opportunity(self):
        self._run()
        reason = self.env.ref("crm_subscription.reason_price")
        total = self.ours.preview_cancellation()["total"]
        self.ours.cancel_subscription({"reason_id": reason.id}, total)
        self.assertEqual(self.contract.renewal_step_ids.lead_id.won_status, "lost")

    def test_database_allows_one_opportunity_per_term(self):
        self._run()
        vals = self.contract._prepare_opportunity(self._day("2027-01-31"))
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            with self.env.cr.savepoint():
                self.env["crm.lead"].create(vals)
                self.env.flush_all()

    def test_nobody_names_the_contract_of_an_opportunity_by_hand(self):
        with self.assertRaisesRegex(AccessError, "made by the contract"):
            self.env["crm.lead"].with_user(self.leader).create(
                {"name": "mine", "renewal_contract_id": self.contract.id}
            )
        by_default = self.env["crm.lead"].with_user(self.leader)
        by_default = by_default.with_context(
            default_renewal_contract_id=self.contract.id
        )
        with self.assertRaisesRegex(AccessError, "made by the contract"):
            by_default.create({"name": "mine"})

    def test_escalation_only_where_it_is_not_renewed(self):
        self._run()
        self.assertFalse(self.contract.activity_ids.filtered(self._is_leaders))
        with self.cr.savepoint() as savepoint:
            self._run("2027-01-24")
            activity = self.contract.activity_ids.filtered(self._is_leaders)
            self.assertIn("Not renewed yet", str(activity.note))
            savepoint.rollback()
            self.env.invalidate_all()
        self.contract.renewal_order_id.action_confirm()
        self.assertEqual(self._run("2027-01-24"), [])

    def _is_leaders(self, activity):
        return activity.user_id == self.leader

    # === DECLINED === #
    def test_declining_tells_sales_why(self):
        self._run()
        order = self.contract.renewal_order_id
        reason = self.env.ref("crm_subscription.reason_service")
        with self.assertRaisesRegex(UserError, "comment"):
            order.decline_renewal(reason.id)
        order.decline_renewal(reason.id, "slow answers")
        self.assertEqual(order.state, "cancel")
        self.assertEqual(order.renewal_decline_reason_id, reason)
        activity = self.contract.activity_ids.filtered(
            lambda a: "declined" in (a.summary or "")
        )
        self.assertEqual(activity.user_id, self.salesman)
        self.assertIn("slow answers", str(activity.note))
        lead = self.contract.renewal_step_ids.lead_id
        self.assertIn("slow answers", lead.message_ids[0].body)
        self.assertNotIn("quotation", self._run())
        with self.assertRaisesRegex(UserError, "waits for an answer"):
            order.decline_renewal(reason.id, "again")
