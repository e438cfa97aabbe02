# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""An agent's day on a phone, in English and in Korean: nothing scrolls sideways."""

from unittest.mock import patch

from markupsafe import Markup

from odoo.tests import HttpCase, tagged

from .common import MachineCase

PHONE = "390x844"


@tagged("post_install", "-at_install")
class TestPhone(HttpCase, MachineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("ko_KR")
        # Every hour counts, so that the clock runs whenever this test does.
        cls.policy.calendar_id = False
        cls.agent.write({"password": "sd-agent-password"})
        cls.env["helpdesk.ticket"].search([]).stage_id = cls.stages["done"]
        cls.company.country_id = cls.env.ref("base.kr")
        cls.contact.phone = "+82 10-1234-5678"
        cls.first = cls._ticket(
            name="Due first", user_id=cls.agent.id, partner_id=cls.contact.id
        )
        cls.first.service_lot_id = cls.serials[0]
        # Further on, and promised later.
        for name, stage, hours in (
            ("Due third", "new", 60),
            ("Due second", "in_progress", 30),
        ):
            cls.policy.first_response_hours = cls.policy.resolution_hours = hours
            cls._ticket(name=name, user_id=cls.agent.id).stage_id = cls.stages[stage]
        cls.first.message_post(
            body=Markup("<pre>%s</pre>") % ("A long line of a plain text. " * 9),
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            author_id=cls.contact.id,
        )

    def setUp(self):
        super().setUp()
        self.browser_size = PHONE
        self.touch_enabled = True

    def _both(self, url, tour, check, user=None):
        """Go a path in English and in Korean; each leaves what ``check`` finds."""
        user = user or self.agent
        for lang, suffix in (("en_US", ""), ("ko_KR", "_korean")):
            with self.subTest(lang=lang), self.cr.savepoint() as savepoint:
                user.lang = lang
                self.start_tour(url, f"{tour}{suffix}", login=user.login)
                self.env.invalidate_all()
                check()
                savepoint.rollback()
                self.env.invalidate_all()

    def test_from_the_queue_to_solved(self):
        self._both(
            "/odoo/service-queue",
            "crm_service_desk_phone_agent",
            lambda: self.assertEqual(self.first.stage_id, self.stages["done"]),
        )

    def test_cards_by_stage(self):
        self._both(
            "/odoo/action-helpdesk_mgmt.helpdesk_ticket_action?view_type=kanban",
            "crm_service_desk_phone_stages",
            lambda: self.assertNotEqual(self.first.stage_id, self.stages["done"]),
        )

    def test_screens_of_a_manager(self):
        """Figures, policies, a mail that came and one that waits, what is asked for."""
        self.first.with_user(self.agent).create_return(
            [{"lot_id": self.serials[0].id, "quantity": 1}]
        )
        self._receive(subject="Received yesterday")
        with patch.object(
            type(self.env["helpdesk.ticket"]),
            "_service_mail_values",
            side_effect=ValueError("somebody's bug"),
        ):
            self._receive(2, subject="Broken mail")
        self._both(
            "/odoo/service-dashboard",
            "crm_service_desk_phone_screens",
            lambda: self.assertEqual(self.first.stage_id, self.stages["new"]),
            self.manager,
        )

    def test_dialogs(self):
        self._both(
            f"/odoo/helpdesk-tickets/{self.first.id}",
            "crm_service_desk_phone_dialogs",
            lambda: self.assertFalse(self.first.service_claim_ids),
        )

    def test_wide(self):
        """And on the screen of a desk."""
        self.browser_size, self.touch_enabled = "1440x900", False
        self.contact.write(
            {"name": "Emilia Cartwright", "email": "contact1@redwood.example.com"}
        )
        self.first.partner_email = self.contact.email
        self._both(
            "/odoo/service-queue",
            "crm_service_desk_wide_agent",
            lambda: self.assertTrue(self.first.unattended),
        )

    def test_split(self):
        """Each message is a card with a switch; what is chosen moves."""
        url = f"/odoo/helpdesk-tickets/{self.first.id}"

        def check():
            made = self.env["helpdesk.ticket"].search([("name", "=", "Another matter")])
            self.assertEqual(made.service_related_ids, self.first)
            self.assertIn("A long line", "".join(made.message_ids.mapped("body")))

        self._both(url, "crm_service_desk_phone_split", check)

    def test_composer(self):
        said = self.first.message_ids
        self._both(
            f"/odoo/helpdesk-tickets/{self.first.id}",
            "crm_service_desk_phone_composer",
            lambda: self.assertEqual(self.first.message_ids, said),
        )

    def test_a_call(self):
        def check():
            made = self.env["helpdesk.ticket"].search([("name", "=", "Pump is loud")])
            self.assertEqual(made.partner_id, self.contact)

        self._both("/odoo/service-call", "crm_service_desk_phone_call", check)

    def test_a_return_is_asked_for(self):
        def check():
            claim = self.env["service.claim"].search(
                [("ticket_id", "=", self.first.id)]
            )
            self.assertEqual((claim.kind, claim.state), ("return", "requested"))

        self._both(
            f"/odoo/action-helpdesk_mgmt.helpdesk_ticket_action/{self.first.id}",
            "crm_service_desk_phone_return",
            check,
        )
