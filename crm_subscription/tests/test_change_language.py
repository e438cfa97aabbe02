# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Whoever made a change, each reader reads in his own language what it was."""

from odoo.tests import freeze_time, tagged

from .common import TODAY, SubscriptionCommon

ENGLISH, KOREAN = "en_US", "ko_KR"


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestChangeLanguage(SubscriptionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang(KOREAN)
        cls.other = cls._make_product("Night Watch", 5.0, cls.plan)
        cls.other.with_context(lang=KOREAN).name = "야간 경비"
        cls.contract = cls._begin()

    @classmethod
    def _begin(cls):
        contract = cls._subscribe("2026-03-01")
        contract.user_id = cls.manager
        contract.run_billing()
        return contract

    def _change(self, lang, **change):
        """Do a change as someone who reads ``lang``; return its row of the log."""
        if change["type"] not in ("pause", "resume", "plan"):
            change["line_id"] = self.contract.contract_line_ids.sorted("id")[-1:].id
        own = self.contract.with_user(self.manager).with_context(lang=lang)
        total = own.preview_change(change)["total"]
        log = own.apply_change(change, total)["log_id"]
        self.env.invalidate_all()
        return self.env["contract.change.log"].browse(log)

    def _read(self, log, lang):
        return log.with_user(self.manager).with_context(lang=lang).description_told

    def test_each_reader_in_his_language(self):
        plan = self._make_plan(name="Yearly", unit="year")
        changes = (
            ({"type": "quantity", "quantity": 2.0}, "Quantity changed to 2", "수량"),
            ({"type": "price", "price_unit": 90.0}, "Price changed", "가격"),
            (
                {"type": "product", "product_id": self.other.id},
                "Product changed to Night Watch",
                "야간 경비",
            ),
            ({"type": "anchor", "anchor_day": 5}, "day 5 of the month", "5"),
            ({"type": "plan", "plan_id": plan.id}, "Plan changed to Yearly", "Yearly"),
            ({"type": "pause", "until": "2026-04-20"}, "Paused, 04/20/2026", "2026"),
            ({"type": "cancel"}, "Cancelled", "취소"),
        )
        for number, (change, english, korean) in enumerate(changes):
            with self.subTest(change=change):
                self.contract = self._begin()
                log = self._change((KOREAN, ENGLISH)[number % 2], **change)
                self.assertIn(english, self._read(log, ENGLISH))
                self.assertIn(korean, self._read(log, KOREAN))
                self.assertNotEqual(self._read(log, KOREAN), self._read(log, ENGLISH))

    def test_a_pause_that_ended(self):
        self._change(KOREAN, type="pause")
        log = self._change(KOREAN, type="resume")
        self.assertEqual(self._read(log, ENGLISH), "Resumed")
        self.assertNotEqual(self._read(log, KOREAN), "Resumed")

    def test_a_cancellation_that_was_withdrawn(self):
        reason = self.env.ref("crm_subscription.reason_price").id
        own = self.contract.with_user(self.manager).with_context(lang=KOREAN)
        options = {"reason_id": reason, "end_of_service": "2026-03-20"}
        own.cancel_subscription(options, own.preview_cancellation(options)["total"])
        own.withdraw_cancellation(own.preview_withdrawal()["total"])
        log = self.contract.change_ids.sorted("id")[-1:]
        self.assertEqual(self._read(log, ENGLISH), "Cancellation withdrawn")
        self.assertEqual(self._read(log, KOREAN), "해지 철회")

    def test_what_was_written_stays_and_is_told_where_the_record_is_gone(self):
        log = self._change(KOREAN, type="product", product_id=self.other.id)
        written = log.description
        self.assertIn("야간 경비", written)
        log.product_id = False
        self.assertEqual(self._read(log, ENGLISH), written)

    def test_the_chatter_is_in_the_language_of_who_made_the_change(self):
        self._change(KOREAN, type="price", price_unit=90.0)
        self.assertIn("가격", self.contract.message_ids[0].body)
