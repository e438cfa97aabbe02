# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import CustomerCommon, LogisticsCommon


@tagged("post_install", "-at_install")
class TestSales(CustomerCommon):
    def test_quotations_and_orders(self):
        quotation = self._order(quantity=2, confirm=False)
        self._order(quantity=9, confirm=False).action_cancel()
        order = self._order(quantity=3)
        order.date_order = fields.Datetime.now() - timedelta(days=7)
        values = self._values("sales")
        self.assertEqual(values["open_quotations"], quotation.amount_untaxed)
        self.assertEqual(values["open_quotations_count"], 1)
        self.assertEqual(values["orders_to_deliver"], 1)
        self.assertEqual(values["orders_to_invoice"], 1)
        self.assertEqual(values["last_order"], str(self._day(7)))

    def test_expired_quotations_are_told(self):
        quotation = self._order(confirm=False)
        quotation.write({"state": "sent", "validity_date": self._day(1)})
        [answer] = self._ask()
        self.assertEqual(
            answer["sections"]["sales"]["metrics"]["expired_quotations"]["value"], 1
        )
        self.assertTrue(any("expired" in notice for notice in answer["notices"]))

    def test_pipeline(self):
        lead = {"type": "opportunity", "partner_id": self.contact.id}
        leads = self.env["crm.lead"].create(
            [
                {**lead, "name": "Open", "expected_revenue": 500.0},
                {**lead, "name": "Won", "expected_revenue": 70.0},
            ]
        )
        leads[1].action_set_won()
        values = self._values("sales")
        self.assertEqual(values["pipeline"], 500.0)
        self.assertEqual(values["opportunities"], 1)


@tagged("post_install", "-at_install")
class TestLogistics(LogisticsCommon):
    def test_a_done_delivery_is_dated_when_it_was_done(self):
        picking = self._deliver(self._serial("DATED-1"), self.customer)
        picking.scheduled_date = fields.Datetime.now() - timedelta(days=9)
        coming = self._order().picking_ids
        coming.scheduled_date = fields.Datetime.now() + timedelta(days=2)
        self.env.flush_all()
        rows = self._ask(timeline_limit=50)[0]["timeline"]["rows"]
        dates = {r["res_id"]: r["date"] for r in rows if r["model"] == picking._name}
        self.assertEqual(
            dates[picking.id][:10], fields.Date.to_string(picking.date_done.date())
        )
        self.assertEqual(
            dates[coming.id][:10], fields.Date.to_string(coming.scheduled_date.date())
        )

    def test_due_and_late(self):
        late = self._order().picking_ids
        late.scheduled_date = fields.Datetime.now() - timedelta(days=2)
        coming = self._order().picking_ids
        coming.scheduled_date = fields.Datetime.now() + timedelta(days=2)
        values = self._values("logistics")
        self.assertEqual(values["deliveries_due"], 2)
        self.assertEqual(values["deliveries_late"], 1)

    def test_a_serial_belongs_to_who_got_it_last(self):
        """Sold, taken back, sold to another: only the last one holds it."""
        lot = self._serial("SN-1")
        picking = self._deliver(lot, self.contact)
        self.assertEqual(self._values("logistics")["serials_owned"], 1)
        self.assertEqual(lot.crm_holder_id, self.contact)
        self._take_back(picking)
        values = self._values("logistics")
        self.assertEqual(values["serials_owned"], 0)
        self.assertEqual(values["returns"], 1)
        lot.invalidate_recordset(["crm_holder_id"])
        self.assertFalse(lot.crm_holder_id)
        self._deliver(lot, self.other)
        self.assertEqual(self._values("logistics")["serials_owned"], 0)
        metrics = self._metrics("logistics", partners=self.other)
        self.assertEqual(metrics["serials_owned"]["value"], 1)
        self.assertDrillDown(metrics["serials_owned"])
        found = self.env["stock.lot"].search(metrics["serials_owned"]["domain"])
        self.assertEqual(found, lot)

    def test_what_another_company_delivered_has_no_holder(self):
        lot = self._serial("SN-2")
        self._deliver(lot, self.customer)
        lot.company_id = False
        company = self.env["res.company"].create({"name": "Elsewhere"})
        user = self._make_user("stock360", "stock.group_stock_user")
        user.write({"company_ids": [(4, company.id)]})
        seen = lot.with_user(user).with_context(allowed_company_ids=self.company.ids)
        self.assertEqual(seen.crm_holder_id, self.customer)
        unseen = seen.with_context(allowed_company_ids=company.ids)
        self.assertFalse(unseen.crm_holder_id)
        self.assertFalse(unseen.search([("crm_holder_id", "=", self.customer.id)]))


@tagged("post_install", "-at_install")
class TestContact(CustomerCommon):
    def _message(self, record, days_ago, author, recipients=None):
        message = record.message_post(
            body="Hello",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            author_id=author.id,
            partner_ids=recipients.ids if recipients else [],
        )
        message.date = fields.Datetime.now() - timedelta(days=days_ago)
        return message

    def test_last_contact_each_way(self):
        us = self.env.user.partner_id
        order = self._order()
        self._message(self.customer, 9, self.contact)
        self._message(order, 6, self.contact)
        self._message(order, 4, us, self.contact)
        self._message(self.customer, 2, us)
        values = self._values("contact")
        self.assertEqual(values["last_contact_in"], str(self._day(6)))
        self.assertEqual(values["last_contact_out"], str(self._day(4)))

    def test_contact_on_hidden_documents_does_not_count(self):
        boss = self._make_user("boss360", "sales_team.group_sale_salesman_all_leads")
        own = self._make_user("own360", "sales_team.group_sale_salesman")
        order = self._order(user_id=boss.id)
        self._message(order, 6, self.contact)
        day = str(self._day(6))
        self.assertEqual(self._values("contact", user=boss)["last_contact_in"], day)
        self.assertIs(self._values("contact", user=own)["last_contact_in"], False)

    def test_activities(self):
        order = self._order()
        for record, days in ((order, 3), (self.contact, 8), (order, -5), (order, -9)):
            record.activity_schedule("mail.mail_activity_data_todo", self._day(days))
        metrics = self._metrics("contact")
        self.assertEqual(metrics["overdue_activities"]["value"], 2)
        self.assertEqual(metrics["next_activity"]["value"], str(self._day(-5)))
        self.assertDrillDown(metrics["overdue_activities"])
        self.assertDrillDown(metrics["next_activity"])
