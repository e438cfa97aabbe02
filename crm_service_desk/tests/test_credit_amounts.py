# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Credits of an amount, of taxed and discounted lines, in another currency."""

from dateutil.relativedelta import relativedelta

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import MachineCase


@tagged("post_install", "-at_install")
class TestCreditAmounts(MachineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax = cls.env["account.tax"].create(
            {"name": "Ten", "amount": 10, "type_tax_use": "sale"}
        )
        cls.currency = cls.env["res.currency"].create(
            {"name": "QQ1", "symbol": "Q", "rounding": 0.01}
        )
        cls.env["res.currency.rate"].create(
            {
                "currency_id": cls.currency.id,
                "company_id": cls.company.id,
                "name": "2020-01-01",
                "rate": 4.0,
            }
        )
        cls.ticket = cls._ticket()
        cls.credits = cls.ticket.with_user(cls.biller)

    def _invoice_services(self, quantity=3, price=100.0, **values):
        """Post an invoice of services, which need not come back."""
        service = self.env["product.product"].create(
            {"name": "Hours", "type": "service", "taxes_id": False}
        )
        line = {"product_id": service.id, "quantity": quantity, "price_unit": price}
        line["tax_ids"] = [Command.set(self.tax.ids)]
        line.update(values.pop("line", {}))
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_date": fields.Date.context_today(self.ticket),
                "invoice_line_ids": [Command.create(line)],
                **values,
            }
        )
        invoice.action_post()
        return invoice

    def _credit(self, invoice, quantity, **line):
        line |= {"invoice_line_id": invoice.invoice_line_ids.id, "quantity": quantity}
        answer = self.credits.request_credit([line])
        return self.env["account.move"].browse(answer["move_id"])

    def test_amount_with_tax_to_the_cent(self):
        invoice = self._invoice_services()
        credit = self._credit(invoice, 3, amount=100.0)
        self.assertEqual(credit.amount_untaxed, 100)
        self.assertEqual(credit.amount_tax, 10)
        lines = credit.invoice_line_ids
        self.assertEqual(sum(lines.mapped("quantity")), 3)
        self.assertEqual(lines.service_origin_line_id, invoice.invoice_line_ids)
        self.assertEqual(lines.tax_ids, self.tax)
        # The quantity is used up, whatever the amount.
        with self.assertRaisesRegex(UserError, "3.0 invoiced, 3.0 credited"):
            self._credit(invoice, 1)

    def test_amount_may_not_exceed_what_was_invoiced(self):
        invoice = self._invoice_services(line={"discount": 50.0})
        with self.assertRaisesRegex(UserError, "more than was invoiced") as caught:
            self._credit(invoice, 2, amount=100.01)
        self.assertNotIn("100", str(caught.exception))
        credit = self._credit(invoice, 2, amount=100.0)
        self.assertEqual(credit.amount_untaxed, 100)
        self.assertEqual(credit.invoice_line_ids.discount, 50)

    def test_prices_that_include_taxes(self):
        self.tax.price_include_override = "tax_included"
        invoice = self._invoice_services(quantity=1, price=110.0)
        credit = self._credit(invoice, 1, amount=55.0)
        self.assertEqual((credit.amount_total, credit.amount_untaxed), (55, 50))

    def test_goods_for_less_than_their_price(self):
        """A fee is kept for what came back used; nothing more can be credited."""
        self._take_back(self.ticket, self.stock_user, self.serials[0])
        lines = [{"lot_id": self.serials[0].id, "amount": 800.0}]
        answer = self.credits.request_credit(lines)
        credit = self.env["account.move"].browse(answer["move_id"])
        self.assertEqual(credit.amount_untaxed, 800)
        credit.action_post()
        self.assertEqual(self.order.order_line.qty_invoiced, 1)
        self.assertEqual(self.invoice.amount_residual, 1200)
        with self.assertRaises(UserError):
            self.credits.request_credit([{"product_id": self.machine.id}])

    def test_another_currency(self):
        invoice = self._invoice_services(currency_id=self.currency.id)
        credit = self._credit(invoice, 1)
        self.assertEqual(credit.currency_id, self.currency)
        self.assertEqual((credit.amount_untaxed, credit.amount_tax), (100, 10))
        credit.action_post()
        self.assertEqual(credit.amount_untaxed_signed, -25)
        self.assertEqual(invoice.amount_residual, 220)
        self.assertEqual(self._credit(invoice, 2, amount=40.0).amount_total, 44)

    def test_locked_period(self):
        self._take_back(self.ticket, self.stock_user, self.serials[0])
        # Where the users are it may be tomorrow already.
        today = fields.Date.context_today(self.ticket)
        self.company.sale_lock_date = today + relativedelta(days=1)
        lines = [{"lot_id": self.serials[0].id}]
        for user in (self.biller, self.agent):
            refused = self.assertRaisesRegex(UserError, "locked until")
            # As in a call of its own: what is refused leaves nothing behind.
            with refused, self.env.cr.savepoint():
                self.ticket.with_user(user).request_credit(lines)

    def test_not_invoiced(self):
        order = self._sell_only()
        ticket = self._ticket(service_order_id=order.id)
        with self.assertRaisesRegex(UserError, "not been invoiced"):
            ticket.with_user(self.biller).request_credit(
                [{"product_id": self.machine.id}]
            )

    def _sell_only(self):
        order = self.order.copy()
        order.action_confirm()
        return order

    def test_nonsense(self):
        invoice = self._invoice_services()
        for amount in (0, -1, "x", float("nan")):
            with self.assertRaises(UserError):
                self._credit(invoice, 1, amount=amount)
