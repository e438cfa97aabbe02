# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import Command, fields
from odoo.tests import tagged

from .common import CustomerCommon, LogisticsCommon

INCLUDE = ["metrics", "charts", "tables"]


class SectionPage:
    def _at(self, days_ago):
        return fields.Datetime.now() - timedelta(days=days_ago)

    def _ordered(self, days_ago, quantity=1, **values):
        order = self._order(quantity=quantity, **values)
        order.date_order = self._at(days_ago)
        return order

    def _page(self, key, **kwargs):
        section = self._ask(include=INCLUDE, **kwargs)[0]["sections"][key]
        charts = {chart["key"]: chart for chart in section["charts"]}
        tables = {table["key"]: table for table in section["tables"]}
        return section["metrics"], charts, tables

    def assertTable(self, table, user=None):
        """The table's domain gives its records; its rows have its columns."""
        model = self.env[table["model"]].with_user(user or self.env.user)
        if table["rows"] and table["rows"][0]["model"] == table["model"]:
            self.assertEqual(model.search_count(table["domain"]), table["count"])
        for row in table["rows"]:
            self.assertLessEqual(
                {column["key"] for column in table["columns"]}, set(row)
            )
            self.assertTrue(row["model"] and row["res_id"])


@tagged("post_install", "-at_install")
class TestSalesMore(SectionPage, CustomerCommon):
    def test_ordered_average_and_the_period_before(self):
        self._ordered(10, 3)
        self._ordered(20, 1)
        self._ordered(400, 2)
        self._order(quantity=9, confirm=False)
        answer = self._ask()[0]
        metrics = answer["sections"]["sales"]["metrics"]
        ordered = metrics["ordered"]
        self.assertEqual((ordered["value"], ordered["previous"]), (400.0, 200.0))
        self.assertEqual(ordered["change"], 100.0)
        self.assertEqual(metrics["orders"]["value"], 2)
        self.assertEqual(metrics["average_order"]["value"], 200.0)
        self.assertAllDrillDowns(answer)

    def test_oldest_quotation(self):
        self._ordered(2, confirm=False)
        self._ordered(44, confirm=False)
        values = self._values("sales")
        self.assertEqual(values["oldest_quotation"], str(self._day(44)))

    def test_rhythm(self):
        """Every 30 days, the last 50 days ago: 20 days overdue."""
        for days in (110, 80, 50):
            self.assertNotIn("usual_interval", self._values("sales"))
            self._ordered(days)
        values = self._values("sales")
        self.assertEqual(values["usual_interval"], 30.0)
        self.assertEqual(values["reorder_date"], str(self._day(20)))
        self.assertEqual(values["reorder_overdue"], 20)
        self._ordered(0)
        self.assertEqual(self._values("sales")["reorder_overdue"], 0)

    def test_won_and_lost(self):
        lead = {"type": "opportunity", "partner_id": self.contact.id}
        revenues = (500.0, 70.0, 30.0, 8.0)
        leads = self.env["crm.lead"].create(
            [{**lead, "name": "Deal", "expected_revenue": r} for r in revenues]
        )
        leads[1].action_set_won()
        leads[2:].action_set_lost()
        leads[3].date_closed = self._at(500)
        answer = self._ask()[0]
        values = {
            k: m["value"] for k, m in answer["sections"]["sales"]["metrics"].items()
        }
        self.assertEqual((values["won"], values["won_count"]), (70.0, 1))
        self.assertEqual((values["lost"], values["lost_count"]), (30.0, 1))
        self.assertEqual((values["pipeline"], values["opportunities"]), (500.0, 1))
        self.assertEqual(values["win_rate"], 50.0)
        self.assertAllDrillDowns(answer)

    def test_quotations_in_two_currencies(self):
        """The list adds them up at the closing rate, as the figure does."""
        foreign = self.env["res.currency"].create(
            {"name": "ZZZ", "symbol": "Z", "rounding": 0.01}
        )
        self.env["res.currency.rate"].create(
            {
                "currency_id": foreign.id,
                "company_id": self.company.id,
                "name": self._day(100),
                "rate": 4.0,
            }
        )
        pricelist = self.env["product.pricelist"].create(
            {"name": "Foreign", "currency_id": foreign.id}
        )
        self._order(confirm=False)
        quotation = self._order(confirm=False, pricelist_id=pricelist.id)
        metric = self._metrics("sales")["open_quotations"]
        self.assertEqual(metric["value"], 100.0 + quotation.amount_untaxed / 4)
        self.assertEqual(metric["aggregate"], "amount_untaxed:sum_currency")
        self.assertDrillDown(metric)
        own = {"currency": "ZZZ", "value": quotation.amount_untaxed}
        self.assertIn(own, metric["parts"])

    def test_products_table_and_mix(self):
        products = self.product.create(
            [
                {"name": f"Part {n}", "type": "consu", "list_price": n}
                for n in range(1, 10)
            ]
        )
        self._ordered(5, 2)
        order = self.env["sale.order"].create(
            {
                "partner_id": self.contact.id,
                "order_line": [
                    Command.create({"product_id": p.id, "tax_ids": []})
                    for p in products
                ],
            }
        )
        order.action_confirm()
        metrics, charts, tables = self._page("sales")
        table = tables["products"]
        self.assertTable(table)
        self.assertEqual((len(table["rows"]), table["count"]), (10, 10))
        first = table["rows"][0]
        self.assertEqual((first["amount"], first["quantity"]), (200.0, 2.0))
        self.assertEqual((first["orders"], first["last"]), (1, str(self._day(5))))
        self.assertEqual(first["res_id"], self.product.id)
        chart = charts["product_mix"]
        self.assertEqual(len(chart["labels"]), 8)
        self.assertEqual(
            sum(chart["datasets"][0]["values"]), metrics["ordered"]["value"]
        )
        self.assertEqual(self.assertChart(chart), 8)

    def test_mix_of_products_that_share_a_name(self):
        """Each has its part of the chart, and the rest is the rest."""
        prices = {"Other products": 900.0, **{f"Part {n}": n for n in range(1, 8)}}
        products = self.product.create(
            [
                {"name": name, "type": "consu", "list_price": price}
                for name, price in (("Machine", 30.0), *prices.items())
            ]
        )
        self._ordered(5, 2)
        lines = [Command.create({"product_id": p.id, "tax_ids": []}) for p in products]
        self._ordered(5, order_line=lines)
        metrics, charts, _tables = self._page("sales")
        chart = charts["product_mix"]
        self.assertEqual(
            list(zip(chart["labels"], chart["datasets"][0]["values"], strict=True)),
            [
                ("Other products", 900.0),
                ("Machine", 200.0),
                ("Machine", 30.0),
                *((f"Part {n}", float(n)) for n in range(7, 3, -1)),
                ("Other products", 6.0),
            ],
        )
        ordered = metrics["ordered"]["value"]
        self.assertEqual(sum(chart["datasets"][0]["values"]), ordered)
        self.assertEqual(self.assertChart(chart), 8)

    def test_open_orders(self):
        self._order(confirm=False)
        order = self._ordered(3)
        user = self._make_user("own360", "sales_team.group_sale_salesman")
        table = self._page("sales")[2]["open_orders"]
        self.assertTable(table)
        self.assertEqual(table["count"], 2)
        row = table["rows"][1]
        self.assertEqual((row["res_id"], row["amount"]), (order.id, 100.0))
        self.assertEqual(row["state"], "Sales Order")
        cut = self._page("sales", user=user)[2]["open_orders"]
        self.assertEqual((cut["count"], cut["partial"]), (0, True))


