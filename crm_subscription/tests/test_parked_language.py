# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The nightly job has no language; who reads in the morning why a contract was parked,
and what to do, has one."""

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import html2plaintext

from .common import TODAY, SubscriptionCommon

REFUSAL = "Not today."
REFUSALS = {"en_US": REFUSAL, "ko_KR": "오늘은 안 됩니다."}


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestParkedLanguage(SubscriptionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("ko_KR")
        cls.env["ir.module.module"]._load_module_terms(
            ["base", "account", "crm_suite_base", "crm_subscription"], ["ko_KR"]
        )
        cls.manager.lang = "ko_KR"
        cls.gone = cls._make_product("Night Watch", 5.0, cls.plan)
        cls.gone.with_context(lang="ko_KR").name = "야간 경비"
        cls.contract = cls._subscribe("2026-03-01", cls.gone)
        cls.contract.user_id = cls.manager

    def _run_at_night(self):
        self.contract.with_context(lang=None).sudo()._run_billing()
        self.env.invalidate_all()

    def _get_incident(self, user=None):
        found = self.env["crm.suite.incident"].search(
            [("res_id", "=", self.contract.id), ("state", "=", "open")]
        )
        if user:
            found = found.with_user(user).with_context(lang=user.lang)
        return found

    def test_lines_of_invoices_are_in_the_customer_s_language(self):
        """Shares of periods and corrections, whoever makes the document."""
        self.customer.lang = "ko_KR"
        plan = self._make_plan(name="Calendar", anchor="calendar")
        contract = self._subscribe(TODAY, self._make_product("Guard", 31.0, plan))
        contract.with_context(lang=None).sudo()._run_billing()
        name = contract.period_ids.move_line_id.name
        self.assertIn("31일 중 22일", name)
        cancel = {"type": "cancel"}
        total = contract.preview_change(cancel)["total"]
        answer = contract.apply_change(cancel, total)
        refund = self.env["account.move"].browse(answer["invoice_ids"])
        self.assertIn("미사용 일수 차감", refund.invoice_line_ids.name)
        self.assertNotIn("2026-03-10", refund.invoice_line_ids.name)

    def test_reason_and_next_step_in_the_reader_s_language(self):
        self.gone.active = False
        self._run_at_night()
        mine = self._get_incident(self.manager)
        self.assertIn("보관되었습니다", mine.reason_told)
        self.assertIn(self.contract.name, mine.reason_told)
        # What is translated among the names is, too.
        self.assertIn("야간 경비", mine.reason_told)
        self.assertIn("라인", mine.next_step_told)
        theirs = self._get_incident().with_context(lang="en_US")
        self.assertIn("the product Night Watch is archived", theirs.reason_told)
        self.assertEqual(theirs.next_step_told, "Take it back or cancel the line.")

    def test_the_contract_says_it_too(self):
        self.gone.active = False
        self._run_at_night()
        mine = self.contract.with_user(self.manager).with_context(lang="ko_KR")
        incident = self._get_incident(self.manager)
        self.assertEqual(mine.parked_reason, incident.reason_told)
        self.assertEqual(mine.parked_next_step, incident.next_step_told)
        self.gone.active = True
        self._run_at_night()
        self.assertFalse(mine.parked_reason)

    def test_the_activity_is_in_the_language_of_whose_it_is(self):
        self.gone.active = False
        self._run_at_night()
        activity = self.contract.activity_ids
        self.assertEqual(activity.user_id, self.manager)
        self.assertIn("못", activity.summary)
        incident = self._get_incident(self.manager)
        note = html2plaintext(activity.note)
        self.assertIn(incident.reason_told, note)
        self.assertIn(incident.next_step_told, note)

    def test_the_activity_follows_the_reason(self):
        """Mended one thing, the next one is wrong: still one activity, up to date."""
        self.gone.active = False
        self._run_at_night()
        activity = self.contract.activity_ids
        self.gone.active = True
        self.contract.invoice_partner_id.active = False
        self._run_at_night()
        self.assertEqual(self.contract.activity_ids, activity)
        incident = self._get_incident(self.manager)
        self.assertEqual(incident.reason_code, "crm_subscription.contact")
        self.assertIn(incident.reason_told, html2plaintext(activity.note))
        self.assertNotIn("야간 경비", activity.note)

    def _archive_account(self):
        account = self.contract.contract_line_ids._get_income_account().copy()
        self.gone.property_account_income_id = account
        account.active = False

    def test_what_core_refuses_is_told_in_the_reader_s_language_and_has_a_next_step(
        self,
    ):
        self._archive_account()
        self._run_at_night()
        mine = self._get_incident(self.manager)
        theirs = mine.with_context(lang="en_US")
        self.assertEqual(mine.reason_code, "crm_subscription.refused_billing")
        for told in (mine, theirs):
            self.assertIn(self.contract.name, told.reason_told)
        self.assertIn("계정", mine.reason_told)
        self.assertIn("account", theirs.reason_told)
        self.assertNotIn("계정", theirs.reason_told)
        self.assertIn("청구", mine.next_step_told)
        self.assertIn("Bill What Is Due", theirs.next_step_told)
        note = html2plaintext(self.contract.activity_ids.note)
        self.assertIn(mine.reason_told, note)
        # Nothing is left of the tries.
        self.assertFalse(self.contract.period_ids)
        self.assertFalse(
            self.env["account.move"].search_count(
                [
                    (
                        "line_ids.contract_line_id",
                        "in",
                        self.contract.contract_line_ids.ids,
                    )
                ]
            )
        )

    def test_the_same_refusal_is_not_asked_again_every_night(self):
        tried = []

        def work(contract):
            tried.append(contract.env.lang)
            raise UserError(REFUSALS[contract.env.lang or "en_US"])

        for _night in range(2):
            self.contract.with_context(lang=None)._isolate("billing", work)
        self.assertEqual(tried.count("ko_KR"), 1)
        self.assertEqual(tried.count(None), 2)
        told = self._get_incident(self.manager).reason_told
        self.assertIn(REFUSALS["ko_KR"], told)
        # Other words are.
        others = {"en_US": "Nor tomorrow.", "ko_KR": "내일도 안 됩니다."}
        with patch.dict(REFUSALS, others):
            self.contract.with_context(lang=None)._isolate("billing", work)
        self.env.invalidate_all()
        told = self._get_incident(self.manager).reason_told
        self.assertIn("내일도", told)

    def test_a_try_that_goes_well_is_taken_back(self):
        def work(contract):
            if not contract.env.lang:
                raise UserError(REFUSAL)
            contract.note = "Done"

        self.contract.with_context(lang=None)._isolate("billing", work)
        self.assertNotIn("Done", self.contract.note or "")
        self.assertIn(REFUSAL, self._get_incident(self.manager).reason_told)

    def test_every_kind_of_work_has_words_for_what_is_refused(self):
        kinds = ("billing", "renewal", "delivery", "line_end")
        for kind in kinds:
            with self.subTest(kind=kind):
                _result, reason = self.contract._isolate(kind, self._refuse)
                self.assertEqual(reason.count(REFUSAL), 1)
                self.assertNotIn("crm_subscription.", reason)
                self.assertTrue(self.contract.parked_next_step)

    def _refuse(self, _contract):
        raise UserError(REFUSAL)

    def test_reports_from_before_are_told_as_they_were_reported(self):
        incident = self.env["crm.suite.incident"]._report(
            self.contract, "crm_subscription.billing", "No journal.", "Choose one."
        )
        mine = incident.with_context(lang="ko_KR")
        self.assertEqual(mine.reason_told, "No journal.")
        self.assertEqual(mine.next_step_told, "Choose one.")

    def test_every_reason_has_a_step_of_its_own_and_korean(self):
        incidents = self.env["crm.suite.incident"]
        english = incidents.with_context(lang="en_US")._get_messages()
        korean = incidents.with_context(lang="ko_KR")._get_messages()
        own = {code for code in english if code.startswith("crm_subscription.")}
        self.assertGreater(len(own), 10)
        for code in own:
            with self.subTest(code=code):
                self.assertTrue(all(english[code]))
                self.assertNotEqual(english[code][1], korean[code][1])
                if english[code][0] != "%(text)s":
                    self.assertNotEqual(english[code][0], korean[code][0])
