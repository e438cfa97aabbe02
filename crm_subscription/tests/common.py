# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, timedelta

from odoo import Command
from odoo.tests import new_test_user

from odoo.addons.base.tests.common import BaseCommon

TODAY = "2026-03-10"


class SubscriptionCommon(BaseCommon):
    """A company with a plan, a maintenance product, two customers and four users.

    Tests freeze the time at :data:`TODAY` or set their own.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.partner_id.tz = "UTC"
        cls._setup_accounting()
        cls.plan = cls._make_plan()
        cls.product = cls._make_product("Maintenance", 100.0, cls.plan)
        cls.machine = cls.env["product.product"].create(
            {"name": "Machine", "type": "service", "list_price": 1000.0}
        )
        cls.machine.invoice_policy = "order"
        cls.customer = cls.env["res.partner"].create(
            {
                "name": "Hanbit Trading",
                "is_company": True,
                "email": "hanbit@example.com",
            }
        )
        cls.other_customer = cls.env["res.partner"].create(
            {"name": "Other Customer", "is_company": True, "email": "other@example.com"}
        )
        cls._setup_users()

    @classmethod
    def _setup_accounting(cls):
        if cls.env["account.journal"].search([("type", "=", "sale")], limit=1):
            return
        cls.env["account.chart.template"].try_loading(
            "generic_coa", company=cls.env.company, install_demo=False
        )

    @classmethod
    def _setup_users(cls):
        cls.manager = new_test_user(
            cls.env, "sub_manager", "crm_subscription.group_subscription_manager"
        )
        cls.user = new_test_user(
            cls.env, "sub_user", "crm_subscription.group_subscription_user"
        )
        cls.salesman = new_test_user(
            cls.env, "sub_salesman", "sales_team.group_sale_salesman"
        )
        cls.reader = new_test_user(
            cls.env, "sub_reader", "account.group_account_readonly"
        )
        cls.portal = new_test_user(
            cls.env, "sub_portal", "base.group_portal", email="portal@example.com"
        )
        cls.portal.partner_id.parent_id = cls.customer
        cls.other_portal = new_test_user(
            cls.env, "sub_other_portal", "base.group_portal", email="o@example.com"
        )
        cls.other_portal.partner_id.parent_id = cls.other_customer

    @classmethod
    def _make_late_payer(cls, today):
        """Let the customer owe an invoice that was due a month ago."""
        cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": cls.customer.id,
                "invoice_date": today - timedelta(days=60),
                "invoice_date_due": today - timedelta(days=30),
                "invoice_line_ids": [Command.create({"name": "x", "price_unit": 5.0})],
            }
        ).action_post()

    @classmethod
    def _make_plan(cls, **vals):
        return cls.env["contract.plan"].create(
            {
                "name": "Monthly",
                "unit": "month",
                "term_count": 1,
                "term_unit": "year",
                "renewal_policy": "quotation",
                "uplift_percent": 5.0,
                "invoice_mode": "posted",
                **vals,
            }
        )

    @classmethod
    def _make_product(cls, name, price, plan):
        return cls.env["product.product"].create(
            {
                "name": name,
                "type": "service",
                "list_price": price,
                "taxes_id": [Command.clear()],
                "subscription_ok": True,
                "subscription_plan_id": plan.id,
            }
        )

    @classmethod
    def _sell(cls, *products, partner=None, start=None, quantity=1.0, **vals):
        """Return a confirmed order of ``products``."""
        order = cls.env["sale.order"].create(
            {
                "partner_id": (partner or cls.customer).id,
                "subscription_start_date": start,
                "user_id": cls.salesman.id,
                "order_line": [
                    Command.create(
                        {"product_id": product.id, "product_uom_qty": quantity}
                    )
                    for product in products
                ],
                **vals,
            }
        )
        order.action_confirm()
        return order

    @classmethod
    def _subscribe(cls, start, product=None, **kwargs):
        """Return the contract of one maintenance line that begins on ``start``."""
        order = cls._sell(product or cls.product, start=start, **kwargs)
        return order._get_contracts()

    @classmethod
    def _make_oca_contract(cls, partner=None, **line_vals):
        """Return a contract made by hand, as OCA's users do: no plan, no anchor."""
        return cls.env["contract.contract"].create(
            {
                "name": "By hand",
                "partner_id": (partner or cls.customer).id,
                "line_recurrence": True,
                "contract_line_ids": [
                    Command.create(
                        {
                            "name": "Service",
                            "product_id": cls.machine.id,
                            "price_unit": 10.0,
                            "recurring_rule_type": "monthly",
                            "recurring_interval": 1,
                            "date_start": "2026-01-31",
                            "recurring_next_date": "2026-01-31",
                            **line_vals,
                        }
                    )
                ],
            }
        )

    def _periods(self, contract):
        """Return [(first day, last day)] of the contract's billed regular periods."""
        rows = contract.period_ids.filtered(
            lambda row: row.kind == "regular" and row.state == "billed"
        )
        return [
            (str(row.period_start), str(row.period_end))
            for row in rows.sorted("period_start")
        ]

    @staticmethod
    def _day(text):
        return date.fromisoformat(text)