@tagged("post_install", "-at_install")
class TestLogisticsMore(SectionPage, LogisticsCommon):
    def _delivered(self, name, done_days_ago, promised_days_ago):
        picking = self._deliver(self._serial(name), self.customer)
        picking.date_done = self._at(done_days_ago)
        picking.date_deadline = self._at(promised_days_ago)
        picking.move_ids.date = self._at(done_days_ago)
        picking.move_ids.move_line_ids.date = self._at(done_days_ago)
        return picking

    def test_on_time_is_by_the_promised_day(self):
        on_time = [self._delivered("A", 5, 5), self._delivered("B", 9, 5)]
        late = self._delivered("C", 3, 4)
        self._delivered("D", 500, 900)
        answer = self._ask()[0]
        metrics = answer["sections"]["logistics"]["metrics"]
        self.assertEqual(metrics["deliveries_done"]["value"], 3)
        self.assertEqual(metrics["deliveries_on_time"]["value"], 2)
        self.assertEqual(metrics["on_time_rate"]["value"], 66.7)
        self.assertAllDrillDowns(answer)
        domain = metrics["deliveries_on_time"]["domain"]
        found = self.env["stock.picking"].search(domain)
        self.assertEqual(found.ids, [p.id for p in found if p.crm_on_time])
        self.assertEqual(set(found.ids), {picking.id for picking in on_time})
        self.assertFalse(late.crm_on_time)

    def test_the_promised_day_is_the_companys(self):
        picking = self._delivered("A", 5, 5)
        picking.date_deadline = "2026-03-01 14:00:00"
        picking.date_done = "2026-03-01 16:00:00"
        on_time = [("id", "=", picking.id), ("crm_on_time", "=", True)]
        self.assertTrue(picking.crm_on_time)
        self.assertTrue(picking.search_count(on_time))
        self.company.partner_id.tz = "Asia/Seoul"
        picking.invalidate_recordset(["crm_on_time"])
        self.assertFalse(picking.crm_on_time)
        self.assertFalse(picking.search_count(on_time))

    def test_oldest_and_backorders(self):
        for days in (4, 9, -3):
            self._order().picking_ids.scheduled_date = self._at(days)
        pickings = self.env["stock.picking"].search(
            [("partner_id", "=", self.customer.id)]
        )
        pickings[0].backorder_id = pickings[1]
        values = self._values("logistics")
        self.assertEqual(values["oldest_late"], str(self._day(9)))
        self.assertEqual(values["oldest_due"], str(self._day(9)))
        self.assertEqual(values["backorders"], 1)

    def test_returns_by_units_and_value(self):
        picking = self._deliver(self._serial("A"), self.customer)
        self._deliver(self._serial("B"), self.customer)
        self._take_back(picking)
        answer = self._ask()[0]
        metrics = answer["sections"]["logistics"]["metrics"]
        self.assertEqual(metrics["units_delivered"]["value"], 2.0)
        self.assertEqual(metrics["units_returned"]["value"], 1.0)
        self.assertEqual(metrics["return_rate"]["value"], 50.0)
        self.assertEqual(metrics["return_value"]["value"], 100.0)
        self.assertAllDrillDowns(answer)
        for group in ("sales_team.group_sale_salesman", "stock.group_stock_user"):
            user = self._make_user(f"{group[-6:]}360", group)
            seen = self._metrics("logistics", user=user)
            self.assertNotIn("return_value", seen)

    def test_tables(self):
        lot = self._serial("SN-9")
        self._deliver(lot, self.customer)
        self._serial("SN-10")
        reserved = self._order().picking_ids
        reserved.action_assign()
        waiting = self._order(quantity=5).picking_ids
        for user in (None, self._make_user("own360", "sales_team.group_sale_salesman")):
            tables = self._page("logistics", user=user)[2]
            for table in tables.values():
                self.assertTable(table, user)
            self.assertEqual(tables["deliveries"]["count"], 2)
            rows = {row["delivery"]: row for row in tables["availability"]["rows"]}
            first, second = rows[reserved.name], rows[waiting.name]
            self.assertEqual((first["demand"], first["reserved"]), (1.0, 1.0))
            self.assertEqual(first["expected"], str(reserved.scheduled_date.date()))
            self.assertEqual((second["demand"], second["reserved"]), (5.0, 0.0))
            self.assertEqual((second["free"], second["expected"]), (0.0, False))
            # core lets salespeople read no serial numbers
            self.assertEqual("serials" in tables, not user)
        [serial] = self._page("logistics")[2]["serials"]["rows"]
        self.assertEqual(
            (serial["serial"], serial["delivered"]), ("SN-9", str(self.today))
        )


