# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import datetime, timedelta

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import CustomerCommon
from .test_rights import ALL_DOCUMENTS, AUDITOR, BILLING, SALESPERSON, STOCK

STEP = {"key", "label", "condition", "evidence", "evidence_key", "severity", "count"}
STEP |= {"amount", "since", "days", "partial", "decidable", "model", "domain", "action"}


class StepsCommon(CustomerCommon):
    def _steps(self, user=None, partner=None, **options):
        """Return {key: step} of one customer's open steps.

        The page, which spares searches where its figures are empty, has the same.
        """
        partner = partner or self.customer
        if user:
            partner = partner.with_user(user).with_context(
                allowed_company_ids=user.company_ids.ids
            )
        self.env.flush_all()
        [answer] = partner.get_next_steps(options)
        steps = {step["key"]: step for step in answer["steps"]}
        page = self._ask(partner, user, include=["steps"], **options)[0]["steps"]
        self.assertEqual({step["key"]: step for step in page}, steps)
        return steps

    def _decide(self, key, decision, user=None, **values):
        partner = self.customer.with_user(user) if user else self.customer
        return partner.decide_next_step(key, {"decision": decision, **values})

    @classmethod
    def _sent_quotation(cls, days_ago, partner=None, **values):
        order = cls._order(partner, confirm=False, **values)
        order.write({"state": "sent", "date_order": cls._moment(days_ago)})
        return order

    @classmethod
    def _moment(cls, days_ago):
        return datetime.combine(cls._day(days_ago), datetime.min.time()).replace(
            hour=12
        )

    @classmethod
    def _late_delivery(cls, days_ago):
        picking = cls._order().picking_ids
        picking.scheduled_date = cls._moment(days_ago)
        return picking


