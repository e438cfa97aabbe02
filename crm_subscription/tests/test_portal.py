# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import Command, fields, http
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

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
        # The term ends in ten days; the next period begins in a day or more, since no
        # month is shorter than 28 days.
        plan = cls._make_plan(term_count=37, term_unit="day")
        product = cls._make_product("Portal Service", 100.0, plan)
        cls.contract = cls._subscribe(cls.today - timedelta(days=27), product)
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


@tagged("post_install", "-at_install")
class TestPortalCancel(SubscriptionCommon, HttpCase):
    """The customer ends his subscription, and tells why he does not renew."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.env.user)
        plan = cls._make_plan(renewal_policy="automatic", portal_cancel=True)
        cls.service = cls._make_product("Cancel Service", 100.0, plan)
        cls.contract = cls._subscribe(cls.today, cls.service)
        cls.contract.run_billing()
        cls.other = cls._subscribe(cls.today, cls.service, partner=cls.other_customer)
        cls.closed = cls._subscribe(cls.today)
        cls.reason = cls.env.ref("crm_subscription.reason_price")

    def _url(self, contract=None):
        return f"/my/contracts/{(contract or self.contract).id}/cancel"

    def _post(self, url, **data):
        token = http.Request.csrf_token(self)
        return self.url_open(url, data={"csrf_token": token, **data})

    def _total(self):
        return self.contract.preview_cancellation()["total"]

    def test_preview_then_cancel(self):
        self.authenticate("sub_portal", "sub_portal")
        page = self.url_open(f"/my/contracts/{self.contract.id}").text
        self.assertIn(self._url(), page)
        page = self.url_open(self._url()).text
        preview = self.contract.with_user(self.portal).preview_cancellation()
        self.assertIn(preview["explanation"], page)
        self.assertIn(self.reason.name, page)
        self.assertIn('name="comment"', page)
        self.assertFalse(self.contract.service_end_date)
        answer = self._post(
            self._url(),
            reason_id=self.reason.id,
            comment="Too dear",
            expected_total=preview["total"],
        )
        self.assertIn('id="service_ends"', answer.text)
        self.env.invalidate_all()
        self.assertRecordValues(
            self.contract,
            [
                {
                    "cancel_reason_id": self.reason.id,
                    "cancelled_by_customer": True,
                    "service_end_date": self._day(preview["end_of_service"]),
                }
            ],
        )
        again = self._post(
            self._url(), reason_id=self.reason.id, expected_total=preview["total"]
        )
        self.assertNotIn('id="cancellation"', again.text)

    def test_withdraw_the_own_cancellation(self):
        self.contract.with_user(self.portal).cancel_by_customer(
            {"reason_id": self.reason.id}, self._total()
        )
        self.authenticate("sub_portal", "sub_portal")
        page = self.url_open(f"/my/contracts/{self.contract.id}").text
        self.assertIn('id="withdraw_cancellation"', page)
        url = f"/my/contracts/{self.contract.id}/withdraw"
        with self._muted():
            forged = self.url_open(url, data={"expected_total": 0.0})
        self.assertEqual(forged.status_code, 400)
        for total in ("x", 1.0):
            answer = self._post(url, expected_total=total)
            self.assertIn("Nothing was done", answer.text)
        self.env.invalidate_all()
        self.assertTrue(self.contract.service_end_date)
        answer = self._post(url, expected_total=0.0)
        self.assertIn('id="withdrawn"', answer.text)
        self.assertNotIn('id="service_ends"', answer.text)
        self.env.invalidate_all()
        self.assertFalse(self.contract.service_end_date)
        # What the agent cancelled is the agent's to withdraw.
        self.contract.cancel_subscription({"reason_id": self.reason.id}, self._total())
        page = self.url_open(f"/my/contracts/{self.contract.id}").text
        self.assertNotIn('id="withdraw_cancellation"', page)
        self.assertIn("Nothing was done", self._post(url, expected_total=0.0).text)

    def test_refused_with_the_reason_on_the_page(self):
        self.authenticate("sub_portal", "sub_portal")
        good = {"reason_id": self.reason.id, "expected_total": self._total()}
        for wrong in (
            {"reason_id": ""},
            {"reason_id": "x"},
            {"reason_id": 999999999},
            {"expected_total": "x"},
            {"expected_total": self._total() + 1},
            {"comment": "x" * 3000},
        ):
            with self.subTest(wrong=wrong):
                answer = self._post(self._url(), **{**good, **wrong})
                self.assertEqual(answer.status_code, 200)
                self.assertIn('class="alert alert-danger"', answer.text)
        self.env.invalidate_all()
        self.assertFalse(self.contract.service_end_date)

    def test_plan_that_does_not_allow_it(self):
        self.authenticate("sub_portal", "sub_portal")
        page = self.url_open(f"/my/contracts/{self.closed.id}").text
        self.assertNotIn('id="cancel_subscription"', page)
        for answer in (
            self.url_open(self._url(self.closed)),
            self._post(
                self._url(self.closed), reason_id=self.reason.id, expected_total=0
            ),
        ):
            self.assertNotIn('id="cancellation"', answer.text)
        self.env.invalidate_all()
        self.assertFalse(self.closed.service_end_date)

    def test_sweep_of_every_route(self):
        """Foreign, missing and malformed ids; GET and POST; with and without the
        forms' token; nobody, the customer and another one."""
        token = self.other._portal_ensure_token()
        urls = []
        huge = (999999999, 2**31, 10**30)
        for number in (self.other.id, *huge, 0, -1, "x", "1%20or%201", "", "%00"):
            urls += [f"/my/contracts/{number}", f"/my/contracts/{number}/cancel"]
            urls += [f"/my/contracts/{number}/withdraw"]
        urls += [f"{self._url(self.other)}?access_token={token}"]
        for wrong in ("wrong", "%00", "%EC%95%88", "x" * 3000):
            urls += [f"/my/contracts/{self.other.id}?access_token={wrong}"]
        urls += ["/my/contracts/page/999", "/my/contracts?sortby=id;drop"]
        for login in (None, "sub_portal"):
            self.authenticate(login, login)
            for url in urls:
                with self.subTest(login=login, url=url), self._muted():
                    page = self.url_open(url)
                    self.assertNotIn(self.other.name, page.text)
                    self.assertLess(page.status_code, 500)
                    self._sweep_posts(url)
        self.env.invalidate_all()
        for contract in (self.other, self.contract):
            self.assertFalse(contract.service_end_date)

    def _sweep_posts(self, url):
        for data in ({}, {"csrf_token": "forged"}, None):
            if data is None:
                data = {"csrf_token": http.Request.csrf_token(self)}
            data = {"reason_id": self.reason.id, "expected_total": 0.0, **data}
            answer = self.url_open(url, data=data)
            self.assertNotIn(self.other.name, answer.text)
            self.assertLess(answer.status_code, 500)

    def _muted(self):
        return mute_logger("odoo.http", "odoo.addons.base.models.ir_http")

    def test_own_form_without_token_does_nothing(self):
        self.authenticate("sub_portal", "sub_portal")
        data = {"reason_id": self.reason.id, "expected_total": self._total()}
        for token in ({}, {"csrf_token": "forged"}):
            with self.subTest(**token), self._muted():
                answer = self.url_open(self._url(), data={**data, **token})
                self.assertEqual(answer.status_code, 400)
        self.env.invalidate_all()
        self.assertFalse(self.contract.service_end_date)

    def test_declining_a_renewal_asks_for_the_reason_and_tells_sales(self):
        self.closed.renew()
        order = self.closed.renewal_order_id
        self.authenticate("sub_portal", "sub_portal")
        page = self.url_open(order.get_portal_url()).text
        self.assertIn('name="renewal_reason_id"', page)
        url = f"/my/orders/{order.id}/decline"
        for wrong in ({}, {"renewal_reason_id": "x"}, {"renewal_reason_id": 99999999}):
            with self.subTest(**wrong):
                answer = self._post(url, decline_message="No", **wrong)
                self.assertIn('id="renewal_reason_missing"', answer.text)
        asks = self.env.ref("crm_subscription.reason_other")
        answer = self._post(url, renewal_reason_id=asks.id, decline_message="  ")
        self.assertIn('id="renewal_reason_missing"', answer.text)
        self._post(url, renewal_reason_id=self.reason.id, decline_message="Too dear")
        self.env.invalidate_all()
        self.assertEqual(order.state, "cancel")
        self.assertEqual(order.renewal_decline_reason_id, self.reason)
        activity = self.closed.activity_ids.filtered(
            lambda item: self.reason.name in (item.summary or "")
        )
        self.assertEqual(activity.user_id, self.salesman)
        answer = self._post(url, renewal_reason_id=self.reason.id, decline_message="")
        self.assertIn("not in a state to be rejected", answer.text)

    def test_other_customers_do_not_decline(self):
        self.closed.renew()
        order = self.closed.renewal_order_id
        self.authenticate("sub_other_portal", "sub_other_portal")
        self._post(
            f"/my/orders/{order.id}/decline",
            renewal_reason_id=self.reason.id,
            decline_message="x",
        )
        self.env.invalidate_all()
        self.assertEqual(order.state, "sent")

    def test_ordinary_quotation_is_declined_as_ever(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "require_signature": True,
                "order_line": [Command.create({"product_id": self.machine.id})],
            }
        )
        order.action_quotation_sent()
        self.authenticate("sub_portal", "sub_portal")
        page = self.url_open(order.get_portal_url()).text
        self.assertNotIn('name="renewal_reason_id"', page)
        self._post(f"/my/orders/{order.id}/decline", decline_message="No")
        self.env.invalidate_all()
        self.assertEqual(order.state, "cancel")

    def test_next_bill_and_deliveries_on_the_page(self):
        goods = self.env["product.product"].create(
            {
                "name": "Portal Filter",
                "type": "consu",
                "list_price": 7.0,
                "subscription_ok": True,
                "subscription_plan_id": self.plan.id,
            }
        )
        second = self._make_product("Portal Hotline", 50.0, self.plan)
        contract = self._sell(goods, second, start=self.today)._get_contracts()
        contract.run_deliveries()
        self.authenticate("sub_portal", "sub_portal")
        page = self.url_open(f"/my/contracts/{contract.id}").text
        self.assertIn('id="deliveries"', page)
        bills = page.split('id="next_bills"')[1].split('id="deliveries"')[0]
        for text in ("Portal Filter", "Portal Hotline", "Total"):
            with self.subTest(text=text):
                self.assertIn(text, bills)

    def test_quotation_tells_what_comes_again(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [
                    Command.create({"product_id": product.id})
                    for product in (self.service, self.machine)
                ],
            }
        )
        order.action_quotation_sent()
        self.authenticate("sub_portal", "sub_portal")
        totals = self.url_open(order.get_portal_url()).text
        totals = totals.split('id="subscription_totals"')[1].split("</table>")[0]
        for text in ("Recurring, without taxes", "100.00", "One-off", "1,000.00"):
            with self.subTest(text=text):
                self.assertIn(text, totals)

    def test_page_shows_the_lines_that_run(self):
        """Not each term of what was renewed; the list says what it is for."""
        start = self.today - relativedelta(years=1, months=1)
        contract = self._subscribe(start, self.service)
        contract.renew({"mode": "automatic"})
        self.assertEqual(len(contract.contract_line_ids), 2)
        self.assertEqual(
            contract._get_shown_lines(),
            contract.contract_line_ids.successor_contract_line_id,
        )
        self.authenticate("sub_portal", "sub_portal")
        page = self.url_open(f"/my/contracts/{contract.id}").text
        items = page.split('id="item_details"')[1].split("</table>")[0]
        self.assertEqual(items.count("Cancel Service"), 1)
        row = self.url_open("/my/contracts").text.split(contract.name)[-1]
        self.assertIn("Cancel Service", row.split("</tr>")[0])
        lapsed = self._subscribe(start - relativedelta(years=3), self.service)
        self.assertEqual(lapsed._get_shown_lines(), lapsed.contract_line_ids)
