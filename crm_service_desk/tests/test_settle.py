# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import MachineCase


@tagged("post_install", "-at_install")
class TestReturn(MachineCase):
    def _line(self, lot=0):
        return [{"lot_id": self.serials[lot].id}]

    def test_return_keeps_the_serial(self):
        ticket = self._ticket()
        answer = ticket.with_user(self.stock_user).create_return(self._line(1))
        self.assertFalse(answer["requested"])
        picking = self.env["stock.picking"].browse(answer["picking_id"])
        self.assertEqual(picking.return_id, self.delivery)
        self.assertEqual(picking.move_line_ids.lot_id, self.serials[1])
        self.assertEqual(picking.service_ticket_id, ticket)
        self.assertTrue(picking.move_ids.to_refund)
        picking.move_ids.picked = True
        picking.button_validate()
        self.assertEqual(picking.state, "done")
        self.assertEqual(self.order.order_line.qty_delivered, 1)
        self.assertEqual(self.serials[1].location_id, picking.location_dest_id)

    def test_returned_serial_is_not_the_customers_any_more(self):
        ticket = self._ticket()
        self._take_back(ticket, self.stock_user, self.serials[0])
        (context,) = ticket.with_user(self.agent).get_context()
        self.assertEqual([row["name"] for row in context["serials"]], ["SN-1002"])
        with self.assertRaises(UserError):
            ticket.with_user(self.stock_user).create_return(self._line(0))

    def test_documents_show_each_other(self):
        ticket = self._ticket(service_lot_id=self.serials[0].id)
        picking = self._take_back(ticket, self.stock_user, self.serials[0])
        as_stock = picking.with_user(self.stock_user)
        self.assertEqual(as_stock.service_ticket_ids, ticket)
        self.assertEqual(as_stock.service_ticket_count, 1)
        self.assertEqual(self.delivery.service_ticket_ids, ticket)
        self.assertEqual(self.serials[0].service_ticket_ids, ticket)
        self.assertEqual(ticket.with_user(self.stock_user).service_return_ids, picking)
        found = self.env["stock.picking"].search(
            [("service_ticket_ids", "in", ticket.ids)]
        )
        self.assertEqual(found, picking | self.delivery)
        self.assertEqual(
            as_stock.action_view_service_tickets()["domain"], [("id", "in", ticket.ids)]
        )

    def test_not_twice(self):
        ticket = self._ticket()
        ticket.with_user(self.stock_user).create_return(self._line())
        with self.assertRaisesRegex(UserError, "SN-1001.*can still be"):
            ticket.with_user(self.stock_user).create_return(self._line())

    def test_not_more_than_delivered(self):
        with self.assertRaisesRegex(UserError, "brought 2.0, of which 2.0"):
            self._ticket().with_user(self.stock_user).create_return(
                [{"product_id": self.machine.id, "quantity": 3}]
            )
        with self.assertRaises(UserError):
            self._ticket().with_user(self.stock_user).create_return(
                [{"lot_id": self.serials[0].id}, {"lot_id": self.serials[0].id}]
            )

    def test_no_other_customers_serial(self):
        ticket = self._ticket().with_user(self.stock_user)
        answers = []
        for lot_id in (self.serials[2].id, 2**31 - 1):
            with self.assertRaises(UserError) as caught:
                ticket.create_return([{"lot_id": lot_id}])
            answers.append(str(caught.exception).replace(str(lot_id), "?"))
        self.assertEqual(answers[0], answers[1])
        with self.assertRaises(UserError):
            ticket.create_return(self._line(), {"picking_id": self.other_delivery.id})

    def test_no_link_to_another_customers_document(self):
        ticket = self._ticket().with_user(self.agent)
        foreign = {
            "service_lot_id": self.serials[2],
            "service_order_id": self.other_order,
            "service_picking_id": self.other_delivery,
            "service_invoice_id": self.other_invoice,
        }
        for field, document in foreign.items():
            answers = []
            for res_id in (document.id, 2**31 - 1):
                with self.assertRaises(UserError) as caught, self.env.cr.savepoint():
                    ticket.write({field: res_id})
                answers.append(str(caught.exception).replace(str(res_id), "?"))
            self.assertEqual(answers[0], answers[1])
            with self.assertRaises(UserError):
                ticket.create(
                    {"name": "x", "description": "x", field: document.id}
                    | {"partner_id": self.contact.id, "team_id": self.team.id}
                )
        ticket.write({"service_picking_id": self.delivery.id})
        moved = {"partner_id": self.other.id, "service_order_id": False}
        with self.assertRaisesRegex(AccessError, "partner_id"), self.cr.savepoint():
            ticket.write(moved)
        ticket.with_user(self.manager).write(moved)
        ticket.write(
            {
                "service_picking_id": self.delivery.id,
                "service_lot_id": self.serials[2].id,
            }
        )
        self.assertEqual(ticket.sudo().service_picking_id, self.delivery)

    def test_linked_delivery_of_another_customer_is_not_returned(self):
        ticket = self._ticket(service_picking_id=self.other_delivery.id)
        answer = ticket.with_user(self.stock_user).create_return(
            [{"product_id": self.machine.id}]
        )
        picking = self.env["stock.picking"].browse(answer["picking_id"])
        self.assertEqual(picking.return_id, self.delivery)

    def test_product_of_another_company_is_unknown(self):
        second = self.env["res.company"].create({"name": "Second"})
        hidden = self.env["product.product"].create(
            {"name": "Secret", "company_id": second.id}
        )
        ticket = self._ticket().with_user(self.stock_user)
        answers = []
        for product_id in (hidden.id, 2**31 - 1):
            with self.assertRaises(UserError) as caught:
                ticket.create_return([{"product_id": product_id}])
            answers.append(str(caught.exception).replace(str(product_id), "?"))
        self.assertEqual(answers[0], answers[1])

    def test_refuses_nonsense(self):
        ticket = self._ticket().with_user(self.stock_user)
        for lines, options in (
            ([], None),
            ("x", None),
            ([{}], None),
            ([{"lot_id": "x"}], None),
            ([{"lot_id": self.serials[0].id, "qty": 1}], None),
            ([{"lot_id": self.serials[0].id, "quantity": 0}], None),
            ([{"lot_id": self.serials[0].id, "quantity": -1}], None),
            (self._line(), {"speed": 1}),
            (self._line(), "x"),
        ):
            with self.assertRaises(UserError):
                ticket.create_return(lines, options)
        two = (self._ticket() | self._ticket()).with_user(self.stock_user)
        with self.assertRaisesRegex(UserError, "one ticket at a time"):
            two.create_return(self._line())

    def test_client_key(self):
        ticket = self._ticket().with_user(self.stock_user)
        first = ticket.create_return(self._line(), {"client_key": "r-1"})
        again = ticket.create_return(self._line(), {"client_key": "r-1"})
        self.assertEqual(first, again)
        with self.assertRaises(UserError):
            ticket.create_return(self._line(1), {"client_key": "r-1"})

    def test_agent_requests(self):
        ticket = self._ticket()
        answer = ticket.with_user(self.agent).create_return(
            self._line(), {"client_key": "r-2", "reason": "broken"}
        )
        self.assertEqual((answer["requested"], answer["picking_id"]), (True, False))
        activity = self.env["mail.activity"].browse(answer["activity_id"])
        self.assertEqual(
            (activity.res_model, activity.res_id), ("stock.picking", self.delivery.id)
        )
        self.assertTrue(activity.user_id.has_group("stock.group_stock_user"))
        self.assertIn(ticket.number, activity.summary)
        self.assertIn("SN-1001", activity.note)
        again = ticket.with_user(self.agent).create_return(
            self._line(), {"client_key": "r-2", "reason": "broken"}
        )
        self.assertEqual(again, answer)
        self.assertFalse(ticket.sudo().service_return_ids)

    def test_buttons_on_the_ticket(self):
        ticket = self._ticket(service_lot_id=self.serials[0].id)
        asked = ticket.with_user(self.agent).action_return_serial()
        self.assertEqual(asked["tag"], "display_notification")
        made = ticket.with_user(self.stock_user).action_return_serial()
        self.assertEqual(made["res_model"], "stock.picking")
        picking = self.env["stock.picking"].browse(made["res_id"])
        with self.assertRaises(UserError):
            ticket.with_user(self.biller).action_credit_serial()
        picking.move_ids.picked = True
        picking.button_validate()
        asked = ticket.with_user(self.agent).action_credit_serial()
        self.assertEqual(asked["tag"], "display_notification")
        made = ticket.with_user(self.biller).action_credit_serial()
        credit = self.env["account.move"].browse(made["res_id"])
        self.assertEqual(credit.amount_untaxed, 1000)

    def test_buttons_without_a_serial(self):
        with self.assertRaises(UserError):
            self._ticket().with_user(self.agent).action_return_serial()

    def test_request_of_too_much_is_refused_at_once(self):
        with self.assertRaises(UserError):
            self._ticket().with_user(self.agent).create_return(
                [{"product_id": self.machine.id, "quantity": 3}]
            )


