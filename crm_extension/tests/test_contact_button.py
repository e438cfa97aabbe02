# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from lxml import etree

from odoo.tests import tagged

from .common import CustomerCommon
from .test_rights import ALL_DOCUMENTS, AUDITOR, BILLING, SALESPERSON, STOCK

BUTTON = "action_open_customer_360"


@tagged("post_install", "-at_install")
class TestContactButton(CustomerCommon):
    """The page's button is the first on every contact, whatever else is installed."""

    def _buttons(self, user):
        """Return the names of the buttons on top of the contact form (list)."""
        partner = self.customer.with_user(user)
        arch = etree.fromstring(partner.get_view(view_type="form")["arch"])
        [box] = arch.xpath("//div[@name='button_box']")
        return [child.get("name") for child in box]

    def test_first_for_every_role(self):
        for login, groups in (
            ("btn_none", ()),
            ("btn_own", (SALESPERSON,)),
            ("btn_all", (ALL_DOCUMENTS,)),
            ("btn_bill", (BILLING,)),
            ("btn_audit", (AUDITOR,)),
            ("btn_stock", (STOCK,)),
        ):
            with self.subTest(login):
                user = self._make_user(login, *groups)
                self.assertEqual(self._buttons(user)[0], BUTTON)

    def test_first_among_all_apps_buttons(self):
        """For who has every right of every app that is installed."""
        user = self._make_user("btn_everything")
        user.group_ids |= self.env["res.groups"].search(
            [("privilege_id", "!=", False), ("share", "=", False)]
        )
        names = self._buttons(user)
        self.assertEqual((names[0], names.count(BUTTON)), (BUTTON, 1))
        others = {"action_view_opportunity", "action_view_partner_invoices"}
        self.assertLessEqual(others, set(names))
