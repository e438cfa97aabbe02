# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What tickets cost in queries: in batch, by change of stage, by mail."""

from odoo.tests import tagged

from .common import DeskCase

TICKETS = 20
QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
}


@tagged("post_install", "-at_install")
class TestQueries(DeskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # As in use: with tracking and notifications.
        cls.env = cls.env(context={"mail_notify_force_send": False})
        cls.partners = cls.env["res.partner"].create(
            [
                {"name": f"c{number}", "email": f"c{number}@customers.example"}
                for number in range(TICKETS)
            ]
        )
        cls._make()

    @classmethod
    def _make(cls, **context):
        vals_list = [
            {
                "name": partner.name,
                "description": "<p>The machine stands.</p>",
                "team_id": cls.team.id,
                "partner_id": partner.id,
                "partner_email": partner.email,
                "user_id": False,
            }
            for partner in cls.partners
        ]
        tickets = cls.env["helpdesk.ticket"].with_context(**context).create(vals_list)
        cls._finish()
        return tickets

    @classmethod
    def _finish(cls):
        """Do what a commit does: write everything, and send what was tracked."""
        cls.env.flush_all()
        cls.env.cr.precommit.run()

    def _begin(self):
        self._finish()
        self.env.invalidate_all()

    def test_batch_create(self):
        self._begin()
        with self.assertQueryCount(24):
            tickets = self._make(**QUIET)
        self.assertEqual(len(tickets.service_target_ids), 2 * TICKETS)

    def test_stage_change(self):
        tickets = self._make()
        for key in ("in_progress", "awaiting"):
            self._begin()
            with self.assertQueryCount(3 * TICKETS):
                tickets.stage_id = self.stages[key]
                self._finish()

    def test_solved_with_a_mail(self):
        tickets = self._make()
        self._begin()
        with self.assertQueryCount(20 * TICKETS):
            tickets.stage_id = self.stages["done"]
            self._finish()

    def test_intake(self):
        """From a cold cache: a fetched mail has a transaction of its own."""
        first, second = (
            self._mail(number, sender=f"c{number}@customers.example")
            for number in (1, 2)
        )
        self.env["mail.thread"].message_process(None, first)
        self._begin()
        with self.assertQueryCount(52):
            self.assertTrue(self.env["mail.thread"].message_process(None, second))
            self._finish()
