# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestTours(HttpCase):
    def test_from_the_list_of_customers_to_a_mailing_list(self):
        """Who is chosen in the browser is on the list, and nobody else."""
        mailing_list = self.env["mailing.list"].create({"name": "Friends of the house"})
        user = new_test_user(
            self.env,
            "mailing-tour",
            groups="base.group_user,mass_mailing.group_mass_mailing_user",
        )
        self.env["res.partner"].create(
            [
                {"name": name, "email": f"{name[:4]}@example.com", "user_id": user.id}
                for name in ("Anna Andersson", "Bert Bakker", "Carl Carlsson")
            ]
        )
        self.start_tour(
            "/odoo/my-customers", "crm_extension_mass_mailing_tour", login=user.login
        )
        found = mailing_list.contact_ids.mapped("name")
        self.assertEqual(sorted(found), ["Anna Andersson", "Bert Bakker"])
