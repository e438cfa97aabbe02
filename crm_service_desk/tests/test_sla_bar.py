# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The bar of the promise to keep next, and the queue in its order."""

from odoo.tests import freeze_time, tagged

from .common import DeskCase


@tagged("post_install", "-at_install")
class TestSlaBar(DeskCase):
    def _at(self, ticket, moment):
        ticket.invalidate_recordset(["service_sla_bar"])
        with freeze_time(moment):
            return ticket.with_user(self.agent).service_sla_bar

    def test_share_of_the_working_time(self):
        """Paris 9:00, 2 hours to the first response; lunch does not count."""
        with freeze_time("2026-11-02 10:00:00"):  # 11:00 in Paris
            ticket = self._ticket()
        for moment, percent, left, state in (
            ("2026-11-02 10:00:00", 0, 120, "running"),
            ("2026-11-02 10:30:00", 25, 90, "running"),
            ("2026-11-02 11:30:00", 50, 60, "warned"),  # lunch
            ("2026-11-02 13:00:00", 100, 0, "warned"),
            ("2026-11-02 14:00:00", 150, -60, "breached"),
        ):
            bar = self._at(ticket, moment)
            self.assertEqual(
                (bar["kind"], bar["percent"], bar["minutes_left"], bar["state"]),
                ("first_response", percent, left, state),
                moment,
            )
        self.assertEqual(bar["due"], "2026-11-02 13:00:00")

    def test_paused_and_ended(self):
        with freeze_time("2026-11-02 08:00:00"):
            ticket = self._ticket()
        with freeze_time("2026-11-02 09:00:00"):
            self._answer(ticket, self.agent)
            ticket.stage_id = self.stages["awaiting"]
        bar = self._at(ticket, "2026-11-05 09:00:00")
        self.assertEqual(
            (bar["kind"], bar["state"], bar["percent"], bar["due"]),
            ("resolution", "paused", 12, False),
        )
        with freeze_time("2026-11-05 10:00:00"):
            ticket.stage_id = self.stages["done"]
        self.assertEqual(self._at(ticket, "2026-11-06 09:00:00")["state"], "met")

    def test_nothing_promised(self):
        self.policy.active = False
        self.assertFalse(self._ticket().service_sla_bar)

    def test_queue_is_ordered_by_the_next_deadline(self):
        with freeze_time("2026-11-02 08:00:00"):
            later = self._ticket()
            self._answer(later, self.agent)
            paused = self._ticket()
            paused.stage_id = self.stages["awaiting"]
        with freeze_time("2026-11-02 09:00:00"):
            first = self._ticket()
        order = (
            self.env.ref("crm_service_desk.helpdesk_ticket_view_list_queue")
            ._get_combined_arch()
            .get("default_order")
        )
        found = self.env["helpdesk.ticket"].search(
            [("id", "in", (later | paused | first).ids)], order=order
        )
        self.assertEqual(found, first | later | paused)
        self.assertEqual(found.ids, [first.id, later.id, paused.id])
