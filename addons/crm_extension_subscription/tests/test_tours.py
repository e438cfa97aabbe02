# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from odoo.addons.crm_subscription.tests.common import SubscriptionCommon


@tagged("post_install", "-at_install")
class TestTours(SubscriptionCommon, HttpCase):
    def test_tiles_of_subscriptions_open_their_lists(self):
        """Recurring revenue and renewal, as who reads all contracts sees them."""
        self._subscribe(fields.Date.today() - timedelta(days=40))
        self.env.flush_all()
        self.start_tour(
            f"/odoo/customer-360/{self.customer.id}",
            "crm_extension_subscription_tiles_tour",
            login=self.reader.login,
        )
