# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from .test_change_types import ChangeCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-04-21")
class TestChangeDialog(ChangeCommon):
    def _open(self, user=None):
        model = self.env["contract.change.wizard"].with_user(user or self.manager)
        return Form(model.with_context(active_id=self.contract.id))

    def test_it_shows_what_the_change_costs_and_does_it(self):
        with self._open() as dialog:
            self.assertEqual(dialog.line_id, self.line)
            dialog.kind = "price"
            dialog.price_unit = 30.0
            self.assertEqual(dialog.total, -10.0)
            self.assertEqual(str(dialog.next_invoice_date), "2026-05-01")
            self.assertIn("Credit of unused days", dialog.preview_html)
            self.assertIn("10 / 30", " ".join(dialog.preview_html.split()))
        dialog.record.action_apply()
        self.assertEqual(self.line.price_unit, 30.0)
        self.assertEqual(self.contract.change_ids.total, -10.0)

    def test_what_is_not_possible_is_said_instead_of_a_preview(self):
        dialog = self._open()
        dialog.kind = "pause"
        dialog.until = "2026-04-01"
        self.assertIn("until", dialog.problem)
        self.assertFalse(dialog.has_lines)

    def test_each_kind(self):
        yearly = self._make_plan(name="Yearly", unit="year")
        better = self._make_product("Premium", 90.0, self.plan)
        for kind, values, total in (
            ("quantity", {"quantity": 2.0}, 20.0),
            ("product", {"product_id": better, "quantity": 1.0}, 10.0),
            ("plan", {"plan_id": yearly}, -20.0),
            ("pause", {"until": "2026-04-25"}, -10.0),
            ("anchor", {"anchor_day": 15}, 0.0),
        ):
            dialog = self._open()
            dialog.kind = kind
            for name, value in values.items():
                dialog[name] = value
            with self.subTest(kind=kind):
                self.assertFalse(dialog.problem)
                self.assertEqual(dialog.total, total)

    def test_it_is_refused_when_the_total_moved_since(self):
        dialog = self._open()
        dialog.kind = "price"
        dialog.price_unit = 30.0
        wizard = dialog.save()
        self._apply(type="quantity", line_id=self.line.id, quantity=2.0)
        with self.assertRaisesRegex(UserError, "expected_total"):
            wizard.action_apply()

    def test_only_managers_open_it(self):
        for user in (self.user, self.salesman, self.reader):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._open(user)
