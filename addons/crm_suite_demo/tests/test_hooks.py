# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged

from odoo.addons.crm_suite_demo.hooks import BUILT, pre_init_hook


@tagged("post_install", "-at_install")
class TestHooks(TransactionCase):
    """Nobody's real books are mixed with the demo company."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.parameters = cls.env["ir.config_parameter"]
        cls.parameters.search([("key", "=", BUILT)]).unlink()
        cls.partner = cls.env["res.partner"].create({"name": "A real customer"})

    def _make_order(self):
        return self.env["sale.order"].create({"partner_id": self.partner.id})

    def test_database_with_orders_is_refused(self):
        """One order is enough; the message says what was found."""
        self._make_order()
        orders = self.env["sale.order"].search_count([])
        with self.assertRaisesRegex(UserError, f"{orders} sales orders"):
            pre_init_hook(self.env)

    def test_database_with_entries_is_refused(self):
        """One posted entry is enough, also of another company than the first."""
        account = self.env["account.account"].search(
            [("account_type", "=", "asset_current")], limit=1
        )
        lines = [
            (0, 0, {"account_id": account.id, "debit": debit, "credit": 5 - debit})
            for debit in (0, 5)
        ]
        move = self.env["account.move"].create({"line_ids": lines})
        move.action_post()
        posted = self.env["account.move"].search_count([("state", "=", "posted")])
        with self.assertRaisesRegex(UserError, f"{posted} posted journal entries"):
            pre_init_hook(self.env)

    def test_own_past_is_accepted(self):
        """Installed again over the past that it made, the module says nothing."""
        self._make_order()
        self.parameters.set_param(BUILT, "2026-01-31")
        self.assertIsNone(pre_init_hook(self.env))
