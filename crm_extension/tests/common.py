# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import Command, fields
from odoo.tests import Form, new_test_user

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

NO_MAIL = {"no_reset_password": True, "tracking_disable": True}


class CustomerCommon(AccountTestInvoicingCommon):
    """A customer with two contacts, a product, and documents made on any day."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, **NO_MAIL))
        cls.env.user.group_ids |= (
            cls.env.ref("sales_team.group_sale_manager")
            | cls.env.ref("stock.group_stock_manager")
            | cls.env.ref("stock.group_production_lot")
        )
        cls.company = cls.company_data["company"]
        cls.today = fields.Date.today()
        cls.customer = cls._make_customer("Northwind")
        cls.contact = cls.env["res.partner"].create(
            {"name": "Nora North", "parent_id": cls.customer.id}
        )
        cls.other = cls._make_customer("Contoso")
        cls.product = cls.env["product.product"].create(
            {
                "name": "Machine",
                "type": "consu",
                "is_storable": True,
                "list_price": 100.0,
                "standard_price": 60.0,
                "taxes_id": [Command.clear()],
                "invoice_policy": "order",
            }
        )
        cls.receivable = cls.company_data["default_account_receivable"]
        cls.income = cls.company_data["default_account_revenue"]
        cls.misc_journal = cls.company_data["default_journal_misc"]
        cls.bank_journal = cls.company_data["default_journal_bank"]
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.company.id)], limit=1
        )

    @classmethod
    def _make_customer(cls, name, **values):
        return cls.env["res.partner"].create(
            {"name": name, "is_company": True, **values}
        )

    @classmethod
    def _make_user(cls, login, *groups, **values):
        """Return a new internal user with the groups, in the test's company."""
        return new_test_user(
            cls.env,
            login=login,
            groups=",".join(("base.group_user", *groups)),
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
            **values,
        )

    @classmethod
    def _day(cls, days_ago):
        return cls.today - timedelta(days=days_ago)

    @classmethod
    def _invoice(cls, amount=100.0, days_ago=10, partner=None, **values):
        """Return a posted customer document of one line without tax."""
        day = cls._day(days_ago)
        line = {
            "name": "Line",
            "quantity": 1,
            "price_unit": amount,
            "tax_ids": [Command.clear()],
            **values.pop("line", {}),
        }
        move = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": (partner or cls.customer).id,
                "invoice_date": day,
                "date": day,
                "invoice_payment_term_id": False,
                "invoice_date_due": values.pop("due", day),
                "invoice_line_ids": [Command.create(line)],
                **values,
            }
        )
        move.action_post()
        return move

    @classmethod
    def _pay(cls, moves, amount=None, days_ago=0):
        """Register a payment of the moves (all of it, or an amount)."""
        values = {"payment_date": cls._day(days_ago)}
        if amount:
            values["amount"] = amount
        wizard = (
            cls.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=moves.ids)
            .create(values)
        )
        return wizard._create_payments()

    @classmethod
    def _entry(cls, lines, days_ago=5):
        """Return a posted entry of (account, partner, balance) lines."""
        move = cls.env["account.move"].create(
            {
                "move_type": "entry",
                "journal_id": cls.misc_journal.id,
                "date": cls._day(days_ago),
                "line_ids": [
                    Command.create(
                        {
                            "name": "Entry",
                            "account_id": account.id,
                            "partner_id": partner.id if partner else False,
                            "debit": max(balance, 0.0),
                            "credit": max(-balance, 0.0),
                        }
                    )
                    for account, partner, balance in lines
                ],
            }
        )
        move.action_post()
        return move

    @classmethod
    def _order(cls, partner=None, quantity=1, confirm=True, **values):
        """Return an order of machines."""
        order = cls.env["sale.order"].create(
            {
                "partner_id": (partner or cls.customer).id,
                "order_line": [
                    Command.create(
                        {"product_id": cls.product.id, "product_uom_qty": quantity}
                    )
                ],
                **values,
            }
        )
        if confirm:
            order.action_confirm()
        return order

    @classmethod
    def _receipt(cls, quantity, days):
        """Return a confirmed receipt of machines that comes in some days."""
        places = {
            "location_id": cls.env.ref("stock.stock_location_suppliers").id,
            "location_dest_id": cls.warehouse.lot_stock_id.id,
        }
        move = {
            **places,
            "product_id": cls.product.id,
            "product_uom_qty": quantity,
        }
        receipt = cls.env["stock.picking"].create(
            {
                **places,
                "picking_type_id": cls.warehouse.in_type_id.id,
                "move_ids": [Command.create(move)],
            }
        )
        receipt.action_confirm()
        receipt.scheduled_date = cls.env.cr.now() + timedelta(days=days)
        return receipt

    # === READING ANSWERS === #

    def _ask(self, partners=None, user=None, **options):
        """Return the answers (list) that a user gets; one partner's by default."""
        partners = partners or self.customer
        options.setdefault("timeline_limit", 0)
        if user:
            partners = partners.with_user(user).with_context(
                allowed_company_ids=user.company_ids.ids
            )
        self.env.flush_all()
        return partners.get_customer_360(options)

    def _metrics(self, section="finance", **kwargs):
        """Return {key: metric} of one section of one partner's answer."""
        sections = self._ask(**kwargs)[0]["sections"]
        return sections.get(section, {"metrics": {}})["metrics"]

    def _values(self, section="finance", **kwargs):
        return {k: m["value"] for k, m in self._metrics(section, **kwargs).items()}

    def _list_value(self, answer, key):
        """Return what a page (its answer with header) says of a column's metric.

        :param key: "section.metric", or the stage that the header tells
        """
        if key == "finance.stage":
            stage = answer["header"].get("stage")
            return stage and stage["key"]
        section, metric = key.split(".")
        metrics = answer["sections"].get(section, {"metrics": {}})["metrics"]
        return metrics.get(metric, {"value": False})["value"]

    def assertDrillDown(self, metric, user=None, name=""):
        """Read the metric's domain as the user would in a list; compare the value."""
        model = self.env[metric["model"]]
        if user:
            model = model.with_user(user)
        field, function = metric["aggregate"].split(":")
        spec = "__count" if field == "id" else f"{field}:{function}"
        [[found]] = model._read_group(metric["domain"], [], [spec])
        if metric["unit"] == "date":
            found = fields.Date.to_string(found) if found else False
            self.assertEqual(found, metric["value"], name)
        else:
            self.assertAlmostEqual(
                metric["sign"] * (found or 0), metric["value"], 2, name
            )

    def assertConverted(self, metric, user, companies, name=""):
        """Compare the total that the list tells with a converted figure.

        :param companies: those of the answer, the one whose currency it is in first
        """
        partners = self.env["res.partner"].with_user(user)
        partners = partners.with_context(allowed_company_ids=companies.ids)
        options = {"aggregate": metric["aggregate"], "sign": metric["sign"]}
        total = partners.get_customer_figure_total(
            metric["model"], metric["domain"], options | metric["conversion"]
        )
        self.assertAlmostEqual(total["value"], metric["value"], 2, name)
        self.assertEqual(total["currency_id"], companies[0].currency_id.id)

    def assertAllConverted(self, answer, user, companies):
        """Compare all converted figures and their items; return how many."""
        checked = 0
        for key, section in answer["sections"].items():
            for name, metric in section["metrics"].items():
                for figure in (metric, *(metric.get("items") or [])):
                    if figure.get("conversion") and figure.get("aggregate"):
                        place = f"{key}.{name}.{figure['label']}"
                        self.assertConverted(figure, user, companies, place)
                        checked += 1
        return checked

    def assertChart(self, chart, user=None):
        """Compare every value of a chart with its list; return how many."""
        checked = 0
        for dataset in chart["datasets"]:
            for value, domain in zip(
                dataset["values"], dataset["domains"], strict=True
            ):
                figure = {**chart, "value": value, "domain": domain}
                self.assertDrillDown(figure, user, chart["key"])
                checked += 1
        return checked

    def assertAllDrillDowns(self, answer, user=None):
        """Compare all figures of an answer that have an aggregate; return how many."""
        checked = 0
        for key, section in answer["sections"].items():
            for name, metric in section["metrics"].items():
                items = metric.get("items") or []
                for item in [*items, metric] if items else [metric]:
                    if item.get("aggregate"):
                        figure = {"unit": metric["unit"], **item}
                        self.assertDrillDown(figure, user, f"{key}.{name}")
                        checked += 1
        return checked


class LogisticsCommon(CustomerCommon):
    """Machines with serial numbers that are delivered and taken back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.tracking = "serial"

    def _serial(self, name):
        lot = self.env["stock.lot"].create(
            {"name": name, "product_id": self.product.id, "company_id": self.company.id}
        )
        self.env["stock.quant"]._update_available_quantity(
            self.product, self.warehouse.lot_stock_id, 1, lot_id=lot
        )
        return lot

    def _deliver(self, lot, partner):
        picking = self._order(partner).picking_ids
        picking.move_ids.move_line_ids.unlink()
        picking.move_ids.write(
            {
                "move_line_ids": [
                    fields.Command.create(
                        {
                            "product_id": self.product.id,
                            "lot_id": lot.id,
                            "quantity": 1,
                            "picking_id": picking.id,
                        }
                    )
                ],
                "picked": True,
            }
        )
        picking._action_done()
        return picking

    def _take_back(self, picking):
        form = Form(
            self.env["stock.return.picking"].with_context(
                active_id=picking.id, active_model="stock.picking"
            )
        )
        wizard = form.save()
        wizard.product_return_moves.quantity = 1
        returned = wizard._create_return()
        returned.move_ids.picked = True
        returned._action_done()
        return returned
