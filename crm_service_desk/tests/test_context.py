# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from .common import AGENT_ALL, MachineCase

MONEY = {"amount_total", "amount_residual", "currency", "price_unit", "amount"}


@tagged("post_install", "-at_install")
class TestContext(MachineCase):
    def _context(self, ticket, user):
        (context,) = ticket.with_user(user).get_context()
        return context

    def _keys(self, value):
        if isinstance(value, dict):
            inner = set().union(*(self._keys(item) for item in value.values()))
            return set(value) | inner
        if isinstance(value, list):
            return set().union(*(self._keys(item) for item in value), set())
        return set()

    def test_agent_sees_his_customer_without_money(self):
        context = self._context(self._ticket(), self.agent)
        self.assertEqual(context["customer"]["commercial_name"], "Alpha Works")
        names = {row["name"] for row in context["serials"]}
        self.assertEqual(names, {"SN-1001", "SN-1002"})
        self.assertEqual([o["id"] for o in context["orders"]], self.order.ids)
        self.assertEqual([d["id"] for d in context["deliveries"]], self.delivery.ids)
        (invoice,) = context["invoices"]
        self.assertEqual(
            (invoice["id"], invoice["payment_state"]), (self.invoice.id, "not_paid")
        )
        self.assertFalse(self._keys(context) & MONEY)
        opened = [
            row["can_open"]
            for key in ("serials", "orders", "deliveries", "invoices")
            for row in context[key]
        ]
        self.assertFalse(any(opened))
        self.assertEqual(context["rights"], {"return": False, "credit": False})

    def test_amounts_for_who_may_read_them(self):
        context = self._context(self._ticket(), self.biller)
        (invoice,) = context["invoices"]
        self.assertTrue(invoice["can_open"])
        self.assertEqual(invoice["amount_total"], self.invoice.amount_total)
        self.assertTrue(context["rights"]["credit"])

    def test_nobody_elses_documents(self):
        text = str(self._context(self._ticket(), self.agent))
        for foreign in (
            self.serials[2].name,
            self.other_order.name,
            self.other_delivery.name,
            self.other_invoice.name,
        ):
            self.assertNotIn(f"'{foreign}'", text)

    def test_without_customer(self):
        context = self._context(self._ticket(partner_id=False), self.agent)
        for key in ("orders", "deliveries", "invoices", "serials"):
            self.assertEqual(context[key], [])

    def test_warranty_with_reason(self):
        context = self._context(self._ticket(), self.agent)
        warranty = context["serials"][0]["warranty"]
        self.assertEqual(warranty["state"], "covered")
        self.assertIn(warranty["ends_on"], warranty["reason"])
        self.machine.service_warranty_months = 0
        context = self._context(self._ticket(), self.agent)
        self.assertEqual(context["serials"][0]["warranty"]["state"], "excluded")

    def test_serial_page(self):
        lot = self.serials[0].with_user(self.stock_user)
        self.assertEqual(lot.service_owner_id, self.customer)
        self.assertEqual(lot.service_warranty_state, "covered")

    def test_not_entitled_without_contract(self):
        entitlement = self._context(self._ticket(), self.agent)["entitlement"]
        self.assertFalse(entitlement["policy_id"])
        self.assertTrue(entitlement["reason"])

    def test_link_and_unlink(self):
        ticket = self._ticket()
        as_agent = ticket.with_user(self.agent)
        for model, record, field in (
            ("stock.lot", self.serials[0], "service_lot_id"),
            ("sale.order", self.order, "service_order_id"),
            ("stock.picking", self.delivery, "service_picking_id"),
            ("account.move", self.invoice, "service_invoice_id"),
        ):
            self.assertIs(as_agent.link_document(model, record.id), True)
            self.assertEqual(ticket[field], record)
            as_agent.link_document(model, False)
            self.assertFalse(ticket[field])

    def test_foreign_and_missing_get_the_same_answer(self):
        ticket = self._ticket().with_user(self.agent)
        for model, foreign in (
            ("stock.lot", self.serials[2]),
            ("sale.order", self.other_order),
            ("stock.picking", self.other_delivery),
            ("account.move", self.other_invoice),
        ):
            answers = []
            for res_id in (foreign.id, 2**31 - 1):
                with self.assertRaises(UserError) as caught:
                    ticket.link_document(model, res_id)
                answers.append(str(caught.exception).replace(str(res_id), "?"))
            self.assertEqual(answers[0], answers[1])

    def test_link_refuses_nonsense(self):
        ticket = self._ticket().with_user(self.agent)
        for model, res_id in (
            ("res.users", 1),
            ("stock.lot", "x"),
            (None, 1),
            ("stock.lot", -1),
        ):
            with self.assertRaises(UserError):
                ticket.link_document(model, res_id)

    def test_earlier_tickets_of_the_serial(self):
        first = self._ticket(service_lot_id=self.serials[0].id)
        second = self._ticket(service_lot_id=self.serials[0].id)
        (row,) = self._context(second, self.agent)["earlier_tickets"]
        self.assertEqual(row["number"], first.number)

    def test_earlier_tickets_of_the_product(self):
        """The serial number's own first, then the customer's of the same product."""
        alike = self._ticket(service_lot_id=self.serials[1].id)
        same = self._ticket(service_lot_id=self.serials[0].id)
        foreign = self._ticket(
            service_lot_id=self.serials[2].id, partner_id=self.other.id
        )
        last = self._ticket(service_lot_id=self.serials[1].id)
        ticket = self._ticket(service_lot_id=self.serials[0].id)
        rows = self._context(ticket, self.agent)["earlier_tickets"]
        self.assertEqual(
            [(row["number"], row["same_serial"]) for row in rows],
            [(same.number, True), (last.number, False), (alike.number, False)],
        )
        self.assertNotIn(foreign.number, [row["number"] for row in rows])

    def test_late_ones_first(self):
        """An old order that is late stands before twenty newer ones."""
        late = self.order.copy()
        late.action_confirm()
        late.picking_ids.scheduled_date = "2026-01-05 08:00:00"
        planned = self.order.copy()
        planned.action_confirm()
        planned.picking_ids.scheduled_date = "2099-01-05 08:00:00"
        self.env.flush_all()
        for document in (self.order, self.delivery):
            self._copy_rows(document, 30)
        self.env.invalidate_all()
        context = self._context(self._ticket(), self.agent)
        for rows, first in (
            (context["orders"], late | planned),
            (context["deliveries"], late.picking_ids | planned.picking_ids),
        ):
            self.assertEqual(len(rows), 20)
            self.assertEqual([row["id"] for row in rows[:2]], first.ids)
            self.assertEqual([row["late"] for row in rows[:3]], [True, False, False])

    def test_products_without_numbers(self):
        belt = self.env["product.product"].create(
            {
                "name": "Belt",
                "type": "consu",
                "is_storable": True,
                "service_warranty_months": 12,
                "taxes_id": [Command.clear()],
            }
        )
        self.env["stock.quant"]._update_available_quantity(belt, self.stock_location, 9)
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [
                    Command.create({"product_id": belt.id, "product_uom_qty": 3})
                ],
            }
        )
        order.action_confirm()
        order.picking_ids.move_ids.picked = True
        order.picking_ids.button_validate()
        ticket = self._ticket()
        (row,) = self._context(ticket, self.agent)["products"]
        self.assertEqual((row["name"], row["quantity"]), ("Belt", 3))
        self.assertEqual(row["warranty"]["state"], "covered")
        self.assertIn(row["warranty"]["ends_on"], row["warranty"]["reason"])
        foreign = self._context(self._ticket(partner_id=self.other.id), self.agent)
        self.assertEqual(foreign["products"], [])
        # What came back is not his any more.
        for quantity, left in ((1, [2]), (2, [])):
            answer = ticket.with_user(self.stock_user).create_return(
                [{"product_id": belt.id, "quantity": quantity}]
            )
            picking = self.env["stock.picking"].browse(answer["picking_id"])
            picking.move_ids.picked = True
            picking.button_validate()
            rows = self._context(ticket, self.agent)["products"]
            self.assertEqual([row["quantity"] for row in rows], left)

    def test_only_for_the_desk(self):
        ticket = self._ticket()
        portal = new_test_user(self.env, login="sd-portal", groups="base.group_portal")
        portal.partner_id.parent_id = self.customer
        salesman = new_test_user(
            self.env, login="sd-sales", groups="sales_team.group_sale_salesman"
        )
        for user in (self.employee, portal, salesman):
            for call in (
                lambda t: t.get_context(),
                lambda t: t.get_sla_status(),
                lambda t: t.link_document("stock.lot", self.serials[0].id),
                lambda t: t.create_return([{"lot_id": self.serials[0].id}]),
                lambda t: t.request_credit([{"lot_id": self.serials[0].id}]),
            ):
                with self.assertRaises(AccessError):
                    call(ticket.with_user(user))

    def test_own_agent_and_foreign_ticket(self):
        ticket = self._ticket(user_id=self.agent.id)
        with self.assertRaises(AccessError):
            ticket.with_user(self.agent_own).get_context()

    def test_read_without_field_list(self):
        """R7: read() answers whatever the role, with everything linked."""
        ticket = self._ticket(
            service_lot_id=self.serials[0].id,
            service_order_id=self.order.id,
            service_picking_id=self.delivery.id,
            service_invoice_id=self.invoice.id,
        )
        salesman = new_test_user(
            self.env, login="sd-sales2", groups="sales_team.group_sale_salesman"
        )
        for user in (self.agent, self.manager, self.stock_user, self.biller, salesman):
            self.env.invalidate_all()
            (values,) = ticket.with_user(user).read()
            self.assertEqual(values["id"], ticket.id)
            ticket.with_user(user).web_read({"service_due": {}})

    def test_queries_do_not_grow_with_documents(self):
        ticket = self._ticket()
        agent = new_test_user(self.env, login="sd-count", groups=AGENT_ALL)

        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            ticket.with_user(agent).get_context()
            return self.env.cr.sql_log_count - before

        count()
        few = count()
        lots = self.env["stock.lot"].create(
            [{"name": f"SN-9{n}", "product_id": self.machine.id} for n in range(6)]
        )
        for lot in lots:
            self.env["stock.quant"]._update_available_quantity(
                self.machine, self.stock_location, 1, lot_id=lot
            )
            self._sell(self.customer, lot)
        self.assertLessEqual(count(), few + 2)
        self.assertLess(few, 60)

    def _copy_rows(self, record, count):
        """Copy a document in SQL: thousands by the ORM would take minutes."""
        record.flush_recordset()
        table = record._table
        self.env.cr.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_name = %s AND column_name != 'id'",
            [table],
        )
        columns = [row[0] for row in self.env.cr.fetchall()]
        values = [
            SQL("name || '-' || number") if name == "name" else SQL.identifier(name)
            for name in columns
        ]
        self.env.cr.execute(
            SQL(
                "INSERT INTO %s (%s) SELECT %s FROM %s, generate_series(1, %s) number"
                " WHERE id = %s",
                SQL.identifier(table),
                SQL(", ").join(map(SQL.identifier, columns)),
                SQL(", ").join(values),
                SQL.identifier(table),
                count,
                record.id,
            )
        )

    def test_ten_thousand_documents(self):
        """Fewer than 40 queries, and not one more than with one document of a kind."""
        ticket = self._ticket()
        agent = new_test_user(self.env, login="sd-many", groups=AGENT_ALL)

        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            (context,) = ticket.with_user(agent).get_context()
            return self.env.cr.sql_log_count - before, context

        count()
        few, _context = count()
        for document in (self.order, self.delivery, self.invoice):
            self._copy_rows(document, 3400)
        many, context = count()
        self.assertEqual(len(context["orders"]), 20)
        self.assertEqual(len(context["invoices"]), 20)
        self.assertLessEqual(many, few)
        self.assertLess(many, 40)
