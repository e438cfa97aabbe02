# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import HttpCase, tagged

from odoo.addons.crm_service_desk.tests.common import MachineCase


class TrackingCase(MachineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        product = cls.env["product.product"].create(
            {"name": "Parcel", "type": "service"}
        )
        cls.carrier = cls.env["delivery.carrier"].create(
            {
                "name": "Swift",
                "product_id": product.id,
                "tracking_url": "https://swift.example/?n=<shipmenttrackingnumber>",
            }
        )
        cls.delivery.write(
            {"carrier_id": cls.carrier.id, "carrier_tracking_ref": "6123-4567-8901"}
        )


@tagged("post_install", "-at_install")
class TestTracking(TrackingCase):
    def _row(self, user=None):
        ticket = self._ticket(user_id=(user or self.agent).id)
        [context] = ticket.with_user(user or self.agent).get_context()
        [row] = [row for row in context["deliveries"] if row["id"] == self.delivery.id]
        return row

    def test_tracking_number_in_the_mail_finds_the_delivery(self):
        ticket = self._receive(body="Where is my parcel 6123-4567-8901?")
        self.assertEqual(ticket.service_picking_id, self.delivery)

    def test_each_parcel_has_its_number(self):
        self.delivery.carrier_tracking_ref = "1Z999AA1,1Z999AA2"
        ticket = self._receive(body="1z999aa2 never arrived.")
        self.assertEqual(ticket.service_picking_id, self.delivery)
        ticket = self._receive(2, body="1Z999AA1 and 1Z999AA2 never arrived.")
        self.assertEqual(ticket.service_picking_id, self.delivery)

    def test_number_and_name_are_one_delivery(self):
        ticket = self._receive(body=f"{self.delivery.name}, parcel 6123-4567-8901.")
        self.assertEqual(ticket.service_picking_id, self.delivery)

    def test_short_numbers_stand_in_mails_by_chance(self):
        for typed in ("7", "pickup"):
            self.delivery.carrier_tracking_ref = typed
            ticket = self._receive(body="The 7 pumps for pickup leak.")
            self.assertFalse(ticket.service_picking_id, typed)

    def test_another_customers_parcel_links_and_tells_nothing(self):
        self.other_delivery.carrier_tracking_ref = "9900-1122-3344"
        ticket = self._receive(body="Where is my parcel 9900-1122-3344?")
        self.assertFalse(ticket.service_picking_id)
        [context] = ticket.with_user(self.agent).get_context()
        self.assertNotIn("9900-1122-3344", str(context))
        ticket = self._receive(
            2, sender="x@nowhere.example", body="Where is my parcel 6123-4567-8901?"
        )
        self.assertFalse(ticket.service_picking_id)

    def test_agents_see_carrier_and_number(self):
        for user in (self.agent, self.agent_own):
            row = self._row(user)
            self.assertEqual(
                (row["carrier"], row["tracking"]), ("Swift", "6123-4567-8901")
            )
            self.assertEqual(
                row["tracking_url"], "https://swift.example/?n=6123-4567-8901"
            )
        self.carrier.tracking_url = "javascript:alert(1)"
        self.delivery.invalidate_recordset(["carrier_tracking_url"])
        self.assertIs(self._row()["tracking_url"], False)
        self.delivery.carrier_id = False
        self.assertEqual(self._row()["carrier"], "")
        self.assertIs(self._row()["tracking_url"], False)


@tagged("post_install", "-at_install")
class TestTrackingPanel(HttpCase, TrackingCase):
    def _open(self):
        ticket = self._ticket(user_id=self.agent.id)
        self.start_tour(
            f"/odoo/helpdesk-tickets/{ticket.id}",
            "crm_service_desk_delivery_tracking_tour",
            login=self.agent.login,
        )

    def test_beside_the_conversation(self):
        self._open()


@tagged("post_install", "-at_install")
class TestTrackingPhone(TestTrackingPanel):
    browser_size = "390x844"
    touch_enabled = True