@tagged("post_install", "-at_install")
class TestCredit(MachineCase):
    def _line(self, quantity=1):
        return [{"product_id": self.machine.id, "quantity": quantity}]

    def test_credit_what_came_back(self):
        ticket = self._ticket()
        self._take_back(ticket, self.stock_user, self.serials[0])
        answer = ticket.with_user(self.biller).request_credit(
            [{"lot_id": self.serials[0].id}]
        )
        self.assertEqual((answer["requested"], answer["activity_id"]), (False, False))
        credit = self.env["account.move"].browse(answer["move_id"])
        self.assertRecordValues(
            credit,
            [
                {
                    "move_type": "out_refund",
                    "state": "draft",
                    "reversed_entry_id": self.invoice.id,
                    "partner_id": self.customer.id,
                    "amount_untaxed": 1000.0,
                    "service_ticket_id": ticket.id,
                }
            ],
        )
        line = credit.invoice_line_ids
        self.assertEqual(line.quantity, 1)
        self.assertEqual(line.service_origin_line_id, self.invoice.invoice_line_ids)
        credit.action_post()
        self.assertEqual(self.order.order_line.qty_invoiced, 1)
        self.assertEqual(credit.with_user(self.biller).service_ticket_ids, ticket)
        self.assertEqual(self.invoice.service_ticket_ids, ticket)

    def test_another_serial_came_back(self):
        """SN-1001 is here; that is no reason to credit SN-1002."""
        ticket = self._ticket()
        self._take_back(ticket, self.stock_user, self.serials[0])
        with self.assertRaises(UserError):
            ticket.with_user(self.biller).request_credit(
                [{"lot_id": self.serials[1].id}]
            )
        with self.assertRaises(UserError):
            ticket.with_user(self.biller).request_credit(
                [{"lot_id": self.serials[2].id}]
            )

    def test_nothing_came_back(self):
        with self.assertRaisesRegex(UserError, "2.0 invoiced, 0.* credited already, 0"):
            self._ticket().with_user(self.biller).request_credit(self._line())

    def test_planned_return_has_not_come_back(self):
        ticket = self._ticket()
        ticket.with_user(self.stock_user).create_return(
            [{"lot_id": self.serials[0].id}]
        )
        with self.assertRaises(UserError):
            ticket.with_user(self.biller).request_credit(self._line())

    def test_not_twice_whatever_the_order_of_clicks(self):
        ticket = self._ticket()
        self._take_back(ticket, self.stock_user, self.serials[0])
        draft = ticket.with_user(self.biller).request_credit(self._line())
        with self.assertRaises(UserError):
            ticket.with_user(self.biller).request_credit(self._line())
        self._take_back(ticket, self.stock_user, self.serials[1])
        with self.assertRaises(UserError):
            ticket.with_user(self.biller).request_credit(self._line(2))
        ticket.with_user(self.biller).request_credit(self._line())
        credit = self.env["account.move"].browse(draft["move_id"])
        credit.button_cancel()
        ticket.with_user(self.biller).request_credit(self._line())
        with self.assertRaises(UserError):
            ticket.with_user(self.biller).request_credit(self._line())

    def test_credit_by_the_accountant_counts(self):
        """A reversal that never saw a ticket leaves nothing to credit."""
        ticket = self._ticket()
        self._take_back(ticket, self.stock_user, self.serials[0])
        self.invoice._reverse_moves([{"invoice_date": self.invoice.invoice_date}])
        with self.assertRaises(UserError):
            ticket.with_user(self.biller).request_credit(self._line())

    def test_service_need_not_come_back(self):
        service = self.env["product.product"].create(
            {"name": "Repair", "type": "service", "list_price": 80, "taxes_id": False}
        )
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_date": "2026-01-10",
                "invoice_line_ids": [
                    (0, 0, {"product_id": service.id, "quantity": 3, "price_unit": 80})
                ],
            }
        )
        invoice.action_post()
        ticket = self._ticket(service_invoice_id=invoice.id)
        line = invoice.invoice_line_ids
        lines = [{"invoice_line_id": line.id, "quantity": 2}]
        answer = ticket.with_user(self.biller).request_credit(lines)
        credit = self.env["account.move"].browse(answer["move_id"])
        self.assertEqual(credit.amount_untaxed, 160)
        with self.assertRaisesRegex(UserError, "3.0 invoiced, 2.0 credited"):
            ticket.with_user(self.biller).request_credit(lines)

    def test_only_this_customers_posted_invoice(self):
        ticket = self._ticket().with_user(self.biller)
        draft = self.invoice.copy()
        answers = []
        for invoice_id in (self.other_invoice.id, 2**31 - 1, draft.id):
            with self.assertRaises(UserError) as caught:
                ticket.request_credit(self._line(), {"invoice_id": invoice_id})
            answers.append(str(caught.exception).replace(str(invoice_id), "?"))
        self.assertEqual(len(set(answers)), 1)
        with self.assertRaises(UserError):
            ticket.request_credit(
                [{"invoice_line_id": self.other_invoice.invoice_line_ids.id}]
            )

    def test_foreign_invoice_line_is_unknown(self):
        ticket = self._ticket().with_user(self.biller)
        answers = []
        for line_id in (self.other_invoice.invoice_line_ids.id, 2**31 - 1):
            with self.assertRaises(UserError) as caught:
                ticket.request_credit([{"invoice_line_id": line_id}])
            answers.append(str(caught.exception).replace(str(line_id), "?"))
        self.assertEqual(answers[0], answers[1])
        self.assertIn("account.move.line", answers[0])

    def test_sent_again_has_not_come_back(self):
        ticket = self._ticket()
        back = self._take_back(ticket, self.stock_user, self.serials[0])
        wizard = self.env["stock.return.picking"].create({"picking_id": back.id})
        wizard.product_return_moves.quantity = 1
        again = self.env["stock.picking"].browse(
            wizard.action_create_returns()["res_id"]
        )
        again.move_ids.picked = True
        again.button_validate()
        self.assertEqual(again.state, "done")
        for line in (self._line(), [{"lot_id": self.serials[0].id}]):
            with self.assertRaises(UserError):
                ticket.with_user(self.biller).request_credit(line)

    def test_client_key(self):
        ticket = self._ticket()
        self._take_back(ticket, self.stock_user, self.serials[0])
        ticket = ticket.with_user(self.biller)
        first = ticket.request_credit(self._line(), {"client_key": "c-1"})
        self.assertEqual(
            ticket.request_credit(self._line(), {"client_key": "c-1"}), first
        )

    def test_agent_requests(self):
        ticket = self._ticket()
        self._take_back(ticket, self.stock_user, self.serials[0])
        answer = ticket.with_user(self.agent).request_credit(self._line())
        self.assertEqual((answer["requested"], answer["move_id"]), (True, False))
        activity = self.env["mail.activity"].browse(answer["activity_id"])
        self.assertEqual(
            (activity.res_model, activity.res_id), ("account.move", self.invoice.id)
        )
        self.assertTrue(activity.user_id.has_group("account.group_account_invoice"))
        self.assertNotIn("1000", str(activity.note))
        self.assertFalse(ticket.sudo().service_credit_ids)

    def test_posted_entries_stay(self):
        ticket = self._ticket()
        self._take_back(ticket, self.stock_user, self.serials[0])
        before = self.invoice.line_ids.mapped("balance")
        ticket.with_user(self.biller).request_credit(self._line())
        self.assertEqual(self.invoice.line_ids.mapped("balance"), before)
        self.assertEqual(self.invoice.state, "posted")
