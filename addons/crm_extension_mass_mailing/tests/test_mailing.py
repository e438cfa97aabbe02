# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestMailing(TransactionCase):
    """Customers chosen in the list go on a mailing list, once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.list = cls.env["mailing.list"].create({"name": "News"})
        cls.partners = cls.env["res.partner"].create(
            [
                {"name": "Anna", "email": "anna@example.com"},
                {"name": "Anna too", "email": "ANNA@example.com"},
                {"name": "Bert", "email": "bert@example.com"},
                {"name": "Nomail"},
            ]
        )
        cls.user = new_test_user(
            cls.env,
            "mailing-user",
            groups="base.group_user,mass_mailing.group_mass_mailing_user",
        )

    def _wizard(self, user):
        action = self.partners.with_user(user).action_portfolio_mailing()
        return (
            self.env[action["res_model"]]
            .with_user(user)
            .with_context(**action["context"])
            .create({"list_id": self.list.id})
        )

    def test_each_address_once_and_opt_outs_stay_out(self):
        contact = self.env["mailing.contact"].create(
            {"name": "Bert", "email": "bert@example.com"}
        )
        self.env["mailing.subscription"].create(
            {"contact_id": contact.id, "list_id": self.list.id, "opt_out": True}
        )
        wizard = self._wizard(self.user)
        self.assertEqual(
            (wizard.new_count, wizard.known_count, wizard.without_count), (1, 2, 1)
        )
        wizard.action_apply()
        self._wizard(self.user).action_apply()
        found = self.list.contact_ids.mapped("email_normalized")
        self.assertEqual(sorted(found), ["anna@example.com", "bert@example.com"])
        self.assertTrue(self.list.subscription_ids.filtered("opt_out"))

    def test_who_makes_no_mailings_may_not(self):
        user = new_test_user(
            self.env,
            "mailing-none",
            groups="base.group_user,sales_team.group_sale_manager",
        )
        with self.assertRaises(AccessError):
            self._wizard(user)
