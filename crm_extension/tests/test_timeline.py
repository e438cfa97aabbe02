# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import CustomerCommon


@tagged("post_install", "-at_install")
class TestTimeline(CustomerCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._order(quantity=2)
        cls.order.date_order = fields.Datetime.now() - timedelta(days=60)
        cls.quotation = cls._order(confirm=False)
        cls.invoice = cls._invoice(100.0, 30)
        cls.refund = cls._invoice(10.0, 20, move_type="out_refund")
        cls.payment = cls._pay(cls.invoice, 40.0, days_ago=5)
        cls.lead = cls.env["crm.lead"].create(
            {
                "name": "A second machine",
                "type": "opportunity",
                "partner_id": cls.contact.id,
                "expected_revenue": 500.0,
            }
        )
        cls.mail = cls.customer.message_post(
            body="Where is my machine?",
            subject="Delivery",
            message_type="email",
            author_id=cls.contact.id,
        )
        cls.meeting = cls.env["calendar.event"].create(
            {
                "name": "Visit",
                "start": fields.Datetime.now() - timedelta(days=3),
                "stop": fields.Datetime.now() - timedelta(days=3),
                "partner_ids": [Command.link(cls.contact.id)],
                "privacy": "public",
            }
        )
        cls.activity = cls.order.activity_schedule(
            "mail.mail_activity_data_todo", cls._day(-4), summary="Call back"
        )

    def _timeline(self, **options):
        options.setdefault("timeline_limit", 50)
        return self._ask(**options)[0]["timeline"]

    def _rows(self, **options):
        return self._timeline(**options)["rows"]

    def test_everything_newest_first(self):
        rows = self._rows()
        kinds = {row["kind"] for row in rows}
        expected = {"order", "quotation", "invoice", "credit_note", "payment"}
        expected |= {"opportunity", "delivery", "mail", "meeting", "activity"}
        self.assertLessEqual(expected, kinds)
        moments = [row["date"] for row in rows]
        self.assertEqual(moments, sorted(moments, reverse=True))
        self.assertEqual(rows[0]["kind"], "activity")

    def test_rows_say_what_they_are(self):
        rows = {row["kind"]: row for row in self._rows()}
        invoice = rows["invoice"]
        self.assertEqual(invoice["title"], self.invoice.name)
        self.assertEqual(invoice["amount"], 100.0)
        self.assertEqual(invoice["currency"], self.company.currency_id.name)
        self.assertEqual(
            (invoice["model"], invoice["res_id"]), self._link(self.invoice)
        )
        self.assertEqual(invoice["date"], f"{self._day(30)} 00:00:00")
        self.assertEqual(invoice["state"], "Partially Paid")
        self.assertEqual(rows["credit_note"]["amount"], -10.0)
        self.assertEqual(rows["payment"]["amount"], 40.0)
        self.assertEqual(rows["mail"]["title"], "Delivery")
        self.assertEqual(self._link(self.customer), self._place(rows["mail"]))
        self.assertEqual(self._link(self.order), self._place(rows["activity"]))
        self.assertEqual(rows["opportunity"]["amount"], 500.0)

    def _link(self, record):
        return (record._name, record.id)

    def _place(self, row):
        return (row["model"], row["res_id"])

    def _pages(self, limit):
        """Return the rows of all pages; a cursor that does not advance fails."""
        rows, cursors, options = [], set(), {}
        while True:
            page = self._timeline(timeline_limit=limit, **options)
            self.assertLessEqual(len(page["rows"]), limit)
            rows += page["rows"]
            if page["next"] is False:
                return rows
            self.assertNotIn(page["next"], cursors)
            cursors.add(page["next"])
            options = {"timeline_cursor": page["next"]}

    def test_paging_gives_each_row_once(self):
        whole = self._rows()
        for limit in (1, 3, 7):
            with self.subTest(limit=limit):
                self.assertEqual(self._pages(limit), whole)

    def test_paging_over_the_same_moment(self):
        """Documents of one day stand at the same moment; none is lost or doubled."""
        for _number in range(7):
            self._invoice(1.0, 30)
        whole = self._rows()
        self.assertEqual(self._pages(2), whole)

    def test_kinds(self):
        rows = self._rows(timeline_kinds=["invoice", "payment"])
        self.assertEqual({row["kind"] for row in rows}, {"invoice", "payment"})
        with self.assertRaisesRegex(UserError, "nonsense"):
            self._rows(timeline_kinds=["nonsense"])

    def test_counts(self):
        counts = {kind["key"]: kind["count"] for kind in self._timeline()["kinds"]}
        self.assertEqual(counts["invoice"], 1)
        self.assertEqual(counts["credit_note"], 1)
        self.assertEqual(counts["call"], 0)
        self.assertEqual(sum(counts.values()), len(self._rows()))

    def test_search(self):
        rows = self._rows(search="second machine")
        self.assertEqual([row["kind"] for row in rows], ["opportunity"])
        self.assertFalse(self._rows(search="% no such thing"))

    def test_private_meetings_stay_private(self):
        self.meeting.write({"privacy": "private", "user_id": self.env.user.id})
        user = self._make_user("curious360", "sales_team.group_sale_salesman")
        kinds = {row["kind"] for row in self._rows(user=user)}
        self.assertNotIn("meeting", kinds)

    def test_messages_follow_their_documents(self):
        """Who may not read the order reads none of its messages."""
        self.order.message_post(body="Secret price 4711", message_type="comment")
        own = self._make_user("own360", "sales_team.group_sale_salesman")
        boss = self._make_user("all360", "sales_team.group_sale_salesman_all_leads")
        self.order.user_id = boss
        self.assertNotIn("4711", str(self._rows(user=own)))
        self.assertIn("4711", str(self._rows(user=boss)))

    def test_no_amount_without_rights(self):
        user = self._make_user("none360")
        rows = self._rows(user=user)
        self.assertEqual({row["kind"] for row in rows}, {"mail", "meeting"})
        self.assertFalse(any(row["amount"] for row in rows))

    def test_cursor_is_checked(self):
        for cursor in (
            *("x", "2026-01-01 00:00:00|mail|m", "x" * 100_000),
            "2026-01-01 00:00:00|invoice|account.move|99999999999",
            "9999-12-31 23:59:59|invoice|account.move|1",
        ):
            with self.subTest(cursor[:60]), self.assertRaises(UserError) as refusal:
                self._timeline(timeline_cursor=cursor)
            self.assertIn("timeline_cursor", str(refusal.exception))
            self.assertLess(len(str(refusal.exception)), 400)
        with self.assertRaisesRegex(UserError, "timeline_cursor"):
            self._ask(self.customer + self.other, timeline_cursor="x")

    def test_many_partners_have_no_rows(self):
        answers = self._ask(self.customer + self.other, timeline_limit=50)
        for answer in answers:
            self.assertEqual(answer["timeline"]["rows"], [])
            self.assertIs(answer["timeline"]["next"], False)