@tagged("post_install", "-at_install")
class TestExpected(SectionPage, CustomerCommon):
    """When the lines that are not delivered can be, as everyone is told it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = (
            cls._make_user("exp_seller", "sales_team.group_sale_salesman_all_leads"),
            cls._make_user("exp_stock", "stock.group_stock_user"),
        )

    def _stock(self, quantity):
        self.env["stock.quant"]._update_available_quantity(
            self.product, self.warehouse.lot_stock_id, quantity
        )

    def _expected(self, order):
        """Return the day that the page tells everyone of an order's line."""
        # core's forecast is computed anew by each request
        self.env.invalidate_all()
        days = set()
        for user in self.users:
            table = self._page("logistics", user=user)[2]["availability"]
            self.assertTable(table, user)
            names = order.picking_ids.mapped("name")
            [row] = [row for row in table["rows"] if row["delivery"] in names]
            days.add(row["expected"])
        [day] = days
        return day

    def test_nothing_on_its_way(self):
        self.assertIs(self._expected(self._order(quantity=5)), False)

    def test_the_day_of_the_receipt(self):
        order = self._order(quantity=5)
        receipt = self._receipt(5, 10)
        self.assertEqual(self._expected(order), str(self._day(-10)))
        receipt.scheduled_date = self._at(-17)
        self.assertEqual(self._expected(order), str(self._day(-17)))
        receipt.action_cancel()
        self.assertIs(self._expected(order), False)

    def test_the_last_of_several_receipts(self):
        order = self._order(quantity=5)
        self._receipt(3, 4)
        self.assertIs(self._expected(order), False)
        self._receipt(2, 9)
        self.assertEqual(self._expected(order), str(self._day(-9)))

    def test_a_part_is_in_stock(self):
        self._stock(2)
        order = self._order(quantity=5)
        order.picking_ids.action_assign()
        self.assertEqual(order.picking_ids.move_ids.state, "partially_available")
        self._receipt(3, 6)
        self.assertEqual(self._expected(order), str(self._day(-6)))

    def test_orders_before_it_take_the_receipt(self):
        first, second = self._order(quantity=5), self._order(quantity=5)
        self._receipt(5, 3)
        self._receipt(5, 8)
        self.assertEqual(self._expected(first), str(self._day(-3)))
        self.assertEqual(self._expected(second), str(self._day(-8)))

    def test_free_in_stock_and_not_reserved_yet(self):
        """What lies there is expected on the day that the delivery is planned for."""
        order = self._order(quantity=5)
        order.picking_ids.scheduled_date = self._at(-2)
        self._stock(5)
        self.assertEqual(order.picking_ids.move_ids.state, "confirmed")
        self.assertEqual(self._expected(order), str(self._day(-2)))

    def test_delivery_in_two_steps(self):
        """What waits to be picked waits for the receipt as well."""
        self.warehouse.delivery_steps = "pick_ship"
        order = self._order(quantity=5)
        self._receipt(5, 10)
        self.assertEqual(self._expected(order), str(self._day(-10)))

    def test_delivery_in_two_steps_is_due_and_late(self):
        """From the order on, once: while it is picked, and then as the delivery."""
        self.warehouse.delivery_steps = "pick_ship"
        self._stock(5)
        pick = self._order(quantity=5).picking_ids
        self.assertEqual(pick.picking_type_id.code, "internal")
        pick.scheduled_date = self._at(6)
        step = pick
        for code in ("internal", "outgoing"):
            self.assertEqual(step.picking_type_id.code, code)
            self.assertTrue(step.crm_delivery_due)
            answer = self._ask(include=["metrics", "steps"])[0]
            metrics = answer["sections"]["logistics"]["metrics"]
            found = [metrics[key]["value"] for key in ("deliveries_due", "backorders")]
            self.assertEqual(found, [1, 0])
            self.assertEqual(metrics["deliveries_late"]["value"], 1)
            self.assertEqual(metrics["oldest_late"]["value"], str(self._day(6)))
            self.assertIn("delivery", [step["key"] for step in answer["steps"]])
            self.assertAllDrillDowns(answer)
            step.action_assign()
            step.move_ids.picked = True
            step._action_done()
            self.assertFalse(step.crm_delivery_due)
            step = pick.move_ids.move_dest_ids.picking_id
            step.scheduled_date = self._at(6)
        self.assertEqual(self._values("logistics")["deliveries_due"], 0)
        inside = self.env["stock.picking"].search([("crm_delivery_due", "=", False)])
        self.assertLessEqual(pick | step, inside)


