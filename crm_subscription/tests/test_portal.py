# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import SubscriptionCommon

# A pixel, as the signature pad sends it.
SIGNATURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
    "awAAAABJRU5ErkJggg=="
)


@tagged("post_install", "-at_install")
class TestPortal(SubscriptionCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.env.user)
        # The term ends in ten days: a year minus ten days ago it began.
        plan = cls._make_plan(term_count=40, term_unit="day")
        product = cls._make_product("Portal Service", 100.0, plan)
        cls.contract = cls._subscribe(cls.today - timedelta(days=30), product)
        cls.contract.run_billing()
        cls.other = cls._subscribe(
            cls.today, partner=cls.other_customer, product=product
        )

    def test_customer_sees_bills_periods_and_renewal(self):
        self.contract.renew()
        self.authenticate("sub_portal", "sub_portal")
        page = self.url_open("/my/contracts").text
        self.assertIn(self.contract.name, page)
        self.assertNotIn(self.other.name, page)
        page = self.url_open(f"/my/contracts/{self.contract.id}").text
        for part in ("next_bills", "billed_periods", "renewal_to_accept"):
            with self.subTest(part=part):
                self.assertIn(f'id="{part}"', page)
        self.assertIn(f"/my/orders/{self.contract.renewal_order_id.id}", page)
        invoice = self.contract.period_ids.move_id[:1]
        self.assertIn(invoice.name, page)

    def test_other_customers_page_is_closed(self):
        self.authenticate("sub_other_portal", "sub_other_portal")
        response = self.url_open(f"/my/contracts/{self.contract.id}")
        self.assertNotIn(self.contract.name, response.text)

    def test_customer_accepts_the_renewal_in_the_portal(self):
        self.contract.renew()
        order = self.contract.renewal_order_id
        self.authenticate("sub_portal", "sub_portal")
        url = f"/my/orders/{order.id}/accept"
        arguments = {"name": "Kim", "signature": SIGNATURE}
        with self.allow_pdf_render():
            answer = self.make_jsonrpc_request(url, arguments)
            again = self.make_jsonrpc_request(url, arguments)
        self.assertTrue(answer.get("force_refresh"), answer)
        self.assertIn("error", again)
        self.env.invalidate_all()
        self.assertEqual(order.state, "sale")
        old, new = self.contract.contract_line_ids.sorted("date_start")
        self.assertEqual(new.predecessor_contract_line_id, old)
        self.assertEqual(new.date_start, old.date_end + timedelta(days=1))
        self.assertEqual(new.price_unit, 105.0)
        self.authenticate("sub_portal", "sub_portal")
        page = self.url_open(f"/my/contracts/{self.contract.id}").text
        self.assertNotIn('id="renewal_to_accept"', page)