@tagged("post_install", "-at_install")
class TestSteps(StepsCommon):
    # === RULES === #

    def test_promised_keys(self):
        self._invoice(100.0, 40)
        [answer] = self.customer.get_next_steps()
        self.assertEqual(set(answer), {"partner_id", "currency", "steps", "aside"})
        [step] = answer["steps"]
        self.assertEqual(set(step), STEP)
        self.assertEqual(set(step["action"]), {"kind", "label", "subject"})

    def test_overdue_by_more_than_the_days_chosen(self):
        self._invoice(100.0, 14)
        self.assertNotIn("overdue", self._steps())
        self._invoice(250.0, 15)
        self._pay(self._invoice(70.0, 90))
        step = self._steps()["overdue"]
        self.assertEqual(step["count"], 1)
        self.assertEqual(step["amount"], 250.0)
        self.assertEqual(step["days"], 15)
        self.assertIn("250", step["evidence"])
        self.assertIn("14", step["condition"])
        self.assertEqual(step["action"]["kind"], "mail")
        self.assertTrue(step["action"]["subject"])
        self.company.crm_step_overdue_days = 13
        self.assertEqual(self._steps()["overdue"]["amount"], 350.0)

    def test_the_evidence_is_a_list_of_records(self):
        """Count and amount of each step are those of the records it names."""
        self._invoice(100.0, 40)
        self._invoice(50.0, 20)
        self._sent_quotation(30)
        self._late_delivery(9)
        steps = self._steps()
        self.assertLessEqual({"overdue", "quotation", "delivery"}, set(steps))
        amounts = {"overdue": "amount_residual", "quotation": "amount_untaxed"}
        for key in ("overdue", "quotation", "delivery"):
            step = steps[key]
            records = self.env[step["model"]].search(step["domain"])
            self.assertEqual(len(records), step["count"], key)
            if key in amounts:
                total = sum(records.mapped(amounts[key]))
                self.assertAlmostEqual(total, step["amount"], 2, key)

    def test_quotation_without_answer(self):
        self._sent_quotation(7)
        self.assertNotIn("quotation", self._steps())
        order = self._sent_quotation(8)
        self.assertEqual(self._steps()["quotation"]["days"], 8)
        order.action_confirm()
        self.assertNotIn("quotation", self._steps())

    def test_late_delivery_is_announced(self):
        picking = self._late_delivery(3)
        step = self._steps()["delivery"]
        self.assertEqual((step["count"], step["days"]), (1, 3))
        self.assertIs(step["amount"], False)
        picking.move_ids.quantity = 1
        picking.move_ids.picked = True
        picking._action_done()
        self.assertNotIn("delivery", self._steps())

    def _ordered(self, *days_ago, **values):
        for days in days_ago:
            order = self._order(**values)
            order.date_order = self._moment(days)

    def test_reorder_overdue(self):
        """Who orders every 30 days and did so 38 days ago is not yet asked."""
        self._ordered(98, 68, 38)
        self.company.crm_step_reorder_days = 8
        self.assertNotIn("reorder", self._steps())
        self.company.crm_step_reorder_days = 7
        step = self._steps()["reorder"]
        self.assertEqual((step["since"], step["days"]), (str(self._day(8)), 8))
        self.assertEqual(step["action"]["kind"], "quotation")
        self._ordered(1)
        self.assertNotIn("reorder", self._steps())

    def test_reorder_is_not_told_from_a_part(self):
        seller = self._make_user("own_reorder", SALESPERSON)
        self._ordered(98, 68, 38, user_id=seller.id)
        self.assertIn("reorder", self._steps(seller))
        self._ordered(2, user_id=self.env.user.id)
        self.assertNotIn("reorder", self._steps(seller))

    def test_no_contact(self):
        self._age(self.customer, 61)
        step = self._steps()["contact"]
        self.assertEqual(step["action"]["kind"], "activity")
        self.assertEqual(step["days"], 61)
        activity = self.customer.activity_schedule(
            "mail.mail_activity_data_call", user_id=self.env.user.id
        )
        self.assertNotIn("contact", self._steps())
        activity.unlink()
        self.assertIn("contact", self._steps())
        self.customer.message_post(
            body="Hello", message_type="comment", author_id=self.contact.id
        )
        self.assertNotIn("contact", self._steps())

    def test_vendors_are_left_alone(self):
        self._age(self.customer, 61)
        self.customer.supplier_rank = 1
        self.assertNotIn("contact", self._steps())
        self.customer.customer_rank = 1
        self.assertIn("contact", self._steps())

    def _age(self, partner, days):
        """Let a contact be as old as that: the ORM stamps the day itself."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET create_date = %s WHERE id = %s",
            (self._moment(days), partner.id),
        )
        partner.invalidate_recordset()

    def test_each_rule_can_be_switched_off(self):
        self._age(self.customer, 61)
        self._invoice(100.0, 40)
        self._sent_quotation(30)
        self._late_delivery(9)
        known = set(self._steps())
        self.assertLessEqual({"overdue", "quotation", "delivery", "contact"}, known)
        for key in known:
            self.company[f"crm_step_{key}"] = False
            self.assertNotIn(key, self._steps(), key)
        self.assertEqual(self._steps(), {})

    def test_settings_are_those_of_the_company(self):
        settings = self.env["res.config.settings"].create(
            {"crm_step_overdue_days": 33, "crm_step_contact": False}
        )
        settings.execute()
        self.assertEqual(self.company.crm_step_overdue_days, 33)
        self.assertFalse(self.company.crm_step_contact)

    def test_most_urgent_first_and_the_same_in_the_360_answer(self):
        self._sent_quotation(30)
        self._invoice(100.0, 20)
        self._age(self.customer, 90)
        keys = list(self._steps())
        self.assertEqual(keys, ["overdue", "quotation", "contact"])
        [answer] = self._ask(include=["steps"])
        self.assertEqual({step["key"] for step in answer["steps"]}, set(keys))

    def test_scope(self):
        self._invoice(100.0, 40)
        self.assertIn("overdue", self._steps(partner=self.contact))
        self.assertNotIn("overdue", self._steps(partner=self.contact, scope="contact"))

    def test_many_customers_in_as_many_queries_as_two(self):
        """Of one, the connection is asked for its plans besides."""
        others = self.other
        for number in range(8):
            others |= self._make_customer(f"Customer {number}")
        for partner in others:
            self._invoice(10.0, 40, partner)
        self.env.flush_all()
        counts = []
        for partners in (others[:2], others):
            partners.get_next_steps()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            answers = partners.get_next_steps()
            counts.append(self.cr.sql_log_count - before)
            self.assertTrue(all(a["steps"][0]["key"] == "overdue" for a in answers))
        self.assertEqual(counts[0], counts[1])

    # === RIGHTS === #

    def test_steps_rest_on_what_the_reader_may_read(self):
        seller = self._make_user("own_steps", SALESPERSON)
        self._invoice(100.0, 40, invoice_user_id=seller.id)
        self._invoice(900.0, 40, invoice_user_id=self.env.user.id)
        self._late_delivery(9)
        own = self._steps(seller)["overdue"]
        self.assertEqual(own["amount"], 100.0)
        self.assertTrue(own["partial"])
        self.assertNotIn("900", own["evidence"])
        auditor = self._steps(self._make_user("audit_steps", AUDITOR))
        self.assertEqual(auditor["overdue"]["amount"], 1000.0)
        stock = self._steps(self._make_user("stock_steps", STOCK))
        self.assertIn("delivery", stock)
        self.assertFalse({"overdue", "quotation"} & set(stock))

    def test_portal_users_are_refused(self):
        portal = new_test_user(self.env, "portal_steps", groups="base.group_portal")
        for call in (
            lambda partner: partner.get_next_steps(),
            lambda partner: partner.decide_next_step("overdue", {}),
        ):
            with self.assertRaises(AccessError):
                call(self.customer.with_user(portal))


@tagged("post_install", "-at_install")
class TestDecisions(StepsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._invoice(100.0, 40)
        cls.seller = cls._make_user("decider", ALL_DOCUMENTS)

    def test_dismissed_until_the_evidence_changes(self):
        answer = self._decide("overdue", "dismiss", self.seller, reason="Agreed")
        self.assertEqual(answer["already"], False)
        self.assertNotIn("overdue", self._steps(self.seller))
        [steps] = self.customer.with_user(self.seller).get_next_steps()
        self.assertEqual(steps["aside"], 1)
        decision = self.env["crm.customer.step.decision"].browse(answer["decision_id"])
        self.assertRecordValues(
            decision,
            [
                {
                    "partner_id": self.customer.id,
                    "user_id": self.seller.id,
                    "reason": "Agreed",
                    "rule": "overdue",
                    "decision": "dismiss",
                }
            ],
        )
        self._invoice(70.0, 30)
        self.assertEqual(self._steps(self.seller)["overdue"]["amount"], 170.0)

    def test_snoozed_until_its_day(self):
        until = self.today + timedelta(days=3)
        self._decide("overdue", "snooze", until=str(until))
        self.assertNotIn("overdue", self._steps())
        decision = self.env["crm.customer.step.decision"].search([])
        decision.until = self.today
        self.assertIn("overdue", self._steps())
        again = self._decide("overdue", "snooze", until=str(until))
        self.assertEqual((again["already"], again["decision_id"]), (False, decision.id))

    def test_asked_again_it_says_so(self):
        first = self._decide("overdue", "dismiss", reason="Agreed")
        second = self._decide("overdue", "dismiss", reason="Agreed again")
        self.assertEqual((first["already"], second["already"]), (False, True))
        self.assertEqual(first["decision_id"], second["decision_id"])
        self.assertEqual(self.env["crm.customer.step.decision"].search_count([]), 1)

    def test_two_clicks_at_once_make_one_decision(self):
        """The database refuses the second row that a race would write."""
        answer = self._decide("overdue", "dismiss", reason="Agreed")
        decision = self.env["crm.customer.step.decision"].browse(answer["decision_id"])
        with (
            self.assertRaises(IntegrityError),
            mute_logger("odoo.sql_db"),
            self.cr.savepoint(),
        ):
            decision.copy()
            self.env.flush_all()

    def test_reopened(self):
        self._decide("overdue", "dismiss", self.seller, reason="Agreed")
        answer = self._decide("overdue", "reopen", self.seller)
        self.assertEqual((answer["decision"], answer["already"]), ("reopen", False))
        self.assertIn("overdue", self._steps(self.seller))
        self.assertTrue(self._decide("overdue", "reopen", self.seller)["already"])
        self._decide("overdue", "dismiss", self.seller, reason="Agreed")
        decision = self.env["crm.customer.step.decision"].search([])
        decision.with_user(self.seller).action_reopen()
        self.assertIn("overdue", self._steps(self.seller))

    def test_refusals_name_argument_and_value(self):
        until = str(self.today)
        cases = {
            "nonsense": ("nonsense", {"decision": "dismiss", "reason": "x"}),
            "decision.*postpone": ("overdue", {"decision": "postpone"}),
            "reason": ("overdue", {"decision": "dismiss", "reason": "  "}),
            f"until.*{until}": ("overdue", {"decision": "snooze", "until": until}),
            "'quotation' is not proposed": (
                "quotation",
                {"decision": "dismiss", "reason": "x"},
            ),
        }
        cases["is not a step"] = (["overdue"] * 100_000, {"decision": "reopen"})
        for named, (key, decision) in cases.items():
            with self.subTest(named), self.assertRaisesRegex(UserError, named) as found:
                self.customer.decide_next_step(key, decision)
            self.assertLess(len(str(found.exception)), 400)
        with self.assertRaisesRegex(UserError, "one customer"):
            (self.customer | self.other).decide_next_step(
                "overdue", {"decision": "reopen"}
            )

    def test_who_may_decide(self):
        """Who may change the documents may; a read-only accountant may not."""
        billing = self._make_user("bill_steps", BILLING)
        self.assertFalse(
            self._decide("overdue", "dismiss", billing, reason="x")["already"]
        )
        decision = self.env["crm.customer.step.decision"].search([])
        auditor = self._make_user("audit_decide", AUDITOR)
        with self.assertRaises(AccessError):
            self._decide("overdue", "dismiss", auditor, reason="x")
        with self.assertRaises(AccessError):
            decision.with_user(auditor).action_reopen()
        self.assertTrue(decision.with_user(billing).action_reopen())
        for operation in ("write", "create", "unlink"):
            self.assertFalse(decision.with_user(billing).has_access(operation))

    def test_what_one_cannot_see_one_cannot_dismiss(self):
        stock = self._make_user("stock_decide", STOCK, "base.group_partner_manager")
        with self.assertRaisesRegex(UserError, "not proposed"):
            self._decide("overdue", "dismiss", stock, reason="x")

    def test_a_part_dismissed_is_not_the_whole(self):
        """A salesperson dismisses what he sees; the others still see the rest."""
        seller = self._make_user("own_decide", SALESPERSON)
        self._invoice(30.0, 50, invoice_user_id=seller.id)
        self._decide("overdue", "dismiss", seller, reason="Mine is agreed")
        self.assertNotIn("overdue", self._steps(seller))
        self.assertIn("overdue", self._steps())

    def test_decisions_stay_in_their_company(self):
        self._decide("overdue", "dismiss", reason="x")
        decision = self.env["crm.customer.step.decision"].search([])
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            "stranger_steps",
            groups="base.group_user",
            company_id=elsewhere.id,
            company_ids=[(6, 0, elsewhere.ids)],
        )
        model = self.env["crm.customer.step.decision"].with_user(stranger)
        self.assertFalse(model.search([]))
        with self.assertRaises(AccessError):
            decision.with_user(stranger).read(["reason"])
