# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What replaced goods breaks too, is credited elsewhere, or is another variant."""

from dateutil.relativedelta import relativedelta

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .test_exchange import ExchangeCase


@tagged("post_install", "-at_install")
class TestExchangeChain(ExchangeCase):
    def _product(self, name, **vals):
        return self.env["product.product"].create(
            {
                "name": name,
                "type": "consu",
                "is_storable": True,
                "list_price": 50.0,
                "invoice_policy": "delivery",
                "service_warranty_months": 12,
                "taxes_id": [Command.clear()],
                **vals,
            }
        )

    def _sold(self, product, quantity=1, lot=False):
        """Have more than enough in stock; sell, deliver and invoice it."""
        self.env["stock.quant"]._update_available_quantity(
            product, self.stock_location, 100, lot_id=lot or None
        )
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [
                    Command.create(
                        {"product_id": product.id, "product_uom_qty": quantity}
                    )
                ],
            }
        )
        order.action_confirm()
        self._done(order.picking_ids)
        order._create_invoices().action_post()
        return order

    def _exchanged(self, ticket, line, user=None):
        """Exchange goods and let both transfers be done; return the claim."""
        answer = ticket.with_user(user or self.stock_user).create_exchange([line])
        claim = self.env["service.claim"].browse(answer["claim_id"])
        self._done(claim.picking_id)
        self._done(claim.move_ids.picking_id)
        self.assertEqual(claim.step, "replaced")
        self.env.invalidate_all()
        return claim

    def _back(self, ticket, line):
        answer = ticket.with_user(self.stock_user).create_return([line])
        self._done(self.env["stock.picking"].browse(answer["picking_id"]))
        self.env.invalidate_all()

    def _refused(self, call, *args):
        with self.assertRaises(UserError):
            call(*args)

    def _check_credited_once(self, ticket, last):
        """The machine is paid back, once, when the last lot that stood for it is."""
        biller = ticket.with_user(self.biller)
        product = [{"product_id": self.machine.id}]
        self._refused(biller.request_credit, product)
        self._back(ticket, {"lot_id": last.id})
        biller.request_credit(product)
        self._refused(biller.request_credit, product)

    # === WHAT REPLACED BREAKS TOO === #

    def test_a_replacement_is_replaced(self):
        """Each in its place: one machine was paid for, one is with the customer."""
        self._more("SN-4001")
        ticket = self._ticket()
        first = self._exchanged(ticket, {"lot_id": self.serials[0].id})
        second = first.move_ids.move_line_ids.lot_id
        third = self._exchanged(ticket, {"lot_id": second.id}).move_ids.move_line_ids
        third = third.lot_id
        self.assertNotIn(third, self.serials | second)
        self.assertEqual(third.service_replaces_id, second)
        line = self.order.order_line
        self.assertEqual((line.qty_delivered, line.qty_to_invoice), (2, 0))
        # It comes back for good: credited once, and not replaced any more.
        self._check_credited_once(ticket, third)
        for lot in (self.serials[0], second, third):
            for call in (self._replace, lambda t, w: self._exchanged(t, w[0])):
                self._refused(call, ticket, [{"lot_id": lot.id}])
        # The other machine stands for itself.
        self.assertTrue(self._replace(ticket, self._line(1)).free)

    def test_goods_without_numbers_are_replaced_again(self):
        belt = self._product("Belt")
        order = self._sold(belt)
        ticket = self._ticket()
        line = {"product_id": belt.id}
        for _time in range(2):
            self._exchanged(ticket, line)
        self.assertEqual(order.order_line.qty_delivered, 1)
        self._refused(ticket.with_user(self.biller).request_credit, [line])
        # Not two at once for the one that was paid for.
        self.assertTrue(self._replace(ticket, [line]).free)
        self._refused(self._replace, ticket, [line])
        self._refused(self._exchanged, ticket, line)

    def test_warranty_is_not_longer_by_exchanges(self):
        """Of goods by the lot, and without numbers, as of serial numbers."""
        belt = self._product("Belt")
        oil = self._product("Oil", tracking="lot")
        lot = self.env["stock.lot"].create({"name": "OIL-1", "product_id": oil.id})
        self._sold(belt)
        self._sold(oil, 1, lot)
        for product, line in (
            (belt, {"product_id": belt.id}),
            (oil, {"lot_id": lot.id}),
        ):
            rows = self.env["stock.move.line"].search(
                [("product_id", "=", product.id), ("state", "=", "done")]
            )
            rows.date -= relativedelta(months=10)
            rows.move_id.date -= relativedelta(months=10)
            self.env.invalidate_all()
            began = rows[0].date.date()
            ticket = self._ticket()
            claim = self._exchanged(ticket, line)
            ends = began + relativedelta(months=12)
            self.assertEqual(claim.line_ids.warranty_ends_on, ends)
            sent = claim.move_ids.move_line_ids
            self.assertEqual(sent.service_carried_until, ends, product.name)
            again = self._exchanged(ticket, line)
            self.assertEqual(again.line_ids.warranty_ends_on, ends, product.name)
        (context,) = ticket.with_user(self.agent).get_context()
        (row,) = [row for row in context["serials"] if row["name"] == "OIL-1"]
        self.assertEqual(row["warranty"]["ends_on"], str(ends))
        self.assertIn("left of the one", row["warranty"]["reason"])
        self.assertEqual(lot.service_warranty_ends_on, ends)

    def test_own_term_by_policy_for_lots(self):
        self.team.service_exchange_warranty = "new"
        oil = self._product("Oil", tracking="lot")
        lot = self.env["stock.lot"].create({"name": "OIL-1", "product_id": oil.id})
        self._sold(oil, 1, lot)
        claim = self._exchanged(self._ticket(), {"lot_id": lot.id})
        self.assertFalse(claim.move_ids.move_line_ids.service_carried_until)

    def test_some_of_a_lot_replaced_and_some_bought(self):
        """They cannot be told apart: what was bought has its term."""
        oil = self._product("Oil", tracking="lot")
        lot = self.env["stock.lot"].create({"name": "OIL-1", "product_id": oil.id})
        self._sold(oil, 3, lot)
        ticket = self._ticket()
        claim = self._exchanged(ticket, {"lot_id": lot.id, "quantity": 1})
        self.assertTrue(claim.move_ids.move_line_ids.service_carried_until)
        (context,) = ticket.with_user(self.agent).get_context()
        (row,) = [row for row in context["serials"] if row["name"] == "OIL-1"]
        self.assertEqual(row["quantity"], 3)
        self.assertNotIn("left of the one", row["warranty"]["reason"])

    # === CREDITED ELSEWHERE === #

    def _reverse(self, invoice):
        """Credit an invoice as billing does without the desk: in full, posted."""
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id})
        )
        wizard.refund_moves()
        wizard.new_move_ids.action_post()
        self.env.invalidate_all()

    def test_credited_without_the_desk_is_not_exchanged(self):
        self._reverse(self.invoice)
        ticket = self._ticket()
        for call in (self._exchange, self._replace):
            with self.assertRaisesRegex(UserError, "2.0 credited already"):
                call(ticket)

    def test_invoiced_anew_is_exchanged(self):
        """Billing mended an invoice: credited, and invoiced again."""
        self._reverse(self.invoice)
        self.order._create_invoices().action_post()
        self.env.invalidate_all()
        self.assertEqual(self._exchange(self._ticket()).step, "in_transit")

    def test_invoiced_anew_is_credited_when_it_comes_back(self):
        self._reverse(self.invoice)
        invoice = self.order._create_invoices()
        invoice.action_post()
        ticket = self._ticket(service_invoice_id=invoice.id)
        biller = ticket.with_user(self.biller)
        self._refused(biller.request_credit, self._line())
        self._take_back(ticket, self.stock_user, self.serials[0])
        biller.request_credit(self._line())
        self._refused(biller.request_credit, [{"product_id": self.machine.id}])

    def test_credited_and_sold_again_to_the_same(self):
        ticket = self._ticket()
        self._take_back(ticket, self.stock_user, self.serials[0], as_new=True)
        ticket.with_user(self.biller).request_credit(self._line())
        self._refused(self._replace, ticket)
        self._sell(self.customer, self.serials[0])
        self.env.invalidate_all()
        self.assertTrue(self._replace(self._ticket()).free)

    # === ANOTHER VARIANT === #

    def test_another_variant_takes_its_place(self):
        """It is no spare part: the machine is made good once."""
        attribute = self.env["product.attribute"].create(
            {
                "name": "Colour",
                "value_ids": [Command.create({"name": n}) for n in ("Red", "Blue")],
            }
        )
        template = self.env["product.template"].create(
            {
                "name": "Drill",
                "type": "consu",
                "is_storable": True,
                "tracking": "serial",
                "list_price": 80.0,
                "invoice_policy": "delivery",
                "service_warranty_months": 24,
                "taxes_id": [Command.clear()],
                "attribute_line_ids": [
                    Command.create(
                        {
                            "attribute_id": attribute.id,
                            "value_ids": [Command.set(attribute.value_ids.ids)],
                        }
                    )
                ],
            }
        )
        red, blue = template.product_variant_ids
        lots = self.env["stock.lot"].create(
            [
                {"name": f"{product.id}-{name}", "product_id": product.id}
                for product, name in ((red, "R1"), (blue, "B1"), (blue, "B2"))
            ]
        )
        for lot in lots[1:]:
            self.env["stock.quant"]._update_available_quantity(
                blue, self.stock_location, 1, lot_id=lot
            )
        self.env["stock.quant"]._update_available_quantity(
            red, self.stock_location, 1, lot_id=lots[0]
        )
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [
                    Command.create({"product_id": red.id, "product_uom_qty": 1})
                ],
            }
        )
        order.action_confirm()
        self._done(order.picking_ids)
        order._create_invoices().action_post()
        ticket = self._ticket()
        wanted = [{"lot_id": lots[0].id, "part_id": blue.id}]
        claim = self._replace(ticket, wanted)
        self.assertTrue(claim.free)
        self._refused(self._replace, ticket, wanted)
        self._refused(self._replace, ticket, [{"lot_id": lots[0].id}])
        self._done(claim.order_id.picking_ids)
        self.env.invalidate_all()
        sent = claim.order_id.picking_ids.move_line_ids.lot_id
        self.assertEqual((sent.product_id, sent.service_replaces_id), (blue, lots[0]))
        self.assertEqual(sent.service_warranty_ends_on, claim.line_ids.warranty_ends_on)
        self._back(ticket, {"lot_id": lots[0].id})
        self._refused(
            ticket.with_user(self.biller).request_credit, [{"product_id": red.id}]
        )

    def test_another_product_with_the_difference_in_price(self):
        """Taken back, credited, and the other one quoted: three documents of Odoo's."""
        other = self._product("Mill of the new series", list_price=1200.0)
        ticket = self._ticket()
        line = self._line()
        self._take_back(ticket, self.stock_user, self.serials[0])
        credit = self.env["account.move"].browse(
            ticket.with_user(self.biller).request_credit(line)["move_id"]
        )
        wanted = [dict(line[0], part_id=other.id)]
        order = self._replace(ticket, wanted, quoted=True).order_id
        self.assertEqual((order.state, order.require_signature), ("sent", True))
        self.assertEqual(order.amount_untaxed - credit.amount_untaxed, 200.0)

    # === SUCCESSORS === #

    def _successor(self):
        """Have the next model in stock, with two serial numbers; return it."""
        model = self._product("Mill 2", tracking="serial", service_warranty_months=24)
        for name in ("M2-1", "M2-2"):
            lot = self.env["stock.lot"].create({"name": name, "product_id": model.id})
            self.env["stock.quant"]._update_available_quantity(
                model, self.stock_location, 1, lot_id=lot
            )
        return model

    def _succeeded(self, ticket, wanted):
        claim = self._replace(ticket, wanted)
        self.assertTrue(claim.free)
        self._done(claim.order_id.picking_ids)
        self.env.invalidate_all()
        return claim, claim.order_id.picking_ids.move_line_ids.lot_id

    def test_successor_takes_the_place(self):
        model = self._successor()
        ticket = self._ticket()
        wanted = [dict(self._line()[0], part_id=model.id, successor=True)]
        claim, sent = self._succeeded(ticket, wanted)
        self.assertEqual(sent.service_replaces_id, self.serials[0])
        self.assertEqual(sent.service_warranty_ends_on, claim.line_ids.warranty_ends_on)
        # It is made good: neither another one nor its money, also when it came back.
        for call in (self._replace, lambda t, w: self._exchanged(t, w[0])):
            self._refused(call, ticket, self._line())
        self._refused(self._replace, ticket, wanted)
        self._back(ticket, self._line()[0])
        biller = ticket.with_user(self.biller)
        product = [{"product_id": self.machine.id}]
        for lines in (self._line(), product):
            self._refused(biller.request_credit, lines)
        # The successor comes back for good: then the first one is paid back, once.
        self._back(ticket, {"lot_id": sent.id})
        biller.request_credit(product)
        self._refused(biller.request_credit, product)
        for lot in (self.serials[0], sent):
            self._refused(self._replace, ticket, [{"lot_id": lot.id}])
        self.assertTrue(self._replace(ticket, self._line(1)).free)

    def test_successor_breaks_too(self):
        model = self._successor()
        ticket = self._ticket()
        wanted = [dict(self._line()[0], part_id=model.id, successor=True)]
        _claim, sent = self._succeeded(ticket, wanted)
        third = self._exchanged(ticket, {"lot_id": sent.id}).move_ids.move_line_ids
        third = third.lot_id
        self.assertEqual((third.product_id, third.service_replaces_id), (model, sent))
        self._refused(self._replace, ticket, [{"lot_id": sent.id}])
        # All three stand for one machine that was paid for.
        self._back(ticket, self._line()[0])
        self._check_credited_once(ticket, third)

    def _check_sent_and_replaced(self, again):
        """One machine was paid for, whichever way the second and third came."""
        self._more("SN-5001")
        ticket = self._ticket()
        _claim, sent = self._succeeded(ticket, self._line())
        third = again(ticket, {"lot_id": sent.id})
        third = (third.move_ids or third.order_id.picking_ids).move_line_ids.lot_id
        self._back(ticket, self._line()[0])
        if again != self._exchanged:
            self._back(ticket, {"lot_id": sent.id})
        self._check_credited_once(ticket, third)

    def test_sent_by_an_order_and_exchanged(self):
        self._check_sent_and_replaced(self._exchanged)

    def test_sent_by_an_order_and_by_another(self):
        self._check_sent_and_replaced(self._replaced_by_order)

    def _replaced_by_order(self, ticket, line):
        return self._succeeded(ticket, [line])[0]

    def test_what_was_sent_stays_sent(self):
        """Whatever becomes of the order by which it was."""
        ticket = self._ticket()
        claim, sent = self._succeeded(ticket, self._line())
        claim.order_id._action_cancel()
        self.env.invalidate_all()
        self.assertEqual(claim.order_id.state, "cancel")
        self.assertEqual(claim.step, "replaced")
        self._refused(self._replace, ticket, self._line())
        self._more("SN-5002")
        self.assertTrue(self._replace(ticket, [{"lot_id": sent.id}]).free)

    def test_goods_without_numbers_are_each_made_good(self):
        """One came back and was credited: what replaced the other may break again."""
        belt = self._product("Belt")
        self._sold(belt, 2)
        ticket = self._ticket()
        line = {"product_id": belt.id}
        first = self._replace(ticket, [dict(line, quantity=2)])
        self._done(first.order_id.picking_ids)
        self._back(ticket, line)
        ticket.with_user(self.biller).request_credit([line])
        for _time in range(2):
            self._succeeded(ticket, [line])
        self._refused(ticket.with_user(self.biller).request_credit, [line])
        self._refused(self._replace, ticket, [dict(line, quantity=2)])

    def test_one_order_replaces_goods_of_two_lines(self):
        """Each came back for its own place."""
        self._more("SN-6001")
        self._more("SN-6002")
        order = self._sell(self.customer, self.spare)
        ticket = self._ticket()
        wanted = [{"lot_id": self.spare.id}, *self._line()]
        claim = self._replace(ticket, wanted)
        self._done(claim.order_id.picking_ids)
        self.env.invalidate_all()
        sent = claim.line_ids.order_line_id.move_ids.move_line_ids.lot_id
        ours = sent.filtered(lambda lot: lot.service_replaces_id == self.spare)
        self._back(ticket, {"lot_id": ours.id})
        biller = ticket.with_user(self.biller)
        product = [{"product_id": self.machine.id}]
        self._refused(biller.request_credit, product, {"invoice_id": self.invoice.id})
        biller.request_credit(product, {"invoice_id": order.invoice_ids.id})
        self._refused(biller.request_credit, [{"lot_id": ours.id}])

    def test_the_first_order_is_held(self):
        """Else one could be paid back while its replacement is replaced."""
        ticket = self._ticket()
        _claim, sent = self._succeeded(ticket, self._line())
        held = self.env["service.settlement"].search(
            [("model", "=", "sale.order"), ("res_id", "=", self.order.id)]
        )
        before = held.settlements
        self._more("SN-7001")
        self._replace(ticket, [{"lot_id": sent.id}])
        self.assertGreater(held.settlements, before)

    def test_lines_of_before_are_linked(self):
        """Claims of versions that did not note by which order line goods were sent."""
        ticket = self._ticket()
        claim, sent = self._succeeded(ticket, self._line())
        line = claim.order_id.order_line
        self.assertEqual(claim.line_ids.order_line_id, line)
        claim.line_ids.order_line_id = False
        self.env["service.claim"]._service_link_order_lines()
        self.assertEqual(claim.line_ids.order_line_id, line)
        self._back(ticket, {"lot_id": sent.id})
        ticket.with_user(self.biller).request_credit([{"lot_id": sent.id}])

    def test_credited_is_not_replaced_by_a_successor(self):
        model = self._successor()
        ticket = self._ticket()
        self._take_back(ticket, self.stock_user, self.serials[0])
        ticket.with_user(self.biller).request_credit(self._line())
        wanted = [dict(self._line()[0], part_id=model.id, successor=True)]
        self._refused(self._replace, ticket, wanted)

    def test_what_is_no_successor(self):
        meter = self.env["product.product"].create(
            {
                "name": "Belt by the metre",
                "uom_id": self.env.ref("uom.product_uom_meter").id,
            }
        )
        ticket = self._ticket()
        for values in ({}, {"part_id": self.machine.id}, {"part_id": meter.id}):
            wanted = [dict(self._line()[0], successor=True, **values)]
            with self.assertRaisesRegex(UserError, "successor"):
                self._replace(ticket, wanted)

    def test_dialog_takes_what_has_a_number_for_a_successor(self):
        model, part = self._successor(), self._product("Blade")
        ticket = self._ticket(service_lot_id=self.serials[0].id)
        action = (
            ticket.with_user(self.salesman)
            .with_context(service_kind="replacement")
            .action_settle()
        )
        dialog = self.env["service.settle"].with_user(self.salesman)
        line = dialog.browse(action["res_id"]).line_ids[0]
        for product, successor in ((model, True), (part, False), (self.machine, True)):
            line.part_id = product
            self.assertEqual(line.successor, successor)
        # The same product again is the same again.
        self.assertFalse(line._service_line()["successor"])
        line.part_id = model
        self.assertTrue(line._service_line()["successor"])
        # A part with a number of its own: the agent says so.
        line.successor = False
        self.assertFalse(line._service_line()["successor"])