@tagged("post_install", "-at_install")
class TestCarrier(SectionPage, LogisticsCommon):
    """Carrier and tracking number where Odoo's ``stock_delivery`` is, else nothing."""

    def test_carrier_and_tracking_where_they_exist(self):
        picking = self._order().picking_ids
        has = "carrier_tracking_ref" in picking._fields
        if has:
            product = self.env["product.product"].create(
                {"name": "Parcel", "type": "service"}
            )
            carrier = self.env["delivery.carrier"].create(
                {"name": "Swift", "product_id": product.id}
            )
            picking.write({"carrier_id": carrier.id, "carrier_tracking_ref": "T-1"})
        told = {"carrier": "Swift", "tracking": "T-1"} if has else {}
        for user in (None, self._make_user("car", "stock.group_stock_user")):
            table = self._page("logistics", user=user)[2]["deliveries"]
            columns = {column["key"] for column in table["columns"]}
            self.assertEqual(columns & {"carrier", "tracking"}, told.keys())
            [row] = table["rows"]
            self.assertEqual({key: row[key] for key in told}, told)
            self.assertEqual(row["res_id"], picking.id)
            self.assertTable(table, user)


@tagged("post_install", "-at_install")
class TestContactMore(SectionPage, CustomerCommon):
    def _mail(self, record, days_ago, author, recipients=None):
        message = record.message_post(
            body="Hello",
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            author_id=author.id,
            partner_ids=recipients.ids if recipients else [],
        )
        message.date = self._at(days_ago)

    def test_mails_of_the_period(self):
        order = self._order()
        for days in (3, 30, 500):
            self._mail(order, days, self.contact)
        self._mail(order, 2, self.env.user.partner_id, self.contact)
        self._mail(self._order(self.other), 2, self.other)
        answer = self._ask()[0]
        metrics = answer["sections"]["contact"]["metrics"]
        self.assertEqual(metrics["mails_in"]["value"], 2)
        self.assertEqual(metrics["last_contact_out"]["value"], str(self._day(2)))
        self.assertAllDrillDowns(answer)
        own = self._make_user("own360", "sales_team.group_sale_salesman")
        self.assertEqual(self._values("contact", user=own)["mails_in"], 0)

    def _meeting(self, days_ago, partners, **values):
        start = self._at(days_ago)
        return self.env["calendar.event"].create(
            {
                "name": "Meeting",
                "start": start,
                "stop": start + timedelta(hours=1),
                "partner_ids": [Command.set(partners.ids)],
                **values,
            }
        )

    def test_meetings_count_once_whoever_came(self):
        self._meeting(5, self.customer + self.contact)
        self._meeting(-4, self.contact)
        self._meeting(-9, self.contact)
        self._meeting(500, self.contact)
        self._meeting(1, self.other)
        answer = self._ask()[0]
        metrics = answer["sections"]["contact"]["metrics"]
        self.assertEqual(metrics["meetings"]["value"], 1)
        self.assertEqual(metrics["next_meeting"]["value"], str(self._day(-4)))
        self.assertAllDrillDowns(answer)

    def test_mails_of_one_who_is_asked_about_too(self):
        """Many partners in one call get what each gets alone."""
        author = self.env.user.partner_id
        self.customer.message_post(
            body="Hello",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            author_id=author.id,
            partner_ids=self.customer.ids,
        )
        alone = self._ask()[0]["sections"]["contact"]["metrics"]
        both = self._ask(self.customer | author)[0]["sections"]["contact"]["metrics"]
        self.assertTrue(alone["last_contact_out"]["value"])
        self.assertEqual(both, alone)

    def test_meetings_of_colleagues_are_found_by_the_list(self):
        """A colleague's meeting of usual privacy counts, and the list finds it."""
        host = self._make_user("host360")
        self.env["res.users.settings"]._find_or_create_for_user(host)
        reader = self._make_user("reader360")
        self._meeting(5, self.contact, user_id=host.id)
        self._meeting(-4, self.contact, user_id=host.id)
        self.env.flush_all()
        answer = self._ask(user=reader)[0]
        metrics = answer["sections"]["contact"]["metrics"]
        self.assertEqual(metrics["meetings"]["value"], 1)
        self.assertEqual(metrics["next_meeting"]["value"], str(self._day(-4)))
        self.assertAllDrillDowns(answer, reader)

    def test_private_meetings_of_others_do_not_count(self):
        user = self._make_user("none360")
        self._meeting(5, self.contact, privacy="private")
        self.assertEqual(self._values("contact", user=user)["meetings"], 0)

    def test_contacts_with_their_role(self):
        self.contact.write({"function": "Buyer", "email": "nora@example.com"})
        address = {"name": "Dock 4", "type": "delivery", "parent_id": self.customer.id}
        self.env["res.partner"].create(address)
        table = self._page("contact")[2]["contacts"]
        self.assertTable(table)
        rows = {row["name"]: row for row in table["rows"]}
        self.assertEqual(rows["Nora North"]["role"], "Buyer")
        self.assertEqual(rows["Nora North"]["email"], "nora@example.com")
        self.assertIn("Delivery", rows["Dock 4"]["role"])
        self.assertEqual(table["count"], 2)

    def _changed(self, partner, **values):
        """Change a contact with tracking, as a person does."""
        partner = partner.with_context(tracking_disable=False, mail_notrack=False)
        partner.write(values)
        self.env.flush_all()
        self.cr.precommit.run()

    def test_changes_worth_knowing(self):
        """Address, who left or was archived, credit limit to who may read it."""
        clerk = self.env["res.partner"].create(
            {"name": "Carl Clerk", "parent_id": self.customer.id}
        )
        self.cr.precommit.run()
        self._changed(self.customer, city="Oslo", credit_limit=500.0)
        self._changed(self.contact, active=False)
        self._changed(clerk, parent_id=self.other.id)
        told = " ".join(self._ask()[0]["notices"])
        for text in (
            "Northwind: the address changed",
            "the credit limit changed",
            "Nora North was archived",
            "Carl Clerk left the company",
        ):
            self.assertIn(text, told)
        self.assertNotIn("500", told)
        user = self._make_user("own360", "sales_team.group_sale_manager")
        seen = " ".join(self._ask(user=user)[0]["notices"])
        self.assertIn("the address changed", seen)
        self.assertNotIn("credit limit", seen)
        self.assertFalse(
            [n for n in self._ask(self.other)[0]["notices"] if "left" in n]
        )
