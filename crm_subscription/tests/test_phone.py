# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What people see on a phone and in Korean: nothing is cut, nothing stays English."""

from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import SubscriptionCommon

PHONE = "390x844"


class PhoneCommon(SubscriptionCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("ko_KR")
        cls.today = fields.Date.context_today(cls.env.user)
        (cls.portal | cls.manager).lang = "ko_KR"

    def setUp(self):
        super().setUp()
        self.browser_size = PHONE
        self.touch_enabled = True


@tagged("post_install", "-at_install")
class TestPortalOnAPhone(PhoneCommon):
    """The customer reads Korean, his salesperson English."""

    def _sell_hosting(self, start, **plan):
        plan = self._make_plan(portal_cancel=True, **plan)
        product = self._make_product("Hosting", 100.0, plan)
        contract = self._subscribe(start, product)
        contract.name = "Hosting of Hanbit"
        contract.run_billing()
        return contract

    def test_cancelled_and_withdrawn(self):
        contract = self._sell_hosting(self.today, renewal_policy="automatic")
        self.start_tour(
            "/my/contracts", "crm_subscription_phone_cancel", login="sub_portal"
        )
        self.env.invalidate_all()
        self.assertFalse(contract.service_end_date)
        told = " ".join(contract.message_ids.mapped("body"))
        self.assertIn("withdrawn the cancellation in the portal", told)
        self.assertIn("Reason: Too expensive. 더 저렴한 요금제", told)
        self.assertEqual(
            contract.activity_ids.sorted("id").mapped("summary"),
            [
                "The customer has cancelled: Too expensive",
                "The customer has withdrawn the cancellation",
            ],
        )

    def _offer(self):
        """Return a contract with an offer for its next term."""
        contract = self._sell_hosting(
            self.today - timedelta(days=30), term_count=40, term_unit="day"
        )
        contract.renew()
        return contract

    def test_offer_declined(self):
        contract = self._offer()
        order = contract.renewal_order_id
        self.start_tour(
            f"/my/contracts/{contract.id}",
            "crm_subscription_phone_decline",
            login="sub_portal",
        )
        self.env.invalidate_all()
        self.assertEqual(order.state, "cancel")
        reason = self.env.ref("crm_subscription.reason_price")
        self.assertEqual(order.renewal_decline_reason_id, reason)
        self.assertIn(
            "Renewal declined: Too expensive", contract.activity_ids.mapped("summary")
        )
        told = " ".join(contract.message_ids.mapped("body"))
        self.assertIn("The customer declined the renewal", told)

    def test_offer_signed(self):
        contract = self._offer()
        order = contract.renewal_order_id
        with self.allow_pdf_render():
            self.start_tour(
                f"/my/contracts/{contract.id}",
                "crm_subscription_phone_sign",
                login="sub_portal",
            )
        self.env.invalidate_all()
        self.assertRecordValues(order, [{"state": "sale", "signed_by": "Kim"}])
        self.assertTrue(order.signature)
        self.assertEqual(len(contract.contract_line_ids), 2)
        renewed = contract.message_ids.filtered(lambda m: "Renewed: the" in m.body)
        self.assertTrue(renewed)


@tagged("post_install", "-at_install")
class TestStaffOnAPhone(PhoneCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._subscribe(cls.today - timedelta(days=40))
        cls.contract.run_billing()
        cls._make_late_payer(cls.today)

    def test_renewals_by_month(self):
        self.start_tour(
            "/odoo/renewals", "crm_subscription_phone_renewals", login="sub_manager"
        )

    def test_calendar_of_renewals(self):
        plan = self._make_plan(term_count=30, term_unit="day")
        product = self._make_product("Thirty Days", 100.0, plan)
        ending = self._subscribe(self.today - timedelta(days=30), product)
        self.assertEqual(ending.date_end, self.today - timedelta(days=1))
        self.start_tour(
            "/odoo/renewals", "crm_subscription_phone_calendar", login="sub_manager"
        )

    def test_forecast(self):
        self.start_tour(
            "/odoo/renewal-forecast",
            "crm_subscription_phone_forecast",
            login="sub_manager",
        )

    def test_health_page(self):
        product = self._make_product("Adrift", 5.0, self.plan)
        contract = self._subscribe(self.today, product)
        product.active = False
        # The nightly job has no language, the manager has.
        contract.with_context(lang=None)._run_billing()
        self.assertTrue(contract.invoice_generation_error)
        self.start_tour(
            "/odoo/subscription-health",
            "crm_subscription_phone_health",
            login="sub_manager",
        )
